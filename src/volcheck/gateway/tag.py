"""The mark of a run on everything it makes, by which `volcheck clean` finds it again and tells it from all else.

A tag has one form, wherever it stands: `volcheck-<run id>-<seal>`. The run's id is the time of its beginning (UTC) and
four hex digits. The seal is eight hex digits over all that a creation says about the resource itself: whether it is a
volume or a snapshot, its name, description and metadata, and what it is made from. A note that somebody adds, a clone
under the same name, a text that only mentions a tag: each has another seal than the one that stands in it, so it is
somebody else's, and neither a list of forms nor a ledger is needed to see that. What somebody makes with exactly the same
of all these carries the same tag and a seal that is right: only the ledger of the run tells such a copy from what it made.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

#: A run's id as it stands in its tags: the time of its beginning, and four hex digits.
RUN_ID = re.compile(r"[0-9]{12}[0-9a-f]{4}")
#: Stands in fields for the tag, which is known only when all fields are.
SLOT = "volcheck-tag-goes-here"
_TAG = re.compile(rf"(?P<run>volcheck-(?P<id>{RUN_ID.pattern}))-(?P<seal>[0-9a-f]{{8}})")
_RUN = re.compile(rf"volcheck-(?P<id>{RUN_ID.pattern})(?![0-9a-zA-Z])")
_ORIGINS = {"volume": ("snapshot_id", "source_volid"), "snapshot": ("volume_id",)}


def tagged(kind: Literal["volume", "snapshot"], fields: Any, run: str) -> Any:
    """`fields` of a volume or snapshot to be made, with its tag in one place.

    The tag goes where SLOT stands; without one, into the name, else the description, else the metadata, whichever is not
    given. Anything but an object, and what is tagged already, is returned as it is. run: `volcheck-<run id>`.
    Raises ValueError where a test leaves no place.
    """
    if not isinstance(fields, dict) or _writer(kind, fields):
        return fields
    if not any(SLOT in text for text in _texts(fields)):
        fields = _with_slot(kind, fields)
    tag = tag_for(kind, fields, run)
    filled: dict[str, Any] = {
        key: value.replace(SLOT, tag)
        for key in ("name", "description")
        if isinstance(value := fields.get(key), str)
    }
    if isinstance(metadata := fields.get("metadata"), dict):
        filled["metadata"] = {
            key: value.replace(SLOT, tag) if isinstance(value, str) else value
            for key, value in metadata.items()
        }
    return {**fields, **filled}


def tag_for(kind: Literal["volume", "snapshot"], fields: Mapping[str, Any], run: str) -> str:
    """The tag that stands for SLOT in these fields. run: `volcheck-<run id>`."""
    return f"{run}-{_seal(run, _essence(kind, fields))}"


def written_by(kind: Literal["volume", "snapshot"], item: Mapping[str, Any]) -> str | None:
    """The id of the run that wrote a volume or snapshot exactly as it is shown, or None.

    item: as a detailed list or show gives it. None also for what a run made and somebody has changed since. An exact copy
    is as the run wrote it.
    """
    run_id = _writer(kind, item) if _is_plain(item) else None
    return run_id if run_id and began(run_id) else None


def tag_of(item: Mapping[str, Any]) -> str | None:
    """The id of the run whose tag stands where a run puts it, or None: at either end of the name or the description, or
    as `volcheck` of the metadata.

    That says who may have made something, and not that nobody has changed it since: see `written_by`.
    """
    name, description, metadata = item.get("name"), item.get("description"), item.get("metadata")
    for text in (name, description, metadata.get("volcheck") if isinstance(metadata, dict) else None):
        if isinstance(text, str) and (found := _RUN.match(text)):
            return found["id"]
    for text, form in ((name, _RUN), (name, _TAG), (description, _TAG)):
        if isinstance(text, str) and (found := form.fullmatch(text.rpartition(" ")[2])):
            return found["id"]
    return None


def began(run_id: str) -> datetime | None:
    """When a run began, as its id says (UTC), or None where that is no time."""
    if not RUN_ID.fullmatch(run_id):
        return None
    try:
        return datetime.strptime(run_id[:12], "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _writer(kind: Literal["volume", "snapshot"], fields: Mapping[str, Any]) -> str | None:
    """The id of the run whose tag stands in these fields and is sealed over them."""
    essence = _essence(kind, fields)
    tags = list(_TAG.finditer(essence))
    if len(tags) != 1:
        return None
    [tag] = tags
    written = essence[: tag.start()] + SLOT + essence[tag.end() :]
    return tag["id"] if tag["seal"] == _seal(tag["run"], written) else None


def _with_slot(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    for key in ("name", "description"):
        if key not in fields:
            return {**fields, key: SLOT}
    # Not every service knows metadata of snapshots.
    if kind == "volume" and "metadata" not in fields:
        return {**fields, "metadata": {"volcheck": SLOT}}
    raise ValueError(f"a test that makes something must leave a place for the run's tag: {sorted(fields)}")


def _texts(item: Mapping[str, Any]) -> list[str]:
    metadata = item.get("metadata")
    values = [item.get("name"), item.get("description")]
    values += metadata.values() if isinstance(metadata, dict) else ()
    return [value for value in values if isinstance(value, str)]


def _is_plain(item: Mapping[str, Any]) -> bool:
    """Whether name, description, metadata and origins are of the types that services give them."""
    metadata = item.get("metadata") or {}
    texts = [item.get(key) for key in ("name", "description", *_ORIGINS["volume"], *_ORIGINS["snapshot"])]
    if not isinstance(metadata, dict):
        return False
    return all(isinstance(text, str | None) for text in (*texts, *metadata.values()))


def _essence(kind: Literal["volume", "snapshot"], fields: Mapping[str, Any]) -> str:
    """What a seal is over. Null and empty are the same in it, and outer spaces don't count, as services make one of the
    other and Cinder cuts spaces off.
    """
    metadata = fields.get("metadata")
    essence = [
        kind,
        _text(fields.get("name")).strip(),
        _text(fields.get("description")).strip(),
        {key: _text(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {},
        [_text(fields.get(key)).replace("-", "").lower() for key in _ORIGINS[kind]],
    ]
    return json.dumps(essence, sort_keys=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _seal(run: str, essence: str) -> str:
    return hashlib.sha256(f"{run} {essence}".encode()).hexdigest()[:8]
