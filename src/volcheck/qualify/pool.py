"""Does the same work for many tasks, each in a forked process of its own, with a time limit.

Loading pytest and the suites takes a good part of a run; a fork begins where that is done. Processes, time limits and
answers are Pebble's business (`pebble.ProcessPool`).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

import attrs
from pebble import ProcessExpired, ProcessPool

Task = TypeVar("Task")

#: A task whose process ends without an answer (killed, out of memory) is tried so often in all.
_ATTEMPTS = 2


@attrs.frozen
class Lost:
    """A task that gave no answer, and why, in one sentence."""

    reason: str


def in_processes(
    tasks: Sequence[Task],
    work: Callable[[Task], Any],
    *,
    jobs: int,
    patience: float,
    follow: Callable[[Task, Any], Task | None] = lambda task, answer: None,
) -> Iterator[tuple[Task, Any]]:
    """Yield (task, what `work` returned for it) as they come, at most `jobs` at the same time.

    work: called in a process that is forked for the one task, so it needs not be picklable; tasks and answers must be.
    patience: seconds after which a task is given up and its process killed. follow: the task that takes the place of one
    that was answered, in place of yielding it, or None. A task that is given up, fails, or whose process dies twice gives
    `Lost`. Whoever stops iterating stops the processes.
    """
    pool = ProcessPool(
        jobs,
        max_tasks=1,
        initializer=_begin,
        initargs=(work,),
        context=multiprocessing.get_context("fork"),
    )
    running: dict[Future[Any], tuple[Task, int]] = {}

    def start(task: Task, attempt: int = 1) -> None:
        running[pool.schedule(_perform, args=(task,), timeout=patience)] = (task, attempt)

    try:
        for task in tasks:
            start(task)
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task, attempt = running.pop(future)
                error = future.exception()
                if isinstance(error, ProcessExpired) and attempt < _ATTEMPTS:
                    start(task, attempt + 1)
                    continue
                answer = future.result() if error is None else Lost(_why(error, patience))
                following = follow(task, answer)
                if following is not None:
                    start(following)
                else:
                    yield task, answer
    finally:
        pool.stop()
        pool.join()


def _why(error: BaseException, patience: float) -> str:
    match error:
        case ProcessExpired():
            return f"its process ended with code {error.exitcode}"
        case TimeoutError():
            return f"it had not ended after {patience:g} s"
        case _:
            return f"{type(error).__name__}: {error}"


#: In a worker: what it was forked to do. A fork has it from its parent; nothing of it is pickled.
_work: Callable[[Any], Any] | None = None


def _begin(work: Callable[[Any], Any]) -> None:
    global _work
    _work = work


def _perform(task: Any) -> Any:
    assert _work is not None, "a worker is told its work as it starts"
    return _work(task)
