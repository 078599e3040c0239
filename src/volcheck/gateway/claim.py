"""Whether something is still exactly what a run that is over has left, so that it may be removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from volcheck.gateway.ledger import Kind
from volcheck.gateway.tag import written_by

#: Statuses of a volume that somebody uses. A run attaches nothing and backs nothing up.
_USED = frozenset(
    {
        "in-use",
        "attaching",
        "detaching",
        "reserved",
        "backing-up",
        "restoring-backup",
        "uploading",
        "downloading",
        "retyping",
        "extending",
        "awaiting-transfer",
        "maintenance",
    }
)
_PROJECT = {
    "volume": "os-vol-tenant-attr:tenant_id",
    "snapshot": "os-extended-snapshot-attributes:project_id",
}


def objection(kind: Kind, item: Mapping[str, Any], *, run_id: str, project: str) -> str | None:
    """Why what is shown is not just what this run left, as a clause; None where it is.

    item: as a detailed list or show gives it. project: in which it was asked for.
    """
    if written_by(kind, item) != run_id:
        return "it is not as the run wrote it: somebody has changed it, or made it in its likeness"
    if (shown := item.get(_PROJECT[kind]) or project) != project:
        return f"it says that it belongs to project {shown}"
    status = item.get("status")
    if item.get("attachments") or (isinstance(status, str) and status in _USED):
        return f"somebody uses it (its status is {status})"
    return None
