"""What the guide itself says of a request, and what the contract alone does."""

from __future__ import annotations

import pytest

from volcheck.contract import load_contract, promise
from volcheck.contract.requests import NO_BODY

CONTRACT = load_contract()
SIZE = {"size": 1}


def volume(**fields: object) -> dict[str, object]:
    return {"volume": {"size": 1, **fields}}


def snapshot(**fields: object) -> dict[str, object]:
    return {"snapshot": {"volume_id": "5aa119a8-d25b-45a7-8d1b-88e127885635", **fields}}


@pytest.mark.parametrize(
    ("operation", "query", "body"),
    [
        ("listVolumes", (), None),
        ("listVolumes", (("limit", "5"), ("offset", "2")), None),
        ("listVolumesDetail", (("sort", "name:asc"),), None),
        ("listSnapshots", (), None),
        ("createVolume", (), volume()),
        (
            "createVolume",
            (),
            volume(name="볼륨 1", description=None, multiattach=False, metadata={"a-b": "c"}),
        ),
        ("createSnapshot", (), snapshot(force=True, name="daily")),
    ],
)
def test_what_the_guide_allows(operation: str, query: tuple[tuple[str, str], ...], body: object) -> None:
    assert promise.allows(operation, query, body)


@pytest.mark.parametrize(
    ("operation", "query", "body"),
    [
        ("listVolumes", (("limit", "0"),), None),
        ("listVolumes", (("sort", "name"),), None),
        ("listVolumes", (("sort", "size:asc,name:asc"),), None),
        ("listVolumes", (("sort", "status:asc"),), None),
        ("listSnapshots", (("limit", "5"),), None),
        ("listSnapshotsDetail", (("sort", "created_at:asc"),), None),
        ("createVolume", (), volume(description="💾")),
        ("createVolume", (), volume(name="n" * 65)),
        ("createVolume", (), volume(name=" blank before")),
        ("createVolume", (), volume(name="")),
        ("createVolume", (), volume(name="a\x00b")),
        ("createVolume", (), volume(metadata=None)),
        ("createVolume", (), volume(multiattach=None)),
        ("createVolume", (), volume(metadata={"a/b:c d": "e"})),
        ("createVolume", (), volume(metadata={"a": "💾"})),
        ("createVolume", (), volume(colour="green")),
        ("createVolume", (), {"volume": None}),
        ("createSnapshot", (), snapshot(force="true") | {"snapshot": {"metadata": {}}}),
        ("createSnapshot", (), snapshot(name=None)),
        ("createSnapshot", (), snapshot(metadata={"a": "b"})),
    ],
)
def test_what_the_contract_alone_allows(
    operation: str, query: tuple[tuple[str, str], ...], body: object
) -> None:
    assert not promise.allows(operation, query, body)


def forbidden(operation: str, query: tuple[tuple[str, str], ...] = (), body: object = NO_BODY) -> bool:
    reasons = CONTRACT.reasons_to_refuse(operation, query, body)
    assert reasons, "the contract has no reason to refuse it"
    return promise.forbids(operation, reasons)


@pytest.mark.parametrize(
    ("operation", "query", "body"),
    [
        ("listVolumes", (("limit", "abc"),), NO_BODY),
        ("listVolumesDetail", (("offset", "1.5"),), NO_BODY),
        ("createVolume", (), NO_BODY),
        ("createVolume", (), {}),
        ("createVolume", (), {"volume": None}),
        ("createVolume", (), {"volume": {}}),
        ("createVolume", (), {"volume": {"size": True}}),
        ("createVolume", (), volume(name=5)),
        ("createVolume", (), volume(metadata=["a"])),
        ("createSnapshot", (), {"snapshot": {"name": "daily"}}),
        ("createSnapshot", (), snapshot(description={})),
    ],
)
def test_what_the_guide_forbids(operation: str, query: tuple[tuple[str, str], ...], body: object) -> None:
    assert forbidden(operation, query, body)


@pytest.mark.parametrize(
    ("operation", "query", "body"),
    [
        ("listVolumes", (("limit", "-1"),), NO_BODY),
        ("listVolumes", (("limit", ""),), NO_BODY),
        ("listSnapshots", (("limit", "abc"),), NO_BODY),
        ("listVolumes", (), {"volume": {}}),
        ("createVolume", (), volume(name="n" * 256)),
        ("createVolume", (), volume(metadata={"a": 1})),
        ("createVolume", (), volume(metadata={"é": "a"})),
        ("createVolume", (), volume() | {"more": 1}),
        ("createVolume", (), {"volume": {"size": 2**31}}),
        ("createSnapshot", (), snapshot(metadata=["a"])),
        ("createSnapshot", (), snapshot(force=None)),
        ("createSnapshot", (), snapshot(colour="green")),
    ],
)
def test_what_the_contract_alone_forbids(
    operation: str, query: tuple[tuple[str, str], ...], body: object
) -> None:
    assert not forbidden(operation, query, body)
