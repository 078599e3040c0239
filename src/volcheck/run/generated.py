"""Requests that schemathesis makes from the contract, sent through the gateway.

The contract gives two documents to generate from: one of requests that must be served, one of requests that may have
to be refused. Every answer is held against the contract by the run, as all others are; here it is only judged whether
serving or refusing was right.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
import schemathesis.openapi
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

from volcheck.contract import Contract, Mode
from volcheck.contract.requests import NO_BODY
from volcheck.contract.validation import Mismatch
from volcheck.exchange import Exchange
from volcheck.gateway.errors import GatewayRefusal
from volcheck.run.demand import Demand
from volcheck.run.settings import Settings
from volcheck.run.state import Run

#: Random requests an operation in the deep profile. Others send what the examples and the coverage phase give: no defect
#: of the reference endpoint takes a random one to be caught, and a few of them take as long to make as all of those.
_RANDOM = 120
#: Ids that don't exist to try for an operation, but in the deep profile.
_IDS = 5
#: Wrong values of one place to try for an operation, likewise: in a query, where all of them are but texts, and in a body.
_WORDS, _VALUES = 3, 4
#: Statuses with which a valid request may fail for reasons of state or quota.
_STATE = frozenset({409, 413, 429, 503})


def generation_schema(contract: Contract, settings: Settings, mode: Mode) -> BaseSchema:
    """The schema that tests are parametrized with. Answers no file on disk: a stray schemathesis.toml is not read."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": settings.seed,
            "parameters": {"path.projectId": settings.project_id},
            "generation": {
                "mode": mode,
                "max-examples": _RANDOM,
                "database": "none",
                "no-shrink": settings.profile != "deep",
                "with-security-parameters": False,
                "allow-x00": False,
            },
            "phases": {
                "coverage": {"unexpected-methods": []},
                "fuzzing": {"enabled": settings.profile == "deep"},
            },
        }
    )
    document = contract.generation_schema(mode, largest_size=settings.volume_size + 2)
    schema: BaseSchema = schemathesis.openapi.from_dict(document, config=config)
    # Nothing is generated for the versions document, which has no parameters and lives at another base URL.
    return schema.exclude(operation_id="listVersions")


