"""JSON pointers (RFC 6901): the words that name a place in a JSON document."""

from __future__ import annotations

from collections.abc import Iterable


def escape(key: str) -> str:
    """A key as a token of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """The key that a token of a pointer stands for."""
    return token.replace("~1", "/").replace("~0", "~")


def pointer(place: Iterable[str | int]) -> str:
    """The pointer to a place, which is given as keys and positions from the outside in."""
    return "".join(f"/{escape(str(step))}" for step in place)
