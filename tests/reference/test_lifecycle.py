from __future__ import annotations

import re
import time
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")
CREATED = {
    "id", "status", "size", "availability_zone", "created_at", "updated_at", "name", "description",
    "volume_type", "snapshot_id", "source_volid", "metadata", "links", "user_id", "bootable", "encrypted",
    "replication_status", "consistencygroup_id", "multiattach", "attachments",
}  # fmt: skip


def shared(left: dict[str, Any], right: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = set(left) & set(right) - {"status", "updated_at"}
    return {key: left[key] for key in keys}, {key: right[key] for key in keys}


def test_the_documented_life_of_a_volume_and_its_snapshot(client):
    answer = client(
        "POST", "/volumes", json={"volume": {"size": 2, "name": " 볼륨-ü-😀 ", "metadata": {"a": "b"}}}
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/json")
    created = answer.json()["volume"]
    assert set(created) == CREATED
    assert created["name"] == "볼륨-ü-😀"
    assert created["status"] == "creating"
    assert created["updated_at"] is None
    assert MOMENT.fullmatch(created["created_at"])
    ident = created["id"]

    shown = client.wait("volume", ident)
    assert set(shown) == CREATED | {"os-vol-tenant-attr:tenant_id"}
    assert shared(created, shown)[0] == shared(created, shown)[1]
    assert next(v for v in client.get("/volumes/detail")["volumes"] if v["id"] == ident) == shown
    listed = next(v for v in client.get("/volumes")["volumes"] if v["id"] == ident)
    assert listed == {"id": ident, "name": "볼륨-ü-😀", "links": shown["links"]}

    made = client.create("snapshot", volume_id=ident, name="snap-001", metadata={"x": "y"})
    snapshot = client.wait("snapshot", made["id"])
    assert snapshot["os-extended-snapshot-attributes:progress"] == "100%"
    assert shared(made, snapshot)[0] == shared(made, snapshot)[1]
    assert (snapshot["size"], snapshot["volume_id"]) == (2, ident)
    assert next(s for s in client.get("/snapshots/detail")["snapshots"] if s["id"] == made["id"]) == snapshot
    listed = next(s for s in client.get("/snapshots")["snapshots"] if s["id"] == made["id"])
    assert set(listed) == set(made)

    assert client("DELETE", f"/volumes/{ident}").status_code == 400
    gone = client("DELETE", f"/snapshots/{made['id']}")
    assert (gone.status_code, gone.content) == (202, b"")
    assert client.get(f"/snapshots/{made['id']}")["snapshot"]["status"] == "deleting"
    while client("GET", f"/snapshots/{made['id']}").status_code != 404:
        time.sleep(0.01)
    client.remove("volume", ident)
    assert all(v["id"] != ident for v in client.get("/volumes")["volumes"])


def test_a_volume_from_an_image_downloads_and_becomes_bootable(client):
    image = client.facts["image"]
    created = client.create("volume", size=2, imageRef=f"http://images.example/v2/images/{image}")
    assert created["bootable"] == "false"
    seen = set()
    while (status := client.get(f"/volumes/{created['id']}")["volume"]["status"]) != "available":
        seen.add(status)
    assert seen == {"creating", "downloading"}
    shown = client.get(f"/volumes/{created['id']}")["volume"]
    assert shown["bootable"] == "true"
    assert shown["volume_image_metadata"]["image_id"] == image
    assert all(isinstance(value, str) for value in shown["volume_image_metadata"].values())

    snapshot = client.snapshot(volume_id=created["id"])
    restored = client.create("volume", snapshot_id=snapshot["id"])
    assert restored["bootable"] == "true"
    restored = client.wait("volume", restored["id"])
    assert restored["volume_image_metadata"] == shown["volume_image_metadata"]
    client.remove("snapshot", snapshot["id"])
    for ident in (created["id"], restored["id"]):
        client.remove("volume", ident)


def test_copies_inherit_size_type_and_zone_and_outlive_their_source(client):
    source = client.volume(
        size=2, volume_type="General SSD", availability_zone="kr-pub-b", metadata={"a": "b"}
    )
    snapshot = client.snapshot(volume_id=source["id"])
    restored = client.volume(size=None, snapshot_id=snapshot["id"])
    clone = client.volume(size=3, source_volid=source["id"])
    assert (restored["size"], restored["snapshot_id"], restored["source_volid"]) == (2, snapshot["id"], None)
    assert (clone["size"], clone["snapshot_id"], clone["source_volid"]) == (3, None, source["id"])
    for copy in (restored, clone):
        assert (copy["volume_type"], copy["availability_zone"]) == ("General SSD", "kr-pub-b")
        assert copy["metadata"] == {}
    client.remove("snapshot", snapshot["id"])
    client.remove("volume", source["id"])
    assert client.get(f"/volumes/{restored['id']}")["volume"] == restored
    assert client.get(f"/volumes/{clone['id']}")["volume"] == clone
    for copy in (restored, clone):
        client.remove("volume", copy["id"])


def test_the_attached_volume(client):
    ident = client.facts["attached_volume"]
    shown = client.get(f"/volumes/{ident}")["volume"]
    assert shown["status"] == "in-use"
    assert shown["metadata"] == {"attached_mode": "rw", "readonly": "False"}
    (attachment,) = shown["attachments"]
    assert attachment["id"] == attachment["volume_id"] == ident
    assert set(attachment) == {
        "id", "attachment_id", "volume_id", "server_id", "host_name", "device", "attached_at"
    }  # fmt: skip
    assert client("DELETE", f"/volumes/{ident}").status_code == 400
    assert client("POST", "/snapshots", json={"snapshot": {"volume_id": ident}}).status_code == 400
    snapshot = client.snapshot(volume_id=ident, force=True)
    client.remove("snapshot", snapshot["id"])
    clone = client.volume(size=None, source_volid=ident)
    assert clone["attachments"] == []
    client.remove("volume", clone["id"])


def test_cascade_takes_the_snapshots_along(client):
    volume = client.volume()
    snapshot = client.snapshot(volume_id=volume["id"])
    assert client("DELETE", f"/volumes/{volume['id']}?cascade=maybe").status_code == 400
    assert client("DELETE", f"/volumes/{volume['id']}?cascade=true").status_code == 202
    while client("GET", f"/volumes/{volume['id']}").status_code != 404:
        time.sleep(0.01)
    assert client("GET", f"/snapshots/{snapshot['id']}").status_code == 404


def test_while_things_take_their_time(slow):
    client = slow.main
    volume = client.create("volume", size=1)["id"]
    for force in (False, True):
        body = {"snapshot": {"volume_id": volume, "force": force}}
        assert client("POST", "/snapshots", json=body).status_code == 400
    assert client("POST", "/volumes", json={"volume": {"source_volid": volume}}).status_code == 400
    assert client("DELETE", f"/volumes/{volume}").status_code == 400

    attached = client.facts["attached_volume"]
    snapshot = client.create("snapshot", volume_id=attached, force=True)["id"]
    assert (
        client.get(f"/snapshots/{snapshot}")["snapshot"]["os-extended-snapshot-attributes:progress"] == "0%"
    )
    assert client("DELETE", f"/snapshots/{snapshot}").status_code == 400
    assert client("POST", "/volumes", json={"volume": {"snapshot_id": snapshot}}).status_code == 400

    client = slow.other
    (volume,) = (each["id"] for each in client.get("/volumes")["volumes"])
    (snapshot,) = (each["id"] for each in client.get("/snapshots")["snapshots"])
    assert client("DELETE", f"/snapshots/{snapshot}").status_code == 202
    assert client("DELETE", f"/snapshots/{snapshot}").status_code == 400
    shown = client.get(f"/snapshots/{snapshot}")["snapshot"]
    assert (shown["status"], shown["os-extended-snapshot-attributes:progress"]) == ("deleting", "100%")
    assert client("DELETE", f"/volumes/{volume}").status_code == 400, "a snapshot is still there"
    assert [each["id"] for each in client.get("/snapshots")["snapshots"]] == [snapshot]


def test_zero_delays_finish_by_the_next_request(start):
    with start("--volume-delay", "0", "--delete-delay", "0") as server:
        volume = server.main.create("volume", size=1)
        assert volume["status"] == "creating"
        assert server.main.get(f"/volumes/{volume['id']}")["volume"]["status"] == "available"
        assert server.main("DELETE", f"/volumes/{volume['id']}").status_code == 202
        assert server.main("GET", f"/volumes/{volume['id']}").status_code == 404
