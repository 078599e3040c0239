"""The operations on volumes."""

from __future__ import annotations

import ast
import json
import uuid
from typing import Any

from volcheck.reference import render
from volcheck.reference.call import Call, Reply
from volcheck.reference.faults import bad_request, invalid_input, not_found, over_limit
from volcheck.reference.lifecycle import plan
from volcheck.reference.listing import Listing, select
from volcheck.reference.lookup import find_snapshot, find_volume
from volcheck.reference.validation import VolumeRequest, no_body, volume_request
from volcheck.reference.world import Image, Key, Snapshot, Volume, VolumeType

NOT_DELETABLE = (
    "Invalid volume: Volume status must be available or error or error_restoring or error_extending or "
    "error_managing and must not be migrating, attached, belong to a group, have snapshots or be "
    "disassociated from snapshots after volume transfer."
)
_DELETABLE = frozenset({"available", "error", "error_restoring", "error_extending", "error_managing"})
_COPYABLE = frozenset({"available", "in-use"})


def _has_metadata(volume: Volume, text: str) -> bool:
    try:
        wanted = json.loads(text)
    except ValueError:
        try:
            wanted = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return False
    return isinstance(wanted, dict) and all(
        volume.metadata.get(str(key)) == str(value) for key, value in wanted.items()
    )


VOLUMES: Listing[Volume] = Listing(
    noun="Volume",
    keys={
        "id": lambda v: v.id,
        "name": lambda v: v.name,
        "display_name": lambda v: v.name,
        "size": lambda v: v.size,
        "status": lambda v: v.status,
        "created_at": lambda v: v.created_at,
        "updated_at": lambda v: v.updated_at,
        "bootable": lambda v: v.bootable,
        "availability_zone": lambda v: v.availability_zone,
        "volume_type": lambda v: v.volume_type.name,
        "user_id": lambda v: v.user_id,
        "project_id": lambda v: v.project_id,
        "host": lambda v: v.volume_type.id,
    },
    filters={
        "name": lambda v, text: v.name == text,
        "status": lambda v, text: v.status == text,
        "size": lambda v, text: str(v.size) == text.strip(),
        "bootable": lambda v, text: ("true" if v.bootable else "false") == text.lower(),
        "availability_zone": lambda v, text: v.availability_zone == text,
        "metadata": _has_metadata,
    },
)


def list_volumes(call: Call) -> Reply:
    """`GET /volumes`: id, name and links."""
    return _list(call, "list")


def list_volumes_detail(call: Call) -> Reply:
    """`GET /volumes/detail`: everything."""
    return _list(call, "detail")


def _list(call: Call, view: str) -> Reply:
    no_body(call)
    volumes = call.own.volumes
    page, link = select(call, VOLUMES, volumes, volumes)
    document: dict[str, Any] = {"volumes": [render.volume(call, volume, view) for volume in page]}
    if link is not None:
        document["volumes_links"] = [{"rel": "next", "href": link}]
    return Reply(200, document)


def show_volume(call: Call) -> Reply:
    """`GET /volumes/{id}`."""
    no_body(call)
    return Reply(200, {"volume": render.volume(call, find_volume(call, call.params["volume_id"]), "show")})


