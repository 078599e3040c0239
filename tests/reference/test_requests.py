"""Every class of refusal and of acceptance, by table, after what Cinder answers."""

from __future__ import annotations

import json
import uuid

import pytest

NOWHERE = str(uuid.UUID(int=0x1234))
OK, BAD, MISSING, OVER = (202, None), (400, "badRequest"), (404, "itemNotFound"), (413, "overLimit")
UNTYPED = (415, "badMediaType")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(start):
    """A client of an endpoint where nothing takes time."""
    with start("--volume-delay", "0", "--snapshot-delay", "0", "--delete-delay", "0") as server:
        yield server.main


def held_to(answer, expected):
    status, name = expected
    assert answer.status_code == status, answer.text
    if name is None:
        return
    (found,) = answer.json().items()
    assert found[0] == name
    assert found[1]["code"] == status
    assert found[1]["message"]
    assert answer.headers["Content-Type"] == "application/json"


RAW = [
    ("not JSON", b"{nonsense", JSON, BAD),
    ("empty", b"", JSON, BAD),
    ("empty and untyped", b"", {}, BAD),
    ("array", b"[]", JSON, BAD),
    ("string", b'"volume"', JSON, BAD),
    ("null", b"null", JSON, BAD),
    ("number", b"5", JSON, BAD),
    ("invalid UTF-8", b'{"volume": {"size": 1, "name": "\xff"}}', JSON, BAD),
    ("trailing garbage", b'{"volume": {"size": 1}} x', JSON, BAD),
    ("byte order mark", b'\xef\xbb\xbf{"volume": {"size": 1}}', JSON, BAD),
    ("NaN size", b'{"volume": {"size": NaN}}', JSON, BAD),
    ("huge number", b'{"volume": {"size": ' + b"9" * 5000 + b"}}", JSON, BAD),
    ("deep nesting", b"[" * 60000, JSON, BAD),
    ("200 KB", b'{"volume": {"size": 1, "name": "' + b"x" * 200_000 + b'"}}', JSON, OVER),
    ("key twice", b'{"volume": {"size": 5, "size": 1}}', JSON, OK),
    ("charset", b'{"volume": {"size": 1}}', {"Content-Type": "application/json; charset=utf-8"}, OK),
    (
        "vendor type",
        b'{"volume": {"size": 1}}',
        {"Content-Type": "application/vnd.openstack.volume+json"},
        OK,
    ),
    ("text/plain", b'{"volume": {"size": 1}}', {"Content-Type": "text/plain"}, UNTYPED),
    ("XML", b'{"volume": {"size": 1}}', {"Content-Type": "application/xml"}, UNTYPED),
    ("no type", b'{"volume": {"size": 1}}', {"Content-Type": None}, UNTYPED),
    ("garbage type", b'{"volume": {"size": 1}}', {"Content-Type": "garbage"}, UNTYPED),
]


@pytest.mark.parametrize(("body", "headers", "expected"), [r[1:] for r in RAW], ids=[r[0] for r in RAW])
def test_bodies(client, body, headers, expected):
    held_to(client("POST", "/volumes", data=body, headers=headers), expected)


ENVELOPES = [
    ({}, BAD),
    ({"volume": None}, BAD),
    ({"volume": []}, BAD),
    ({"volume": "x"}, BAD),
    ({"volume": {}}, BAD),
    ({"size": 1}, BAD),
    ({"volume": {"size": 1}, "zzz": 1}, BAD),
    ({"volume": {"size": 1}, "OS-SCH-HNT:scheduler_hints": {}}, OK),
]


@pytest.mark.parametrize(("document", "expected"), ENVELOPES, ids=json.dumps)
def test_envelopes(client, document, expected):
    held_to(client("POST", "/volumes", json=document), expected)


