"""traffic.har: every exchange of the run, for the tools that read HTTP Archives (1.2).

Records come from the JSON Lines file that the run wrote and go out one by one: memory doesn't grow with the run.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from volcheck import __version__
from volcheck.errors import UsageError
from volcheck.results.files import json_bytes
from volcheck.results.sieve import SievedFile


def read_exchanges(paths: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    """Every record of the given JSON Lines files, in the order the exchanges were started.

    A last line without its newline is what a killed run leaves behind; it is passed over. Any other line
    that isn't a JSON object raises UsageError with file and line.
    """
    return heapq.merge(*(_records(path) for path in paths), key=lambda record: str(record["started"]))


def write_har(out: SievedFile, exchanges: Iterable[Mapping[str, Any]], comment: str = "") -> int:
    """Write HAR 1.2 to `out` and answer the number of entries.

    Each record is an `ExchangeRecord`, with `test` (the test that sent it) where known.
    """
    creator = json.dumps({"name": "volcheck", "version": __version__})
    out.write(f'{{"log": {{"version": "1.2", "creator": {creator}, "entries": ['.encode())
    number = 0
    for number, record in enumerate(exchanges, start=1):
        out.write(b"\n" if number == 1 else b",\n")
        out.write(json_bytes(entry(record)))
    out.write(f'\n], "comment": {json.dumps(comment)}}}}}\n'.encode())
    return number


def entry(record: Mapping[str, Any]) -> dict[str, Any]:
    """One exchange as a HAR entry. Fields of ours begin with an underscore, as the format asks."""
    milliseconds = record["elapsed"] * 1000
    made = {
        "startedDateTime": record["started"],
        "time": milliseconds,
        "request": _request(record["request"]),
        "response": _response(record["response"], record["error"]),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_number": record["number"],
        "_operation": record["operation"],
    }
    if record.get("test") is not None:
        made["_test"] = record["test"]
    if record["error"] is not None:
        made["_error"] = record["error"]
    return made


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    body = request["body"]
    made: dict[str, Any] = {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request["headers"]),
        "queryString": _query(request["url"]),
        "headersSize": -1,
        "bodySize": len(body.encode("utf-8", "replace")) if body else 0,
    }
    if body:
        made["postData"] = {"mimeType": _header(request["headers"], "content-type"), "text": body}
    return made


def _response(response: Mapping[str, Any] | None, error: str | None) -> dict[str, Any]:
    headers = response["headers"] if response else {}
    body = response["body"] if response else ""
    content: dict[str, Any] = {
        "size": len(body.encode("utf-8", "replace")),
        "mimeType": _header(headers, "content-type"),
        "text": body,
    }
    if response and response["truncated"]:
        content["comment"] = "cut: the body was longer"
    made: dict[str, Any] = {
        "status": response["status"] if response else 0,
        "statusText": response["reason"] if response else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(headers),
        "content": content,
        "redirectURL": _header(headers, "location"),
        "headersSize": -1,
        "bodySize": -1,
    }
    if error is not None:
        made["comment"] = error
    return made


def _headers(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _query(url: str) -> list[dict[str, str]]:
    if "?" not in url:
        return []
    try:
        query = urlsplit(url).query
    except ValueError:
        # A next link that an endpoint made up may be no URL at all; HAR wants the list all the same.
        return []
    return [{"name": name, "value": value} for name, value in parse_qsl(query, keep_blank_values=True)]


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return
                yield _record(path, number, line)
    except OSError as error:
        raise UsageError(f"{path}: the recorded exchanges can't be read ({error.strerror}).") from error


def _record(path: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{path}:{number}: not a recorded exchange ({error}).") from error
    if not isinstance(record, dict):
        raise UsageError(f"{path}:{number}: not a recorded exchange (no JSON object).")
    return record
