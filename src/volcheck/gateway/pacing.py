"""Spaces requests out, for endpoints that must not be hurried (`--rate-limit`)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pacing:
    """Gives each request its turn, so many a second at most. Thread-safe.

    per_second: None for as many as may be. clock: seconds, monotonic.
    """

    def __init__(self, per_second: float | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next = 0.0
        self._lock = threading.Lock()

    def turn(self) -> float:
        """Take the next turn: seconds to wait until it comes."""
        if not self._interval:
            return 0.0
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
            return turn - now
