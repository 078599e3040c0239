"""What may be asked for when something is made, and what becomes of it, where the guide is silent."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.faults import bad_request
from volcheck.reference.liberties.registry import liberty, setting
from volcheck.reference.world import Resource, Volume

_TEXTS = "The guide names no longest text (E-SILENT-LIMITS)."
_UNKNOWN = "E-SILENT-UNKNOWN-PROPERTIES."


def _fields(body: Any, kind: str) -> dict[str, Any]:
    fields = body.get(kind) if isinstance(body, dict) else None
    return fields if isinstance(fields, dict) else {}


def _texts(body: Any) -> list[tuple[dict[str, Any], str]]:
    """Where the texts of a request are: the object and the member."""
    found = []
    for kind in ("volume", "snapshot"):
        fields = _fields(body, kind)
        found += [(fields, name) for name in ("name", "description") if isinstance(fields.get(name), str)]
        metadata = fields.get("metadata")
        if isinstance(metadata, dict):
            found += [(metadata, key) for key in metadata if isinstance(metadata[key], str)]
    return found


def _text_refused(kind: str, name: str, type_name: str) -> None:
    """A field that is no text by the guide is refused where it is one. type_name: its type, as the guide calls it."""

    @liberty(
        f"create-{name}-text-refused",
        f"{name} as a text is refused.",
        allowed_by=f"The row of {name} says {type_name}.",
        hook="body",
    )
    def _(call: Call, body: Any) -> Any:
        if isinstance(_fields(body, kind).get(name), str):
            raise bad_request(f"{name} is not of type '{type_name.lower()}'")
        return body


_text_refused("volume", "size", "Integer")
_text_refused("volume", "multiattach", "Boolean")
_text_refused("snapshot", "force", "Boolean")


@liberty(
    "create-force-null", "force that is null counts as not given.", allowed_by="E-SILENT-NULL.", hook="body"
)
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "snapshot")
    if "force" in fields and fields["force"] is None:
        del fields["force"]
    return body


@liberty(
    "create-emoji-refused",
    "A text with a character beyond the first 65,536 is refused.",
    allowed_by="The guide says no more than String; databases with utf8mb3 take no others.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    for fields, name in _texts(body):
        if any(char > "\uffff" for char in fields[name]):
            raise bad_request("Characters beyond the basic plane are not supported.")
    return body


@liberty(
    "create-texts-128",
    "Texts of more than 128 characters are refused.",
    allowed_by=_TEXTS,
    hook="body",
    instead_of="longest texts",
)
def _(call: Call, body: Any) -> Any:
    if any(len(fields[name]) > 128 for fields, name in _texts(body)):
        raise bad_request("Texts have at most 128 characters.")
    return body


@liberty(
    "create-texts-255-bytes",
    "Texts of more than 255 bytes of UTF-8 are refused.",
    allowed_by=_TEXTS,
    hook="body",
    instead_of="longest texts",
)
def _(call: Call, body: Any) -> Any:
    if any(len(fields[name].encode("utf-8", "surrogatepass")) > 255 for fields, name in _texts(body)):
        raise bad_request("Texts have at most 255 bytes.")
    return body


@liberty(
    "create-texts-of-any-length",
    "Texts may have more than 255 characters.",
    allowed_by=_TEXTS,
    hook="check",
    instead_of="longest texts",
)
def _(call: Call, failed: bool) -> bool:
    return failed and not call.check.endswith(
        (".name.length", ".description.length", ".value.length", ".key.length")
    )


@liberty(
    "create-texts-trimmed",
    "Blanks around names and descriptions, and around the values of metadata, go.",
    allowed_by="The guide does not say that they stay.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    for fields, name in _texts(body):
        fields[name] = fields[name].strip(" ")
    return body


@liberty(
    "create-empty-is-null",
    "An empty name or description counts as not given.",
    allowed_by="The guide does not tell an empty text from none.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    for kind in ("volume", "snapshot"):
        fields = _fields(body, kind)
        for name in ("name", "description"):
            if fields.get(name) == "":
                fields[name] = None
    return body


def _without_null(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    return {**item, **{name: "" for name in ("name", "description") if name in item and item[name] is None}}


for _point in ("volume", "snapshot"):
    liberty(
        f"create-null-is-empty-{_point}",
        f"A {_point} without a name or description shows empty texts.",
        allowed_by="The rows of name and description say String.",
        hook=_point,
    )(_without_null)


@liberty(
    "create-metadata-numbers",
    "Numbers as values of metadata are kept as texts.",
    allowed_by="The row of metadata says Object, and nothing of its values.",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    return failed and not call.check.endswith("metadata.value.type")


@liberty(
    "create-metadata-any-key",
    "The keys of metadata may have any sign.",
    allowed_by="The row of metadata says Object, and nothing of its keys.",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    return failed and not call.check.endswith(("metadata.key.characters", "metadata.key.empty"))


@liberty(
    "create-unknown-refused",
    "A volume with a field that the request table does not have is refused.",
    allowed_by=_UNKNOWN,
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    known = {"size", "description", "imageRef", "multiattach", "availability_zone", "source_volid", "name"}
    known |= {"consistencygroup_id", "volume_type", "snapshot_id", "metadata"}
    if unknown := set(_fields(body, "volume")) - known:
        raise bad_request(f"{min(unknown)} is not known.")
    return body


@liberty(
    "create-snapshot-unknown-ignored",
    "A field of a snapshot that the request table does not have is ignored, metadata too.",
    allowed_by=f"{_UNKNOWN} E-SILENT-SNAPSHOT-METADATA.",
    hook="body",
    instead_of="unknown fields of snapshots",
)
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "snapshot")
    for name in set(fields) - {"volume_id", "force", "description", "name"}:
        del fields[name]
    return body


@liberty(
    "create-snapshot-metadata-refused",
    "A snapshot with metadata is refused.",
    allowed_by="The request table of snapshots has no metadata (E-SILENT-SNAPSHOT-METADATA).",
    hook="body",
    instead_of="unknown fields of snapshots",
)
def _(call: Call, body: Any) -> Any:
    if "metadata" in _fields(body, "snapshot"):
        raise bad_request("metadata is not known.")
    return body


@liberty(
    "create-type-by-name-only",
    "A type can be asked for by its name alone.",
    allowed_by="The row of volume_type says name.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    if _fields(body, "volume").get("volume_type") in call.world.types:
        raise bad_request("There is no such type.")
    return body


@liberty(
    "create-empty-reference-ignored",
    "An empty text for a zone, a source or an image counts as not given.",
    allowed_by="The guide does not tell an empty text from none.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "volume")
    for name in ("availability_zone", "imageRef", "snapshot_id", "source_volid", "consistencygroup_id"):
        if fields.get(name) == "":
            del fields[name]
    return body


@liberty(
    "create-any-media-type",
    "A body that is JSON is taken whatever it is declared as.",
    allowed_by="E-SILENT-MEDIA-TYPE.",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "body.media_type"


@liberty(
    "copy-needs-size",
    "A volume from a source needs a size.",
    allowed_by="The row of size says required, and makes no exception.",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "volume")
    if fields.get("size") is None and (fields.get("snapshot_id") or fields.get("source_volid")):
        raise bad_request("'size' is a required property")
    return body


def _source_size(call: Call, fields: dict[str, Any]) -> int | None:
    source = call.own.volumes.get(fields.get("source_volid", "")) or call.own.snapshots.get(
        fields.get("snapshot_id", "")
    )
    return None if source is None else source.size


@liberty(
    "copy-same-size",
    "A volume from a snapshot or volume has its size, and no other may be asked for.",
    allowed_by="The guide does not say that a copy may be larger (E-SILENT-SOURCES).",
    hook="body",
    instead_of="sizes of copies",
)
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "volume")
    if all(isinstance(fields.get(name, ""), str | None) for name in ("source_volid", "snapshot_id")):
        size = _source_size(call, {key: value or "" for key, value in fields.items()})
        if size is not None and isinstance(fields.get("size"), int) and fields["size"] != size:
            raise bad_request("A copy has the size of its source.")
    return body


@liberty(
    "copy-smaller",
    "A volume that is smaller than its source is made.",
    allowed_by="The guide does not say that it is refused (E-SILENT-SOURCES).",
    hook="check",
    instead_of="sizes of copies",
)
def _(call: Call, failed: bool) -> bool:
    return failed and call.check not in ("volume.size.snapshot", "volume.size.source", "volume.size.image")


@liberty(
    "copy-other-type",
    "A copy may have another type than its source.",
    allowed_by="The guide says nothing of the types of copies (E-SILENT-SOURCES).",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "volume.type.other"


@liberty(
    "copy-default-type",
    "A copy without a type gets the default type.",
    allowed_by="The guide says nothing of the types of copies (E-SILENT-SOURCES).",
    hook="made",
)
def _(call: Call, made: Resource) -> Resource:
    if isinstance(made, Volume) and (made.source_volid or made.snapshot_id):
        asked = _fields(call.body, "volume").get("volume_type")
        made.volume_type = made.volume_type if asked else call.world.default_type
    return made


@liberty(
    "copy-two-sources",
    "Of two sources the snapshot counts.",
    allowed_by="The guide does not say that there may be one source only (E-SILENT-SOURCES).",
    hook="body",
)
def _(call: Call, body: Any) -> Any:
    fields = _fields(body, "volume")
    if fields.get("snapshot_id") and fields.get("source_volid"):
        del fields["source_volid"]
    return body


@liberty(
    "snapshot-available-at-once",
    "The answer to the creation of a snapshot says available.",
    allowed_by="The guide says of volumes alone that they can't be used at once.",
    hook="snapshot",
    snapshot_delay=0.0,
)
def _(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "status": "available"} if call.view == "create" else item


setting(
    "create-available-at-once",
    "A volume is available when it is first shown.",
    allowed_by="The guide promises no time; the creation's answer says creating.",
    volume_delay=0.0,
)
setting(
    "delete-gone-at-once",
    "What is deleted is gone when it is next asked for.",
    allowed_by="E-SILENT-DELETE-ASYNC.",
    delete_delay=0.0,
)
