"""Runs the tests that wait side by side, so that their volumes provision at the same time.

A test that waits is a coroutine. When the first of them is reached all are started, each with its own context and
its own part of the budget; pytest then asks for their results one by one, in its own order.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

import attrs

from volcheck.gateway.budget import Amount
from volcheck.run.context import CURRENT, Context
from volcheck.run.state import Run

#: Coroutines at work at the same time; more would only make the endpoint's answers slower.
_SIDE_BY_SIDE = 48


@attrs.frozen
class Part:
    """One waiting test: its context, how to start it, and what it may hold at once."""

    context: Context
    play: Callable[[], Coroutine[Any, Any, None]]
    amount: Amount


class Stage:
    """The waiting tests of one worker."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._contexts: dict[str, Context] = {}
        self._room = asyncio.Semaphore(_SIDE_BY_SIDE)

    def start(self, parts: list[Part]) -> None:
        """Start tests; those already started are left alone.

        Those that hold most come first: they wait longest, one wait after the other.
        """
        for part in sorted(parts, key=lambda part: -part.amount.volumes):
            name = part.context.test
            if name not in self._tasks:
                self._contexts[name] = part.context
                self._tasks[name] = self._run.loop.create_task(self._perform(part), name=name)

    def started(self, test: str) -> bool:
        """Whether a test was started here."""
        return test in self._tasks

    def context(self, test: str) -> Context:
        """The context of a started test."""
        return self._contexts[test]

    def result(self, test: str) -> None:
        """Run until that test has ended. Raises what it raised."""
        self._run.loop.run_until_complete(self._tasks[test])

    def breathe(self) -> None:
        """Let the tests that wait do what is due, between two that don't."""
        if not all(task.done() for task in self._tasks.values()):
            self._run.loop.run_until_complete(asyncio.sleep(0))

    def stop(self) -> None:
        """Cancel whatever has not ended (an interrupted run), and close the loop."""
        loop = self._run.loop
        if loop.is_closed():
            return
        ended = set(self._tasks.values())
        with contextlib.suppress(KeyboardInterrupt):
            # An interrupt ends the loop before it has told anybody that the task is done in which it came up, and maybe
            # before it has stopped, as it had been asked to.
            loop.call_soon(loop.stop)
            loop.run_forever()
        while rest := [task for task in asyncio.all_tasks(loop) if not task.done()]:
            ended.update(rest)
            for task in rest:
                task.cancel()
            with contextlib.suppress(KeyboardInterrupt):
                # The interrupt that ended one task comes up again in every task that waited for that one.
                loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        for task in ended:
            if not task.cancelled():
                # An interrupted run never asks for these results.
                task.exception()
        loop.close()

    async def _perform(self, part: Part) -> None:
        context = part.context
        async with self._room:
            CURRENT.set(context)
            await self._run.admit(context, part.amount)
            context.began = time.monotonic()
            try:
                await part.play()
            finally:
                self._run.close(context)
