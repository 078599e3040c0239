"""The resources a run has made and not yet removed, on disk before they exist.

One JSON line an event, on disk before the request is sent, so that after a kill or a power cut `volcheck clean`
knows what to look for. The file holds no secrets; it is removed when nothing is left. While its run is alive the
file is locked, which the operating system undoes even where a run was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from pathlib import Path
from typing import IO, Any, Literal

import attrs

from volcheck.errors import UsageError
from volcheck.gateway.errors import LedgerUnwritable

Kind = Literal["volume", "snapshot"]


@attrs.define
class Resource:
    """One resource of the run. size: GiB. `deleting` once its deletion was accepted, `gone` once a 404 was seen.

    project: where it was made, None for the run's own project.
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


class Ledger:
    """What the run made. Thread-safe; every change is on disk when the call returns, as long as that can be written.

    Raises UsageError where the file can't be begun.

    path: the ledger's file; None keeps it in memory (probes, cleaning up, tests of the machinery).
    """

    def __init__(
        self,
        path: Path | None,
        *,
        run_id: str,
        base_url: str = "",
        project_id: str = "",
        worker: str = "main",
    ) -> None:
        self.run_id = run_id
        self.intended = 0
        #: Why the file can't be written any more, or None. What is in memory stays true all the same.
        self.unwritable: str | None = None
        self._path = path
        self._resources: dict[str, Resource] = {}
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = path.open("ab", buffering=0)
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise _unusable(path, os.strerror(error.errno or 0)) from error
        self._write(
            {
                "event": "run",
                "run": run_id,
                "worker": worker,
                "endpoint": base_url,
                "project": project_id,
                "pid": os.getpid(),
            }
        )
        if path is not None and self.unwritable is not None:
            self.close()
            raise _unusable(path, self.unwritable)

    def intend(self, kind: Kind, name: str | None) -> None:
        """Note that a resource is about to be asked for. On the disk, not only written, before the request is sent.

        Raises LedgerUnwritable where it can't be noted: then nothing may be asked for.
        """
        self.intended += 1
        self._write({"event": "intend", "kind": kind, "name": name}, sync=True)

    def made(self, resource: Resource) -> None:
        """Register a resource that the endpoint said it made."""
        with self._lock:
            known = self._resources.get(resource.id)
            if known is None or known.gone:
                self._resources[resource.id] = resource
        self._write(
            {
                "event": "made",
                "kind": resource.kind,
                "id": resource.id,
                "name": resource.name,
                "size": resource.size,
                **({"project": resource.project} if resource.project else {}),
            }
        )

    def deleting(self, resource_id: str) -> None:
        """Note that the endpoint accepted the deletion."""
        with self._lock:
            if resource := self._resources.get(resource_id):
                resource.deleting = True

    def gone(self, resource_id: str) -> None:
        """Strike a resource off: it was seen to be gone."""
        with self._lock:
            resource = self._resources.get(resource_id)
            if resource is None or resource.gone:
                return
            resource.gone = True
        self._write({"event": "gone", "id": resource_id})

    def forget(self, resource_id: str) -> None:
        """Strike a resource off that nobody needs to see gone, as its endpoint goes with the run."""
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
        """Close the file, and remove it when nothing is left.

        settled: whether it is certain that nothing exists that isn't registered; if not, the file stays.
        """
        if self._file is not None:
            try:
                if self._path is not None and settled and not self.live():
                    self._path.unlink(missing_ok=True)
                self._file.close()
            except OSError as error:
                self.unwritable = os.strerror(error.errno or 0)
            self._file = None

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
