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


@defect("echo-description-lost", "A volume's description is never stored.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.description = None
    return made


@defect("echo-detail-description-lost", "volumes/detail shows no description.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if call.view == "detail":
        body["description"] = None
    return body


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


@defect("echo-metadata-value-empty-lost", "Metadata with an empty value is dropped.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.metadata = {key: value for key, value in made.metadata.items() if value}
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


@defect("echo-description-254", "A volume's description is cut after 254 characters.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and made.description:
        made.description = made.description[:254]
    return made


@defect("echo-zone-other", "A volume is made in another zone than asked for.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume) and _sent(call).get("availability_zone"):
        made.availability_zone = next(z for z in call.world.zones if z != made.availability_zone)
    return made


@defect("echo-multiattach-always", "multiattach is always true.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.multiattach = True
    return made


@defect("echo-tenant-other", "A volume shows its user in place of its tenant.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if "os-vol-tenant-attr:tenant_id" in body:
        body["os-vol-tenant-attr:tenant_id"] = body["user_id"]
    return body


@defect("echo-user-changes", "Every volume belongs to another user.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.user_id = call.world.new_id().replace("-", "")
    return made


@defect("echo-status-taken", "A new volume has the status that the request names.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.status = _sent(call).get("status", made.status)
    return made


@defect("echo-updated-at-early", "updated_at lies an hour before created_at.", hook="volume")
def _(call: Call, body: Body) -> Body:
    if body.get("updated_at") and call.subject is not None:
        body["updated_at"] = stamp(call.subject.created_at - 3600 * SECOND)
    return body


@defect("echo-id-reused", "Every second volume gets the id of the one before.", hook="made")
def _(call: Call, made: Any) -> Any:
    if isinstance(made, Volume):
        made.id = call.memory.pop("id", None) or call.memory.setdefault("id", made.id)
    return made
