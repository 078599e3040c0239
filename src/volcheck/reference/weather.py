"""What befalls every request of a busy service, whatever it asks for: a rate limit, and an outage."""

from __future__ import annotations

import math

from volcheck.reference.clock import SECOND, micros
from volcheck.reference.faults import Fault, rate_limited, unavailable
from volcheck.reference.settings import Settings


class Weather:
    """Refuses requests that come too fast, or while the service is out. Moments in microseconds.

    An outage is timed from the first POST, when clients are at work. The rate limit is a bucket that holds one second's
    worth of requests and refills steadily.
    """

    def __init__(self, settings: Settings, began: int) -> None:
        self._rate = settings.rate_limit
        self._status = settings.rate_limit_status
        self._room = max(self._rate, 1.0)
        self._last = began
        self._outage = settings.outage
        self._out: tuple[int, int] | None = None

    def refusal(self, method: str, now: int) -> Fault | None:
        """The fault to answer a request at this moment with, or None where it may pass."""
        if self._out is None and method == "POST":
            start, length = self._outage
            self._out = (now + micros(start), now + micros(start + length))
        if self._out is not None and self._out[0] <= now < self._out[1]:
            return unavailable(math.ceil((self._out[1] - now) / SECOND))
        if not self._rate:
            return None
        refilled = self._room + (now - self._last) / SECOND * self._rate
        self._room, self._last = min(refilled, max(self._rate, 1.0)), now
        if self._room < 1:
            return rate_limited(self._status, math.ceil((1 - self._room) / self._rate))
        self._room -= 1
        return None
