"""The lawful departures from Cinder: each named, each small, each allowed by the guide's silence, an erratum or a standard.

A suite that holds one against an endpoint at level must is wrong. `LIBERTIES` holds them all once `load()` has imported
the families.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from random import Random

from volcheck.reference.hooks import Filter, Point
from volcheck.reference.liberties.registry import LIBERTIES, Liberty, enter, liberty, setting
from volcheck.reference.settings import Settings

FAMILIES = ("refusals", "errors", "answers", "wire", "lists", "creations", "limits")

__all__ = [
    "FAMILIES",
    "LIBERTIES",
    "Liberty",
    "enter",
    "filters_of",
    "liberty",
    "load",
    "random_sets",
    "setting",
    "settings_of",
]


def load() -> dict[str, Liberty]:
    """All liberties by name, in the order of their families."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
    return LIBERTIES


def filters_of(names: Sequence[str]) -> list[tuple[Point, Filter]]:
    """The filters of the liberties named. Raises KeyError for a name that doesn't exist."""
    known = load() if names else {}
    return [pair for name in names for pair in known[name].filters]


def settings_of(settings: Settings, names: Sequence[str]) -> Settings:
    """The settings of an endpoint with the liberties named. Raises KeyError for a name that doesn't exist."""
    known = load() if names else {}
    for name in names:
        settings = known[name].apply(settings)
    return settings


def random_sets(count: int, size: int, seed: int) -> list[tuple[str, ...]]:
    """So many sets of so many liberties, the same for the same seed.

    No set has two that say the same thing otherwise. size: at most as many as there are different things.
    """
    chance = Random(seed)
    known = list(load().values())
    sets = []
    for _ in range(count):
        chosen: list[Liberty] = []
        for one in chance.sample(known, len(known)):
            taken = {other.instead_of for other in chosen} - {""}
            if len(chosen) < size and one.instead_of not in taken:
                chosen.append(one)
        sets.append(tuple(sorted(one.name for one in chosen)))
    return sets
