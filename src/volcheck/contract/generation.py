"""The contract in the form that requests are generated from."""

from __future__ import annotations

import copy
from typing import Any, Literal

from volcheck.contract.schemas import resolve

Mode = Literal["all", "positive", "negative"]


def generation_schema(document: Any, mode: Mode = "all", largest_size: int = 3) -> dict[str, Any]:
    """An OpenAPI document, derived from `document`, that a generator can make sensible requests from.

    Whatever is marked `x-generate: false` is left out: values that only the server knows (ids of other
    resources, types, zones). Random ones would be refused for their own sake and hide every other mistake.
    Where it says `x-generate: examples`, positive requests have just those values.

    mode: "positive" is for requests that must succeed, so new volumes are small. "negative" is for requests
    that must be refused, so it widens the schemas by what upstream tolerates (`x-tolerated`) and drops the
    upper bounds of query parameters, as servers may cut a value down instead of refusing it. "all" does
    neither.
    largest_size: GB; in positive requests no new volume is larger, so that quotas last.
    """
    result: dict[str, Any] = copy.deepcopy(document)
    components = result["components"]
    dropped = _drop_properties(components["schemas"])
    if mode == "negative":
        widen(components["schemas"])
    if mode == "positive":
        size = components["schemas"]["NewVolume"]["properties"]["size"]
        # To JSON Schema 1.0 is an integer, and generators make use of it; upstream refuses it.
        size["enum"] = list(range(1, largest_size + 1))
    for item in result["paths"].values():
        for holder in (item, *(node for node in item.values() if isinstance(node, dict))):
            if "parameters" in holder:
                holder["parameters"] = _parameters(result, holder["parameters"], mode)
            if "requestBody" in holder:
                for media in holder["requestBody"]["content"].values():
                    media["examples"] = _examples(
                        result,
                        media.get("examples", {}),
                        dropped,
                        largest_size if mode == "positive" else None,
                    )
    return result


def _drop_properties(schemas: dict[str, Any]) -> frozenset[str]:
    dropped: set[str] = set()
    for schema in schemas.values():
        members = schema.get("properties", {})
        for name in [name for name, one in members.items() if one.get("x-generate") is False]:
            del members[name]
            dropped.add(name)
    return frozenset(dropped)


def widen(schemas: dict[str, Any]) -> None:
    """Makes each property with `x-tolerated` take that as well. Changes `schemas`."""
    for schema in schemas.values():
        for name, one in schema.get("properties", {}).items():
            if "x-tolerated" in one:
                tolerated = one.pop("x-tolerated")
                schema["properties"][name] = {"anyOf": [one, tolerated]}


def _parameters(document: dict[str, Any], parameters: list[Any], mode: Mode) -> list[Any]:
    kept = []
    for one in parameters:
        parameter = resolve(document, one)
        if parameter.get("x-generate") is False:
            continue
        if mode == "positive" and parameter.get("x-generate") == "examples":
            values = [one["value"] for one in parameter["examples"].values()]
            kept.append({**parameter, "schema": {"type": "string", "enum": values}})
        elif mode == "negative" and parameter["in"] == "query" and "maximum" in parameter["schema"]:
            schema = {key: value for key, value in parameter["schema"].items() if key != "maximum"}
            kept.append({**parameter, "schema": schema})
        else:
            kept.append(one)
    return kept


def _examples(
    document: dict[str, Any], examples: dict[str, Any], dropped: frozenset[str], largest_size: int | None
) -> dict[str, Any]:
    """The examples that make sense on any server: without dropped fields, and not too large."""
    kept: dict[str, Any] = {}
    for name, node in examples.items():
        example = copy.deepcopy(resolve(document, node))
        (envelope,) = example["value"]
        members = example["value"][envelope]
        # An example whose point is a source makes no sense without it. A type is but one more field.
        if any(
            members.get(field) for field in ("snapshot_id", "source_volid", "imageRef", "consistencygroup_id")
        ):
            continue
        if largest_size is not None and members.get("size", 0) > largest_size:
            continue
        example["value"] = {envelope: {key: value for key, value in members.items() if key not in dropped}}
        kept[name] = example
    return kept
