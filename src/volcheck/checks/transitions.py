"""Statuses follow each other as the status machines allow, and agree with what is shown beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from volcheck.checks.findings import Findings
from volcheck.checks.known import Known
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.ledger import Resource
from volcheck.gateway.messages import show

Body = Mapping[str, Any]

#: The requirements that are checked here.
REQUIREMENTS = (
    "status.legal-transitions",
    "status.progress-agrees",
    "status.attachments-agree",
)


class Machine(Protocol):
    """What the checks need of a status machine."""

    def legal(self, previous: str | None, new: str | None) -> bool:
        """Whether `new` may be seen after `previous`."""


def check_status(
    findings: Findings, machine: Machine, exchange: Exchange, resource: Resource, known: Known, item: Body
) -> None:
    """Check that a status may follow the one seen before, and that the progress of a snapshot agrees with it."""
    status = item.get("status")
    if isinstance(status, str):
        previous = known.status
        overlap = exchange.clock < known.status_at
        if overlap and (previous == "deleting" or machine.legal(status, previous)):
            # Two answers were on their way at the same time, and this one was given first.
            return
        if status == "deleting" and math.isinf(resource.exists_since):
            # The deletion is at work, although its answer has not come yet.
            previous = status
        # One whose creation's answer was lost is met in the middle of its life.
        if previous is not None or exchange.request.method == "POST":
            findings.hold(
                "status.legal-transitions",
                machine.legal(previous, status),
                f"a {known.kind} went from {previous or 'nothing'} to {status}",
                f"a status that may follow {previous or 'its creation'}",
                status,
                exchange,
            )
        known.status, known.status_at = status, exchange.ended
    progress = item.get("os-extended-snapshot-attributes:progress")
    if status == "available" and isinstance(progress, str):
        findings.hold(
            "status.progress-agrees",
            progress == "100%",
            "the progress of an available snapshot",
            "100%",
            progress,
            exchange,
        )


def check_attachments(findings: Findings, exchange: Exchange, item: Body) -> None:
    """Check that a volume shows an attachment where it is in use, and none where it is available."""
    status, attachments = item.get("status"), item.get("attachments")
    if status in ("available", "in-use") and isinstance(attachments, list):
        findings.hold(
            "status.attachments-agree",
            bool(attachments) == (status == "in-use"),
            f"a volume that is {status} shows {'an' if attachments else 'no'} attachment",
            "an attachment" if status == "in-use" else "no attachment",
            show(attachments),
            exchange,
        )
