"""What the bodies of the two create requests must look like, after Cinder 17's schemas and checks.

Every check has a name (the first argument of `refuse_if`), by which a defect can find it.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.faults import (
    Fault,
    bad_media_type,
    bad_request,
    invalid_field,
    invalid_input,
    not_found,
)

MAX_TEXT = 255
MAX_SIZE = 2_147_483_647
_TRUE = ("True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t")
_FALSE = ("False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f")
_METADATA_KEY = re.compile(r"[a-zA-Z0-9-_:. /]{1,255}")
_DIGITS = re.compile(r"[0-9]+")
_MEDIA_TYPES = ("application/json", "application/vnd.openstack.volume+json")
_HINTS = ("OS-SCH-HNT:scheduler_hints", "os:scheduler_hints")
_SNAPSHOT_KEYS = frozenset({"name", "description", "volume_id", "force", "metadata"})


@dataclass(slots=True, kw_only=True)
class VolumeRequest:
    """A create-volume request whose every field has the right form. `size` in GB; None: not given."""

    name: str | None
    description: str | None
    size: int | None
    metadata: dict[str, str]
    multiattach: bool
    volume_type: str | None
    availability_zone: str | None
    snapshot_id: str | None
    source_volid: str | None
    image_ref: str | None
    consistencygroup_id: str | None
    key_id: str | None


@dataclass(slots=True, kw_only=True)
class SnapshotRequest:
    """A create-snapshot request whose every field has the right form."""

    name: str | None
    description: str | None
    volume_id: str | None
    force: bool
    metadata: dict[str, str]


def json_body(call: Call) -> Any:
    """The request's JSON document. Raises 400 for none or a malformed one, 415 for another media type."""
    call.refuse_if("body.empty", not call.raw.strip(), bad_request())
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    call.refuse_if("body.media_type", media_type not in _MEDIA_TYPES, bad_media_type())
    return call.hooks("body", call, parse_json(call))


def no_body(call: Call) -> None:
    """Refuse a JSON body where none belongs, as Cinder does; a body of another type is ignored."""
    if not call.raw:
        return
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() in _MEDIA_TYPES:
        parse_json(call)
        raise call.refusal("body.unwanted", bad_request())


def parse_json(call: Call) -> Any:
    """The body as JSON, strictly UTF-8 and without a byte order mark. Raises 400."""
    try:
        return json.loads(call.raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise call.refusal("body.malformed", bad_request("Malformed request body")) from None


def volume_request(call: Call) -> VolumeRequest:
    """Read and check the body of `POST /volumes`. Raises 400 or 415."""
    body = _envelope(call, "volume", _HINTS)
    name, description = (
        _text(call, "volume", body, field, f"display_{field}") for field in ("name", "description")
    )
    return VolumeRequest(
        name=name,
        description=description,
        size=_size(call, body.get("size")),
        metadata=_metadata(call, "volume", body.get("metadata")),
        multiattach=_multiattach(call, body),
        volume_type=_short_text(call, body, "volume_type"),
        availability_zone=_short_text(call, body, "availability_zone", minimum=1),
        snapshot_id=_uuid(call, "volume", body, "snapshot_id"),
        source_volid=_uuid(call, "volume", body, "source_volid"),
        image_ref=_short_text(call, body, "imageRef"),
        consistencygroup_id=_uuid(call, "volume", body, "consistencygroup_id"),
        key_id=_key_id(call, body),
    )


def snapshot_request(call: Call) -> SnapshotRequest:
    """Read and check the body of `POST /snapshots`. Raises 400, 404 (volume_id null) or 415."""
    body = _envelope(call, "snapshot", ())
    unknown = sorted(set(body) - _SNAPSHOT_KEYS)
    call.refuse_if(
        "snapshot.unknown_property",
        bool(unknown),
        invalid_field("snapshot", body, f"Additional properties are not allowed ({_named(unknown)})"),
    )
    call.refuse_if(
        "snapshot.volume_id.missing",
        "volume_id" not in body,
        invalid_field("snapshot", body, "'volume_id' is a required property"),
    )
    volume_id = _uuid(call, "snapshot", body, "volume_id")
    name = _text(call, "snapshot", body, "name")
    description = _text(call, "snapshot", body, "description")
    metadata = _metadata(call, "snapshot", body.get("metadata"))
    force = _force(call, body)
    call.refuse_if("snapshot.volume_id.null", volume_id is None, not_found("Volume", None))
    return SnapshotRequest(
        name=name, description=description, volume_id=volume_id, force=force, metadata=metadata
    )


def is_uuid_like(text: str) -> bool:
    """Whether oslo.utils takes a text for a UUID: capitals, braces and missing dashes are all right."""
    bare = text.replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "").lower()
    try:
        return uuid.UUID(text).hex == bare
    except ValueError:
        return False


