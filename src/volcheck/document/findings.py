"""Differences gathered by cause, each as a sentence: one wrong prefix is one finding with many places."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Literal

import attrs

from volcheck.document.check import REMARKS, Code, Divergence

Severity = Literal["error", "remark"]

_REQUEST = " (request)"
#: How many rows of one table must be unknown or missing before they count as one cause.
_WHOLE_TABLE = 5


@attrs.frozen
class Spot:
    """One place of a finding: a line of the guide (0 where there is none), and what is there."""

    line: int
    operation: str
    subject: str


@attrs.frozen
class Finding:
    """One cause, with all its places.

    severity: "remark" for what harms nobody and needs no ruling. rule: the code of the differences, or "prefix" and "renamed"
    for rows that stand under another name. message: what the guide says, what the contract says, what to do.
    places: pointers into the contract.
    """

    rule: str
    severity: Severity
    message: str
    spots: tuple[Spot, ...]
    places: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """The first line concerned."""
        return self.spots[0].line


def gather(divergences: Iterable[Divergence]) -> list[Finding]:
    """The causes behind differences, in the order of their first lines."""
    left = list(divergences)
    found = [*_renamed(left)]
    groups: dict[tuple[str, ...], list[Divergence]] = defaultdict(list)
    sizes: dict[tuple[str, ...], int] = defaultdict(int)
    for each in left:
        sizes[_table(each)] += 1
    for each in left:
        if each.code in _BY_TABLE and sizes[_table(each)] > _WHOLE_TABLE:
            groups[_table(each)].append(each)
        else:
            groups[each.code, _tail(each.subject), _word(each.says), each.contract].append(each)
    found.extend(_finding(group) for group in groups.values())
    return sorted(found, key=lambda finding: (finding.severity != "error", finding.line))


_BY_TABLE: frozenset[Code] = frozenset(
    ("row-unknown", "row-missing", "example-lacks", "example-undocumented")
)


def _table(each: Divergence) -> tuple[str, ...]:
    return each.code, each.operation, _side(each)


def _side(each: Divergence) -> str:
    return "request" if each.subject.endswith(_REQUEST) else ""


def _tail(subject: str) -> str:
    """A subject without the name of its list or object, so that `volume.size` and `volumes.size` are one."""
    return subject.partition(".")[2] or subject


def _word(says: str) -> str:
    return says.casefold()


def _renamed(left: list[Divergence]) -> list[Finding]:
    """Rows that stand under another name: taken out of `left` with all that follows from it."""
    unknown: dict[tuple[str, str], list[Divergence]] = defaultdict(list)
    missing: dict[tuple[str, str], list[Divergence]] = defaultdict(list)
    for each in left:
        if each.code in ("row-unknown", "row-missing"):
            table = unknown if each.code == "row-unknown" else missing
            table[each.operation, _side(each)].append(each)
    renames: dict[tuple[str, str], list[tuple[Divergence, Divergence]]] = defaultdict(list)
    for where, rows in unknown.items():
        candidates = list(missing[where])
        for row in rows:
            known = twin(row, candidates)
            if known is not None:
                candidates.remove(known)
                renames[_difference(row.subject, known.subject)].append((row, known))
    found = []
    for (old, new), pairs in renames.items():
        spots = tuple(Spot(row.line, row.operation, row.subject) for row, _ in pairs)
        operations = ", ".join(dict.fromkeys(row.operation for row, _ in pairs))
        message = f"{len(pairs)} rows of {operations} begin with `{old}` where the contract has `{new}`. Rename them."
        if len(pairs) == 1:
            names = [each.subject.removesuffix(_REQUEST) for each in pairs[0]]
            message = f"A row of {operations} is called `{names[0]}`; the contract calls it `{names[1]}`. Rename it."
        places = tuple(dict.fromkeys(known.place for _, known in pairs if known.place))
        found.append(Finding("prefix" if len(pairs) > 1 else "renamed", "error", message, spots, places))
        same = {(row.operation, each.subject) for pair in pairs for row in pair[:1] for each in pair}
        left[:] = [d for d in left if d.code not in _BY_TABLE or (d.operation, d.subject) not in same]
    return [*found, *_renamed_statuses(left)]


def _renamed_statuses(left: list[Divergence]) -> list[Finding]:
    """Statuses that are written otherwise: taken out of `left`."""
    found = []
    for row in [d for d in left if d.code == "status-unknown"]:
        missing = [d for d in left if d.code == "status-missing" and d.operation == row.operation]
        close = get_close_matches(row.subject, [d.subject for d in missing], 1)
        if close:
            known = next(d for d in missing if d.subject == close[0])
            message = f"A status of a {row.operation} is written “{row.subject}”; the contract has `{known.subject}`. Correct it."
            found.append(Finding("renamed", "error", message, (Spot(row.line, row.operation, row.subject),)))
            left.remove(row)
            left.remove(known)
    return found


def twin(row: Divergence, candidates: Sequence[Divergence]) -> Divergence | None:
    """The missing row that an unknown one most likely stands for; None when none is near enough."""

    def ratio(other: Divergence) -> float:
        heads = row.subject.partition(".")[0], other.subject.partition(".")[0]
        tails = row.subject.partition(".")[2], other.subject.partition(".")[2]
        if tails[0] == tails[1]:
            # The same field of something that is called nearly the same.
            return (
                1 + SequenceMatcher(None, *heads).ratio()
                if SequenceMatcher(None, *heads).ratio() > 0.6
                else 0
            )
        return SequenceMatcher(None, row.subject, other.subject).ratio() if heads[0] == heads[1] else 0

    best = max(candidates, key=ratio, default=None)
    return best if best is not None and ratio(best) > 0.8 else None


def _difference(old: str, new: str) -> tuple[str, str]:
    """The parts of two dotted names that differ: their heads where the rest is one."""
    heads = old.partition(".")[::2], new.partition(".")[::2]
    if heads[0][1] == heads[1][1]:
        return heads[0][0].removesuffix(_REQUEST), heads[1][0].removesuffix(_REQUEST)
    return old, new


def _finding(group: Sequence[Divergence]) -> Finding:
    first = group[0]
    spots = tuple(Spot(each.line, each.operation, each.subject) for each in group)
    places = tuple(dict.fromkeys(each.place for each in group if each.place))
    severity: Severity = "remark" if first.code in REMARKS else "error"
    same = len({_tail(each.subject) for each in group}) == 1
    message = explain(first) if same else _many(group)
    if same and len(group) > 1:
        message += f" So in {len(group)} places."
    return Finding(first.code, severity, message, spots, places)


def _many(group: Sequence[Divergence]) -> str:
    first = group[0]
    names = ", ".join(f"`{each.subject.removesuffix(_REQUEST)}`" for each in group[:3])
    side = "request" if first.subject.endswith(_REQUEST) else "table"
    what = {
        "row-unknown": f"{len(group)} rows of {first.operation} name nothing that the contract knows there",
        "row-missing": f"{len(group)} rows that the contract has are missing from the {side} of {first.operation}",
        "example-lacks": f"{len(group)} fields of {first.operation} are in no example",
        "example-undocumented": f"{len(group)} fields of the examples of {first.operation} have no row",
    }[first.code]
    remedy = "Check the headings around the table, then its rows."
    return f"{what}: {names}{', …' if len(group) > 3 else ''}. {remedy}"


def explain(each: Divergence) -> str:
    """One difference as a sentence: where, what the guide says, what the contract says, what to do."""
    operation = each.operation or "the guide"
    side = "its request body" if each.subject.endswith(_REQUEST) else "its tables"
    name = f"`{each.subject.removesuffix(_REQUEST)}`"
    says, rules = each.says, each.contract
    sentences: dict[str, str] = {
        "unread": f"This could not be read: {says}. Write it as the other tables and examples are.",
        "operation-unknown": f"The contract does not know the operation “{operation}” ({says}). Rule on it.",
        "operation-missing": f"The operation {operation} ({rules}) is not in the guide. Document it.",
        "method": f"{operation} is requested with {says}; the contract says {rules}.",
        "path": f"{operation} goes to {says}; the contract says {rules}.",
        "placeholder": f"Path and table of {operation} disagree: {says}; the contract has {rules}.",
        "placeholder-name": f"The path parameter {rules} is called {says}. It is filled in by its place, so nothing breaks.",
        "header": f"The request of {operation} has {says} {name}; the contract says: {rules}.",
        "body": f"{operation} has {says}; the contract says: {rules}.",
        "row-unknown": f"{operation} has a row {name} ({says}) in {side}, which the contract does not know.",
        "row-missing": f"{operation} has no row for {name} in {side}; the contract says {rules}. Add it.",
        "row-repeated": f"{operation} has {says} for {name}; the contract has {rules}.",
        "location": f"{name} of {operation} is sent in the {says}; the contract says {rules}.",
        "type": f"{name} of {operation} has the type {says}; the contract says {rules}.",
        "required": f"{name} of {operation} is {says}; the contract says {rules}.",
        "limits": f"The limits of {name} of {operation} are {says}; the contract says {rules}.",
        "example-invalid": f"The example of {operation} has {name} = {says}; the contract says {rules}.",
        "example-undocumented": f"The example of {operation} has {name}, for which there is no row ({rules}).",
        "example-lacks": f"{name} of {operation}: {says}; the contract says: {rules}.",
        "example-link": f"The link {says} in the example of {operation} does not lead to {rules}.",
        "example-contradiction": f"{name} is {says} in the examples; the contract says {rules}.",
        "example-missing": f"{operation} has no example of its {name.strip('`')} body. Add one.",
        "status-unknown": f"The status {name} of a {operation} is unknown to the contract.",
        "status-missing": f"The status {name} of a {operation} is missing. Add its row.",
        "code-unknown": f"{operation} answers {says}, says the guide; the contract has {rules}.",
        "code-missing": f"{operation} may answer {rules}; the guide does not say so.",
        "fault": f"The error of status {name} of {operation} is called {says}; the contract says {rules}.",
        "endpoint": f"Where the API is served: the guide says {says}; the contract says {rules}.",
        "prose": f"{_of(each)}: the guide says {says}; the contract says that {rules}.",
        "wording": f"{_of(each)}: the guide now says {says}; this edition has {rules}.",
        "heading": f"{each.subject.capitalize()} of {operation}: {says}; this edition has {rules}.",
        "example-value": f"{name} is {says} in the example of {operation}; this edition has {rules}.",
        "silent": f"{operation}: the guide says {says} of {name}; the contract has {rules}.",
    }
    return re.sub(r"\s+", " ", sentences[each.code])


def _of(each: Divergence) -> str:
    name = f"`{each.subject}` of {each.operation}" if each.subject else each.operation
    return name or "The guide"
