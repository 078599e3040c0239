"""Faults that only requests show that are under way at the same time: each is right where one follows the other."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.world import Snapshot, Volume

#: Seconds from a request's arrival to its answer, within which others can arrive.
_WINDOW = 0.15


def _same_request_beside(call: Call) -> bool:
    """Whether a request of the same method and path was under way together with this one, and was answered before it."""
    return any(other.method == call.method and other.path == call.path for other in call.beside)


def _id_of_another(call: Call, made: Any) -> Any:
    """What is made, with the id that the same kind of creation under way together with it has given."""
    for other in call.beside:
        if other.operation == call.operation and isinstance(other.subject, type(made)):
            made.id = other.subject.id
    return made


@defect(
    "race-volume-ids",
    "Volumes whose creations are under way at the same time get the same id.",
    hook="made",
    takes=_WINDOW,
)
def _(call: Call, made: Any) -> Any:
    return _id_of_another(call, made) if isinstance(made, Volume) else made


@defect(
    "race-snapshot-ids",
    "Snapshots whose creations are under way at the same time get the same id.",
    hook="made",
    takes=_WINDOW,
)
def _(call: Call, made: Any) -> Any:
    return _id_of_another(call, made) if isinstance(made, Snapshot) else made


@defect(
    "race-volume-deletions",
    "Of deletions of one volume that are under way at the same time all are accepted.",
    hook="check",
    takes=_WINDOW,
)
def _(call: Call, failed: Any) -> Any:
    return failed and not (call.check == "delete.volume.status" and _same_request_beside(call))


@defect(
    "race-snapshot-deletions",
    "Of deletions of one snapshot that are under way at the same time all are accepted.",
    hook="check",
    takes=_WINDOW,
)
def _(call: Call, failed: Any) -> Any:
    return failed and not (call.check == "delete.snapshot.status" and _same_request_beside(call))
