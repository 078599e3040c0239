"""One request with its response, as plain data.

An exchange is recorded once, by the gateway, already redacted; checks, suites, results and reports read it and
none of them changes it. It carries no live objects, so that it can cross a process boundary.
"""

from __future__ import annotations

import json
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


@attrs.frozen(slots=True)
class Exchange:
    """One request with its response, or with the reason why there was none.

    number: its place in the run, from 1, unique within one worker.
    operation: the `operationId` it belongs to, or None where the contract knows no such operation.
    response: None when the request never got a whole answer; `error` then says why, in one sentence, and
        `fault` whose fault it is: `network` (no answer, which may not be the API's doing) or `protocol` (an answer
        that is not HTTP, breaks off, or never ends).
    elapsed: seconds from sending to the last byte of the body.
    started: seconds since the epoch (UTC).
    test: the pytest node id that sent it, or None outside tests (probes, cleanup).
    """

    number: int
    operation: str | None
    request: Request
    response: Response | None
    error: str | None
    elapsed: float
    started: float
    test: str | None = None
    worker: str = "main"
    fault: Literal["network", "protocol"] | None = None

    @property
    def status(self) -> int:
        """The HTTP status, or 0 when there was no response."""
        return self.response.status if self.response is not None else 0

    @property
    def ok(self) -> bool:
        """Whether the operation succeeded: any 2xx, or the 300 of the versions document."""
        return 200 <= self.status <= 300

    def json(self) -> Any:
        """The body as JSON, or `NOT_JSON`; parsed once. Of equal keys the last wins, as in Python's own reader."""
        return self._parsed

    @cached_property
    def _parsed(self) -> Any:
        if self.response is None or not self.response.body or self.response.truncated:
            return NOT_JSON
        try:
            return json.loads(self.response.body)
        except (ValueError, RecursionError):
            return NOT_JSON

    def summary(self) -> str:
        """`POST /v2/{p}/volumes → 202`, for messages."""
        answer = str(self.status) if self.response is not None else (self.error or "no answer")
        return f"{self.request.method} {self.request.path} → {answer}"
