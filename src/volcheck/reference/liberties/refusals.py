"""Refusals with other statuses than Cinder's. The guide names none (erratum E-SILENT-ERRORS)."""

from __future__ import annotations

from volcheck.reference.call import Call
from volcheck.reference.faults import Fault
from volcheck.reference.liberties.registry import liberty

_SILENCE = "The guide shows no error and names no status (E-SILENT-ERRORS)."
#: The checks on what state a resource is in.
_STATE = frozenset(
    {
        "delete.volume.status",
        "delete.volume.attached",
        "delete.volume.snapshots",
        "delete.snapshot.status",
        "snapshot.volume.status",
        "volume.snapshot.status",
        "volume.source.status",
    }
)
_FOUND = ("found.volume", "found.snapshot")
_DELETION = ("delete.volume.status", "delete.snapshot.status")
_NAMES = {403: "forbidden", 404: "itemNotFound", 409: "conflictingRequest", 422: "unprocessableEntity"}


def _as(fault: Fault, status: int) -> Fault:
    return Fault(status, _NAMES.get(status, "badRequest"), fault.message)


def _in_path(call: Call) -> bool:
    """Whether it is the path that names the resource that was looked for."""
    return call.wanted != "" and call.wanted in (call.params.get("volume_id"), call.params.get("snapshot_id"))


def _unknown_in_body(call: Call) -> bool:
    """Whether it is refused that the body names a resource that does not exist."""
    named = call.check in ("volume.type.unknown", "volume.group", "snapshot.volume_id.null")
    return named or (call.check in _FOUND and not _in_path(call))


def _malformed_in_path(call: Call) -> bool:
    """Whether it is refused that the path has an id that is no UUID."""
    return call.check in _FOUND and len(call.wanted) != 36 and _in_path(call)


def _deletion_while(call: Call, status: str) -> bool:
    """Whether it is refused to delete what has this status."""
    return call.check in _DELETION and call.subject is not None and call.subject.status == status


@liberty(
    "refuse-input-422",
    "Wrong fields, values and bodies are answered 422.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.21.",
    hook="fault",
    instead_of="status of wrong values",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 422) if fault.status == 400 and call.check not in {*_STATE, "project"} else fault


@liberty(
    "refuse-state-409",
    "What the state of a resource forbids is answered 409.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.10.",
    hook="fault",
    instead_of="status of states",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 409) if call.check in _STATE else fault


@liberty(
    "refuse-state-403",
    "What the state of a resource forbids is answered 403.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.4.",
    hook="fault",
    instead_of="status of states",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 403) if call.check in _STATE else fault


@liberty(
    "refuse-reference-400",
    "A body that names a resource that does not exist is answered 400.",
    allowed_by=_SILENCE,
    hook="fault",
    instead_of="status of references",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 400) if _unknown_in_body(call) else fault


@liberty(
    "refuse-reference-422",
    "A body that names a resource that does not exist is answered 422.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.21.",
    hook="fault",
    instead_of="status of references",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 422) if _unknown_in_body(call) else fault


@liberty(
    "refuse-malformed-id-400",
    "An id in a path that is no UUID is answered 400.",
    allowed_by=f"{_SILENCE} The rows of volumeId and snapshotId say UUID.",
    hook="fault",
    instead_of="status of malformed ids",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 400) if _malformed_in_path(call) else fault


@liberty(
    "refuse-malformed-id-422",
    "An id in a path that is no UUID is answered 422.",
    allowed_by=f"{_SILENCE} The rows of volumeId and snapshotId say UUID.",
    hook="fault",
    instead_of="status of malformed ids",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 422) if _malformed_in_path(call) else fault


@liberty(
    "refuse-malformed-reference-404",
    "A source or volume in a body that is no UUID is looked for, and answered 404.",
    allowed_by=_SILENCE,
    hook="fault",
    instead_of="status of malformed references",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 404) if call.check.endswith(".uuid") else fault


