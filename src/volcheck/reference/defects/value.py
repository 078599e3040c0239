"""Values out of the ordinary that an implementation trips over, swallows or changes.

A service in a dynamic language asks `if value:` where it means `if value is given`, and so takes an empty list for nothing;
one that converts without looking fails with 500; one that keeps metadata in headers or columns folds its names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.faults import bad_request, server_error
from volcheck.reference.listing import Page
from volcheck.reference.world import Snapshot, Volume

Fields = dict[str, Any]

_VOLUME = (
    "name",
    "description",
    "volume_type",
    "availability_zone",
    "metadata",
    "snapshot_id",
    "source_volid",
    "imageRef",
    "consistencygroup_id",
)
_SNAPSHOT = ("name", "description", "metadata")


def _fields(body: Any, kind: str) -> Fields:
    fields = body.get(kind) if isinstance(body, dict) else None
    return fields if isinstance(fields, dict) else {}


def _name(kind: str, field: str, what: str, then: str) -> str:
    what = what.removeprefix("an ").removeprefix("a ")
    return f"value-{kind}-{field}-{what}-{then}".replace("_", "-").replace(" ", "-").lower()


def _ignored(kind: str, field: str, what: str, test: Callable[[Any], bool]) -> None:
    """A value of a field counts as not given."""

    @defect(
        _name(kind, field, what, "ignored"),
        f"The {field} of a {kind} that is {what} counts as not given.",
        hook="body",
    )
    def _(call: Call, body: Any) -> Any:
        fields = _fields(body, kind)
        if field in fields and test(fields[field]):
            del fields[field]
        return body


def _fails(kind: str, field: str, what: str, test: Callable[[Any], bool]) -> None:
    """A value of a field is answered 500."""

    @defect(
        _name(kind, field, what, "500"),
        f"The {field} of a {kind} that is {what} is answered 500.",
        hook="body",
    )
    def _(call: Call, body: Any) -> Any:
        fields = _fields(body, kind)
        if field in fields and test(fields[field]):
            raise server_error()
        return body


for _kind, _names in (("volume", _VOLUME), ("snapshot", _SNAPSHOT)):
    for _field in _names:
        _ignored(_kind, _field, "an empty list", lambda value: value == [])
        _fails(_kind, _field, "a fraction", lambda value: isinstance(value, float))
        if _field != "metadata":
            _ignored(_kind, _field, "an empty object", lambda value: value == {})
            _fails(_kind, _field, "very long", lambda value: isinstance(value, str) and len(value) > 4000)
    _fails(_kind, "name", "null alone", lambda value: value is None)
    _fails(_kind, "metadata", "null", lambda value: value is None)
    _fails(_kind, "description", "blank", lambda value: isinstance(value, str) and value.isspace())


@defect("value-size-300-digits-500", "A size of hundreds of digits is answered 500.", hook="body")
def _(call: Call, body: Any) -> Any:
    size = _fields(body, "volume").get("size")
    if isinstance(size, int) and size > 10**100:
        raise server_error()
    return body


@defect("value-size-low-bits", "Of a size the low 32 bits count, so 2^63 is 0 and -2^63 too.", hook="body")
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "volume")
    if isinstance(size := fields.get("size"), int) and size < -(2**40):
        fields["size"] = size % 2**31 or 1
    return body


@defect("value-force-number-accepted", "A force of 1 counts as true.", hook="body")
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "snapshot")
    if type(fields.get("force")) is int:
        fields["force"] = bool(fields["force"])
    return body


@defect("value-force-null-500", "A force that is null is answered 500.", hook="body")
def _(call: Call, body: Any) -> Any:
    if _fields(body, "snapshot").get("force", False) is None:
        raise server_error()
    return body


@defect("value-multiattach-null-500", "A multiattach that is null is answered 500.", hook="body")
def _(call: Call, body: Any) -> Any:
    if _fields(body, "volume").get("multiattach", False) is None:
        raise server_error()
    return body


# -- metadata -----------------------------------------------------------------------------------------------------


def _renamed(name: str, description: str, change: Callable[[str], str]) -> None:
    """The keys of a new volume's metadata are changed."""

    @defect(f"value-metadata-key-{name}", description, hook="made")
    def _(call: Call, made: Any) -> Any:
        if isinstance(made, Volume):
            made.metadata = {change(key): value for key, value in made.metadata.items()}
        return made


_renamed("lower-case", "Keys of metadata become lower case.", str.lower)
_renamed(
    "dot-underscore", "A dot in a key of metadata becomes an underscore.", lambda key: key.replace(".", "_")
)
_renamed("colon-cut", "A key of metadata ends at its first colon.", lambda key: key.partition(":")[0])
_renamed(
    "slash-cut",
    "Of a key of metadata what comes before its last slash is lost.",
    lambda key: key.rpartition("/")[2],
)
_renamed("blank-plus", "A blank in a key of metadata becomes a plus sign.", lambda key: key.replace(" ", "+"))


