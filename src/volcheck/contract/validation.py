"""Compiled validators for response bodies, and what they found in words."""

from __future__ import annotations

import decimal  # noqa: F401 - jsonschema-rs imports it at its first use, and panics where a signal interrupts that
import json
from collections.abc import Sequence
from typing import Any

import attrs
import jsonschema_rs

from volcheck.contract.pointer import pointer
from volcheck.contract.schemas import Schema, pointed, words
from volcheck.contract.wording import shown

#: More mistakes than this in one body say nothing new.
MOST_MISMATCHES = 5
_FAR = 2


@attrs.frozen
class Mismatch:
    """One place of a body that is not as the schema asks. `where` is a JSON pointer, `rule` the keyword of the schema."""

    where: str
    expected: str
    got: str
    rule: str = ""


class BodyValidator:
    """Validates the bodies of one response. Compiles its schema once; use it for every such response."""

    def __init__(self, schema: Schema, components: Any) -> None:
        """Raises ValueError (jsonschema_rs.ValidationError) when the schema can't be compiled."""
        self._document = {**schema, "components": components}
        self._compiled = jsonschema_rs.Draft202012Validator(self._document)

    def is_valid(self, body: Any) -> bool:
        """Whether the body is as the schema asks."""
        return self._compiled.is_valid(body)

    def mismatches(self, body: Any) -> list[Mismatch]:
        """What is wrong with the body: one for each field, at most `MOST_MISMATCHES`."""
        if self._compiled.is_valid(body):
            return []
        found: dict[tuple[str | int, ...], Mismatch] = {}
        for error in self._compiled.iter_errors(body):
            mismatch, place = self._mismatch(_closest(error))
            found.setdefault(tuple("*" if isinstance(step, int) else step for step in place), mismatch)
            if len(found) == MOST_MISMATCHES:
                break
        return list(found.values())

    def _mismatch(self, error: jsonschema_rs.ValidationError) -> tuple[Mismatch, list[str | int]]:
        place = list(error.instance_path)
        owner = pointer(error.schema_path[:-1])
        schema = pointed(self._document, f"#{owner}") if owner else self._document
        got = shown(error.instance)
        match error.kind.name:
            case "required":
                missing = error.kind.as_dict()["property"]
                place = [*place, missing]
                inner = schema.get("properties", {}).get(missing)
                expected, got = ("to be there" if inner is None else words(self._document, inner)), "nothing"
            case "contains":
                expected = "an item with " + _pairs(schema["contains"])
            case "additionalProperties" | "unevaluatedProperties" | "propertyNames":
                expected = error.message
            case "minItems" | "maxItems" | "minProperties" | "maxProperties":
                expected = error.message.removeprefix(got).strip() or error.message
            case _:
                expected = words(self._document, schema)
        return Mismatch(pointer(place), expected, got, error.kind.name), place


def _closest(error: jsonschema_rs.ValidationError) -> jsonschema_rs.ValidationError:
    """Of an anyOf, the mistake in the one nearest branch; the anyOf itself when several are as near."""
    while error.kind.name in ("anyOf", "oneOf"):
        branches: list[list[jsonschema_rs.ValidationError]] = error.kind.as_dict().get("context", [])
        here = list(error.instance_path)
        ranked = sorted((_distance(branch, here), index) for index, branch in enumerate(branches) if branch)
        if not ranked or ranked[0][0] == _FAR or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return error
        error = branches[ranked[0][1]][0]
    return error


def _distance(branch: Sequence[jsonschema_rs.ValidationError], here: list[str | int]) -> int:
    """How far a value is from a branch: a wrong type is farthest, then missing members, then wrong ones."""
    kinds = {one.kind.name for one in branch if list(one.instance_path) == here}
    return _FAR if "type" in kinds else 1 if "required" in kinds else 0


def _pairs(schema: Schema) -> str:
    return ", ".join(
        f"{name} {json.dumps(one.get('const'))}" for name, one in schema.get("properties", {}).items()
    )
