"""Identifies a process, so that another process can see later whether it is still running."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

_PROC = Path("/proc")
#: States of a process that is over and that nobody has waited for.
_OVER = frozenset({"Z", "X", "x"})

#: For a Python of ours whose output is read by this one, whatever encoding the user wants for a terminal.
UTF8 = {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}


@attrs.frozen
class Process:
    """A process of a machine. Text is empty where it could not be told, which is so of all but the host outside Linux.

    boot: the id of the machine's start. space: the PID namespace, in which alone a number means a process. started: when
    it began, in clock ticks since that start.
    """

    host: str
    boot: str
    space: str
    pid: int
    started: str


def this_process() -> Process:
    """The process that asks."""
    pid = os.getpid()
    return Process(os.uname().nodename, _boot(), _space(), pid, _started(pid) or "")


def is_at_work(process: Process) -> bool | None:
    """Whether a process runs; None where it is of another machine, or container, or start of this one, and can't be seen."""
    here = this_process()
    if not process.host or (process.host, process.boot, process.space) != (here.host, here.boot, here.space):
        return None
    started = _started(process.pid)
    if started is None:
        return False
    return "" in (started, process.started) or started == process.started


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _space() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """When a process began; empty where it runs and that can't be told, None where none of that number runs."""
    if pid <= 0:
        return None
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except PermissionError:
        pass
    try:
        # The name of the program comes second, in parentheses, and may hold anything. Field 3 is the state.
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].decode("ascii").split()
    except OSError:
        return ""
    if fields[0] in _OVER:
        return None
    return fields[19]
