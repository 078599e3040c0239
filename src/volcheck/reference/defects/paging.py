"""limit, offset, marker and the way to the next page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from volcheck.reference import render
from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import bad_request
from volcheck.reference.listing import Page

Query = list[tuple[str, str]]
Link = str | None


def _volumes(call: Call) -> bool:
    return call.operation in ("list_volumes", "list_volumes_detail")


def _without(query: Query, *keys: str) -> Query:
    return [(key, value) for key, value in query if key not in keys]


def _set(query: Query, key: str, change: Any) -> Query:
    return [(k, str(change(int(v))) if k == key and v.isdecimal() else v) for k, v in query]


def _edit(link: Link, *drop: str, **put: str) -> Link:
    if link is None:
        return None
    parts = urlsplit(link)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in (*drop, *put)]
    return parts._replace(query=urlencode(query + list(put.items()))).geturl()


@defect("paging-limit-ignored", "volumes ignores limit.", hook="query")
def _(call: Call, query: Query) -> Query:
    return _without(query, "limit") if call.operation == "list_volumes" else query


@defect("paging-limit-one-more", "A page holds one volume more than its limit.", hook="query")
def _(call: Call, query: Query) -> Query:
    return _set(query, "limit", lambda n: n + 1 if n else 0) if _volumes(call) else query


@defect("paging-limit-zero-all", "limit=0 lists everything.", hook="query")
def _(call: Call, query: Query) -> Query:
    return [pair for pair in query if pair != ("limit", "0")]


@defect("paging-limit-text-accepted", "A limit that is no number is ignored.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "list.limit.integer"


@defect("paging-limit-sticks", "A list without a limit takes that of the request before.", hook="query")
def _(call: Call, query: Query) -> Query:
    for key, value in query:
        if key == "limit":
            call.memory["limit"] = value
            return query
    limit = call.memory.pop("limit", None)
    return query if limit is None or not limit.isdecimal() else [*query, ("limit", limit)]


@defect("paging-limit-first-page-only", "With a marker the limit is ignored.", hook="query")
def _(call: Call, query: Query) -> Query:
    return _without(query, "limit") if any(key == "marker" for key, _ in query) else query


@defect("paging-offset-ignored", "offset is ignored.", hook="query")
def _(call: Call, query: Query) -> Query:
    return _without(query, "offset")


@defect("paging-marker-ignored", "marker is ignored.", hook="query")
def _(call: Call, query: Query) -> Query:
    return _without(query, "marker")


@defect("paging-marker-inclusive", "The page after a marker begins with the marker.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    marker = next((value for key, value in call.query if key == "marker"), None)
    if marker in call.own.volumes and _volumes(call):
        page.items = [call.own.volumes[str(marker)], *page.items][: max(1, len(page.items))]
    return page


@defect(
    "paging-marker-by-age",
    "The marker's place is looked for in the default order, not in the sort's.",
    hook="ordered",
)
def _(call: Call, items: list[Any]) -> list[Any]:
    marker = next((each for each in items if ("marker", each.id) in call.query), None)
    if marker is None:
        return items
    return [marker, *(each for each in items if each.created_at < marker.created_at)]


@defect("paging-link-missing", "volumes/detail never links to the next page.", hook="link")
def _(call: Call, link: Link) -> Link:
    return None if call.operation == "list_volumes_detail" else link


@defect(
    "paging-link-always", "A list of volumes always links on, even from a page that is not full.", hook="page"
)
def _(call: Call, page: Page[Any]) -> Page[Any]:
    page.more = page.more or _volumes(call)
    return page


@defect("paging-link-without-limit", "The next link loses the limit.", hook="link")
def _(call: Call, link: Link) -> Link:
    return _edit(link, "limit")


@defect("paging-link-stuck", "The next link leads to the same page once more.", hook="link")
def _(call: Call, link: Link) -> Link:
    marker = next((value for key, value in call.query if key == "marker"), None)
    return _edit(link, "marker") if marker is None else _edit(link, marker=marker)


@defect("paging-link-without-sort", "The next link loses the sort.", hook="link")
def _(call: Call, link: Link) -> Link:
    return _edit(link, "sort")


@defect("paging-link-to-plain-list", "volumes/detail links to a page of volumes.", hook="link")
def _(call: Call, link: Link) -> Link:
    return link and link.replace("/volumes/detail?", "/volumes?")


@defect("paging-link-keeps-offset", "The next link keeps the offset and so skips volumes.", hook="link")
def _(call: Call, link: Link) -> Link:
    offset = next((value for key, value in call.query if key == "offset"), None)
    return link if offset is None else _edit(link, offset=offset)


@defect("paging-second-page-skips", "The page after a marker lacks its first volume.", hook="ordered")
def _(call: Call, items: list[Any]) -> list[Any]:
    for index, each in enumerate(items):
        if _volumes(call) and ("marker", each.id) in call.query:
            return items[: index + 1] + items[index + 2 :]
    return items


@defect("paging-limit-huge-refused", "A limit above the longest page is refused.", hook="query")
def _(call: Call, query: Query) -> Query:
    if any(key == "limit" and value.isdecimal() and int(value) > 1000 for key, value in query):
        raise bad_request("limit must be at most 1000")
    return query


@defect("paging-offset-beyond-refused", "An offset beyond the end is refused.", hook="query")
def _(call: Call, query: Query) -> Query:
    own = call.own.volumes if _volumes(call) else call.own.snapshots
    if any(key == "offset" and value.isdecimal() and int(value) > len(own) for key, value in query):
        raise bad_request("offset is beyond the end")
    return query


@defect("paging-link-other-host", "The next link leads to another port.", hook="link")
def _(call: Call, link: Link) -> Link:
    return link and link.replace(call.origin, "http://127.0.0.1:8776")


@defect("paging-marker-foreign", "After another tenant's volume that one's list goes on.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    marker = next((value for key, value in call.query if key == "marker"), "")
    for tenant in call.world.tenants.values():
        if _volumes(call) and reply.status == 404 and marker in tenant.volumes:
            rest = [each for each in tenant.volumes.values() if each.id != marker]
            return Reply(
                200, {"volumes": [render.volume(call, each, "list") for each in rest]}, reply.headers
            )
    return reply
