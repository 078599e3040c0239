"""Creation times stay, are the present when a resource is created, and lie before updates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from volcheck.checks.findings import Findings
from volcheck.checks.known import Known
from volcheck.gateway.exchange import Exchange

Body = Mapping[str, Any]

#: The requirements that are checked here.
REQUIREMENTS = (
    "persistence.creation-time-stays",
    "time.created-now",
    "time.utc",
    "time.updated-after-created",
)
#: Clocks of endpoint and answer may differ by this many seconds (several hosts behind one address).
_CLOCK = 300.0
#: No zone is further from UTC than this many seconds.
_FARTHEST_ZONE = 14 * 3600.0


def check_times(findings: Findings, exchange: Exchange, known: Known, item: Body) -> None:
    """Check created_at and updated_at of a resource of the run."""
    created = item.get("created_at")
    if not isinstance(created, str):
        return
    requirement = "persistence.creation-time-stays"
    if exchange.request.method == "POST":
        known.created_in_create = created
        _created_now(findings, exchange, created)
    else:
        findings.reached(requirement)
        if known.created is None:
            known.created = created
            # A database that keeps whole seconds cuts what the creation answered.
            first = known.created_in_create
            if first is not None and first[:19] != created[:19]:
                findings.violate(
                    requirement,
                    "created_at differs from that of the creation",
                    expected=first,
                    got=created,
                    exchange=exchange,
                )
        elif created != known.created:
            findings.violate(
                requirement,
                "created_at differs from what was shown before",
                expected=known.created,
                got=created,
                exchange=exchange,
            )
    updated = item.get("updated_at")
    if isinstance(updated, str):
        findings.hold(
            "time.updated-after-created",
            updated[:19] >= created[:19],
            "updated_at lies before created_at",
            f"not before {created}",
            updated,
            exchange,
        )


def _created_now(findings: Findings, exchange: Exchange, created: str) -> None:
    date = exchange.response.headers.get("date") if exchange.response else None
    moment = _moment(created)
    if date is None or moment is None:
        return
    try:
        now = parsedate_to_datetime(date)
    except ValueError:
        return
    if now.tzinfo is None:
        now = now.replace(tzinfo=UTC)
    off = abs((moment - now).total_seconds())
    for requirement, most, message in (
        ("time.created-now", _FARTHEST_ZONE + _CLOCK, "is not the present time in any zone"),
        ("time.utc", _CLOCK, "is not the present time in UTC"),
    ):
        findings.hold(
            requirement,
            off <= most,
            f"created_at of a new resource {message}",
            f"about {now:%Y-%m-%dT%H:%M:%S} (the Date of the answer)",
            created,
            exchange,
        )
        if off > most:
            # What is the time of no zone is not that of UTC either: one mistake is one breach.
            return


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
