"""Proof that a resource is the run's own.

Every creation carries the run's tag. Its answer has to show it: the same text in the same field as one of the run's
requests sent. What was answered is then looked at once more before anything is done to it, and again has to show
the tag. What is not proved so is never changed and never used; the run says so, and goes on without it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import unquote

import attrs

from volcheck.endpoint.model import Endpoint
from volcheck.gateway.claim import objection
from volcheck.gateway.errors import GatewayRefusal, NotProved
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Kind, Ledger, Resource, Unproved
from volcheck.gateway.links import segment
from volcheck.gateway.tag import tag_of

#: What a tag may stand in.
_TELLTALE = frozenset({"name", "description", "metadata"})
#: Statuses with which somebody in between says that the service has not answered: it may still be at work.
_FROM_BETWEEN = frozenset({502, 504})
#: What is made by a POST to a collection, or below it.
_COLLECTIONS: Mapping[str, Kind] = {"volumes": "volume", "snapshots": "snapshot"}
_KINDS: tuple[Kind, ...] = ("volume", "snapshot")
_SHOWS: Mapping[str | None, Kind] = {"showVolume": "volume", "showSnapshot": "snapshot"}
_SHORT_LISTS: Mapping[str | None, str] = {"listVolumes": "volumes", "listSnapshots": "snapshots"}
_DETAILED_LISTS: Mapping[str | None, str] = {
    "listVolumesDetail": "volumes",
    "listSnapshotsDetail": "snapshots",
}
#: Fields by which an object can be taken for a request to make something.
_TELLING = ("size", "volume_id", "snapshot_id", "source_volid", "imageRef")
#: Several hosts behind one address may differ by this many seconds.
_CLOCKS = 300.0
#: So many creations of a kind may be answered with what is not proved; then no more of that kind are made.
_ENOUGH = 3

#: A field and the text in it by which something shows whose it is.
Mark = tuple[str, str]
Body = Mapping[str, Any]


@attrs.frozen
class Asked:
    """A request that may make something: the number of its entry in the ledger, and when it was sent.

    moment: by the guard's count of what it has seen. sent: on the monotonic clock.
    """

    number: int
    kind: Kind
    project: str | None
    moment: int
    sent: float


@attrs.frozen
class Doubt:
    """A creation's answer that is not proved to be about what was created, or a later look that disproves it."""

    exchange: Exchange
    kind: Kind
    message: str
    expected: str
    got: str


