"""Looks through the lists of a project for what carries the tag of a run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from volcheck.gateway.claim import objection
from volcheck.gateway.core import Gateway, Who, next_link
from volcheck.gateway.errors import Blocked
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.ledger import Kind, Resource
from volcheck.gateway.links import segment
from volcheck.gateway.ownership import addressable, resource_of
from volcheck.gateway.tag import tag_of, written_by

#: So many resources are remembered in all, and so many volumes of which others have taken snapshots.
_MOST = 100_000


@attrs.frozen
class Tagged:
    """A resource that carries a run's tag.

    objection: why it is not just what that run left, as a clause; None where it is.
    """

    resource: Resource
    run_id: str
    status: str
    objection: str | None = None


@attrs.frozen
class Stray:
    """Something that carries a run's tag and has an id that no request can name: a number, none, or an unsafe one."""

    kind: Kind
    id: str
    name: str
    status: str
    run_id: str


@attrs.frozen
class Sweep:
    """What looking through the projects' lists for tags gave.

    found: exactly as a run left it. problems: why it may not be all, in sentences. changed: with a run's tag, and not to be
    touched, as its `objection` says.
    """

    found: tuple[Tagged, ...]
    problems: tuple[str, ...]
    strays: tuple[Stray, ...] = ()
    changed: tuple[Tagged, ...] = ()


def sweep(gateway: Gateway, wanted: Callable[[str], bool], *, seconds: float, pages: int = 10_000) -> Sweep:
    """Look for snapshots and volumes whose tag is that of a wanted run id.

    In every project for which there is an identity. Bounded by seconds and by pages of each list; memory does not grow
    with the lists. Raises nothing for what the endpoint does.
    """
    deadline = time.monotonic() + seconds
    looked = _Looked(wanted)
    problems: list[str] = []
    kinds: tuple[Kind, ...] = ("snapshot", "volume")
    for who, project in gateway.identities():
        for kind in kinds:
            number = 0
            what = f"the list of {kind}s{'' if who == 'main' else f' in project {project}'}"
            try:
                for number, page in enumerate(_pages(gateway, kind, who, project), start=1):
                    items = page.items(f"{kind}s") if page.status == 200 else None
                    if items is None:
                        problems.append(f"{what} could not be read: {page.summary()}")
                        break
                    for item in items:
                        looked.at(kind, item, who, project)
                    if number >= pages or time.monotonic() > deadline or looked.is_full:
                        problems.append(f"{what} was looked at for {number} pages and not to its end")
                        break
            except Blocked as reason:
                problems.append(f"{what} was looked at for {number} pages and not to its end: {reason}")
    return looked.sweep(problems)


class _Looked:
    """What the items of the lists come to."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self._tagged: dict[str, Tagged] = {}
        self._strays: list[Stray] = []
        self._parents: set[str] = set()

    @property
    def is_full(self) -> bool:
        """Whether there is more than may be remembered."""
        return len(self._tagged) + len(self._strays) + len(self._parents) > _MOST

    def at(self, kind: Kind, item: Mapping[str, Any], who: Who, project: str) -> None:
        """Look at one item."""
        if kind == "snapshot" and not written_by(kind, item) and isinstance(item.get("volume_id"), str):
            self._parents.add(item["volume_id"])
        run_id = written_by(kind, item) or tag_of(item)
        if run_id is None or not self._wanted(run_id):
            return
        if not addressable(item.get("id")):
            self._strays.append(_stray(kind, item, run_id))
            return
        status = str(item.get("status") or "unknown")
        resource = attrs.evolve(
            resource_of(kind, item),
            project=None if who == "main" else project,
            run=run_id,
            deleting=status == "deleting",
        )
        self._tagged.setdefault(
            resource.id,
            Tagged(resource, run_id, status, objection(kind, item, run_id=run_id, project=project)),
        )

    def sweep(self, problems: list[str]) -> Sweep:
        """All of it. A volume stays while somebody's snapshot needs it."""
        tagged = [
            attrs.evolve(each, objection="somebody has taken a snapshot of it")
            if each.objection is None and each.resource.id in self._parents
            else each
            for each in self._tagged.values()
        ]
        return Sweep(
            tuple(each for each in tagged if each.objection is None),
            tuple(problems),
            tuple(self._strays),
            tuple(each for each in tagged if each.objection is not None),
        )


def _stray(kind: Kind, item: Mapping[str, Any], run_id: str) -> Stray:
    resource_id = item.get("id")
    text = resource_id if isinstance(resource_id, str) else json.dumps(resource_id) if "id" in item else ""
    return Stray(kind, text, str(item.get("name") or ""), str(item.get("status") or "unknown"), run_id)


def _pages(gateway: Gateway, kind: Kind, who: Who, project: str) -> Iterator[Exchange]:
    page = gateway.send("GET", f"/{segment(project)}/{kind}s/detail", who=who)
    yield page
    followed: set[str] = set()
    while (href := next_link(page, kind)) and href not in followed:
        followed.add(href)
        page = gateway.follow(href, who=who)
        yield page
