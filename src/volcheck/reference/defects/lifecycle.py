"""Statuses and their changes."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.clock import SECOND, micros
from volcheck.reference.defects.registry import defect
from volcheck.reference.world import Phase, Snapshot, Volume

Body = dict[str, Any]
Goal = str | None
PROGRESS = "os-extended-snapshot-attributes:progress"


@defect("lifecycle-never-available", "A volume stays in creating.", hook="transition")
def _(call: Call, goal: Goal) -> Goal:
    return "creating" if goal == "available" and isinstance(call.subject, Volume) else goal


@defect("lifecycle-created-available", "The answer to a create says available at once.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "create":
        body["status"] = "available"
    return body


@defect("lifecycle-flicker", "Every fifth time an available volume is shown, it is creating.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "show" and body["status"] == "available":
        call.memory["count"] = call.memory.get("count", 0) + 1
        if call.memory["count"] % 5 == 0:
            body["status"] = "creating"
    return body


@defect("lifecycle-never-gone", "A deleted volume stays in deleting.", hook="transition")
def _(call: Call, goal: Goal) -> Goal:
    return "deleting" if goal is None and isinstance(call.subject, Volume) else goal


@defect("lifecycle-deleted-shown", "A deleted snapshot stays, with the status deleted.", hook="transition")
def _(call: Call, goal: Goal) -> Goal:
    return "deleted" if goal is None and isinstance(call.subject, Snapshot) else goal


@defect("lifecycle-status-unknown", "A new volume has the status building.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("status") == "creating":
        body["status"] = "building"
    return body


@defect("lifecycle-detail-behind", "volumes/detail says creating for two seconds longer.", hook="volume")
def _(call: Call, body: Body) -> Body:
    young = call.subject is not None and call.now - call.subject.created_at < 2 * SECOND
    if call.view == "detail" and young and body["status"] == "available":
        body["status"] = "creating"
    return body


@defect("lifecycle-late", "A new volume is not found the first two times.", hook="found")
def _(call: Call, found: Any) -> Any:
    if call.operation == "show_volume" and found is not None and call.now - found.created_at < 10 * SECOND:
        count = call.memory.get(found.id, 0)
        call.memory[found.id] = count + 1
        return None if count < 2 else found
    return found


@defect("lifecycle-relapse", "An available volume is downloading again for a moment.", hook="transition")
def _(call: Call, goal: Goal) -> Goal:
    volume = call.subject
    if goal == "available" and isinstance(volume, Volume) and volume.id not in call.memory:
        call.memory[volume.id] = True
        steps = ((0.02, "downloading"), (0.12, "available"))
        call.world.plan(volume, [Phase(call.now + micros(wait), status) for wait, status in steps])
    return goal


@defect("lifecycle-attached-available", "A volume with an attachment is available.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("status") == "in-use":
        body["status"] = "available"
    return body


@defect("lifecycle-snapshot-never-available", "A snapshot stays in creating.", hook="transition")
def _(call: Call, goal: Goal) -> Goal:
    return "creating" if goal == "available" and isinstance(call.subject, Snapshot) else goal


@defect("lifecycle-progress-stuck", "A finished snapshot's progress is 0%.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if PROGRESS in body:
        body[PROGRESS] = "0%"
    return body
