"""Plays many tests at once, in threads, each within the room that the budget has for it.

Three kinds of tests, one phase after the other: those that only look and need nothing, which may start at once; the quiet
ones, which look at whole lists and start when the shared resources are there; the busy ones, which create and delete and
start when the first resources have come and gone and all quiet ones have ended. So the run itself changes nothing while
lists are looked at.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum
from typing import Protocol

import attrs

from volcheck.fixtures.context import CURRENT, Context
from volcheck.gateway.budget import NO_ROOM, Amount, Budget
from volcheck.gateway.errors import Blocked, BudgetExhausted

#: Tests that are at work at the same time. Most of them wait for a status; `--concurrency` bounds the requests.
_THREADS = 48
#: Seconds after which the scheduler looks for room again where no event has woken it.
_LOOK = 0.1


class Phase(IntEnum):
    """When a test may start; see above."""

    ANY = 0
    QUIET = 1
    BUSY = 2


@attrs.define(eq=False)
class Job:
    """One test: how to call it, when it may start, and what it may hold at once.

    shared: whether it uses the shared resources.
    """

    context: Context
    call: Callable[[], None]
    phase: Phase
    amount: Amount
    shared: bool
    future: Future[None] = attrs.field(factory=Future)


class Host(Protocol):
    """What the scheduler needs of the run."""

    @property
    def budget(self) -> Budget:
        """How much may exist at once."""

    @property
    def held_back(self) -> bool:
        """Whether nothing should be created for now, as too much of what was deleted is still there."""

    def hopeless(self) -> str | None:
        """Why there will be nothing more to create, or None."""

    @property
    def patience(self) -> float:
        """Seconds to wait for room in the budget before a test is given up."""

    def close(self, context: Context) -> None:
        """Release what a test that has ended has made."""

    def remove_released(self) -> None:
        """Take a step in removing what tests that have ended have made."""


class Preparation(Protocol):
    """What is done before the first test that creates anything or uses what is shared."""

    def __call__(self, *, shared: bool) -> None:
        """Find out whether anything can be created at all, and create the shared resources where they are asked for.

        Where that fails, the tests that need them are blocked with the reason.
        """


class Scheduler:
    """Plays each test of one run once. `start` begins; `result` waits for one test and gives or raises what came of it."""

    def __init__(self, host: Host, prepare: Preparation, jobs: Sequence[Job]) -> None:
        self._host = host
        self._first = prepare
        self._jobs = {job.context.test: job for job in jobs}
        # Tests that hold most also take longest, as their waits follow each other: they start first.
        self._waiting = sorted(jobs, key=lambda job: (job.phase, -job.amount.volumes, -job.amount.snapshots))
        self._active: set[Job] = set()
        self._shared = any(job.shared for job in jobs)
        self._prepared = all(job.phase is Phase.ANY for job in jobs)
        self._stopped: str | None = None
        self._progress = time.monotonic()
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="volcheck-test")
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin, and return at once."""
        works = [self._schedule, self._remove]
        if not self._prepared:
            works.insert(0, self._prepare)
        for work in works:
            context = contextvars.copy_context()
            thread = threading.Thread(target=context.run, args=(work,), name=f"volcheck{work.__name__}")
            thread.daemon = True
            self._threads.append(thread)
            thread.start()

    def knows(self, test: str) -> bool:
        """Whether a test of that id is played here."""
        return test in self._jobs

    def result(self, test: str) -> None:
        """Wait until a test has ended. Raises what it raised."""
        self._jobs[test].future.result()

    def stop(self, reason: str) -> None:
        """Start nothing more, and wait until everything that is at work has ended."""
        self.halt(reason)
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    def halt(self, reason: str) -> None:
        """Start nothing more: what has not begun is blocked for this reason."""
        with self._changed:
            self._stopped = self._stopped or reason
            self._changed.notify_all()

    # -- threads of its own ---------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        """Do what comes before the first test that creates or looks at lists."""
        try:
            CURRENT.set(None)
            self._first(shared=self._shared)
        except Exception as error:  # noqa: BLE001 - every test that waits is told
            self.halt(f"what comes before the tests broke down: {type(error).__name__}: {error}")
        finally:
            with self._changed:
                self._prepared = True
                self._progress = time.monotonic()
                self._changed.notify_all()

    def _schedule(self) -> None:
        try:
            with self._changed:
                while self._waiting:
                    if self._stopped is not None:
                        for job in self._waiting:
                            job.future.set_exception(Blocked(self._stopped))
                        self._waiting.clear()
                        break
                    self._start_what_can()
                    if self._waiting:
                        self._changed.wait(_LOOK)
                while self._active:
                    self._changed.wait(_LOOK)
        finally:
            self._ended.set()

    def _start_what_can(self) -> None:
        quiet = any(job.phase is Phase.QUIET for job in (*self._waiting, *self._active))
        # Amounts for which there is no room now: other tests that need the same need not ask in this round.
        full: set[Amount] = set()
        for job in list(self._waiting):
            if len(self._active) >= _THREADS:
                return
            if (job.shared or job.phase is not Phase.ANY) and not self._prepared:
                continue
            if job.phase is Phase.BUSY:
                if quiet or job.amount in full:
                    continue
                if not self._reserve(job):
                    if job in self._waiting:
                        full.add(job.amount)
                    continue
            if job in self._waiting:
                self._waiting.remove(job)
                self._active.add(job)
                self._pool.submit(contextvars.copy_context().run, self._play, job)

    def _reserve(self, job: Job) -> bool:
        """Whether there is room for a test now. Ends a test for which there will be none."""
        budget = self._host.budget
        reason = budget.too_small_for(job.amount)
        if reason is None:
            if not self._host.held_back:
                job.context.reservation = budget.admit(job.amount)
            if job.context.reservation is not None:
                return True
            reason = self._host.hopeless()
        if reason is None:
            busy = any(active.phase is Phase.BUSY for active in self._active)
            if busy or time.monotonic() - self._progress < self._host.patience:
                return False
            reason = NO_ROOM
        self._waiting.remove(job)
        job.future.set_exception(BudgetExhausted(reason))
        return False

    def _play(self, job: Job) -> None:
        context = job.context
        CURRENT.set(context)
        context.began = time.monotonic()
        error: BaseException | None = None
        try:
            job.call()
        except BaseException as raised:  # noqa: BLE001 - raised again where the result is asked for
            error = raised
        try:
            self._host.close(context)
        except BaseException as raised:  # noqa: BLE001 - likewise
            error = error or raised
        with self._changed:
            self._active.discard(job)
            self._progress = time.monotonic()
            self._changed.notify_all()
        if error is None:
            job.future.set_result(None)
        else:
            job.future.set_exception(error)

    def _remove(self) -> None:
        """Remove what tests that have ended have made, as long as there is anything to be played."""
        CURRENT.set(None)
        while not self._ended.wait(_LOOK / 2):
            before = self._host.budget.used()
            self._host.remove_released()
            if self._host.budget.used() != before:
                with self._changed:
                    self._progress = time.monotonic()
                    self._changed.notify_all()
