"""Snapshots."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.clock import stamp
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import bad_request
from volcheck.reference.world import Snapshot, Volume

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


@defect("snapshot-name-lost", "A snapshot's name is never stored.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.name = None
    return made


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


@defect("snapshot-description-of-volume", "A snapshot has its volume's description.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.description = made.volume.description
    return made


@defect("snapshot-metadata-lost", "A snapshot's metadata is never stored.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.metadata = {}
    return made


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


@defect("snapshot-created-at-of-volume", "A snapshot shows its volume's created_at.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if call.view == "show" and isinstance(call.subject, Snapshot):
        body["created_at"] = stamp(call.subject.volume.created_at)
    return body


@defect("snapshot-tenant-other", "A snapshot's tenant is not the one in the path.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if "os-extended-snapshot-attributes:project_id" in body and call.subject is not None:
        body["os-extended-snapshot-attributes:project_id"] = call.subject.user_id
    return body


@defect("snapshot-create-answers-200", "Creating a snapshot answers 200.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "create_snapshot" and reply.status == 202:
        reply.status = 200
    return reply


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


@defect("snapshot-unnamed-refused", "A snapshot needs a name.", hook="check")
def _(call: Call, failed: bool) -> bool:
    if call.check == "snapshot.volume.status" and "name" not in _sent(call):
        raise bad_request("'name' is a required property")
    return failed


@defect("snapshot-empties-volume", "A snapshot takes its volume's metadata away.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot) and isinstance(made.volume, Volume):
        made.volume.metadata = {}
    return made
