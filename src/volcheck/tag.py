"""The mark of a run in what it makes, by which `volcheck clean` finds it again."""

from __future__ import annotations

from typing import Any


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
