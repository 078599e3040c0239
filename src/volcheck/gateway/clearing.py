"""What runs that are over have left in a project: what may be removed, what is left alone and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import attrs

from volcheck.endpoint.model import origin_of
from volcheck.gateway import cleanup, leftovers
from volcheck.gateway.claim import objection
from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import Blocked
from volcheck.gateway.ledger import Intent, Kind, Resource
from volcheck.gateway.ownership import addressable, owner_of, path_of
from volcheck.gateway.records import Record
from volcheck.tag import began

#: A clock elsewhere may be fast by this much; a run that begins later than that is none.
_CLOCKS = timedelta(minutes=15)
_SECONDS = 600.0


@attrs.frozen
class Asked:
    """What is to be removed. Without anything else: what the ledgers here know of.

    run_id: only of this run, which needs no ledger. older_than: also of runs without a ledger that began so long ago.
    now: the time, with its zone.
    """

    now: datetime
    run_id: str | None = None
    older_than: timedelta | None = None


@attrs.frozen
class Kept:
    """Something that stays. reason: why, as a clause. is_left: whether it counts as left behind by the run."""

    kind: Kind
    id: str
    name: str
    run_id: str
    reason: str
    is_left: bool


@attrs.frozen
class Plan:
    """What is to be removed and what stays. doubts: why there may be more of it, in sentences."""

    remove: tuple[Resource, ...]
    kept: tuple[Kept, ...]
    doubts: tuple[str, ...]


@attrs.frozen
class Cleared:
    """What came of a plan. problems: sentences about requests that failed on the way."""

    removed: tuple[Resource, ...]
    kept: tuple[Kept, ...]
    problems: tuple[str, ...]


def is_here(record: Record, gateway: Gateway) -> bool:
    """Whether a ledger is of this endpoint and project."""
    if record.project_id != gateway.endpoint.identity.project_id:
        return False
    try:
        return origin_of(record.base_url) == gateway.endpoint.origin
    except ValueError:
        return False


def plan(gateway: Gateway, records: Sequence[Record], alive: set[str], asked: Asked) -> Plan:
    """Look at what the records tell of, and at everything that carries the tag of a run which may be over.

    records: of this endpoint and project, and of runs that are over. alive: the ids of runs that are still at work.
    Raises nothing for what the endpoint does.
    """
    known = {resource.id: record for record in records for resource in record.resources}
    with_ledger = {record.run_id for record in records}

    def wanted(run_id: str) -> bool:
        return run_id not in alive and asked.run_id in (None, run_id)

    swept = leftovers.sweep(gateway, wanted, seconds=_SECONDS)
    remove: list[Resource] = []
    kept: list[Kept] = []
    doubts = list(swept.problems)
    for each in swept.found:
        if _is_to_come(each.run_id, asked):
            reason = "its run begins in the future, so that it is of none"
            kept.append(_kept(each.resource, each.run_id, reason, is_left=False))
        elif _is_asked(each.run_id, with_ledger, asked):
            remove.append(each.resource)
        else:
            reason = (
                f"no ledger here tells of run {each.run_id}, which may be at work on another machine: if it is over, "
                f"`volcheck clean --run {each.run_id}` removes it"
            )
            kept.append(_kept(each.resource, each.run_id, reason, is_left=True))
    for each in swept.changed:
        kept.append(
            _kept(each.resource, each.run_id, each.objection or "", is_left=each.resource.id in known)
        )
    for stray in swept.strays:
        reason = "no request can name its id: delete it by other means"
        kept.append(Kept(stray.kind, stray.id, stray.name, stray.run_id, reason, is_left=True))
    seen = {each.resource.id for each in (*swept.found, *swept.changed)}
    for record in records:
        for resource in record.resources:
            if resource.id not in seen:
                _look(gateway, record, resource, remove, kept, doubts)
        kept += _missing(record, swept.found)
    return Plan(tuple(remove), tuple(kept), tuple(doubts))


def carry_out(gateway: Gateway, remove: Sequence[Resource], *, patience: float) -> Cleared:
    """Remove what a plan says, each after one more look at it, and wait until it is gone.

    patience: seconds in all. Raises nothing for what the endpoint does.
    """
    for resource in remove:
        gateway.ledger.made(resource)
    outcome = cleanup.clean(gateway, patience=patience)
    runs = {resource.id: resource.run or "" for resource in remove}
    kept = [
        _kept(left.resource, runs[left.resource.id], _with_status(left), is_left=True)
        for left in outcome.left
    ]
    kept += [
        Kept(each.kind, each.id, each.name, runs[each.id], each.reason, is_left=True)
        for each in gateway.ledger.unproved()
    ]
    stays = {each.id for each in kept}
    return Cleared(
        tuple(resource for resource in remove if resource.id not in stays), tuple(kept), outcome.problems
    )


def _is_to_come(run_id: str, asked: Asked) -> bool:
    beginning = began(run_id)
    return beginning is None or beginning > asked.now + _CLOCKS


def _is_asked(run_id: str, with_ledger: set[str], asked: Asked) -> bool:
    """Whether what this run has left is to be removed."""
    if run_id in with_ledger or run_id == asked.run_id:
        return True
    beginning = began(run_id)
    return (
        asked.older_than is not None and beginning is not None and beginning <= asked.now - asked.older_than
    )


def _look(
    gateway: Gateway,
    record: Record,
    resource: Resource,
    remove: list[Resource],
    kept: list[Kept],
    doubts: list[str],
) -> None:
    """Look at something that a ledger tells of and no list shows with a tag."""
    endpoint = gateway.endpoint
    project = resource.project or endpoint.identity.project_id
    if not addressable(resource.id):
        reason = "no request can name its id: delete it by other means"
        kept.append(_kept(resource, record.run_id, reason, is_left=True))
        return
    if project not in [each for _, each in gateway.identities()]:
        reason = (
            f"it is in project {project}: give the second identity with --other-cloud, or with OS_OTHER_TOKEN and "
            "--other-project-id"
        )
        kept.append(_kept(resource, record.run_id, reason, is_left=True))
        return
    try:
        look = gateway.send("GET", path_of(endpoint, resource), who=owner_of(endpoint, resource))
    except Blocked as blocked:
        doubts.append(f"{resource.kind} {resource.id} could not be looked at: {blocked}")
        return
    if look.status == 404:
        return
    body = look.json()
    item = body.get(resource.kind) if isinstance(body, dict) else None
    if look.status != 200 or not isinstance(item, dict) or item.get("id") != resource.id:
        doubts.append(f"{resource.kind} {resource.id} could not be looked at: {look.summary()}")
        return
    changed = objection(resource.kind, item, run_id=record.run_id, project=project)
    if changed is None:
        remove.append(attrs.evolve(resource, run=record.run_id, deleting=item.get("status") == "deleting"))
    else:
        kept.append(_kept(resource, record.run_id, changed, is_left=True))


def _missing(record: Record, found: Sequence[leftovers.Tagged]) -> Iterator[Kept]:
    """Creations that the endpoint said it had taken and of which nothing that is found can be the outcome."""
    unmatched = [each.resource for each in found if each.run_id == record.run_id]
    for intent in record.open:
        match = next((each for each in unmatched if _may_be(intent, each)), None)
        if match is not None:
            unmatched.remove(match)
        elif intent.accepted:
            yield Kept(
                intent.kind,
                intent.id,
                intent.name or intent.shown_name,
                record.run_id,
                "the endpoint took the request to make it, and no list shows it with the run's tag: look for it in the "
                f"project, then delete {record.path}",
                is_left=True,
            )


def _may_be(intent: Intent, resource: Resource) -> bool:
    """Whether a resource can be what a creation made."""
    return intent.kind == resource.kind and (
        intent.id == resource.id or (intent.name or "").strip() == resource.name.strip()
    )


def _kept(resource: Resource, run_id: str, reason: str, *, is_left: bool) -> Kept:
    return Kept(resource.kind, resource.id, resource.name, run_id, reason, is_left)


def _with_status(left: cleanup.Left) -> str:
    return f"its status is {left.status}; {left.advice}"
