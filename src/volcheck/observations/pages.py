"""What a page of a list shows of sorting and paging: traits, free of what happens to be listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from volcheck.gateway.exchange import Exchange, next_links, whole_number

_LISTS = {
    "listVolumes": "volumes",
    "listVolumesDetail": "volumes",
    "listSnapshots": "snapshots",
    "listSnapshotsDetail": "snapshots",
}
#: The order where none is asked for, as the contract has it.
_DEFAULT = ("created_at", "desc")

Item = Mapping[str, Any]


def page_traits(exchange: Exchange, comparable: Callable[[Item], bool]) -> Iterator[tuple[str, str]]:
    """Traits of an answered list, as key and value.

    comparable: whether an item is one that every run against this endpoint would find in its place; the order
    is judged by those alone, so that what others put into the list can't change a trait.
    """
    operation = exchange.operation or ""
    name = _LISTS.get(operation)
    body = exchange.json()
    if name is None or exchange.status != 200 or not isinstance(body, dict):
        return
    listed = body.get(name)
    if not isinstance(listed, list):
        return
    query = dict(exchange.request.query)
    limit = whole_number(query.get("limit", ""))
    if limit:
        yield f"{operation} / page", "too long" if len(listed) > limit else "within its limit"
    for href in next_links(body.get(f"{name}_links")):
        yield f"{operation} / next link", _names(href)
    yield from _order(
        operation, query, [item for item in listed if isinstance(item, dict) and comparable(item)]
    )


def _names(href: str) -> str:
    """The names of the parameters of a link."""
    return " ".join(sorted({name for name, _ in parse_qsl(urlsplit(href).query, keep_blank_values=True)}))


def _order(operation: str, query: Mapping[str, str], items: Sequence[Item]) -> Iterator[tuple[str, str]]:
    if "sort" in query:
        key, _, direction = query["sort"].split(",")[0].partition(":")
    elif "sort_key" in query:
        key, direction = query["sort_key"].split(",")[0], query.get("sort_dir", "").split(",")[0]
    else:
        key, direction = _DEFAULT
    direction = direction or "desc"
    values = [item[key] for item in items if key in item]
    if direction not in ("asc", "desc") or len(values) < 2 or len({str(value) for value in values}) < 2:
        return
    asked = "as it comes" if not {"sort", "sort_key"} & query.keys() else f"{key} {direction}"
    ordered = values if direction == "asc" else values[::-1]
    in_order = any(_rising([_rank(value, fold) for value in ordered]) for fold in (False, True))
    yield f"{operation} / sorted {asked}", "in order" if in_order else "out of order"


def _rank(value: Any, fold: bool) -> tuple[int, Any]:
    """Where a value stands: nothing before numbers before texts, these with or without regard to case."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float):
        return (1, value)
    return (2, str(value).casefold() if fold else str(value))


def _rising(values: Sequence[tuple[int, Any]]) -> bool:
    return all(one <= other for one, other in pairwise(values))
