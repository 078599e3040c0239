"""Deletion."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect
from volcheck.reference.world import Phase, Resource, Snapshot, Volume


def _gone(call: Call, resource: Resource) -> None:
    call.world.plan(resource, [Phase(call.now, None)])


@defect("delete-ignored", "Deleting a volume is accepted, and nothing happens.", hook="deleted")
def _(call: Call, resource: Any) -> Any:
    if isinstance(resource, Volume):
        resource.status = "available"
        resource.phases.clear()
    return resource


@defect(
    "delete-comes-back", "A deleted volume is available again where it should be gone.", hook="transition"
)
def _(call: Call, goal: str | None) -> str | None:
    return "available" if goal is None and isinstance(call.subject, Volume) else goal


@defect("delete-unknown-accepted", "Deleting a volume that does not exist is accepted.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    unknown = call.operation == "delete_volume" and reply.status == 404
    return Reply(202, None, reply.headers) if unknown else reply


@defect("delete-answers-body", "An accepted deletion of a volume answers a body.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "delete_volume" and reply.status == 202:
        reply.raw = b'{"deleted": true}'
        reply.headers["Content-Type"] = "application/json"
    return reply


@defect("delete-with-snapshot-accepted", "A volume that has a snapshot can be deleted.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "delete.volume.snapshots"


@defect("delete-attached-accepted", "An attached volume can be deleted.", hook="check")
def _(call: Call, failed: bool) -> bool:
    attached = isinstance(call.subject, Volume) and bool(call.subject.attachments)
    return failed and not (attached and call.check in ("delete.volume.status", "delete.volume.attached"))


@defect("delete-takes-neighbour", "Deleting a volume also takes the one made just before it.", hook="deleted")
def _(call: Call, resource: Any) -> Any:
    if isinstance(resource, Volume):
        older = [
            v for v in call.own.volumes.values() if v.created_at < resource.created_at and not v.attachments
        ]
        if older:
            _gone(call, max(older, key=lambda v: v.created_at))
    return resource


@defect("delete-still-shown", "A volume that is gone from the lists can still be shown.", hook="found")
def _(call: Call, found: Any) -> Any:
    if call.operation != "show_volume":
        return found
    if found is not None:
        call.memory[call.own.project_id, found.id] = found
    return call.memory.get((call.own.project_id, call.wanted))


@defect("delete-snapshot-takes-volume", "Deleting a snapshot also deletes its volume.", hook="deleted")
def _(call: Call, resource: Any) -> Any:
    if isinstance(resource, Snapshot) and not resource.volume.attachments:
        _gone(call, resource.volume)
    return resource


@defect("delete-snapshot-blocks-forever", "A volume that ever had a snapshot can't be deleted.", hook="check")
def _(call: Call, failed: bool) -> bool:
    call.memory.update((each.volume_id, True) for each in call.own.snapshots.values())
    blocked = call.subject is not None and call.subject.id in call.memory
    return failed or (call.check == "delete.volume.snapshots" and blocked)


@defect("delete-source-takes-clones", "Deleting a volume also takes its clones.", hook="deleted")
def _(call: Call, resource: Any) -> Any:
    for volume in call.own.volumes.values():
        if volume.source_volid == resource.id:
            _gone(call, volume)
    return resource


@defect("delete-shows-available", "A volume that is being deleted still says available.", hook="volume")
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    if body.get("status") == "deleting":
        body["status"] = "available"
    return body


@defect(
    "delete-snapshot-shows-available", "A snapshot that is being deleted says available.", hook="snapshot"
)
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    if body["status"] == "deleting":
        body["status"] = "available"
    return body


@defect(
    "delete-snapshot-unknown-accepted", "Deleting a snapshot that does not exist is accepted.", hook="reply"
)
def _(call: Call, reply: Reply) -> Reply:
    unknown = call.operation == "delete_snapshot" and reply.status == 404
    return Reply(202, None, reply.headers) if unknown else reply


@defect(
    "delete-snapshot-takes-restored", "Deleting a snapshot takes the volumes made from it.", hook="deleted"
)
def _(call: Call, resource: Any) -> Any:
    for volume in call.own.volumes.values():
        if volume.snapshot_id == resource.id:
            _gone(call, volume)
    return resource
