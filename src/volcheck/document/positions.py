"""Where in a JSON text each value stands; the standard parser doesn't tell."""

from __future__ import annotations

import json
import re

from volcheck.contract.pointer import escape

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class DuplicateKeyError(ValueError):
    """An object of the text has the same key twice."""


def field_lines(text: str) -> dict[str, int]:
    """JSON pointer → offset in lines, from 0, of each key (or array item) of a JSON text.

    Raises ValueError where `json.loads` would, and DuplicateKeyError for a key that stands twice.
    """
    json.loads(text)
    found: dict[str, int] = {}

    def space(at: int) -> int:
        match = _SPACE.match(text, at)
        return match.end() if match else at

    def line(at: int) -> int:
        return text.count("\n", 0, at)

    def walk(at: int, pointer: str) -> int:
        if text[at] not in "{[":
            return _DECODER.raw_decode(text, at)[1]
        opener = text[at]
        index = 0
        at = space(at + 1)
        while text[at] not in "}]":
            if opener == "{":
                key, after = _DECODER.raw_decode(text, at)
                child = f"{pointer}/{escape(key)}"
                if child in found:
                    raise DuplicateKeyError(f"the key {key!r} stands twice")
                found[child] = line(at)
                at = space(space(after) + 1)
            else:
                child = f"{pointer}/{index}"
                found[child] = line(at)
                index += 1
            at = space(walk(at, child))
            if text[at] == ",":
                at = space(at + 1)
        return at + 1

    start = space(0)
    found[""] = line(start)
    walk(start, "")
    return found
