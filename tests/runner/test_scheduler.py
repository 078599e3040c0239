"""What starts when: phases, room, and what becomes of tests for which there is none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from volcheck.fixtures.context import CURRENT, Context
from volcheck.gateway.budget import Amount, Budget
from volcheck.gateway.errors import Blocked, BudgetExhausted
from volcheck.gateway.ledger import Ledger
from volcheck.runner.scheduler import Job, Phase, Scheduler

LONG = 60


class Host:
    """A run of which nothing is real but the budget."""

    def __init__(self, limit: Amount) -> None:
        self.budget = Budget(limit, Ledger(None, run_id="20261201T000000Z-abcdef"))
        self.held_back = False
        self.patience = float(LONG)
        self.reason: str | None = None
        self.closed: list[str] = []
        self.steps = 0

    def hopeless(self) -> str | None:
        return self.reason

    def close(self, context: Context) -> None:
        self.closed.append(context.test)
        if context.reservation is not None:
            self.budget.release(context.reservation)

    def remove_released(self) -> None:
        self.steps += 1


class Course:
    """Notes what begins and ends, in order. A test goes on when it is let go."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.gates: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def note(self, event: str) -> None:
        with self._lock:
            self.events.append(event)

    def waits(self, name: str) -> Callable[[], None]:
        gate = self.gates.setdefault(name, threading.Event())

        def call() -> None:
            self.note(f"+{name}")
            assert gate.wait(LONG)
            self.note(f"-{name}")

        return call

    def quick(self, name: str) -> Callable[[], None]:
        return lambda: self.note(f"+{name}")

    def until(self, *events: str) -> None:
        deadline = time.monotonic() + LONG
        while not set(events) <= set(self.events):
            assert time.monotonic() < deadline, self.events
            time.sleep(0.005)


def job(
    name: str, call: Callable[[], None], phase: Phase = Phase.BUSY, *, volumes: int = 1, shared: bool = False
) -> Job:
    amount = Amount(volumes, 0, volumes) if phase is Phase.BUSY else Amount()
    return Job(Context(name, None), call, phase, amount, shared)


@pytest.fixture
def course() -> Course:
    return Course()


@pytest.fixture
def play() -> Iterator[Callable[..., Scheduler]]:
    """Starts a scheduler, and stops it in the end."""
    started: list[Scheduler] = []

    def start(host: Host, *jobs: Job, prepare: Callable[..., None] = lambda *, shared: None) -> Scheduler:
        scheduler = Scheduler(host, prepare, jobs)
        started.append(scheduler)
        scheduler.start()
        return scheduler

    yield start
    for scheduler in started:
        scheduler.stop("the test is over")


def test_what_holds_most_starts_first_and_the_rest_as_room_comes(course, play) -> None:
    host = Host(Amount(3, 0, 3))
    scheduler = play(
        host,
        job("one", course.waits("one"), volumes=1),
        job("two", course.waits("two"), volumes=2),
        job("three", course.waits("three"), volumes=3),
    )
    course.until("+three")
    time.sleep(0.3)
    assert course.events == ["+three"]
    course.gates["three"].set()
    course.until("+two", "+one")
    for gate in course.gates.values():
        gate.set()
    for name in ("one", "two", "three"):
        scheduler.result(name)
    assert host.budget.used() == Amount()
    assert sorted(host.closed) == ["one", "three", "two"]


def test_busy_tests_wait_for_the_last_quiet_one(course, play) -> None:
    scheduler = play(
        Host(Amount(9, 9, 9)),
        job("busy", course.quick("busy")),
        job("quiet", course.waits("quiet"), Phase.QUIET),
    )
    course.until("+quiet")
    time.sleep(0.3)
    assert course.events == ["+quiet"]
    course.gates["quiet"].set()
    scheduler.result("busy")
    assert course.events == ["+quiet", "-quiet", "+busy"]


def test_only_what_needs_nothing_starts_before_the_shared_resources_are_there(course, play) -> None:
    there = threading.Event()
    asked: list[bool] = []

    def prepare(*, shared: bool) -> None:
        asked.append(shared)
        assert there.wait(LONG)

    scheduler = play(
        Host(Amount(9, 9, 9)),
        job("busy", course.quick("busy")),
        job("quiet", course.quick("quiet"), Phase.QUIET),
        job("looks", course.quick("looks"), Phase.ANY, shared=True),
        job("any", course.quick("any"), Phase.ANY),
        prepare=prepare,
    )
    scheduler.result("any")
    time.sleep(0.3)
    assert course.events == ["+any"]
    there.set()
    for name in ("busy", "quiet", "looks"):
        scheduler.result(name)
    assert asked == [True]


@pytest.mark.parametrize("phase", [Phase.QUIET, Phase.BUSY])
def test_shared_resources_are_not_asked_for_where_no_test_uses_them(course, play, phase) -> None:
    asked: list[bool] = []
    scheduler = play(
        Host(Amount(9, 9, 9)),
        job("one", course.quick("one"), phase),
        prepare=lambda *, shared: asked.append(shared),
    )
    scheduler.result("one")
    assert asked == [False]


