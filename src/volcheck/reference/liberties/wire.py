"""How answers travel: what HTTP leaves to servers, and what proxies make of it."""

from __future__ import annotations

import gzip
import json
import time

from volcheck.reference.call import Call, Reply
from volcheck.reference.liberties.registry import liberty, setting

#: Every so manieth request of a slow service takes so many seconds more.
_BURST, _LONGER = 97, 0.1

setting(
    "wire-no-date",
    "No answer has a Date.",
    allowed_by="RFC 9110, 6.6.1: a server without a reliable clock must not send one.",
    date_header=False,
)
setting(
    "wire-path-prefix",
    "The service is published under /volume.",
    allowed_by="E-SILENT-BASE-PATH; the guide's example of a next link has such a path.",
    path_prefix="/volume",
)


@liberty(
    "wire-http-1.0",
    "Answers are HTTP/1.0, and the connection ends with each.",
    allowed_by="RFC 9110, 2.5.",
    hook="reply",
    instead_of="connections",
    http_10=True,
)
def _(call: Call, reply: Reply) -> Reply:
    reply.headers["Connection"] = "close"
    return reply


@liberty(
    "wire-connection-close",
    "The connection is closed after each answer.",
    allowed_by="RFC 9112, 9.6.",
    hook="reply",
    instead_of="connections",
)
def _(call: Call, reply: Reply) -> Reply:
    reply.headers["Connection"] = "close"
    return reply


@liberty(
    "wire-chunked",
    "Bodies come in chunks, without a Content-Length.",
    allowed_by="RFC 9112, 7.1.",
    hook="reply",
    instead_of="connections",
)
def _(call: Call, reply: Reply) -> Reply:
    reply.chunked = True
    return reply


@liberty(
    "wire-gzip",
    "Bodies are compressed for clients that take gzip.",
    allowed_by="RFC 9110, 8.4 and 12.5.3.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    if (reply.document is None and reply.raw is None) or "gzip" not in call.headers.get(
        "accept-encoding", ""
    ):
        return reply
    content = reply.raw if reply.raw is not None else json.dumps(reply.document).encode("ascii")
    reply.raw = gzip.compress(content, mtime=0)
    reply.headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return reply


@liberty(
    "wire-slow-bursts",
    "Now and then a request takes a tenth of a second more, and all others wait for it.",
    allowed_by="The guide promises no times.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    if call.number % _BURST == 0:
        time.sleep(_LONGER)
    return reply
