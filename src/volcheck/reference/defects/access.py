"""Tokens and tenants."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call
from volcheck.reference.defects.registry import defect
from volcheck.reference.world import Tenant

Items = list[Any]


def _token(call: Call) -> str:
    return call.headers.get("x-auth-token", "")


def _anywhere(call: Call, kind: str) -> Any:
    """The resource asked for, whoever's it is."""
    for tenant in call.world.tenants.values():
        resources: dict[str, Any] = tenant.volumes if kind == "volume" else dict(tenant.snapshots)
        if call.wanted in resources:
            return resources[call.wanted]
    return None


def _opens(name: str, description: str, operation: str, kind: str) -> None:
    """One operation reaches the resources of all tenants."""

    def reach(call: Call, found: Any) -> Any:
        return _anywhere(call, kind) if (call.operation, call.kind) == (operation, kind) else found

    defect(name, description, hook="found")(reach)


_opens("access-foreign-volume-shown", "Another tenant's volume can be shown.", "show_volume", "volume")
_opens("access-foreign-volume-deleted", "Another tenant's volume can be deleted.", "delete_volume", "volume")
_opens(
    "access-foreign-snapshot-deleted",
    "Another tenant's snapshot can be deleted.",
    "delete_snapshot",
    "snapshot",
)
_opens(
    "access-foreign-snapshot-shown", "Another tenant's snapshot can be shown.", "show_snapshot", "snapshot"
)
_opens(
    "access-foreign-volume-snapshotted",
    "Another tenant's volume can be snapshotted.",
    "create_snapshot",
    "volume",
)
_opens("access-foreign-volume-cloned", "Another tenant's volume can be cloned.", "create_volume", "volume")
_opens(
    "access-foreign-snapshot-restored",
    "A volume can be made from another tenant's snapshot.",
    "create_volume",
    "snapshot",
)


def _strangers(call: Call, what: str) -> Items:
    """What the other tenants have."""
    return [
        each
        for tenant in call.world.tenants.values()
        if tenant is not call.own
        for each in (tenant.volumes if what == "volumes" else tenant.snapshots).values()
    ]


@defect("access-list-strangers", "volumes lists the volumes of all tenants.", hook="selected")
def _(call: Call, items: Items) -> Items:
    return items + _strangers(call, "volumes") if call.operation == "list_volumes" else items


@defect("access-snapshot-strangers", "snapshots/detail lists the snapshots of all tenants.", hook="selected")
def _(call: Call, items: Items) -> Items:
    return items + _strangers(call, "snapshots") if call.operation == "list_snapshots_detail" else items


@defect("access-all-tenants", "all_tenants=1 is honoured for everybody.", hook="selected")
def _(call: Call, items: Items) -> Items:
    asked = any(key == "all_tenants" for key, _ in call.query)
    return items + _strangers(call, "volumes") if asked and "volumes" in call.operation else items


@defect("access-no-token-lists", "volumes can be listed without a token.", hook="identity")
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    return call.world.main if call.operation == "list_volumes" and not _token(call) else tenant


@defect("access-no-token-creates", "A volume can be created without a token.", hook="identity")
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    return call.world.main if call.operation == "create_volume" and not _token(call) else tenant


@defect("access-any-token", "Any token will do.", hook="identity")
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    return tenant or (call.world.main if _token(call) else None)


@defect("access-token-prefix", "A token may have something behind it.", hook="identity")
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    for known, token in call.world.tokens.items():
        if _token(call).startswith(known):
            return token.tenant
    return tenant


@defect("access-other-path-own", "Another tenant's path shows what one has oneself.", hook="check")
def _(call: Call, failed: bool) -> bool:
    return failed and call.check != "project"


@defect("access-other-path-theirs", "Another tenant's path shows what that one has.", hook="tenant")
def _(call: Call, project_id: str) -> str:
    asked = call.params["project_id"]
    return asked if call.method == "GET" and asked in call.world.tenants else project_id


@defect("access-other-path-creates", "A volume can be created under another tenant's path.", hook="tenant")
def _(call: Call, project_id: str) -> str:
    asked = call.params["project_id"]
    return asked if call.method == "POST" and asked in call.world.tenants else project_id


@defect("access-claimed-identity", "Who says that he was checked needs no token.", hook="identity")
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    claimed = call.headers.get("x-identity-status") == "Confirmed"
    return tenant or (call.world.tenants.get(call.headers.get("x-project-id", "")) if claimed else None)


@defect("access-no-token-deletes", "A volume can be deleted without a token.", hook="identity")
def _(call: Call, tenant: Tenant | None) -> Tenant | None:
    return call.world.main if call.operation == "delete_volume" and not _token(call) else tenant
