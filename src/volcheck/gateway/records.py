"""Reads the ledgers of runs that are over, or still at work. Whatever a file holds, it is read within bounds."""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import attrs

from volcheck.gateway.ledger import Intent, Resource
from volcheck.gateway.process import Process, is_at_work
from volcheck.gateway.tag import RUN_ID

#: Bytes of one ledger, and of one of its lines, that are read. A run of 100,000 volumes writes 40 MB.
MOST_BYTES = 64 * 1024 * 1024
MOST_BYTES_OF_A_LINE = 64 * 1024


@attrs.frozen
class Record:
    """What one ledger file says.

    resources: what was made and not seen to be gone. open: creations that were asked for without a known outcome; how many
    in a ledger of an older edition, which does not number them, is `unnumbered`.
    alive: whether the run is seen to be at work. elsewhere: whether that can't be seen, as it ran on another machine, in
    another container, or before this machine was started anew, and its ledger does not say that it is over.
    unread: lines that can't be read (a power cut leaves such), or that lie beyond what is read of a file.
    """

    path: Path
    run_id: str
    base_url: str
    project_id: str
    pid: int
    host: str
    resources: tuple[Resource, ...]
    open: tuple[Intent, ...]
    unnumbered: int
    alive: bool
    elsewhere: bool
    unread: int


@attrs.frozen
class Records:
    """The ledgers of a folder, oldest run first. problems: what could not be read as one, in sentences."""

    found: tuple[Record, ...]
    problems: tuple[str, ...]


def read_records(folder: Path) -> Records:
    """The ledgers in a folder. One that isn't there has none. Follows no link, neither to a folder nor to a file."""
    found: list[Record] = []
    problems: list[str] = []
    if folder.is_symlink():
        return Records((), (f"{folder} is a link and was not followed: no ledger was read",))
    try:
        paths = sorted(path for path in folder.glob("*.jsonl") if RUN_ID.match(path.name))
    except OSError as error:
        return Records((), (f"{folder} can't be read: {error.strerror}",))
    for path in paths:
        try:
            found.append(read_record(path))
        except OSError as error:
            problems.append(f"{path} is not read as a ledger: {error.strerror or error}")
    return Records(tuple(found), tuple(problems))


def read_record(path: Path) -> Record:
    """What a ledger file says. Lines that can't be read are counted and passed over.

    Raises OSError where it can't be opened, is a link or no ordinary file.
    """
    with _opened(path) as file:
        locked = _is_locked(file)
        reading = _Reading()
        left = MOST_BYTES
        while left > 0 and (line := file.readline(MOST_BYTES_OF_A_LINE)):
            left -= len(line)
            reading.take(_event(line))
        if left <= 0 and file.readline(1):
            reading.unread += 1
    name = RUN_ID.match(path.name)
    first = reading.first
    process = _process(first)
    # A copy of a ledger is not locked, whoever is at work on the file that it was copied from.
    at_work = False if reading.is_over else is_at_work(process)
    return Record(
        path=path,
        run_id=name[0] if name else "",
        base_url=_text(first, "endpoint") or "",
        project_id=_text(first, "project") or "",
        pid=process.pid,
        host=process.host,
        resources=tuple(reading.resources.values()),
        open=tuple(reading.intents.values()),
        unnumbered=max(0, reading.unnumbered),
        alive=locked or at_work is True,
        elsewhere=not locked and at_work is None,
        unread=reading.unread,
    )


class _Reading:
    """What the events of a ledger come to, one after the other."""

    def __init__(self) -> None:
        self.first: dict[str, Any] = {}
        self.resources: dict[str, Resource] = {}
        self.intents: dict[int, Intent] = {}
        self.unnumbered = 0
        self.unread = 0
        self.is_over = False

    def take(self, event: dict[str, Any]) -> None:
        """Take one event; one that says nothing is counted."""
        match event:
            case {"event": "run"}:
                self.first = event
            case {"event": "intend", "number": int(number), "kind": "volume" | "snapshot" as kind}:
                self.intents[number] = Intent(number, kind, _text(event, "name"), _text(event, "project"))
            case {"event": "intend"}:
                self.unnumbered += 1
            case {"event": "made", "kind": "volume" | "snapshot" as kind, "id": str(resource_id)}:
                intent = _number(event, "number") or None
                if intent is not None:
                    self.intents.pop(intent, None)
                else:
                    self.unnumbered -= 1
                self.resources[resource_id] = Resource(
                    kind=kind,
                    id=resource_id,
                    name=_text(event, "name") or "",
                    size=_number(event, "size"),
                    project=_text(event, "project"),
                    intent=intent,
                )
            case {"event": "refused", "number": int(number)}:
                self.intents.pop(number, None)
            case {"event": "accepted", "number": int(number)} if number in self.intents:
                _accept(self.intents[number], event)
            case {"event": "doubted", "id": str(resource_id)}:
                doubted = self.resources.pop(resource_id, None)
                if doubted is not None and doubted.intent is not None:
                    reopened = Intent(doubted.intent, doubted.kind, doubted.name, doubted.project)
                    self.intents[doubted.intent] = reopened
                    _accept(reopened, event)
            case {"event": "gone", "id": str(resource_id)}:
                self.resources.pop(resource_id, None)
            case {"event": "end"}:
                self.is_over = True
            case _:
                self.unread += 1


def _opened(path: Path) -> IO[bytes]:
    # A link may lead anywhere, and a pipe is never read to its end.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("it is no ordinary file")
    return os.fdopen(handle, "rb")


def _process(first: Mapping[str, Any]) -> Process:
    host, boot, space, started = (_text(first, key) or "" for key in ("host", "boot", "space", "started"))
    return Process(host, boot, space, _number(first, "pid"), started)


def _event(line: bytes) -> dict[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _accept(intent: Intent, event: Mapping[str, Any]) -> None:
    intent.accepted = True
    intent.id, intent.shown_name = _text(event, "id") or "", _text(event, "name") or ""
    intent.status = _text(event, "status") or "unknown"


def _text(event: Mapping[str, Any], key: str) -> str | None:
    value = event.get(key)
    return value if isinstance(value, str) else None


def _number(event: Mapping[str, Any], key: str) -> int:
    value = event.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