FIELDS = [
    *(("size", value, BAD) for value in (
        0, -1, "abc", None, 1.5, 1.0, " 1 ", "", "1.5", True, False, [], {}, 2147483648, 10**18, "٣", "0x1",
        "1e1", "+1", "-1", "0", "9" * 5000,
    )),
    ("size", 2147483647, OVER), ("size", 100001, OVER), ("size", "1", OK),
    *(("name", value, OK) for value in (
        None, "", "n" * 255, "가" * 255, "볼륨-ü-😀", "   ", "a\nb", "a\0b", "<b>&\"'",
    )),
    *(("name", value, BAD) for value in ("n" * 256, "가" * 256, 5, True, ["a"], {})),
    *(("description", value, OK) for value in (None, "", "d" * 255, "설명 😀")),
    *(("description", value, BAD) for value in ("d" * 256, 5)),
    *(("metadata", value, OK) for value in (
        {}, None, {"a": ""}, {"k" * 255: "v"}, {"a": "v" * 255}, {" a b ": "v"}, {"A": "1", "a": "2"},
        {"a-_:. /1": "값"}, {f"k{i}": "v" for i in range(200)}, {"readonly": "True"},
    )),
    *(("metadata", value, BAD) for value in (
        {"한글": "값"}, {"a": 1}, {"a": None}, {"a": True}, {"a": {}}, {"a": []}, {"": "v"}, {"k" * 256: "v"},
        {"a": "v" * 256}, [], "x", 5, {"a!@#$%": "v"}, {"a\n": "v"},
    )),
    *(("multiattach", value, OK) for value in (True, False, "true", "false", "yes", "no", "True", "1")),
    *(("multiattach", value, BAD) for value in (1, 0, 2, None, "invalid", "", [], {})),
    *(("volume_type", value, OK) for value in ("General HDD", None, "")),
    *(("volume_type", value, MISSING) for value in ("no such type", NOWHERE, "general hdd")),
    *(("volume_type", value, BAD) for value in (5, "t" * 256, {})),
    *(("availability_zone", value, OK) for value in ("nova", "kr-pub-a", None)),
    *(("availability_zone", value, BAD) for value in ("", "no-such-zone", 5, "z" * 256)),
    *(("imageRef", value, BAD) for value in ("", "not-a-uuid", NOWHERE, 5)), ("imageRef", None, OK),
    *(("snapshot_id", value, BAD) for value in ("", "not-a-uuid", 5)),
    ("snapshot_id", NOWHERE, MISSING), ("snapshot_id", NOWHERE.replace("-", ""), MISSING),
    ("snapshot_id", None, OK),
    *(("source_volid", value, BAD) for value in ("", "not-a-uuid", 5)),
    ("source_volid", NOWHERE, MISSING), ("source_volid", NOWHERE.upper(), MISSING),
    ("source_volid", None, OK),
    ("consistencygroup_id", None, OK), ("consistencygroup_id", NOWHERE, MISSING),
    ("consistencygroup_id", "x", BAD), ("consistencygroup_id", "", BAD),
    ("no_such_property", {"deep": [1]}, OK), ("id", NOWHERE, OK), ("status", "error", OK),
    ("bootable", "true", OK),
]  # fmt: skip


def case_id(value):
    text = json.dumps(value, ensure_ascii=True) if not isinstance(value, tuple) else str(value[0])
    return text if len(text) < 30 else f"{text[:20]}…{len(text)}"


@pytest.mark.parametrize(("field", "value", "expected"), FIELDS, ids=case_id)
def test_fields_of_a_volume(client, field, value, expected):
    answer = client("POST", "/volumes", json={"volume": {"size": 1, field: value}})
    held_to(answer, expected)
    if expected is OK:
        made = answer.json()["volume"]
        assert made["status"] == "creating"
        assert made["id"] != NOWHERE
        client.wait("volume", made["id"])
        client.remove("volume", made["id"])


def test_what_is_echoed_and_what_becomes_of_odd_values(client):
    for sent, kept in (
        ({"name": " a b "}, {"name": "a b"}),
        ({"name": "   "}, {"name": ""}),
        ({"display_name": "dn", "display_description": "dd"}, {"name": "dn", "description": "dd"}),
        ({"display_name": "dn", "name": "n"}, {"name": "n"}),
        ({"multiattach": "yes"}, {"multiattach": True}),
        ({"multiattach": "no"}, {"multiattach": False}),
        ({"size": "3"}, {"size": 3}),
        ({"volume_type": ""}, {"volume_type": "__DEFAULT__", "availability_zone": "nova"}),
        ({"metadata": {"A": "1", "a": "2"}}, {"metadata": {"A": "1", "a": "2"}}),
    ):
        made = client.create("volume", **{"size": 1, **sent})
        shown = client.wait("volume", made["id"])
        for key, value in kept.items():
            assert made[key] == shown[key] == value
        client.remove("volume", made["id"])


