"""Volume types."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect

Body = dict[str, Any]


@defect("type-none", "There are no volume types.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_types":
        document["volume_types"] = []
    return document


@defect("type-name-missing", "A volume type has no name.", hook="type")
def _(call: Call, body: Body) -> Body:
    del body["name"]
    return body


@defect("type-id-changes", "A volume type has another id each time.", hook="type")
def _(call: Call, body: Body) -> Body:
    body["id"] = call.world.new_id()
    return body


@defect("type-extra-specs-null", "A volume type's extra_specs are null.", hook="type")
def _(call: Call, body: Body) -> Body:
    body["extra_specs"] = None
    return body


@defect("type-name-refused", "No volume can be made of a type that the list names.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed or call.check == "volume.type.unknown"


@defect("type-listed-twice", "The first volume type is listed twice.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_types":
        document["volume_types"].insert(0, document["volume_types"][0])
    return document


@defect("type-default-unlisted", "The type that volumes get by default is not listed.", hook="document")
def _(call: Call, document: Body) -> Body:
    if call.operation == "list_types":
        default = call.world.default_type.id
        document["volume_types"] = [each for each in document["volume_types"] if each["id"] != default]
    return document


@defect("type-two-of-a-name", "All volume types have the same name.", hook="type")
def _(call: Call, body: Body) -> Body:
    body["name"] = call.world.default_type.name
    return body
