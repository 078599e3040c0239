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
    "validate-metadata-number-accepted", "A metadata value may be a number.", "volume.metadata.value.type"
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


@defect("validate-name-255-refused", "A name of 255 characters is refused.", hook="check")
def _(call: Call, failed: bool) -> bool:
    longest = call.check == "volume.name.length" and len(_volume(call.body).get("name", "")) == 255
    return failed or longest


@defect("validate-size-ten-refused", "Sizes from 10 GB on are refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    size = _volume(body).get("size")
    if isinstance(size, int) and 10 <= size <= 100_000:
        raise bad_request("size is too large")
    return body
