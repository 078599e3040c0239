"""Where liberties are entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from volcheck.reference.hooks import POINTS, Filter, Point
from volcheck.reference.settings import Settings


@dataclass(frozen=True, slots=True)
class Liberty:
    """One lawful departure from Cinder: filters on hook points, other settings, or both.

    description: what the endpoint does, in one sentence. allowed_by: the silence of the guide, the erratum or the section of
    a standard that allows it. instead_of: what only one liberty at a time can say otherwise; empty where it fits all others.
    """

    name: str
    description: str
    allowed_by: str
    instead_of: str = ""
    filters: tuple[tuple[Point, Filter], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """The group it belongs to: the name's first word."""
        return self.name.partition("-")[0]

    def apply(self, settings: Settings) -> Settings:
        """The settings of an endpoint that takes this liberty."""
        return replace(settings, **self.settings)


LIBERTIES: dict[str, Liberty] = {}


def enter(liberty: Liberty) -> None:
    """Enter a liberty. Raises ValueError for a name used twice, an unknown hook, or one without effect."""
    if liberty.name in LIBERTIES:
        raise ValueError(f"two liberties are called {liberty.name}; rename one")
    for point, _ in liberty.filters:
        if point not in POINTS:
            raise ValueError(
                f"liberty {liberty.name} asks for hook {point!r}; there are {', '.join(sorted(POINTS))}"
            )
    if not liberty.filters and not liberty.settings:
        raise ValueError(f"liberty {liberty.name} changes nothing: give it a filter or a setting")
    LIBERTIES[liberty.name] = liberty


def liberty(
    name: str, description: str, *, allowed_by: str, hook: Point, instead_of: str = "", **settings: Any
) -> Callable[[Filter], Filter]:
    """Enter a filter as a liberty, with other settings where it needs them."""

    def decorate(function: Filter) -> Filter:
        enter(Liberty(name, description, allowed_by, instead_of, ((hook, function),), settings))
        return function

    return decorate


def setting(name: str, description: str, *, allowed_by: str, instead_of: str = "", **settings: Any) -> None:
    """Enter a liberty that is nothing but other settings."""
    enter(Liberty(name, description, allowed_by, instead_of, (), settings))
