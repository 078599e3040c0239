"""One run: everything tests share, and the books on what was demanded and what was broken."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from volcheck.checks import Violation, check, check_echo, held_against
from volcheck.contract import Contract
from volcheck.exchange import Exchange
from volcheck.gateway import cleanup
from volcheck.gateway.breaker import Breaker
from volcheck.gateway.budget import Amount, Budget
from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import Blocked, BudgetExhausted, RunStopped
from volcheck.gateway.ledger import Kind, Resource
from volcheck.gateway.ownership import Doubt
from volcheck.gateway.waiting import GONE, Machine, Pace, Seen, least_pause
from volcheck.results.model import Failure
from volcheck.run.api import Api
from volcheck.run.canary import try_first
from volcheck.run.context import CURRENT, Context, NotApplicable
from volcheck.run.demand import shorten
from volcheck.run.guide import Guide
from volcheck.run.lists import Lists
from volcheck.run.observe import Observer, Sight
from volcheck.run.offer import Offer
from volcheck.run.oracle import Oracle
from volcheck.run.readings import Readings
from volcheck.run.record import Recorder, record, written
from volcheck.run.resources import Resources, Standing, accepted, never
from volcheck.run.settings import Settings

#: A deletion is overdue after so many times what deletions mostly take, and so many seconds at the least.
_OVERDUE, _OVERDUE_AT_LEAST = 10, 10.0
#: So many overdue deletions at the same time hold back whatever would create more.
_TOO_MANY = 3
#: So many characters of a sentence, and of a value in it, are kept.
_SENTENCE, _VALUE = 2000, 400
#: A requirement keeps so many different failures; more of them only count.
_KEPT = 8
#: Suites whose requests are generated from a seed, by how their tests' ids begin.
_GENERATED = ("suites/contract/", "suites/model/")
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


@attrs.define
class Books:
    """What is counted and found, by requirement; as plain data."""

    reached: Counter[str] = attrs.field(factory=Counter)
    failures: dict[str, list[Failure]] = attrs.field(factory=dict)
    transitions: list[dict[str, Any]] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)

    def fail(self, requirement: str, failure: Failure) -> None:
        """Note a failure, or count it where the like of it is known."""
        known = self.failures.setdefault(requirement, [])
        key = _VARYING.sub("#", failure["message"])
        for other in known:
            if _VARYING.sub("#", other["message"]) == key:
                other["count"] += failure["count"]
                return
        if len(known) < _KEPT:
            known.append(failure)
        else:
            known[-1]["count"] += failure["count"]


class Run:
    """One run of the suites. Made once per process, after the endpoint was found fit to be tested."""

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        gateway: Gateway,
        recorder: Recorder,
    ) -> None:
        self.settings = settings
        self.contract = contract
        self.gateway = gateway
        self.recorder = recorder
        self.api = Api(gateway, settings.tag, self.may_create)
        self.books = Books()
        self.observer = Observer(
            [status for machine in contract.machines.values() for status in machine.transient]
        )
        self.began = time.monotonic()
        self.first_seen: dict[str, float] = {}
        self.standing = Standing(self)
        self.lists = Lists(self.api, gateway.ledger.get)
        self.offer = Offer(settings)
        self.guide = Guide(contract)
        self.readings = Readings(self.guide.errata)
        limit = Amount(settings.max_volumes, settings.max_snapshots, settings.max_gigabytes)
        self.budget = Budget(limit, gateway.ledger)
        self.pace = Pace(timeout=settings.wait_timeout)
        self._oracle = Oracle(
            self,
            gateway.ledger,
            {"volume": contract.machines["volume"], "snapshot": contract.machines["snapshot"]},
            base_url=settings.base_url,
            projects=dict(gateway.identities()),
        )
        self.breaker = Breaker()
        self._resources = {kind: Resources(self, kind) for kind in ("volume", "snapshot")}
        #: Called once, when as many requirements are broken as `--max-failures` says. Those that are waived don't count.
        self.on_enough: Callable[[], None] = lambda: None
        self.waived: frozenset[str] = frozenset()
        self._failing: set[str] = set()
        self._next_look: dict[str, float] = {}
        #: Of what is to be removed: when that was first tried, and when its deletion was seen accepted.
        self._tried: dict[str, float] = {}
        self._accepted: dict[str, float] = {}
        self._overdue: set[str] = set()
        self._given_up: set[str] = set()
        #: Books, and what watches exchanges, are changed by one thread at a time: the one that judges.
        self._judging = gateway.judging
        gateway.listeners.append(self._heard)
        gateway.ledger.on_made = self._claim
        gateway.ownership.on_doubt = self._doubted
        gateway.whose = _at_work

    @property
    def first_failure(self) -> float | None:
        """Seconds from the run's start until a requirement was first seen broken, or None."""
        return min(self.first_seen.values(), default=None)

    # -- what tests are given -------------------------------------------------------------------------------------

    def resources(self, kind: Kind) -> Resources:
        """Volumes or snapshots, to be made."""
        return self._resources[kind]

    def machine(self, kind: Kind) -> Machine:
        """The status machine of a kind."""
        return self.contract.machines[kind]

    def must_write(self) -> None:
        """Raise NotApplicable in a run that may not change anything."""
        if self.settings.read_only:
            raise NotApplicable("the run is read-only")

    @property
    def patience(self) -> float:
        """Seconds after which room that has not come is not expected any more."""
        return self.pace.timeout

    @property
    def held_back(self) -> bool:
        """Whether nothing should be created for now, as too much of what was deleted is still there."""
        return len(self._overdue) >= _TOO_MANY

    def hopeless(self) -> str | None:
        """Why no more volumes are created, or None."""
        return self.breaker.why(accepted("volume", ""), ("volume", "available"), ("volume", GONE))

    def may_create(self, kind: Kind, fields: object) -> None:
        """Raise Blocked where the last ones of a kind have all come to nothing. fields: what it is to be made with."""
        keys = [accepted(kind, ""), accepted(kind, fields), (kind, "available"), (kind, GONE)]
        if (reason := self.breaker.why(*keys)) is not None:
            raise Blocked(reason)

    def prepare(self, *, shared: bool) -> None:
        """Create and delete the first resources, and create the shared ones where they are asked for.

        Whoever needs them is told where they can't be had.
        """
        try:
            if not (self.settings.read_only or self.settings.judging_only):
                try_first(self)
        finally:
            if shared:
                self.standing.build()

    def hold(self, amount: Amount, *, lasting: bool = False) -> None:
        """Reserve room for the test at work, and wait for it. Raises Blocked where it does not come.

        lasting: until the end of the run.
        """
        context = CURRENT.get()
        if context is None or context.reservation is not None:
            return
        deadline = time.monotonic() + self.patience
        while (reservation := self.budget.admit(amount, lasting=lasting)) is None:
            if (reason := self.budget.too_small_for(amount) or self.hopeless()) is not None:
                raise BudgetExhausted(reason)
            if time.monotonic() > deadline:
                raise BudgetExhausted(
                    "what other tests have created does not go away, so there is no room for it"
                )
            self.gateway.pause(0.05)
        context.reservation = reservation

    def make_room(self) -> None:
        """Reserve what a test needs that creates something although it was not expected to."""
        self.hold(Amount(1, 1, 2 * (self.settings.volume_size + 1)))

    def turn_over(self) -> None:
        """Begin a new piece of a long test: what it has created so far is released, and room is reserved anew."""
        context = CURRENT.get()
        if context is None or context.reservation is None or not context.reservation.ids:
            return
        amount = context.reservation.amount
        self._release(context)
        self.hold(amount)

    def remove_released(self) -> None:
        """Take a step in removing what tests that have ended have created."""
        try:
            self._push(self._abandoned())
        except RunStopped:
            # What is left is removed at the end.
            return
        except Blocked as reason:
            self.problem(f"what tests have created could not be removed yet: {reason}")

    def problem(self, sentence: str) -> None:
        """Note something that went wrong beside the requirements, once."""
        with self._judging:
            if sentence not in self.books.problems:
                self.books.problems.append(sentence)

    def _push(self, resources: list[Resource]) -> None:
        """Take a step in removing those for which one may help by now: what is being made can't be deleted yet, and
        what is being deleted was looked at a moment ago."""
        now = time.monotonic()
        due = []
        for resource in resources:
            kind = resource.kind
            if now < self._next_look.get(
                resource.id, resource.made_at + self._usual(f"{kind} becomes available", 0)
            ):
                continue
            usual = self._usual(f"{kind} is gone", 0.2)
            asked_for = now - self._tried.setdefault(resource.id, now)
            # Asked to go, it is gone after the usual time; not gone by then, it is looked at ever more seldom.
            pause = min(max(usual / 8, 0.02), 2.0) if resource.deleting else max(usual, 0.02)
            self._next_look[resource.id] = now + max(pause, asked_for / 8, least_pause(asked_for))
            if resource.deleting and self.settings.judging_only:
                self.gateway.ledger.forget(resource.id)
            else:
                due.append(resource)
        cleanup.push(self.gateway, due)
        if not self.settings.judging_only:
            for resource in due:
                self._mind_overdue(resource)

    def _mind_overdue(self, resource: Resource) -> None:
        """Count deletions that take far too long, and those that don't come to an end at all, after a look at one."""
        circuit = (resource.kind, GONE)
        if resource.gone:
            if self._accepted.pop(resource.id, None) is not None:
                self._overdue.discard(resource.id)
                self.breaker.worked(circuit)
            return
        now = time.monotonic()
        if resource.deleting:
            self._accepted.setdefault(resource.id, now)
        age = now - self._accepted.get(resource.id, now)
        usual = self._usual(f"{resource.kind} is gone", 0.2)
        if age > max(usual * _OVERDUE, _OVERDUE_AT_LEAST):
            self._overdue.add(resource.id)
        if age > self.settings.wait_timeout and resource.id not in self._given_up:
            self._given_up.add(resource.id)
            self.breaker.failed(circuit, never(resource.kind, GONE, self.settings.wait_timeout))

    def _usual(self, what: str, unknown: float) -> float:
        """Seconds that something mostly takes here."""
        seconds = sorted(self.observer.durations.get(what) or (unknown,))
        return seconds[len(seconds) // 2]

    def _claim(self, resource: Resource) -> None:
        """Let a resource belong to the test that is creating it, until that releases it."""
        context = CURRENT.get()
        if context is not None and context.reservation is not None:
            context.reservation.ids.add(resource.id)

    def _abandoned(self) -> list[Resource]:
        # Nothing is registered meanwhile, so that nothing is taken for abandoned before its test could claim it.
        with self._judging:
            held = self.budget.held()
            return [r for r in self.gateway.ledger.live() if r.id not in held]

    # -- a test begins and ends -----------------------------------------------------------------------------------

    def probe(self) -> None:
        """Ask for what no test has shown of the errata."""
        values = {
            "projectId": self.settings.project_id,
            "snapshotId": self.gateway.guard.invent(),
            "tag": self.settings.tag,
        }
        if (standing := self.standing.any_id) is not None:
            values["volumeId"] = standing
        self.readings.probe(self.gateway.send, values, read_only=self.settings.read_only)

    def close(self, context: Context) -> None:
        """End a test: what it created is asked to go, and what it had reserved is free again."""
        context.ended = time.monotonic()
        self._release(context)

    def _release(self, context: Context) -> None:
        reservation = context.reservation
        if reservation is None:
            return
        context.reservation = None
        self.budget.release(reservation)
        mine = [r for r in self.gateway.ledger.live() if r.id in reservation.ids]
        if mine:
            # Nobody's test asked for this.
            token = CURRENT.set(None)
            try:
                self._push(mine)
            except RunStopped:
                # What is left is removed at the end.
                return
            except Blocked as reason:
                self.problem(f"what {context.test} created could not be removed yet: {reason}")
            finally:
                CURRENT.reset(token)

    # -- the books ------------------------------------------------------------------------------------------------

    def reached(self, requirement: str) -> None:
        """Count that a requirement was really looked at."""
        with self._judging:
            self.books.reached[requirement] += 1

    def violate(
        self,
        requirement: str,
        message: str,
        *,
        expected: str,
        got: str,
        exchange: Exchange | None,
        erratum: str | None = None,
    ) -> None:
        """Note that a requirement was seen broken, whichever test was at work."""
        with self._judging:
            self._violate(requirement, message, expected, got, exchange, erratum)

    def _violate(
        self,
        requirement: str,
        message: str,
        expected: str,
        got: str,
        exchange: Exchange | None,
        erratum: str | None,
    ) -> None:
        context = CURRENT.get()
        self.books.reached[requirement] += 1
        self.first_seen.setdefault(requirement, time.monotonic() - self.began)
        redact = self.gateway.redactor.written
        failure: Failure = {
            "test": context.test if context else "",
            "message": shorten(redact(message), _SENTENCE),
            "expected": shorten(redact(expected), _VALUE),
            "got": shorten(redact(got), _VALUE),
            "exchange": record(self._shown(exchange)) if exchange is not None else None,
            "count": 1,
        }
        if erratum:
            failure["erratum"] = erratum
        self.books.fail(requirement, failure)
        self._count(requirement)
        if context is not None and requirement != context.requirement:
            context.broken.append(f"{requirement}: {failure['message']}")

    def _count(self, requirement: str) -> None:
        """Count a broken requirement where it fails the run, and say when these are enough."""
        known = self.contract.requirements.get(requirement)
        counts = self.settings.strict or (known is not None and known.level == "must")
        if not counts or requirement in self.waived or requirement in self._failing:
            return
        self._failing.add(requirement)
        if len(self._failing) == self.settings.max_failures:
            self.on_enough()

    def quickest(self, kind: Kind, wanted: str) -> float | None:
        """Seconds that a status, or GONE, has taken to come at the least so far, or None."""
        name = "is gone" if wanted == GONE else f"becomes {wanted}"
        return min(self.observer.durations.get(f"{kind} {name}", ()), default=None)

    def note_wait(self, kind: Kind, wanted: str, seen: Seen, *, late: float) -> None:
        """Keep the course of statuses and how long they took. late: seconds after which the waiting began."""
        name = "is gone" if wanted == GONE else f"becomes {wanted}"
        chain = [[status, round(seconds, 3)] for status, seconds in seen.chain]
        with self._judging:
            self.books.transitions.append({"resource": kind, "chain": chain})
            if len(seen.chain) > 1:
                # What was there at the first look has told nothing of the time it takes.
                self.observer.duration(f"{kind} {name}", seen.chain[-1][1] + late)
            self.observer.course(kind, [status for status, _ in seen.chain])

    def _heard(self, exchange: Exchange) -> None:
        context = CURRENT.get()
        if context is not None:
            context.exchanges += 1
        if not exchange.judged:
            self.recorder(self._shown(exchange))
            for violation in check_echo(exchange):
                self._broken(violation, exchange)
            return
        if not self.settings.judging_only:
            self._keep(exchange, context)
        self.books.reached.update(held_against(exchange))
        for violation in check(self.contract, exchange, strict=self.settings.strict):
            self._broken(violation, exchange)
        self._oracle(exchange)

    def _keep(self, exchange: Exchange, context: Context | None) -> None:
        shown = self._shown(exchange)
        self.recorder(shown)
        self.observer(shown, self._sight(context) if context is not None else None)
        self.readings(exchange)

    def _sight(self, context: Context) -> Sight:
        made = context.reservation.ids if context.reservation is not None else ()
        return Sight(
            context.requirement or "",
            context.test.startswith(_GENERATED),
            lambda id: id in made or id in self.standing or id == self.settings.capabilities.attached_volume,
        )

    def _shown(self, exchange: Exchange) -> Exchange:
        return written(exchange, self.gateway.redactor)

    def _doubted(self, doubt: Doubt) -> None:
        self.violate(
            "create.as-asked",
            doubt.message,
            expected=doubt.expected,
            got=doubt.got,
            exchange=doubt.exchange,
        )

    def _broken(self, violation: Violation, exchange: Exchange) -> None:
        self.violate(
            violation.requirement,
            violation.message,
            expected=violation.expected,
            got=violation.got,
            exchange=exchange,
        )


def _at_work() -> str | None:
    context = CURRENT.get()
    return context.test if context is not None else None


def ledger_path(reports: Path, run_id: str, worker: str) -> Path:
    """Where a worker keeps its ledger."""
    return reports / ".ledger" / f"{run_id}-{worker}.jsonl"