def create_volume(call: Call) -> Reply:
    """`POST /volumes`: blank, from a snapshot, from a volume or from an image."""
    request = volume_request(call)
    image = _image(call, request)
    _one_source(call, request)
    if request.consistencygroup_id is not None:
        raise call.refusal("volume.group", not_found("Group", request.consistencygroup_id))
    parent, smallest = _source(call, request)
    volume_type = _type(call, request, parent)
    zone = _zone(call, request, parent)
    if request.size is None and smallest is None:
        call.refuse_if("volume.size.missing", True, bad_request())
    size = request.size if request.size is not None else smallest or 1
    if image is not None:
        call.refuse_if(
            "volume.size.image",
            size < image.min_disk,
            invalid_input(
                f"Volume size {size}GB cannot be smaller than the image minDisk size {image.min_disk}GB."
            ),
        )
    _quota(call, size)
    volume = Volume(
        id=call.world.new_id(),
        project_id=call.own.project_id,
        user_id=call.own.user_id,
        name=request.name,
        description=request.description,
        size=size,
        metadata=request.metadata,
        status="creating",
        created_at=call.now,
        volume_type=volume_type,
        availability_zone=zone,
        multiattach=request.multiattach,
        bootable=parent is not None and parent.bootable,
        snapshot_id=request.snapshot_id,
        source_volid=request.source_volid,
        image=image,
        key=_key(request, parent),
        image_metadata=None if parent is None or not parent.image_metadata else dict(parent.image_metadata),
    )
    call.subject = volume
    volume = call.hooks("made", call, volume)
    call.own.volumes[volume.id] = volume
    delay = call.world.settings.volume_delay
    if image is None:
        plan(call, volume, (delay, "available"))
    else:
        plan(call, volume, (delay / 2, "downloading"), (delay, "available"))
    return Reply(202, {"volume": render.volume(call, volume, "create")})


def delete_volume(call: Call) -> Reply:
    """`DELETE /volumes/{id}`; with `?cascade=true` its snapshots go too."""
    no_body(call)
    volume = find_volume(call, call.params["volume_id"])
    cascade = _cascade(call)
    call.subject = volume
    call.refuse_if("delete.volume.status", volume.status not in _DELETABLE, bad_request(NOT_DELETABLE))
    call.refuse_if("delete.volume.attached", bool(volume.attachments), bad_request(NOT_DELETABLE))
    snapshots = [s for s in call.own.snapshots.values() if s.volume is volume]
    busy = any(s.status not in ("available", "error") for s in snapshots)
    call.refuse_if(
        "delete.volume.snapshots", busy or (bool(snapshots) and not cascade), bad_request(NOT_DELETABLE)
    )
    if cascade:
        for snapshot in snapshots:
            snapshot.status = "deleting"
            snapshot.updated_at = call.now
            plan(call, snapshot, (call.world.settings.delete_delay, None))
    volume.status = "deleting"
    volume.updated_at = call.now
    plan(call, volume, (call.world.settings.delete_delay, None))
    call.hooks("deleted", call, volume)
    return Reply(202)


def _cascade(call: Call) -> bool:
    text = next((value for key, value in call.query if key == "cascade"), "false")
    word = text.strip().lower()
    truth = {"true": True, "1": True, "yes": True, "on": True, "t": True, "y": True}
    falsehood = {"false": False, "0": False, "no": False, "off": False, "f": False, "n": False}
    answer = {**truth, **falsehood}.get(word)
    if answer is None:
        raise call.refusal("delete.cascade", bad_request(f"Value '{text}' for 'cascade' is not a boolean."))
    return answer


def _key(request: VolumeRequest, parent: Volume | None) -> Key | None:
    """The key asked for; a copy of an encrypted volume has its key."""
    if request.key_id is not None:
        return Key(request.key_id, 1)
    return None if parent is None else parent.key


def _image(call: Call, request: VolumeRequest) -> Image | None:
    """The image asked for, by its id or an address that ends in it."""
    if request.image_ref is None:
        return None
    image = call.world.images.get(request.image_ref.rpartition("/")[2])
    call.refuse_if(
        "volume.image.unknown",
        image is None,
        bad_request("Invalid image identifier or unable to access requested image."),
    )
    return image


def _one_source(call: Call, request: VolumeRequest) -> None:
    sources = [request.snapshot_id, request.source_volid, request.image_ref]
    call.refuse_if(
        "volume.sources",
        sum(source is not None for source in sources) > 1,
        invalid_input("May specify only one of backup, imageRef, snapshot, source volume"),
    )


