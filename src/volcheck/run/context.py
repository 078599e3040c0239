"""One test's place in the run: whose exchanges these are, what was demanded, what was made."""

from __future__ import annotations

import time
from contextvars import ContextVar

import attrs

from volcheck.gateway.budget import Reservation


class NotApplicable(Exception):
    """The requirement does not apply to this run (read-only, another profile). The message says why."""


@attrs.define(eq=False)
class Context:
    """One test: its node id and requirement, and what happened so far.

    reached: demands reached. broken: ids of other requirements seen broken while this test ran.
    """

    test: str
    requirement: str | None
    reached: int = 0
    exchanges: int = 0
    broken: list[str] = attrs.field(factory=list)
    reservation: Reservation | None = None
    began: float = attrs.field(factory=time.monotonic)
    ended: float | None = None

    def reach(self) -> None:
        """Count one demand."""
        self.reached += 1


#: The test that is at work; every asyncio task has its own.
CURRENT: ContextVar[Context | None] = ContextVar("volcheck_context", default=None)
