"""Looking at lists that others may be changing at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from volcheck.exchange import Exchange, next_links
from volcheck.gateway.errors import Blocked
from volcheck.gateway.retry_after import is_busy
from volcheck.run.api import Api
from volcheck.run.demand import answer

T = TypeVar("T")
Body = dict[str, Any]

#: Looks at a list before it counts as never quiet.
_ATTEMPTS = 25
#: Pages of one walk; a list that does not end is cut here.
_PAGES = 1000
#: Pages in a row that show nothing new, after which a list counts as endless.
_STALE = 3
#: Items of one walk that are kept as they are; of more only what the run made is, and of all others id and name.
_WHOLE = 2000
#: Seconds for which a list is looked at again and again until it stands still.
_QUIET = 120.0


@attrs.frozen
class Walk:
    """What following the next links showed: all items in order, and whether it came to an end.

    pages: the first, and the last where it is another. items: of long walks only what the run made is whole.
    trouble: why it did not end, in a few words; empty otherwise.
    """

    pages: tuple[Exchange, ...]
    items: tuple[Body, ...]
    trouble: str

    @property
    def last(self) -> Exchange:
        """The last page."""
        return self.pages[-1]

    @property
    def ids(self) -> list[str]:
        """The ids in the order in which they came, duplicates included."""
        return [item["id"] for item in self.items if isinstance(item.get("id"), str)]


class Lists:
    """Reads lists. `listing` is the name of one of the api's list calls, such as `list_volumes_detail`.

    ours: what the run knows of an id that it made, None for all others.
    """

    def __init__(self, api: Api, ours: Callable[[str], object] = lambda resource_id: None) -> None:
        self._api = api
        self._ours = ours
        # Lists that were given up, with a limit or without, and how many items had come by then.
        self._too_long: dict[tuple[str, bool], int] = {}

    def look(self, listing: str, **query: Any) -> Exchange:
        """One page."""
        page: Exchange = getattr(self._api, listing)(query)
        return page

    def items(self, exchange: Exchange) -> list[Body]:
        """The items of a page. Raises Blocked where the answer is no list."""
        body = exchange.json()
        for key in ("volumes", "snapshots", "volume_types"):
            if exchange.status == 200 and isinstance(body, dict) and isinstance(body.get(key), list):
                return [item for item in body[key] if isinstance(item, dict)]
        raise Blocked(f"{exchange.request.method} {exchange.request.path} gave no list: {answer(exchange)}")

    def ids(self, exchange: Exchange) -> list[str]:
        """The ids of a page, in its order."""
        return [item["id"] for item in self.items(exchange) if isinstance(item.get("id"), str)]

    def next_link(self, exchange: Exchange) -> str | None:
        """The next link of a page, or None."""
        body = exchange.json()
        if not isinstance(body, dict):
            return None
        for key in ("volumes_links", "snapshots_links"):
            for href in next_links(body.get(key)):
                return href
        return None

    def walk(self, listing: str, *, between: Callable[[], None] | None = None, **query: Any) -> Walk:
        """Follow the next links from a first page to the end. `between` is called after every page.

        A link begins after the last item of its page; where somebody has removed just that one the way is lost,
        through no fault of the endpoint, and the walk begins anew. Raises Blocked when this happens every time, and
        where the list is so long that nobody can tell whether it ends.
        """
        key = (listing, "limit" in query)
        if key in self._too_long:
            raise Blocked(self._endless(key))
        for _ in range(_ATTEMPTS):
            walk = self._walk(listing, between, query)
            if walk.last.status != 404 or not self._vanished(walk):
                return walk
        raise Blocked("whatever a page ends with is gone before the next page is asked for")

    def _vanished(self, walk: Walk) -> bool:
        """Whether what the last good page ended with is not there any more."""
        if not walk.ids:
            return False
        show = self._api.show_snapshot if "/snapshots" in walk.last.request.path else self._api.show_volume
        return show(walk.ids[-1]).status == 404

    def _walk(self, listing: str, between: Callable[[], None] | None, query: dict[str, Any]) -> Walk:
        first = page = self.look(listing, **query)
        number = 1
        items = self.items(page)
        seen = {item.get("id") for item in items if isinstance(item.get("id"), str)}
        stale = 0
        followed: set[str] = set()
        trouble = ""
        while href := self.next_link(page):
            if href in followed:
                trouble = "a next link leads to a page that was already visited"
                break
            if number >= _PAGES:
                key = (listing, "limit" in query)
                self._too_long[key] = len(items)
                raise Blocked(self._endless(key))
            if stale >= _STALE:
                trouble = f"{_STALE} pages, one after the other, show nothing new and have a next link"
                break
            if between is not None:
                between()
            followed.add(href)
            page = self._api.follow(href)
            number += 1
            if page.status != 200:
                if page.response is None or is_busy(page):
                    raise Blocked(f"the walk through the list stopped: {answer(page)}")
                trouble = f"a next link was answered {answer(page)}"
                break
            new = self.items(page)
            ids = {item["id"] for item in new if isinstance(item.get("id"), str)}
            stale = 0 if ids - seen else stale + 1
            seen |= ids
            items += self._kept(new, len(items))
        return Walk((first,) if page is first else (first, page), tuple(items), trouble)

    def _kept(self, items: list[Body], already: int) -> list[Body]:
        """Items as a walk keeps them, so that a list of a hundred thousand fits into memory."""
        if already < _WHOLE:
            return items
        return [
            item if self._ours(str(item.get("id"))) else {k: item[k] for k in ("id", "name") if k in item}
            for item in items
        ]

    def _endless(self, key: tuple[str, bool]) -> str:
        listing, limited = key
        return (
            f"{listing} goes on after {_PAGES} pages{' with a limit' if limited else ''} and {self._too_long[key]} items: "
            "too long to be walked through, or without an end"
        )

    def quiet(self, listing: str, act: Callable[[], T], **query: Any) -> tuple[list[str], T]:
        """What `act` gave while the list was the same before and after, and the ids of that list.

        Others may make and remove volumes all the time, so it is tried until nothing changed in between.
        Raises Blocked when the list never stands still, and when it is empty.
        """
        deadline = time.monotonic() + _QUIET
        before = self._all(listing, query)
        for _ in range(_ATTEMPTS):
            result = act()
            after = self._all(listing, query)
            if before == after:
                if not before:
                    raise Blocked("the list is empty, so nothing can be seen of it")
                return before, result
            before = after
            if time.monotonic() > deadline:
                break
        raise Blocked(
            "the list changed every time it was looked at: too many others are at work in this project"
        )

    def _all(self, listing: str, query: dict[str, Any]) -> list[str]:
        page = self.look(listing, **query)
        if self.next_link(page) is None:
            return self.ids(page)
        return self.walk(listing, **query).ids
