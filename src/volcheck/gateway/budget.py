"""How much may exist at once: never more than the set number of volumes and GiB.

Whoever wants to make something asks to be admitted first, for all it may hold at one time. Nobody waits while
holding, so tests that run side by side can't block each other for ever.
"""

from __future__ import annotations

import attrs

from volcheck.gateway.ledger import Ledger


@attrs.frozen
class Amount:
    """So many volumes, and GiB of volumes and snapshots together (as Cinder's quota counts them)."""

    volumes: int
    gigabytes: int

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.volumes + other.volumes, self.gigabytes + other.gigabytes)

    def within(self, limit: Amount) -> bool:
        """Whether this much fits."""
        return self.volumes <= limit.volumes and self.gigabytes <= limit.gigabytes

    def share(self, workers: int) -> Amount:
        """One worker's part of a budget, so that all of them together keep to the whole."""
        return Amount(self.volumes // workers, self.gigabytes // workers)


@attrs.define(eq=False)
class Reservation:
    """What one test may hold. `ids` are the resources it has made so far."""

    amount: Amount
    ids: set[str] = attrs.field(factory=set)


class Budget:
    """The books of one run: what is reserved by those at work, and what others have left to be removed."""

    def __init__(self, limit: Amount, ledger: Ledger) -> None:
        self.limit = limit
        self._ledger = ledger
        self._active: list[Reservation] = []

    def admit(self, amount: Amount) -> Reservation | None:
        """A reservation, or None when that much does not fit now."""
        if not (self.used() + amount).within(self.limit):
            return None
        reservation = Reservation(amount)
        self._active.append(reservation)
        return reservation

    def release(self, reservation: Reservation) -> None:
        """Give a reservation back. What it made and left behind counts until it is gone."""
        if reservation in self._active:
            self._active.remove(reservation)

    def held(self) -> set[str]:
        """The ids of what belongs to those at work."""
        return {resource_id for reservation in self._active for resource_id in reservation.ids}

    def used(self) -> Amount:
        """What is reserved, or exists outside every reservation."""
        total = Amount(0, 0)
        held = self.held()
        for reservation in self._active:
            total += reservation.amount
        for resource in self._ledger.live():
            if resource.id not in held:
                total += Amount(1 if resource.kind == "volume" else 0, resource.size)
        return total
