"""Which tests a run plays, and in which order."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Sequence

import pytest

from volcheck.contract import Contract
from volcheck.errors import UsageError
from volcheck.runner.scheduler import Phase


def requirement_of(item: pytest.Item) -> str | None:
    """The requirement that a test names, or None."""
    marker = item.get_closest_marker("requirement")
    return marker.args[0] if marker and marker.args else None


def in_profile(item: pytest.Item, profile: str) -> bool:
    """Whether a test belongs to a profile: smoke has what is marked so, deep has all."""
    if profile == "smoke":
        return item.get_closest_marker("smoke") is not None
    return profile == "deep" or item.get_closest_marker("deep") is None


def selected(requirement: str | None, patterns: list[str], contract: Contract) -> bool:
    """Whether `--only` asks for a requirement: by id, by family, by operation, or by a pattern of ids."""
    if not patterns:
        return True
    known = contract.requirements.get(requirement or "")
    if known is None:
        return False
    return any(
        pattern == known.family or pattern in known.operations or fnmatch.fnmatchcase(known.id, pattern)
        for pattern in patterns
    )


def check_patterns(patterns: Iterable[str], contract: Contract) -> None:
    """Raise UsageError where one of them selects nothing."""
    for pattern in patterns:
        if not any(selected(requirement, [pattern], contract) for requirement in contract.requirements):
            raise UsageError(
                f"--only {pattern} fits no requirement, family or operation: `volcheck run --list` names them all."
            )


def parse_shard(text: str | None) -> tuple[int, int] | None:
    """(n, of) of `n/of`, as in `--shard 1/3`. Raises UsageError for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text, re.ASCII)
    if match is None or int(match[1]) > int(match[2]):
        raise UsageError(f"--shard {text} names no part: write it as 1/3, 2/3 and 3/3.")
    return int(match[1]), int(match[2])


def elsewhere(items: Sequence[pytest.Item], shard: tuple[int, int] | None) -> list[pytest.Item]:
    """Those of the selected tests that other shards play.

    All tests of a requirement are in one shard, so that its outcome there is that of a whole run. Every shard finds the
    same parts, of about the same number of tests: the requirement with most tests goes to the shard that has fewest.
    """
    if shard is None:
        return []
    index, of = shard
    number: dict[str, int] = {}
    for item in items:
        name = requirement_of(item) or ""
        number[name] = number.get(name, 0) + 1
    loads = [0] * of
    mine = set()
    for name, tests in sorted(number.items(), key=lambda pair: (-pair[1], pair[0])):
        least = loads.index(min(loads))
        loads[least] += tests
        if least == index - 1:
            mine.add(name)
    return [item for item in items if (requirement_of(item) or "") not in mine]


def phase_of(item: pytest.Item) -> Phase:
    """When a test may start: busy where it creates or deletes, quiet where it looks at lists or at what is shared."""
    names = set(getattr(item, "fixturenames", ()))
    if {"volumes", "snapshots", "sequences"} & names:
        return Phase.BUSY
    if item.get_closest_marker("generated") and not item.get_closest_marker("only_looks"):
        return Phase.BUSY
    return Phase.QUIET if {"lists", "shared"} & names else Phase.ANY


def order(item: pytest.Item) -> tuple[int, int, bool]:
    """The order in which results are told: that of the phases, generated requests last, the smoke tests of each first."""
    generated = item.path.parent.name in ("contract", "model")
    return phase_of(item), generated, item.get_closest_marker("smoke") is None
