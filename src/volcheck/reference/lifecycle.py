"""What time does: resources reach their next status when its moment has come.

Nothing runs in the background. Each request first settles what has fallen due, so the state is a function of
time and the same however many clients ask.
"""

from __future__ import annotations

import heapq

from volcheck.reference.call import Call
from volcheck.reference.clock import micros
from volcheck.reference.world import Phase, Resource, Volume


def plan(call: Call, resource: Resource, *steps: tuple[float, str | None]) -> None:
    """Plan the statuses a resource takes from now on: (seconds from now, status), None for gone."""
    call.subject = resource
    phases = []
    for seconds, status in steps:
        call.goal = status
        phases.append(Phase(call.now + micros(call.hooks("delay", call, seconds)), status))
    call.world.plan(resource, phases)


def settle(call: Call) -> None:
    """Let everything happen that is due at the moment of this call."""
    agenda = call.world.agenda
    while agenda and agenda[0][0] <= call.now:
        at, _, resource = heapq.heappop(agenda)
        if resource.phases and resource.phases[0].at == at:
            _advance(call, resource, resource.phases.popleft())
    call.subject = call.goal = None


def _advance(call: Call, resource: Resource, phase: Phase) -> None:
    call.subject, call.goal = resource, phase.status
    status = call.hooks("transition", call, phase.status)
    if status is None:
        call.world.remove(resource)
        return
    resource.status = status
    resource.updated_at = phase.at
    if status == "available" and isinstance(resource, Volume) and resource.image is not None:
        resource.bootable = True
        resource.image_metadata = dict(resource.image.properties)
