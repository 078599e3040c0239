"""Whatever asks a process to end, ends a run as Ctrl-C does: it removes what it made, reports, and tells how it ended."""

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


#: Seconds within which several signals are one wish: a terminal that closes sends SIGHUP more than once, and Ctrl-C
#: reaches a process from the terminal and from the process that started it.
_ONE_WISH = 2.0


class _Ear:
    """What is listened to at the moment, and the name of the first signal that came."""

    def __init__(self, *, notes_only: bool = False) -> None:
        self.first: str | None = None
        self.raised: float | None = None
        self.notes_only = notes_only
        names = (signal.Signals(number).name for number in ENDING)
        self.listens_to = frozenset() if notes_only else frozenset(names)


_ear = _Ear()


def note_signals() -> None:
    """From now on signals that end a process are taken down, for `interrupt_on_signals`.

    For a program that still loads what it needs to tell anybody of an interrupt.
    """
    global _ear
    if not _ear.notes_only:
        _ear = _Ear(notes_only=True)
    _handle()


def interrupt_on_signals() -> None:
    """From now on each signal that ends a process raises KeyboardInterrupt in the main thread; here if one was noted.

    One that is ignored already (`nohup`, a job in the background of a script) stays ignored, and one that somebody else
    handles stays theirs. Python lets only the main thread set handlers: a run in another thread has to do without.
    """
    global _ear
    noted, _ear = _ear, _Ear()
    _handle()
    if noted.notes_only and noted.first:
        _ear.first = noted.first
        raise KeyboardInterrupt(noted.first)


def _handle() -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number in ENDING:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _interrupt)


def came() -> str | None:
    """The name of the first signal since `interrupt_on_signals`, or None."""
    return _ear.first


def stop_listening() -> None:
    """From now on no signal interrupts: the program is at its end, and its exit code stands."""
    _ear.listens_to = frozenset()


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
    ear = _ear
    before, ear.listens_to = ear.listens_to, names
    try:
        yield
    finally:
        ear.listens_to = before


def _interrupt(number: int, frame: FrameType | None) -> None:
    name = signal.Signals(number).name
    _ear.first = _ear.first or name
    if name not in _ear.listens_to:
        return
    now = time.monotonic()
    if _ear.raised is None or now - _ear.raised >= _ONE_WISH:
        _ear.raised = now
        raise KeyboardInterrupt(name)
