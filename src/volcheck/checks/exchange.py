"""What is demanded of every exchange, whichever test sent it.

`check` holds one exchange against the contract. It knows neither the endpoint nor the tests: what it needs is
in the exchange. The requirements it speaks of are the family `exchange` of spec/requirements.yaml.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import attrs

from volcheck.contract import Contract, Mismatch, Operation
from volcheck.contract.wording import shorten, shown
from volcheck.gateway.exchange import NOT_JSON, Exchange, Request, Response
from volcheck.gateway.retry_after import BUSY, retry_after

DOCUMENTED_STATUS = "exchange.documented-status"
SUCCESS_STATUS = "exchange.success-status"
REFUSAL_STATUS = "exchange.refusal-status"
NO_SERVER_ERROR = "exchange.no-server-error"
MEDIA_TYPE = "exchange.media-type"
ERROR_MEDIA_TYPE = "exchange.error-media-type"
WELL_FORMED_JSON = "exchange.well-formed-json"
BODY_SCHEMA = "exchange.body-schema"
ERROR_ENVELOPE = "exchange.error-envelope"
ERROR_CODE = "exchange.error-code"
FAULT_NAME = "exchange.fault-name"
EMPTY_BODY = "exchange.empty-body"
NO_INTERNALS = "exchange.no-internals"
REQUEST_ID = "exchange.request-id"
UNDOCUMENTED_FIELD = "exchange.undocumented-field"
COMPLETE_ANSWER = "exchange.complete-answer"
NO_SECRET_ECHO = "exchange.no-secret-echo"

#: Every requirement that `check` can find broken.
REQUIREMENTS = (
    DOCUMENTED_STATUS,
    SUCCESS_STATUS,
    REFUSAL_STATUS,
    NO_SERVER_ERROR,
    MEDIA_TYPE,
    ERROR_MEDIA_TYPE,
    WELL_FORMED_JSON,
    BODY_SCHEMA,
    ERROR_ENVELOPE,
    ERROR_CODE,
    FAULT_NAME,
    EMPTY_BODY,
    NO_INTERNALS,
    REQUEST_ID,
    UNDOCUMENTED_FIELD,
    COMPLETE_ANSWER,
    NO_SECRET_ECHO,
)

_REQUEST_ID = re.compile(r"req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INTERNALS = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)"
        r"|\bFile \"[^\"\n]+\", line \d+"
        r"|\bat [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)"
        r"|\bgoroutine \d+ \[running\]"
    ),
    "SQL": re.compile(
        r"\bSELECT\b.{1,300}?\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.{1,100}?\bSET\b|\bDELETE FROM\b"
        r"|\b(?:sqlalchemy|pymysql|MySQLdb|psycopg2?|sqlite3|oslo_db)\.|\bSQLSTATE\b|\bORA-\d{5}\b",
        re.DOTALL,
    ),
    "the path of a file": re.compile(
        r"(?<![\w:/.])/(?:usr|opt|home|var|etc|srv|root|tmp)/[\w.-]+(?:/[\w.-]+)*|[\w/.-]+\.py\b(?::\d+)?"
    ),
}
#: Without one of these none of the patterns can match. Looked for first, as the patterns take long on a large body.
_HINTS = (
    *("Traceback", 'File "', ".java:", ".kt:", ".scala:", "goroutine "),
    *("SELECT", "INSERT INTO", "UPDATE", "DELETE FROM", "SQLSTATE", "ORA-"),
    *("sqlalchemy.", "pymysql.", "MySQLdb.", "psycopg", "sqlite3.", "oslo_db."),
    *("/usr/", "/opt/", "/home/", "/var/", "/etc/", "/srv/", "/root/", "/tmp/", ".py"),
)


@attrs.frozen
class Violation:
    """One demand of the contract that an exchange does not meet.

    requirement: its id. message: one sentence for a person. expected, got: the two sides, short.
    where: JSON pointer into the response body, or "" when it is about the response as a whole.
    edition: another edition of the published document, which has nothing against it; "" when there is none.
    """

    requirement: str
    message: str
    expected: str
    got: str
    where: str = ""
    edition: str = ""


def check(contract: Contract, exchange: Exchange, *, strict: bool = False) -> list[Violation]:
    """Everything that is wrong with one exchange; an empty list when nothing is.

    strict: also report fields of successes that the contract does not know (`exchange.undocumented-field`).
    A request without an answer breaks nothing, as that may be the network's doing; a broken-off answer does.
    Requests that are none of the contract's operations, or one that the edition does not promise, are only held to the
    demands on any answer.
    """
    response = exchange.response
    if response is None:
        return list(_broken_off(exchange))
    return list(_violations(contract, exchange, response, strict))


def check_echo(exchange: Exchange) -> list[Violation]:
    """The one demand that is also made of answers that tell nothing else: that they hold no secret."""
    if exchange.response is not None:
        return [_echo(exchange.request)] if exchange.response.echoes_secret else []
    echoes = exchange.fault == "protocol" and exchange.error_echoes_secret
    return [_echo(exchange.request)] if echoes else []


def held_against(contract: Contract, exchange: Exchange) -> list[str]:
    """The requirements that `check` has really held against an exchange, whether it met them or not."""
    response = exchange.response
    if response is None:
        return [COMPLETE_ANSWER, NO_SECRET_ECHO] if exchange.fault == "protocol" else []
    looked = [COMPLETE_ANSWER, NO_SERVER_ERROR, NO_SECRET_ECHO]
    if response.status >= 400:
        looked.append(NO_INTERNALS)
    operation = contract.operations.get(exchange.operation or "")
    if operation is None or operation.source == "upstream":
        return looked
    looked.append(DOCUMENTED_STATUS)
    if exchange.operation != "listVersions":
        looked.append(REQUEST_ID)
    if response.status >= 400:
        looked += [
            REFUSAL_STATUS,
            ERROR_MEDIA_TYPE,
            ERROR_ENVELOPE,
            ERROR_CODE,
            FAULT_NAME,
            WELL_FORMED_JSON,
        ]
        return looked
    looked.append(SUCCESS_STATUS)
    if exchange.operation in ("deleteVolume", "deleteSnapshot"):
        looked.append(EMPTY_BODY)
    else:
        looked += [MEDIA_TYPE, WELL_FORMED_JSON, BODY_SCHEMA]
    return looked


def _violations(
    contract: Contract, exchange: Exchange, response: Response, strict: bool
) -> Iterator[Violation]:
    request = exchange.request
    status = response.status
    yield from check_echo(exchange)
    if status >= 400:
        yield from _internals(request, response)
    if status in BUSY or _rate_limited(response):
        # An outage or a rate limit says nothing about conformance; whoever needs the answer is blocked.
        return
    if status == 501 and _operation(contract, exchange) is None:
        # So a method may be answered that the service does not have (RFC 9110, 9.1).
        return
    if status >= 500:
        yield Violation(
            NO_SERVER_ERROR,
            f"{request.method} {request.path} was answered with a server error, {_named(status)}",
            "a status below 500",
            _named(status),
        )
        return
    operation = _operation(contract, exchange)
    if operation is None:
        return
    if (wrong := _status(operation, status)) is not None:
        yield wrong
        if wrong.requirement == DOCUMENTED_STATUS or not (response.body or status >= 400):
            return
    if operation.needs_token and status != 401:
        yield from _request_id(operation, response)
    if status < 400 and operation.success <= operation.bodiless:
        yield from _empty_body(operation, response)
    elif not _router_answered(operation, request, response):
        yield from _body(contract, operation, response, strict)


def _status(operation: Operation, status: int) -> Violation | None:
    """What is wrong with a status below 500: its class, or else its number."""
    if status in operation.statuses:
        return None
    if 200 <= status < 300:
        requirement, listed = SUCCESS_STATUS, sorted(operation.success)
    elif status >= 400:
        requirement, listed = REFUSAL_STATUS, sorted(operation.statuses - operation.success)
    else:
        return Violation(
            DOCUMENTED_STATUS,
            f"{operation.id} answered {_named(status)}, which is neither a success nor a refusal",
            "a status of 2xx or 4xx",
            _named(status),
        )
    return Violation(
        requirement,
        f"{operation.id} answered {_named(status)}, which is not among its statuses",
        f"one of {', '.join(map(str, listed))}",
        _named(status),
    )


def _rate_limited(response: Response) -> bool:
    """Whether this is a 413 that asks for patience, as older limiters answer: a quota never says how long to wait."""
    return response.status == 413 and bool(retry_after(response.headers))


def _echo(request: Request) -> Violation:
    return Violation(
        NO_SECRET_ECHO,
        f"{request.method} {request.path} was answered with the client's own token or password",
        "an answer without credentials",
        "the secret, or a part of it, stands in the answer as it is or in another form (removed from this record)",
    )


def _broken_off(exchange: Exchange) -> Iterator[Violation]:
    if exchange.fault == "protocol":
        yield from check_echo(exchange)
        yield Violation(
            COMPLETE_ANSWER,
            f"{exchange.request.method} {exchange.request.path} got no whole HTTP answer: {exchange.error}",
            "one whole HTTP answer",
            exchange.error or "none",
        )


def _operation(contract: Contract, exchange: Exchange) -> Operation | None:
    method = exchange.request.method
    if exchange.operation is not None:
        operation = contract.operations.get(exchange.operation)
        # A test of another method may still carry the operation it was derived from.
        if operation is None or operation.method != method:
            return None
    else:
        operation = contract.match(method, exchange.request.path)
    # What the edition does not promise need not be served at all.
    return None if operation is None or operation.source == "upstream" else operation


def _internals(request: Request, response: Response) -> Iterator[Violation]:
    value = response.reading.value
    text = response.body if value is NOT_JSON else _strings(value)
    if not any(hint in text for hint in _HINTS):
        return
    sent = _sent(request)
    for what, pattern in _INTERNALS.items():
        for found in pattern.finditer(text):
            # What the client sent may come back in a message; it gives nothing away.
            if found[0] not in sent:
                yield Violation(
                    NO_INTERNALS,
                    f"The error message shows {what}: {shorten(found[0])}",
                    "a message for the client, without the inside of the service",
                    shorten(found[0]),
                )
                return


def _sent(request: Request) -> str:
    """Everything that a request said, without escapes."""
    try:
        body = _strings(json.loads(request.body or '""'))
    except (ValueError, RecursionError):
        body = request.body or ""
    return "\n".join((request.path, unquote(request.path), str(request.query), body))


def _strings(value: Any) -> str:
    """Every string of a JSON value, names included."""
    waiting = [value]
    found: list[str] = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend((*value.keys(), *value.values()))
    return "\n".join(found)


def _request_id(operation: Operation, response: Response) -> Iterator[Violation]:
    given = response.headers.get("x-openstack-request-id")
    if given is None or not _REQUEST_ID.fullmatch(given):
        got = "no such header" if given is None else shorten(given)
        yield Violation(
            REQUEST_ID,
            f"{operation.id} answered {_named(response.status)} without a request id: {got}",
            "X-Openstack-Request-Id: req-<uuid>",
            got,
        )


def _empty_body(operation: Operation, response: Response) -> Iterator[Violation]:
    if response.body:
        yield Violation(
            EMPTY_BODY,
            f"{operation.id} answered {_named(response.status)} with a body where none belongs",
            "no body",
            shorten(response.body),
        )


def _router_answered(operation: Operation, request: Request, response: Response) -> bool:
    """Whether upstream's router or its body limit answered before the API saw the request.

    Their answers have the form {message, code, title}, in HTML or plain text for clients that don't ask for
    JSON. That is tolerated where the router can't know the path, and for bodies that are too large.
    """
    if response.status == 404:
        arguments = operation.arguments(request.path)
        if arguments and all(rule.search(arguments[name]) for name, rule in operation.routable.items()):
            return False
    elif response.status != 413:
        return False
    kind = _media_type(response)
    if kind in ("text/html", "text/plain"):
        accepted = next((value for name, value in request.headers.items() if name.lower() == "accept"), "")
        return "application/json" not in accepted
    if kind != "application/json":
        return False
    body = response.reading.value
    return (
        isinstance(body, dict)
        and set(body) == {"message", "code", "title"}
        and all(isinstance(value, str) for value in body.values())
        and body["code"].startswith(f"{response.status} ")
    )


def _body(contract: Contract, operation: Operation, response: Response, strict: bool) -> Iterator[Violation]:
    status = response.status
    kind = _media_type(response)
    if kind != "application/json":
        got = kind or "no Content-Type"
        yield Violation(
            MEDIA_TYPE if status < 400 else ERROR_MEDIA_TYPE,
            f"{operation.id} answered {_named(status)} with a body that is not declared as JSON: {got}",
            "Content-Type: application/json",
            got,
        )
    body, flaw = response.reading.value, response.reading.flaw
    if flaw is not None:
        # HTML that is called HTML is one mistake, not two.
        if kind == "application/json":
            yield Violation(
                WELL_FORMED_JSON,
                f"{operation.id} answered {_named(status)} with a body that is not JSON: {flaw}",
                "one complete JSON text in UTF-8",
                shorten(response.body) or "an empty body",
            )
        return
    if status >= 400:
        envelope = list(_envelope(contract, operation, status, body))
        yield from envelope
        if envelope:
            return
    yield from _schema(contract, operation, status, body)
    if strict and status < 400:
        for where in contract.undocumented(operation.id, status, body):
            edition = contract.edition_that_documents(operation.id, status, body, where) or ""
            yield Violation(
                UNDOCUMENTED_FIELD,
                f"{operation.id} answered {_named(status)} with a field that is not documented: "
                f"{where}{_tried(edition)}",
                "documented fields only",
                where,
                where,
                edition,
            )


def _schema(contract: Contract, operation: Operation, status: int, body: Any) -> Iterator[Violation]:
    # A success with a number that is not listed shows the same as one that is.
    listed = status if status in operation.statuses or status >= 400 else min(operation.success)
    validator = contract.validator(operation.id, listed)
    if validator is None:
        return
    try:
        mismatches = validator.mismatches(body)
    except UnicodeEncodeError:
        yield Violation(
            WELL_FORMED_JSON,
            f"{operation.id} answered {_named(status)} with a name that is no text: half of a surrogate pair",
            "one complete JSON text in UTF-8",
            shown(body),
        )
        return
    for mismatch in mismatches:
        place = mismatch.where or "the body"
        edition = contract.edition_that_accepts(operation.id, status, body, mismatch.where) or ""
        yield Violation(
            BODY_SCHEMA if status < 400 else ERROR_ENVELOPE,
            f"{operation.id} answered {_named(status)}: {place} {_wrong(mismatch, edition)}",
            mismatch.expected,
            mismatch.got,
            mismatch.where,
            edition,
        )


def _wrong(mismatch: Mismatch, edition: str) -> str:
    if edition:
        return f"is {mismatch.got}{_tried(edition)}"
    return f"should be {mismatch.expected}, got {mismatch.got}"


def _tried(edition: str) -> str:
    """What to try when another edition has nothing against what was found."""
    return f", which the edition of {edition} has: try --edition {edition}" if edition else ""


def _envelope(contract: Contract, operation: Operation, status: int, body: Any) -> Iterator[Violation]:
    names = " or ".join(sorted(contract.fault_names(status))) or "a name"
    form = f'{{"{names}": {{"code": {status}, "message": "…"}}}}'
    problem = _envelope_problem(body)
    if problem is not None:
        yield Violation(
            ERROR_ENVELOPE,
            f"{operation.id} answered {_named(status)} with an error body of another form: {problem}",
            form,
            shown(body),
        )
        return
    ((name, fault),) = body.items()
    known = contract.fault_names(status)
    if known and name not in known:
        yield Violation(
            FAULT_NAME,
            f"{operation.id} answered {_named(status)} with an error called {name}, which is not {names}",
            names,
            shorten(name),
            f"/{name}",
        )
    code = fault["code"]
    if type(code) is not int or code != status:
        got = shown(code)
        yield Violation(
            ERROR_CODE,
            f"{operation.id} answered {_named(status)} with an error whose code is {got}",
            str(status),
            got,
            f"/{name}/code",
        )


def _envelope_problem(body: Any) -> str | None:
    if not isinstance(body, dict):
        return "it is no object"
    if len(body) != 1:
        return f"it has {len(body)} members instead of one"
    (fault,) = body.values()
    if not isinstance(fault, dict):
        return "its member is no object"
    missing = [name for name in ("code", "message") if name not in fault]
    if missing:
        return f"its member has no {' and no '.join(missing)}"
    if not isinstance(fault["message"], str):
        return "its message is no text"
    return None


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
