"""Holds a run's result against the known faults of a release."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from releases import RELEASES, LabError


@dataclass(frozen=True)
class Fault:
    """A true fault of Cinder: the requirement it breaks, the releases that have it, and how we know.

    signs: patterns of which every failure of the requirement shows one; none where the requirement says enough.
    """

    requirement: str
    releases: frozenset[str]
    evidence: str
    signs: tuple[re.Pattern[str], ...] = ()

    def explains(self, failure: dict[str, Any]) -> bool:
        """Whether a failure of the requirement is this fault."""
        return not self.signs or any(sign.search(_text(failure)) for sign in self.signs)


def load(path: Path) -> list[Fault]:
    """Read the list of faults. LabError says which entry is wrong, and how."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise LabError(f"{path} can't be read: {error}") from error
    entries = content.get("faults") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise LabError(f"{path} has no list `faults`; an empty one is written `faults: []`.")
    return [_fault(path, number, entry) for number, entry in enumerate(entries, 1)]


def _fault(path: Path, number: int, entry: Any) -> Fault:
    where = f"{path}, entry {number}"
    if not isinstance(entry, dict) or set(entry) - {"signs"} != {"requirement", "releases", "evidence"}:
        raise LabError(f"{where}: an entry has requirement, releases and evidence, and may have signs.")
    releases = frozenset(str(key) for key in entry["releases"] or ())
    if not releases or not releases <= set(RELEASES):
        raise LabError(f"{where}: releases must be some of {', '.join(RELEASES)}.")
    if not str(entry["evidence"] or "").strip():
        raise LabError(f"{where}: write down the evidence.")
    try:
        signs = tuple(re.compile(sign) for sign in entry.get("signs") or ())
    except (re.error, TypeError) as error:
        raise LabError(f"{where}: a sign is no regular expression: {error}.") from error
    return Fault(str(entry["requirement"]), releases, str(entry["evidence"]).strip(), signs)


def objections(release: str, faults: Iterable[Fault], results: dict[str, dict[str, Any]]) -> list[str]:
    """Why these results of one release, by name of the run, can't be accepted; nothing when they can.

    A known fault has to show in one of the runs: generated requests differ from seed to seed. Where it has signs, a
    failure of the same requirement without any of them is another fault.
    """
    by_requirement = {fault.requirement: fault for fault in faults if release in fault.releases}
    known = set(by_requirement)
    shown: set[str] = set()
    found: list[str] = []
    for run, result in results.items():
        failed = {one["id"]: one for one in result["requirements"] if one["outcome"] == "failed"}
        shown |= known & set(failed)
        found += [f"{run}: {_unknown(failed[key])}" for key in sorted(set(failed) - known)]
        found += [
            f"{run}: {key} failed in another way than the known fault: {_text(failure)}"
            for key in sorted(set(failed) & known)
            for failure in failed[key]["failures"]
            if not by_requirement[key].explains(failure)
        ]
        found += [
            f"{run}: operation {one['id']} never answered with success ({one['statuses'] or 'not called'})."
            for one in result["operations"]
            if not one["success"]
        ]
        found += [f"{run}: {problem}" for problem in result["problems"]]
        if result["verdict"]["name"] == "inconclusive":
            found.append(f"{run}: {result['verdict']['sentence']['en']}")
    found += [
        f"Known fault {requirement} did not show on {release} in any run: if Cinder has mended it, take the "
        "entry out; if a test no longer reaches it, mend the test."
        for requirement in sorted(known - shown)
    ]
    return found


def _text(failure: dict[str, Any]) -> str:
    """What a failure says: the message, what was got, and the request as a command line."""
    exchange = failure.get("exchange") or {}
    parts = (failure["message"], failure.get("got"), exchange.get("curl"))
    return " | ".join(part for part in parts if part)


def _unknown(requirement: dict[str, Any]) -> str:
    failures = requirement["failures"]
    first = failures[0]["message"] if failures else "no failure recorded"
    return f"{requirement['id']} ({requirement['level']}) failed and is no known fault: {first}"
