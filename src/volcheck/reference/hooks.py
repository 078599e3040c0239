"""The points at which a deliberate defect may change what the honest endpoint does.

Each point passes one value through the filters that sit on it; an honest endpoint has none. A filter gets the
call that is being answered and the value, and returns the value to go on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

Point = Literal[
    "wait",  # seconds from a request's arrival until it is worked on
    "request",  # (method, path) as they came in, before routing
    "identity",  # the tenant a token stands for, or None
    "tenant",  # id of the project whose data is used
    "body",  # the request's JSON document
    "check",  # bool: does the check named call.check refuse?
    "fault",  # the Fault that is about to be answered
    "found",  # the resource with id call.wanted of kind call.kind, or None
    "made",  # the new volume or snapshot, before it is stored
    "delay",  # seconds until call.subject reaches the status call.goal
    "transition",  # the status that call.subject changes to now; None: it is gone
    "deleted",  # the resource whose deletion was just accepted
    "query",  # a list's query as (key, value) pairs
    "sort",  # a list's (key, descending) pairs
    "selected",  # the resources a list may show, unordered
    "ordered",  # the same in order, before offset, marker and limit
    "page",  # the listing.Page to show
    "link",  # the address of the next page, or None
    "volume",  # a rendered volume; call.subject is the volume, call.view create, show, detail or list
    "snapshot",  # a rendered snapshot, likewise
    "type",  # a rendered volume type
    "document",  # the whole body of a success, before it becomes JSON
    "reply",  # the Reply: status, headers, document or raw bytes
]
POINTS: frozenset[str] = frozenset(get_args(Point))

Filter = Callable[[Any, Any], Any]


class Hooks:
    """The filters of one endpoint, in the order given. Each has a memory of its own."""

    def __init__(self, filters: Iterable[tuple[Point, Filter]] = ()) -> None:
        self._filters: dict[str, list[tuple[Filter, dict[Any, Any]]]] = {}
        for point, function in filters:
            self._filters.setdefault(point, []).append((function, {}))

    def __call__(self, point: Point, call: Any, value: Any) -> Any:
        """Pass a value through the filters of a point."""
        for function, memory in self._filters.get(point, ()):
            call.memory = memory
            value = function(call, value)
        return value
