"""The mark of a run in what it makes, by which `volcheck clean` finds it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: A run's id as it stands in its tag: the time of its beginning, and four hex digits.
RUN_ID = re.compile(r"\d{12}[0-9a-f]{4}")
_TAG = re.compile(rf"volcheck-({RUN_ID.pattern})(?![0-9a-zA-Z])")


def tagged(fields: Any, tag: str, *, metadata: bool = True) -> Any:
    """`fields` of something to be made, with the run's tag in one place.

    The tag stays out of what a test sets: it goes into the name, else the description, else the metadata, whichever the
    test leaves alone. Anything but an object is returned as it is. metadata: whether there is such a field to use. Raises
    ValueError where a test leaves no place.
    """
    if not isinstance(fields, dict) or any(
        tag in str(fields.get(key)) for key in ("name", "description", "metadata")
    ):
        return fields
    if "name" not in fields:
        return {**fields, "name": tag}
    if "description" not in fields:
        return {**fields, "description": tag}
    if metadata and "metadata" not in fields:
        return {**fields, "metadata": {"volcheck": tag}}
    raise ValueError(f"a test that makes something must leave a place for the run's tag: {sorted(fields)}")


def tag_of(item: Mapping[str, Any]) -> str | None:
    """The id of the run whose tag a volume or snapshot carries, or None.

    A tag counts only where runs put it: at the beginning of the name or the description, at the end of the name
    after a space, or as `volcheck` of the metadata. Text that merely mentions a run is somebody else's.
    """
    name, description, metadata = item.get("name"), item.get("description"), item.get("metadata")
    for text in (name, description, metadata.get("volcheck") if isinstance(metadata, dict) else None):
        if isinstance(text, str) and (found := _TAG.match(text)):
            return found[1]
    if isinstance(name, str) and (found := _TAG.fullmatch(name.rpartition(" ")[2])):
        return found[1]
    return None
