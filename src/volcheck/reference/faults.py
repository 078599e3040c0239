"""Refusals: status, envelope and message as Cinder gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

GENERIC = "The server could not comply with the request since it is either malformed or otherwise incorrect."
_SHOWN = 200


class Fault(Exception):
    """A refusal on its way to the client: `{name: {"code": status, "message": message, **extra}}`."""

    def __init__(
        self,
        status: int,
        name: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.name = name
        self.message = message
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def document(self) -> dict[str, Any]:
        """The body to send."""
        return {self.name: {"code": self.status, "message": self.message, **self.extra}}


def bad_request(message: str = GENERIC) -> Fault:
    """400: the request can't be understood or asks for something that can't be."""
    return Fault(400, "badRequest", message)


def invalid_input(message: str) -> Fault:
    """400 in the words of Cinder's own checks."""
    return bad_request(f"Invalid input received: {message}")


def invalid_field(field: str, value: object, reason: str) -> Fault:
    """400 in the words of Cinder's schema checks: which field, what value, why."""
    shown = str(value)
    if len(shown) > _SHOWN:
        shown = shown[:_SHOWN] + "…"
    return bad_request(f"Invalid input for field/attribute {field}. Value: {shown}. {reason}")


def not_found(what: str, ident: object) -> Fault:
    """404: no such resource in this tenant."""
    shown = str(ident)
    if len(shown) > _SHOWN:
        shown = shown[:_SHOWN] + "…"
    return Fault(404, "itemNotFound", f"{what} {shown} could not be found.")


def no_route() -> Fault:
    """404: the API has no such path. Cinder negotiates this body; ours is always the JSON envelope."""
    return Fault(404, "itemNotFound", "The resource could not be found.")


def bad_method(method: str, allow: str) -> Fault:
    """405 with Allow. Cinder says 404 here; RFC 9110, section 15.5.6 asks for this."""
    return Fault(405, "badMethod", f"Method {method} is not allowed here.", headers={"Allow": allow})


def over_limit(message: str) -> Fault:
    """413: a quota would be exceeded."""
    return Fault(413, "overLimit", message, headers={"Retry-After": "0"}, extra={"retryAfter": "0"})


def too_large(limit: int) -> Fault:
    """413: the request's body is larger than `limit` bytes."""
    return Fault(
        413,
        "overLimit",
        f"Request is too large. Larger than max_request_body_size ({limit}).",
        headers={"Retry-After": "0"},
        extra={"retryAfter": "0"},
    )


def rate_limited(status: int, seconds: int) -> Fault:
    """413 or 429: too many requests; how many seconds to wait before the next one."""
    return Fault(
        status,
        "overLimit",
        "This request was rate-limited.",
        headers={"Retry-After": str(seconds)},
        extra={"retryAfter": str(seconds)},
    )


def unavailable(seconds: int) -> Fault:
    """503: the service is out, and for how many more seconds."""
    return Fault(
        503,
        "serviceUnavailable",
        "The server is currently unavailable. Please try again at a later time.",
        headers={"Retry-After": str(seconds)},
    )


def bad_media_type() -> Fault:
    """415: the body is not declared as JSON."""
    return Fault(415, "badMediaType", "Unsupported Content-Type")


def unauthorized(identity_url: str) -> Fault:
    """401 as keystonemiddleware answers it."""
    return Fault(
        401,
        "error",
        "The request you have made requires authentication.",
        headers={"WWW-Authenticate": f'Keystone uri="{identity_url}"'},
        extra={"title": "Unauthorized"},
    )


def server_error() -> Fault:
    """500: our own mistake."""
    return Fault(
        500,
        "computeFault",
        "The server has either erred or is incapable of performing the requested operation.",
    )
