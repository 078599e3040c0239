"""Refuses, before sending, whatever could change a resource the run did not make."""

from __future__ import annotations

import json
import re
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from volcheck.gateway.errors import GatewayRefusal, NotProved
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.lent import Lent

#: All that a read-only run sends.
READ_METHODS = frozenset({"GET", "HEAD"})
SAFE_METHODS = READ_METHODS | {"OPTIONS"}
#: What a changing request may be addressed to: nothing else is the API's, and some of it (quotas) is the project's.
_COLLECTIONS = frozenset({"volumes", "snapshots", "types"})
_REFERENCES = frozenset(
    {"volume_id", "source_volid", "snapshot_id", "consistencygroup_id", "backup_id", "source_replica"}
)
_UUID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
#: Headers by which some servers let a GET be a DELETE.
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override"})
#: So many ids of others are remembered; a project with more of them loses this one of several defences.
_REMEMBERED = 200_000


class Guard:
    """Knows which ids a request may name. Three kinds may be: made by the run, invented by it, or lent by the user.

    invented: ids the run made up and knows to be unknown to the endpoint (a random UUID, or `not-a-uuid`).
    lent: ids of existing resources that the user named for tests that need one (an attached volume).
    """

    def __init__(self, ledger: Ledger, *, read_only: bool = False) -> None:
        self._ledger = ledger
        self._read_only = read_only
        self._allowed: set[str] = set()
        self._mentioned: set[str] = set()
        self._shown: dict[str, int] = {}
        self._looks = 0
        self._only_uuids = True
        #: Volumes that the user lends.
        self.lent = Lent()
        self._lock = threading.Lock()

    def invent(self) -> str:
        """A random UUID that no resource has."""
        made_up = str(uuid.uuid4())
        self.allow(made_up)
        return made_up

    def lend(self, volume_id: str) -> None:
        """Let requests name this volume, which the user lends; a DELETE only as `Lent.admit` says."""
        self.lent.add(volume_id)
        self.allow(volume_id)

    def allow(self, resource_id: str) -> None:
        """Let requests name this id: it was invented, or proven unknown."""
        with self._lock:
            self._allowed.add(_canonical(resource_id))

    def allow_mention(self, resource_id: str) -> None:
        """Let bodies mention this id where it refers to no volume or snapshot: it is a volume type's."""
        with self._lock:
            self._mentioned.add(_canonical(resource_id))

    def saw(self, resource_ids: Iterable[str]) -> None:
        """Note ids that the endpoint showed.

        Those that it showed before the run asked for anything of that id existed without the run.
        """
        with self._lock:
            self._looks += 1
            for resource_id in resource_ids:
                if self._only_uuids and not _UUID.fullmatch(resource_id):
                    self._only_uuids = False
                if len(self._shown) < _REMEMBERED and self._ledger.get(resource_id) is None:
                    self._shown.setdefault(_canonical(resource_id), self._looks)

    def moment(self) -> int:
        """How many lists were looked at so far, as a mark in time for `shown_before`."""
        with self._lock:
            return self._looks

    def shown_before(self, resource_id: str, moment: int) -> bool:
        """Whether an id that the run did not make had been shown by that moment."""
        with self._lock:
            return self._shown.get(_canonical(resource_id), moment + 1) <= moment

    def admit(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> list[Resource]:
        """Return when the request can change nothing foreign; raise GatewayRefusal otherwise.

        path: below the base URL, as it will be sent (percent-encoded); query and body likewise.
        Returns the resources of the run that the request would change or use.
        """
        method = method.strip().upper()
        names = {name.strip().lower() for name in headers or ()}
        if names & _OVERRIDES:
            raise _refusal(method, path, "a header would turn it into another request")
        if self._read_only and method not in READ_METHODS:
            raise _refusal(method, path, "the run is read-only and sends nothing but GET and HEAD")
        if method in SAFE_METHODS:
            return []
        if "content-encoding" in names:
            raise _refusal(
                method, path, "a changing request may not be compressed, as nobody could look into it"
            )
        self.lent.admit(method, path, _decode(f"{path}?{query}" if query else path))
        named = [*self._named_in_path(method, path), *_UUID.findall(_decode(query))]
        if body:
            named += [each for each in _mentions(body) if _canonical(each) not in self._mentioned]
            named += self._references(body)
        owned = {each: self._own(method, path, each) for each in named}
        # By id: of one that is named in two spellings there is one.
        return list({each.id: each for each in owned.values() if each is not None}.values())

    def _named_in_path(self, method: str, path: str) -> Iterator[str]:
        decoded = _decode(path)
        if unquote(decoded) != decoded:
            raise _refusal(method, path, "its path is encoded more often than anybody can need")
        segments = [part for part in decoded.split("/") if part]
        if any(part.split(";")[0].strip() in (".", "..") for part in segments):
            raise _refusal(method, path, "a changing request may not climb in the path")
        if len(segments) < 2 or segments[1] not in _COLLECTIONS:
            raise _refusal(method, path, "a run changes volumes and snapshots, and nothing else of a project")
        rest = segments[2:]
        if method == "DELETE" and len(rest) != 1:
            raise _refusal(method, path, "it names no single volume or snapshot")
        if rest and rest[0] != "detail":
            yield rest[0]
        for part in rest:
            yield from _UUID.findall(part)

    def _references(self, body: bytes) -> Iterator[str]:
        """Every id that stands in a reference to a volume or snapshot."""
        try:
            # Every pair is looked at: of two equal keys a server may take either.
            whole = json.loads(body, object_pairs_hook=_Pairs, parse_constant=str)
        except (ValueError, RecursionError):
            return
        waiting: list[tuple[str, Any]] = [("", whole)]
        while waiting:
            key, value = waiting.pop()
            if isinstance(value, _Pairs):
                waiting.extend(value)
            elif isinstance(value, list):
                waiting.extend((key, item) for item in value)
            elif key not in _REFERENCES:
                continue
            elif isinstance(value, str):
                if value:
                    yield value
            elif isinstance(value, int | float) and not self._only_uuids:
                # Where ids are no UUIDs a server may take a number for one.
                yield str(value)

    def _own(self, method: str, path: str, resource_id: str) -> Resource | None:
        """The run's resource of that id, None for an id that may be named without one."""
        canonical = _canonical(resource_id)
        if self._ledger.is_unproved(resource_id) or self._ledger.is_unproved(canonical):
            raise NotProved(
                f"{method} {path} was not sent: it names {resource_id}, with which the endpoint answered a creation, but "
                "nothing proves that the run made it."
            )
        resource = self._ledger.get(resource_id) or self._ledger.get(canonical)
        if resource is None and canonical not in self._allowed:
            raise _refusal(
                method,
                path,
                f"it names {resource_id}, which this run did not make, and a run changes only what it made",
            )
        return resource


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, repeated names included."""


def _refusal(method: str, path: str, reason: str) -> GatewayRefusal:
    return GatewayRefusal(f"{method} {path} was not sent: {reason}.")


def _canonical(resource_id: str) -> str:
    """One spelling for the ways in which an id may be written (capitals, without dashes)."""
    if not _UUID.fullmatch(resource_id):
        return resource_id
    return str(uuid.UUID(resource_id))


def _decode(path: str) -> str:
    """`path` with all percent-encoding undone, also when it was applied several times."""
    for _ in range(3):
        decoded = unquote(path)
        if decoded == path:
            break
        path = decoded
    return path.replace("\\", "/")


def _mentions(body: bytes) -> Iterator[str]:
    """Every UUID anywhere in a body, however it is written."""
    for text in _texts(body):
        yield from _UUID.findall(text)
        yield from _UUID.findall(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text))


def _texts(body: bytes) -> Iterator[str]:
    """A body as text, in every encoding in which a JSON reader may take it."""
    yield body.decode("utf-8", "replace")
    if b"\0" in body:
        for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
            yield body.decode(encoding, "replace")