@defect(
    "value-snapshot-metadata-key-lower-case", "Keys of a snapshot's metadata become lower case.", hook="made"
)
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Snapshot):
        made.metadata = {key.lower(): value for key, value in made.metadata.items()}
    return made


@defect("value-metadata-key-hangul-accepted", "A key of metadata may be of any script.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "volume.metadata.key.characters"


@defect("value-metadata-value-blank-500", "A blank value of metadata is answered 500.", hook="body")
def _(call: Call, body: Any) -> Any:
    metadata = _fields(body, "volume").get("metadata")
    if isinstance(metadata, dict) and any(isinstance(v, str) and v.isspace() for v in metadata.values()):
        raise server_error()
    return body


@defect(
    "value-metadata-value-list-accepted",
    "A value of metadata that is a list is taken for its text.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    metadata = _fields(body, "volume").get("metadata")
    if isinstance(metadata, dict):
        for key, value in metadata.items():
            if value == []:
                metadata[key] = "[]"
    return body


# -- queries and paths --------------------------------------------------------------------------------------------


def _query_fails(name: str, description: str, test: Callable[[list[tuple[str, str]]], bool]) -> None:
    """A list with such a query is answered 500."""

    @defect(f"value-query-{name}-500", f"{description} is answered 500.", hook="query")
    def _(call: Call, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        if test(query):
            raise server_error()
        return query


def _value(query: list[tuple[str, str]], name: str) -> str:
    return next((value for key, value in query if key == name), "")


def _number(text: str) -> int:
    return int(text) if text.lstrip("-").isdecimal() and text.isascii() else 0


_query_fails(
    "not-utf8", "A query that is not UTF-8", lambda query: any("\ufffd" in value for _, value in query)
)
_query_fails(
    "percent", "A lone percent sign in a query", lambda query: any(value == "%" for _, value in query)
)
_query_fails(
    "hangul",
    "A limit of Hangul",
    lambda query: any("\uac00" <= letter <= "\ud7a3" for letter in _value(query, "limit")),
)
_query_fails("limit-repeated", "A repeated limit", lambda query: sum(key == "limit" for key, _ in query) > 1)
_query_fails(
    "marker-repeated", "A repeated marker", lambda query: sum(key == "marker" for key, _ in query) > 1
)
_query_fails("limit-list", "A limit[]", lambda query: any(key == "limit[]" for key, _ in query))
_query_fails("limit-2-63", "A limit of 2^63", lambda query: _number(_value(query, "limit")) >= 2**63)
_query_fails(
    "limit-300-digits",
    "A limit of hundreds of digits",
    lambda query: _number(_value(query, "limit")) >= 10**100,
)
_query_fails("offset-2-31", "An offset of 2^31", lambda query: _number(_value(query, "offset")) >= 2**31)
_query_fails(
    "limit-minus-2-63", "A limit of -2^63", lambda query: _number(_value(query, "limit")) <= -(2**63)
)
_query_fails("sort-long", "A sort of thousands of letters", lambda query: len(_value(query, "sort")) > 4000)
_query_fails("sort-empty", "A sort without a value", lambda query: ("sort", "") in query)
_query_fails(
    "marker-long", "A marker of thousands of letters", lambda query: len(_value(query, "marker")) > 4000
)
_query_fails("marker-blank", "A blank marker", lambda query: _value(query, "marker").isspace())


def _quietly(name: str, description: str, test: Callable[[str, str], bool]) -> None:
    """A pair of a list's query is left out."""

    @defect(f"value-query-{name}-ignored", f"{description} is ignored.", hook="query")
    def _(call: Call, query: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(key, value) for key, value in query if not test(key, value)]


_quietly("limit-blank", "A blank limit", lambda key, value: key == "limit" and value.isspace())
_quietly("limit-true", "A limit of `true`", lambda key, value: key == "limit" and value == "true")
_quietly("limit-null", "A limit of `null`", lambda key, value: key == "limit" and value == "null")
_quietly("limit-object", "A limit of `{}`", lambda key, value: key == "limit" and value == "{}")
_quietly("offset-list", "An offset of `[]`", lambda key, value: key == "offset" and value == "[]")
_quietly(
    "offset-long",
    "An offset of thousands of letters",
    lambda key, value: key == "offset" and len(value) > 4000,
)
_quietly("sort-null", "A sort of `null`", lambda key, value: key == "sort" and value == "null")
_quietly("sort-percent", "A sort of `%`", lambda key, value: key == "sort" and value == "%")


def _path_fails(name: str, description: str, test: Callable[[str], bool]) -> None:
    """A resource with such an id is answered 500."""

    @defect(f"value-id-{name}-500", f"An id {description} is answered 500.", hook="found")
    def _(call: Call, found: Any) -> Any:
        if call.operation.startswith(("show", "delete")) and test(call.wanted):
            raise server_error()
        return found


_path_fails(
    "not-utf8",
    "that is not UTF-8",
    lambda text: "\ufffd" in text or any("\udc80" <= c <= "\udcff" for c in text),
)
_path_fails("hangul", "of Hangul", lambda text: any("\uac00" <= letter <= "\ud7a3" for letter in text))
_path_fails("long", "of thousands of letters", lambda text: len(text) > 4000)
_path_fails("number", "that is a number", lambda text: text.isdecimal())
_path_fails("blank", "that is blank", str.isspace)


@defect("value-id-prefix-found", "An id with its last letter missing finds what it begins.", hook="found")
def _(call: Call, found: Any) -> Any:
    if found is None and len(call.wanted) == 35 and call.operation == "show_volume":
        return next((v for id, v in call.own.volumes.items() if id.startswith(call.wanted)), None)
    return found


@defect("value-id-longer-found", "What stands behind the 36 letters of an id is ignored.", hook="found")
def _(call: Call, found: Any) -> Any:
    if found is None and len(call.wanted) > 36 and call.operation == "show_snapshot":
        return call.own.snapshots.get(call.wanted[:36])
    return found


@defect("value-null-metadata-refused", "A volume whose metadata is null is refused.", hook="body")
def _(call: Call, body: Any) -> Any:
    if _fields(body, "volume").get("metadata", {}) is None:
        raise bad_request("None is not of type 'object'")
    return body


# -- what is deleted, and pages in other orders -------------------------------------------------------------------


@defect(
    "value-deleted-marker-start",
    "A list after the marker of a deleted volume begins at its beginning.",
    hook="request",
)
def _(call: Call, request: tuple[str, str]) -> tuple[str, str]:
    deleted = call.memory.setdefault("deleted", set())
    if call.method == "DELETE":
        deleted.add(call.path.rpartition("/")[2])
    call.query[:] = [(key, value) for key, value in call.query if key != "marker" or value not in deleted]
    return request


def _remembered(kind: str, operation: str, description: str) -> None:
    """A resource that is gone can still be used."""

    @defect(f"value-deleted-{kind}-{operation.replace('_', '-')}", description, hook="found")
    def _(call: Call, found: Any) -> Any:
        if call.kind != kind:
            return found
        if found is not None:
            call.memory[call.wanted] = found
            return found
        return call.memory.get(call.wanted) if call.operation == operation else None


_remembered("volume", "create_snapshot", "A snapshot can be taken of a volume that is gone.")
_remembered("volume", "create_volume", "A volume that is gone can be copied.")
_remembered("snapshot", "create_volume", "A volume can be made from a snapshot that is gone.")


def _sorted_by(call: Call, *orders: str) -> bool:
    return call.operation in ("list_volumes", "list_volumes_detail") and any(
        ("sort", order) in call.query for order in orders
    )


@defect(
    "value-pages-descending-names-repeat",
    "Sorted by name, descending, a page begins with its marker.",
    hook="page",
)
def _(call: Call, page: Page[Any]) -> Page[Any]:
    marker = next((value for key, value in call.query if key == "marker"), None)
    if _sorted_by(call, "name:desc") and marker in call.own.volumes:
        page.items = [call.own.volumes[str(marker)], *page.items][: max(1, len(page.items))]
    return page


@defect(
    "value-pages-youngest-first-skip",
    "Sorted by age, the youngest first, a page after a marker lacks its first volume.",
    hook="page",
)
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if _sorted_by(call, "created_at:desc") and any(key == "marker" for key, _ in call.query):
        page.items = page.items[1:]
    return page


@defect(
    "value-pages-by-id-ascending-first", "Sorted by id, ascending, every page is the first.", hook="ordered"
)
def _(call: Call, items: list[Any]) -> list[Any]:
    if _sorted_by(call, "id:asc"):
        marker = next((each for each in items if ("marker", each.id) in call.query), None)
        if marker is not None:
            return [marker, *(each for each in items if each is not marker)]
    return items


@defect(
    "value-pages-by-status-empty",
    "Sorted by status, descending, every page after a marker is empty.",
    hook="page",
)
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if _sorted_by(call, "status:desc") and any(key == "marker" for key, _ in call.query):
        return Page([], more=False)
    return page


@defect("value-pages-by-zone-cut", "Sorted by zone, a page that is full never links on.", hook="page")
def _(call: Call, page: Page[Any]) -> Page[Any]:
    if _sorted_by(call, "availability_zone:asc", "availability_zone:desc"):
        page.more = False
    return page
