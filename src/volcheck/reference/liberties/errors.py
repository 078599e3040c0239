"""Errors in other words and forms. The guide shows none (erratum E-SILENT-ERRORS); clients keep them as text."""

from __future__ import annotations

import json
from email.utils import formatdate
from html import escape
from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.faults import Fault
from volcheck.reference.liberties.registry import liberty

_SILENCE = "The guide shows no error (E-SILENT-ERRORS)."
_PAGE = (
    b"<html><head><title>%d</title></head><body><h1>Too busy</h1><p>Please try again later.</p></body></html>"
)
_KOREAN = {
    400: "요청이 올바르지 않습니다.",
    401: "인증이 필요합니다.",
    404: "요청한 자원을 찾을 수 없습니다.",
    413: "쿼터를 초과했습니다.",
}


def _error_in(reply: Reply) -> dict[str, Any] | None:
    """What an error of the API has within its envelope; None for any other answer."""
    if reply.status < 400 or not isinstance(reply.document, dict):
        return None
    error: dict[str, Any] = next(iter(reply.document.values()))
    return error


@liberty("error-korean", "The messages of errors are in Korean.", allowed_by=_SILENCE, hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    return Fault(
        fault.status,
        fault.name,
        _KOREAN.get(fault.status, "요청을 처리할 수 없습니다."),
        headers=fault.headers,
        extra=fault.extra,
    )


@liberty(
    "error-bare",
    "An error is an object with code and message, without an envelope.",
    allowed_by=_SILENCE,
    hook="reply",
    instead_of="form of errors",
)
def _(call: Call, reply: Reply) -> Reply:
    if error := _error_in(reply):
        reply.document = error
    return reply


@liberty(
    "error-problem",
    "An error is a problem document (RFC 9457), declared as application/problem+json.",
    allowed_by=f"{_SILENCE} RFC 9457.",
    hook="reply",
    instead_of="form of errors",
)
def _(call: Call, reply: Reply) -> Reply:
    if error := _error_in(reply):
        reply.raw = json.dumps({"title": error["message"], "status": reply.status}).encode()
        reply.headers["Content-Type"] = "application/problem+json"
    return reply


@liberty(
    "error-text",
    "An error is one line of plain text.",
    allowed_by=_SILENCE,
    hook="reply",
    instead_of="form of errors",
)
def _(call: Call, reply: Reply) -> Reply:
    if error := _error_in(reply):
        reply.raw = f"{error['message']}\n".encode()
        reply.headers["Content-Type"] = "text/plain; charset=utf-8"
    return reply


@liberty(
    "error-page",
    "An error is a web page.",
    allowed_by=_SILENCE,
    hook="reply",
    instead_of="form of errors",
)
def _(call: Call, reply: Reply) -> Reply:
    if error := _error_in(reply):
        reply.raw = (
            f"<html><body><h1>{reply.status}</h1><p>{escape(error['message'])}</p></body></html>".encode()
        )
        reply.headers["Content-Type"] = "text/html; charset=utf-8"
    return reply


@liberty(
    "error-empty",
    "An error has no body.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5: a representation should be sent, and need not.",
    hook="reply",
    instead_of="form of errors",
)
def _(call: Call, reply: Reply) -> Reply:
    if _error_in(reply):
        reply.document = None
        reply.headers.pop("Content-Type", None)
    return reply


@liberty("error-name-other", "Every error is called `error`.", allowed_by=_SILENCE, hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    return Fault(fault.status, "error", fault.message, headers=fault.headers, extra=fault.extra)


@liberty(
    "error-code-name",
    "The code in an error is the service's own, as text.",
    allowed_by=_SILENCE,
    hook="reply",
    instead_of="form of errors",
)
def _(call: Call, reply: Reply) -> Reply:
    if error := _error_in(reply):
        error["code"] = f"VOLUME-{reply.status}"
    return reply


def _busy(reply: Reply, status: int, wait: str) -> Reply:
    reply.status = status
    reply.raw = _PAGE % status
    reply.headers = {"Content-Type": "text/html", "Retry-After": wait}
    return reply


@liberty(
    "error-limiter-503-page",
    "A gateway in front answers 503 with a web page for a moment.",
    allowed_by="RFC 9110, 15.6.4; the guide is silent about what stands in front of the service.",
    hook="reply",
    instead_of="limiters",
    outage=(0.5, 0.3),
)
def _(call: Call, reply: Reply) -> Reply:
    return _busy(reply, 503, "1") if reply.status == 503 else reply


@liberty(
    "error-limiter-429-page",
    "A limiter in front answers 429 with a web page for a moment.",
    allowed_by="RFC 6585, 4; the guide is silent about what stands in front of the service.",
    hook="reply",
    instead_of="limiters",
    outage=(0.5, 0.3),
)
def _(call: Call, reply: Reply) -> Reply:
    return _busy(reply, 429, "1") if reply.status == 503 else reply


@liberty(
    "error-limiter-429-date",
    "A limiter in front answers 429 for a moment, with the date from which on it lets requests pass.",
    allowed_by="RFC 9110, 10.2.3; RFC 6585, 4.",
    hook="reply",
    instead_of="limiters",
    outage=(0.5, 0.3),
)
def _(call: Call, reply: Reply) -> Reply:
    return (
        _busy(reply, 429, formatdate(call.now / 1_000_000 + 1, usegmt=True)) if reply.status == 503 else reply
    )