class Ownership:
    """Knows what is proved to be the run's. Learns from every exchange; tells `on_doubt` of what is not proved."""

    def __init__(self, endpoint: Endpoint, ledger: Ledger, guard: Guard) -> None:
        self.on_doubt: Callable[[Doubt], None] = lambda doubt: None
        self._endpoint = endpoint
        self._ledger = ledger
        self._guard = guard
        self._tag = f"volcheck-{ledger.run_id}"
        self._marks: set[Mark] = set()
        self._clock = _Clock()
        self._lock = threading.Lock()

    # -- before a request -----------------------------------------------------------------------------------------

    def admit(self, method: str, path: str, body: bytes | None) -> None:
        """Raise GatewayRefusal for a request that could make something without the run's tag.

        Raises NotProved where the endpoint has answered several such requests with what is not the run's.
        """
        kind = _kind_made(method, path)
        if kind is None:
            return
        if any(not list(_marks(each, self._tag)) for each in _makings(body, self._tag)):
            raise GatewayRefusal(
                f"POST {path} was not sent: what it makes would not carry {self._tag} in its name, description or metadata, "
                "and so could not be found again."
            )
        doubted = [each for each in self._ledger.open() if each.kind == kind and each.accepted]
        if len(doubted) >= _ENOUGH:
            raise NotProved(
                f"no more {kind}s are made: the endpoint has answered {len(doubted)} creations with what is not proved to be "
                "the run's"
            )

    def asks(self, method: str, path: str, body: bytes | None) -> Asked | None:
        """Write down that something may be about to exist, before the request leaves; None where nothing can."""
        if method == "DELETE":
            self._ledger.deletion_sent(_last(path))
        kind = _kind_made(method, path)
        if kind is None:
            return None
        makings = list(_makings(body, self._tag))
        with self._lock:
            for fields in makings:
                self._marks.update(_marks(fields, self._tag))
        names = [fields["name"] for fields in makings if isinstance(fields.get("name"), str)]
        project = self._project(path)
        number = self._ledger.intend(kind, names[0] if names else None, project)
        return Asked(number, kind, project, self._guard.moment(), time.monotonic())

    def not_sent(self, asked: Asked | None) -> None:
        """Note that a request never left, so that nothing came of it."""
        if asked is not None:
            self._ledger.refused(asked.number)

    # -- after it -------------------------------------------------------------------------------------------------

    def learn(self, exchange: Exchange, asked: Asked | None, who: str | None) -> None:
        """Keep ledger and guard true: what was made, what is shown, what is being deleted, what is gone.

        who: whose token went along, `main` or `other`; None for any other.
        """
        status, method, operation = exchange.status, exchange.request.method, exchange.operation
        if asked is not None:
            self._answered(exchange, asked)
        elif method == "GET" and status == 200:
            if operation == "listVolumeTypes":
                # A creation may name a type by its id, which changes nothing about the type.
                for type_id in _ids(exchange.items("volume_types") or ()):
                    self._guard.allow_mention(type_id)
            elif key := _SHORT_LISTS.get(operation) or _DETAILED_LISTS.get(operation):
                items = exchange.items(key) or []
                self._guard.saw(_ids(items))
                if operation in _DETAILED_LISTS:
                    self._listed(exchange, items, who)
            elif operation in _SHOWS:
                self._shown(exchange, _SHOWS[operation], who)
        elif method == "DELETE" and 200 <= status < 300:
            self._ledger.deleting(_last(exchange.request.path))
        elif method == "DELETE" and 400 <= status < 500 and status != 404:
            self._ledger.deletion_refused(_last(exchange.request.path))
        elif method == "GET" and status == 404 and operation is not None:
            resource = self._asked_by_owner(exchange, who)
            # A 404 that comes before any deletion is the endpoint's fault, and cleaning up must still try; of what is left of
            # another run anybody may have removed it. What only a deletion answers with 404 may well be there.
            if resource is not None and (resource.deleting or self._ledger.is_of_another_run(resource)):
                self._ledger.gone(resource.id)

    def _answered(self, exchange: Exchange, asked: Asked) -> None:
        status = exchange.status
        if 400 <= status < 500:
            self._ledger.refused(asked.number)
        elif status in _FROM_BETWEEN or status < 200 or 300 <= status < 400:
            self._ledger.lost(asked.number)
        if not 200 <= status < 300:
            # No answer, or a fault: it may have been made all the same.
            return
        found = next(
            ((kind, item) for kind in (asked.kind, *_KINDS) if (item := exchange.member(kind)) is not None),
            None,
        )
        if found is None:
            self._ledger.accepted(asked.number, id="", name="", status="unknown")
            return
        kind, item = found
        resource_id = item.get("id")
        if resource_id == _last(exchange.request.path):
            # What was posted to has answered, and not something new.
            self._ledger.refused(asked.number)
            return
        reason = self._why_not(asked, kind, item)
        known = self._ledger.get(_text(resource_id))
        again = known is not None and not known.gone
        if reason is None:
            self._clock.learn(item.get("created_at"), asked.sent)
            self._ledger.register(
                attrs.evolve(resource_of(kind, item), project=asked.project, intent=asked.number)
            )
            if again:
                # Of that id one is in the ledger. Should there be another, the lists show it.
                self._tell(exchange, kind, "an earlier creation was answered with the same id", item)
            return
        self._ledger.accepted(
            asked.number,
            id=_text(resource_id),
            name=_text(item.get("name")),
            status=_text(item.get("status")) or "unknown",
        )
        if isinstance(resource_id, str) and resource_id and not again:
            self._ledger.doubt(
                Unproved(
                    kind,
                    resource_id,
                    _text(item.get("name")),
                    _text(item.get("status")) or "unknown",
                    reason,
                    asked.number,
                    asked.project,
                )
            )
        self._tell(exchange, kind, reason, item)

    def _why_not(self, asked: Asked, kind: Kind, item: Body) -> str | None:
        """Why what a creation's answer shows is not proved to be what it made, as a clause; None where it is."""
        resource_id = item.get("id")
        if kind != asked.kind:
            return f"it is a {kind}"
        if not addressable(resource_id):
            return f"its id is {_quoted(resource_id)}, which no request can name"
        if self._guard.shown_before(str(resource_id), asked.moment):
            return "it was there before it was asked for"
        if not self._carries(item):
            return "it does not carry the tag that was sent"
        if self._clock.is_before_run(item.get("created_at")):
            return f"it is older than the run (created_at {_quoted(item.get('created_at'))})"
        return None

    def _listed(self, exchange: Exchange, items: Sequence[Body], who: str | None) -> None:
        for item in items:
            resource = self._ledger.get(_text(item.get("id")))
            if (
                resource is not None
                and self._owns(exchange, who, resource)
                and not (resource.proved and not _TELLTALE & item.keys())
            ):
                # Where a list shows something else, a look at the resource itself decides before it is touched again.
                resource.proved = self._not_shown(item, resource) is None

    def _shown(self, exchange: Exchange, kind: Kind, who: str | None) -> None:
        resource = self._asked_by_owner(exchange, who)
        item = exchange.member(kind)
        if resource is None or resource.gone or item is None or item.get("id") != resource.id:
            return
        reason = self._not_shown(item, resource)
        if reason is None:
            resource.proved = True
            return
        if resource.proved and not _TELLTALE & item.keys():
            # It says nothing of whose it is.
            return
        resource.proved = False
        self._ledger.doubt(
            Unproved(
                kind,
                resource.id,
                _text(item.get("name")),
                _text(item.get("status")) or "unknown",
                reason,
                resource.intent,
                resource.project,
            )
        )
        self._tell(exchange, kind, reason, item)

    def _not_shown(self, item: Body, resource: Resource) -> str | None:
        """Why what is shown of a resource does not prove whose it is, as a clause; None where it does."""
        if self._ledger.is_of_another_run(resource):
            project = resource.project or self._endpoint.identity.project_id
            return objection(resource.kind, item, run_id=resource.run or "", project=project)
        if self._carries(item) or tag_of(item) == self._ledger.run_id:
            return None
        return "a look at it does not show the tag that was sent"

    def _carries(self, item: Body) -> bool:
        """Whether something carries, field by field, what a request of this run has sent."""
        with self._lock:
            return any(mark in self._marks for mark in _marks(item, self._tag))

    def _tell(self, exchange: Exchange, kind: Kind, reason: str, item: Body) -> None:
        shown = {key: item[key] for key in ("id", "name", "created_at") if key in item}
        self.on_doubt(
            Doubt(
                exchange,
                kind,
                f"a creation of a {kind} is answered with something else: {reason}",
                f"the new {kind}, with the tag that was sent",
                json.dumps(shown, ensure_ascii=False).encode("utf-8", "backslashreplace").decode(),
            )
        )

    # -- whose it is ----------------------------------------------------------------------------------------------

    def _project(self, path: str) -> str | None:
        """The project of a path, None for the run's own."""
        project = unquote(path.split("/")[1])
        return None if project == self._endpoint.identity.project_id else project

    def _owns(self, exchange: Exchange, who: str | None, resource: Resource) -> bool:
        """Whether a resource was asked for by the identity whose it is, in its own project."""
        return who == owner_of(self._endpoint, resource) and self._project(exchange.request.path) == (
            resource.project
        )

    def _asked_by_owner(self, exchange: Exchange, who: str | None) -> Resource | None:
        resource = self._ledger.get(_last(exchange.request.path))
        return resource if resource is not None and self._owns(exchange, who, resource) else None


