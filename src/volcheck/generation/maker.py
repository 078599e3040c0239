"""Makes requests from the contract, with schemathesis."""

from __future__ import annotations

import json
import unittest
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import schemathesis.openapi
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.hypothesis import builder
from schemathesis.generation.hypothesis.reporting import ignore_hypothesis_output
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.schemas import APIOperation

from volcheck.contract import Contract, load_contract
from volcheck.contract.requests import NO_BODY
from volcheck.contract.validation import Mismatch
from volcheck.errors import VolcheckError
from volcheck.generation.request import (
    PROJECT,
    SNAPSHOT,
    VOLUME,
    WITHOUT,
    Brief,
    GeneratedRequest,
    Kind,
)
from volcheck.tag import SLOT

#: Random requests an operation. Without them there is what the examples and the coverage phase give: no defect of the
#: reference endpoint takes a random one to be caught, and a few of them take as long to make as all of those.
_RANDOM = 120
#: Ids that don't exist to try for an operation, unless random ones are asked for.
_IDS = 5
#: Wrong values of one place to try for an operation, likewise: in a query, where all of them are but texts, and in a body.
_WORDS, _VALUES = 3, 4
#: Headers that the gateway sets as it sees fit, and one that is another at every run.
_NOT_OURS = frozenset(
    {"content-length", "user-agent", "accept-encoding", "connection", "accept", "x-schemathesis-testcaseid"}
)
#: What schemathesis notes where it had to leave something out.
_UNFIT = (
    builder.InvalidHeadersExampleMark,
    builder.InvalidRegexMark,
    builder.MissingPathParameters,
    builder.NonSerializableMark,
    builder.UnsatisfiableExampleMark,
    builder.UnserializablePayloadMark,
)
_BASE = "http://localhost"


class UnfitSchema(VolcheckError):
    """Requests of an operation can't be made, or not all of them. Only an OpenAPI file of the user's can bring this about."""


class Maker:
    """Makes the requests of a brief, each of them once."""

    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._contract: Contract = load_contract(openapi=Path(brief.openapi) if brief.openapi else None)
        self._known: set[tuple[Any, ...]] = set()
        self._ids: Counter[str] = Counter()
        self._wrong: Counter[tuple[str, str, str]] = Counter()

    def operations(self, kind: Kind) -> list[str]:
        """The operations that requests of this kind are made for."""
        return [name for name in self._operations[kind] if name not in WITHOUT[kind]]

    def play(self, kind: Kind, operation: str, send: Callable[[GeneratedRequest], None]) -> None:
        """Make the requests of an operation and call `send` for each; see `Source`.

        Where `send` raises for a random one, smaller ones are looked for. Raises UnfitSchema, and what schemathesis and
        Hypothesis raise where they can make nothing of a schema.
        """

        def play_case(case: Case[Any]) -> None:
            request = self._served(case) if kind == "positive" else self._forbidden(case)
            if request is not None:
                send(request)

        schema = self._operations[kind][operation]
        test = build_operation_test(
            config=schema.schema.config,
            operation=schema,
            test_func=play_case,
            given_kwargs={},
            feedback=FeedbackSources(),
        )
        try:
            with ignore_hypothesis_output():
                test()
        except unittest.SkipTest:
            # There is nothing to send.
            return
        for mark in _UNFIT:
            if (reason := mark.get(test)) is not None:
                raise UnfitSchema(f"requests for {operation} can't be made from the contract: {reason}")

    def load(self) -> None:
        """Nothing is made before it is asked for."""

    def close(self) -> None:
        """There is nothing to let go of."""

    @cached_property
    def _operations(self) -> dict[Kind, dict[str, APIOperation[Any, Any, Any, Any]]]:
        return {"positive": self._read("positive"), "negative": self._read("negative")}

    def _read(self, kind: Kind) -> dict[str, APIOperation[Any, Any, Any, Any]]:
        # Given a dictionary it reads no file: a stray schemathesis.toml has no say.
        config = SchemathesisConfig.from_dict(
            {
                "seed": self._brief.seed,
                "parameters": {"path.projectId": PROJECT},
                "generation": {
                    "mode": kind,
                    "max-examples": _RANDOM,
                    "database": "none",
                    "no-shrink": not self._brief.random,
                    "with-security-parameters": False,
                    "allow-x00": False,
                },
                "phases": {
                    "coverage": {"unexpected-methods": []},
                    "fuzzing": {"enabled": self._brief.random},
                },
            }
        )
        document = self._contract.generation_schema(kind, largest_size=self._brief.volume_size + 2)
        schema = schemathesis.openapi.from_dict(document, config=config)
        found = {}
        for each in schema.get_all_operations():
            if not isinstance(each, Ok):
                raise UnfitSchema(
                    f"the contract has an operation that no requests can be made for: {each.err()}"
                )
            operation = each.ok()
            found[str(operation.definition.raw["operationId"])] = operation
        return found

    def _served(self, case: Case[Any]) -> GeneratedRequest | None:
        """A valid request, with ids of what stands."""
        operation = _operation(case)
        if "volumeId" in case.path_parameters:
            case.path_parameters["volumeId"] = VOLUME
        if "snapshotId" in case.path_parameters:
            case.path_parameters["snapshotId"] = SNAPSHOT
        prepared = _prepared(case, _tagged(operation, case.body))
        return None if self._is_known(prepared) else _request(operation, prepared)

    def _forbidden(self, case: Case[Any]) -> GeneratedRequest | None:
        """A request that the contract may have a reason to refuse, and the reasons."""
        operation = _operation(case)
        last = str(case.path_parameters.get("volumeId") or case.path_parameters.get("snapshotId") or "")
        prepared = _prepared(case, _harmless(case.body))
        if self._is_known(prepared):
            return None
        query = parse_qsl(urlsplit(prepared.url or "").query, keep_blank_values=True)
        found = self._contract.reasons_to_refuse(operation, query, _read(prepared.body))
        if self._adds_little(operation, found, last, in_query=bool(query)):
            return None
        reasons = [f"{reason.where or 'the body'} should be {reason.expected}" for reason in found]
        if last and "/" not in last and last.strip(". ") and last != "detail":
            reasons.append("there is no such id")
        return _request(operation, prepared, tuple(reasons), unknown=bool(last))

    def _is_known(self, prepared: requests.PreparedRequest) -> bool:
        """Whether the very same request was made before."""
        key = (prepared.method, prepared.url, prepared.body, prepared.headers.get("Content-Type"))
        if key in self._known:
            return True
        self._known.add(key)
        return False

    def _adds_little(self, operation: str, reasons: Sequence[Mismatch], last: str, *, in_query: bool) -> bool:
        """Whether a request is one too many: several mistakes in one query hide each other, and after some wrong values
        of a place, or ids that don't exist, another one shows nothing new."""
        if self._brief.random:
            return False
        if len(reasons) > 1:
            return in_query
        if reasons:
            place = (operation, reasons[0].where, reasons[0].expected)
            self._wrong[place] += 1
            return self._wrong[place] > (_WORDS if in_query else _VALUES)
        self._ids[operation] += bool(last)
        return self._ids[operation] > _IDS


