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


@attrs.frozen
class _Parameter:
    name: str
    integer: bool
    validator: BodyValidator


class RequestJudge:
    """Says why a request may be refused. A request without a reason must not be demanded to be refused.

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
        self._body = (
            None if body is None else BodyValidator(body["content"]["application/json"]["schema"], components)
        )

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


def _parameter(node: dict[str, Any], components: Any) -> _Parameter:
    schema = {key: value for key, value in node["schema"].items() if key != "maximum"}
    return _Parameter(node["name"], schema.get("type") == "integer", BodyValidator(schema, components))


def _wrong(parameter: _Parameter, text: str) -> list[Mismatch]:
    value: Any = text.strip()
    if parameter.integer and _INTEGER.match(text):
        value = int(text)
    return [
        Mismatch(f"?{parameter.name}", one.expected, shorten(text), one.rule)
        for one in parameter.validator.mismatches(value)
    ]