def _envelope(call: Call, key: str, beside: tuple[str, ...]) -> dict[str, Any]:
    document = json_body(call)
    call.body = document
    if not isinstance(document, dict):
        raise call.refusal("body.object", bad_request(f"{_shown(document)} is not of type 'object'"))
    call.refuse_if(f"{key}.envelope", key not in document, bad_request(f"'{key}' is a required property"))
    unknown = sorted(set(document) - {key, *beside})
    call.refuse_if(
        f"{key}.beside",
        bool(unknown),
        bad_request(f"Additional properties are not allowed ({_named(unknown)})"),
    )
    body = document.get(key, document)
    if not isinstance(body, dict):
        raise call.refusal(f"{key}.object", _wrong_type(key, body, "'object'"))
    return body


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _named(unknown: list[str]) -> str:
    verb = "was" if len(unknown) == 1 else "were"
    return f"{', '.join(_shown(key) for key in unknown)} {verb} unexpected"


def _wrong_type(field: str, value: object, wanted: str) -> Fault:
    return invalid_field(field, value, f"{_shown(value)} is not of type {wanted}")


def _text(call: Call, owner: str, body: dict[str, Any], field: str, former: str | None = None) -> str | None:
    """A name or description: trimmed; null when absent. `former` is the field's name in API v1."""
    value = body.get(field)
    if former is not None and field not in body and isinstance(body.get(former), str):
        value = body[former]
    if value is None:
        return None
    call.refuse_if(
        f"{owner}.{field}.type", not isinstance(value, str), _wrong_type(field, value, "'string', 'null'")
    )
    text = str(value)
    # Cinder measures a volume's name after trimming; a limit on what is sent is the plainer rule.
    call.refuse_if(
        f"{owner}.{field}.length",
        len(text) > MAX_TEXT,
        invalid_input(f"{field} has {len(text)} characters, more than {MAX_TEXT}."),
    )
    return text.strip()


def _short_text(call: Call, body: dict[str, Any], field: str, minimum: int = 0) -> str | None:
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise call.refusal(f"volume.{field}.type", _wrong_type(field, value, "'string', 'null'"))
    call.refuse_if(
        f"volume.{field}.length",
        len(value) > MAX_TEXT,
        invalid_field(field, value, f"{_shown(value)} is too long"),
    )
    call.refuse_if(
        f"volume.{field}.empty", len(value) < minimum, invalid_field(field, value, "'' is too short")
    )
    return value


def _uuid(call: Call, owner: str, body: dict[str, Any], field: str) -> str | None:
    value = body.get(field)
    if value is None:
        return None
    call.refuse_if(
        f"{owner}.{field}.uuid",
        not (isinstance(value, str) and is_uuid_like(value)),
        invalid_field(field, value, f"{_shown(value)} is not valid under any of the given schemas"),
    )
    return str(value)


