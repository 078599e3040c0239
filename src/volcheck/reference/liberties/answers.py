"""Successes that show more, less, or otherwise than Cinder does."""

from __future__ import annotations

import json
from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.clock import SECOND, stamp
from volcheck.reference.liberties.registry import Liberty, enter, liberty
from volcheck.reference.world import Resource


@liberty(
    "answer-deletion-204",
    "An accepted deletion answers 204.",
    allowed_by="The guide names no status; the provider's client takes 202 or 204.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    if call.method == "DELETE" and reply.status == 202:
        reply.status = 204
    return reply


@liberty(
    "answer-versions-200",
    "GET / answers 200.",
    allowed_by="The guide names no status; clients take 200 and 300.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    if reply.status == 300:
        reply.status = 200
    return reply


def _with_more(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "tc_backend": "alp-7", "tc_labels": {"tier": ["gold", 1, None]}}


enter(
    Liberty(
        "answer-more-fields",
        "Volumes, snapshots and types show fields that the guide does not have.",
        "The guide does not say that an answer has no further fields.",
        filters=(("volume", _with_more), ("snapshot", _with_more), ("type", _with_more)),
    )
)


@liberty(
    "answer-more-beside",
    "The object that an answer is has further members.",
    allowed_by="The guide does not say that an answer has no further fields.",
    hook="document",
)
def _(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "total": 7, "service": {"region": "kr1"}}


@liberty(
    "answer-fields-reversed",
    "The members of every object come in another order.",
    allowed_by="RFC 8259, 4: an object is an unordered collection.",
    hook="document",
)
def _(call: Call, document: Any) -> Any:
    return _reversed(document)


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(list(value))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@liberty(
    "answer-links-reversed",
    "The bookmark link of a volume comes before the self link.",
    allowed_by="The guide names no order of links.",
    hook="volume",
)
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "links": body["links"][::-1]}


@liberty(
    "answer-links-https",
    "The links of volumes have the scheme that is seen in front of a TLS termination.",
    allowed_by="The guide's examples have links of other hosts and of either scheme.",
    hook="volume",
    instead_of="links of volumes",
)
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    links = [{**link, "href": link["href"].replace("http://", "https://", 1)} for link in body["links"]]
    return {**body, "links": links}


@liberty(
    "answer-links-internal",
    "The links of volumes name a host inside the service.",
    allowed_by="So do the guide's examples.",
    hook="volume",
    instead_of="links of volumes",
)
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    inside = "http://10.162.50.101:8776"
    return {
        **body,
        "links": [{**each, "href": each["href"].replace(call.origin, inside)} for each in body["links"]],
    }


def _shown(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The volumes or snapshots in an answer, whether it is about one or a list."""
    listed = document.get(f"{kind}s")
    items = [document.get(kind), *(listed if isinstance(listed, list) else ())]
    return [item for item in items if isinstance(item, dict)]


@liberty(
    "answer-no-updated-at",
    "Volumes and snapshots show no updated_at.",
    allowed_by="No table of the guide has it.",
    hook="document",
)
def _(call: Call, document: Any) -> Any:
    for kind in ("volume", "snapshot"):
        for item in _shown(document, kind):
            item.pop("updated_at", None)
    return document


@liberty(
    "answer-whole-seconds",
    "Times have microseconds of zero, as in a database that keeps whole seconds.",
    allowed_by="The form of the guide is kept; its examples have microseconds of zero.",
    hook="made",
)
def _(call: Call, made: Resource) -> Resource:
    made.created_at = made.created_at // SECOND * SECOND
    return made


@liberty(
    "answer-seoul-time",
    "Creation times are those of Seoul.",
    allowed_by="The guide names no zone.",
    hook="document",
)
def _(call: Call, document: Any) -> Any:
    for kind in ("volume", "snapshot"):
        own = getattr(call.tenant, f"{kind}s", {}) if call.tenant else {}
        for item in _shown(document, kind):
            known = own.get(item.get("id"))
            if known is not None and "created_at" in item:
                item["created_at"] = stamp(known.created_at + 9 * 3600 * SECOND)
                if item.get("updated_at"):
                    item["updated_at"] = stamp(known.updated_at + 9 * 3600 * SECOND)
    return document


@liberty(
    "answer-microversions",
    "Every answer has the headers of microversions.",
    allowed_by="The guide is silent about headers.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    reply.headers |= {"OpenStack-API-Version": "volume 3.0", "Vary": "OpenStack-API-Version"}
    return reply


@liberty(
    "answer-more-headers",
    "Every answer has headers of proxies and security scanners.",
    allowed_by="The guide is silent about headers.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    reply.headers |= {
        "Cache-Control": "no-store",
        "Strict-Transport-Security": "max-age=31536000",
        "Via": "1.1 gateway",
        "X-Frame-Options": "DENY",
        "Set-Cookie": "route=a7; Path=/",
    }
    return reply


@liberty(
    "answer-request-id-other",
    "The id under which a request is logged has another header.",
    allowed_by="The guide is silent about headers.",
    hook="reply",
    instead_of="request ids",
)
def _(call: Call, reply: Reply) -> Reply:
    reply.headers["X-Request-Id"] = reply.headers.pop("X-Openstack-Request-Id", call.request_id)
    reply.headers.pop("X-Compute-Request-Id", None)
    return reply


@liberty(
    "answer-request-id-missing",
    "No answer has the id under which its request is logged.",
    allowed_by="The guide is silent about headers.",
    hook="reply",
    instead_of="request ids",
)
def _(call: Call, reply: Reply) -> Reply:
    for name in ("X-Openstack-Request-Id", "X-Compute-Request-Id"):
        reply.headers.pop(name, None)
    return reply


@liberty(
    "answer-not-acceptable",
    "Who accepts no JSON gets 406.",
    allowed_by="RFC 9110, 12.5.1 and 15.5.7.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    accepted = call.headers.get("accept", "*/*")
    if reply.status < 400 and not any(kind in accepted for kind in ("json", "*/*", "application/*")):
        return Reply(406, {"notAcceptable": {"code": 406, "message": "There is only JSON."}}, reply.headers)
    return reply


@liberty(
    "answer-user-by-name",
    "user_id is not hexadecimal.",
    allowed_by="The rows of user_id say String.",
    hook="volume",
)
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "user_id": f"nhn:{body['user_id']}"} if "user_id" in body else body


@liberty(
    "answer-default-type-unlisted",
    "The type that volumes get by default is not listed.",
    allowed_by="The guide does not say that a type which nobody asks for is listed.",
    hook="document",
)
def _(call: Call, document: Any) -> Any:
    if "volume_types" in document:
        hidden = call.world.default_type.id
        others = [each for each in document["volume_types"] if each["id"] != hidden]
        document["volume_types"] = others or document["volume_types"]
    return document


@liberty(
    "answer-specs-hidden",
    "Types show no extra_specs.",
    allowed_by="E-EXTRA-SPECS.",
    hook="type",
)
def _(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "extra_specs"}


@liberty(
    "answer-one-version",
    "GET / lists version 2 alone, as SUPPORTED.",
    allowed_by="The guide has a list of the versions supported, and does not say which of them is current.",
    hook="document",
)
def _(call: Call, document: Any) -> Any:
    if "versions" in document:
        kept = [version for version in document["versions"] if version["id"].startswith("v2")]
        document["versions"] = [
            {**version, "status": "SUPPORTED"} for version in kept or document["versions"]
        ]
    return document


@liberty(
    "answer-utf8",
    "JSON is sent as UTF-8, without escapes.",
    allowed_by="RFC 8259, 8.1.",
    hook="reply",
    instead_of="form of JSON",
)
def _(call: Call, reply: Reply) -> Reply:
    if reply.document is not None and reply.raw is None:
        reply.raw = json.dumps(reply.document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return reply


@liberty(
    "answer-indented",
    "JSON is sent with line ends and indentation.",
    allowed_by="RFC 8259, 2.",
    hook="reply",
    instead_of="form of JSON",
)
def _(call: Call, reply: Reply) -> Reply:
    if reply.document is not None and reply.raw is None:
        reply.raw = json.dumps(reply.document, indent=4).encode("ascii") + b"\r\n"
    return reply


@liberty(
    "answer-charset",
    "Answers are declared with a charset.",
    allowed_by="RFC 8259, 11: a charset has no effect.",
    hook="reply",
)
def _(call: Call, reply: Reply) -> Reply:
    if reply.headers.get("Content-Type") == "application/json":
        reply.headers["Content-Type"] = 'Application/JSON; charset="UTF-8"'
    return reply
