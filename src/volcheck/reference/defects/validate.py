"""Requests that are accepted though they are wrong, or refused though they are right."""

from __future__ import annotations

import json
from typing import Any

from volcheck.reference import snapshots, volumes
from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import bad_request


def _tolerates(name: str, description: str, check: str) -> None:
    defect(name, description, hook="check")(lambda call, failed: failed and call.check != check)


def _volume(body: Any) -> dict[str, Any]:
    volume = body.get("volume") if isinstance(body, dict) else None
    return volume if isinstance(volume, dict) else {}


_tolerates("validate-size-zero-accepted", "A volume may have 0 GB.", "volume.size.zero")
_tolerates("validate-size-negative-accepted", "A volume may have less than 0 GB.", "volume.size.negative")
_tolerates("validate-size-word-accepted", "A size that is a word is taken for 1.", "volume.size.text")
_tolerates("validate-size-missing-accepted", "A blank volume without a size has 1 GB.", "volume.size.missing")
_tolerates("validate-quota-unlimited", "The gigabytes quota is not enforced.", "quota.gigabytes")
_tolerates("validate-zone-unknown-accepted", "A zone that does not exist is accepted.", "volume.zone.unknown")
_tolerates(
    "validate-type-unknown-accepted", "For an unknown type the default is taken.", "volume.type.unknown"
)
_tolerates(
    "validate-multiattach-word-accepted", "Any value of multiattach is accepted.", "volume.multiattach"
)


@defect("validate-envelope-missing-accepted", "The request's envelope `volume` may be left out.", hook="body")
def _(call: Call, body: Any) -> Any:
    return {"volume": body} if isinstance(body, dict) and "size" in body else body


@defect(
    "validate-snapshot-volume-missing-accepted", "Without volume_id the newest volume is taken.", hook="body"
)
def _(call: Call, body: Any) -> Any:
    snapshot = body.get("snapshot") if isinstance(body, dict) else None
    ready = [each for each in call.own.volumes.values() if each.status == "available"]
    if isinstance(snapshot, dict) and "volume_id" not in snapshot and ready:
        snapshot["volume_id"] = max(ready, key=lambda each: each.created_at).id
    return body


@defect("validate-garbage-accepted", "Garbage after a request's JSON is ignored.", hook="request")
def _(call: Call, request: tuple[str, str]) -> tuple[str, str]:
    end = call.raw.rfind(b"}")
    if call.method == "POST" and end >= 0:
        call.raw = call.raw[: end + 1]
    return request


@defect("validate-null-refused", "A field that is null is refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    if None in _volume(body).values():
        raise bad_request("None is not of type 'string'")
    return body


@defect("validate-size-ten-refused", "Sizes from 10 GB on are refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    size = _volume(body).get("size")
    if isinstance(size, int) and 10 <= size <= 100_000:
        raise bad_request("size is too large")
    return body


_tolerates("validate-name-number-accepted", "A name may be a number.", "volume.name.type")
_tolerates(
    "validate-description-number-accepted", "A description may be a number.", "volume.description.type"
)
_tolerates("validate-size-type-accepted", "A size of another type is taken for 1.", "volume.size.type")
_tolerates("validate-metadata-text-ignored", "Metadata that is no object is ignored.", "volume.metadata.type")
_tolerates("validate-force-word-accepted", "Any text is taken for force.", "snapshot.force.text")


@defect("validate-type-number-ignored", "A volume type that is no text is ignored.", hook="body")
def _(call: Call, body: Any) -> Any:
    if not isinstance(_volume(body).get("volume_type", ""), str):
        _volume(body).pop("volume_type")
    return body


@defect(
    "validate-snapshot-envelope-missing-accepted", "The envelope `snapshot` may be left out.", hook="check"
)
def _(call: Call, failed: bool) -> bool:
    return failed and call.check not in ("snapshot.envelope", "snapshot.beside", "snapshot.volume_id.missing")


@defect("validate-refused-made", "A volume is refused for its zone, and made all the same.", hook="check")
def _(call: Call, failed: bool) -> bool:
    if failed and call.check == "volume.zone.unknown":
        call.raw = json.dumps({"volume": {**_volume(call.body), "availability_zone": None}}).encode()
        volumes.create_volume(call)
        call.check = "volume.zone.unknown"
    return failed


@defect(
    "validate-snapshot-refused-made",
    "A snapshot is refused for its force, and made all the same.",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    if failed and call.check == "snapshot.force.text":
        call.raw = json.dumps({"snapshot": {**call.body["snapshot"], "force": True}}).encode()
        snapshots.create_snapshot(call)
        call.check = "snapshot.force.text"
    return failed
