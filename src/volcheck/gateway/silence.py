"""Requests that go unanswered: when an operation counts as silent, and when the whole endpoint counts as gone."""

from __future__ import annotations

import threading
import time

import attrs

#: Unanswered requests of one operation after which no more of it is expected; at the end of a run, of any operations.
_ENOUGH, _ENOUGH_AT_THE_END = 3, 2
#: An endpoint that answers nothing to so many operations answers nothing at all.
_OPERATIONS = 2


@attrs.define
class _Silence:
    """Requests of one operation that have gone unanswered: since when (monotonic), and how many."""

    since: float
    count: int = 0


class Silences:
    """What has gone unanswered, by operation. Thread-safe.

    silent: seconds of silence after which nothing more is expected; unheard: the same where no answer ever came.
    """

    def __init__(self, *, silent: float, unheard: float) -> None:
        self._silent = silent
        self._unheard = unheard
        self._of: dict[str, _Silence] = {}
        self._missed: list[str] = []
        self._missed_since = 0.0
        self._heard = 0.0
        self._forgot = 0.0
        self._at_the_end = False
        self._ever = False
        self._lock = threading.Lock()

    def answered(self, operation: str) -> None:
        """Note that an operation has answered, whatever it was."""
        with self._lock:
            self._of.pop(operation, None)
            self._missed.clear()
            self._heard = time.monotonic()

    def unanswered(self, operation: str, elapsed: float) -> None:
        """Note a request that got no answer. elapsed: for how many seconds it was waited."""
        with self._lock:
            began = time.monotonic() - elapsed
            if began < self._forgot:
                # It was under way when all of this was forgotten, and says nothing of what comes after.
                return
            self._of.setdefault(operation, _Silence(began)).count += 1
            # Requests overlap: one that was sent before the last answer came has been silent only since then.
            began = max(began, self._heard)
            self._missed_since = min(self._missed_since, began) if self._missed else began
            self._missed.append(operation)

    def is_over(self, operation: str) -> bool:
        """Whether it is no use to ask an operation again."""
        with self._lock:
            if self._is_gone():
                return True
            silence = self._of.get(operation)
            if silence is None:
                return False
            if not self._heard:
                return time.monotonic() - silence.since > self._unheard
            return self._lasts(silence)

    def lasts(self, operation: str) -> bool:
        """Whether an operation has been silent for too long."""
        with self._lock:
            silence = self._of.get(operation)
            return silence is not None and self._lasts(silence)

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint has been silent for too long: requests of two operations, and no answer to anything since."""
        with self._lock:
            return self._is_gone()

    @property
    def ever_lasted(self) -> bool:
        """Whether the endpoint or one operation has been silent for too long, also where an answer came since."""
        with self._lock:
            if self._is_gone() or any(self._lasts(silence) for silence in self._of.values()):
                return True
            return self._ever

    def hurry(self, seconds: float) -> None:
        """Forget everything, and from now on take two unanswered requests and so many seconds for the end of it."""
        with self._lock:
            self._forget()
            self._silent = min(self._silent, seconds)
            self._at_the_end = True

    def try_again(self) -> None:
        """Forget what has gone unanswered: lists that hang say nothing of deletions."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._forgot = time.monotonic()
        self._of.clear()
        self._missed.clear()

    def _lasts(self, silence: _Silence) -> bool:
        lasts = silence.count >= _ENOUGH and time.monotonic() - silence.since > self._silent
        self._ever = self._ever or lasts
        return lasts

    def _is_gone(self) -> bool:
        enough = (
            len(self._missed) >= _ENOUGH_AT_THE_END
            if self._at_the_end
            else len(set(self._missed)) >= _OPERATIONS
        )
        gone = enough and time.monotonic() - self._missed_since > self._silent
        self._ever = self._ever or gone
        return gone
