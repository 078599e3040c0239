"""Finds what runs have left behind: by their ledgers, and by the tag that everything of a run carries."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import attrs

from volcheck.exchange import Exchange
from volcheck.gateway.core import Gateway, next_link, segment
from volcheck.gateway.errors import Blocked
from volcheck.gateway.ledger import Kind, Resource
from volcheck.tag import RUN_ID, tag_of

_MOST_BYTES = 64 * 1024 * 1024


# -- ledgers ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Record:
    """What one ledger file says.

    resources: what was made and not seen to be gone. open: creations that were asked for without a known outcome.
    alive: whether the run is still at work. unread: lines that can't be read (a power cut leaves such).
    """

    path: Path
    run_id: str
    worker: str
    base_url: str
    project_id: str
    pid: int
    resources: tuple[Resource, ...]
    open: int
    alive: bool
    unread: int


def read_records(folder: Path) -> list[Record]:
    """The ledgers in a folder, oldest run first. A folder that isn't there has none."""
    return [read_record(path) for path in sorted(folder.glob("*.jsonl")) if RUN_ID.match(path.name)]


def read_record(path: Path) -> Record:
    """What a ledger file says. Lines that can't be read are counted and passed over."""
    resources: dict[str, Resource] = {}
    first: dict[str, Any] = {}
    intended = made = unread = 0
    with path.open("rb") as file:
        alive = _is_locked(file)
        for line in file.read(_MOST_BYTES).splitlines():
            event = _event(line)
            match event:
                case {"event": "run"}:
                    first = event
                case {"event": "intend"}:
                    intended += 1
                case {"event": "made", "kind": "volume" | "snapshot" as kind, "id": str(resource_id)}:
                    made += 1
                    size = event.get("size")
                    resources[resource_id] = Resource(
                        kind=kind,
                        id=resource_id,
                        name=str(event.get("name") or ""),
                        size=size if isinstance(size, int) else 0,
                        project=event["project"] if isinstance(event.get("project"), str) else None,
                    )
                case {"event": "gone", "id": str(resource_id)}:
                    resources.pop(resource_id, None)
                case _:
                    unread += 1
    name = RUN_ID.match(path.name)
    return Record(
        path=path,
        run_id=name[0] if name else "",
        worker=path.stem.partition("-")[2],
        base_url=str(first.get("endpoint", "")),
        project_id=str(first.get("project", "")),
        pid=first["pid"] if isinstance(first.get("pid"), int) else 0,
        resources=tuple(resources.values()),
        open=max(0, intended - made),
        alive=alive,
        unread=unread,
    )


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _is_locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


# -- tags ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class Tagged:
    """A resource that carries a run's tag."""

    resource: Resource
    run_id: str
    status: str


@attrs.frozen
class Sweep:
    """What looking through the project's lists for tags gave. problems: why it may not be all, in sentences."""

    found: tuple[Tagged, ...]
    problems: tuple[str, ...]


def sweep(gateway: Gateway, wanted: Callable[[str], bool], *, seconds: float, pages: int = 10_000) -> Sweep:
    """Look for snapshots and volumes whose tag is that of a wanted run id.

    Bounded by seconds and by pages of each list; memory does not grow with the lists. Raises nothing for what the
    endpoint does.
    """
    deadline = time.monotonic() + seconds
    found: list[Tagged] = []
    problems: list[str] = []
    kinds: tuple[Kind, ...] = ("snapshot", "volume")
    for kind in kinds:
        number = 0
        try:
            for number, page in enumerate(_pages(gateway, kind), start=1):
                items = _items(page, kind)
                if items is None:
                    problems.append(f"the list of {kind}s could not be read: {page.summary()}")
                    break
                found += [
                    tagged for item in items if (tagged := _tagged(kind, item)) and wanted(tagged.run_id)
                ]
                if number >= pages or time.monotonic() > deadline:
                    problems.append(
                        f"the list of {kind}s was looked at for {number} pages and not to its end"
                    )
                    break
        except Blocked as reason:
            problems.append(
                f"the list of {kind}s was looked at for {number} pages and not to its end: {reason}"
            )
    return Sweep(tuple(found), tuple(problems))


def _tagged(kind: Kind, item: Mapping[str, Any]) -> Tagged | None:
    run_id = tag_of(item)
    if run_id is None or not isinstance(item.get("id"), str) or not item["id"]:
        return None
    size, volume_id, status = item.get("size"), item.get("volume_id"), str(item.get("status") or "unknown")
    return Tagged(
        Resource(
            kind=kind,
            id=item["id"],
            name=str(item.get("name") or ""),
            size=size if isinstance(size, int) and not isinstance(size, bool) else 1,
            volume_id=volume_id if isinstance(volume_id, str) else None,
            deleting=status == "deleting",
        ),
        run_id,
        status,
    )


def _pages(gateway: Gateway, kind: Kind) -> Iterator[Exchange]:
    page = gateway.send("GET", f"/{segment(gateway.endpoint.identity.project_id)}/{kind}s/detail")
    yield page
    followed: set[str] = set()
    while (href := next_link(page, kind)) and href not in followed:
        followed.add(href)
        page = gateway.follow(href)
        yield page


def _items(page: Exchange, kind: Kind) -> list[dict[str, Any]] | None:
    body = page.json()
    items = body.get(f"{kind}s") if page.status == 200 and isinstance(body, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None
