"""What JSON calls the type of a value."""

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
