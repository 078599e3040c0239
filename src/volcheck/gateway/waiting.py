"""The one waiting function."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from typing import Any, Literal, Protocol

import attrs

from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import Blocked, NotProved, OperationBusy
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.ledger import Kind, Resource
from volcheck.gateway.ownership import owner_of, path_of
from volcheck.gateway.retry_after import is_busy

#: What `wait` looks for instead of a status: a 404.
GONE = "gone"
#: A wait that usually takes at least so many seconds is looked at seldom, until this part of its usual time has passed.
_LONG, _NEARLY = 1.0, 0.95


class Machine(Protocol):
    """What waiting needs of a status machine (spec/statuses.yaml)."""

    @property
    def errors(self) -> Collection[str]:
        """Statuses that mean that the work has failed."""

    def legal(self, previous: str, new: str) -> bool:
        """Whether `new` may be seen after `previous`, with intermediate statuses possibly unseen."""


@attrs.frozen
class Seen:
    """What waiting saw. chain: (status, seconds since waiting began) at each change; the last exchange."""

    chain: tuple[tuple[str, float], ...]
    exchange: Exchange
    body: dict[str, Any]


class WaitFailed(Exception):
    """The wanted status did not come.

    why: `error` (the resource went to an error status), `illegal` (a status that may not follow the last one),
    `timeout`, `vanished` (404 while a status was wanted), `answer` (an answer that shows no status).
    """

    def __init__(
        self,
        message: str,
        *,
        why: Literal["error", "illegal", "timeout", "vanished", "answer"],
        expected: str,
        got: str,
        exchange: Exchange,
        chain: tuple[tuple[str, float], ...],
    ) -> None:
        super().__init__(message)
        self.why = why
        self.expected = expected
        self.got = got
        self.exchange = exchange
        self.chain = chain


@attrs.frozen
class Pace:
    """How to poll, in seconds: the first pause, how it grows, its ceiling, and when to give up.

    Every look costs a request, of which only some may be under way at once (`--concurrency`). So pauses grow with the
    time already waited, and where earlier waits of the same kind took seconds, few looks are taken before that time.
    """

    first: float = 0.01
    growth: float = 1.5
    ceiling: float = 2.0
    timeout: float = 300.0

    def pause(self, last: float, elapsed: float, usual: float | None, cost: float) -> float:
        """Seconds until the next look.

        last: the pause before this one, 0 for none. elapsed: how long has been waited already. usual: the shortest time
        that the same wait took so far, None where it is not known. cost: what the last look took. Where a wait is long,
        pauses are at least three times that, so that looks take no more than a quarter of the time.
        """
        least = max(self.first, (usual or 0.0) / 40)
        if usual is not None and usual < _LONG:
            cost = 0.0
        elif usual is not None and elapsed < usual * _NEARLY:
            # An error may show before the time has come.
            return max(min(usual / 2, usual * _NEARLY - elapsed), least, 3 * cost)
        grown = last * self.growth if last else least
        return max(min(grown, max(0.25, elapsed / 5), self.ceiling), cost if usual is not None else 3 * cost)


def least_pause(elapsed: float) -> float:
    """Seconds that two looks at the same thing are apart at the least, after it has been waited for so long."""
    if elapsed >= 60.0:
        return 5.0
    return 1.0 if elapsed >= 10.0 else 0.0


def wait(
    gateway: Gateway,
    machine: Machine,
    kind: Kind,
    resource_id: str,
    wanted: str,
    *,
    pace: Pace,
    since: str | None = None,
    usual: Callable[[], float | None] = lambda: None,
    late: float = 0.0,
) -> Seen:
    """Poll one volume or snapshot until it shows `wanted` (a status, or GONE for a 404).

    since: the status already known, so that the first one seen is judged as its successor. usual: the shortest time that
    the same wait took so far, in seconds, None where it is not known. late: seconds since the change was asked for, which
    count towards `pace.timeout`.
    Raises WaitFailed at once on an error status, an illegal transition or an answer without a status, and when
    `pace.timeout` has passed; Blocked when the endpoint gives no answer, or shows something that is not the run's;
    OperationBusy when it asks to be left alone for longer than the gateway's patience.
    """
    watched = gateway.ledger.get(resource_id) or Resource(kind, resource_id, "", 0)
    path, who = path_of(gateway.endpoint, watched), owner_of(gateway.endpoint, watched)
    began = time.monotonic()
    chain: list[tuple[str, float]] = [(since, 0.0)] if since else []
    pause = 0.0
    while True:
        exchange = gateway.send("GET", path, who=who)
        if gateway.ledger.is_unproved(resource_id):
            raise NotProved(f"{kind} {resource_id} is not watched: nothing proves that it is the run's")
        elapsed = time.monotonic() - began
        status, body = _status(kind, exchange)
        last = chain[-1][0] if chain else None

        def fail(
            why: Any, message: str, exchange: Exchange = exchange, waited: float = elapsed + late
        ) -> WaitFailed:
            seen = " → ".join(name for name, _ in chain) or "nothing"
            return WaitFailed(
                f"{kind} {resource_id}: wanted {wanted}, {message} after {waited:.1f} s (seen: {seen})",
                why=why,
                expected=f"{kind} becomes {wanted}",
                got=seen,
                exchange=exchange,
                chain=tuple(chain),
            )

        if exchange.response is None:
            raise Blocked(f"{kind} {resource_id} could not be watched: {exchange.error}")
        if is_busy(exchange):
            raise OperationBusy(
                f"{kind} {resource_id} could not be watched, as the endpoint is busy ({exchange.summary()})"
            )
        if status == GONE:
            if wanted == GONE:
                chain.append((GONE, elapsed))
                return Seen(tuple(chain), exchange, {})
            raise fail("vanished", "but it is not there any more (404)")
        if status is None:
            raise fail("answer", f"but the answer shows no status ({exchange.summary()})")
        if status != last:
            chain.append((status, elapsed))
            if last is not None and not machine.legal(last, status):
                raise fail("illegal", f"but {status} may not follow {last}")
        if status == wanted:
            return Seen(tuple(chain), exchange, body)
        if status in machine.errors:
            raise fail("error", f"but it went to {status}")
        waited = elapsed + late
        if waited > pace.timeout:
            raise fail("timeout", f"but it is still {status}")
        rest = max(pace.timeout - waited, pace.first)
        pause = min(pace.pause(pause, waited, usual(), exchange.elapsed), rest)
        # Jitter keeps waits that overlap from polling in step.
        gateway.pause(min(max(pause * random.uniform(0.8, 1.0), least_pause(waited)), rest))


def _status(kind: Kind, exchange: Exchange) -> tuple[str | None, dict[str, Any]]:
    if exchange.status == 404:
        return GONE, {}
    item = exchange.member(kind) if exchange.status == 200 else None
    if item is not None and isinstance(item.get("status"), str):
        return item["status"], item
    return None, {}
