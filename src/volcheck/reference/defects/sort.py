"""The order of lists."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.listing import Page

Keys = list[tuple[str, bool]]
Items = list[Any]


def _asked(call: Call) -> list[str]:
    """The sort keys the client named."""
    text = next((value for key, value in call.query if key == "sort"), "")
    return [part.partition(":")[0].strip() for part in text.split(",")] if text else []


def _volumes(call: Call) -> bool:
    return call.operation in ("list_volumes", "list_volumes_detail")


@defect("sort-ignored", "volumes ignores sort.", hook="sort")
def _(call: Call, keys: Keys) -> Keys:
    return [("created_at", True), ("id", True)] if call.operation == "list_volumes" else keys


@defect("sort-detail-ignored", "volumes/detail ignores sort.", hook="sort")
def _(call: Call, keys: Keys) -> Keys:
    return [("created_at", True), ("id", True)] if call.operation == "list_volumes_detail" else keys


@defect("sort-always-descending", "The direction asc is ignored.", hook="sort")
def _(call: Call, keys: Keys) -> Keys:
    return [(key, True) for key, _ in keys]


@defect("sort-size-as-text", "Sizes are sorted as text, 10 before 2.", hook="ordered")
def _(call: Call, items: Items) -> Items:
    if _asked(call) != ["size"]:
        return items
    down = ("sort", "size:asc") not in call.query
    return sorted(items, key=lambda each: str(each.size), reverse=down)


@defect("sort-key-unknown-accepted", "An unknown sort key is ignored.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "list.sort.key"


@defect("sort-direction-unknown-accepted", "An unknown sort direction is taken for desc.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "list.sort.direction"


@defect("sort-created-by-id", "sort=created_at sorts by id.", hook="sort")
def _(call: Call, keys: Keys) -> Keys:
    return [("id" if key == "created_at" and key in _asked(call) else key, down) for key, down in keys]


@defect("sort-name-first-letter", "sort=name looks at the first letter only.", hook="ordered")
def _(call: Call, items: Items) -> Items:
    if _asked(call) != ["name"]:
        return items
    items = sorted(items, key=lambda each: each.created_at)
    return sorted(
        items, key=lambda each: (each.name or "")[:1], reverse=("sort", "name:asc") not in call.query
    )


@defect("sort-within-page", "A page is cut out in the default order and only then sorted.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if not _asked(call) or not _volumes(call) or not any(key == "limit" for key, _ in call.query):
        return page
    newest = sorted(call.own.volumes.values(), key=lambda each: each.created_at, reverse=True)
    chosen = {each.id for each in newest[: len(page.items)]}
    order = {each.id: index for index, each in enumerate(page.items)}
    page.items = sorted(
        (each for each in newest if each.id in chosen), key=lambda each: order.get(each.id, len(order))
    )
    return page


@defect("sort-in-use-missing", "A sorted list lacks the volumes in use.", hook="ordered")
def _(call: Call, items: Items) -> Items:
    return [each for each in items if each.status != "in-use"] if _asked(call) else items
