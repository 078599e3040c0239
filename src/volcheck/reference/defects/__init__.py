"""The deliberate faults: each named, each small, each wrong in exactly one way.

`REGISTRY` holds them all once `load()` has imported the families.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Sequence

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import REGISTRY, Defect, defect
from volcheck.reference.hooks import Hooks
from volcheck.reference.liberties import filters_of

FAMILIES = (
    "shape",
    "echo",
    "lists",
    "paging",
    "sort",
    "lifecycle",
    "delete",
    "snapshot",
    "derive",
    "validate",
    "error",
    "header",
    "method",
    "document",
    "version",
    "type",
    "access",
    "unicode",
    "rare",
    "race",
    "value",
)

__all__ = ["FAMILIES", "REGISTRY", "Defect", "build_hooks", "defect", "load"]


def load() -> dict[str, Defect]:
    """All defects by name, in the order of their families."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
    return REGISTRY


def build_hooks(names: Sequence[str], liberties: Sequence[str] = ()) -> Hooks:
    """Hooks with the defects and liberties named. Raises KeyError for a name that doesn't exist."""
    known = load() if names else {}
    chosen = [known[name] for name in names]
    filters = [*filters_of(liberties), *((each.point, each.filter) for each in chosen)]
    if takes := max((each.takes for each in chosen), default=0.0):
        filters.append(("wait", functools.partial(_slow, takes)))
    return Hooks(filters)


def _slow(takes: float, call: Call, seconds: float) -> float:
    """The filter that keeps requests which change something under way for so long."""
    return max(seconds, takes) if call.method in ("POST", "DELETE") else seconds
