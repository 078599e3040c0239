"""Values in messages: short, on one line, and safe to write anywhere."""

from __future__ import annotations

import json
from typing import Any

_LONGEST = 200


def shorten(text: str, longest: int = _LONGEST) -> str:
    """The text cut to `longest` characters, control characters and lone surrogates escaped."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    if cut.isprintable():
        return cut
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in cut)


def shown(value: Any) -> str:
    """A value as JSON, shortened."""
    return shorten(json.dumps(value, ensure_ascii=False))
