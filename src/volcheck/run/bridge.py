"""Lets synchronous code wait inside a coroutine, so that whatever else waits can go on meanwhile.

The code runs in a thread of its own, and the loop stands still while it does: only one of the two is ever at work, so
nothing that they share has to be safe for threads. When the code has to wait, the loop waits for it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

import attrs

T = TypeVar("T")
Wait = Coroutine[Any, Any, Any]


@attrs.define
class _Asked:
    """A coroutine that the thread wants awaited, and what came of it."""

    wait: Wait
    result: Any = None
    error: BaseException | None = None
    done: threading.Event = attrs.field(factory=threading.Event)


@attrs.frozen
class _Ended:
    """What became of the thread."""

    result: Any = None
    error: BaseException | None = None


#: How to have something awaited, in a thread that `beside` runs.
_ASK: ContextVar[Callable[[Wait], Any] | None] = ContextVar("volcheck_bridge", default=None)


def bridged() -> bool:
    """Whether this code runs beside a loop that can wait for it."""
    return _ASK.get() is not None


def wait_for(wait: Wait) -> Any:
    """Have the loop await this, and return its result or raise what it raised."""
    ask = _ASK.get()
    assert ask is not None, "only code that runs beside a loop can ask it to wait"
    return ask(wait)


async def beside(act: Callable[[], T]) -> T:
    """Run synchronous code to its end; where it calls `wait_for`, everything else goes on until that is over.

    A cancellation, or an interrupt that comes while the code is at work, is raised in it at its next wait, and then here.
    """
    news: queue.SimpleQueue[_Asked | _Ended] = queue.SimpleQueue()

    def ask(wait: Wait) -> Any:
        asked = _Asked(wait)
        news.put(asked)
        asked.done.wait()
        if asked.error is not None:
            raise asked.error
        return asked.result

    def work() -> None:
        _ASK.set(ask)
        try:
            ended = _Ended(result=act())
        except BaseException as error:  # noqa: BLE001 - raised again where the code was called from
            ended = _Ended(error=error)
        news.put(ended)

    thread = threading.Thread(target=copy_context().run, args=(work,), name="volcheck-beside", daemon=True)
    thread.start()
    stop: BaseException | None = None
    while True:
        try:
            told = news.get()
        except KeyboardInterrupt as interrupt:
            stop = interrupt
            continue
        if isinstance(told, _Ended):
            thread.join()
            if stop is not None or told.error is not None:
                raise stop or told.error  # type: ignore[misc]
            return told.result  # type: ignore[no-any-return]
        if stop is not None:
            told.wait.close()
            told.error = stop
        else:
            try:
                told.result = await told.wait
            except BaseException as error:  # noqa: BLE001 - raised again in the code that asked
                told.error = error
        told.done.set()