class _Clock:
    """When the run began by the endpoint's clock, which may be years off ours, as its first creation showed it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._beginning: float | None = None
        self._lock = threading.Lock()

    def learn(self, created_at: object, sent: float) -> None:
        """Take the time of a creation that is proved and was asked for at `sent` (monotonic)."""
        moment = _moment(created_at)
        with self._lock:
            if moment is not None and self._beginning is None:
                self._beginning = moment - (sent - self._began)

    def is_before_run(self, created_at: object) -> bool:
        """Whether a time lies before the run; False where that can't be known."""
        moment = _moment(created_at)
        return moment is not None and self._beginning is not None and moment < self._beginning - _CLOCKS


# -- what is asked, and what is shown -----------------------------------------------------------------------------


def resource_of(kind: Kind, item: Body) -> Resource:
    """The resource that an answer shows; `item` has an id that is a text."""
    size, volume_id = item.get("size"), item.get("volume_id")
    return Resource(
        kind=kind,
        id=item["id"],
        name=str(item.get("name") or ""),
        size=size if isinstance(size, int) and not isinstance(size, bool) else 1,
        volume_id=volume_id if isinstance(volume_id, str) else None,
    )


def addressable(resource_id: object) -> bool:
    """Whether an id can stand in a path and mean nothing else there."""
    return (
        isinstance(resource_id, str)
        and 0 < len(resource_id) <= 255
        and resource_id not in (".", "..", "detail")
        and all(letter.isalnum() or letter in "-_.~:@+=," for letter in resource_id)
    )


