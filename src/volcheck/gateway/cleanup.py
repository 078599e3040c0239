"""Removes what a run made: snapshots before volumes, with retries, and says what is left."""

from __future__ import annotations

import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import attrs

from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import Blocked, CredentialsEnded, GatewayRefusal, NotProved, OperationBusy
from volcheck.gateway.ledger import Kind, Resource
from volcheck.gateway.ownership import owner_of, path_of
from volcheck.gateway.waiting import least_pause

_ADVICE = {
    "creating": "it is stuck in creating: an administrator must reset its state (os-reset_status) before it can be deleted",
    "error_deleting": "its deletion failed: look at the volume service's log, then delete it again or have its state reset",
    "deleting": "it was still being deleted: look again later",
    "in-use": "it is attached: detach it, then delete it",
}
#: Resources that are asked for, or looked at, at once.
_AT_ONCE = 8
#: What to do about something that may be the run's and is not proved to be.
NOT_PROVED = "nothing proves that it is the run's, so it was left alone: look at it, and delete it if it is"


@attrs.frozen
class Left:
    """A resource that could not be removed, its last status, and what to do about it."""

    resource: Resource
    status: str
    advice: str


@attrs.frozen
class Outcome:
    """What cleaning up came to. problems: sentences about requests that failed on the way."""

    left: tuple[Left, ...]
    problems: tuple[str, ...]


def push(gateway: Gateway, resources: Collection[Resource], *, deadline: float | None = None) -> None:
    """Take one step in removing resources: ask for what can be deleted now, look at what is being deleted.

    A volume has to wait for its snapshots. Nothing is raised for what the endpoint answers, and nothing is waited for.
    deadline: on the monotonic clock; what is not reached by then is left for the next step.
    """

    def step(resource: Resource) -> None:
        if not resource.gone and (deadline is None or time.monotonic() <= deadline):
            _step(gateway, resource, waits=resource.kind == "volume" and resource.id in parents)

    kinds: tuple[Kind, ...] = ("snapshot", "volume")
    for kind in kinds:
        parents = {r.volume_id for r in gateway.ledger.live("snapshot")}
        due = [resource for resource in resources if resource.kind == kind]
        if len(due) < 2:
            for resource in due:
                step(resource)
            continue
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="volcheck-cleanup") as pool:
            steps = [pool.submit(step, resource) for resource in due]
        for each in steps:
            each.result()


def _step(gateway: Gateway, resource: Resource, *, waits: bool) -> None:
    endpoint = gateway.endpoint
    path, who = path_of(endpoint, resource), owner_of(endpoint, resource)
    if resource.deleting:
        item = gateway.send("GET", path, who=who).member(resource.kind)
        if item is not None and item.get("status") != "deleting":
            # The endpoint took the request and did not act on it: ask again next time, after another look at it.
            resource.deleting = resource.proved = False
    elif not waits:
        try:
            deletion = gateway.send("DELETE", path, who=who)
        except NotProved:
            # No look shows that it is the run's, or not yet. What is left is listed at the end.
            return
        resource.refusal = deletion.status if deletion.status >= 400 else 0
        if deletion.status == 404 and gateway.send("GET", path, who=who).status == 404:
            gateway.ledger.gone(resource.id)


def clean(gateway: Gateway, *, patience: float) -> Outcome:
    """Remove everything in the ledger, and wait until it is gone.

    patience: seconds in all. Never raises for what the endpoint does; what stays is in the outcome.
    """
    began = time.monotonic()
    deadline = began + patience
    gateway.try_again()
    problems: list[str] = []
    unfit: set[str] = set()
    busy = ""
    pause = 0.02
    try:
        while live := [r for r in gateway.ledger.live() if r.id not in unfit]:
            try:
                push(gateway, live, deadline=deadline)
            except GatewayRefusal as refusal:
                # An endpoint may give ids that no request can name safely. One of them must not stop the rest.
                unfit.update(r.id for r in live if not _addressable(gateway, r))
                problems.append(str(refusal))
            except OperationBusy as refusal:
                busy = f"cleaning up was held up: {refusal}"
            if time.monotonic() > deadline:
                break
            if any(not r.gone for r in live):
                elapsed = time.monotonic() - began
                time.sleep(min(max(pause, least_pause(elapsed)), max(patience - elapsed, 0.02)))
                pause = min(pause * 1.5, max(0.5, elapsed / 8), 2.0)
    except Blocked as stop:
        problems.append(f"cleaning up stopped: {stop}")
    if busy:
        problems.append(busy)
    left = tuple(_left(gateway, resource) for resource in gateway.ledger.live())
    return Outcome(tuple(item for item in left if not item.resource.gone), tuple(dict.fromkeys(problems)))


def _addressable(gateway: Gateway, resource: Resource) -> bool:
    try:
        gateway.guard.admit("DELETE", path_of(gateway.endpoint, resource))
    except GatewayRefusal:
        return False
    return True


def _left(gateway: Gateway, resource: Resource) -> Left:
    if not _addressable(gateway, resource):
        return Left(resource, "unknown", "its id can't stand in a URL safely: delete it by other means")
    status, endpoint = "unknown", gateway.endpoint
    try:
        exchange = gateway.send(
            "GET", path_of(endpoint, resource), who=owner_of(endpoint, resource), retry=False
        )
    except CredentialsEnded:
        return Left(
            resource, status, "the token has ended: run `volcheck clean` with a fresh one, which removes it"
        )
    except Blocked:
        return Left(resource, status, "the endpoint does not answer: run `volcheck clean` when it does")
    if exchange.status == 404:
        gateway.ledger.gone(resource.id)
    if (item := exchange.member(resource.kind)) is not None:
        status = str(item.get("status", "unknown"))
    if not resource.proved:
        return Left(resource, status, NOT_PROVED)
    advice = _ADVICE.get(status, "run `volcheck clean`, which tries again")
    if resource.refusal:
        advice = f"its DELETE was refused with {resource.refusal}; {advice}"
    return Left(resource, status, advice)
