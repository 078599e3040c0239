"""Requests made from the contract: what they are like, and what they say of themselves."""

import json
from typing import get_args

import pytest
import yaml

from volcheck.contract import load_contract
from volcheck.generation.maker import Maker, UnfitSchema
from volcheck.generation.request import PROJECT, SNAPSHOT, VOLUME, WITHOUT, Brief, GeneratedRequest, Kind
from volcheck.tag import SLOT

CONTRACT = load_contract()


def made(brief, kind, operation, maker=None):
    requests = []
    (maker or Maker(brief)).play(kind, operation, requests.append)
    return requests


@pytest.fixture(scope="module")
def all_made():
    maker = Maker(Brief())
    return {
        kind: {name: made(None, kind, name, maker) for name in maker.operations(kind)}
        for kind in get_args(Kind)
    }


def test_every_operation_has_requests_but_those_left_out_for_a_reason(all_made):
    for kind, operations in all_made.items():
        assert set(operations) == set(CONTRACT.operations) - WITHOUT[kind]
        assert [name for name, requests in operations.items() if not requests] == []


def test_the_same_brief_makes_the_same_requests():
    brief = Brief(seed=3)
    assert made(brief, "negative", "createVolume") == made(brief, "negative", "createVolume")


def test_no_request_is_made_twice(all_made):
    requests = [one for operations in all_made.values() for each in operations.values() for one in each]
    seen = {(r.method, r.path, r.query, r.body, r.headers.get("Content-Type")) for r in requests}
    assert len(seen) == len(requests)


def test_what_is_made_bears_the_tag_and_names_what_stands(all_made):
    valid = all_made["positive"]
    assert all(SLOT in request.body for name in ("createVolume", "createSnapshot") for request in valid[name])
    assert all(
        json.loads(request.body)["snapshot"]["volume_id"] == VOLUME for request in valid["createSnapshot"]
    )
    assert [request.path for request in valid["showVolume"]] == [f"/{PROJECT}/volumes/{VOLUME}"]
    assert [request.path for request in valid["showSnapshot"]] == [f"/{PROJECT}/snapshots/{SNAPSHOT}"]


def test_a_valid_request_has_no_reason_to_be_refused(all_made):
    for operations in all_made["positive"].values():
        for request in operations:
            assert (request.reasons, request.unknown) == ((), False)


@pytest.mark.parametrize(
    "operation", ["createVolume", "createSnapshot", "listVolumes", "listSnapshotsDetail"]
)
def test_nearly_all_that_is_made_to_be_wrong_says_what_is_wrong(all_made, operation):
    requests = all_made["negative"][operation]
    assert sum(bool(request.reasons) for request in requests) > len(requests) * 0.7


def test_an_id_that_is_made_up_is_known_to_be(all_made):
    for operation in ("showVolume", "deleteVolume", "showSnapshot", "deleteSnapshot"):
        requests = all_made["negative"][operation]
        assert all(request.unknown for request in requests)
        assert any(request.reasons == ("there is no such id",) for request in requests)


def test_new_volumes_are_small_so_that_quotas_last():
    sizes = {
        json.loads(request.body)["volume"]["size"]
        for request in made(Brief(volume_size=2), "positive", "createVolume")
    }
    assert sizes <= set(range(1, 5))


def test_a_random_request_that_fails_is_made_smaller():
    failing = []

    def send(request):
        if len(request.query) > 10:
            failing.append(request)
            raise AssertionError(request.query)

    with pytest.raises((AssertionError, BaseExceptionGroup)):
        Maker(Brief(random=True)).play("positive", "listVolumes", send)
    assert failing


def test_bytes_that_are_no_text_survive_as_plain_data():
    body = b'{"volume": "\xff"}'.decode("utf-8", "surrogateescape")
    request = GeneratedRequest("createVolume", "POST", "/p/volumes", "", {}, body, ("a",), True)
    again = GeneratedRequest.from_plain(json.loads(json.dumps(request.to_plain())))
    assert again == request
    assert again.body.encode("utf-8", "surrogateescape") == b'{"volume": "\xff"}'


def test_a_schema_that_leaves_something_out_is_no_silent_gap(tmp_path):
    document = yaml.safe_load((CONTRACT.spec_dir / "openapi.yaml").read_text())
    document["paths"]["/{projectId}/types"]["get"].setdefault("parameters", []).append(
        {"name": "X-Odd", "in": "header", "required": True, "schema": {"type": "string"}, "example": "a\nb"}
    )
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    with pytest.raises(UnfitSchema, match="listVolumeTypes"):
        made(Brief(openapi=str(file)), "positive", "listVolumeTypes")
