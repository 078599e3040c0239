"""SIGTERM behaves like Ctrl-C, so that a run that is asked to end removes what it made."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


def interrupt_on_sigterm() -> None:
    """From now on SIGTERM raises KeyboardInterrupt in the main thread, and so does SIGINT (also in workers)."""
    _set(signal.SIGTERM, _interrupt)
    _set(signal.SIGINT, signal.default_int_handler)


@contextmanager
def deaf_to_sigterm() -> Iterator[None]:
    """Inside, SIGTERM is ignored: what was asked for, ending, is under way. Ctrl-C still interrupts."""
    previous = _set(signal.SIGTERM, signal.SIG_IGN)
    try:
        yield
    finally:
        if previous is not None:
            _set(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt("SIGTERM")


def _set(number: signal.Signals, handler: Any) -> Any:
    # Python lets only the main thread set handlers; a run in another thread has to do without.
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(number, handler)
