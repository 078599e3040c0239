"""The published document's mistakes, followed to the letter."""

from __future__ import annotations

import re
from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect

Body = dict[str, Any]
Request = tuple[str, str]
ITEM = re.compile(r"/v[23]/[^/]+/(?P<kind>volumes|snapshots)/(?!detail$)[^/]+")


@defect("document-create-on-detail", "POST on volumes/detail creates a volume, too.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    if method == "POST" and path.endswith("/volumes/detail"):
        return "POST", path.removesuffix("/detail")
    return request


@defect(
    "document-create-not-on-volumes", "POST on volumes is unknown; volumes/detail creates.", hook="request"
)
def _(call: Call, request: Request) -> Request:
    method, path = request
    if method == "POST" and path.endswith("/volumes/detail"):
        return "POST", path.removesuffix("/detail")
    return (method, path + "/") if method == "POST" and path.endswith("/volumes") else request


@defect("document-snapshot-on-id", "POST on snapshots is unknown; snapshots/{id} creates.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    item = ITEM.fullmatch(path)
    if method == "POST" and item and item["kind"] == "snapshots":
        return "POST", path.rpartition("/")[0]
    return (method, path + "/") if method == "POST" and path.endswith("/snapshots") else request


@defect("document-get-deletes", "GET on a snapshot deletes it.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    item = ITEM.fullmatch(path)
    return ("DELETE", path) if method == "GET" and item and item["kind"] == "snapshots" else request


@defect("document-no-delete", "DELETE on a volume is unknown.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    item = ITEM.fullmatch(path)
    return (method, path + "/") if method == "DELETE" and item and item["kind"] == "volumes" else request


@defect("document-bootable-boolean", "A volume's bootable is a boolean.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "bootable" in body:
        body["bootable"] = body["bootable"] == "true"
    return body


@defect("document-links-object", "A volume's links are one object.", hook="volume")
def _(call: Call, body: Body) -> Body:
    body["links"] = {link["rel"]: link["href"] for link in body["links"]}
    return body


@defect("document-volumes-links-object", "volumes_links is one object.", hook="document")
def _(call: Call, document: Body) -> Body:
    if "volumes_links" in document:
        document["volumes_links"] = document["volumes_links"][0]
    return document


@defect("document-snapshot-array", "Showing a snapshot answers an array of one.", hook="document")
def _(call: Call, document: Body) -> Body:
    if "snapshot" in document:
        document["snapshot"] = [document["snapshot"]]
    return document


@defect("document-device-id", "An attachment has device_id in place of device.", hook="volume")
def _(call: Call, body: Body) -> Body:
    for attachment in body.get("attachments", ()):
        attachment["device_id"] = attachment.pop("device")
    return body


@defect("document-get-deletes-volume", "GET on a volume deletes it.", hook="request")
def _(call: Call, request: Request) -> Request:
    method, path = request
    item = ITEM.fullmatch(path)
    return ("DELETE", path) if method == "GET" and item and item["kind"] == "volumes" else request
