"""Volumes made from a snapshot, a volume or an image."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.world import Snapshot, Volume

Body = dict[str, Any]


def _tolerates(name: str, description: str, check: str) -> None:
    defect(name, description, hook="check")(lambda call, failed: failed and call.check != check)


_tolerates(
    "derive-clone-early-accepted", "A volume that is not available can be cloned.", "volume.source.status"
)


@defect("derive-restore-size-one", "A volume made from a snapshot without a size has 1 GB.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.snapshot_id and call.body["volume"].get("size") is None:
        made.size = 1
    return made


@defect("derive-clone-size-kept", "A clone never gets larger than its source.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.source_volid:
        made.size = call.own.volumes[made.source_volid].size
    return made


@defect("derive-clone-source-lost", "A clone does not name its source.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.source_volid = None
    return made


@defect("derive-restore-source-lost", "A volume made from a snapshot does not name it.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.snapshot_id = None
    return made


@defect("derive-unknown-source-blank", "Cloning an unknown volume makes a blank one.", hook="body")
def _(call: Call, body: Any) -> Any:
    volume = body.get("volume") if isinstance(body, dict) else None
    if isinstance(volume, dict) and isinstance(volume.get("source_volid"), str):
        ident = volume["source_volid"]
        if len(ident) == 36 and ident not in call.own.volumes:
            del volume["source_volid"]
    return body


@defect("derive-image-not-bootable", "A volume made from an image is not bootable.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "bootable" in body and isinstance(call.subject, Volume) and call.subject.image is not None:
        body["bootable"] = "false"
    return body


@defect(
    "derive-image-metadata-missing", "A volume made from an image does not say from which.", hook="volume"
)
def _(call: Call, body: Body) -> Body:
    body.pop("volume_image_metadata", None)
    return body


@defect("derive-clone-marks-source", "A volume that was cloned says in-use.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.source_volid:
        call.own.volumes[made.source_volid].status = "in-use"
    return made


@defect("derive-restore-uses-up-snapshot", "A snapshot is gone once a volume was made from it.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.snapshot_id:
        snapshot: Snapshot = call.own.snapshots[made.snapshot_id]
        call.world.remove(snapshot)
    return made


@defect("derive-clone-metadata-copied", "A clone has its source's description and metadata.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.source_volid:
        source = call.own.volumes[made.source_volid]
        made.description, made.metadata = source.description, dict(source.metadata)
    return made


_tolerates(
    "derive-image-unknown-blank", "For an unknown image a blank volume is made.", "volume.image.unknown"
)
