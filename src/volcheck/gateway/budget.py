"""How much may exist at once: never more than the set number of volumes and GiB."""

from __future__ import annotations

import time
from collections.abc import Callable

import attrs

from volcheck.gateway.errors import BudgetExhausted
from volcheck.gateway.ledger import Ledger


@attrs.frozen
class Budget:
    """At most so many volumes, and GiB of volumes and snapshots together (as Cinder's quota counts them)."""

    volumes: int
    gigabytes: int

    def share(self, workers: int) -> Budget:
        """One worker's part, so that all of them together keep to the whole.

        A part is never smaller than what a single test may need at once; the caller has made sure that the whole
        is large enough.
        """
        return Budget(max(1, self.volumes // workers), max(1, self.gigabytes // workers))


def used(ledger: Ledger) -> tuple[int, int]:
    """Volumes and GiB that may exist now, those being deleted included."""
    live = ledger.live()
    return sum(1 for r in live if r.kind == "volume"), sum(r.size for r in live)


def reserve(
    budget: Budget,
    ledger: Ledger,
    *,
    volumes: int,
    gigabytes: int,
    settle: Callable[[], None],
    patience: float,
) -> None:
    """Return when that much more may be made; wait for deletions under way, at most `patience` seconds.

    settle: looks once whether what is being deleted is gone by now.
    Raises BudgetExhausted when it stays too much.
    """
    deadline = time.monotonic() + patience
    pause = 0.02
    while True:
        count, size = used(ledger)
        if count + volumes <= budget.volumes and size + gigabytes <= budget.gigabytes:
            return
        going = [r for r in ledger.live() if r.deleting]
        if not going or time.monotonic() > deadline:
            raise BudgetExhausted(
                f"{volumes} more volume(s) and {gigabytes} GiB would exceed the budget: {count} of {budget.volumes} volumes and "
                f"{size} of {budget.gigabytes} GiB exist; raise --max-volumes or --max-gigabytes"
            )
        settle()
        count, size = used(ledger)
        if count + volumes <= budget.volumes and size + gigabytes <= budget.gigabytes:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
