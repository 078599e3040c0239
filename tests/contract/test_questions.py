"""What a loaded contract answers: operations of requests, statuses, fields, documents for generators."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from volcheck.contract import NO_BODY, load_contract
from volcheck.contract.schemas import properties, words

CONTRACT = load_contract()
P = "8d1f3a5c7e9b4026a1c3e5f708192a3b"
ID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/", "listVersions"),
        ("GET", f"/{P}/types", "listVolumeTypes"),
        ("GET", f"/{P}/volumes", "listVolumes"),
        ("GET", f"/{P}/volumes/detail", "listVolumesDetail"),
        ("GET", f"/{P}/volumes/{ID}", "showVolume"),
        ("GET", f"/{P}/volumes/%EA%B0%80", "showVolume"),
        ("POST", f"/{P}/volumes", "createVolume"),
        ("DELETE", f"/{P}/volumes/{ID}", "deleteVolume"),
        ("DELETE", f"/{P}/volumes/detail", "deleteVolume"),
        ("GET", f"/{P}/snapshots", "listSnapshots"),
        ("GET", f"/{P}/snapshots/detail", "listSnapshotsDetail"),
        ("GET", f"/{P}/snapshots/{ID}", "showSnapshot"),
        ("POST", f"/{P}/snapshots", "createSnapshot"),
        ("DELETE", f"/{P}/snapshots/{ID}", "deleteSnapshot"),
        ("HEAD", f"/{P}/volumes", None),
        ("HEAD", "/", None),
        ("OPTIONS", f"/{P}/volumes", None),
        ("POST", f"/{P}/volumes/detail", None),
        ("POST", f"/{P}/snapshots/{ID}", None),
        ("PUT", f"/{P}/volumes/{ID}", None),
        ("get", f"/{P}/volumes", None),
        ("GET", f"/{P}/volumes/", None),
        ("GET", "//volumes", None),
        ("GET", f"/{P}", None),
        ("GET", f"/{P}/volumes/{ID}/metadata", None),
        ("GET", f"/{P}/VOLUMES", None),
        ("GET", "", None),
    ],
)
def test_match(method: str, path: str, operation: str | None) -> None:
    found = CONTRACT.match(method, path)
    assert (found and found.id) == operation


def test_arguments() -> None:
    show = CONTRACT.operations["showVolume"]
    assert show.arguments(f"/{P}/volumes/{ID}") == {"projectId": P, "volumeId": ID}
    assert show.arguments("/elsewhere") == {}
    assert show.query_parameters == ()
    assert CONTRACT.operations["listVolumes"].query_parameters == ("sort", "limit", "offset", "marker")
    assert set(CONTRACT.parameters("showVolume")) == {"projectId", "volumeId"}


def test_fault_names() -> None:
    assert CONTRACT.fault_names(404) == {"itemNotFound"}
    assert CONTRACT.fault_names(401) == {"unauthorized", "error"}
    assert CONTRACT.fault_names(405) == {"badMethod"}
    assert CONTRACT.fault_names(200) == frozenset()


def test_properties_see_through_references_and_parts() -> None:
    detail = CONTRACT.properties({"$ref": "#/components/schemas/VolumeDetail"})
    created = CONTRACT.properties(
        CONTRACT.properties(CONTRACT.response_schema("createVolume", 202))["volume"].schema
    )
    assert set(detail) == set(created)
    assert detail["os-vol-tenant-attr:tenant_id"].required
    assert not created["os-vol-tenant-attr:tenant_id"].required
    assert CONTRACT.resolve(detail["id"].schema)["format"] == "uuid"
    branches = {
        "anyOf": [{"required": ["a"], "properties": {"a": {"type": "string"}}}, {"properties": {"b": {}}}]
    }
    assert {name: one.required for name, one in properties({}, branches).items()} == {"a": False, "b": False}
    assert CONTRACT.response_schema("deleteVolume", 202) is None
    assert CONTRACT.request_schema("showVolume") is None


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer", "minimum": 1}, "an integer of at least 1"),
        ({"type": ["string", "null"]}, "a string, or null"),
        (
            {"anyOf": [{"type": "string", "maxLength": 255}, {"type": "null"}]},
            "a string of at most 255 characters, or null",
        ),
        ({"const": "next"}, '"next"'),
        ({"enum": ["true", "false"]}, 'one of "true", "false"'),
        ({"allOf": [{"type": "array"}]}, "an array"),
        ({"type": "object"}, "an object"),
        ({}, "anything"),
        (True, "anything"),
        (False, "nothing"),
    ],
)
def test_words(schema: Any, text: str) -> None:
    assert words({}, schema) == text


def test_undocumented_fields_of_each_kind() -> None:
    body = {
        "volumes": [
            {"id": ID, "metadata": {"mine": "x"}, "links": [{"rel": "self", "type": "y"}]},
            {"size": 1},
        ],
        "count": 2,
    }
    assert CONTRACT.undocumented("listVolumesDetail", 200, body) == ["/volumes/*/links/*/type", "/count"]
    assert CONTRACT.undocumented("listVolumes", 200, body) == [
        "/volumes/*/metadata",
        "/volumes/*/links/*/type",
        "/volumes/*/size",
        "/count",
    ]
    assert CONTRACT.undocumented("deleteVolume", 202, {"a": 1}) == []
    assert CONTRACT.undocumented("listVolumes", 200, [1]) == []


# --- statuses -------


def test_machines_have_the_documented_statuses() -> None:
    schemas = CONTRACT.document["components"]["schemas"]
    assert list(CONTRACT.volumes.statuses) == schemas["VolumeStatus"]["enum"]
    assert list(CONTRACT.snapshots.statuses) == schemas["SnapshotStatus"]["enum"]
    assert len(CONTRACT.volumes.statuses) == 19
    assert len(CONTRACT.snapshots.statuses) == 9


@pytest.mark.parametrize(
    ("machine", "previous", "new", "legal"),
    [
        ("volume", None, "creating", True),
        ("volume", None, "available", True),
        ("volume", None, "in-use", False),
        ("volume", None, "deleting", False),
        ("volume", None, None, True),
        ("volume", "creating", "creating", True),
        ("volume", "creating", "available", True),
        ("volume", "creating", "downloading", True),
        ("volume", "downloading", "creating", True),
        ("volume", "creating", "error", True),
        ("volume", "creating", "deleting", False),
        ("volume", "creating", None, False),
        ("volume", "creating", "in-use", False),
        ("volume", "creating", "error_deleting", False),
        ("volume", "available", "creating", False),
        ("volume", "available", "in-use", True),
        ("volume", "in-use", "available", True),
        ("volume", "in-use", "deleting", False),
        ("volume", "in-use", None, False),
        ("volume", "available", None, True),
        ("volume", "deleting", None, True),
        ("volume", "deleting", "available", False),
        ("volume", "deleting", "error_deleting", True),
        ("volume", "deleting", "error", False),
        ("volume", "error", "available", False),
        ("volume", "error", None, True),
        ("volume", "error_deleting", "deleting", True),
        ("volume", "available", "error_extending", True),
        ("volume", "available", "reserved", False),
        ("volume", "reserved", "reserved", False),
        ("snapshot", None, "creating", True),
        ("snapshot", "creating", "available", True),
        ("snapshot", "creating", "error", True),
        ("snapshot", "creating", None, False),
        ("snapshot", "available", "creating", False),
        ("snapshot", "available", "deleting", True),
        ("snapshot", "available", "deleted", True),
        ("snapshot", "deleting", "deleted", True),
        ("snapshot", "deleted", None, True),
        ("snapshot", "deleted", "available", False),
        ("snapshot", "restoring", "available", True),
        ("snapshot", "unmanaging", None, True),
        ("snapshot", "available", "in-use", False),
    ],
)
def test_legal_changes(machine: str, previous: str | None, new: str | None, legal: bool) -> None:
    assert CONTRACT.machines[machine].legal(previous, new) is legal
    if previous != new:
        assert (new in CONTRACT.machines[machine].successors(previous)) is legal


def test_statuses_that_allow_requests() -> None:
    volumes, snapshots = CONTRACT.volumes, CONTRACT.snapshots
    assert volumes.allowing("delete") == {"available", "error", "error_restoring", "error_extending"}
    assert volumes.allowing("snapshot") == {"available"}
    assert volumes.allowing("snapshot-forced") == volumes.allowing("clone") == {"available", "in-use"}
    assert snapshots.allowing("delete") == {"available", "error"}
    assert snapshots.allowing("restore") == {"available"}
    assert volumes.initial == {"creating"}
    assert snapshots.initial == {"creating", "available"}
    with pytest.raises(ValueError, match="no such action"):
        volumes.allowing("paint")


@pytest.mark.parametrize("name", ["volume", "snapshot"])
def test_every_status_is_transient_or_terminal_and_can_end(name: str) -> None:
    machine = CONTRACT.machines[name]
    assert machine.transient | machine.terminal == set(machine.statuses)
    assert not machine.transient & machine.terminal
    assert machine.errors < machine.terminal
    assert {status for status in machine.statuses if status.startswith("error")} == machine.errors
    for status in machine.transient:
        assert machine.successors(status) & {*machine.terminal, None}, status


# --- documents for generators -------


def fields(document: dict[str, Any], schema: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema]["properties"]
    return found


@pytest.mark.parametrize(
    ("operation", "query", "body", "refused", "allowed"),
    [
        ("createVolume", (), {"volume": {"size": 1}}, False, True),
        ("createVolume", (), {"volume": {"size": 1, "snapshot_id": None}}, False, True),
        # Digits are only tolerated; which types there are, only the service knows.
        ("createVolume", (), {"volume": {"size": "1"}}, False, False),
        ("createVolume", (), {"volume": {"size": 1, "volume_type": "fast"}}, False, False),
        ("createVolume", (), {"volume": {"size": 1, "multiattach": True}}, False, False),
        ("createVolume", (), {"volume": {"size": 0}}, True, False),
        ("createVolume", (), NO_BODY, True, False),
        ("listVolumes", (), NO_BODY, False, True),
        ("listVolumes", (), {}, True, False),
        ("listVolumes", [("limit", "5"), ("sort", "name:asc")], NO_BODY, False, True),
        ("listVolumes", [("limit", " 5")], NO_BODY, False, False),
        ("listVolumes", [("limit", "2147483648")], NO_BODY, False, False),
        ("listVolumes", [("offset", "2147483648")], NO_BODY, False, False),
        ("listVolumes", [("limit", "5"), ("limit", "6")], NO_BODY, False, False),
        ("listVolumes", [("colour", "red")], NO_BODY, False, False),
        ("listVolumes", [("marker", "7c1e5b0a-2d4f-4c83-9b16-5e0a8d3f7c21")], NO_BODY, False, False),
    ],
)
def test_what_must_be_served_is_told_from_what_may_be(
    operation: str, query: Any, body: Any, refused: bool, allowed: bool
) -> None:
    assert bool(CONTRACT.reasons_to_refuse(operation, query, body)) == refused
    assert CONTRACT.allows(operation, query, body) == allowed


def test_generation_leaves_out_what_only_the_server_knows() -> None:
    document = CONTRACT.generation_schema()
    assert set(fields(document, "NewVolume")) == {"size", "name", "description", "metadata"}
    assert set(fields(document, "NewSnapshot")) == {"volume_id", "name", "description", "force", "metadata"}
    for path in ("volumes", "volumes/detail", "snapshots", "snapshots/detail"):
        parameters = document["paths"][f"/{{projectId}}/{path}"]["get"]["parameters"]
        assert [one["$ref"].rpartition("/")[2].removeprefix("Snapshot") for one in parameters] == [
            "Sort",
            "Limit",
            "Offset",
        ]
    examples = document["paths"]["/{projectId}/volumes"]["post"]["requestBody"]["content"]["application/json"]
    assert {name: one["value"] for name, one in examples["examples"].items()} == {
        "smallest": {"volume": {"size": 1}},
        "named": {
            "volume": {
                "size": 2,
                "name": "journal",
                "description": "Daily journal",
                "metadata": {"team": "ledger"},
            }
        },
    }


def test_generation_does_not_change_the_contract() -> None:
    before = repr(CONTRACT.document)
    for mode in ("all", "positive", "negative"):
        CONTRACT.generation_schema(mode)
    CONTRACT.generation_schema("positive", 3)
    assert repr(CONTRACT.document) == before


def accepts(document: dict[str, Any], schema: str, body: Any) -> bool:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    return jsonschema_rs.is_valid(whole, body, validate_formats=True)


def test_positive_requests_stay_within_the_quota() -> None:
    document = CONTRACT.generation_schema("positive", largest_size=1)
    assert accepts(document, "VolumeCreateRequest", {"volume": {"size": 1}})
    assert not accepts(document, "VolumeCreateRequest", {"volume": {"size": 2}})
    assert fields(document, "NewVolume")["size"]["enum"] == [1]
    examples = document["paths"]["/{projectId}/volumes"]["post"]["requestBody"]["content"]["application/json"]
    assert set(examples["examples"]) == {"smallest"}


def test_negative_requests_spare_what_upstream_tolerates() -> None:
    document = CONTRACT.generation_schema("negative")
    for size in (1, "1", "10"):
        assert accepts(document, "VolumeCreateRequest", {"volume": {"size": size}})
    for size in (0, -1, "", "1.5", "abc", None, True, [], 2147483648):
        assert not accepts(document, "VolumeCreateRequest", {"volume": {"size": size}})
    for force in (True, "yes", "0"):
        assert accepts(document, "SnapshotCreateRequest", {"snapshot": {"volume_id": ID, "force": force}})
    for force in (None, 1, "", "invalid"):
        assert not accepts(document, "SnapshotCreateRequest", {"snapshot": {"volume_id": ID, "force": force}})
    offset = document["paths"]["/{projectId}/volumes"]["get"]["parameters"][2]
    assert offset["schema"] == {"type": "integer", "minimum": 0}


@pytest.mark.parametrize(
    ("body", "right"),
    [
        ({"volume": {"size": 1}}, True),
        ({"volume": {"size": 2147483647}}, True),
        ({"volume": {"size": 1, "name": None, "description": None, "metadata": None}}, True),
        ({"volume": {"size": 1, "name": "가" * 255, "metadata": {"a-Z_0:. /": "값" * 255}}}, True),
        ({"volume": {"size": 1, "metadata": {"k" * 255: ""}}}, True),
        ({"volume": {"size": 1, "unknown": 1}}, True),
        ({"volume": {"size": 1, "snapshot_id": None, "source_volid": None, "imageRef": None}}, True),
        ({"volume": {"size": 1, "snapshot_id": ID}}, True),
        ({"volume": {"size": 1}, "more": 1}, False),
        ({"volume": {}}, False),
        ({"volume": None}, False),
        ({"volume": []}, False),
        ({}, False),
        ([], False),
        ({"volume": {"size": 0}}, False),
        ({"volume": {"size": 1.5}}, False),
        ({"volume": {"size": "1"}}, False),
        ({"volume": {"size": 2147483648}}, False),
        ({"volume": {"size": 1, "name": "n" * 256}}, False),
        ({"volume": {"size": 1, "description": "d" * 256}}, False),
        ({"volume": {"size": 1, "name": 5}}, False),
        ({"volume": {"size": 1, "metadata": {"": "v"}}}, False),
        ({"volume": {"size": 1, "metadata": {"한글": "v"}}}, False),
        ({"volume": {"size": 1, "metadata": {"k" * 256: "v"}}}, False),
        ({"volume": {"size": 1, "metadata": {"k": "v" * 256}}}, False),
        ({"volume": {"size": 1, "metadata": {"k": 1}}}, False),
        ({"volume": {"size": 1, "metadata": []}}, False),
        ({"volume": {"size": 1, "multiattach": None}}, False),
        ({"volume": {"size": 1, "availability_zone": ""}}, False),
        ({"volume": {"size": 1, "snapshot_id": "not-a-uuid"}}, False),
    ],
)
def test_requests_for_volumes(body: Any, right: bool) -> None:
    assert accepts(CONTRACT.document, "VolumeCreateRequest", body) is right


@pytest.mark.parametrize(
    ("body", "right"),
    [
        ({"snapshot": {"volume_id": ID}}, True),
        (
            {"snapshot": {"volume_id": ID, "name": None, "description": "", "force": False, "metadata": {}}},
            True,
        ),
        ({"snapshot": {}}, False),
        ({"snapshot": {"volume_id": None}}, False),
        ({"snapshot": {"volume_id": "x"}}, False),
        ({"snapshot": {"volume_id": ID, "unknown": 1}}, False),
        ({"snapshot": {"volume_id": ID, "force": None}}, False),
        ({"snapshot": {"volume_id": ID, "name": "n" * 256}}, False),
    ],
)
def test_requests_for_snapshots(body: Any, right: bool) -> None:
    assert accepts(CONTRACT.document, "SnapshotCreateRequest", body) is right


@pytest.mark.parametrize("sort", ["name", "name:asc", "size:desc,created_at:asc", "id,status"])
def test_sort_orders(sort: str) -> None:
    assert jsonschema_rs.is_valid(CONTRACT.parameters("listVolumes")["sort"]["schema"], sort)


@pytest.mark.parametrize(
    "sort", ["", "bogus", "name:", "name:ASC", "name:up", "name,", "metadata", "name:asc:desc"]
)
def test_what_is_no_sort_order(sort: str) -> None:
    assert not jsonschema_rs.is_valid(CONTRACT.parameters("listVolumes")["sort"]["schema"], sort)


def test_requirements_speak_both_languages() -> None:
    for requirement in CONTRACT.requirements.values():
        assert requirement.statement("en") != requirement.statement("ko")
        assert any("가" <= letter <= "힣" for letter in requirement.statement("ko"))
        assert requirement.family in requirement.id


@pytest.mark.parametrize(
    ("operation", "query", "body", "where"),
    [
        ("listVolumes", [], NO_BODY, []),
        ("listVolumes", [("limit", "3"), ("offset", "0"), ("sort", "name:asc"), ("marker", ID)], NO_BODY, []),
        ("listVolumes", [("unknown", "x"), ("", "y")], NO_BODY, []),
        ("listVolumes", [("limit", "3"), ("limit", "x")], NO_BODY, []),
        ("listVolumes", [("limit", " 3 "), ("offset", "99999999999999")], NO_BODY, []),
        ("listVolumes", [("limit", "-1")], NO_BODY, ["?limit"]),
        ("listVolumes", [("limit", "")], NO_BODY, ["?limit"]),
        ("listVolumes", [("limit", "1.5"), ("offset", "x")], NO_BODY, ["?limit", "?offset"]),
        ("listVolumes", [("sort", "bogus")], NO_BODY, ["?sort"]),
        ("listVolumes", [("sort", "name:up")], NO_BODY, ["?sort"]),
        ("listVolumes", [], {"a": 1}, [""]),
        ("listVolumeTypes", [("limit", "x")], NO_BODY, []),
        ("createVolume", [], {"volume": {"size": 1}}, []),
        ("createVolume", [], {"volume": {"size": "1", "multiattach": "yes", "other": []}}, []),
        ("createVolume", [], {"volume": {"size": 0}}, ["/volume/size"]),
        ("createVolume", [], {"volume": {}}, ["/volume/size"]),
        ("createVolume", [], None, [""]),
        ("createVolume", [], NO_BODY, [""]),
        ("createSnapshot", [], {"snapshot": {"volume_id": ID, "force": "0"}}, []),
        ("createSnapshot", [], {"snapshot": {"volume_id": ID, "force": 0}}, ["/snapshot/force"]),
        ("createSnapshot", [], {"snapshot": {"volume_id": ID, "other": 0}}, ["/snapshot"]),
    ],
)
def test_reasons_to_refuse_a_request(
    operation: str, query: list[tuple[str, str]], body: Any, where: list[str]
) -> None:
    assert [one.where for one in CONTRACT.reasons_to_refuse(operation, query, body)] == where


def test_positive_requests_sort_as_the_examples_do() -> None:
    document = CONTRACT.generation_schema("positive")
    for path, used in (("volumes", "name:asc"), ("snapshots/detail", "created_at:asc")):
        sort = document["paths"][f"/{{projectId}}/{path}"]["get"]["parameters"][0]
        assert used in sort["schema"]["enum"]
        assert len(sort["schema"]["enum"]) >= 3
