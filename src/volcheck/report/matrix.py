"""The matrix of operations and families: where in the API the trouble is."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from volcheck.report.failures import kind
from volcheck.results.model import RequirementRecord, Result

#: Outcomes from worst to best, with `warning` for failures that don't turn the verdict.
WORST_FIRST = ("failed", "warning", "waived", "inconclusive", "passed", "not applicable")


@attrs.frozen(slots=True)
class Cell:
    """The requirements of one family that concern one operation; `total` leaves out the not applicable."""

    outcome: str
    passed: int
    total: int
    first: str


@attrs.frozen(slots=True)
class Matrix:
    """Rows are operation ids, then None for requirements of no one operation; columns are families."""

    families: tuple[str, ...]
    rows: tuple[tuple[str | None, tuple[Cell | None, ...]], ...]


def matrix(result: Result) -> Matrix:
    """Count the requirements of `result` by operation and family."""
    held: dict[tuple[str | None, str], list[RequirementRecord]] = {}
    families: dict[str, None] = {}
    strict = result["run"]["strict"]
    for requirement in result["requirements"]:
        families.setdefault(requirement["family"])
        for operation in requirement["operations"] or (None,):
            held.setdefault((operation, requirement["family"]), []).append(requirement)
    operations: list[str | None] = [operation["id"] for operation in result["operations"]]
    if any(operation is None for operation, _ in held):
        operations.append(None)
    rows = tuple(
        (operation, tuple(_cell(held.get((operation, family), ()), strict) for family in families))
        for operation in operations
    )
    return Matrix(families=tuple(families), rows=rows)


def _cell(requirements: Sequence[RequirementRecord], strict: bool) -> Cell | None:
    if not requirements:
        return None
    worst = min(requirements, key=lambda requirement: WORST_FIRST.index(kind(requirement, strict)))
    return Cell(
        outcome=kind(worst, strict),
        passed=sum(requirement["outcome"] == "passed" for requirement in requirements),
        total=sum(requirement["outcome"] != "not applicable" for requirement in requirements),
        first=worst["id"],
    )
