"""A result as the JSON that badge services read (the `endpoint` schema of shields)."""

from __future__ import annotations

from typing import TypedDict

from volcheck.results.model import Result, VerdictName

_COLOURS: dict[VerdictName, str] = {
    "conformant": "brightgreen",
    "not conformant": "red",
    "inconclusive": "lightgrey",
}


class Badge(TypedDict):
    """The fields that a badge needs, by the names of their schema."""

    schemaVersion: int
    label: str
    message: str
    color: str
    isError: bool


def badge(result: Result, label: str = "Volume API v2") -> Badge:
    """The badge of a result: the verdict, and how many of the tested `must` requirements passed."""
    must = result["counts"]["must"]
    tested = must["passed"] + must["failed"] + must["waived"]
    name = result["verdict"]["name"]
    return {
        "schemaVersion": 1,
        "label": label,
        "message": f"{name} {must['passed']}/{tested}",
        "color": _COLOURS[name],
        "isError": name != "conformant",
    }
