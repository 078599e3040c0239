"""Lists in other orders and pages than Cinder's."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.faults import bad_request
from volcheck.reference.liberties.registry import liberty, setting

_PAGING = frozenset({"limit", "offset", "marker", "sort", "sort_key", "sort_dir"})
_KNOWN = _PAGING | {"name", "status", "size", "metadata", "bootable", "availability_zone", "volume_id"}
_LIMITS = "The guide names no largest page (E-SILENT-LIMITS)."
_ORDER = "The guide names no order for a list without sort (E-SILENT-ORDER)."
_SNAPSHOTS = "The guide has no paging and no sorting of snapshots."

Pairs = list[tuple[str, str]]


def _snapshots(call: Call) -> bool:
    return call.operation in ("list_snapshots", "list_snapshots_detail")


def _volumes(call: Call) -> bool:
    return call.operation in ("list_volumes", "list_volumes_detail")


def _one_key(query: Pairs) -> Pairs:
    return [(key, value.split(",")[0] if key == "sort" else value) for key, value in query]


setting(
    "list-page-20", "No page has more than 20.", allowed_by=_LIMITS, instead_of="largest pages", max_limit=20
)
setting(
    "list-page-100",
    "No page has more than 100.",
    allowed_by=_LIMITS,
    instead_of="largest pages",
    max_limit=100,
)
setting(
    "list-page-5",
    "No page has more than 5.",
    allowed_by=_LIMITS,
    instead_of="largest pages",
    max_limit=5,
)


def _order_is_asked_for(call: Call) -> bool:
    return any(key in ("sort", "sort_key", "sort_dir") for key, _ in call.query)


@liberty(
    "list-oldest-first",
    "Without sort the oldest come first.",
    allowed_by=_ORDER,
    hook="sort",
    instead_of="default order",
)
def _(call: Call, order: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return order if _order_is_asked_for(call) else [("created_at", False), ("id", False)]


@liberty(
    "list-by-id",
    "Without sort the order is that of the ids.",
    allowed_by=_ORDER,
    hook="sort",
    instead_of="default order",
)
def _(call: Call, order: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return order if _order_is_asked_for(call) else [("id", False)]


@liberty(
    "list-equal-by-id",
    "What is equal in what a list is sorted by comes in the order of the ids.",
    allowed_by="The guide's form of a sort does not say what orders the equal ones.",
    hook="sort",
)
def _(call: Call, order: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    return [*order[:-2], ("id", False)] if len(order) > 2 else order


@liberty(
    "list-snapshots-whole",
    "Lists of snapshots ignore limit, offset, marker and sort.",
    allowed_by=_SNAPSHOTS,
    hook="query",
    instead_of="pages of snapshots",
)
def _(call: Call, query: Pairs) -> Pairs:
    return [] if _snapshots(call) else query


@liberty(
    "list-snapshots-no-query",
    "Lists of snapshots refuse limit, offset, marker and sort with 400.",
    allowed_by=_SNAPSHOTS,
    hook="query",
    instead_of="pages of snapshots",
)
def _(call: Call, query: Pairs) -> Pairs:
    if _snapshots(call) and any(key in _PAGING for key, _ in query):
        raise bad_request("Lists of snapshots have no parameters.")
    return query


@liberty(
    "list-one-sort-key",
    "Of several sort keys only the first counts.",
    allowed_by="The guide's form of a sort has one key.",
    hook="query",
    instead_of="several sort keys",
)
def _(call: Call, query: Pairs) -> Pairs:
    return _one_key(query)


@liberty(
    "list-several-sort-keys-refused",
    "Several sort keys are refused with 400.",
    allowed_by="The guide's form of a sort has one key.",
    hook="query",
    instead_of="several sort keys",
)
def _(call: Call, query: Pairs) -> Pairs:
    if any(key == "sort" and "," in value for key, value in query):
        raise bad_request("There is one sort key.")
    return query


@liberty(
    "list-unknown-query-refused",
    "Unknown query parameters are refused with 400.",
    allowed_by="The guide does not say what becomes of them.",
    hook="query",
)
def _(call: Call, query: Pairs) -> Pairs:
    unknown = [key for key, _ in query if key not in _KNOWN]
    if unknown:
        raise bad_request(f"There is no parameter {unknown[0]}.")
    return query


@liberty(
    "list-default-ascending",
    "A sort key without a direction sorts ascending.",
    allowed_by="The guide does not say what an absent direction means.",
    hook="query",
)
def _(call: Call, query: Pairs) -> Pairs:
    return [
        (key, ",".join(part if ":" in part else f"{part}:asc" for part in value.split(",")))
        if key == "sort" and value
        else (key, value)
        for key, value in query
    ]


@liberty(
    "list-limit-zero-refused",
    "A limit of 0 is refused.",
    allowed_by="The guide does not say what a limit of 0 gives.",
    hook="query",
    instead_of="limits of zero",
)
def _(call: Call, query: Pairs) -> Pairs:
    if ("limit", "0") in query:
        raise bad_request("limit must be at least 1")
    return query


@liberty(
    "list-limit-negative-ignored",
    "A limit or offset that is negative or empty counts as not given.",
    allowed_by="-1 is an Integer; the guide does not say that it is refused.",
    hook="query",
)
def _(call: Call, query: Pairs) -> Pairs:
    return [
        (key, value)
        for key, value in query
        if key not in ("limit", "offset") or not (value == "" or value.startswith("-"))
    ]


@liberty(
    "list-few-sort-keys",
    "Lists can be sorted by name, creation time, size and id alone.",
    allowed_by="The guide's examples are name and created_at; it says no more of fields than that the key is one.",
    hook="query",
)
def _(call: Call, query: Pairs) -> Pairs:
    for key, value in query:
        for part in value.split(",") if key == "sort" else ():
            if part.partition(":")[0] not in ("name", "created_at", "size", "id"):
                raise bad_request("Invalid sort key")
    return query


@liberty(
    "list-link-when-full",
    "A full page has a next link though nothing follows, as Cinder's has.",
    allowed_by="E-NEXT-LINK-WHEN.",
    hook="page",
)
def _(call: Call, page: Any) -> Any:
    limit = dict(call.query).get("limit", "")
    full = limit.isdecimal() and 0 < int(limit) <= len(page.items)
    page.more = page.more or (full and (_volumes(call) or _snapshots(call)))
    return page


@liberty(
    "list-name-without-case",
    "Names are sorted without regard to case.",
    allowed_by="The guide does not say how names are compared; MariaDB does so.",
    hook="ordered",
)
def _(call: Call, items: list[Any]) -> list[Any]:
    sort = dict(reversed(call.query)).get("sort", "")
    if _volumes(call) and sort in ("name:asc", "name:desc"):
        return sorted(
            items,
            key=lambda item: (item.name is not None, (item.name or "").casefold(), item.id),
            reverse=sort.endswith("desc"),
        )
    return items