def test_nothing_is_prepared_for_tests_that_only_look(course, play) -> None:
    asked: list[bool] = []
    scheduler = play(
        Host(Amount()),
        job("one", course.quick("one"), Phase.ANY),
        prepare=lambda *, shared: asked.append(shared),
    )
    scheduler.result("one")
    assert asked == []


def test_a_preparation_that_breaks_down_blocks_every_test_that_waits_for_it(course, play) -> None:
    def prepare(*, shared: bool) -> None:
        raise ValueError("a fault of ours")

    scheduler = play(
        Host(Amount(9, 9, 9)),
        job("quiet", course.quick("quiet"), Phase.QUIET),
        job("busy", course.quick("busy")),
        prepare=prepare,
    )
    for name in ("quiet", "busy"):
        with pytest.raises(Blocked, match="broke down: ValueError: a fault of ours"):
            scheduler.result(name)
    assert course.events == []


def test_a_test_that_can_never_have_room_is_told_so_at_once(course, play) -> None:
    scheduler = play(
        Host(Amount(2, 0, 9)),
        job("large", course.quick("large"), volumes=3),
        job("small", course.quick("small"), volumes=2),
    )
    with pytest.raises(BudgetExhausted, match=r"needs 3 volumes.*--max-volumes"):
        scheduler.result("large")
    scheduler.result("small")
    assert course.events == ["+small"]


def test_a_test_is_told_why_nothing_more_is_created(course, play) -> None:
    host = Host(Amount(1, 0, 1))
    host.reason = "no volume becomes available"
    host.held_back = True
    scheduler = play(host, job("one", course.quick("one")))
    with pytest.raises(BudgetExhausted, match="no volume becomes available"):
        scheduler.result("one")
    assert course.events == []


def test_tests_wait_as_long_as_the_run_is_held_back(course, play) -> None:
    host = Host(Amount(1, 0, 1))
    host.held_back = True
    scheduler = play(host, job("one", course.quick("one")))
    time.sleep(0.4)
    assert course.events == []
    host.held_back = False
    scheduler.result("one")


def test_room_that_does_not_come_is_given_up_once_nothing_is_at_work(course, play) -> None:
    host = Host(Amount(1, 0, 1))
    host.patience = 0.3
    left = host.budget.admit(Amount(1, 0, 1))
    scheduler = play(host, job("one", course.quick("one")))
    with pytest.raises(BudgetExhausted, match="does not go away"):
        scheduler.result("one")
    assert left is not None


def test_room_is_waited_for_as_long_as_another_test_is_at_work(course, play) -> None:
    host = Host(Amount(1, 0, 1))
    host.patience = 0.1
    scheduler = play(
        host, job("first", course.waits("first"), volumes=1), job("second", course.quick("second"))
    )
    course.until("+first")
    time.sleep(0.5)
    course.gates["first"].set()
    scheduler.result("second")
    assert course.events == ["+first", "-first", "+second"]


def test_what_a_test_raises_is_raised_where_its_result_is_asked_for(course, play) -> None:
    def fail() -> None:
        raise ValueError("seen")

    host = Host(Amount(1, 0, 1))
    scheduler = play(host, job("one", fail), job("two", course.quick("two")))
    with pytest.raises(ValueError, match="seen"):
        scheduler.result("one")
    scheduler.result("two")
    assert sorted(host.closed) == ["one", "two"]


def test_what_closing_raises_does_not_hide_what_the_test_raised(course, play) -> None:
    class Clumsy(Host):
        def close(self, context: Context) -> None:
            super().close(context)
            raise OSError("cannot be closed")

    def fail() -> None:
        raise ValueError("seen")

    scheduler = play(Clumsy(Amount(2, 0, 2)), job("fails", fail), job("ends", course.quick("ends")))
    with pytest.raises(ValueError, match="seen"):
        scheduler.result("fails")
    with pytest.raises(OSError, match="cannot be closed"):
        scheduler.result("ends")


def test_a_stop_blocks_what_waits_and_lets_what_is_at_work_end(course, play) -> None:
    scheduler = play(
        Host(Amount(1, 0, 1)), job("works", course.waits("works")), job("waits", course.quick("waits"))
    )
    course.until("+works")
    scheduler.halt("interrupted")
    scheduler.halt("and again")
    with pytest.raises(Blocked, match=r"^interrupted$"):
        scheduler.result("waits")
    course.gates["works"].set()
    scheduler.result("works")
    assert course.events == ["+works", "-works"]


def test_a_test_finds_its_own_context_and_the_rest_of_its_life_is_noted(play) -> None:
    seen: list[Context | None] = []
    one = job("one", lambda: seen.append(CURRENT.get()))
    before = time.monotonic()
    scheduler = play(Host(Amount(1, 0, 1)), one)
    scheduler.result("one")
    assert seen == [one.context]
    assert before <= one.context.began <= time.monotonic()
    assert scheduler.knows("one")
    assert not scheduler.knows("two")


def test_what_was_released_is_removed_while_tests_are_at_work_and_no_longer(course, play) -> None:
    host = Host(Amount(1, 0, 1))
    scheduler = play(host, job("one", course.waits("one")))
    course.until("+one")
    deadline = time.monotonic() + LONG
    while host.steps < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    course.gates["one"].set()
    scheduler.result("one")
    scheduler.stop("over")
    steps = host.steps
    time.sleep(0.3)
    assert host.steps == steps
