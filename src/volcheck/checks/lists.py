"""Lists name every resource once, all of the run's own and nobody else's, and keep to their limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from volcheck.checks.findings import Findings
from volcheck.checks.links import Origin, same_origin
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.ledger import Kind, Ledger

Body = Mapping[str, Any]

#: The requirements that are checked here.
REQUIREMENTS = (
    "list.no-duplicates",
    "list.no-strangers",
    "list.complete",
    "paging.limit-respected",
    "paging.next-link-stays-home",
)


def check_page(
    findings: Findings,
    exchange: Exchange,
    kind: Kind,
    items: list[Body],
    limit: int | None,
    following: list[str],
    origin: Origin,
) -> None:
    """Check one page of a list. limit: what was asked for; following: where its next links lead."""
    ids = [item.get("id") for item in items]
    if len(ids) > 1:
        findings.hold(
            "list.no-duplicates",
            len({i for i in ids if isinstance(i, str)}) == len(ids),
            "a list names a resource twice",
            "every id once",
            sorted({str(i) for i, number in Counter(map(str, ids)).items() if number > 1}),
            exchange,
        )
    if items and limit is not None and kind == "volume":
        findings.hold(
            "paging.limit-respected",
            len(items) <= limit,
            "a page is longer than its limit",
            f"at most {limit}",
            len(items),
            exchange,
        )
    for href in following:
        findings.hold(
            "paging.next-link-stays-home",
            same_origin(href, origin),
            "the next link leads to another host",
            "{}://{}:{}".format(*origin),
            href,
            exchange,
        )


def check_owner(findings: Findings, exchange: Exchange, kind: Kind, item: Body, project: str) -> None:
    """Check that something in a list is of the project that asked for it."""
    tenant = (
        "os-vol-tenant-attr:tenant_id" if kind == "volume" else "os-extended-snapshot-attributes:project_id"
    )
    if tenant in item:
        findings.hold(
            "list.no-strangers",
            item[tenant] == project,
            "a list shows another tenant's resource",
            project,
            item[tenant],
            exchange,
        )


def check_complete(
    findings: Findings, exchange: Exchange, kind: Kind, project: str, ids: set[str], ledger: Ledger, main: str
) -> None:
    """Check that a whole list has all live resources of the run. project: whose list it is; main: the run's own."""
    missing = [
        r.id
        for r in ledger.live(kind)
        if r.exists_since < exchange.clock and r.id not in ids and (r.project or main) == project
    ]
    findings.hold(
        "list.complete",
        not missing,
        f"a list lacks {kind}s that exist",
        "all of the run's own",
        f"without {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}",
        exchange,
    )