@liberty(
    "refuse-image-404",
    "A volume from an unknown image is answered 404.",
    allowed_by=_SILENCE,
    hook="fault",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 404) if call.check == "volume.image.unknown" else fault


@liberty(
    "refuse-project-404",
    "The path of another project is answered 404.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.4: who does not wish to reveal that a resource exists may answer 404.",
    hook="fault",
    instead_of="status of other projects",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 404) if call.check == "project" else fault


@liberty(
    "refuse-project-403",
    "The path of another project is answered 403.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.4.",
    hook="fault",
    instead_of="status of other projects",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 403) if call.check == "project" else fault


@liberty(
    "refuse-foreign-403",
    "A volume or snapshot of another project is answered 403.",
    allowed_by=f"{_SILENCE} RFC 9110, 15.5.4.",
    hook="fault",
)
def _(call: Call, fault: Fault) -> Fault:
    if call.check not in _FOUND:
        return fault
    others = (tenant for tenant in call.world.tenants.values() if tenant is not call.tenant)
    exists = any(call.wanted in tenant.volumes or call.wanted in tenant.snapshots for tenant in others)
    return _as(fault, 403) if exists else fault


@liberty(
    "refuse-media-type-400",
    "A body that is not declared as JSON is answered 400.",
    allowed_by=_SILENCE,
    hook="fault",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 400) if fault.status == 415 else fault


@liberty(
    "refuse-large-body-400",
    "A body that is too large is answered 400.",
    allowed_by=_SILENCE,
    hook="fault",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 400) if call.check == "body.length" else fault


@liberty(
    "refuse-second-deletion-404",
    "What is being deleted can't be found for another deletion.",
    allowed_by=_SILENCE,
    hook="fault",
    instead_of="second deletions",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 404) if _deletion_while(call, "deleting") else fault


@liberty(
    "refuse-not-second-deletion",
    "Another deletion of what is being deleted is accepted, and changes nothing.",
    allowed_by="The guide does not say what a second deletion is answered; RFC 9110, 9.2.2: DELETE is idempotent.",
    hook="check",
    instead_of="second deletions",
)
def _(call: Call, failed: bool) -> bool:
    return failed and not _deletion_while(call, "deleting")


@liberty(
    "refuse-method-404",
    "A method that a path does not have is answered 404, as Cinder does.",
    allowed_by="Cinder 12, 17 and 29; the guide is silent.",
    hook="fault",
    instead_of="unknown methods",
)
def _(call: Call, fault: Fault) -> Fault:
    return _as(fault, 404) if fault.status == 405 else fault


@liberty(
    "refuse-method-501",
    "A method that no path has is answered 501.",
    allowed_by="RFC 9110, 9.1.",
    hook="fault",
    instead_of="unknown methods",
)
def _(call: Call, fault: Fault) -> Fault:
    unknown = fault.status == 405 and call.method in ("PUT", "PATCH")
    return Fault(501, "notImplemented", fault.message) if unknown else fault


@liberty(
    "refuse-no-head",
    "HEAD is refused with 405.",
    allowed_by="The guide has no HEAD.",
    hook="request",
)
def _(call: Call, asked: tuple[str, str]) -> tuple[str, str]:
    # No path has a method of this name, so that the service refuses it itself.
    return ("OPTIONS-HEAD", asked[1]) if asked[0] == "HEAD" else asked


@liberty(
    "refuse-deletion-while-creating-not",
    "A volume or snapshot that is still creating can be deleted.",
    allowed_by="The guide refuses the deletion of attached volumes and of those with snapshots only (line 562).",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    return failed and not _deletion_while(call, "creating")


@liberty(
    "refuse-no-marker",
    "A marker that names no volume is ignored.",
    allowed_by="The guide does not say what becomes of a marker that names none.",
    hook="check",
)
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "list.marker.unknown"
