"""What runs that are over have left in a project: what may be removed, what is left alone and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from volcheck.endpoint.model import origin_of
from volcheck.gateway import cleanup, leftovers
from volcheck.gateway.claim import objection
from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import Blocked
from volcheck.gateway.ledger import Intent, Kind, Resource
from volcheck.gateway.ownership import addressable, owner_of, path_of, resource_of
from volcheck.gateway.records import Record
from volcheck.gateway.tag import began, written_by

#: A clock elsewhere may be fast by this much; a run that begins later than that is none.
_CLOCKS = timedelta(minutes=15)
#: A run that began longer ago than this is at work nowhere any more.
_LONGEST = timedelta(hours=24)
_SECONDS = 600.0


@attrs.frozen
class Asked:
    """What is to be removed. Without anything else: what the ledgers here tell of, and no copy of it.

    run_id: only of this run, which needs no ledger and is over; everything that is exactly as it leaves things.
    older_than: also of runs without a ledger that began so long ago. now: the time, with its zone.
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


def may_be_at_work(record: Record, asked: Asked) -> bool:
    """Whether a run's ledger is here and the run may be at work where that can't be seen.

    Not when it began too long ago for that, and not when it is named, which says that it is over.
    """
    beginning = began(record.run_id)
    if not record.elsewhere or beginning is None or record.run_id == asked.run_id:
        return False
    longest = _LONGEST if asked.older_than is None else min(_LONGEST, asked.older_than)
    return beginning > asked.now - longest


def plan(gateway: Gateway, records: Sequence[Record], alive: set[str], asked: Asked) -> Plan:
    """Look at what the records tell of, and at everything that carries the tag of a run which may be over.

    records: of this endpoint and project, and of runs that are not seen to be at work. alive: the ids of those that are.
    Raises nothing for what the endpoint does.
    """

    def wanted(run_id: str) -> bool:
        return run_id not in alive and asked.run_id in (None, run_id)

    swept = leftovers.sweep(gateway, wanted, seconds=_SECONDS)
    told = _Told(records, [each.resource for each in swept.found], asked)
    remove: list[Resource] = []
    kept: list[Kept] = []
    doubts = list(swept.problems)
    needed: set[str | None] = set()
    # Snapshots come before volumes.
    for each in swept.found:
        if _is_to_come(each.run_id, asked):
            reason = "its run begins in the future, so that it is of none"
            kept.append(_kept(each.resource, each.run_id, reason, is_left=False))
        elif stays := told.why_it_stays(each.run_id, each.resource):
            kept.append(_kept(each.resource, each.run_id, stays, is_left=True))
            needed.add(each.resource.volume_id)
        elif each.resource.id in needed:
            reason = "a snapshot of it stays"
            kept.append(_kept(each.resource, each.run_id, reason, is_left=True))
        else:
            remove.append(each.resource)
    for each in swept.changed:
        known = told.resource(each.run_id, each.resource) is not None
        kept.append(_kept(each.resource, each.run_id, each.objection or "", is_left=known))
    for stray in swept.strays:
        reason = "no request can name its id: delete it by other means"
        kept.append(Kept(stray.kind, stray.id, stray.name, stray.run_id, reason, is_left=True))
    seen = {(each.resource.kind, each.resource.id) for each in (*swept.found, *swept.changed)}
    seen |= {(stray.kind, stray.id) for stray in swept.strays}
    for key, tellings in told.tellings.items():
        if key not in seen:
            _look(gateway, tellings, told, remove, kept, doubts)
    kept += told.nowhere
    return Plan(tuple(remove), tuple(kept), tuple(doubts))


def carry_out(gateway: Gateway, remove: Sequence[Resource], *, patience: float) -> Cleared:
    """Remove what a plan says, each after one more look at it, and wait until it is gone.

    patience: seconds in all. Raises nothing for what the endpoint does.
    """
    for resource in remove:
        gateway.ledger.register(resource)
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


