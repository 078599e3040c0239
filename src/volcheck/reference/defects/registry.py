"""Where defects are entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from volcheck.reference.hooks import POINTS, Filter, Point


@dataclass(frozen=True, slots=True)
class Defect:
    """One deliberate fault: the filter it puts on one hook point. The family is the name's first word.

    takes: seconds for which every POST and DELETE is under way with it, so that others may be at the same time.
    """

    name: str
    description: str
    point: Point
    filter: Filter
    takes: float = 0.0

    @property
    def family(self) -> str:
        """The group it belongs to."""
        return self.name.partition("-")[0]


REGISTRY: dict[str, Defect] = {}


def defect(name: str, description: str, *, hook: Point, takes: float = 0.0) -> Callable[[Filter], Filter]:
    """Enter a filter as a defect. The description is one sentence on what the endpoint then does wrong.

    takes: see `Defect`. Raises ValueError for a name used twice or a hook that doesn't exist.
    """
    if name in REGISTRY:
        raise ValueError(f"two defects are called {name}; rename one")
    if hook not in POINTS:
        raise ValueError(f"defect {name} asks for hook {hook!r}; there are {', '.join(sorted(POINTS))}")

    def enter(function: Filter) -> Filter:
        REGISTRY[name] = Defect(name, description, hook, function, takes)
        return function

    return enter