def test_a_type_may_be_given_by_its_id(client):
    wanted = client.get("/types")["volume_types"][0]
    made = client.volume(volume_type=wanted["id"])
    assert made["volume_type"] == wanted["name"]
    client.remove("volume", made["id"])


def test_sources_that_do_not_fit(client, volume):
    snapshot = client.snapshot(volume_id=volume["id"])
    image = client.facts["image"]
    for fields, expected in (
        ({"snapshot_id": snapshot["id"], "size": 1}, BAD),
        ({"source_volid": volume["id"], "size": 1}, BAD),
        ({"snapshot_id": snapshot["id"], "source_volid": volume["id"]}, BAD),
        ({"snapshot_id": snapshot["id"], "imageRef": image, "size": 2}, BAD),
        ({"snapshot_id": snapshot["id"], "volume_type": "General SSD"}, BAD),
        ({"source_volid": volume["id"], "volume_type": "General SSD"}, BAD),
        ({"source_volid": volume["id"], "availability_zone": "kr-pub-a"}, BAD),
        ({"snapshot_id": volume["id"]}, MISSING),
        ({"source_volid": snapshot["id"]}, MISSING),
        ({"source_volid": volume["id"].upper()}, MISSING),
        ({"imageRef": image, "size": 1}, BAD),
        ({"imageRef": image}, BAD),
    ):
        held_to(client("POST", "/volumes", json={"volume": fields}), expected)
    made = client.volume(snapshot_id=snapshot["id"], size=2, volume_type="General HDD")
    client.remove("volume", made["id"])
    client.remove("snapshot", snapshot["id"])


SNAPSHOTS = [
    *((document, BAD) for document in (
        {}, {"snapshot": None}, {"snapshot": []}, {"snapshot": {}}, {"name": "x"},
    )),
    *(({"snapshot": {"volume_id": value}}, BAD) for value in ("", "not-a-uuid", 5)),
    *(({"snapshot": {"volume_id": value}}, MISSING) for value in (None, NOWHERE)),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), SNAPSHOTS, ids=case_id)
def test_snapshot_envelopes(client, document, expected):
    held_to(client("POST", "/snapshots", json=document), expected)


def test_fields_of_a_snapshot(client, volume):
    cases = [
        *({"force": value} for value in (True, False, "true", "false", "True", "yes", "no", "1")),
        *({"name": value} for value in (None, "", "n" * 255, "스냅숏 😀", " a ", "   ")),
        *({"description": value} for value in (None, "", "d" * 255)),
        *({"metadata": value} for value in ({}, None, {"a": "b"})),
    ]
    for fields in cases:
        made = client.snapshot(volume_id=volume["id"], **fields)
        for key in set(fields) - {"force", "metadata"}:
            assert made[key] == (fields[key] and fields[key].strip())
        client.remove("snapshot", made["id"])
    refused = [
        {"zzz": 1},
        *({"force": value} for value in (None, 1, 0, "invalid", "", 5, [])),
        *({"name": value} for value in ("n" * 256, 5)),
        *({"description": value} for value in ("d" * 256, 5)),
        *({"metadata": value} for value in ({"a": 1}, {"": "v"}, {"k" * 256: "v"}, {"a": "v" * 256}, "x")),
    ]
    for fields in refused:
        held_to(client("POST", "/snapshots", json={"snapshot": {"volume_id": volume["id"], **fields}}), BAD)
    for body, headers, expected in (
        (b"", JSON, BAD),
        (b'{"snapshot": ', JSON, BAD),
        (b'{"snapshot": {}}', {"Content-Type": "text/plain"}, UNTYPED),
    ):
        held_to(client("POST", "/snapshots", data=body, headers=headers), expected)


