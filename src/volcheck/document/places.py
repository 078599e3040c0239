"""The contract seen as a document sees it: operations with named parameters and dotted fields.

A guide names fields by path (`volumes.attachments.id`), lists looked through. This module gives the schemas
of the contract the same names and the same few words for types, so that both can be laid side by side, and so
that a guide written from the contract uses exactly the words that a check of it expects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from volcheck.contract.pointer import escape, unescape
from volcheck.document.facts import Kind, Location

_UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9"
_MOMENTS = ("2020-03-02T12:24:54.000000", "2020-03-02T12:24:54Z")
_METHODS = ("get", "post", "put", "patch", "delete")


@attrs.define
class Node:
    """A schema with its references, alternatives and parts merged."""

    pointer: str
    types: set[str] = attrs.field(factory=set)
    nullable: bool = False
    properties: dict[str, tuple[Mapping[str, Any], str]] = attrs.field(factory=dict)
    required: set[str] = attrs.field(factory=set)
    items: tuple[Mapping[str, Any], str] | None = None
    values: tuple[Any, ...] | None = None
    formats: set[str] = attrs.field(factory=set)
    patterns: list[str] = attrs.field(factory=list)
    limits: dict[str, int] = attrs.field(factory=dict)
    source: str | None = None
    free: bool = False

    def type_word(self) -> str:
        """The type as a guide would write it: a JSON type, or uuid, datetime, enum."""
        if self.values is not None:
            return "enum"
        if self.types == {"string"}:
            patterns = [re.compile(p) for p in self.patterns]

            def accepts(text: str) -> bool:
                return all(p.search(text) for p in patterns)

            if "uuid" in self.formats or (accepts(_UUID) and not accepts(_UUID.replace("-", ""))):
                return "uuid"
            if "date-time" in self.formats or (any(map(accepts, _MOMENTS)) and not accepts("x")):
                return "datetime"
        return " or ".join(sorted(self.types)) or "anything"

    def limits_word(self) -> str:
        """The bounds on a value, in signs: `1..255`, `≤ 255`, `≥ 0`; empty when there are none."""
        parts = []
        for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
            if low in self.limits and high in self.limits:
                parts.append(f"{self.limits[low]}..{self.limits[high]}")
            elif low in self.limits:
                parts.append(f"≥ {self.limits[low]}")
            elif high in self.limits:
                parts.append(f"≤ {self.limits[high]}")
        return ", ".join(parts)


@attrs.frozen
class Place:
    """One parameter, header or field of the contract, under the name a guide gives it."""

    name: str
    location: Location
    required: bool
    node: Node
    source: str | None

    @property
    def pointer(self) -> str:
        """Where the contract says it: a JSON pointer into openapi.yaml."""
        return self.node.pointer


@attrs.frozen
class PlacedOperation:
    """One operation of the contract with its places.

    bodies: direction → schema of the JSON body (of success, for responses), or nothing where there is none.
    codes: every HTTP status that the contract lists. token: whether a token must be sent.
    """

    id: str
    method: str
    path: str
    pointer: str
    request: Mapping[str, Place]
    response: Mapping[str, Place]
    bodies: Mapping[Kind, tuple[Mapping[str, Any], str]]
    codes: tuple[int, ...]
    token: bool

    def places(self, kind: Kind) -> Mapping[str, Place]:
        """The places of one direction by name."""
        return self.request if kind == "request" else self.response


class Places:
    """All operations of an OpenAPI document, by operationId."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self.openapi = openapi
        self.operations: dict[str, PlacedOperation] = {}
        for path, item in openapi["paths"].items():
            for method in _METHODS:
                if method in item:
                    operation = self._operation(path, method, item)
                    self.operations[operation.id] = operation

    def find(self, pointer: str) -> Any:
        """What a `#/…` pointer means."""
        found: Any = self.openapi
        for token in pointer.removeprefix("#/").split("/"):
            found = found[unescape(token)]
        return found

    def node(self, schema: Mapping[str, Any], pointer: str) -> Node:
        """A schema with everything that it refers to merged into it."""
        node = Node(pointer)
        self._merge(node, schema, pointer)
        node.source = schema.get("x-source")
        return node

    def fields(
        self, schema: Mapping[str, Any], pointer: str, prefix: str = "", upstream: bool = False
    ) -> Iterator[tuple[str, Place]]:
        """Every field below a schema, by dotted name, lists looked through.

        What is inside a field that comes from upstream comes from upstream too.
        """
        node = self.node(schema, pointer)
        if node.items:
            yield from self.fields(*node.items, prefix, upstream)
        for name, (child, at) in node.properties.items():
            source = "upstream" if upstream else child.get("x-source")
            place = Place(prefix + name, "body", name in node.required, self.node(child, at), source)
            yield place.name, place
            yield from self.fields(child, at, f"{place.name}.", source == "upstream")

    def _merge(self, node: Node, schema: Mapping[str, Any], pointer: str) -> None:
        reference = schema.get("$ref")
        if reference:
            self._merge(node, self.find(reference), reference)
        for index, part in enumerate(schema.get("allOf", ())):
            self._merge(node, part, f"{pointer}/allOf/{index}")
        for index, part in enumerate(schema.get("anyOf", ())):
            if part.get("type") == "null":
                node.nullable = True
            else:
                self._merge(node, part, f"{pointer}/anyOf/{index}")
        types = schema.get("type", ())
        for name in [types] if isinstance(types, str) else types:
            node.nullable = node.nullable or name == "null"
            node.types |= {name} - {"null"}
        for name, child in schema.get("properties", {}).items():
            at = f"{pointer}/properties/{escape(name)}"
            if name not in node.properties:
                node.properties[name] = (child, at)
        node.required |= set(schema.get("required", ()))
        if "items" in schema:
            node.items = (schema["items"], f"{pointer}/items")
        if "enum" in schema or "const" in schema:
            node.values = tuple(schema.get("enum") or (schema["const"],))
        if "format" in schema:
            node.formats.add(schema["format"])
        if "pattern" in schema:
            node.patterns.append(schema["pattern"])
        for limit in ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"):
            if limit in schema:
                node.limits[limit] = schema[limit]
        if isinstance(schema.get("additionalProperties"), Mapping) and not node.properties:
            node.free = True

    def _deref(self, value: Mapping[str, Any], pointer: str) -> tuple[Mapping[str, Any], str]:
        return (self.find(value["$ref"]), value["$ref"]) if "$ref" in value else (value, pointer)

    def _operation(self, path: str, method: str, item: Mapping[str, Any]) -> PlacedOperation:
        operation = item[method]
        pointer = f"#/paths/{escape(path)}/{method}"
        request: dict[str, Place] = {}
        response: dict[str, Place] = {}
        for index, written in enumerate((*item.get("parameters", ()), *operation.get("parameters", ()))):
            parameter, at = self._deref(written, f"{pointer}/parameters/{index}")
            node = self.node(parameter["schema"], at)
            source = parameter.get("x-source")
            request[parameter["name"]] = Place(
                parameter["name"], parameter["in"], bool(parameter.get("required")), node, source
            )
        token = bool(operation.get("security", self.openapi.get("security", ())))
        if token:
            for name, scheme in self.openapi["components"]["securitySchemes"].items():
                node = Node(f"#/components/securitySchemes/{name}", {"string"})
                request[scheme["name"]] = Place(scheme["name"], "header", True, node, scheme.get("x-source"))
        bodies: dict[Kind, tuple[Mapping[str, Any], str]] = {}
        if "requestBody" in operation:
            body, at = self._deref(operation["requestBody"], f"{pointer}/requestBody")
            schema = body["content"]["application/json"]["schema"]
            bodies["request"] = (schema, schema.get("$ref") or f"{at}/content/application~1json/schema")
            request.update(self.fields(*bodies["request"]))
        for code, written in operation["responses"].items():
            if int(code) >= 400:
                continue
            answer, at = self._deref(written, f"{pointer}/responses/{code}")
            for name, header in answer.get("headers", {}).items():
                header, where = self._deref(header, f"{at}/headers/{name}")
                node = self.node(header["schema"], where)
                required = bool(header.get("required"))
                response[name] = Place(name, "header", required, node, header.get("x-source"))
            content = answer.get("content", {}).get("application/json")
            if content and "response" not in bodies:
                schema = content["schema"]
                bodies["response"] = (schema, schema.get("$ref") or f"{at}/content/application~1json/schema")
                response.update(self.fields(*bodies["response"]))
        return PlacedOperation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            pointer=pointer,
            request=request,
            response=response,
            bodies=bodies,
            codes=tuple(int(code) for code in operation["responses"]),
            token=token,
        )


def find_place(places: Mapping[str, Place], name: str) -> Place | None:
    """A place by name; header names whatever their case."""
    if name in places:
        return places[name]
    found = (p for n, p in places.items() if p.location == "header" and n.lower() == name.lower())
    return next(found, None)
