"""Requests that are accepted though they are wrong, or refused though they are right."""

from __future__ import annotations

from typing import Any

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
_tolerates("validate-name-long-accepted", "A volume's name may be longer than 255.", "volume.name.length")
_tolerates(
    "validate-description-long-accepted",
    "A volume's description may be longer than 255.",
    "volume.description.length",
)
_tolerates("validate-name-number-accepted", "A volume's name may be a number.", "volume.name.type")
_tolerates(
    "validate-metadata-number-accepted", "A metadata value may be a number.", "volume.metadata.value.type"
)
_tolerates(
    "validate-metadata-key-long-accepted",
    "A metadata key may be longer than 255.",
    "volume.metadata.key.length",
)
_tolerates(
    "validate-metadata-value-long-accepted",
    "A metadata value may be longer than 255.",
    "volume.metadata.value.length",
)
_tolerates(
    "validate-metadata-key-empty-accepted", "A metadata key may be empty.", "volume.metadata.key.empty"
)
_tolerates(
    "validate-metadata-text-accepted", "Metadata that is no object is ignored.", "volume.metadata.type"
)
_tolerates("validate-zone-unknown-accepted", "A zone that does not exist is accepted.", "volume.zone.unknown")
_tolerates(
    "validate-type-unknown-accepted", "For an unknown type the default is taken.", "volume.type.unknown"
)
_tolerates(
    "validate-multiattach-word-accepted", "Any value of multiattach is accepted.", "volume.multiattach"
)
_tolerates(
    "validate-snapshot-name-long-accepted",
    "A snapshot's name may be longer than 255.",
    "snapshot.name.length",
)
_tolerates(
    "validate-snapshot-name-number-accepted", "A snapshot's name may be a number.", "snapshot.name.type"
)
_tolerates(
    "validate-snapshot-description-long-accepted",
    "A snapshot's description may be longer than 255.",
    "snapshot.description.length",
)
_tolerates(
    "validate-snapshot-force-word-accepted",
    "A word that is no truth value is taken for force: false.",
    "snapshot.force.text",
)
_tolerates(
    "validate-snapshot-property-accepted",
    "An unknown property of a snapshot is ignored.",
    "snapshot.unknown_property",
)


@defect("validate-size-fraction-accepted", "A size with a fraction is taken for 1.", hook="check")
def _(call: Call, failed: bool) -> bool:
    fraction = call.check == "volume.size.type" and isinstance(_volume(call.body).get("size"), float)
    return failed and not fraction


@defect("validate-size-boolean-accepted", "A size of true is taken for 1.", hook="check")
def _(call: Call, failed: bool) -> bool:
    boolean = call.check == "volume.size.type" and isinstance(_volume(call.body).get("size"), bool)
    return failed and not boolean


@defect("validate-envelope-missing-accepted", "The request's envelope `volume` may be left out.", hook="body")
def _(call: Call, body: Any) -> Any:
    return {"volume": body} if isinstance(body, dict) and "size" in body else body


@defect(
    "validate-snapshot-envelope-missing-accepted", "The envelope `snapshot` may be left out.", hook="body"
)
def _(call: Call, body: Any) -> Any:
    return {"snapshot": body} if isinstance(body, dict) and "volume_id" in body else body


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


@defect("validate-name-255-refused", "A name of 255 characters is refused.", hook="check")
def _(call: Call, failed: bool) -> bool:
    longest = call.check == "volume.name.length" and len(_volume(call.body).get("name", "")) == 255
    return failed or longest


@defect("validate-name-empty-refused", "An empty name is refused.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed or (call.check == "volume.name.length" and _volume(call.body).get("name") == "")


@defect("validate-metadata-two-refused", "Metadata of more than one item is refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    metadata = _volume(body).get("metadata")
    if isinstance(metadata, dict) and len(metadata) > 1:
        raise bad_request("too many metadata items")
    return body


@defect("validate-zone-named-refused", "Naming a zone is refused.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed or call.check == "volume.zone.unknown"


@defect("validate-size-ten-refused", "Sizes from 10 GB on are refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    size = _volume(body).get("size")
    if isinstance(size, int) and 10 <= size <= 100_000:
        raise bad_request("size is too large")
    return body


@defect("validate-property-refused", "An unknown property of a volume is refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    known = {
        "size", "description", "imageRef", "multiattach", "availability_zone", "source_volid", "name",
        "consistencygroup_id", "volume_type", "snapshot_id", "metadata",
    }  # fmt: skip
    if _volume(body).keys() - known:
        raise bad_request("Additional properties are not allowed")
    return body
