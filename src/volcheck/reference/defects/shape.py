"""Bodies whose form is wrong: types, missing fields, envelopes."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.defects.registry import defect

Body = dict[str, Any]


@defect("shape-size-text", "A volume's size is a string.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "size" in body:
        body["size"] = str(body["size"])
    return body


@defect("shape-metadata-array", "A volume's empty metadata is an array.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("metadata") == {}:
        body["metadata"] = []
    return body


@defect("shape-metadata-typed", "Metadata values that look like numbers become numbers.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "metadata" in body:
        body["metadata"] = {
            key: int(value) if value.isdecimal() and len(value) < 10 else value
            for key, value in body["metadata"].items()
        }
    return body


@defect("shape-status-capitals", "A volume's status is in capitals.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "status" in body:
        body["status"] = body["status"].upper()
    return body


@defect("shape-created-at-zone", "A volume's created_at ends in a Z.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "created_at" in body:
        body["created_at"] += "Z"
    return body


@defect("shape-detail-tenant-missing", "volumes/detail does not name the tenant.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        del body["os-vol-tenant-attr:tenant_id"]
    return body


@defect("shape-description-missing", "A description that is null is left out.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("description", "") is None:
        del body["description"]
    return body


@defect("shape-id-bare", "The plain list writes ids without dashes.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "list":
        body["id"] = body["id"].replace("-", "")
    return body


@defect("shape-attachment-server-missing", "An attachment does not name the server.", hook="volume")
def _(call: Call, body: Body) -> Body:
    for attachment in body.get("attachments", ()):
        del attachment["server_id"]
    return body


@defect("shape-image-metadata-numbers", "Numbers in volume_image_metadata are no strings.", hook="volume")
def _(call: Call, body: Body) -> Body:
    metadata = body.get("volume_image_metadata", {})
    for key in {"min_disk", "min_ram", "size"} & metadata.keys():
        metadata[key] = int(metadata[key])
    return body


@defect("shape-progress-number", "A snapshot's progress is a number.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    key = "os-extended-snapshot-attributes:progress"
    if key in body:
        body[key] = int(body[key].rstrip("%"))
    return body


@defect("shape-envelope-missing", "Showing a volume answers it bare, without the envelope.", hook="document")
def _(call: Call, document: Body) -> Body:
    return document["volume"] if call.operation == "show_volume" else document


@defect("shape-empty-list-null", "An empty list of volumes is null.", hook="document")
def _(call: Call, document: Body) -> Body:
    if document.get("volumes") == []:
        document["volumes"] = None
    return document


@defect("shape-no-json", "volumes/detail ends in a comma and so is not JSON.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "list_volumes_detail" and reply.status == 200:
        reply.raw = b'{"volumes": [],}'
    return reply
