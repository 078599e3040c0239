"""Removes what a run made: snapshots before volumes, with retries, and says what is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import attrs

from volcheck.gateway.core import Gateway, segment
from volcheck.gateway.errors import Blocked, GatewayRefusal
from volcheck.gateway.ledger import Resource

_ADVICE = {
    "creating": "it is stuck in creating: an administrator must reset its state (os-reset_status) before it can be deleted",
    "error_deleting": "its deletion failed: look at the volume service's log, then delete it again or have its state reset",
    "deleting": "it was still being deleted: look again later",
    "in-use": "it is attached: detach it, then delete it",
}


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


def request_deletion(gateway: Gateway, resource: Resource) -> bool:
    """Ask for a deletion once. True when it is accepted or the resource is gone."""
    exchange = gateway.send("DELETE", _path(gateway, resource))
    if exchange.status == 404:
        gateway.ledger.gone(resource.id)
        return True
    return 200 <= exchange.status < 300


def settle(gateway: Gateway, resources: Collection[Resource] | None = None) -> None:
    """Look once at everything that is being deleted, and strike off what is gone."""
    for resource in resources if resources is not None else [r for r in gateway.ledger.live() if r.deleting]:
        exchange = gateway.send("GET", _path(gateway, resource))
        if exchange.status == 404:
            gateway.ledger.gone(resource.id)


def clean(
    gateway: Gateway,
    *,
    patience: float,
    resources: Callable[[], list[Resource]] | None = None,
    attempts: int = 20,
) -> Outcome:
    """Remove everything in the ledger (or what `resources` lists), and wait until it is gone.

    patience: seconds in all. Never raises for what the endpoint does; what stays is in the outcome.
    """
    deadline = time.monotonic() + patience
    problems: list[str] = []
    listed = resources or gateway.ledger.live
    tries: dict[str, int] = {}
    pause = 0.02
    try:
        while True:
            live = [r for r in listed() if not r.gone]
            if not live:
                break
            snapshots = [r for r in live if r.kind == "snapshot"]
            parents = {r.volume_id for r in snapshots}
            for resource in snapshots + [r for r in live if r.kind == "volume" and r.id not in parents]:
                if not resource.deleting and tries.get(resource.id, 0) < attempts:
                    tries[resource.id] = tries.get(resource.id, 0) + 1
                    request_deletion(gateway, resource)
            going = [r for r in listed() if r.deleting and not r.gone]
            settle(gateway, going)
            stuck = all(tries.get(r.id, 0) >= attempts for r in live if not r.gone and not r.deleting)
            if time.monotonic() > deadline or (stuck and not [r for r in listed() if r.deleting and not r.gone]):
                break
            if any(not r.gone for r in live):
                time.sleep(pause)
                pause = min(pause * 1.5, 1.0)
    except (Blocked, GatewayRefusal) as stop:
        problems.append(f"cleaning up stopped: {stop}")
    left = tuple(_left(gateway, resource) for resource in listed() if not resource.gone)
    return Outcome(tuple(item for item in left if not item.resource.gone), tuple(problems))


def _left(gateway: Gateway, resource: Resource) -> Left:
    status = "unknown"
    try:
        exchange = gateway.send("GET", _path(gateway, resource), retry=False)
    except Blocked:
        return Left(resource, status, "the endpoint does not answer: run `volcheck clean` when it does")
    if exchange.status == 404:
        gateway.ledger.gone(resource.id)
    body = exchange.json()
    item = body.get(resource.kind) if isinstance(body, dict) else None
    if isinstance(item, dict):
        status = str(item.get("status", "unknown"))
    return Left(resource, status, _ADVICE.get(status, "run `volcheck clean`, which tries again"))


def _path(gateway: Gateway, resource: Resource) -> str:
    return f"/{segment(gateway.endpoint.identity.project_id)}/{resource.kind}s/{segment(resource.id)}"
