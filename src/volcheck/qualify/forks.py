"""Does the same work for many tasks, each in a fork of this process, which has loaded everything already.

Loading pytest and the suites takes a good part of a run; a fork begins where that is done.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import attrs

#: Seconds between two looks at whether somebody is overdue.
_LOOK = 0.5


@attrs.frozen
class Lost:
    """A task that gave no answer, and why, in one sentence."""

    reason: str


@attrs.define
class _Child:
    task: str
    pid: int
    pipe: int
    output: IO[bytes]
    deadline: float
    received: bytearray = attrs.field(factory=bytearray)


def in_forks(
    tasks: Sequence[str], work: Callable[[str], Any], *, jobs: int, patience: float
) -> Iterator[tuple[str, Any]]:
    """Yield (task, what `work` gave for it) as they come, at most `jobs` at the same time.

    work: runs in the fork and returns plain data. patience: seconds until a fork that has not answered is killed with
    all that it started. A fork that dies or is killed gives `Lost`.
    """
    waiting = list(reversed(tasks))
    with selectors.DefaultSelector() as selector:
        children: dict[int, _Child] = {}
        try:
            while waiting or children:
                while waiting and len(children) < jobs:
                    child = _start(waiting.pop(), work, patience)
                    children[child.pipe] = child
                    selector.register(child.pipe, selectors.EVENT_READ)
                ready = {key.fd for key, _ in selector.select(_LOOK)}
                for child in list(children.values()):
                    overdue = time.monotonic() > child.deadline
                    if child.pipe in ready:
                        data = os.read(child.pipe, 65536)
                        child.received += data
                        if data and not child.received.endswith(b"\n"):
                            continue
                    elif not overdue:
                        continue
                    selector.unregister(child.pipe)
                    del children[child.pipe]
                    yield child.task, _end(child, overdue=overdue, patience=patience)
        finally:
            for child in children.values():
                _end(child, overdue=True, patience=patience)


def _start(task: str, work: Callable[[str], Any], patience: float) -> _Child:
    read, write = os.pipe()
    # Closed when its child has ended, not here.
    output = tempfile.TemporaryFile()  # noqa: SIM115
    pid = os.fork()
    if pid == 0:
        _perform(task, work, write, output)
    os.close(write)
    return _Child(task, pid, read, output, time.monotonic() + patience)


def _perform(task: str, work: Callable[[str], Any], write: int, output: IO[bytes]) -> None:
    """What a fork does: it never returns."""
    code = 1
    try:
        os.setsid()
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        answer = json.dumps(work(task)).encode() + b"\n"
        while answer:
            answer = answer[os.write(write, answer) :]
        code = 0
    except BaseException:  # noqa: BLE001 - the parent reports it; a fork must not go on as its parent would
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _end(child: _Child, *, overdue: bool, patience: float) -> Any:
    os.close(child.pipe)
    if not child.received.endswith(b"\n"):
        _kill(child.pid)
    _, status = os.waitpid(child.pid, 0)
    # Whatever it has started and not ended.
    _kill(child.pid)
    with child.output:
        if child.received.endswith(b"\n"):
            return json.loads(child.received)
        if overdue:
            return Lost(f"it had not ended after {patience:g} s")
        child.output.seek(0)
        lines = child.output.read().decode(errors="replace").strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        return Lost(f"its process ended with code {os.waitstatus_to_exitcode(status)}{said}")


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        # It has ended, and all that it started with it.
        return
