"""The deliberate faults: each named, each small, each wrong in exactly one way.

`REGISTRY` holds them all once `load()` has imported the families.
"""

from __future__ import annotations

import importlib

from volcheck.reference.defects.registry import REGISTRY, Defect, defect
from volcheck.reference.hooks import Hooks

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
)

__all__ = ["FAMILIES", "REGISTRY", "Defect", "build_hooks", "defect", "load"]


def load() -> dict[str, Defect]:
    """All defects by name, in the order of their families."""
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
    return REGISTRY


def build_hooks(names: tuple[str, ...]) -> Hooks:
    """Hooks with the defects named. Raises KeyError for a name that doesn't exist."""
    if not names:
        return Hooks()
    known = load()
    return Hooks((known[name].point, known[name].filter) for name in names)