class _Told:
    """What the ledgers tell of, against what carries a run's tag: an exact copy carries it too.

    tellings: everything that was made and not seen to be gone, by kind and id, with each ledger that tells of it. nowhere:
    creations that the endpoint said it had taken and of which nothing that is found can be the outcome.
    """

    def __init__(self, records: Sequence[Record], found: Sequence[Resource], asked: Asked) -> None:
        self._asked = asked
        self._runs = {record.run_id for record in records}
        self._elsewhere = {record.run_id for record in records if may_be_at_work(record, asked)}
        self.tellings: dict[tuple[Kind, str], list[tuple[Record, Resource]]] = {}
        for record in records:
            for resource in record.resources:
                self.tellings.setdefault((resource.kind, resource.id), []).append((record, resource))
        self.nowhere: list[Kept] = []
        self._outcomes: set[tuple[Kind, str]] = set()
        for run_id in sorted(self._runs - self._elsewhere):
            unknown = [each for each in found if each.run == run_id and not self.resource(run_id, each)]
            self._settle([record for record in records if record.run_id == run_id], unknown)

    def resource(self, run_id: str, found: Resource) -> Resource | None:
        """What a ledger of the run tells of something that is found, or None."""
        tellings = self.tellings.get((found.kind, found.id), ())
        return next((resource for record, resource in tellings if record.run_id == run_id), None)

    def why_it_stays(self, run_id: str, found: Resource) -> str | None:
        """Why something exactly as a run leaves it is not removed, as a clause; None where it is."""
        if run_id == self._asked.run_id:
            return None
        command = f"`volcheck clean --run {run_id}` removes it"
        if run_id in self._elsewhere:
            return f"run {run_id} may be at work on another machine: if it is over, {command}"
        if run_id in self._runs:
            known = self.resource(run_id, found)
            if known and known.size and found.size != known.size:
                reason = f"its size is {found.size} GiB, and the run made it with {known.size}"
            elif known or (found.kind, found.id) in self._outcomes:
                return None
            else:
                reason = f"the ledger of run {run_id} does not tell of it, so that it may be somebody's copy"
            return f"{reason}: if it is the run's, {command}"
        beginning, older_than = began(run_id), self._asked.older_than
        if older_than is not None and beginning is not None and beginning <= self._asked.now - older_than:
            return None
        return f"no ledger here tells of run {run_id}, which may be at work on another machine: if it is over, {command}"

    def _settle(self, records: Sequence[Record], unknown: Sequence[Resource]) -> None:
        """Find what a run's open creations have made among what no ledger tells of.

        Of finds that look alike there may be no more than creations that look so; of more, nobody can say which are copies.
        """
        by_name: dict[tuple[Kind, str], list[tuple[Record, Intent]]] = {}
        for record in records:
            for intent in record.open:
                alike = by_name.setdefault((intent.kind, (intent.name or "").strip()), [])
                # A copy of a ledger beside it tells of the same creations.
                if intent not in [each for _, each in alike]:
                    alike.append((record, intent))
        for (kind, name), intents in by_name.items():
            finds = [each for each in unknown if (each.kind, each.name.strip()) == (kind, name)]
            if len(finds) <= len(intents):
                self._outcomes.update((each.kind, each.id) for each in finds)
            ids = {each.id for each in unknown if each.kind == kind} & {intent.id for _, intent in intents}
            free = [each for each in finds if each.id not in ids]
            others = [(record, intent) for record, intent in intents if intent.id not in ids]
            self.nowhere += [
                _nowhere(record, intent) for record, intent in others[len(free) :] if intent.accepted
            ]


def _look(
    gateway: Gateway,
    tellings: Sequence[tuple[Record, Resource]],
    told: _Told,
    remove: list[Resource],
    kept: list[Kept],
    doubts: list[str],
) -> None:
    """Look at something that ledgers tell of and no list shows with a tag."""
    endpoint = gateway.endpoint
    record, resource = tellings[0]
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
    item = look.member(resource.kind)
    if look.status != 200 or item is None or item.get("id") != resource.id:
        doubts.append(f"{resource.kind} {resource.id} could not be looked at: {look.summary()}")
        return
    # Ledgers of two runs may tell of one id: it is that run's whose tag it carries.
    writer = written_by(resource.kind, item)
    record, resource = next((each for each in tellings if each[0].run_id == writer), tellings[0])
    stays = objection(resource.kind, item, run_id=record.run_id, project=project) or told.why_it_stays(
        record.run_id, resource_of(resource.kind, item)
    )
    if stays is None:
        remove.append(attrs.evolve(resource, run=record.run_id, deleting=item.get("status") == "deleting"))
    else:
        kept.append(_kept(resource, record.run_id, stays, is_left=True))


def _nowhere(record: Record, intent: Intent) -> Kept:
    return Kept(
        intent.kind,
        intent.id,
        intent.name or intent.shown_name,
        record.run_id,
        "the endpoint took the request to make it, and no list shows it with the run's tag: look for it in the project, then "
        f"delete {record.path}",
        is_left=True,
    )


def _kept(resource: Resource, run_id: str, reason: str, *, is_left: bool) -> Kept:
    return Kept(resource.kind, resource.id, resource.name, run_id, reason, is_left)


def _with_status(left: cleanup.Left) -> str:
    return f"its status is {left.status}; {left.advice}"
