"""Exchanges as they stand in results and files: plain data, cut to a size people can read."""

from __future__ import annotations

import io
import json
import os
import shlex
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from volcheck.errors import UsageError
from volcheck.gateway.credential_forms import headers_without_credentials, without_credentials
from volcheck.gateway.exchange import Exchange, Request, Response
from volcheck.gateway.private import open_private
from volcheck.gateway.redaction import Redactor
from volcheck.results.model import ExchangeRecord, RequestRecord, ResponseRecord

#: Characters of an answer's body that are kept.
_BODY = 20_000


def instant(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def curl(exchange: Exchange) -> str:
    """A curl command line that sends the same request; the token is read from $OS_TOKEN."""
    request = exchange.request
    parts = ["curl", "-sS", "-i"]
    if request.method != "GET":
        parts += ["-X", request.method]
    for name, value in request.headers.items():
        if name in ("User-Agent", "Accept-Encoding"):
            continue
        header = f"{name}: {value}"
        # Double quotes let the shell fill in the token.
        parts += ["-H", f'"{header}"' if value == "$OS_TOKEN" else shlex.quote(header)]
    if request.body is not None:
        parts += ["--data-binary", shlex.quote(request.body)]
    return " ".join([*parts, shlex.quote(request.url)])


def written(exchange: Exchange, redactor: Redactor) -> Exchange:
    """The exchange as it may be written down: without user names, and without credentials of anybody in its answer."""
    clean = redactor.written
    request, response = exchange.request, exchange.response
    if redactor.knows_words:
        request = attrs.evolve(
            request,
            url=clean(request.url),
            path=clean(request.path),
            query=tuple((clean(key), clean(value)) for key, value in request.query),
            headers={clean(name): clean(value) for name, value in request.headers.items()},
            body=None if request.body is None else clean(request.body),
        )
    if response is not None:
        headers = headers_without_credentials(response.headers)
        if redactor.knows_words:
            headers = {clean(name): clean(value) for name, value in headers.items()}
        body = clean(response.body) if redactor.knows_words else without_credentials(response.body)
        reason = clean(response.reason)
        if body != response.body or reason != response.reason or headers != response.headers:
            response = attrs.evolve(response, reason=reason, headers=headers, body=body)
    error = None if exchange.error is None else clean(exchange.error)
    if request is exchange.request and response is exchange.response and error == exchange.error:
        return exchange
    return attrs.evolve(exchange, request=request, response=response, error=error)


def record(exchange: Exchange) -> ExchangeRecord:
    """An exchange as plain data."""
    return {
        "number": exchange.number,
        "operation": exchange.operation,
        "request": _request(exchange.request),
        "response": None if exchange.response is None else _response(exchange.response),
        "error": exchange.error,
        "elapsed": round(exchange.elapsed, 6),
        "started": instant(exchange.started),
        "curl": curl(exchange),
    }


def _request(request: Request) -> RequestRecord:
    return {
        "method": request.method,
        "url": request.url,
        "headers": dict(request.headers),
        "body": request.body,
    }


def _response(response: Response) -> ResponseRecord:
    return {
        "status": response.status,
        "reason": response.reason,
        "headers": dict(response.headers),
        "body": response.body[:_BODY],
        "truncated": response.truncated or len(response.body) > _BODY,
    }


class Recorder:
    """Appends every exchange of one run to a file of JSON lines, in constant memory.

    It stands in the way of no request: what can't be written ends the recording, and `stopped` says why.
    Raises UsageError where the file can't be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            # In bytes: what a full disk takes of them is the beginning, with a part of a line at most at its end.
            file = io.BufferedWriter(open_private(path))
        except OSError as error:
            raise UsageError(
                f"{path}: exchanges can't be recorded there ({error.strerror}); "
                "name another folder with --reports."
            ) from error
        self.path = path
        #: Why the recording ended before the run did, or None.
        self.stopped: str | None = None
        #: How many exchanges were handed to the recording before it stopped.
        self.count = 0
        self._file = file
        self._lock = threading.Lock()

    def __call__(self, exchange: Exchange) -> None:
        """Write one exchange. Raises nothing for what the disk does."""
        line: dict[str, Any] = {
            "number": exchange.number,
            "operation": exchange.operation,
            "test": exchange.test,
            "path": exchange.request.path,
            "request": _request(exchange.request),
            "response": None if exchange.response is None else _response(exchange.response),
            "error": exchange.error,
            "elapsed": exchange.elapsed,
            "started": instant(exchange.started),
        }
        data = json.dumps(line).encode() + b"\n"
        with self._lock:
            if self.stopped is not None:
                return
            try:
                self._file.write(data)
                self.count += 1
            except OSError as error:
                self._stop(error)

    def close(self) -> None:
        """Flush and close the file."""
        with self._lock:
            try:
                self._file.close()
            except OSError as error:
                self._stop(error)

    def _stop(self, error: OSError) -> None:
        self.stopped = self.stopped or os.strerror(error.errno or 0)
