"""Methods that the API does not have."""

from __future__ import annotations

import re

from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import Fault, server_error

Request = tuple[str, str]
ITEM = re.compile(r"/v[23]/[^/]+/(volumes|snapshots)/[^/]+")


@defect("method-put-lists", "PUT on volumes answers the list.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    return ("GET", path) if method == "PUT" and path.endswith("/volumes") else request


@defect("method-patch-500", "PATCH answers 500.", hook="fault")
def _(call: Call, fault: Fault) -> Fault:
    return server_error() if call.method == "PATCH" and call.check == "method" else fault


@defect("method-post-shows", "POST on a volume or snapshot shows it.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    item = method == "POST" and ITEM.fullmatch(path) and not path.endswith("/detail")
    return ("GET", path) if item else request


@defect("method-allow-missing", "A 405 does not say what is allowed.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if reply.status == 405:
        del reply.headers["Allow"]
    return reply


@defect("method-path-without-case", "Paths have no case.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    return (method, path.lower()) if path.lower().endswith(("/volumes", "/snapshots")) else request
