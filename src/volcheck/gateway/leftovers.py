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
from volcheck.gateway.core import Gateway, Who, next_link, segment
from volcheck.gateway.errors import Blocked
from volcheck.gateway.ledger import Intent, Kind, Resource
from volcheck.gateway.ownership import addressable, resource_of
from volcheck.tag import RUN_ID, tag_of

_MOST_BYTES = 64 * 1024 * 1024


# -- ledgers ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Record:
    """What one ledger file says.

    resources: what was made and not seen to be gone. open: creations that were asked for without a known outcome; how
    many in a ledger that does not number them is `unnumbered`.
    alive: whether the run is still at work. unread: lines that can't be read (a power cut leaves such).
    """

    path: Path
    run_id: str
    worker: str
    base_url: str
    project_id: str
    pid: int
    resources: tuple[Resource, ...]
    open: tuple[Intent, ...]
    unnumbered: int
    alive: bool
    unread: int


def read_records(folder: Path) -> list[Record]:
    """The ledgers in a folder, oldest run first. A folder that isn't there has none."""
    return [read_record(path) for path in sorted(folder.glob("*.jsonl")) if RUN_ID.match(path.name)]


def read_record(path: Path) -> Record:
    """What a ledger file says. Lines that can't be read are counted and passed over."""
    resources: dict[str, Resource] = {}
    first: dict[str, Any] = {}
    intents: dict[int, Intent] = {}
    unnumbered = unread = 0
    with path.open("rb") as file:
        alive = _is_locked(file)
        for line in file.read(_MOST_BYTES).splitlines():
            event = _event(line)
            match event:
                case {"event": "run"}:
                    first = event
                case {"event": "intend", "number": int(number), "kind": "volume" | "snapshot" as kind}:
                    intents[number] = Intent(number, kind, _text(event, "name"), _text(event, "project"))
                case {"event": "intend"}:
                    unnumbered += 1
                case {"event": "made", "kind": "volume" | "snapshot" as kind, "id": str(resource_id)}:
                    made_for = event.get("number")
                    if isinstance(made_for, int):
                        intents.pop(made_for, None)
                    else:
                        made_for = None
                        unnumbered -= 1
                    size = event.get("size")
                    resources[resource_id] = Resource(
                        kind=kind,
                        id=resource_id,
                        name=_text(event, "name") or "",
                        size=size if isinstance(size, int) else 0,
                        project=_text(event, "project"),
                        intent=made_for,
                    )
                case {"event": "refused", "number": int(number)}:
                    intents.pop(number, None)
                case {"event": "accepted", "number": int(number)} if number in intents:
                    _accept(intents[number], event)
                case {"event": "doubted", "id": str(resource_id)}:
                    doubted = resources.pop(resource_id, None)
                    if doubted is not None and doubted.intent is not None:
                        reopened = Intent(doubted.intent, doubted.kind, doubted.name, doubted.project)
                        intents[doubted.intent] = reopened
                        _accept(reopened, event)
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
        open=tuple(intents.values()),
        unnumbered=max(0, unnumbered),
        alive=alive,
        unread=unread,
    )


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _accept(intent: Intent, event: Mapping[str, Any]) -> None:
    intent.accepted = True
    intent.id, intent.shown_name = _text(event, "id") or "", _text(event, "name") or ""
    intent.status = _text(event, "status") or "unknown"


def _text(event: Mapping[str, Any], key: str) -> str | None:
    value = event.get(key)
    return value if isinstance(value, str) else None


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
class Stray:
    """Something that carries a run's tag and has an id that no request can name: a number, none, or an unsafe one."""

    kind: Kind
    id: str
    name: str
    status: str
    run_id: str


@attrs.frozen
class Sweep:
    """What looking through the projects' lists for tags gave. problems: why it may not be all, in sentences."""

    found: tuple[Tagged, ...]
    problems: tuple[str, ...]
    strays: tuple[Stray, ...] = ()


def sweep(gateway: Gateway, wanted: Callable[[str], bool], *, seconds: float, pages: int = 10_000) -> Sweep:
    """Look for snapshots and volumes whose tag is that of a wanted run id.

    In every project for which there is an identity. Bounded by seconds and by pages of each list; memory does not grow
    with the lists. Raises nothing for what the endpoint does.
    """
    deadline = time.monotonic() + seconds
    found: list[Tagged] = []
    strays: list[Stray] = []
    problems: list[str] = []
    kinds: tuple[Kind, ...] = ("snapshot", "volume")
    for who, project in gateway.identities():
        for kind in kinds:
            number = 0
            what = f"the list of {kind}s{'' if who == 'main' else f' in project {project}'}"
            try:
                for number, page in enumerate(_pages(gateway, kind, who, project), start=1):
                    items = _items(page, kind)
                    if items is None:
                        problems.append(f"{what} could not be read: {page.summary()}")
                        break
                    for item in items:
                        run_id = tag_of(item)
                        if run_id is None or not wanted(run_id):
                            continue
                        if addressable(item.get("id")):
                            found.append(_tagged(kind, item, run_id, None if who == "main" else project))
                        else:
                            strays.append(_stray(kind, item, run_id))
                    if number >= pages or time.monotonic() > deadline:
                        problems.append(f"{what} was looked at for {number} pages and not to its end")
                        break
            except Blocked as reason:
                problems.append(f"{what} was looked at for {number} pages and not to its end: {reason}")
    return Sweep(tuple(found), tuple(problems), tuple(strays))


def _tagged(kind: Kind, item: Mapping[str, Any], run_id: str, project: str | None) -> Tagged:
    status = str(item.get("status") or "unknown")
    resource = attrs.evolve(
        resource_of(kind, item), project=project, run=run_id, deleting=status == "deleting"
    )
    return Tagged(resource, run_id, status)


def _stray(kind: Kind, item: Mapping[str, Any], run_id: str) -> Stray:
    resource_id = item.get("id")
    text = resource_id if isinstance(resource_id, str) else json.dumps(resource_id) if "id" in item else ""
    return Stray(kind, text, str(item.get("name") or ""), str(item.get("status") or "unknown"), run_id)


def _pages(gateway: Gateway, kind: Kind, who: Who, project: str) -> Iterator[Exchange]:
    page = gateway.send("GET", f"/{segment(project)}/{kind}s/detail", who=who)
    yield page
    followed: set[str] = set()
    while (href := next_link(page, kind)) and href not in followed:
        followed.add(href)
        page = gateway.follow(href, who=who)
        yield page


def _items(page: Exchange, kind: Kind) -> list[dict[str, Any]] | None:
    body = page.json()
    items = body.get(f"{kind}s") if page.status == 200 and isinstance(body, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None
