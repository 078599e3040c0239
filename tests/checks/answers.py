"""Answers as Cinder sends them, as exchanges: what the rows of these tests are made of."""

from __future__ import annotations

import copy
import json
from typing import Any, Literal

from volcheck.gateway.exchange import Exchange, Request, Response

P = "8d1f3a5c7e9b4026a1c3e5f708192a3b"
USER = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
VOL = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
SNAP = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
H = "http://127.0.0.1:8776"
JSON = {"content-type": "application/json"}
ID = {"x-openstack-request-id": "req-3e4f5a6b-7c8d-4e9f-8a1b-2c3d4e5f6a7b"}

LINKS = [
    {"rel": "self", "href": f"{H}/v2/{P}/volumes/{VOL}"},
    {"rel": "bookmark", "href": f"{H}/{P}/volumes/{VOL}"},
]
CREATED: dict[str, Any] = {
    "id": VOL,
    "status": "creating",
    "size": 10,
    "availability_zone": "nova",
    "created_at": "2026-11-23T09:29:10.952541",
    "updated_at": None,
    "name": None,
    "description": None,
    "volume_type": "__DEFAULT__",
    "snapshot_id": None,
    "source_volid": None,
    "metadata": {},
    "links": LINKS,
    "user_id": USER,
    "bootable": "false",
    "encrypted": False,
    "replication_status": None,
    "consistencygroup_id": None,
    "multiattach": False,
    "attachments": [],
}
VOLUME: dict[str, Any] = {
    **CREATED,
    "status": "available",
    "updated_at": "2026-11-23T09:29:11.000001",
    "os-vol-tenant-attr:tenant_id": P,
}
ATTACHED: dict[str, Any] = {
    **VOLUME,
    "status": "in-use",
    "metadata": {"attached_mode": "rw", "readonly": "False"},
    "attachments": [
        {
            "id": VOL,
            "attachment_id": "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b",
            "volume_id": VOL,
            "server_id": "3f333df6-90a4-4fda-8dd3-9485d27cee36",
            "host_name": None,
            "device": "/dev/vdb",
            "attached_at": "2026-11-23T09:31:48.336009",
        }
    ],
}
ADMIN: dict[str, Any] = {
    **VOLUME,
    "migration_status": None,
    "os-vol-mig-status-attr:migstat": None,
    "os-vol-mig-status-attr:name_id": None,
    "os-vol-host-attr:host": "lab@lab#hdd",
}
SNAPSHOT: dict[str, Any] = {
    "id": SNAP,
    "created_at": "2026-11-23T09:29:14.063102",
    "updated_at": None,
    "name": "snap-001",
    "description": "Daily backup",
    "volume_id": VOL,
    "status": "creating",
    "size": 2,
    "metadata": {},
}
SNAPSHOT_DETAIL: dict[str, Any] = {
    **SNAPSHOT,
    "status": "available",
    "os-extended-snapshot-attributes:project_id": P,
    "os-extended-snapshot-attributes:progress": "100%",
}
VERSIONS: dict[str, Any] = {
    "versions": [
        {
            "id": "v2.0",
            "status": "DEPRECATED",
            "version": "",
            "min_version": "",
            "updated": "2017-02-25T12:00:00Z",
            "links": [
                {"rel": "describedby", "type": "text/html", "href": "https://docs.example.org/"},
                {"rel": "self", "href": f"{H}/v2/"},
            ],
            "media-types": [{"base": "application/json", "type": "application/vnd.example+json;version=2"}],
        }
    ]
}
TYPES: dict[str, Any] = {
    "volume_types": [
        {
            "id": "e8d89d3c-8a0d-4f8c-9b7e-0c8f6f2d1a11",
            "name": "General HDD",
            "is_public": True,
            "description": None,
            "os-volume-type-access:is_public": True,
        }
    ]
}
NOT_FOUND = {"itemNotFound": {"code": 404, "message": f"Volume {VOL} could not be found."}}
KEYSTONE = {"error": {"code": 401, "title": "Unauthorized", "message": "Authentication is required."}}
ROUTER = {
    "message": "The resource could not be found.<br /><br />\n\n\n",
    "code": "404 Not Found",
    "title": "Not Found",
}
NEXT = [{"rel": "next", "href": f"{H}/v2/{P}/volumes?limit=1&marker={VOL}"}]

HTML_EMPTY = {"content-type": "text/html; charset=UTF-8", "content-length": "0", **ID}


def exchange(
    method: str,
    path: str,
    status: int,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    sent: str | None = None,
    accept: str = "application/json",
    operation: str | None = None,
    **more: Any,
) -> Exchange:
    """`body` is written as JSON unless it is text already."""
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return Exchange(
        number=1,
        operation=operation,
        request=Request(method, f"{H}/v2{path}", path, (), {"accept": accept}, sent),
        response=Response(status, "", {**JSON, **ID} if headers is None else headers, text, **more),
        error=None,
        elapsed=0.01,
        started=1.0,
    )


def show(body: Any, status: int = 200, **more: Any) -> Exchange:
    return exchange("GET", f"/{P}/volumes/{VOL}", status, body, **more)


def unanswered(fault: Literal["network", "protocol"]) -> Exchange:
    request = Request("GET", f"{H}/v2/x", "/x", (), {}, None)
    return Exchange(1, "showVolume", request, None, "the connection was closed", 0.0, 1.0, fault=fault)


def volume(**changes: Any) -> Exchange:
    return show({"volume": {**VOLUME, **changes}})


def without(name: str, whole: dict[str, Any] = VOLUME) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if key != name}


def attachment(**changes: Any) -> Exchange:
    body = copy.deepcopy(ATTACHED)
    body["attachments"][0].update(changes)
    return show({"volume": body})


def snapshot(**changes: Any) -> Exchange:
    return exchange("GET", f"/{P}/snapshots/{SNAP}", 200, {"snapshot": {**SNAPSHOT_DETAIL, **changes}})


def version(**changes: Any) -> Exchange:
    return exchange("GET", "/", 300, {"versions": [{**VERSIONS["versions"][0], **changes}]}, headers=JSON)


def fault(status: int, body: Any, **more: Any) -> Exchange:
    return exchange("POST", f"/{P}/volumes", status, body, **more)


def said(message: str) -> dict[str, Any]:
    return {"badRequest": {"code": 400, "message": message}}
