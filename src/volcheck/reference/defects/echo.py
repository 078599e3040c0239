"""What was sent, or what another answer says, comes back changed."""

from __future__ import annotations

import html
from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.clock import SECOND, stamp
from volcheck.reference.defects.registry import defect
from volcheck.reference.world import Volume

Body = dict[str, Any]


def _sent(call: Call) -> Body:
    body: Body = call.body["volume"] if isinstance(call.body, dict) else {}
    return body


@defect("echo-name-lost", "A volume's name is never stored.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.name = None
    return made


@defect(
    "echo-show-name-lost",
    "The name is in the answer to the create and the lists, but not in show.",
    hook="volume",
)
def _(call: Call, body: Body) -> Body:
    if call.view == "show":
        body["name"] = None
    return body


@defect("echo-name-lower", "A volume's name is stored in lower case.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name:
        made.name = made.name.lower()
    return made


@defect("echo-name-254", "A volume's name is cut after 254 characters.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name:
        made.name = made.name[:254]
    return made


@defect("echo-name-escaped", "A volume's name comes back with HTML entities.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.name:
        made.name = html.escape(made.name)
    return made


@defect("echo-name-empty-null", "A volume's empty name becomes null.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.name = made.name or None
    return made


@defect("echo-name-null-empty", "A volume without a name gets an empty one.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.name = made.name or ""
    return made


@defect("echo-name-untrimmed", "Spaces around a volume's name are kept.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and isinstance(_sent(call).get("name"), str):
        made.name = _sent(call)["name"]
    return made


@defect("echo-list-name-other", "The plain list shows the description where the name belongs.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "list" and call.subject is not None:
        body["name"] = call.subject.description
    return body


@defect("echo-description-lost", "A volume's description is never stored.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.description = None
    return made


@defect("echo-description-empty-null", "A volume's empty description becomes null.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.description = made.description or None
    return made


@defect("echo-description-100", "A volume's description is cut after 100 characters.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.description:
        made.description = made.description[:100]
    return made


@defect("echo-detail-description-lost", "volumes/detail shows no description.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        body["description"] = None
    return body


@defect("echo-size-one", "Every blank volume has 1 GB, whatever was asked for.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and not (made.snapshot_id or made.source_volid or made.image):
        made.size = 1
    return made


@defect("echo-show-size-more", "Showing a volume gives it a gigabyte more.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "show":
        body["size"] += 1
    return body


@defect("echo-metadata-lost", "A volume's metadata is never stored.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {}
    return made


@defect("echo-metadata-key-lower", "Metadata keys are stored in lower case.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {key.lower(): value for key, value in made.metadata.items()}
    return made


@defect("echo-metadata-value-empty-lost", "Metadata with an empty value is dropped.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {key: value for key, value in made.metadata.items() if value}
    return made


@defect("echo-metadata-value-64", "Metadata values are cut after 64 characters.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {key: value[:64] for key, value in made.metadata.items()}
    return made


@defect("echo-metadata-inherited", "A volume also gets the metadata of the one made before it.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {**call.memory.get("last", {}), **made.metadata}
        call.memory["last"] = made.metadata
    return made


@defect("echo-type-ignored", "Every volume gets the default type.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.volume_type = call.world.default_type
    return made


@defect("echo-type-by-id", "A volume's type is shown by its id.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "volume_type" in body and isinstance(call.subject, Volume):
        body["volume_type"] = call.subject.volume_type.id
    return body


@defect("echo-zone-changed", "volumes/detail shows another zone than show.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        body["availability_zone"] = "kr-pub-c"
    return body


@defect("echo-multiattach-ignored", "multiattach is always false.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.multiattach = False
    return made


@defect("echo-bootable-always", "A blank volume is bootable.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.bootable = True
    return made


@defect(
    "echo-create-created-at",
    "created_at of show is a second later than in the create's answer.",
    hook="volume",
)
def _(call: Call, body: Body) -> Body:
    if call.view in ("show", "detail") and call.subject is not None:
        body["created_at"] = stamp(call.subject.created_at + SECOND)
    return body


@defect("echo-detail-created-at", "created_at in detail is the moment of asking.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        body["created_at"] = stamp(call.now)
    return body


@defect("echo-tenant-other", "The tenant of a volume is not the one in the path.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "os-vol-tenant-attr:tenant_id" in body:
        body["os-vol-tenant-attr:tenant_id"] = body["user_id"]
    return body


@defect("echo-create-id-other", "The id in the answer to a create is not the volume's.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "create":
        body["id"] = "00000000" + body["id"][8:]
    return body


@defect("echo-self-link-other", "The self link does not lead to the volume.", hook="volume")
def _(call: Call, body: Body) -> Body:
    for link in body["links"]:
        if link["rel"] == "self":
            link["href"] = link["href"].rpartition("/")[0] + "/00000000-0000-4000-8000-000000000000"
    return body


@defect("echo-attachments-hidden", "A volume in use shows no attachment.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "attachments" in body:
        body["attachments"] = []
    return body


@defect("echo-attachment-volume-other", "An attachment names another volume than its own.", hook="volume")
def _(call: Call, body: Body) -> Body:
    for attachment in body.get("attachments", ()):
        attachment["volume_id"] = attachment["attachment_id"]
    return body
