"""Lists that are not what is there."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.clock import SECOND
from volcheck.reference.defects.registry import defect
from volcheck.reference.listing import Page
from volcheck.reference.world import Resource, Volume

Items = list[Any]


def _volumes(call: Call) -> bool:
    return call.operation in ("list_volumes", "list_volumes_detail")


def _snapshots(call: Call) -> bool:
    return call.operation in ("list_snapshots", "list_snapshots_detail")


@defect("list-newest-missing", "Lists of volumes lack the newest.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if not _volumes(call) or len(items) < 2:
        return items
    newest = max(items, key=lambda each: each.created_at)
    return [each for each in items if each is not newest]


@defect("list-deleted-linger", "Volumes that are gone stay in the lists.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if not _volumes(call):
        return items
    seen: dict[str, Volume] = call.memory.setdefault(call.own.project_id, {})
    seen.update(call.own.volumes)
    return items + [each for ident, each in seen.items() if ident not in call.own.volumes]


@defect("list-snapshot-deleted-linger", "Snapshots that are gone stay in snapshots/detail.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if call.operation != "list_snapshots_detail":
        return items
    seen: dict[str, Resource] = call.memory.setdefault(call.own.project_id, {})
    seen.update(call.own.snapshots)
    return items + [each for ident, each in seen.items() if ident not in call.own.snapshots]


@defect("list-unready-hidden", "Lists show no volume that is still being created.", hook="selected")
def _(call: Call, items: Items) -> Items:
    return [each for each in items if not (isinstance(each, Volume) and each.status == "creating")]


@defect("list-in-use-hidden", "Lists show no volume that is in use.", hook="selected")
def _(call: Call, items: Items) -> Items:
    return [each for each in items if not (isinstance(each, Volume) and each.status == "in-use")]


@defect("list-snapshotted-hidden", "A volume that has a snapshot is in no list.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if not _volumes(call):
        return items
    busy = {each.volume_id for each in call.own.snapshots.values()}
    return [each for each in items if each.id not in busy]


@defect("list-first-twice", "The first volume is listed twice.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if _volumes(call) and page.items:
        page.items.insert(0, page.items[0])
    return page


@defect("list-five-at-most", "A list without a limit stops after five volumes.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if _volumes(call) and all(key != "limit" for key, _ in call.query):
        page.items = page.items[:5]
    return page


@defect("list-unsteady", "volumes comes in another order each time.", hook="ordered")
def _(call: Call, items: Items) -> Items:
    if call.operation != "list_volumes" or len(items) < 2:
        return items
    turn = call.number % len(items)
    return items[turn:] + items[:turn]


@defect("list-snapshots-one-per-volume", "Lists show one snapshot of each volume.", hook="selected")
def _(call: Call, items: Items) -> Items:
    return list({each.volume_id: each for each in items}.values()) if _snapshots(call) else items


@defect("list-stale", "volumes shows what there was up to two seconds ago.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if call.operation != "list_volumes":
        return items
    then, old = call.memory.get(call.own.project_id, (0, []))
    if call.now - then > 2 * SECOND:
        call.memory[call.own.project_id] = (call.now, items)
        return items
    return list(old)


@defect(
    "list-detail-rows-mixed",
    "volumes/detail shows each volume with the next one's metadata.",
    hook="document",
)
def _(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    if call.operation == "list_volumes_detail" and len(document["volumes"]) > 1:
        rows = document["volumes"]
        metadata = [row["metadata"] for row in rows]
        for row, other in zip(rows, metadata[1:] + metadata[:1], strict=True):
            row["metadata"] = other
    return document


@defect("list-snapshot-newest-missing", "Lists of snapshots lack the newest.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if not _snapshots(call) or len(items) < 2:
        return items
    newest = max(items, key=lambda each: each.created_at)
    return [each for each in items if each is not newest]


@defect("list-snapshots-unsteady", "snapshots comes in another order each time.", hook="ordered")
def _(call: Call, items: Items) -> Items:
    if call.operation != "list_snapshots" or len(items) < 2:
        return items
    turn = call.number % len(items)
    return items[turn:] + items[:turn]