def _source(call: Call, request: VolumeRequest) -> tuple[Volume | None, int | None]:
    """The volume that type and zone are inherited from, and the least size in GB."""
    if request.snapshot_id is not None:
        snapshot: Snapshot = find_snapshot(call, request.snapshot_id)
        call.subject = snapshot
        call.refuse_if(
            "volume.snapshot.status",
            snapshot.status != "available",
            bad_request("Invalid snapshot: Originating snapshot status must be one of 'available' values"),
        )
        call.refuse_if(
            "volume.size.snapshot",
            request.size is not None and request.size < snapshot.size,
            invalid_input(
                f"Volume size '{request.size}'GB cannot be smaller than the snapshot size {snapshot.size}GB. "
                "They must be >= original snapshot size."
            ),
        )
        return snapshot.volume, snapshot.size
    if request.source_volid is not None:
        source = find_volume(call, request.source_volid)
        call.subject = source
        call.refuse_if(
            "volume.source.status",
            source.status not in _COPYABLE,
            bad_request(
                "Invalid volume: Originating source volume status must be one of 'available, in-use' values"
            ),
        )
        call.refuse_if(
            "volume.size.source",
            request.size is not None and request.size < source.size,
            invalid_input(
                f"Volume size '{request.size}'GB cannot be smaller than original volume size {source.size}GB."
                " They must be >= original volume size."
            ),
        )
        return source, source.size
    return None, None


def _type(call: Call, request: VolumeRequest, parent: Volume | None) -> VolumeType:
    """The type asked for by name or id; else the source's; else the default."""
    if not request.volume_type:
        return call.world.default_type if parent is None else parent.volume_type
    asked = request.volume_type
    found = call.world.types.get(asked) or next(
        (each for each in call.world.types.values() if each.name == asked), None
    )
    what = "Volume type" if _looks_like_id(asked) else "Volume type with name"
    call.refuse_if("volume.type.unknown", found is None, not_found(what, asked))
    volume_type = found or call.world.default_type
    call.refuse_if(
        "volume.type.other",
        parent is not None and volume_type is not parent.volume_type,
        invalid_input(
            f"Invalid volume_type provided: {volume_type.id} (requested type is not compatible; recommend "
            "omitting the type argument)."
        ),
    )
    return volume_type


def _looks_like_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _zone(call: Call, request: VolumeRequest, parent: Volume | None) -> str:
    """The zone asked for; else the source's; else the first. A copy stays in its source's zone."""
    inherited = call.world.zones[0] if parent is None else parent.availability_zone
    zone = request.availability_zone
    if zone is None:
        return inherited
    call.refuse_if(
        "volume.zone.unknown",
        zone not in call.world.zones,
        bad_request(f"Availability zone '{zone}' is invalid."),
    )
    call.refuse_if(
        "volume.zone.other",
        parent is not None and zone != inherited,
        invalid_input("Volume must be in the same availability zone as its source."),
    )
    return zone


def _quota(call: Call, size: int) -> None:
    settings = call.world.settings
    largest = settings.max_volume_gigabytes
    call.refuse_if(
        "quota.volume_size",
        largest is not None and size > largest,
        over_limit(
            f"VolumeSizeExceedsLimit: Requested volume size {size}G is larger than maximum allowed limit "
            f"{largest}G."
        ),
    )
    check_gigabytes(call, size)
    call.refuse_if(
        "quota.volumes",
        len(call.own.volumes) >= settings.quota_volumes,
        over_limit(
            f"VolumeLimitExceeded: Maximum number of volumes allowed ({settings.quota_volumes}) exceeded for "
            "quota 'volumes'."
        ),
    )


def check_gigabytes(call: Call, size: int) -> None:
    """Refuse what would exceed the gigabytes quota. Raises 413."""
    used, quota = call.own.gigabytes(), call.world.settings.quota_gigabytes
    call.refuse_if(
        "quota.gigabytes",
        used + size > quota,
        over_limit(
            "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. "
            f"Requested {size}G, quota is {quota}G and {used}G has been consumed."
        ),
    )
