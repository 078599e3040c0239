"""Headers and media types."""

from __future__ import annotations

import json
from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import bad_media_type
from volcheck.reference.world import Tenant


@defect("header-html", "Showing a volume is declared as a web page.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "show_volume":
        reply.headers["Content-Type"] = "text/html"
    return reply


@defect("header-charset", "Answers are declared as ISO-8859-1.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if "Content-Type" in reply.headers:
        reply.headers["Content-Type"] = "application/json; charset=iso-8859-1"
    return reply


@defect("header-charset-refused", "A Content-Type with a charset is refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    if ";" in call.headers.get("content-type", ""):
        raise bad_media_type()
    return body


@defect(
    "header-token-name-by-letter", "The name of the token header must be spelt X-Auth-Token.", hook="identity"
)
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    return tenant if "X-Auth-Token" in call.spelt else None


@defect("header-token-returned", "Answers carry the caller's token.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.tenant is not None:
        reply.headers["X-Auth-Token"] = call.headers.get("x-auth-token", "")
    return reply


@defect("header-length-more", "volumes/detail declares more bytes than it sends.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "list_volumes_detail" and reply.status == 200:
        reply.raw = json.dumps(reply.document).encode("ascii")
        reply.headers["Content-Length"] = str(len(reply.raw) + 10)
    return reply


@defect("header-request-id-same", "All answers have the same request id.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    for name in ("X-Openstack-Request-Id", "X-Compute-Request-Id"):
        reply.headers[name] = call.memory.setdefault(name, reply.headers[name])
    return reply
