"""Which tests a run plays, and in which order."""

from __future__ import annotations

import fnmatch
import inspect
from collections.abc import Iterable

import pytest

from volcheck.contract import Contract
from volcheck.errors import UsageError


def plain_id(nodeid: str) -> str:
    """A test's id without the group that pytest-xdist has added."""
    return nodeid.split("@waiting-")[0]


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


def waits(item: pytest.Item) -> bool:
    """Whether a test waits: it is a coroutine, and is played beside others."""
    return isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj)


def group_of(item: pytest.Item) -> object:
    """The group in which a worker of pytest-xdist plays a test, or None."""
    marker = item.get_closest_marker("xdist_group")
    return marker.args if marker else None


def order(item: pytest.Item) -> tuple[int, bool]:
    """Cheap and telling tests first: what only looks, then what waits (all of it at once), what makes something, and
    generated requests at the end."""
    if item.path.parent.name in ("contract", "model"):
        rank = 3
    elif waits(item):
        rank = 1
    else:
        rank = 2 if {"volumes", "snapshots"} & set(getattr(item, "fixturenames", ())) else 0
    return rank, item.get_closest_marker("smoke") is None