class Generated:
    """Sends generated cases on behalf of one test."""

    def __init__(self, run: Run, demand: Demand) -> None:
        self._run = run
        self._demand = demand
        self._sent: set[tuple[Any, ...]] = set()
        self._ids: Counter[str] = Counter()
        self._wrong: Counter[tuple[str, str, str]] = Counter()

    def serve(self, case: Case[Any]) -> None:
        """Send a valid case, with ids of what stands, and demand that it is served."""
        operation = _operation(case)
        standing = self._run.standing
        if "volumeId" in case.path_parameters:
            case.path_parameters["volumeId"] = standing.ids[1]
        if "snapshotId" in case.path_parameters:
            case.path_parameters["snapshotId"] = standing.snapshots[1]["id"]
        body = self._tagged(operation, case.body, standing.ids[1])
        prepared = _prepared(self._run, case, body)
        if self._is_known(prepared):
            return
        exchange = self._send(prepared)
        self._demand.that(
            exchange.status < 400 or exchange.status in _STATE,
            f"{operation} refuses a request that the contract allows",
            expected="a 2xx status",
            got=f"{exchange.status} {exchange.response.body[:200] if exchange.response else exchange.error}",
            exchange=exchange,
        )

    def refuse(self, case: Case[Any]) -> None:
        """Send a case, and where the contract has a reason to refuse it demand that it is refused."""
        operation = _operation(case)
        last = str(case.path_parameters.get("volumeId") or case.path_parameters.get("snapshotId") or "")
        prepared = _prepared(self._run, case, self._harmless(case.body))
        if self._is_known(prepared):
            return
        query = parse_qsl(urlsplit(prepared.url or "").query, keep_blank_values=True)
        found = self._run.contract.reasons_to_refuse(operation, query, _read(prepared.body))
        if self._adds_little(operation, found, last, in_query=bool(query)):
            return
        if case.operation.method.upper() == "DELETE" and not self._proven_unknown(case):
            return
        try:
            exchange = self._send(prepared)
        except GatewayRefusal:
            # It happens to name an id that may be somebody's. Whether it would be refused stays unknown.
            return
        reasons = [f"{reason.where or 'the body'} should be {reason.expected}" for reason in found]
        if last and "/" not in last and last.strip(". ") and last != "detail":
            reasons.append("there is no such id")
        if reasons:
            self._demand.that(
                # A 5xx serves nothing; it breaks the requirement that there is none.
                exchange.status >= 400,
                f"{operation} serves a request that the contract forbids ({reasons[0]})",
                expected="a refusal",
                got=f"{exchange.status} {exchange.response.body[:200] if exchange.response else exchange.error}",
                exchange=exchange,
            )

    def _is_known(self, prepared: requests.PreparedRequest) -> bool:
        """Whether the very same request was sent before."""
        key = (prepared.method, prepared.url, prepared.body, prepared.headers.get("Content-Type"))
        if key in self._sent:
            return True
        self._sent.add(key)
        return False

    def _adds_little(self, operation: str, reasons: Sequence[Mismatch], last: str, *, in_query: bool) -> bool:
        """Whether a request is for the deep profile only: several mistakes in one query hide each other, and after
        some wrong values of a place, or ids that don't exist, another one shows nothing new."""
        if self._run.settings.profile == "deep":
            return False
        if len(reasons) > 1:
            return in_query
        if reasons:
            place = (operation, reasons[0].where, reasons[0].expected)
            self._wrong[place] += 1
            return self._wrong[place] > (_WORDS if in_query else _VALUES)
        self._ids[operation] += bool(last)
        return self._ids[operation] > _IDS

    def _harmless(self, body: Any) -> Any:
        """A body with the volume that stands in place of a random one, so that its other mistakes count."""
        fields = body.get("snapshot") if isinstance(body, dict) else None
        if isinstance(fields, dict) and _is_uuid(fields.get("volume_id")):
            return {**body, "snapshot": {**fields, "volume_id": self._run.standing.ids[1]}}
        return body

    def _proven_unknown(self, case: Case[Any]) -> bool:
        """Whether the id of a deletion is answered 404 by show, so that deleting it can hurt nobody."""
        path = _path(self._run, _prepared(self._run, case, NO_BODY))
        if self._run.gateway.send("GET", path).status != 404:
            return False
        self._run.gateway.guard.allow(unquote(path).rsplit("/", 1)[-1])
        return True

    def _send(self, prepared: requests.PreparedRequest) -> Exchange:
        run = self._run
        run.turn_over()
        headers = {
            name: value
            for name, value in prepared.headers.items()
            if name.lower() not in ("content-length", "user-agent", "accept-encoding", "connection", "accept")
        }
        data = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        return run.gateway.send(
            prepared.method or "GET",
            _path(run, prepared),
            query=urlsplit(prepared.url or "").query,
            body=data,
            headers=headers,
        )

    def _tagged(self, operation: str, body: Any, volume_id: str) -> Any:
        """A body with the run's tag, and with the id of a volume that stands."""
        if operation == "createVolume":
            fields = dict(body["volume"])
            fields["metadata"] = {**(fields.get("metadata") or {}), "volcheck": self._run.settings.tag}
            return {**body, "volume": fields}
        if operation == "createSnapshot":
            fields = {**body["snapshot"], "volume_id": volume_id}
            if "description" in fields and "name" in fields:
                fields["description"] = self._run.settings.tag
            return {**body, "snapshot": self._run.api.tagged(fields, metadata=False)}
        return body


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


def _operation(case: Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])


def _prepared(run: Run, case: Case[Any], body: Any) -> requests.PreparedRequest:
    case.path_parameters["projectId"] = run.settings.project_id
    if body is not NO_BODY:
        case.body = body
    arguments = case.as_transport_kwargs(base_url=run.gateway.endpoint.base_url)
    prepared = requests.PreparedRequest()
    # What Request.prepare does beyond this is about cookies, credentials and hooks, which the contract has none of.
    prepared.prepare_method(arguments["method"])
    prepared.prepare_url(arguments["url"], arguments.get("params"))
    prepared.prepare_headers(arguments.get("headers"))
    prepared.prepare_body(arguments.get("data"), arguments.get("files"), arguments.get("json"))
    return prepared


def _path(run: Run, prepared: requests.PreparedRequest) -> str:
    return urlsplit(prepared.url or "").path.removeprefix(urlsplit(run.gateway.endpoint.base_url).path)


def _read(body: str | bytes | None) -> Any:
    """A body as the endpoint must read it: NO_BODY where there is none, text where it is not JSON."""
    if body is None:
        return NO_BODY
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except ValueError:
        return text
