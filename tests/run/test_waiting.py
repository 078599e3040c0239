"""The one waiting function, against endpoints that misbehave."""

import pytest

from volcheck.contract import load_contract
from volcheck.gateway.waiting import GONE, Pace, WaitFailed, wait

QUICK = Pace(timeout=0.4)


def make(gateway, **fields):
    project = gateway.endpoint.identity.project_id
    volume = {"size": 1, "name": f"volcheck-{gateway.ledger.run_id}", **fields}
    exchange = gateway.send("POST", f"/{project}/volumes", json_body={"volume": volume})
    assert exchange.status == 202, exchange.summary()
    return exchange.json()["volume"]["id"]


def watch(gateway, volume_id, wanted, **options):
    machine = load_contract().machines["volume"]
    options.setdefault("pace", Pace(timeout=10))
    return wait(gateway, machine, "volume", volume_id, wanted, **options)


def test_it_returns_what_it_saw(serve):
    _, gateway = serve()
    seen = watch(gateway, make(gateway), "available")
    assert [status for status, _ in seen.chain] == ["creating", "available"]
    assert seen.body["status"] == "available"


def test_it_waits_until_a_volume_is_gone(serve):
    _, gateway = serve()
    volume_id = make(gateway)
    watch(gateway, volume_id, "available")
    gateway.send("DELETE", f"/{gateway.endpoint.identity.project_id}/volumes/{volume_id}")
    assert watch(gateway, volume_id, GONE).chain[-1][0] == GONE


def test_running_out_of_time_names_resource_wanted_seen_and_elapsed(serve):
    _, gateway = serve("--volume-delay", "60")
    volume_id = make(gateway)
    with pytest.raises(WaitFailed) as failed:
        watch(gateway, volume_id, "available", pace=QUICK)
    assert failed.value.why == "timeout"
    for part in (volume_id, "available", "creating", " s "):
        assert part in str(failed.value)


def test_it_fails_at_once_when_the_resource_vanishes(serve):
    _, gateway = serve()
    with pytest.raises(WaitFailed) as failed:
        watch(gateway, gateway.guard.invent(), "available")
    assert failed.value.why == "vanished"


def test_it_fails_at_once_on_an_illegal_status(serve):
    _, gateway = serve("--volume-delay", "60")
    with pytest.raises(WaitFailed) as failed:
        watch(gateway, make(gateway), "available", since="available")
    assert failed.value.why == "illegal"
    assert "creating may not follow available" in str(failed.value)
