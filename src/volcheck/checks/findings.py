"""Hands what the checks between exchanges found to the run, which judges it."""

from __future__ import annotations

from typing import Protocol

from volcheck.gateway.exchange import Exchange
from volcheck.gateway.messages import show


class Judge(Protocol):
    """Who hears of breaches."""

    def violate(self, requirement: str, message: str, *, expected: str, got: str, exchange: Exchange) -> None:
        """Note a breach."""

    def reached(self, requirement: str) -> None:
        """Note that a requirement was looked at."""


class Findings:
    """Hands findings to a judge, and counts the breaches among them."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.breaches = 0

    def reached(self, requirement: str) -> None:
        """Note that a requirement was looked at."""
        self._judge.reached(requirement)

    def hold(
        self, requirement: str, holds: bool, message: str, expected: object, got: object, exchange: Exchange
    ) -> None:
        """Note that a requirement was looked at, and a breach where it does not hold."""
        self._judge.reached(requirement)
        if not holds:
            self.violate(requirement, message, expected=show(expected), got=show(got), exchange=exchange)

    def violate(self, requirement: str, message: str, *, expected: str, got: str, exchange: Exchange) -> None:
        """Note a breach."""
        self.breaches += 1
        self._judge.violate(requirement, message, expected=expected, got=got, exchange=exchange)
