"""A resource stays what it was created as, in whatever answer it is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from volcheck.checks.findings import Findings
from volcheck.checks.known import Known
from volcheck.contract.jsontype import same
from volcheck.gateway.exchange import Exchange, whole_number
from volcheck.gateway.ledger import Kind
from volcheck.gateway.messages import show

Body = Mapping[str, Any]

#: The requirements that are checked here.
REQUIREMENTS = (
    "persistence.volume-fields-stay",
    "persistence.snapshot-fields-stay",
    "persistence.answers-what-was-asked",
    "create.as-asked",
)
_FIXED: Mapping[Kind, tuple[str, ...]] = {
    "volume": (
        "size",
        "name",
        "description",
        "volume_type",
        "availability_zone",
        "snapshot_id",
        "source_volid",
        "consistencygroup_id",
        "user_id",
        "os-vol-tenant-attr:tenant_id",
        "multiattach",
        "encrypted",
        "metadata",
    ),
    "snapshot": (
        "size",
        "name",
        "description",
        "volume_id",
        "metadata",
        "os-extended-snapshot-attributes:project_id",
    ),
}
#: What a creation must answer as it was asked for, where it was given.
_ASKED: Mapping[Kind, tuple[str, ...]] = {
    "volume": ("size", "name", "description", "metadata", "snapshot_id", "source_volid"),
    "snapshot": ("name", "description", "metadata", "volume_id"),
}


def check_shown(findings: Findings, exchange: Exchange, kind: Kind, item: Body) -> None:
    """Check that show answers the resource that its path names."""
    asked = exchange.request.path.rsplit("/", 1)[-1]
    findings.hold(
        "persistence.answers-what-was-asked",
        item.get("id") == asked,
        f"show answers another {kind} than the one asked for",
        asked,
        item.get("id"),
        exchange,
    )


def check_asked(findings: Findings, exchange: Exchange, kind: Kind, item: Body) -> None:
    """A creation answers what it was asked for. Outer spaces of texts may go, and sizes may be asked for as text."""
    asked = _fields_sent(exchange, kind)
    for field in _ASKED[kind]:
        wanted = asked.get(field)
        if isinstance(wanted, str) and field == "size" and (number := whole_number(wanted)) is not None:
            wanted = number
        if wanted is None or type(wanted) is not type(item.get(field, wanted)):
            # Not given; or of another type, and then it is for others to say that it was wrong to take it.
            continue
        got = item.get(field)
        findings.hold(
            "create.as-asked",
            same(got, wanted) or (isinstance(wanted, str) and got == wanted.strip()),
            f"a new {kind} has another {field} than asked for",
            show(wanted),
            show(got),
            exchange,
        )


def check_fields(findings: Findings, exchange: Exchange, known: Known, item: Body) -> None:
    """Check that no fixed field differs from what was shown of the resource before."""
    requirement = f"persistence.{known.kind}-fields-stay"
    findings.reached(requirement)
    for field in _FIXED[known.kind]:
        if field not in item:
            continue
        if field not in known.fields:
            known.fields[field] = item[field]
        elif not same(item[field], known.fields[field]):
            findings.violate(
                requirement,
                f"{field} of a {known.kind} differs from what was shown before",
                expected=show(known.fields[field]),
                got=show(item[field]),
                exchange=exchange,
            )
    if known.kind == "volume" and item.get("status") == "available" and "bootable" in item:
        # A volume made from an image becomes bootable only when the image is on it.
        if known.bootable is None:
            known.bootable = item["bootable"]
        elif known.bootable != item["bootable"]:
            findings.violate(
                requirement,
                "bootable of an available volume differs from what was shown before",
                expected=show(known.bootable),
                got=show(item["bootable"]),
                exchange=exchange,
            )


def _fields_sent(exchange: Exchange, kind: Kind) -> Body:
    """What the body of a creation asked for; nothing where it can't be known."""
    text = exchange.request.body or ""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    fields = body.get(kind) if isinstance(body, dict) else None
    # A text that was no text on its way can't come back as it was.
    return fields if isinstance(fields, dict) and "\ufffd" not in text else {}
