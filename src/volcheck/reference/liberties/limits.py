"""What a project has to choose from, and how much it may have."""

from __future__ import annotations

from volcheck.reference.call import Call
from volcheck.reference.faults import Fault
from volcheck.reference.liberties.registry import liberty, setting

_QUOTAS = "The guide is silent about quotas (E-SILENT-LIMITS)."

setting("limit-not-told", "There is no /limits.", allowed_by="The guide has no such path.", no_limits=True)
setting(
    "limit-10",
    "A project may have 10 volumes, 10 snapshots and 1000 GB, Cinder's defaults.",
    allowed_by=_QUOTAS,
    instead_of="quotas",
    quota_volumes=10,
    quota_snapshots=10,
    quota_gigabytes=1000,
)
setting(
    "limit-10-not-told",
    "A project may have 10 volumes and 10 snapshots, and there is no /limits.",
    allowed_by=_QUOTAS,
    instead_of="quotas",
    quota_volumes=10,
    quota_snapshots=10,
    quota_gigabytes=1000,
    no_limits=True,
)
setting(
    "limit-one-type",
    "There is one volume type.",
    allowed_by="The guide names no number.",
    instead_of="types",
    volume_types=1,
)
setting(
    "limit-twenty-types",
    "There are twenty volume types.",
    allowed_by="The guide names no number.",
    instead_of="types",
    volume_types=20,
)


@liberty(
    "limit-12-403",
    "A project may have 12 volumes and 12 snapshots, and what exceeds that is answered 403.",
    allowed_by=_QUOTAS,
    hook="fault",
    instead_of="quotas",
    quota_volumes=12,
    quota_snapshots=12,
    quota_gigabytes=1000,
)
def _(call: Call, fault: Fault) -> Fault:
    quota = call.check.startswith("quota.")
    return Fault(403, "forbidden", f"Quota exceeded: {fault.message}") if quota else fault


@liberty(
    "limit-403",
    "What exceeds a quota is answered 403.",
    allowed_by=f"{_QUOTAS} RFC 9110, 15.5.4.",
    hook="fault",
    instead_of="quotas",
)
def _(call: Call, fault: Fault) -> Fault:
    quota = call.check.startswith("quota.")
    return Fault(403, "forbidden", f"Quota exceeded: {fault.message}") if quota else fault
