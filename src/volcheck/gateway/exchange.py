"""One request with its response, as plain data.

An exchange is recorded once, by the gateway, already redacted; checks, suites, results and reports read it and
none of them changes it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

import attrs

#: What `Exchange.json()` answers for a body that is not JSON; `None` is a JSON value.
NOT_JSON: Any = object()


def next_links(links: object) -> Iterator[str]:
    """Where the next links lead that stand in a list's `volumes_links` or `snapshots_links`: at most one, if all is well."""
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            yield link["href"]


@attrs.frozen
class Reading:
    """A body read as JSON: its value, or NOT_JSON, and what is wrong with the text, or None.

    A text that names a member twice, or that says NaN, has both: a value, as lenient readers have it, and a flaw.
    """

    value: Any
    flaw: str | None


class _Flaw(Exception):
    """A text that is no JSON, though lenient readers take it; says why."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise _Flaw(f"the name {json.dumps(repeated, ensure_ascii=False)[:80]} is there twice in one object")
    return found


def _constant(name: str) -> float:
    raise _Flaw(f"{name} is no JSON value")


#: So many levels may a body have; RFC 8259 (section 9) lets readers set a limit.
_DEEPEST = 100
_STRICT = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant)
_LENIENT = json.JSONDecoder()


def _read(text: str) -> Reading:
    if not text.strip():
        return Reading(NOT_JSON, "it is empty")
    reading = _decoded(text)
    return Reading(NOT_JSON, "it is nested too deeply") if _is_too_deep(reading.value) else reading


def _is_too_deep(value: Any) -> bool:
    """Whether a value has more levels than any answer of the API: what looks into it goes down level by level."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _decoded(text: str) -> Reading:
    flaw: str | None = None
    try:
        try:
            return Reading(_STRICT.decode(text), None)
        except _Flaw as found:
            flaw = str(found)
            return Reading(_LENIENT.decode(text), flaw)
    except json.JSONDecodeError as error:
        flaw = flaw or f"{error.msg} (line {error.lineno}, column {error.colno})"
    except ValueError:
        flaw = flaw or "a number in it has too many digits"
    except RecursionError:
        flaw = flaw or "it is nested too deeply"
    return Reading(NOT_JSON, flaw)


@attrs.frozen(slots=True)
class Request:
    """What was sent. `headers` and `body` are redacted; `path` is the path below the endpoint's base URL."""

    method: str
    url: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: str | None


@attrs.frozen(slots=True)
class Response:
    """What came back. Header names are lower-case. `body` is text (UTF-8, undecodable bytes replaced).

    `truncated` says that the body was longer than the gateway reads; `utf8` that the bytes were valid UTF-8;
    `echoes_secret` that the endpoint sent back a token or password (removed here by the redaction).
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: str
    truncated: bool = False
    utf8: bool = True
    echoes_secret: bool = False

    @cached_property
    def reading(self) -> Reading:
        """The body as JSON, read once. Of equal names the last one counts, as in Python's own reader."""
        if self.truncated:
            return Reading(NOT_JSON, "it is longer than what is read of a body")
        read = _read(self.body)
        return read if self.utf8 else Reading(read.value, "it is not valid UTF-8")


@attrs.frozen(slots=True)
class Exchange:
    """One request with its response, or with the reason why there was none.

    number: its place in the run, from 1.
    operation: the `operationId` it belongs to, or None where the contract knows no such operation.
    response: None when the request never got a whole answer; `error` then says why, in one sentence, and
        `fault` whose fault it is: `network` (no answer, which may not be the API's doing) or `protocol` (an answer
        that is not HTTP, breaks off, or never ends). error_echoes_secret: whether what came quoted a secret.
    elapsed: seconds from sending to the last byte of the body.
    started: seconds since the epoch (UTC). clock: the same moment on the monotonic clock, in seconds: exchanges overlap, and
        only what ended before another one began is certain to have come before it.
    test: the pytest node id that sent it, or None outside tests (probes, cleanup).
    judged: False where it tells nothing of the endpoint: the token that it carried had ended.
    who: whose token went along, `main` or `other`; None where none did, or one that is nobody's.
    """

    number: int
    operation: str | None
    request: Request
    response: Response | None
    error: str | None
    elapsed: float
    started: float
    test: str | None = None
    fault: Literal["network", "protocol"] | None = None
    judged: bool = True
    error_echoes_secret: bool = False
    who: str | None = None
    clock: float = attrs.field(factory=time.monotonic, eq=False)

    @property
    def ended(self) -> float:
        """When the answer was complete, on the monotonic clock."""
        return self.clock + self.elapsed

    @property
    def status(self) -> int:
        """The HTTP status, or 0 when there was no response."""
        return self.response.status if self.response is not None else 0

    @property
    def ok(self) -> bool:
        """Whether the operation succeeded: any 2xx, or the 300 of the versions document."""
        return 200 <= self.status <= 300

    def json(self) -> Any:
        """The body as JSON, or `NOT_JSON`; see `Response.reading`."""
        return NOT_JSON if self.response is None else self.response.reading.value

    def member(self, name: str) -> dict[str, Any] | None:
        """The object that stands under `name` in a JSON body, such as `volume`; None where there is none."""
        body = self.json()
        value = body.get(name) if isinstance(body, dict) else None
        return value if isinstance(value, dict) else None

    def items(self, name: str) -> list[dict[str, Any]] | None:
        """The objects of the list that stands under `name` in a JSON body, such as `volumes`; None where there is no list."""
        body = self.json()
        values = body.get(name) if isinstance(body, dict) else None
        return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else None

    def summary(self) -> str:
        """`POST /v2/{p}/volumes → 202`, for messages."""
        answer = str(self.status) if self.response is not None else (self.error or "no answer")
        return f"{self.request.method} {self.request.path} → {answer}"


def whole_number(text: str) -> int | None:
    """The number that a text of ASCII digits is, of 18 of them at most; None for any other text.

    An endpoint may put anything into its links: digits of other scripts, or more of them than Python reads.
    """
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