@pytest.mark.parametrize("kind", ["volumes", "snapshots"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("ident", [NOWHERE, "not-a-uuid", "x" * 300, "한글", "%00", "%2e%2e%2f"])
def test_unknown_ids(client, kind, method, ident):
    held_to(client(method, f"/{kind}/{ident}"), MISSING)


def test_ids_are_taken_literally(client, volume):
    for ident in (volume["id"].upper(), volume["id"].replace("-", ""), f"{volume['id']}.xml"):
        held_to(client("GET", f"/volumes/{ident}"), MISSING)
    assert client.get(f"/volumes/{volume['id']}?zzz=1")["volume"] == volume


def test_bodies_where_none_belongs(client, volume):
    held_to(client("DELETE", f"/volumes/{volume['id']}", json={}), BAD)
    held_to(client("GET", "/volumes", json={}), BAD)
    held_to(client("GET", "/volumes", data=b"{x", headers=JSON), BAD)


METHODS = [
    ("PUT", "/volumes", "GET, HEAD, POST"),
    ("PATCH", "/volumes", "GET, HEAD, POST"),
    ("DELETE", "/volumes", "GET, HEAD, POST"),
    ("PROPFIND", "/volumes", "GET, HEAD, POST"),
    ("POST", "/volumes/detail", "GET, HEAD"),
    ("PUT", "/snapshots/detail", "GET, HEAD"),
    ("POST", f"/volumes/{NOWHERE}", "DELETE, GET, HEAD"),
    ("PUT", f"/volumes/{NOWHERE}", "DELETE, GET, HEAD"),
    ("POST", f"/snapshots/{NOWHERE}", "DELETE, GET, HEAD"),
    ("DELETE", "/types", "GET, HEAD"),
]


@pytest.mark.parametrize(("method", "path", "allow"), METHODS)
def test_wrong_methods(client, method, path, allow):
    answer = client(method, path)
    held_to(answer, (405, "badMethod"))
    assert answer.headers["Allow"] == allow


def test_options_and_head(client, volume):
    assert client("OPTIONS", "/volumes").headers["Allow"] == "GET, HEAD, POST"
    got, head = (client(method, f"/volumes/{volume['id']}") for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


@pytest.mark.parametrize(
    "path",
    [
        "/nonsense",
        "/volumes/",
        "/volumes/detail/",
        "/VOLUMES",
        f"/volumes/{NOWHERE}/nonsense",
        "/backups",
        "",
    ],
)
def test_unknown_paths(client, path):
    held_to(client("GET", path), MISSING)


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "*/*", "garbage"])
def test_always_json_whatever_accept_says(client, accept):
    assert client("GET", "/types", headers={"Accept": accept}).headers["Content-Type"] == "application/json"
    held_to(client("GET", f"/volumes/{NOWHERE}", headers={"Accept": accept}), MISSING)


def test_headers_of_every_answer(client):
    for answer in (client("GET", "/types"), client("GET", "/nonsense"), client("POST", "/volumes", data=b"")):
        ident = answer.headers["X-Openstack-Request-Id"]
        assert ident.startswith("req-")
        assert answer.headers["X-Compute-Request-Id"] == ident
        assert answer.content.isascii()


def test_quotas(start):
    options = (
        "--quota-volumes",
        "3",
        "--quota-snapshots",
        "1",
        "--quota-gigabytes",
        "8",
        "--max-volume-gigabytes",
        "5",
    )
    with start(*options) as server:
        client = server.main  # the attached volume takes one volume and 2 GB of it
        answer = client("POST", "/volumes", json={"volume": {"size": 6}})
        held_to(answer, OVER)
        assert answer.headers["Retry-After"] == answer.json()["overLimit"]["retryAfter"] == "0"
        volume = client.volume(size=4)
        held_to(client("POST", "/volumes", json={"volume": {"size": 3}}), OVER)
        held_to(client("POST", "/snapshots", json={"snapshot": {"volume_id": volume["id"]}}), OVER)
        client.remove("volume", volume["id"])
        volume = client.volume(size=1)
        snapshot = client.snapshot(volume_id=volume["id"])
        held_to(client("POST", "/snapshots", json={"snapshot": {"volume_id": volume["id"]}}), OVER)
        other = client.volume(size=1)
        held_to(client("POST", "/volumes", json={"volume": {"size": 1}}), OVER)
        absolute = client.get("/limits")["limits"]["absolute"]
        assert absolute["maxTotalVolumes"] == absolute["totalVolumesUsed"] == 3
        assert (absolute["totalGigabytesUsed"], absolute["totalSnapshotsUsed"]) == (5, 1)
        client.remove("volume", other["id"])
        client.remove("snapshot", snapshot["id"])
        client.volume(size=1)
