"""The operations on snapshots."""

from __future__ import annotations

from typing import Any

from volcheck.reference import render
from volcheck.reference.call import Call, Reply
from volcheck.reference.faults import bad_request, over_limit
from volcheck.reference.lifecycle import plan
from volcheck.reference.listing import Listing, select
from volcheck.reference.lookup import find_snapshot, find_volume
from volcheck.reference.validation import no_body, snapshot_request
from volcheck.reference.volumes import check_gigabytes
from volcheck.reference.world import Snapshot

# Cinder refuses `name` here though it sorts volumes by it; one rule for both is better.
SNAPSHOTS: Listing[Snapshot] = Listing(
    noun="Snapshot",
    keys={
        "id": lambda s: s.id,
        "name": lambda s: s.name,
        "display_name": lambda s: s.name,
        "status": lambda s: s.status,
        "created_at": lambda s: s.created_at,
        "updated_at": lambda s: s.updated_at,
        "volume_id": lambda s: s.volume_id,
        "volume_size": lambda s: s.size,
        "user_id": lambda s: s.user_id,
        "project_id": lambda s: s.project_id,
    },
    filters={
        "name": lambda s, text: s.name == text,
        "status": lambda s, text: s.status == text,
        "volume_id": lambda s, text: s.volume_id == text,
    },
)


def list_snapshots(call: Call) -> Reply:
    """`GET /snapshots`: without progress and tenant."""
    return _list(call, "list")


def list_snapshots_detail(call: Call) -> Reply:
    """`GET /snapshots/detail`: everything."""
    return _list(call, "detail")


def _list(call: Call, view: str) -> Reply:
    no_body(call)
    snapshots = call.own.snapshots
    page, link = select(call, SNAPSHOTS, snapshots, snapshots)
    document: dict[str, Any] = {"snapshots": [render.snapshot(call, each, view) for each in page]}
    if link is not None:
        document["snapshots_links"] = [{"rel": "next", "href": link}]
    return Reply(200, document)


def show_snapshot(call: Call) -> Reply:
    """`GET /snapshots/{id}`."""
    no_body(call)
    snapshot = find_snapshot(call, call.params["snapshot_id"])
    return Reply(200, {"snapshot": render.snapshot(call, snapshot, "show")})


def create_snapshot(call: Call) -> Reply:
    """`POST /snapshots`; of a volume in use only with `force`."""
    request = snapshot_request(call)
    volume = find_volume(call, str(request.volume_id))
    call.subject = volume
    allowed = ("available", "in-use") if request.force else ("available",)
    call.refuse_if(
        "snapshot.volume.status",
        volume.status not in allowed,
        bad_request(
            f"Invalid volume: Volume {volume.id} status must be {', '.join(allowed)}, but current status is: "
            f"{volume.status}."
        ),
    )
    quota = call.world.settings.quota_snapshots
    check_gigabytes(call, volume.size)
    call.refuse_if(
        "quota.snapshots",
        len(call.own.snapshots) >= quota,
        over_limit(f"SnapshotLimitExceeded: Maximum number of snapshots allowed ({quota}) exceeded"),
    )
    snapshot = Snapshot(
        id=call.world.new_id(),
        project_id=call.own.project_id,
        user_id=call.own.user_id,
        name=request.name,
        description=request.description,
        size=volume.size,
        metadata=request.metadata,
        status="creating",
        created_at=call.now,
        volume=volume,
        volume_id=volume.id,
    )
    call.subject = snapshot
    snapshot = call.hooks("made", call, snapshot)
    call.own.snapshots[snapshot.id] = snapshot
    plan(call, snapshot, (call.world.settings.snapshot_delay, "available"))
    return Reply(202, {"snapshot": render.snapshot(call, snapshot, "create")})


def delete_snapshot(call: Call) -> Reply:
    """`DELETE /snapshots/{id}`. Volumes made from it live on."""
    no_body(call)
    snapshot = find_snapshot(call, call.params["snapshot_id"])
    call.subject = snapshot
    call.refuse_if(
        "delete.snapshot.status",
        snapshot.status not in ("available", "error"),
        bad_request(
            "Invalid snapshot: Snapshot status must be available or error and must not be part of a group."
        ),
    )
    snapshot.status = "deleting"
    snapshot.updated_at = call.now
    plan(call, snapshot, (call.world.settings.delete_delay, None))
    call.hooks("deleted", call, snapshot)
    return Reply(202)
