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


@defect("shape-encrypted-text", 'A volume\'s encrypted is the string "false".', hook="volume")
def _(call: Call, body: Body) -> Body:
    if "encrypted" in body:
        body["encrypted"] = "false"
    return body


@defect("shape-multiattach-text", "A volume's multiattach is a string.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "multiattach" in body:
        body["multiattach"] = str(body["multiattach"]).lower()
    return body


@defect("shape-metadata-array", "A volume's empty metadata is an array.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("metadata") == {}:
        body["metadata"] = []
    return body


@defect("shape-snapshot-metadata-null", "A snapshot's empty metadata is null.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    body["metadata"] = body["metadata"] or None
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


@defect("shape-created-at-number", "A snapshot's created_at is a number of seconds.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if call.subject is not None:
        body["created_at"] = call.subject.created_at // 1_000_000
    return body


@defect("shape-created-at-spaced", "created_at in detail has a space where the T belongs.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        body["created_at"] = body["created_at"].replace("T", " ")
    return body


@defect("shape-detail-tenant-missing", "volumes/detail does not name the tenant.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        del body["os-vol-tenant-attr:tenant_id"]
    return body


@defect("shape-show-user-missing", "Showing a volume does not name its user.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "show":
        del body["user_id"]
    return body


@defect("shape-create-attachments-missing", "The answer to a create has no attachments.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "create":
        del body["attachments"]
    return body


@defect("shape-description-missing", "A description that is null is left out.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("description", "") is None:
        del body["description"]
    return body


@defect("shape-list-name-missing", "The plain list leaves out names that are null.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "list" and body["name"] is None:
        del body["name"]
    return body


@defect("shape-source-volid-empty", "A volume that is no clone has an empty source_volid.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "source_volid" in body:
        body["source_volid"] = body["source_volid"] or ""
    return body


@defect("shape-volume-type-object", "A volume's type is an object.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "volume_type" in body:
        body["volume_type"] = {"name": body["volume_type"]}
    return body


@defect("shape-zone-null", "A volume's zone is null in volumes/detail.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        body["availability_zone"] = None
    return body


@defect("shape-links-without-self", "A volume's links hold no self link.", hook="volume")
def _(call: Call, body: Body) -> Body:
    body["links"] = [link for link in body["links"] if link["rel"] != "self"]
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


@defect("shape-snapshot-tenant-missing", "Showing a snapshot does not name the tenant.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if call.view == "show":
        del body["os-extended-snapshot-attributes:project_id"]
    return body


@defect("shape-snapshot-size-text", "A snapshot's size is a string.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    body["size"] = str(body["size"])
    return body


@defect("shape-snapshot-list-short", "The plain list of snapshots leaves out volume_id.", hook="snapshot")
def _(call: Call, body: Body) -> Body:
    if call.view == "list":
        del body["volume_id"]
    return body


@defect("shape-envelope-missing", "Showing a volume answers it bare, without the envelope.", hook="document")
def _(call: Call, document: Body) -> Body:
    return document["volume"] if call.operation == "show_volume" else document


@defect("shape-snapshot-envelope-plural", "A created snapshot comes as `snapshots`.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "create_snapshot":
        return {"snapshots": document["snapshot"]}
    return document


@defect("shape-list-by-id", "The plain list of volumes is an object by id.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_volumes":
        document["volumes"] = {each["id"]: each for each in document["volumes"]}
    return document


@defect("shape-empty-list-null", "An empty list of volumes is null.", hook="document")
def _(call: Call, document: Body) -> Body:
    if document.get("volumes") == []:
        document["volumes"] = None
    return document


@defect("shape-empty-detail-bare", "An empty volumes/detail is an empty object.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_volumes_detail" and not document["volumes"]:
        return {}
    return document


@defect("shape-no-json", "volumes/detail ends in a comma and so is not JSON.", hook="reply")
def _(call: Call, reply: Reply) -> Reply:
    if call.operation == "list_volumes_detail" and reply.status == 200:
        reply.raw = b'{"volumes": [],}'
    return reply
