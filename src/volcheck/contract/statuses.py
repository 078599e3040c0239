"""Status machines: what a volume or a snapshot may be doing, and what may come next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs

from volcheck.contract.yamlfile import YamlFile

#: How statuses.yaml writes that a resource is no longer found. Code says `None`.
GONE = "gone"
KINDS = ("transient", "steady", "error")
ACTIONS = ("delete", "snapshot", "snapshot-forced", "clone", "restore")


@attrs.frozen
class Status:
    """One status: its kind, what may directly follow (`None`: gone), and which requests it allows."""

    name: str
    kind: str
    next: frozenset[str | None]
    allows: frozenset[str]


@attrs.define(eq=False)
class StatusMachine:
    """The statuses of one resource ("volume" or "snapshot") and their legal changes.

    An observer that polls may miss transient statuses, so a change is legal when the new status can be
    reached from the old one by way of transient statuses alone. `None` stands for "not found": before the
    first sight of a resource, and after its deletion.
    """

    name: str
    initial: frozenset[str]
    by_name: Mapping[str, Status]

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every documented status, in the order of the published guide."""
        return tuple(self.by_name)

    def _of_kind(self, kind: str) -> frozenset[str]:
        return frozenset(name for name, status in self.by_name.items() if status.kind == kind)

    @cached_property
    def transient(self) -> frozenset[str]:
        """Statuses that change by themselves."""
        return self._of_kind("transient")

    @cached_property
    def errors(self) -> frozenset[str]:
        """Statuses that mean that something failed. They stay."""
        return self._of_kind("error")

    @cached_property
    def terminal(self) -> frozenset[str]:
        """Statuses that stay until somebody acts, errors included."""
        return self._of_kind("steady") | self.errors

    def allowing(self, action: str) -> frozenset[str]:
        """The statuses in which a request is accepted; `action` is one of `ACTIONS`."""
        if action not in ACTIONS:
            raise ValueError(f"no such action: {action}")
        return frozenset(name for name, status in self.by_name.items() if action in status.allows)

    def legal(self, previous: str | None, new: str | None) -> bool:
        """Whether `new` may be seen when the look before saw `previous`.

        Staying is legal. `previous=None` asks whether `new` may be the first status ever seen; `new=None`
        whether the resource may be gone. A status that the contract doesn't know is never legal.
        """
        if previous is not None and previous not in self.by_name:
            return False
        return new == previous or new in self._after[previous]

    def successors(self, previous: str | None) -> frozenset[str | None]:
        """Everything that may be seen after `previous`, apart from itself."""
        return self._after.get(previous, frozenset())

    @cached_property
    def _after(self) -> Mapping[str | None, frozenset[str | None]]:
        return {start: self._reachable(start) for start in (None, *self.by_name)}

    def _reachable(self, start: str | None) -> frozenset[str | None]:
        direct: frozenset[str | None] = frozenset(self.initial) if start is None else self.by_name[start].next
        found: set[str | None] = set()
        waiting = list(direct)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            if name is not None and self.by_name[name].kind == "transient":
                waiting.extend(self.by_name[name].next)
        return frozenset(found - {start})


def read_machines(file: YamlFile, documented: Mapping[str, tuple[str, ...]]) -> dict[str, StatusMachine]:
    """The machines of statuses.yaml, by resource.

    documented: the statuses that the schema of each resource lists; the file must have just these.
    Raises ContractError with file and line.
    """
    if not isinstance(file.data, dict) or set(file.data) != set(documented):
        wanted = " and ".join(documented)
        raise file.error((), f"one machine each for {wanted} is expected", "Add what is missing.")
    return {name: _machine(file, name, file.data[name], statuses) for name, statuses in documented.items()}


def _machine(file: YamlFile, name: str, node: Any, documented: tuple[str, ...]) -> StatusMachine:
    if not isinstance(node, dict) or not isinstance(node.get("statuses"), dict):
        raise file.error((name,), f"{name} has no statuses", "Write initial: [...] and statuses: {...}.")
    statuses = node["statuses"]
    for status in (*documented, *statuses):
        if (status in documented) != (status in statuses):
            place = (name, "statuses", status)
            raise file.error(place, f"openapi.yaml and this file disagree about {status}", "Make them agree.")
    initial = _words(file, (name, "initial"), node.get("initial", []), statuses)
    if not initial:
        raise file.error((name,), f"{name} has no initial status", "Write initial: [...].")
    return StatusMachine(
        name=name,
        initial=frozenset(initial),
        by_name={key: _status(file, name, key, statuses[key], statuses) for key in documented},
    )


def _status(file: YamlFile, machine: str, name: str, node: Any, known: Mapping[str, Any]) -> Status:
    place = (machine, "statuses", name)
    if not isinstance(node, dict) or not set(node) <= {"kind", "next", "allows"}:
        raise file.error(place, f"{name} must have kind, next and perhaps allows", "Correct the entry.")
    if node.get("kind") not in KINDS:
        raise file.error(place, f"the kind of {name} is not known", f"Use one of {', '.join(KINDS)}.")
    following = _words(file, (*place, "next"), node.get("next", []), [*known, GONE])
    allows = _words(file, (*place, "allows"), node.get("allows", []), ACTIONS)
    return Status(
        name=name,
        kind=node["kind"],
        next=frozenset(None if word == GONE else word for word in following),
        allows=frozenset(allows),
    )


def _words(file: YamlFile, place: tuple[str, ...], node: Any, known: Any) -> list[str]:
    if not isinstance(node, list):
        raise file.error(place, f"{place[-1]} must be a list", "Write it as [a, b].")
    for word in node:
        if not isinstance(word, str) or word not in known:
            raise file.error(place, f"{word!r} is not known here", f"Use some of {', '.join(known)}.")
    return node
