"""Which reading of an erratum an endpoint is seen to follow."""

import pytest

from volcheck.contract import load_contract
from volcheck.fixtures.guide import Guide
from volcheck.observations.readings import Readings, records

#: Of the run that the gateways are of.
TAG = "volcheck-test"


@pytest.fixture(scope="module")
def errata():
    return Guide(load_contract()).errata


def observed(errata, gateway, facts):
    readings = Readings(errata)
    gateway.listeners.append(readings)
    project = facts["project_id"]
    made = gateway.send("POST", f"/{project}/volumes", json_body={"volume": {"size": 1, "name": TAG}})
    gateway.send("GET", f"/{project}/volumes/{made.json()['volume']['id']}")
    gateway.send("GET", f"/{project}/volumes/{facts['attached_volume']}")
    values = {"projectId": project, "snapshotId": gateway.guard.invent(), "tag": TAG}
    readings.probe(gateway.send, values, read_only=False)
    assert gateway.ledger.open() == []
    return {record["id"]: record["reading"] for record in records(errata, "2020", readings.seen)}


def test_the_honest_endpoint_follows_the_contract(errata, serve):
    facts, gateway = serve()
    readings = observed(errata, gateway, facts)
    assert readings["E-CREATE-VOLUME-PATH"] == "contract"
    assert readings["E-BOOTABLE-STRING"] == "contract"
    assert readings["E-DEVICE-NAME"] == "contract"
    assert "document" not in {readings[key] for key in readings if key != "E-EXTRA-SPECS"}


@pytest.mark.parametrize(
    ("defect", "erratum"),
    [
        ("document-create-on-detail", "E-CREATE-VOLUME-PATH"),
        ("document-bootable-boolean", "E-BOOTABLE-STRING"),
        ("document-device-id", "E-DEVICE-NAME"),
        ("document-links-object", "E-LINKS-ARRAY"),
    ],
)
def test_an_endpoint_that_follows_the_document_is_seen_to(errata, serve, defect, erratum):
    facts, gateway = serve("--defect", defect)
    assert observed(errata, gateway, facts)[erratum] == "document"


def test_a_read_only_probe_sends_no_post(errata, serve):
    facts, gateway = serve()
    methods = []
    gateway.listeners.append(lambda exchange: methods.append(exchange.request.method))
    Readings(errata).probe(gateway.send, {"projectId": facts["project_id"]}, read_only=True)
    assert set(methods) == {"GET"}


def test_every_erratum_stands_in_the_result_and_says_what_was_seen(errata):
    found = records(errata, "2020", {})
    assert len(found) == len(errata)
    assert {record["reading"] for record in found} == {"not seen"}


def test_both_readings_seen_is_neither(errata):
    seen = {"E-LINKS-ARRAY": {"contract": "one", "document": "two"}}
    record = next(r for r in records(errata, "2020", seen) if r["id"] == "E-LINKS-ARRAY")
    assert record["reading"] == "neither"
    assert "one" in record["evidence"]
    assert "two" in record["evidence"]
