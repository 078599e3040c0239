"""Values as JSON has them: what their types are called, and when two are equal."""

from __future__ import annotations

from typing import Any

_NAMES = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def json_type(value: Any) -> str:
    """The JSON type of a value that was read from JSON."""
    return _NAMES[type(value)]


def same(got: object, expected: object) -> bool:
    """Equality as JSON has it: `1`, `1.0` and `true` differ, and so on down."""
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same(got[key], expected[key]) for key in got)
    if isinstance(got, list | tuple) and isinstance(expected, list | tuple):
        return len(got) == len(expected) and all(same(a, b) for a, b in zip(got, expected, strict=True))
    return type(got) is type(expected) and got == expected
