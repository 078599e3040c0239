"""Known failures: what may fail for now, why, until when.

A waiver covers a requirement, or one check (a requirement of the family `exchange`, named without it) on one
operation. A failure that it covers stands in every report, but doesn't fail the gate. A waiver that has
expired, or that covers nothing any more, does fail it: otherwise the list would only grow.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import attrs

from volcheck.contract.yamlfile import Kind, read_yaml
from volcheck.errors import UsageError
from volcheck.results.files import validator
from volcheck.results.model import Failure, RequirementRecord, Result
from volcheck.results.verdict import count, errors_of, verdict

_KIND = Kind("a file of waivers", UsageError)


@attrs.frozen(slots=True)
class Waiver:
    """One entry of waivers.yaml; `place` is its file and line.

    Either `requirement` is set, or `operation` and `check` are. `endpoint` is the name or URL of the only
    endpoint it is for, None for all. It counts until the end of the day `expires`.
    """

    place: str
    reason: str
    ticket: str
    expires: date
    requirement: str | None = None
    operation: str | None = None
    check: str | None = None
    endpoint: str | None = None

    @property
    def target(self) -> str:
        """The id of the requirement it is about."""
        return self.requirement or f"exchange.{self.check}"

    @property
    def subject(self) -> str:
        """What it waives, in words."""
        return self.requirement or f"{self.check} on {self.operation}"

    def covers(self, record: RequirementRecord, failure: Failure) -> bool:
        """Whether it waives this failure of this requirement."""
        if record["id"] != self.target:
            return False
        if self.operation is None:
            return True
        exchange = failure["exchange"]
        if exchange is not None:
            return exchange["operation"] == self.operation
        return record["operations"] == [self.operation]


def read_waivers(path: Path) -> list[Waiver]:
    """The waivers of a YAML file, held to `waivers.schema.json`.

    Raises UsageError with file and line: unreadable, not YAML, aliases or tags, of another shape, an
    impossible date, the same thing waived twice.
    """
    file = read_yaml(path, _KIND)
    for fault in validator("waivers.schema.json").iter_errors(file.data):
        place = tuple(fault.instance_path)
        where = f"{'/'.join(map(str, place))}: " if place else ""
        raise file.error(place, f"{where}{fault.message[:300]}", "See waivers.schema.json for the fields.")
    waivers: list[Waiver] = []
    seen: dict[tuple[str, str | None], int] = {}
    for index, entry in enumerate(file.data["waivers"]):
        line = file.line(("waivers", index))
        try:
            expires = date.fromisoformat(entry["expires"])
        except ValueError as error:
            raise file.error(
                ("waivers", index, "expires"),
                f"{entry['expires']} is no date ({error})",
                "Write it as 2026-12-31.",
            ) from error
        waiver = Waiver(place=f"{path}:{line}", **{**entry, "expires": expires})
        key = (waiver.subject, waiver.endpoint)
        if key in seen:
            raise file.error(
                ("waivers", index),
                f"{waiver.subject} is waived already on line {seen[key]}",
                "Remove one of the two.",
            )
        seen[key] = line
        waivers.append(waiver)
    return waivers


def apply_waivers(waivers: Sequence[Waiver], result: Result, today: date) -> Result:
    """A copy of `result` in which what the waivers cover is waived; verdict and counts follow.

    A requirement is waived when every failure of it is covered. `waiver_problems` then tells of waivers that
    expired, and of waivers that cover nothing although the run could have shown it.
    """
    result = copy.copy(result)
    relevant = [waiver for waiver in waivers if _is_for(waiver, result)]
    valid = [waiver for waiver in relevant if waiver.expires >= today]
    result["requirements"] = [_waived(record, valid) for record in result["requirements"]]
    records = {record["id"]: record for record in result["requirements"]}
    result["waiver_problems"] = [
        problem
        for waiver in relevant
        if (problem := _problem(waiver, records.get(waiver.target), result, today)) is not None
    ]
    result["counts"] = count(result["requirements"])
    result["verdict"] = verdict(
        result["requirements"],
        result["operations"],
        result["run"],
        result["cleanup"]["leftovers"],
        result["waiver_problems"],
        errors_of(result["tests"]),
    )
    return result


def _is_for(waiver: Waiver, result: Result) -> bool:
    endpoint = result["endpoint"]
    return waiver.endpoint is None or waiver.endpoint in (endpoint["name"], endpoint["url"])


def _waived(record: RequirementRecord, waivers: Iterable[Waiver]) -> RequirementRecord:
    if record["outcome"] != "failed":
        return record
    candidates = [waiver for waiver in waivers if waiver.target == record["id"]]
    whole = next((waiver for waiver in candidates if waiver.operation is None), None)
    if whole is not None:
        used = [whole]
    else:
        used = [waiver for waiver in candidates if any(waiver.covers(record, f) for f in record["failures"])]
        if not record["failures"] or not all(
            any(waiver.covers(record, failure) for waiver in used) for failure in record["failures"]
        ):
            return record
    first = min(used, key=lambda waiver: waiver.expires)
    record = copy.copy(record)
    record["outcome"] = "waived"
    record["waiver"] = {
        "requirement": record["id"],
        "reason": " / ".join(dict.fromkeys(waiver.reason for waiver in used)),
        "ticket": ", ".join(dict.fromkeys(waiver.ticket for waiver in used)),
        "expires": first.expires.isoformat(),
    }
    return record


def _problem(waiver: Waiver, record: RequirementRecord | None, result: Result, today: date) -> str | None:
    """What is wrong with a waiver that concerns this endpoint, in one sentence."""
    if waiver.expires < today:
        return (
            f"{waiver.place}: the waiver of {waiver.subject} ({waiver.ticket}) expired on "
            f"{waiver.expires.isoformat()}; mend the endpoint, or agree on a new date."
        )
    if record is None:
        if result["run"]["selection"]:
            return None
        return f"{waiver.place}: there is no requirement {waiver.target}; correct the waiver or remove it."
    if record["outcome"] in ("inconclusive", "not applicable"):
        # The run did not come to test it, so nobody knows whether it still fails.
        return None
    if record["outcome"] in ("failed", "waived") and (
        not record["failures"] or any(waiver.covers(record, failure) for failure in record["failures"])
    ):
        return None
    return (
        f"{waiver.place}: the waiver of {waiver.subject} ({waiver.ticket}) no longer matches any failure; "
        "remove it."
    )
