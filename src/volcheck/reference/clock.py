"""Time in whole microseconds since the epoch, the resolution in which the API shows it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

SECOND = 1_000_000


def micros(seconds: float) -> int:
    """Seconds as microseconds."""
    return round(seconds * SECOND)


@lru_cache(maxsize=4096)
def stamp(moment: int) -> str:
    """A moment as the API writes it: `YYYY-MM-DDThh:mm:ss.ffffff`, UTC, without a zone."""
    seconds, fraction = divmod(moment, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:06d}"


def stamp_utc_seconds(moment: int) -> str:
    """A moment as Keystone writes the expiry of a token: whole seconds with a Z."""
    return f"{datetime.fromtimestamp(moment // SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"


class Clock:
    """A clock that never stands still or goes back, whatever happens to the machine's."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()
        self._last = 0

    def now(self) -> int:
        """The present moment in microseconds; greater with every call."""
        self._last = max(self._last + 1, (time.monotonic_ns() + self._offset) // 1000)
        return self._last
