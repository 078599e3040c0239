"""How resources look on the wire, as an ordinary member of the tenant sees them."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.clock import stamp
from volcheck.reference.world import Attachment, Snapshot, Volume, VolumeType

View = str
"""`create`, `show`, `detail` or `list`: which answer the resource is a part of."""


def _links(call: Call, ident: str) -> list[dict[str, str]]:
    return [
        {"rel": "self", "href": call.url("volumes", ident)},
        {"rel": "bookmark", "href": f"{call.origin}/{call.own.project_id}/volumes/{ident}"},
    ]


def _attachment(volume: Volume, attachment: Attachment) -> dict[str, Any]:
    return {
        "id": volume.id,
        "attachment_id": attachment.attachment_id,
        "volume_id": volume.id,
        "server_id": attachment.server_id,
        "host_name": None,
        "device": attachment.device,
        "attached_at": stamp(attachment.attached_at),
    }


def volume(call: Call, item: Volume, view: View) -> dict[str, Any]:
    """One volume. The answer to a create has neither the tenant's id nor the image's metadata."""
    call.subject, call.view = item, view
    body: dict[str, Any]
    if view == "list":
        body = {"id": item.id, "name": item.name, "links": _links(call, item.id)}
    else:
        body = {
            "id": item.id,
            "status": item.status,
            "size": item.size,
            "availability_zone": item.availability_zone,
            "created_at": stamp(item.created_at),
            "updated_at": None if item.updated_at is None else stamp(item.updated_at),
            "name": item.name,
            "description": item.description,
            "volume_type": item.volume_type.name,
            "snapshot_id": item.snapshot_id,
            "source_volid": item.source_volid,
            "metadata": dict(item.metadata),
            "links": _links(call, item.id),
            "user_id": item.user_id,
            "bootable": "true" if item.bootable else "false",
            "encrypted": item.key is not None,
            "replication_status": None,
            "consistencygroup_id": None,
            "multiattach": item.multiattach,
            "attachments": [_attachment(item, attachment) for attachment in item.attachments],
        }
        if item.key is not None:
            body["nhn_encryption"] = {
                "skm_key_id": item.key.key_id,
                "skm_key_version": item.key.version,
            }
        if view != "create":
            body["os-vol-tenant-attr:tenant_id"] = item.project_id
            if item.image_metadata is not None:
                body["volume_image_metadata"] = dict(item.image_metadata)
    rendered: dict[str, Any] = call.hooks("volume", call, body)
    return rendered


def snapshot(call: Call, item: Snapshot, view: View) -> dict[str, Any]:
    """One snapshot. Progress and tenant are shown by show and detail only."""
    call.subject, call.view = item, view
    body: dict[str, Any] = {
        "id": item.id,
        "created_at": stamp(item.created_at),
        "updated_at": None if item.updated_at is None else stamp(item.updated_at),
        "name": item.name,
        "description": item.description,
        "volume_id": item.volume_id,
        "status": item.status,
        "size": item.size,
        "metadata": dict(item.metadata),
    }
    if view in ("show", "detail"):
        done = item.status in ("available", "deleting")
        body["os-extended-snapshot-attributes:project_id"] = item.project_id
        body["os-extended-snapshot-attributes:progress"] = "100%" if done else "0%"
    rendered: dict[str, Any] = call.hooks("snapshot", call, body)
    return rendered


def volume_type(call: Call, item: VolumeType) -> dict[str, Any]:
    """One volume type, with the extra specs a member may see."""
    body = {
        "id": item.id,
        "name": item.name,
        "is_public": True,
        "description": item.description,
        "extra_specs": dict(item.extra_specs),
        "os-volume-type-access:is_public": True,
    }
    rendered: dict[str, Any] = call.hooks("type", call, body)
    return rendered
