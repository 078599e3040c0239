"""The only way in which tests make volumes and snapshots: what is made here is watched, counted and removed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from volcheck.exchange import Exchange
from volcheck.gateway.budget import Amount
from volcheck.gateway.errors import Blocked, BudgetExhausted, NotProved
from volcheck.gateway.ledger import Kind
from volcheck.gateway.retry_after import is_busy
from volcheck.gateway.waiting import GONE, Seen, WaitFailed, wait
from volcheck.run.context import CURRENT, Context
from volcheck.run.demand import answer, refused_by_quota
from volcheck.run.stock import WANTED, Stock, at_rest, shortage
from volcheck.tag import SLOT

if TYPE_CHECKING:
    from volcheck.run.state import Run

Body = dict[str, Any]

#: Which requirement a failed wait breaks, by what was wanted and why it failed.
_WAIT_REQUIREMENT = {
    ("volume", "available"): "create.becomes-available",
    ("snapshot", "available"): "snapshot-create.becomes-available",
    ("volume", GONE): "delete.completes",
    ("snapshot", GONE): "snapshot-delete.completes",
}


#: Misses after which it is too hard to catch a resource while it is creating, and catches in a row that are proof.
_MISSES, _PROOFS = 3, 4


#: Seconds for which a creation that the run needs is asked for again, where the endpoint is busy or its quota used up.
_INSIST = 20.0
#: The fields that name what a volume is made from.
_SOURCES = ("snapshot_id", "source_volid", "imageRef")


def accepted(kind: Kind, fields: object) -> tuple[str, str, str]:
    """The circuit of creations with such fields, or with such a body: one for each field that names a source."""
    return kind, "accepted", next((name for name in _SOURCES if name in str(fields)), "")


def never(kind: Kind, wanted: str, seconds: float) -> str:
    """What is said of a kind once three of it in a row have not become what was wanted in time."""
    state = f"deleted {kind}s are not gone" if wanted == GONE else f"{kind}s have not become {wanted}"
    return f"{state} after {seconds:g} s, one after the other, so no more of them are created"


class Resources:
    """Volumes or snapshots of the run: `kind` says which."""

    def __init__(self, run: Run, kind: Kind) -> None:
        self._run = run
        self.kind = kind

    @property
    def size(self) -> int:
        """The smallest size to make, GiB (`--volume-size`)."""
        return self._run.settings.volume_size

    def name(self, ending: str = "") -> str:
        """A name that no other run uses. It is no tag: that goes into another field."""
        return f"{self._run.settings.tag}{'-' if ending else ''}{ending}"

    def request(self, fields: Mapping[str, Any]) -> Exchange:
        """Ask for one with exactly these fields (and the tag), whatever the answer.

        Raises Blocked where the last ones have all come to nothing.
        """
        self._run.must_write()
        self._run.make_room()
        api = self._run.api
        return api.create_volume(dict(fields)) if self.kind == "volume" else api.create_snapshot(dict(fields))

    def started(self, exchange: Exchange) -> Body:
        """The body of an accepted creation.

        An answer that is no acceptance breaks the requirement that valid creations are accepted; the test at work is
        then blocked, as its own requirement is another one.
        """
        body = exchange.json()
        item = body.get(self.kind) if isinstance(body, dict) else None
        what = "a volume" if self.kind == "volume" else "a snapshot"
        if exchange.status == 202 and isinstance(item, dict) and isinstance(item.get("id"), str):
            if self._run.gateway.ledger.get(item["id"]) is None:
                raise NotProved(
                    f"the endpoint answered a request to make {what} with something else: {item['id']}"
                )
            self._run.breaker.worked(accepted(self.kind, exchange.request.body))
            return item
        if exchange.status >= 500 and not is_busy(exchange):
            self._run.breaker.failed(
                accepted(self.kind, exchange.request.body),
                f"requests to make {what} are answered {exchange.status}, one after the other, so no more are sent",
            )
        if refused_by_quota(exchange):
            self._run.budget.lower(self.kind)
            raise BudgetExhausted(
                f"{what} could not be made, as the project's quota is used up: raise it, or remove what is not needed "
                f"({answer(exchange)})"
            )
        if exchange.response is None or is_busy(exchange) or exchange.status == 413:
            raise Blocked(f"{what} could not be made: {answer(exchange)}")
        self._run.violate(
            "create.accepted" if self.kind == "volume" else "snapshot-create.accepted",
            f"a valid request to make {what} is not accepted",
            expected="202 with the new resource and its id",
            got=answer(exchange),
            exchange=exchange,
        )
        raise Blocked(f"{what} could not be made: {answer(exchange)}")

    def ask(self, fields: Mapping[str, Any]) -> Body:
        """Ask for one that the run needs, with patience where the endpoint is busy or the quota used up for now.

        The body of the accepted creation. Raises Blocked as `started` does.
        """
        run = self._run
        deadline = time.monotonic() + min(run.settings.wait_timeout, _INSIST)
        while True:
            exchange = self.request(fields)
            full = refused_by_quota(exchange)
            if full:
                run.budget.lower(self.kind)
            if not (full or is_busy(exchange)) or time.monotonic() > deadline:
                return self.started(exchange)
            run.gateway.pause(1.0)

    def make(self, **fields: Any) -> Body:
        """Make one and wait until it is available. Volumes get the smallest size where none is given."""
        [made] = self.make_all([fields])
        return made

    def make_all(self, wishes: Sequence[Mapping[str, Any]]) -> list[Body]:
        """Make several, their waits overlapping; in the order of the wishes."""
        started = []
        for fields in wishes:
            if self.kind == "volume" and not {"snapshot_id", "source_volid"} & set(fields):
                fields = {"size": self.size, **fields}
            started.append(self.ask(fields))
        return [self.until(item["id"], "available", since=item.get("status")).body for item in started]

    def while_creating(self, act: Callable[[str], Exchange], **fields: Any) -> tuple[Body, Exchange]:
        """Make one and do something with it while it is certainly still creating.

        Returns the new resource and the exchange of `act`. A refused request is returned as it is. An accepted one proves
        something where the resource is still creating after it. Where it has gone by then, it does when others, made in
        turn, were all still creating after twice the time. Raises Blocked where creating is too fast for that. At most
        two exist at once.
        """
        run = self._run
        if self.kind == "volume":
            fields = {"size": self.size, **fields}
        proofs = misses = 0
        for _ in range(_MISSES + _PROOFS):
            run.turn_over()
            began = time.monotonic()
            made = self.started(self.request(fields))
            exchange = act(made["id"])
            spent = time.monotonic() - began
            status = self._status(made["id"])
            if exchange.status >= 400 or status == "creating":
                return made, exchange
            if status in (None, "deleting"):
                other = self.started(self.request(fields))
                run.gateway.pause(2 * spent)
                status = self._status(other["id"])
            proofs, misses = (proofs + 1, misses) if status == "creating" else (0, misses + 1)
            if proofs == _PROOFS:
                return made, exchange
            if misses == _MISSES:
                break
        raise Blocked(
            f"a {self.kind} is made too fast here, or answers come too slowly, to catch one that is still creating"
        )

    def _status(self, resource_id: str) -> object:
        """The status shown now, or None where nothing is shown."""
        api = self._run.api
        shown = api.show_volume(resource_id) if self.kind == "volume" else api.show_snapshot(resource_id)
        body = shown.json()
        item = body.get(self.kind) if isinstance(body, dict) else None
        return item.get("status") if isinstance(item, dict) else None

    def until(
        self, resource_id: str, wanted: str, *, since: object = None, begun: float | None = None
    ) -> Seen:
        """Wait for a status, or for GONE. begun: when that was asked for, on the monotonic clock, where it was not just now.

        A wait that fails breaks the requirement that the status comes (or that transitions are legal); the test
        at work is blocked.
        """
        run = self._run
        resource = run.gateway.ledger.get(resource_id)
        circuit = (self.kind, wanted)
        if (reason := run.breaker.why(circuit)) is not None:
            raise Blocked(reason)
        began = time.monotonic()
        if begun is None and resource is not None and since == "creating":
            begun = resource.made_at
        late = 0.0 if begun is None else began - begun
        try:
            seen = wait(
                run.gateway,
                run.machine(self.kind),
                self.kind,
                resource_id,
                wanted,
                pace=run.pace,
                late=late,
                since=since if isinstance(since, str) else None,
                usual=lambda: run.quickest(self.kind, wanted),
            )
        except WaitFailed as failure:
            requirement = _WAIT_REQUIREMENT[self.kind, wanted]
            if failure.why == "illegal":
                requirement = "status.legal-transitions"
            if failure.why == "timeout":
                run.breaker.failed(circuit, never(self.kind, wanted, run.pace.timeout))
            elif failure.why == "error":
                run.breaker.failed(
                    circuit,
                    f"{self.kind}s go to an error status, one after the other, so no more of them are created",
                )
            run.violate(
                requirement,
                str(failure),
                expected=failure.expected,
                got=failure.got,
                exchange=failure.exchange,
            )
            raise Blocked(str(failure)) from None
        run.breaker.worked(circuit)
        run.reached(_WAIT_REQUIREMENT[self.kind, wanted])
        if resource is not None:
            run.note_wait(self.kind, wanted, seen, late=late)
        return seen

    def remove(self, resource_id: str) -> Seen:
        """Delete one, demand acceptance as `started` does, and wait until it is gone."""
        self.delete(resource_id)
        return self.until(resource_id, GONE, since="deleting")

    def delete(self, resource_id: str) -> Exchange:
        """Delete one, and demand acceptance as `started` does."""
        api = self._run.api
        exchange = (
            api.delete_volume(resource_id) if self.kind == "volume" else api.delete_snapshot(resource_id)
        )
        if exchange.response is None or is_busy(exchange):
            raise Blocked(f"{self.kind} {resource_id} could not be deleted: {answer(exchange)}")
        if exchange.status != 202:
            self._run.violate(
                "delete.accepted" if self.kind == "volume" else "snapshot-delete.accepted",
                f"the deletion of an available {self.kind} is not accepted",
                expected="202",
                got=answer(exchange),
                exchange=exchange,
            )
            self._run.breaker.failed(
                (self.kind, GONE),
                f"deletions of {self.kind}s are answered {exchange.status}, one after the other, so no more are created",
            )
            raise Blocked(f"{self.kind} {resource_id} could not be deleted: {answer(exchange)}")
        return exchange


class Standing:
    """What stands through the whole run for tests that only look: volumes of distinct names, of which two begin
    alike, two of most sizes, one so large that its size has more digits, and snapshots of the second.

    A read-only run creates nothing and takes what it finds. Whoever asks for any of it waits until everything is there.
    """

    NAMES = ("delta", "Alpha", "charlie", "볼륨-가", "bravo", "delay")
    EXTRA = (0, 1, 0, 1, 2, 9)

    def __init__(self, run: Run) -> None:
        self._run = run
        self._volumes: Stock[Body] = Stock()
        self._snapshots: Stock[Body] = Stock()
        self._missing: str | None = "the run's shared volumes could not be created"
        self._settled = threading.Event()

    def build(self) -> None:
        """Create, or find, what is shared. Called once; where it fails, whoever asks for it is told why."""
        try:
            if self._run.settings.read_only:
                self._find()
            else:
                base = self._run.settings.volume_size
                gigabytes = sum(base + extra for extra in self.EXTRA) + 3 * (base + 1)
                # The context is never closed: what stands is removed with everything else at the end of the run.
                CURRENT.set(Context("shared resources", None))
                self._run.hold(Amount(len(self.NAMES), 3, gigabytes), lasting=True)
                self._build()
            self._missing = None
        except Blocked as reason:
            self._missing = f"the run's shared volumes are not there: {reason}"
        finally:
            self._settled.set()

    def ready(self) -> None:
        """Wait until everything is there. Raises Blocked where it could not be had."""
        self._settled.wait()
        if self._missing is not None:
            raise Blocked(self._missing)

    @property
    def volumes(self) -> Stock[Body]:
        """The volumes, as they were shown when they had become available; at least one.

        Raises Blocked where they are not there, where a read-only run has found none, and for one that it has not found.
        """
        self.ready()
        self._volumes.need(1)
        return self._volumes

    @property
    def snapshots(self) -> Stock[Body]:
        """The snapshots, likewise."""
        self.ready()
        self._snapshots.need(1)
        return self._snapshots

    @property
    def any_id(self) -> str | None:
        """The id of a volume, or None where none stands."""
        return next((volume["id"] for volume in self._volumes), None)

    @property
    def ids(self) -> Stock[str]:
        """The ids of the volumes, likewise."""
        return Stock(volume["id"] for volume in self.volumes)

    def __contains__(self, resource_id: object) -> bool:
        """Whether an id is that of a volume or snapshot that stands."""
        return any(item.get("id") == resource_id for item in (*self._volumes, *self._snapshots))

    def _build(self) -> None:
        run = self._run
        base = run.settings.volume_size
        volumes = run.resources("volume").make_all(
            [
                {
                    "size": base + extra,
                    "name": f"{name} {run.settings.tag}",
                    "metadata": {"number": str(number), "purpose": "standing"},
                }
                for number, (name, extra) in enumerate(zip(self.NAMES, self.EXTRA, strict=True))
            ]
        )
        self._volumes = Stock(volumes)
        snapshots = run.resources("snapshot").make_all(
            [
                {
                    "volume_id": volumes[1]["id"],
                    "name": f"{name} {run.settings.tag}",
                    "description": f"{name} {SLOT}",
                }
                for name in ("second", "First", "스냅숏")
            ]
        )
        self._snapshots = Stock(snapshots)

    def _find(self) -> None:
        """Take volumes and snapshots that are there and at rest, and say once where they are too few."""
        self._volumes = Stock(self._resting("list_volumes_detail", "volume"))
        self._snapshots = Stock(self._resting("list_snapshots_detail", "snapshot"))
        if (lacking := shortage(len(self._volumes), len(self._snapshots))) is not None:
            self._run.books.problems.append(lacking)

    def _resting(self, listing: str, kind: Kind) -> list[Body]:
        """What is at rest on the first page of a list, or in all of it where that is too little."""
        lists, transient = self._run.lists, self._run.contract.machines[kind].transient
        page = lists.look(listing)
        found = at_rest(lists.items(page), transient)
        if len(found) < WANTED and lists.next_link(page) is not None:
            found = at_rest(lists.walk(listing).items, transient)
        return found
