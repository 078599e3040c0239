"""The versions document."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import no_route
from volcheck.reference.identity import authenticate

Body = dict[str, Any]


def _each(call: Call, document: Body) -> list[Body]:
    versions: list[Body] = document["versions"] if call.operation == "list_versions" else []
    return versions


@defect("version-none", "GET / lists no version.", hook="document")
def _(call: Call, document: Body) -> Body:
    _each(call, document).clear()
    return document


@defect("version-v2-missing", "GET / does not list v2.0.", hook="document")
def _(call: Call, document: Body) -> Body:
    _each(call, document)[:] = [each for each in _each(call, document) if each["id"] != "v2.0"]
    return document


@defect("version-status-unknown", "A version's status is `ok`.", hook="document")
def _(call: Call, document: Body) -> Body:
    for each in _each(call, document):
        each["status"] = "ok"
    return document


@defect("version-id-number", "A version's id is a number.", hook="document")
def _(call: Call, document: Body) -> Body:
    for each in _each(call, document):
        each["id"] = float(each["id"].removeprefix("v"))
    return document


@defect("version-needs-token", "GET / without a token is answered 401.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_versions":
        authenticate(call)
    return document


@defect("version-root-missing", "GET / is answered 404.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_versions":
        raise no_route()
    return document


@defect("version-id-twice", "Two versions have the same id.", hook="document")
def _(call: Call, document: Body) -> Body:
    for each in _each(call, document):
        each["id"] = "v2.0"
    return document


@defect("version-two-current", "Every version is the current one.", hook="document")
def _(call: Call, document: Body) -> Body:
    for each in _each(call, document):
        each["status"] = "CURRENT"
    return document
