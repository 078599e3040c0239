"""What the contract finds wrong with a request: the judge of requests that ought to be refused."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

import attrs

from volcheck.contract.generation import widen
from volcheck.contract.operations import Operation
from volcheck.contract.schemas import resolve
from volcheck.contract.validation import BodyValidator, Mismatch
from volcheck.contract.wording import shorten

#: Stands for "no body"; `None` is a JSON value.
NO_BODY: Any = object()

_INTEGER = re.compile(r"\s*[-+]?[0-9]+\s*\Z")
#: No service needs to count further than this in a query.
_LARGEST = 2**31 - 1


@attrs.frozen
class _Parameter:
    """strict: its schema as written; None where only the service knows which values exist."""

    name: str
    integer: bool
    validator: BodyValidator
    strict: BodyValidator | None


class RequestJudge:
    """Says why a request may be refused, and whether it must be served. Of many a request neither can be demanded.

    Whatever upstream tolerates counts as right: digits as a size, unknown query parameters, all but the first
    of repeated ones, values above an upper bound of the query, and spaces around a value.
    """

    def __init__(self, document: dict[str, Any], operation: Operation) -> None:
        components = copy.deepcopy(document["components"])
        widen(components["schemas"])
        item = document["paths"][operation.path]
        node = item[operation.method.lower()]
        self._parameters = [
            _parameter(one, components)
            for one in (resolve(document, each) for each in node.get("parameters", ()))
            if one["in"] == "query"
        ]
        body = node.get("requestBody")
        self._body = self._strict = None
        if body is not None:
            schema = body["content"]["application/json"]["schema"]
            self._body = BodyValidator(schema, components)
            self._strict = BodyValidator(schema, _certain(document["components"]))

    def reasons(self, query: Iterable[tuple[str, str]], body: Any) -> list[Mismatch]:
        """What is wrong, `where` being `?name` or a JSON pointer into the body. `NO_BODY`: none was sent."""
        given: dict[str, str] = {}
        for name, value in query:
            given.setdefault(name, value)
        found = []
        for parameter in self._parameters:
            if parameter.name in given:
                found += _wrong(parameter, given[parameter.name])
        if self._body is None:
            if body is not NO_BODY:
                found.append(Mismatch("", "no body", shorten(str(body))))
        elif body is NO_BODY:
            found.append(Mismatch("", "a body", "none", "required"))
        else:
            found += self._body.mismatches(body)
        return found

    def allows(self, query: Iterable[tuple[str, str]], body: Any) -> bool:
        """Whether a request is one that every service must serve: each value is allowed as the contract says it, none is only
        tolerated, and none is the service's own to know (`x-generate: false`), as an id, type or zone is.
        """
        pairs = list(query)
        parameters = {each.name: each for each in self._parameters}
        if len({name for name, _ in pairs}) < len(pairs) or not {name for name, _ in pairs} <= set(
            parameters
        ):
            return False
        if not all(_is_certain(parameters[name], value) for name, value in pairs):
            return False
        if self._strict is None:
            return body is NO_BODY
        return body is not NO_BODY and self._strict.is_valid(body)


def _parameter(node: dict[str, Any], components: Any) -> _Parameter:
    whole = node["schema"]
    schema = {key: value for key, value in whole.items() if key != "maximum"}
    return _Parameter(
        node["name"],
        schema.get("type") == "integer",
        BodyValidator(schema, components),
        None if node.get("x-generate") is False else BodyValidator(whole, components),
    )


def _is_certain(parameter: _Parameter, text: str) -> bool:
    if parameter.strict is None:
        return False
    if not parameter.integer:
        return parameter.strict.is_valid(text)
    return re.fullmatch("[0-9]{1,10}", text) is not None and (
        int(text) <= _LARGEST and parameter.strict.is_valid(int(text))
    )


def _certain(components: dict[str, Any]) -> dict[str, Any]:
    """Components in which a property that only the service knows the values of can be nothing but null, if that."""
    result: dict[str, Any] = copy.deepcopy(components)
    for schema in result["schemas"].values():
        for name, one in schema.get("properties", {}).items():
            if one.get("x-generate") is False:
                nullable = any(branch.get("type") == "null" for branch in one.get("anyOf", ()))
                schema["properties"][name] = {"type": "null"} if nullable else False
    return result


def _wrong(parameter: _Parameter, text: str) -> list[Mismatch]:
    value: Any = text.strip()
    if parameter.integer and _INTEGER.match(text):
        value = int(text)
    return [
        Mismatch(f"?{parameter.name}", one.expected, shorten(text), one.rule)
        for one in parameter.validator.mismatches(value)
    ]
