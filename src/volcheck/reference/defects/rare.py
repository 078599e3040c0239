"""Faults that show now and then, or only where two things come together."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.clock import SECOND, stamp
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import server_error
from volcheck.reference.listing import Page
from volcheck.reference.world import Snapshot, Volume

Body = dict[str, Any]
Items = list[Any]


def _count(call: Call, key: str = "count") -> int:
    call.memory[key] = call.memory.get(key, 0) + 1
    count: int = call.memory[key]
    return count


@defect("rare-seventh-fails", "Every seventh request of a member is answered 500.", hook="document")
def _(call: Call, document: Any) -> Any:
    if call.tenant is not None and _count(call) % 7 == 0:
        raise server_error()
    return document


@defect("rare-seventh-untyped", "Every seventh answer has no Content-Type.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.number % 7 == 0:
        reply.headers.pop("Content-Type", None)
    return reply


@defect("rare-eleventh-other", "Every eleventh time another volume is shown than asked for.", hook="found")
def _(call: Call, found: Any) -> Any:
    if call.operation == "show_volume" and found is not None and _count(call) % 11 == 0:
        return next((each for each in call.own.volumes.values() if each is not found), found)
    return found


@defect("rare-tenth-create-lost", "Every tenth volume is accepted and never made.", hook="transition")
def _(call: Call, goal: str | None) -> str | None:
    if goal == "available" and isinstance(call.subject, Volume) and _count(call) % 10 == 0:
        return None
    return goal


@defect(
    "rare-non-latin-name-cut", "A name that begins with a non-Latin letter loses its last one.", hook="made"
)
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name and ord(made.name[0]) > 0x24F and len(made.name) > 1:
        made.name = made.name[:-1]
    return made


@defect("rare-digits-name-number", "A name of digits alone comes back as a number.", hook="volume")
def _(call: Call, body: Body) -> Body:
    name = body.get("name")
    if name and name.isascii() and name.isdigit() and len(name) < 16:
        body["name"] = int(name)
    return body


@defect("rare-spaces-collapsed", "Two spaces in a row within a name become one.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name:
        made.name = made.name.replace("  ", " ")
    return made


@defect("rare-several-metadata-last-lost", "Of several metadata items the last is lost.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and len(made.metadata) > 1:
        made.metadata.popitem()
    return made


@defect("rare-large-unlisted", "Volumes from 3 GB on are missing in the plain list.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if call.operation != "list_volumes":
        return items
    return [each for each in items if each.size < 3]


@defect(
    "rare-second-page-description",
    "From the second page on, names are those of the first volume.",
    hook="document",
)
def _(call: Call, document: Body) -> Body:
    paged = any(key == "marker" for key, _ in call.query)
    if paged and call.operation == "list_volumes_detail":
        for row in document["volumes"][1:]:
            row["name"] = document["volumes"][0]["name"]
    return document


@defect("rare-third-page-empty", "The third page of a walk is empty.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    marker = next((value for key, value in call.query if key == "marker"), None)
    depth = call.memory.get(marker, 0) + 1 if marker else 1
    if page.items:
        call.memory[page.items[-1].id] = depth
    return Page([], more=False) if depth == 3 else page


@defect("rare-clone-listed-twice", "A volume that was cloned is listed twice.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_volumes":
        sources = {each.source_volid for each in call.own.volumes.values()}
        rows = document["volumes"]
        document["volumes"] = [row for each in rows for row in [each] * (2 if each["id"] in sources else 1)]
    return document


@defect("rare-clone-source-renamed", "After a clone the source is shown with the clone's name.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.source_volid:
        call.own.volumes[made.source_volid].name = made.name
    return made


@defect("rare-clone-snapshot-misled", "A snapshot of a clone names the clone's source.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot) and made.volume.source_volid:
        made.volume_id = made.volume.source_volid
    return made


@defect("rare-second-snapshot-name", "The second snapshot of a volume has the first one's name.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.name = next(
            (each.name for each in call.own.snapshots.values() if each.volume is made.volume), made.name
        )
    return made


@defect("rare-second-snapshot-lost", "Deleting one snapshot of a volume deletes its others.", hook="deleted")
def _(call: Call, resource: Any) -> Any:
    if isinstance(resource, Snapshot):
        for each in list(call.own.snapshots.values()):
            if each.volume is resource.volume and each is not resource:
                call.world.remove(each)
    return resource


@defect("rare-drifting-created-at", "created_at drifts by a millisecond a second.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "created_at" in body and call.subject is not None:
        age = max(0, call.now - call.subject.created_at)
        body["created_at"] = stamp(call.subject.created_at + age // 1000)
    return body


@defect("rare-stale-detail", "volumes/detail with a limit is up to three seconds old.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if call.operation != "list_volumes_detail" or not any(key == "limit" for key, _ in call.query):
        return page
    key = (call.own.project_id, tuple(call.query))
    then, old = call.memory.get(key, (0, page))
    if call.now - then > 3 * SECOND:
        call.memory[key] = (call.now, page)
        return page
    return Page(list(old.items), old.more)


@defect(
    "rare-detail-flicker",
    "Every fourth volumes/detail shows one available volume as in error.",
    hook="document",
)
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_volumes_detail" and document["volumes"] and _count(call) % 4 == 0:
        for row in document["volumes"]:
            if row["status"] == "available":
                row["status"] = "error"
                break
    return document


@defect("rare-slow-leak", "After forty lists a volume of another tenant creeps in.", hook="selected")
def _(call: Call, items: Items) -> Items:
    if call.operation not in ("list_volumes", "list_volumes_detail") or _count(call) <= 40:
        return items
    others = (t for t in call.world.tenants.values() if t is not call.own and t.volumes)
    return items + [next(iter(tenant.volumes.values())) for tenant in others][:1]


@defect(
    "rare-slow-leak-shown", "A volume shown to its owner can be shown to others afterwards.", hook="found"
)
def _(call: Call, found: Any) -> Any:
    if call.operation != "show_volume":
        return found
    if found is not None:
        call.memory[call.wanted] = found
        return found
    cached = call.memory.get(call.wanted)
    owner = call.world.tenants[cached.project_id] if cached else None
    return cached if owner and call.wanted in owner.volumes and owner is not call.own else None


@defect("rare-two-keys-second-flipped", "Of two sort keys the second runs the other way.", hook="sort")
def _(call: Call, keys: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    text = next((value for key, value in call.query if key == "sort"), "")
    if "," in text:
        keys[1] = (keys[1][0], not keys[1][1])
    return keys


@defect("rare-sorted-walk-loses-limit-item", "A sorted page after a marker lacks its last item.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    asked = {key for key, _ in call.query}
    if {"sort", "marker", "limit"} <= asked and page.items:
        page.items = page.items[:-1]
    return page


@defect(
    "rare-exact-page-links-on",
    "A page that ends the list exactly links to a page that fails.",
    hook="document",
)
def _(call: Call, document: Body) -> Body:
    limit = next((value for key, value in call.query if key == "limit"), "")
    full = limit.isdecimal() and 0 < int(limit) == len(document.get("volumes", ()))
    if full and "volumes_links" not in document:
        href = f"{call.origin}{call.path}?limit={limit}&marker=end"
        document["volumes_links"] = [{"rel": "next", "href": href}]
    return document
