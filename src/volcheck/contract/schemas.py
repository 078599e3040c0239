"""Reading JSON Schemas inside an OpenAPI document: references, properties, and what they ask for in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from volcheck.contract.pointer import unescape
from volcheck.contract.yamlfile import Place, YamlFile

Schema = Mapping[str, Any]

_NUMBERS = {
    "minimum": "of at least {}",
    "maximum": "of at most {}",
    "minLength": "of at least {} characters",
    "maxLength": "of at most {} characters",
    "minItems": "of at least {} items",
    "maxItems": "of at most {} items",
    "pattern": "that matches {}",
}


def pointed(document: Any, reference: str) -> Any:
    """What a local reference such as `#/components/schemas/Volume` points at. Raises LookupError."""
    if not reference.startswith("#/"):
        raise LookupError(reference)
    node = document
    for word in reference[2:].split("/"):
        key = unescape(word)
        if isinstance(node, list):
            node = node[int(key)] if key.isdigit() and int(key) < len(node) else None
        else:
            node = node.get(key) if isinstance(node, dict) else None
        if node is None:
            raise LookupError(reference)
    return node


def resolve(document: Any, node: Any) -> Any:
    """The node itself, or what its `$ref` leads to. Words beside the reference are dropped."""
    for _ in range(32):
        if not isinstance(node, dict) or "$ref" not in node:
            return node
        node = pointed(document, node["$ref"])
    raise LookupError(str(node["$ref"]))


def check_references(file: YamlFile) -> None:
    """Raises ContractError for the first `$ref` that is not local, leads nowhere or in a circle."""
    for place, node in _mappings(file.data, ()):
        # A property may be called "$ref" too; its value is then no string.
        if isinstance(node.get("$ref"), str):
            try:
                resolve(file.data, node)
            except LookupError:
                raise file.error(
                    (*place, "$ref"), f"the reference {node['$ref']} leads nowhere", "Correct it."
                ) from None


def _mappings(node: Any, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from _mappings(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _mappings(value, (*place, index))


@attrs.frozen
class Property:
    """One property of an object: its schema as written (perhaps a reference), and if it must be there."""

    schema: dict[str, Any]
    required: bool


def properties(document: Any, schema: Any) -> dict[str, Property]:
    """The properties of an object schema, with those of its references, `allOf` and `anyOf` parts.

    What only one branch of an `anyOf` requires does not count as required.
    """
    found: dict[str, dict[str, Any]] = {}
    required: set[str] = set()
    for part in _parts(document, schema):
        found.update(part.get("properties", {}))
        required.update(part.get("required", ()))
    for part in _parts(document, schema):
        for branch in (*part.get("anyOf", ()), *part.get("oneOf", ())):
            for name, inner in properties(document, branch).items():
                found.setdefault(name, inner.schema)
    return {name: Property(one, name in required) for name, one in found.items()}


def _parts(document: Any, schema: Any) -> Iterator[dict[str, Any]]:
    node = resolve(document, schema)
    if isinstance(node, dict):
        yield node
        for part in node.get("allOf", ()):
            yield from _parts(document, part)


def words(document: Any, schema: Any) -> str:
    """What a schema asks for, in a few words: `a string of at most 255 characters, or null`."""
    node = resolve(document, schema)
    if not isinstance(node, dict):
        return "anything" if node is True else "nothing"
    if "const" in node:
        return json.dumps(node["const"], ensure_ascii=False)
    if "enum" in node:
        return "one of " + ", ".join(json.dumps(one, ensure_ascii=False) for one in node["enum"])
    for keyword in ("anyOf", "oneOf"):
        if keyword in node:
            return ", or ".join(words(document, branch) for branch in node[keyword])
    if "type" not in node and node.get("allOf"):
        return words(document, node["allOf"][0])
    kinds = node.get("type", [])
    text = ", or ".join(_kind(kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)) or "anything"
    bounds = [phrase.format(node[keyword]) for keyword, phrase in _NUMBERS.items() if keyword in node]
    return f"{text} {' and '.join(bounds)}" if bounds else text


def _kind(name: str) -> str:
    if name == "null":
        return name
    return f"an {name}" if name[0] in "aio" else f"a {name}"