def _size(call: Call, value: Any) -> int | None:
    if value is None:
        return None
    call.refuse_if(
        "volume.size.type",
        isinstance(value, bool) or not isinstance(value, int | str),
        _wrong_type("size", value, "'integer', 'string', 'null'"),
    )
    if isinstance(value, str):
        digits = _DIGITS.fullmatch(value) is not None
        call.refuse_if(
            "volume.size.text",
            not digits,
            invalid_field("size", value, f"{_shown(value)} does not match '^[0-9]+$'"),
        )
        value = int(value[:20]) if digits else 1
    elif not isinstance(value, int) or isinstance(value, bool):
        value = 1
    call.refuse_if(
        "volume.size.zero", value == 0, invalid_field("size", value, "0 is less than the minimum of 1")
    )
    call.refuse_if(
        "volume.size.negative",
        value < 0,
        invalid_field("size", value, f"{value} is less than the minimum of 1"),
    )
    call.refuse_if(
        "volume.size.maximum",
        value > MAX_SIZE,
        invalid_field("size", value, f"{value} is greater than the maximum of {MAX_SIZE}"),
    )
    return int(value)


def _metadata(call: Call, owner: str, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    call.refuse_if(
        f"{owner}.metadata.type",
        not isinstance(value, dict),
        _wrong_type("metadata", value, "'object', 'null'"),
    )
    if not isinstance(value, dict):
        return {}
    for key, text in value.items():
        call.refuse_if(
            f"{owner}.metadata.key.empty",
            key == "",
            invalid_field("metadata", value, "'' does not match any of the regexes"),
        )
        call.refuse_if(
            f"{owner}.metadata.key.length",
            len(key) > MAX_TEXT,
            invalid_field("metadata", value, f"{_shown(key)} is longer than {MAX_TEXT} characters"),
        )
        call.refuse_if(
            f"{owner}.metadata.key.characters",
            0 < len(key) <= MAX_TEXT and _METADATA_KEY.fullmatch(key) is None,
            invalid_field(
                "metadata",
                value,
                f"{_shown(key)} does not match any of the regexes: '^[a-zA-Z0-9-_:. /]{{1,255}}$'",
            ),
        )
        call.refuse_if(
            f"{owner}.metadata.value.type",
            not isinstance(text, str),
            _wrong_type(key, text, "'string'"),
        )
        call.refuse_if(
            f"{owner}.metadata.value.length",
            isinstance(text, str) and len(text) > MAX_TEXT,
            invalid_field(key, text, f"{_shown(text)} is too long"),
        )
    return {key: text if isinstance(text, str) else json.dumps(text) for key, text in value.items()}


def _key_id(call: Call, body: dict[str, Any]) -> str | None:
    """The key to encrypt the volume with; before the edition of 2026 nobody knows of it."""
    key = body.get("nhn_encryption")
    if call.world.settings.edition < "2026" or key is None:
        return None
    fit = isinstance(key, dict) and all(
        isinstance(key.get(name), str) for name in ("skm_appkey", "skm_key_id")
    )
    call.refuse_if(
        "volume.encryption",
        not fit,
        invalid_field("nhn_encryption", key, f"{_shown(key)} needs the texts skm_appkey and skm_key_id"),
    )
    key_id: str = key["skm_key_id"]
    return key_id


def _multiattach(call: Call, body: dict[str, Any]) -> bool:
    if "multiattach" not in body:
        return False
    value = body["multiattach"]
    call.refuse_if(
        "volume.multiattach",
        not isinstance(value, bool) and value not in _TRUE and value not in _FALSE,
        invalid_field("multiattach", value, f"{_shown(value)} is not valid under any of the given schemas"),
    )
    return value is True or value in _TRUE


def _force(call: Call, body: dict[str, Any]) -> bool:
    if "force" not in body:
        return False
    value = body["force"]
    call.refuse_if(
        "snapshot.force.type",
        not isinstance(value, bool | str),
        _wrong_type("force", value, "'boolean', 'string'"),
    )
    call.refuse_if(
        "snapshot.force.text",
        isinstance(value, str) and value not in _TRUE and value not in _FALSE,
        invalid_field("force", value, f"{_shown(value)} is not one of {[True, *_TRUE, False, *_FALSE]}"),
    )
    return value is True or value in _TRUE
