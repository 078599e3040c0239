"""Looking at lists that others may be changing at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from volcheck.exchange import Exchange
from volcheck.gateway.errors import Blocked
from volcheck.run.api import Api
from volcheck.run.demand import BUSY, answer

T = TypeVar("T")
Body = dict[str, Any]

#: Looks at a list before it counts as never quiet.
_ATTEMPTS = 25
#: Pages of one walk; a list that does not end is cut here.
_PAGES = 1500


@attrs.frozen
class Walk:
    """What following the next links showed: the pages, all items in order, and whether it came to an end.

    trouble: why it did not end, in a few words; empty otherwise.
    """

    pages: tuple[Exchange, ...]
    items: tuple[Body, ...]
    trouble: str

    @property
    def ids(self) -> list[str]:
        """The ids in the order in which they came, duplicates included."""
        return [item["id"] for item in self.items if isinstance(item.get("id"), str)]

    @property
    def last(self) -> Exchange:
        """The last page."""
        return self.pages[-1]


class Lists:
    """Reads lists. `listing` is the name of one of the api's list calls, such as `list_volumes_detail`."""

    def __init__(self, api: Api) -> None:
        self._api = api

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
            for link in body.get(key) or ():
                if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
                    href: str = link["href"]
                    return href
        return None

    def walk(self, listing: str, *, between: Callable[[], None] | None = None, **query: Any) -> Walk:
        """Follow the next links from a first page to the end. `between` is called after every page.

        A link begins after the last item of its page; where somebody has removed just that one the way is lost,
        through no fault of the endpoint, and the walk begins anew. Raises Blocked when this happens every time.
        """
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
        page = self.look(listing, **query)
        pages = [page]
        items = self.items(page)
        followed: set[str] = set()
        trouble = ""
        while href := self.next_link(page):
            if href in followed:
                trouble = "a next link leads to a page that was already visited"
                break
            if len(pages) >= _PAGES:
                trouble = f"it has not ended after {_PAGES} pages"
                break
            if between is not None:
                between()
            followed.add(href)
            page = self._api.follow(href)
            pages.append(page)
            if page.status != 200:
                if page.response is None or page.status in BUSY:
                    raise Blocked(f"the walk through the list stopped: {answer(page)}")
                trouble = f"a next link was answered {answer(page)}"
                break
            items += self.items(page)
        return Walk(tuple(pages), tuple(items), trouble)

    def quiet(self, listing: str, act: Callable[[], T], **query: Any) -> tuple[list[str], T]:
        """What `act` gave while the list was the same before and after, and the ids of that list.

        Others may make and remove volumes all the time, so it is tried until nothing changed in between.
        Raises Blocked when the list never stands still.
        """
        before = self._all(listing, query)
        for _ in range(_ATTEMPTS):
            result = act()
            after = self._all(listing, query)
            if before == after:
                return before, result
            before = after
        raise Blocked(
            "the list changed every time it was looked at: too many others are at work in this project"
        )

    def _all(self, listing: str, query: dict[str, Any]) -> list[str]:
        page = self.look(listing, **query)
        if self.next_link(page) is None:
            return self.ids(page)
        return self.walk(listing, **query).ids
