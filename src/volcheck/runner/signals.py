"""Signals that end a process end a run as Ctrl-C does: it removes what it made, writes its reports and sets its exit code."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Signals that a keyboard sends: pressed again while a run cleans up, they mean that it shall not.
_KEYBOARD = ("SIGINT", "SIGQUIT")
#: What else ends a process that does not listen: a closed terminal, a service manager, a batch system that warns before
#: it kills, a limit of processor time, a timer. Not every system has all of them.
_OTHERS = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM", "SIGPWR", "SIGPOLL", "SIGSTKFLT")

ENDING = tuple(getattr(signal, name) for name in (*_KEYBOARD, *_OTHERS) if hasattr(signal, name))


#: Seconds within which several signals count as one: a terminal that closes sends SIGHUP more than once, and Ctrl-C
#: reaches a process from the terminal and from the process that started it.
_TOGETHER = 2.0


class _State:
    """Which signals interrupt at the moment (by name), the first one that came, and when one last interrupted.

    notes_only: none interrupts yet; the first one is only remembered.
    """

    def __init__(self, *, notes_only: bool = False) -> None:
        self.first: str | None = None
        self.raised: float | None = None
        self.notes_only = notes_only
        names = (signal.Signals(number).name for number in ENDING)
        self.listens_to = frozenset() if notes_only else frozenset(names)


_state = _State()


def note_signals() -> None:
    """From now on remember the first signal that ends a process, until `interrupt_on_signals` acts on it.

    For a program that is still loading its modules and could not yet end in order.
    """
    global _state
    if not _state.notes_only:
        _state = _State(notes_only=True)
    _handle()


def interrupt_on_signals() -> None:
    """From now on each signal that ends a process raises KeyboardInterrupt in the main thread; here if one was noted.

    One that is ignored already (`nohup`, a job in the background of a script) stays ignored, and one that somebody else
    handles stays theirs. Python lets only the main thread set handlers: a run in another thread has to do without.
    """
    global _state
    noted, _state = _state, _State()
    _handle()
    if noted.notes_only and noted.first:
        _state.first = noted.first
        raise KeyboardInterrupt(noted.first)


def _handle() -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number in ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def came() -> str | None:
    """The name of the first signal since `interrupt_on_signals`, or None."""
    return _state.first


def raise_again() -> None:
    """Raise KeyboardInterrupt where a signal has come. Where one is raised in a callback of Python's own, it is lost."""
    if _state.first is not None:
        raise KeyboardInterrupt(_state.first)


def stop_listening() -> None:
    """From now on no signal interrupts: the program is at its end, and its exit code stands."""
    _state.listens_to = frozenset()


@contextmanager
def held() -> Iterator[None]:
    """Inside, no signal interrupts: ending is under way, and has to be done whole."""
    with _listening_to(frozenset()):
        yield


@contextmanager
def heard_from_keyboard() -> Iterator[None]:
    """Inside, only Ctrl-C (or Ctrl-\\) interrupts, also within `held`; not within two seconds of the first."""
    with _listening_to(frozenset(_KEYBOARD)):
        yield


@contextmanager
def _listening_to(names: frozenset[str]) -> Iterator[None]:
    state = _state
    before, state.listens_to = state.listens_to, names
    try:
        yield
    finally:
        state.listens_to = before


def _interrupt(number: int, frame: FrameType | None) -> None:
    name = signal.Signals(number).name
    _state.first = _state.first or name
    if name not in _state.listens_to:
        return
    now = time.monotonic()
    if _state.raised is None or now - _state.raised >= _TOGETHER:
        _state.raised = now
        raise KeyboardInterrupt(name)