def _operation(case: Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])


def _tagged(operation: str, body: Any) -> Any:
    """A body with a place for the tag, and with the id of a volume that stands."""
    if operation == "createVolume":
        fields = dict(body["volume"])
        fields["metadata"] = {**(fields.get("metadata") or {}), "volcheck": SLOT}
        return {**body, "volume": fields}
    if operation == "createSnapshot":
        fields = {**body["snapshot"], "volume_id": VOLUME}
        fields["description" if "name" in fields else "name"] = SLOT
        return {**body, "snapshot": fields}
    return body


def _harmless(body: Any) -> Any:
    """A body with a place for the tag, should it be served, and with the volume that stands in place of a random one, so
    that its other mistakes count.
    """
    if not isinstance(body, dict):
        return body
    kinds = [kind for kind in ("volume", "snapshot") if isinstance(body.get(kind), dict)]
    return {**body, **{kind: _with_slot(kind, body[kind]) for kind in kinds}}


def _with_slot(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    if kind == "snapshot" and _is_uuid(fields.get("volume_id")):
        fields = {**fields, "volume_id": VOLUME}
    for key in ("description", "name"):
        if key not in fields:
            return {**fields, key: SLOT}
    metadata = fields.get("metadata", {})
    if isinstance(metadata, dict):
        return {**fields, "metadata": {**metadata, "volcheck": SLOT}}
    # One text less to be wrong, and still another mistake: the metadata.
    return {**fields, "description": SLOT}


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def _prepared(case: Case[Any], body: Any) -> requests.PreparedRequest:
    case.path_parameters["projectId"] = PROJECT
    if body is not NO_BODY:
        case.body = body
    arguments = case.as_transport_kwargs(base_url=_BASE)
    prepared = requests.PreparedRequest()
    # What Request.prepare does beyond this is about cookies, credentials and hooks, which the contract has none of.
    prepared.prepare_method(arguments["method"])
    prepared.prepare_url(arguments["url"], arguments.get("params"))
    prepared.prepare_headers(arguments.get("headers"))
    prepared.prepare_body(arguments.get("data"), arguments.get("files"), arguments.get("json"))
    return prepared


def _request(
    operation: str,
    prepared: requests.PreparedRequest,
    reasons: tuple[str, ...] = (),
    *,
    unknown: bool = False,
) -> GeneratedRequest:
    url = urlsplit(prepared.url or "")
    headers = {name: value for name, value in prepared.headers.items() if name.lower() not in _NOT_OURS}
    body = prepared.body
    text = body.decode("utf-8", "surrogateescape") if isinstance(body, bytes) else body
    return GeneratedRequest(
        operation, prepared.method or "GET", url.path, url.query, headers, text, reasons, unknown
    )


def _read(body: str | bytes | None) -> Any:
    """A body as the endpoint must read it: NO_BODY where there is none, text where it is not JSON."""
    if body is None:
        return NO_BODY
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except ValueError:
        return text
