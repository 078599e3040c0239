"""How much may exist at once: never more than the set number of volumes, snapshots and GiB.

A test is given a reservation for all that it may hold at one time before it starts. Nobody waits while holding, so tests
that are at work at the same time can't block each other for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import attrs

from volcheck.gateway.ledger import Kind, Ledger, Resource

#: Why a test is given up for which no room came in time.
NO_ROOM = "what other tests have created does not go away, so there is no room for it"


@attrs.frozen
class Amount:
    """So many volumes and snapshots, and GiB of both together (as Cinder's quota counts them)."""

    volumes: int = 0
    snapshots: int = 0
    gigabytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(
            self.volumes + other.volumes,
            self.snapshots + other.snapshots,
            self.gigabytes + other.gigabytes,
        )

    def within(self, limit: Amount) -> bool:
        """Whether this much fits."""
        return (
            self.volumes <= limit.volumes
            and self.snapshots <= limit.snapshots
            and self.gigabytes <= limit.gigabytes
        )

    def most(self, other: Amount) -> Amount:
        """The larger of both, each number for itself."""
        return Amount(
            max(self.volumes, other.volumes),
            max(self.snapshots, other.snapshots),
            max(self.gigabytes, other.gigabytes),
        )

    def __str__(self) -> str:
        return f"{self.volumes} volumes, {self.snapshots} snapshots and {self.gigabytes} GiB"


@attrs.define(eq=False)
class Reservation:
    """What one test may hold. ids: of the resources that it has created so far. lasting: it stands until the run ends."""

    amount: Amount
    lasting: bool = False
    ids: set[str] = attrs.field(factory=set)


class Budget:
    """What is reserved by tests at work, and what others have left to be removed. Thread-safe."""

    def __init__(self, limit: Amount, ledger: Ledger) -> None:
        self.limit = limit
        self._ledger = ledger
        self._active: list[Reservation] = []
        self._lock = threading.Lock()

    def admit(self, amount: Amount, *, lasting: bool = False) -> Reservation | None:
        """A reservation, or None when that much does not fit now. lasting: whether it stands until the end of the run."""
        with self._lock:
            if not (self._used() + amount).within(self.limit):
                return None
            reservation = Reservation(amount, lasting)
            self._active.append(reservation)
            return reservation

    def release(self, reservation: Reservation) -> None:
        """Give a reservation back. What it created and left behind counts until it is gone."""
        with self._lock:
            if reservation in self._active:
                self._active.remove(reservation)

    def held(self) -> set[str]:
        """The ids of what belongs to those at work."""
        with self._lock:
            return self._held()

    def used(self) -> Amount:
        """What is reserved, or exists outside every reservation."""
        with self._lock:
            return self._used()

    def too_small_for(self, amount: Amount) -> str | None:
        """Why this much can never be admitted, and what helps, in a sentence without a full stop; None where it can."""
        with self._lock:
            lasting = Amount()
            for reservation in self._active:
                if reservation.lasting:
                    lasting += reservation.amount
            if (lasting + amount).within(self.limit):
                return None
            taken = f", of which {lasting} are in use until its end" if lasting != Amount() else ""
            return (
                f"it needs {amount} at once, more than the run's budget of {self.limit} leaves{taken}: "
                "raise --max-volumes, --max-snapshots or --max-gigabytes, and the project's quota where it sets the bound"
            )

    def lower(self, kind: Kind) -> None:
        """Fit the limit to a quota that has just refused one more of a kind: what is there now is all that fits."""
        with self._lock:
            there = len(self._ledger.live(kind))
            name = "volumes" if kind == "volume" else "snapshots"
            if there < getattr(self.limit, name):
                self.limit = attrs.evolve(self.limit, **{name: there})

    def _held(self) -> set[str]:
        return {resource_id for reservation in self._active for resource_id in set(reservation.ids)}

    def _used(self) -> Amount:
        live = self._ledger.live()
        total = Amount()
        for reservation in self._active:
            ids = set(reservation.ids)
            # A test that has created more than it was given room for takes that room from others.
            total += reservation.amount.most(_sum(each for each in live if each.id in ids))
        held = self._held()
        return total + _sum(each for each in live if each.id not in held)


def _sum(resources: Iterable[Resource]) -> Amount:
    """How much resources are."""
    total = Amount()
    for resource in resources:
        volume = resource.kind == "volume"
        total += Amount(int(volume), int(not volume), resource.size)
    return total
