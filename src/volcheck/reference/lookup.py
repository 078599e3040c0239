"""Finding what a request names, in the tenant that asks. What is another's is not there."""

from __future__ import annotations

from volcheck.reference.call import Call
from volcheck.reference.faults import not_found
from volcheck.reference.world import Snapshot, Volume


def find_volume(call: Call, ident: str) -> Volume:
    """The tenant's volume with this id. Raises 404."""
    call.kind, call.wanted = "volume", ident
    volume: Volume | None = call.hooks("found", call, call.own.volumes.get(ident))
    if volume is None:
        raise call.refusal("found.volume", not_found("Volume", ident))
    return volume


def find_snapshot(call: Call, ident: str) -> Snapshot:
    """The tenant's snapshot with this id. Raises 404."""
    call.kind, call.wanted = "snapshot", ident
    snapshot: Snapshot | None = call.hooks("found", call, call.own.snapshots.get(ident))
    if snapshot is None:
        raise call.refusal("found.snapshot", not_found("Snapshot", ident))
    return snapshot
