"""Lists: filters, order, paging. One engine for volumes, snapshots and types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from volcheck.reference.call import Call
from volcheck.reference.faults import bad_request, invalid_input, not_found

T = TypeVar("T")
MAX_OFFSET = 2_147_483_647
_INTEGER = re.compile(r"\s*[+-]?[0-9]+\s*", re.ASCII)
_DEPRECATED = (
    "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter."
)


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What is special about the lists of one kind.

    `keys` gives for each sort key the value to sort by (None sorts lowest), `filters` for each filter whether
    an item matches the text asked for. With `strict_marker` an unknown marker is refused, else ignored.
    """

    noun: str
    keys: Mapping[str, Callable[[T], Any]]
    filters: Mapping[str, Callable[[T, str], bool]]
    strict_marker: bool = True


@dataclass(slots=True)
class Page(Generic[T]):
    """One page, and whether more follow it."""

    items: list[T]
    more: bool


def select(
    call: Call, listing: Listing[T], items: Mapping[str, T], markers: Mapping[str, T]
) -> tuple[list[T], str | None]:
    """The items of the page asked for, and the address of the next page if there is one.

    `markers` are the items that may be named as marker (the tenant's own). Raises a Fault for a limit,
    offset, sort or marker that makes no sense.
    """
    query = call.hooks("query", call, list(call.query))
    asked: dict[str, str] = {}
    for key, value in query:
        asked.setdefault(key, value)
    limit = _limit(call, asked)
    offset = _offset(call, asked)
    order = call.hooks("sort", call, _sort_keys(call, listing, asked))
    start = _marker(call, listing, markers, asked)

    chosen = [item for item in items.values() if _matches(listing, item, asked)]
    chosen = call.hooks("selected", call, chosen)
    extra = start is not None and all(item is not start for item in chosen)
    if extra and start is not None:
        chosen = [*chosen, start]
    ordered = call.hooks("ordered", call, _ordered(listing, chosen, order))
    if start is not None:
        ordered = _after(ordered, start)
    page = Page(ordered[offset : offset + limit], more=0 < limit < len(ordered) - offset)
    page = call.hooks("page", call, page)
    link = _next_link(call, query, page) if page.more and page.items else None
    return page.items, call.hooks("link", call, link)


def _integer(text: str) -> int | None:
    if not _INTEGER.fullmatch(text):
        return None
    digits = text.strip()
    # Longer numbers exceed every bound there is; int() refuses very long ones.
    return int(digits[:20])


def _limit(call: Call, asked: Mapping[str, str]) -> int:
    maximum = call.world.settings.max_limit
    if "limit" not in asked:
        return maximum
    limit = _integer(asked["limit"])
    call.refuse_if("list.limit.integer", limit is None, bad_request("limit param must be an integer"))
    if limit is None:
        return maximum
    call.refuse_if("list.limit.negative", limit < 0, bad_request("limit param must be positive"))
    return min(limit, maximum) if limit >= 0 else maximum


def _offset(call: Call, asked: Mapping[str, str]) -> int:
    if "offset" not in asked:
        return 0
    offset = _integer(asked["offset"])
    call.refuse_if("list.offset.integer", offset is None, bad_request("offset must be an integer"))
    if offset is None:
        return 0
    call.refuse_if("list.offset.negative", offset < 0, bad_request("offset must be >= 0"))
    call.refuse_if("list.offset.large", offset > MAX_OFFSET, bad_request(f"offset must be <= {MAX_OFFSET}"))
    return max(0, offset)


def _sort_keys(call: Call, listing: Listing[T], asked: Mapping[str, str]) -> list[tuple[str, bool]]:
    """The (key, descending) pairs asked for, completed so that the order is total."""
    pairs: list[tuple[str, str]] = []
    if "sort" in asked:
        call.refuse_if("list.sort.both", "sort_key" in asked or "sort_dir" in asked, bad_request(_DEPRECATED))
        for part in asked["sort"].split(","):
            key, _, direction = part.partition(":")
            pairs.append((key.strip(), direction.strip() or "desc"))
    elif "sort_key" in asked or "sort_dir" in asked:
        pairs.append((asked.get("sort_key", "created_at").strip(), asked.get("sort_dir", "desc").strip()))
    for _, direction in pairs:
        call.refuse_if(
            "list.sort.direction",
            direction not in ("asc", "desc"),
            invalid_input("Unknown sort direction, must be 'desc' or 'asc'."),
        )
    for key, _ in pairs:
        call.refuse_if("list.sort.key", key not in listing.keys, invalid_input("Invalid sort key"))
    order = [(key, direction != "asc") for key, direction in pairs if key in listing.keys]
    descending = order[0][1] if order else True
    named = {key for key, _ in order}
    return order + [(key, descending) for key in ("created_at", "id") if key not in named]


def _rank(value: Any) -> tuple[Any, ...]:
    return (0,) if value is None else (1, value)


def _ordered(listing: Listing[T], items: Iterable[T], order: list[tuple[str, bool]]) -> list[T]:
    ordered = list(items)
    for key, descending in reversed(order):
        value = listing.keys[key]
        ordered.sort(key=lambda item, value=value: _rank(value(item)), reverse=descending)  # type: ignore[misc]
    return ordered


def _marker(call: Call, listing: Listing[T], markers: Mapping[str, T], asked: Mapping[str, str]) -> T | None:
    if "marker" not in asked:
        return None
    marker = markers.get(asked["marker"])
    if marker is None:
        call.refuse_if("list.marker.unknown", listing.strict_marker, not_found(listing.noun, asked["marker"]))
    return marker


def _after(ordered: list[T], start: T) -> list[T]:
    for index, item in enumerate(ordered):
        if item is start:
            return ordered[index + 1 :]
    return ordered


def _matches(listing: Listing[T], item: T, asked: Mapping[str, str]) -> bool:
    return all(matches(item, asked[key]) for key, matches in listing.filters.items() if key in asked)


def _next_link(call: Call, query: list[tuple[str, str]], page: Page[Any]) -> str:
    """The request's query with the marker moved on.

    The offset is dropped: it counts from the marker, so Cinder's link, which keeps it, skips items.
    """
    pairs = [(key, value) for key, value in query if key not in ("marker", "offset")]
    pairs.append(("marker", page.items[-1].id))
    return f"{call.origin}{call.path}?{urlencode(pairs)}"
