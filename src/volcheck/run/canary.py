"""The first resources of a run: a few of each kind come and go before anything else is created.

So an endpoint on which nothing becomes available, or nothing is ever gone, is left with these few, and the run with one
wait: the circuits that are open afterwards tell every test.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from volcheck.gateway.budget import Amount
from volcheck.gateway.errors import Blocked, RunStopped
from volcheck.gateway.waiting import GONE
from volcheck.run.context import CURRENT, Context

if TYPE_CHECKING:
    from volcheck.run.resources import Resources
    from volcheck.run.state import Run

#: How many of each kind. One volume is kept for the snapshots.
VOLUMES, SNAPSHOTS = 3, 2


def try_first(run: Run) -> None:
    """Create and delete the first volumes and snapshots, and open the circuits of what none of them came to.

    What goes wrong is booked as it is for any test; nothing is raised for what the endpoint does.
    """
    context = Context("the first resources", None)
    token = CURRENT.set(context)
    try:
        each = run.settings.volume_size + 1
        run.hold(Amount(VOLUMES, SNAPSHOTS, (VOLUMES + SNAPSHOTS) * each))
        volumes, snapshots = run.resources("volume"), run.resources("snapshot")
        made = _created(run, volumes, [{"size": volumes.size}] * VOLUMES)
        if not made:
            return
        source, *rest = made
        begun = _deleted(run, volumes, rest)
        taken = _created(run, snapshots, [{"volume_id": source}] * SNAPSHOTS)
        _gone(run, snapshots, _deleted(run, snapshots, taken))
        _gone(run, volumes, begun)
    except RunStopped:
        # Every test is told why.
        return
    except Blocked as reason:
        run.problem(f"the first resources of the run could not be created: {reason}")
    finally:
        run.close(context)
        CURRENT.reset(token)


def _created(run: Run, resources: Resources, wishes: list[dict[str, Any]]) -> list[str]:
    """The ids of those that became available."""
    available: list[str] = []
    reason = ""
    asked = []
    for fields in wishes:
        try:
            asked.append(resources.ask(fields))
        except RunStopped:
            raise
        except Blocked as blocked:
            reason = str(blocked)
    for made in asked:
        try:
            resources.until(made["id"], "available", since=made.get("status"))
            available.append(made["id"])
        except RunStopped:
            raise
        except Blocked as blocked:
            reason = str(blocked)
    if not available:
        run.problem(f"none of the first {resources.kind}s of the run became available: {reason}")
        run.breaker.give_up((resources.kind, "available"))
    return available


def _deleted(run: Run, resources: Resources, ids: list[str]) -> dict[str, float]:
    """When the deletion of each was accepted, for those for which it was."""
    begun: dict[str, float] = {}
    for each in ids:
        try:
            resources.delete(each)
            begun[each] = time.monotonic()
        except RunStopped:
            raise
        except Blocked as blocked:
            run.problem(f"one of the first resources of the run can't be deleted: {blocked}")
    if ids and not begun:
        run.breaker.give_up((resources.kind, GONE))
    return begun


def _gone(run: Run, resources: Resources, begun: dict[str, float]) -> None:
    gone = [each for each, moment in begun.items() if _is_gone(resources, each, moment)]
    if begun and not gone:
        run.problem(
            f"none of the first {resources.kind}s of the run is gone, though their deletion was accepted"
        )
        run.breaker.give_up((resources.kind, GONE))


def _is_gone(resources: Resources, resource_id: str, begun: float) -> bool:
    # What shows a status that it shouldn't, which ends the first wait, may be gone all the same in its time.
    for since in ("deleting", None):
        try:
            resources.until(resource_id, GONE, since=since, begun=begun)
        except RunStopped:
            raise
        except Blocked:
            # The wait has booked what is wrong.
            continue
        return True
    return False
