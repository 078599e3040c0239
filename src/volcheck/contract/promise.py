"""What the published guide says of a request, apart from what only the contract adds to it.

The contract is wider than the guide in some places and narrower in others (Cinder's bounds, forms and extras). A request
made from it is held against a `must` requirement only where the guide itself allows or forbids it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from volcheck.contract.validation import Mismatch

#: Lists for which the guide has no query parameters.
_WITHOUT_QUERY = frozenset({"listSnapshots", "listSnapshotsDetail"})
#: The fields of the request tables, by the name of the object that they stand in.
_FIELDS: Mapping[str, frozenset[str]] = {
    "volume": frozenset(
        {"size", "description", "imageRef", "multiattach", "availability_zone", "source_volid", "name"}
        | {"consistencygroup_id", "volume_type", "snapshot_id", "metadata"}
    ),
    "snapshot": frozenset({"volume_id", "force", "description", "name"}),
}
#: What the guide's example of a creation sets to null.
_NULLABLE = _FIELDS["volume"] - {"size", "multiattach", "metadata"}
#: A sort in the guide's form, by the fields that both lists are sorted by in Cinder.
_SORT = re.compile(r"(name|created_at|size|id):(asc|desc)")
#: The keywords of a schema that a value of another type breaks, and a required field that is missing.
_TYPE = frozenset({"type", "anyOf", "required"})
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: The guide names no longest text. Any service has one, and none is shorter than this.
_SHORT = 64


def allows(operation: str, query: Iterable[tuple[str, str]], body: Any) -> bool:
    """Whether the guide allows a request that the contract allows, so that it must be served.

    body: the request's JSON value; anything that is no object counts as no body.
    """
    if operation in _WITHOUT_QUERY and list(query):
        return False
    for name, value in query:
        if name == "sort" and not _SORT.fullmatch(value):
            return False
        if name == "limit" and value.strip() == "0":
            return False
    if not isinstance(body, dict):
        return True
    return all(
        isinstance(fields, dict) and all(_allowed(kind, name, value) for name, value in fields.items())
        for kind, fields in body.items()
    )


def forbids(operation: str, mismatches: Iterable[Mismatch]) -> bool:
    """Whether one of the reasons for which the contract may refuse a request is the guide's own."""
    return any(_forbidden(operation, one) for one in mismatches)


def _allowed(kind: str, name: str, value: Any) -> bool:
    if name not in _FIELDS.get(kind, ()):
        return False
    if value is None:
        return kind == "volume" and name in _NULLABLE
    if name == "metadata":
        return all(_KEY.fullmatch(key) and _plain(text) for key, text in value.items())
    return _plain(value) if isinstance(value, str) else True


def _plain(text: Any) -> bool:
    """Whether every service can keep a text: short, of letters and signs of the first 65,536 characters."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= _SHORT
        and text == text.strip()
        and text.isprintable()
        and max(text) <= "\uffff"
    )


def _forbidden(operation: str, one: Mismatch) -> bool:
    if one.rule not in _TYPE:
        return False
    if one.where.startswith("?"):
        return operation not in _WITHOUT_QUERY and one.got != ""
    if one.got == "null" and one.rule != "required":
        # The guide's example has optional fields that are null; which others may be, it does not say.
        return one.where in ("/volume", "/snapshot", "")
    return "/metadata/" not in one.where and one.where != "/snapshot/metadata"
