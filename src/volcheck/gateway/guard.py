"""Refuses, before sending, whatever could change a resource the run did not make."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from volcheck.gateway.errors import GatewayRefusal
from volcheck.gateway.ledger import Ledger

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_REFERENCES = frozenset(
    {"volume_id", "source_volid", "snapshot_id", "consistencygroup_id", "backup_id", "source_replica"}
)
_UUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_COLLECTIONS = frozenset({"volumes", "snapshots", "types"})


class Guard:
    """Knows which ids a request may name. Three kinds may be: made by the run, invented by it, or lent by the user.

    invented: ids the run made up and knows to be unknown to the endpoint (a random UUID, or `not-a-uuid`).
    lent: ids of existing resources that the user named for tests that need one (an attached volume).
    """

    def __init__(self, ledger: Ledger, *, read_only: bool = False) -> None:
        self._ledger = ledger
        self._read_only = read_only
        self._allowed: set[str] = set()
        self._lock = threading.Lock()

    def invent(self) -> str:
        """A random UUID that no resource has."""
        made_up = str(uuid.uuid4())
        self.allow(made_up)
        return made_up

    def allow(self, resource_id: str) -> None:
        """Let requests name this id: it was invented, proven unknown, or lent by the user."""
        with self._lock:
            self._allowed.add(_canonical(resource_id))

    def admit(self, method: str, path: str, body: str | None) -> None:
        """Return when the request can change nothing foreign; raise GatewayRefusal otherwise.

        path: below the base URL, as it will be sent (percent-encoded). body: as it will be sent.
        """
        if method in SAFE_METHODS:
            return
        if self._read_only:
            raise GatewayRefusal(
                f"{method} {path} was not sent: the run is read-only and sends nothing but GET and HEAD."
            )
        segments = [part for part in _decode(path).split("/") if part]
        if any(part in (".", "..") for part in segments):
            raise GatewayRefusal(
                f"{method} {path} was not sent: a changing request may not climb in the path."
            )
        collection = segments[1] if len(segments) > 1 and segments[1] in _COLLECTIONS else None
        rest = segments[2:]
        if method == "DELETE" and (collection is None or len(rest) != 1):
            raise GatewayRefusal(f"DELETE {path} was not sent: it names no single volume or snapshot.")
        if collection is not None and rest and rest[0] != "detail":
            self._own(method, path, rest[0])
        elif collection is None and len(segments) > 1:
            for part in segments[1:]:
                if _UUID.fullmatch(part):
                    self._own(method, path, part)
        if body:
            for reference in _references(body):
                self._own(method, path, reference)

    def _own(self, method: str, path: str, resource_id: str) -> None:
        resource = self._ledger.get(resource_id) or self._ledger.get(_canonical(resource_id))
        if resource is None and _canonical(resource_id) not in self._allowed:
            raise GatewayRefusal(
                f"{method} {path} was not sent: it names {resource_id}, which this run did not make. "
                "A run changes only what it made."
            )


def _canonical(resource_id: str) -> str:
    """One spelling for the ways in which an id may be written (capitals, without dashes)."""
    try:
        return str(uuid.UUID(resource_id))
    except ValueError:
        return resource_id


def _decode(path: str) -> str:
    """`path` with all percent-encoding undone, also when it was applied twice."""
    for _ in range(3):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    return path.replace("\\", "/")


def _references(body: str) -> Iterator[str]:
    """Every id that a body names: any UUID anywhere in it, and any string in a field that refers to a resource."""
    yield from _UUID.findall(body)
    try:
        json.loads(body, object_pairs_hook=lambda pairs: pairs, parse_constant=str)
    except (ValueError, RecursionError):
        return
    found: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        # Every pair is looked at: of two equal keys a server may take either.
        for key, value in pairs:
            if isinstance(value, str) and (_UUID.fullmatch(value) or (key in _REFERENCES and value)):
                found.append(value)
        return pairs

    json.loads(body, object_pairs_hook=collect, parse_constant=str)
    yield from found
