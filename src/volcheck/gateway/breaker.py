"""Circuit breakers: an endpoint is not asked for ever for what it does not do.

`Breaker` counts what failed in a row of one kind of work, such as volumes that never became available. `Busy` bounds how
long a run bears with operations that answer "not now" (429, 503, 413 with Retry-After), all of its requests together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

import attrs

from volcheck.gateway.errors import OperationBusy

#: Equal failures in a row after which no more is expected.
THRESHOLD = 3
#: The part of its patience that a run has left for an operation, where others have used up all of it.
_GRACE = 0.05


@attrs.define
class _Circuit:
    failures: int = 0
    reason: str = ""
    open: bool = False


class Breaker:
    """Circuits by key, one for each kind of work. Thread-safe.

    A circuit opens after `THRESHOLD` failures in a row, and one success closes it: what was under way may still succeed.
    """

    def __init__(self) -> None:
        self._circuits: dict[Hashable, _Circuit] = {}
        self._ever = False
        self._lock = threading.Lock()

    def failed(self, key: Hashable, reason: str) -> None:
        """Count a failure. reason: what is said of the whole kind once its circuit is open, without a full stop."""
        with self._lock:
            circuit = self._circuits.setdefault(key, _Circuit())
            circuit.failures += 1
            circuit.reason = reason
            circuit.open = circuit.open or circuit.failures >= THRESHOLD
            self._ever = self._ever or circuit.open

    def worked(self, key: Hashable) -> None:
        """Note a success, which closes the circuit."""
        with self._lock:
            self._circuits.pop(key, None)

    def give_up(self, key: Hashable) -> None:
        """Open a circuit before its time where it has failed at all: all that was tried of the kind has."""
        with self._lock:
            if key in self._circuits:
                self._circuits[key].open = self._ever = True

    @property
    def tripped(self) -> bool:
        """Whether any circuit is open."""
        with self._lock:
            return any(circuit.open for circuit in self._circuits.values())

    @property
    def ever_tripped(self) -> bool:
        """Whether any circuit has been open, also one that has closed since: meanwhile something was not tried."""
        return self._ever

    def why(self, *keys: Hashable) -> str | None:
        """Why nothing more is expected of any of these kinds, or None where all of them are worth a try."""
        with self._lock:
            for key in keys:
                if key in self._circuits and self._circuits[key].open:
                    return self._circuits[key].reason
            return None


@attrs.define
class _Outage:
    """One operation that was busy at its last answer. since and asked: on the clock; base: what had been waited before."""

    since: float
    base: float
    count: int = 0
    open: bool = False
    asked: float = 0.0


class Busy:
    """One patience, in seconds, for all operations that are busy. Thread-safe.

    Waits that overlap count once. An operation that turns busy while others are shares what they have left, and has a
    twentieth of the whole at the least. Where it is used up and the operation was busy three times in a row, its circuit
    opens: `admit` refuses its requests, but for one every `rest` seconds, until one is served.
    """

    def __init__(
        self, patience: float, *, rest: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self._rest = rest
        self._clock = clock
        self._outages: dict[str, _Outage] = {}
        self._waited = 0.0
        self._until = 0.0
        self._ever = False
        self._lock = threading.Lock()

    def admit(self, operation: str) -> None:
        """Raise OperationBusy where the circuit of an operation is open, and it is not time to try again."""
        with self._lock:
            outage = self._outages.get(operation)
            if outage is None or not outage.open:
                return
            now = self._clock()
            if now - outage.asked < self._rest:
                raise OperationBusy(
                    f"{operation} has answered {outage.count} times in a row that it is busy, for {now - outage.since:.0f} s: "
                    "it is not asked any more"
                )
            outage.asked = now

    def bear(self, operation: str, pause: float | None) -> bool:
        """Note a busy answer, and say whether to wait for `pause` seconds and ask again.

        pause: None where the request is not to be sent again anyway.
        """
        with self._lock:
            now = self._clock()
            outage = self._outages.get(operation)
            if outage is None:
                used = max((self._waited - other.base for other in self._outages.values()), default=0.0)
                used = min(used, self._patience * (1 - _GRACE))
                outage = self._outages[operation] = _Outage(since=now, base=self._waited - used)
            outage.count += 1
            outage.asked = now
            if pause is not None:
                until = max(self._until, now + pause)
                more = until - max(self._until, now)
                if self._waited + more - outage.base <= self._patience:
                    self._waited += more
                    self._until = until
                    return True
            spent = pause is not None or now - outage.since > self._patience
            outage.open = outage.open or (spent and outage.count >= THRESHOLD)
            self._ever = self._ever or outage.open
            return False

    def served(self, operation: str) -> None:
        """Note that an operation has answered anything else, which ends its outage."""
        with self._lock:
            self._outages.pop(operation, None)

    @property
    def lasting(self) -> list[str]:
        """The operations whose circuits are open."""
        with self._lock:
            return [operation for operation, outage in self._outages.items() if outage.open]

    @property
    def ever_lasted(self) -> bool:
        """Whether any circuit has been open, also one that has closed since: meanwhile something was not asked."""
        return self._ever

    def try_again(self) -> None:
        """Let the next request of every operation through. What was waited for them still counts."""
        with self._lock:
            for outage in self._outages.values():
                outage.asked = self._clock() - self._rest
