"""Snapshots."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import bad_request
from volcheck.reference.world import Snapshot

Body = dict[str, Any]


def _sent(call: Call) -> Body:
    body: Body = call.body["snapshot"]
    return body


@defect("snapshot-size-one", "A snapshot's size is 1, whatever the volume's.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.size = 1
    return made


@defect("snapshot-volume-other", "A snapshot's volume_id is its own id.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    body["volume_id"] = body["id"]
    return body


@defect("snapshot-name-invented", "A snapshot without a name gets one made up.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot) and made.name is None:
        made.name = f"snapshot-{made.id}"
    return made


@defect("snapshot-description-lost", "Showing a snapshot gives no description.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if call.view == "show":
        body["description"] = None
    return body


@defect("snapshot-force-ignored", "A volume in use can't be snapshotted, even with force.", hook="check")
def _(call: Call, failed: bool) -> bool:
    in_use = call.check == "snapshot.volume.status" and call.subject and call.subject.status == "in-use"
    return failed or bool(in_use)


@defect("snapshot-force-unneeded", "A volume in use can be snapshotted without force.", hook="check")
def _(call: Call, failed: bool) -> bool:
    in_use = call.check == "snapshot.volume.status" and call.subject and call.subject.status == "in-use"
    return failed and not (in_use and "force" not in _sent(call))


@defect("snapshot-force-false-forces", "force: false is taken for true.", hook="check")
def _(call: Call, failed: bool) -> bool:
    in_use = call.check == "snapshot.volume.status" and call.subject and call.subject.status == "in-use"
    return failed and not (in_use and "force" in _sent(call))


@defect("snapshot-creating-accepted", "A volume that is being created can be snapshotted.", hook="check")
def _(call: Call, failed: bool) -> bool:
    early = call.check == "snapshot.volume.status" and call.subject and call.subject.status == "creating"
    return failed and not early


@defect("snapshot-second-refused", "A volume can have one snapshot only.", hook="check")
def _(call: Call, failed: bool) -> bool:
    second = call.check == "snapshot.volume.status" and any(
        each.volume is call.subject for each in call.own.snapshots.values()
    )
    return failed or second


@defect("snapshot-marks-volume", "A volume that has a snapshot says in-use.", hook="volume")
def _(call: Call, body: Body) -> Body:
    busy = any(each.volume is call.subject for each in call.own.snapshots.values())
    if busy and body.get("status") == "available":
        body["status"] = "in-use"
    return body


@defect("snapshot-show-newest", "Showing a snapshot shows the newest, whatever the id.", hook="found")
def _(call: Call, found: Any) -> Any:
    if call.operation == "show_snapshot" and isinstance(found, Snapshot):
        return max(call.own.snapshots.values(), key=lambda each: each.created_at)
    return found


@defect("snapshot-detail-progress-missing", "snapshots/detail does not show the progress.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        del body["os-extended-snapshot-attributes:progress"]
    return body


@defect("snapshot-id-reused", "Every second snapshot gets the id of the one before.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.id = call.memory.pop("id", None) or call.memory.setdefault("id", made.id)
    return made


@defect("snapshot-project-other", "A snapshot shows another project.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if "os-extended-snapshot-attributes:project_id" in body:
        body["os-extended-snapshot-attributes:project_id"] = call.own.user_id
    return body


@defect("snapshot-force-refused", "force is refused for a volume that does not need it.", hook="check")
def _(call: Call, failed: bool) -> bool:
    ready = call.check == "snapshot.volume.status" and call.subject and call.subject.status == "available"
    return failed or bool(ready and _sent(call).get("force"))


@defect("snapshot-unknown-volume-newest", "For an unknown volume the newest one is taken.", hook="found")
def _(call: Call, found: Any) -> Any:
    ready = [each for each in call.own.volumes.values() if each.status == "available"]
    if call.operation == "create_snapshot" and found is None and ready:
        return max(ready, key=lambda each: each.created_at)
    return found


@defect("snapshot-shown-as-volume", "A snapshot's id shows its volume, too.", hook="found")
def _(call: Call, found: Any) -> Any:
    if call.operation == "show_volume" and call.wanted in call.own.snapshots:
        return call.own.snapshots[call.wanted].volume
    return found


@defect(
    "snapshot-volume-null-newest", "For a volume_id that is null the newest volume is taken.", hook="body"
)
def _(call: Call, body: Any) -> Any:
    snapshot = body.get("snapshot") if isinstance(body, dict) else None
    ready = [each for each in call.own.volumes.values() if each.status == "available"]
    if isinstance(snapshot, dict) and snapshot.get("volume_id", "") is None and ready:
        snapshot["volume_id"] = max(ready, key=lambda each: each.created_at).id
    return body


@defect("snapshot-description-needed", "A snapshot without a description is refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    snapshot = body.get("snapshot") if isinstance(body, dict) else None
    if isinstance(snapshot, dict) and "description" not in snapshot:
        raise bad_request("'description' is a required property")
    return body
