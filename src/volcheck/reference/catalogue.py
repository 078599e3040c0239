"""What a tenant can choose from and how much it may have: types, zones, limits."""

from __future__ import annotations

from typing import Any

from volcheck.reference import render
from volcheck.reference.call import Call, Reply
from volcheck.reference.faults import no_route, not_found
from volcheck.reference.listing import Listing, select
from volcheck.reference.validation import no_body
from volcheck.reference.world import VolumeType

TYPES: Listing[VolumeType] = Listing(
    noun="Volume type",
    keys={
        "id": lambda t: t.id,
        "name": lambda t: t.name,
        "created_at": lambda t: t.created_at,
        "is_public": lambda t: True,
    },
    filters={},
    strict_marker=False,
)


def list_types(call: Call) -> Reply:
    """`GET /types`: newest first."""
    no_body(call)
    page, link = select(call, TYPES, call.world.types, call.world.types)
    document: dict[str, Any] = {"volume_types": [render.volume_type(call, each) for each in page]}
    if link is not None:
        document["volume_type_links"] = [{"rel": "next", "href": link}]
    return Reply(200, document)


def show_type(call: Call) -> Reply:
    """`GET /types/{id}`, and `GET /types/default`."""
    no_body(call)
    ident = call.params["type_id"]
    volume_type = call.world.default_type if ident == "default" else call.world.types.get(ident)
    if volume_type is None:
        raise call.refusal("found.type", not_found("Volume type", ident))
    return Reply(200, {"volume_type": render.volume_type(call, volume_type)})


def list_zones(call: Call) -> Reply:
    """`GET /os-availability-zone`."""
    return Reply(
        200,
        {
            "availabilityZoneInfo": [
                {"zoneName": zone, "zoneState": {"available": True}} for zone in call.world.zones
            ]
        },
    )


def show_limits(call: Call) -> Reply:
    """`GET /limits`: the tenant's quotas and what is used of them."""
    tenant, settings = call.own, call.world.settings
    if settings.no_limits:
        raise no_route()
    absolute = {
        "maxTotalVolumes": settings.quota_volumes,
        "maxTotalSnapshots": settings.quota_snapshots,
        "maxTotalVolumeGigabytes": settings.quota_gigabytes,
        "maxTotalBackups": 0,
        "maxTotalBackupGigabytes": 0,
        "totalVolumesUsed": len(tenant.volumes),
        "totalSnapshotsUsed": len(tenant.snapshots),
        "totalGigabytesUsed": tenant.gigabytes(),
        "totalBackupsUsed": 0,
        "totalBackupGigabytesUsed": 0,
    }
    return Reply(200, {"limits": {"rate": [], "absolute": absolute}})