def owner_of(endpoint: Endpoint, resource: Resource) -> Literal["main", "other"]:
    """Whose resource it is: `main` or `other`."""
    other = endpoint.other
    return "other" if other is not None and resource.project == other.project_id else "main"


def path_of(endpoint: Endpoint, resource: Resource) -> str:
    """Where a resource is shown and deleted, below the base URL."""
    project = resource.project or endpoint.identity.project_id
    return f"/{segment(project)}/{resource.kind}s/{segment(resource.id)}"


def _kind_made(method: str, path: str) -> Kind | None:
    """What a request makes, if it makes anything: a POST to a collection, or to what looks like a member of it."""
    segments = [part for part in unquote(path).split("/") if part]
    if method.strip().upper() != "POST" or len(segments) not in (2, 3):
        return None
    return _COLLECTIONS.get(segments[1])


def _makings(body: bytes | None, tag: str) -> Iterator[Body]:
    """Every object in a body that an endpoint could take for the fields of something to make.

    Of equal names either may count, so that an object of which one is without a tag counts as being without it.
    """
    if not body:
        return
    try:
        whole = json.loads(body, object_pairs_hook=_Members, parse_constant=str)
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
        # A lenient reader may find something in it.
        if any(field in text for field in _TELLING):
            yield {"name": text} if tag in text else {}
        return
    if not isinstance(whole, _Members):
        return
    if whole.tells():
        yield whole.fields()
    for key, value in whole:
        for each in value if isinstance(value, list) and not isinstance(value, _Members) else (value,):
            if isinstance(each, _Members) and (key in _KINDS or each.tells()):
                yield each.fields()


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object, repeated names included."""

    def tells(self) -> bool:
        """Whether it looks like something to be made."""
        return any(key in _TELLING for key, _ in self)

    def fields(self) -> dict[str, Any]:
        """As a dictionary, without the names that are repeated."""
        names = [key for key, _ in self]
        return {
            key: value.fields() if isinstance(value, _Members) else value
            for key, value in self
            if names.count(key) == 1
        }


def _marks(fields: Body, tag: str) -> Iterator[Mark]:
    """Where something carries a tag, and the text that does. Outer spaces don't count: Cinder cuts them off."""
    for name in ("name", "description"):
        text = fields.get(name)
        if isinstance(text, str) and tag in text:
            yield name, text.strip()
    metadata = fields.get("metadata")
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            if isinstance(value, str) and tag in value:
                yield f"metadata {key}", value.strip()


def _ids(items: Sequence[Body]) -> list[str]:
    return [each["id"] for each in items if isinstance(each.get("id"), str)]


def _last(path: str) -> str:
    return unquote(path.rstrip("/").rsplit("/", 1)[-1])


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else _quoted(value)


def _quoted(value: object) -> str:
    """A value for a message, as JSON, not too long."""
    return json.dumps(value, default=str)[:100]


def _moment(text: object) -> float | None:
    """Seconds since the epoch of a time as text, in UTC unless it says otherwise; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
