"""What a run left behind, read from Cinder's own database and not through the API under test."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

#: Seconds that deletions in progress may take to finish; on a busy machine one takes several.
GRACE = 20


@dataclass(frozen=True)
class Remnant:
    """A volume or snapshot that is not deleted."""

    kind: str
    id: str
    name: str | None
    status: str

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.name!r}, {self.status})"


def remnants(database: Path, lent: frozenset[str]) -> list[Remnant]:
    """Every volume and snapshot of all projects that is not deleted, except the volumes `lent` to the run.

    The state was fresh when the server started, so nothing else can have made them. Waits GRACE seconds at
    most for those that are being deleted.
    """
    deadline = time.monotonic() + GRACE
    while True:
        found = _read(database, lent)
        if not any(one.status == "deleting" for one in found) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def _read(database: Path, lent: frozenset[str]) -> list[Remnant]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [
            Remnant(kind, *row)
            for kind, table in (("volume", "volumes"), ("snapshot", "snapshots"))
            for row in connection.execute(f"SELECT id, display_name, status FROM {table} WHERE NOT deleted")
            if row[0] not in lent
        ]
