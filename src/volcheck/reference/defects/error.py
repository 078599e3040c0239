"""Refusals with the wrong status, envelope or content."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import Fault, bad_request, server_error


def _inner(reply: Reply) -> dict[str, Any]:
    """The object inside an error's envelope; an empty one for a success."""
    if reply.status < 400 or reply.document is None:
        return {}
    inner: dict[str, Any] = next(iter(reply.document.values()))
    return inner


def _instead(name: str, description: str, checks: tuple[str, ...], fault: Fault) -> None:
    """Answer `fault` in place of what these checks would say."""

    def answer(call: Call, honest: Fault) -> Fault:
        if call.check not in checks:
            return honest
        return Fault(fault.status, fault.name, fault.message)

    defect(name, description, hook="fault")(answer)


_instead("error-unknown-volume-400", "An unknown volume is answered 400.", ("found.volume",), bad_request())
_instead(
    "error-unknown-snapshot-500", "An unknown snapshot is answered 500.", ("found.snapshot",), server_error()
)
_instead("error-empty-body-500", "An empty body is answered 500.", ("body.empty",), server_error())
_instead(
    "error-limit-500", "A limit that is no number is answered 500.", ("list.limit.integer",), server_error()
)
_instead(
    "error-token-403", "A missing token is answered 403.", ("token",), Fault(403, "forbidden", "Forbidden.")
)


@defect("error-status-200", "An unknown volume is answered 200 with the error as its body.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "show_volume" and reply.status == 404:
        reply.status = 200
    return reply


@defect("error-stack-trace", "The message of a 400 is a stack trace.", hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    if fault.status == 400:
        fault.message = (
            "Traceback (most recent call last):\n"
            '  File "/usr/lib/python3/dist-packages/cinder/api/wsgi.py", line 853, in _process_stack\n'
            f"    action_result = self.dispatch(meth, request, action_args)\nValueError: {fault.message}"
        )
    return fault


@defect("error-tells-token", "The message of a 404 contains the caller's token.", hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    if fault.status == 404:
        fault.message += f" (token {call.headers.get('x-auth-token', '')})"
    return fault


@defect("error-challenge-missing", "A 401 lacks WWW-Authenticate.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    reply.headers.pop("WWW-Authenticate", None)
    return reply


@defect("error-size-huge-500", "A size beyond every storage is answered 500.", hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    return server_error() if call.check == "volume.size.maximum" else fault


@defect("error-large-body-500", "A body that is too large is answered 500.", hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    return server_error() if call.check == "body.length" else fault
