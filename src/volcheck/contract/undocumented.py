"""Fields of a body that its schema doesn't know."""

from __future__ import annotations

from typing import Any

import attrs

from volcheck.contract.pointer import pointer
from volcheck.contract.schemas import resolve


@attrs.define
class _Shape:
    """What a schema knows of a value: its fields, what any further field holds, what its items hold."""

    fields: dict[str, _Shape] = attrs.field(factory=dict)
    further: _Shape | None = None
    items: _Shape | None = None


class UnknownFields:
    """Finds unknown fields. A schema's shape is worked out at its first use and kept."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._shapes: dict[int, _Shape] = {}

    def of(self, schema: Any, body: Any) -> list[str]:
        """JSON pointers of the unknown fields, `*` for list positions, each once."""
        found: dict[str, None] = {}
        self._walk(self._shape(schema), body, (), found)
        return list(found)

    def _walk(self, shape: _Shape, body: Any, place: tuple[str, ...], found: dict[str, None]) -> None:
        if isinstance(body, list):
            if shape.items is not None:
                for item in body:
                    self._walk(shape.items, item, (*place, "*"), found)
        elif isinstance(body, dict):
            for name, value in body.items():
                inner = shape.fields.get(name, shape.further)
                if inner is None:
                    found[pointer((*place, name))] = None
                elif isinstance(value, dict | list):
                    self._walk(inner, value, (*place, name), found)

    def _shape(self, schema: Any) -> _Shape:
        key = id(schema)
        if key not in self._shapes:
            self._shapes[key] = shape = _Shape()
            self._gather(schema, shape)
        return self._shapes[key]

    def _gather(self, schema: Any, shape: _Shape) -> None:
        node = resolve(self._document, schema)
        if not isinstance(node, dict):
            return
        for name, inner in node.get("properties", {}).items():
            shape.fields.setdefault(name, self._shape(inner))
        if isinstance(node.get("additionalProperties"), dict):
            shape.further = self._shape(node["additionalProperties"])
        if "items" in node:
            shape.items = self._shape(node["items"])
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in node.get(keyword, ()):
                self._gather(part, shape)
