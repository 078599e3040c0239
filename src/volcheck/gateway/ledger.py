"""The resources a run has made and not yet removed, on disk before they exist.

One JSON line an event, on disk before the request is sent, so that after a kill or a power cut `volcheck clean`
knows what to look for. The file holds no secrets; it is removed when nothing is left. While its run is alive the
file is locked, which the operating system undoes even where a run was killed.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

import attrs

from volcheck.errors import UsageError
from volcheck.gateway.errors import LedgerUnwritable
from volcheck.gateway.private import open_private
from volcheck.gateway.process import this_process

Kind = Literal["volume", "snapshot"]


@attrs.define
class Resource:
    """One resource of the run. size: GiB. `deleting` once its deletion was accepted, `gone` once a 404 was seen.

    project: where it was made, None for the run's own project. proved: whether a look at it has shown the run's tag
    since it was made; nothing is changed before that. intent: the number of the creation it came from. run: the run whose
    tag it must carry, None for the ledger's own.
    exists_since: from when on, on the monotonic clock, every list must show it; infinite while a deletion may be at work.
    gone_at: when a 404 was seen, on the same clock. deletions: those that were sent and not answered yet.
    refusal: the status, from 400 on, with which the last one was answered; else 0.
    """

    kind: Kind
    id: str
    name: str
    size: int
    volume_id: str | None = None
    deleting: bool = False
    gone: bool = False
    project: str | None = None
    made_at: float = attrs.field(factory=time.monotonic)
    proved: bool = False
    intent: int | None = None
    run: str | None = None
    exists_since: float = attrs.field(factory=time.monotonic)
    gone_at: float = 0.0
    deletions: int = 0
    refusal: int = 0


@attrs.define
class Intent:
    """One creation that was asked for and whose outcome is not known.

    number: unique within one ledger. name: as it was asked for. project: as of `Resource`. accepted: whether the endpoint
    said that it made something; then id, shown_name and status are what it showed of that, as text. lost: whether no
    answer of the service came, so that what it made may appear later.
    """

    number: int
    kind: Kind
    name: str | None
    project: str | None = None
    accepted: bool = False
    lost: bool = False
    id: str = ""
    shown_name: str = ""
    status: str = "unknown"


@attrs.frozen
class Unproved:
    """Something that the endpoint answered a creation with, and that is not proved to be the run's.

    intent: the number of the creation. reason: why it is not, as a clause.
    """

    kind: Kind
    id: str
    name: str
    status: str
    reason: str
    intent: int | None = None
    project: str | None = None


class Ledger:
    """What the run made, and what it asked for without knowing what came of it.

    Thread-safe; every change is on disk when the call returns, as long as that can be written. Raises UsageError where the
    file can't be begun.

    path: the ledger's file; None keeps it in memory (probes, cleaning up, tests of the machinery).
    """

    def __init__(
        self,
        path: Path | None,
        *,
        run_id: str,
        base_url: str = "",
        project_id: str = "",
    ) -> None:
        self.run_id = run_id
        self.intended = 0
        #: Why the file can't be written any more, or None. What is in memory stays true all the same.
        self.unwritable: str | None = None
        self._path = path
        #: Told of each resource that is registered, in the thread that created it.
        self.on_registered: Callable[[Resource], None] = lambda resource: None
        self._resources: dict[str, Resource] = {}
        self._open: dict[int, Intent] = {}
        self._unproved: dict[str, Unproved] = {}
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        if path is not None:
            try:
                self._file = open_private(path, append=True)
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise _unusable(path, error.strerror or type(error).__name__) from error
        self._write(
            {
                "event": "run",
                "run": run_id,
                "endpoint": base_url,
                "project": project_id,
                **attrs.asdict(this_process()),
            }
        )
        if path is not None and self.unwritable is not None:
            self.close()
            raise _unusable(path, self.unwritable)

    def intend(self, kind: Kind, name: str | None, project: str | None = None) -> int:
        """Note that a resource is about to be asked for; answers the creation's number.

        On the disk, not only written, before the request is sent. Raises LedgerUnwritable where it can't be noted: then
        nothing may be asked for.
        """
        with self._lock:
            self.intended += 1
            number = self.intended
        event = {"event": "intend", "number": number, "kind": kind, "name": name}
        self._write({**event, **({"project": project} if project else {})}, sync=True)
        with self._lock:
            self._open[number] = Intent(number, kind, name, project)
        return number

    def register(self, resource: Resource) -> None:
        """Register a resource that is the run's, and with it the outcome of its creation (`resource.intent`)."""
        with self._lock:
            known = self._resources.get(resource.id)
            if known is None or known.gone:
                self._resources[resource.id] = resource
            self._unproved.pop(resource.id, None)
            if resource.intent is not None:
                self._open.pop(resource.intent, None)
        self.on_registered(resource)
        self._write(
            {
                "event": "made",
                "kind": resource.kind,
                "id": resource.id,
                "name": resource.name,
                "size": resource.size,
                **({"project": resource.project} if resource.project else {}),
                **({"number": resource.intent} if resource.intent is not None else {}),
            }
        )

    def refused(self, number: int) -> None:
        """Note that nothing came of a creation."""
        with self._lock:
            self._open.pop(number, None)
        self._write({"event": "refused", "number": number})

    def lost(self, number: int) -> None:
        """Note that the service has not answered a creation: what came of it may still appear."""
        with self._lock:
            intent = self._open.get(number)
            if intent is not None:
                intent.lost = True

    def accepted(self, number: int, *, id: str, name: str, status: str) -> None:
        """Note what the answer to a creation showed that is not proved to be the run's; its outcome stays open."""
        with self._lock:
            intent = self._open.get(number)
            if intent is None:
                return
            intent.accepted, intent.id, intent.shown_name, intent.status = True, id, name, status
        self._write({"event": "accepted", "number": number, "id": id, "name": name, "status": status})

    def doubt(self, doubted: Unproved) -> None:
        """Remember what is not proved to be the run's: nobody may change it. What was registered of it is struck off."""
        with self._lock:
            self._unproved[doubted.id] = doubted
            resource = self._resources.pop(doubted.id, None)
            if resource is not None and resource.intent is not None:
                self._open[resource.intent] = Intent(
                    resource.intent,
                    resource.kind,
                    resource.name,
                    resource.project,
                    accepted=True,
                    id=doubted.id,
                    shown_name=doubted.name,
                    status=doubted.status,
                )
        if resource is not None:
            self._write(
                {"event": "doubted", "id": doubted.id, "name": doubted.name, "status": doubted.status}
            )

    def adopt(self, resource: Resource) -> bool:
        """Register a resource that was found by the run's tag; answers whether the ledger did not have it.

        It may be what an open creation of that name made: one that the endpoint accepted, if there is such.
        """
        with self._lock:
            known = self._resources.get(resource.id)
            if known is not None and not known.gone:
                # Where it is shown is where it is.
                known.project = resource.project
                return False
            if known is None and resource.intent is None:
                named = [
                    intent
                    for intent in self._open.values()
                    if intent.kind == resource.kind and (intent.name or "").strip() == resource.name.strip()
                ]
                named.sort(key=lambda intent: (intent.id != resource.id, not intent.accepted))
                if named:
                    resource.intent = named[0].number
        self.register(resource)
        return True

    def settle(self) -> None:
        """After a look through all lists: what the endpoint never said that it made, and nothing shows, is not there.

        What the service has not answered stays open: it may appear later.
        """
        for intent in self.open():
            if not intent.accepted and not intent.lost:
                self.refused(intent.number)

    def open(self) -> list[Intent]:
        """The creations whose outcome is not known, oldest first."""
        with self._lock:
            return [self._open[number] for number in sorted(self._open)]

    def unproved(self, kind: Kind | None = None) -> list[Unproved]:
        """What creations were answered with and is not proved to be the run's."""
        with self._lock:
            return [each for each in self._unproved.values() if kind is None or each.kind == kind]

    def is_unproved(self, resource_id: str) -> bool:
        """Whether an id is that of something which is not proved to be the run's."""
        return resource_id in self._unproved

    def deletion_sent(self, resource_id: str) -> None:
        """Note that a deletion is about to be sent: from now on lists need not show the resource."""
        with self._lock:
            if resource := self._resources.get(resource_id):
                resource.deletions += 1
                resource.exists_since = math.inf

    def deletion_refused(self, resource_id: str) -> None:
        """Note that the endpoint refused a deletion: with no other at work, lists must show the resource again."""
        with self._lock:
            if resource := self._resources.get(resource_id):
                resource.deletions -= 1
                if resource.deletions == 0 and not resource.deleting:
                    resource.exists_since = time.monotonic()

    def is_of_another_run(self, resource: Resource) -> bool:
        """Whether a resource is what another run has left, so that anybody may have made it theirs since."""
        return resource.run not in (None, self.run_id)

    def deleting(self, resource_id: str) -> None:
        """Note that the endpoint accepted the deletion."""
        with self._lock:
            if resource := self._resources.get(resource_id):
                resource.deleting = True
                resource.exists_since = math.inf

    def gone(self, resource_id: str) -> None:
        """Strike a resource off: it was seen to be gone."""
        with self._lock:
            resource = self._resources.get(resource_id)
            if resource is None or resource.gone:
                return
            resource.gone = True
            resource.gone_at = time.monotonic()
        self._write({"event": "gone", "id": resource_id})

    def forget(self, resource_id: str) -> None:
        """Strike a resource off without waiting for a 404, as its endpoint ends with the run."""
        with self._lock:
            self._resources.pop(resource_id, None)

    def get(self, resource_id: str) -> Resource | None:
        """The resource of that id, gone or not."""
        return self._resources.get(resource_id)

    def live(self, kind: Kind | None = None) -> list[Resource]:
        """Everything that may still exist, oldest first."""
        with self._lock:
            return [r for r in self._resources.values() if not r.gone and (kind is None or r.kind == kind)]

    @property
    def created(self) -> int:
        """How many resources the run has made so far."""
        return len(self._resources)

    def close(self, *, settled: bool = True) -> None:
        """Close the file, and remove it when nothing is left and no creation's outcome is open.

        A file that stays says that the run is over. settled: whether it is certain that nothing exists that isn't
        registered; if not, the file stays.
        """
        if self._file is not None:
            goes = settled and not self.live() and not self._open
            if not goes:
                self._write({"event": "end"})
            file, self._file = self._file, None
            try:
                with file:
                    if self._path is not None and goes:
                        self._path.unlink(missing_ok=True)
            except OSError as error:
                self.unwritable = os.strerror(error.errno or 0)

    def _write(self, event: dict[str, Any], *, sync: bool = False) -> None:
        """Append an event. sync: have it on the disk, and raise LedgerUnwritable where it can't be had there."""
        with self._lock:
            if self._file is not None and self.unwritable is None:
                try:
                    _write_all(self._file, json.dumps(event).encode() + b"\n")
                    if sync:
                        os.fdatasync(self._file.fileno())
                except OSError as error:
                    # Half a line may stand there now: nothing more is added to it.
                    self.unwritable = os.strerror(error.errno or 0)
        if sync and self.unwritable is not None:
            raise LedgerUnwritable(
                f"nothing more is made, as the ledger of the run can't be written ({self.unwritable})"
            )


def _unusable(path: Path, reason: str) -> UsageError:
    return UsageError(
        f"{path}: the ledger of the run can't be written ({reason}); name another folder with --reports."
    )


def _write_all(file: IO[bytes], data: bytes) -> None:
    """Write without a buffer, which would try again what a full disk has refused. Raises OSError."""
    while data:
        data = data[file.write(data) :]
