"""As much of Keystone v2.0 as it takes to get a token by password and find the volume service."""

from __future__ import annotations

import secrets
from typing import Any

from volcheck.reference.call import Call, Reply
from volcheck.reference.clock import micros, stamp_utc_seconds
from volcheck.reference.faults import Fault, bad_request, unauthorized
from volcheck.reference.validation import json_body
from volcheck.reference.world import Tenant, Token

REGION = "RegionOne"
PATH = "/identity"


def identity_url(call: Call) -> str:
    """Where this endpoint's own Keystone is."""
    return f"{call.origin.removesuffix(call.world.settings.path_prefix)}{PATH}"


def authenticate(call: Call) -> Tenant:
    """The tenant whose token the call carries. Raises 401 for none, an unknown or an expired one."""
    token = call.world.tokens.get(call.headers.get("x-auth-token", ""))
    known = token is not None and (token.expires is None or call.now < token.expires)
    tenant: Tenant | None = call.hooks("identity", call, token.tenant if token and known else None)
    if tenant is None:
        raise call.refusal("token", unauthorized(identity_url(call)))
    return tenant


def list_identity_versions(call: Call) -> Reply:
    """`GET /identity/`: the versions document that clients discover the API by."""
    return Reply(300, {"versions": {"values": [_version(call)]}})


def show_identity_version(call: Call) -> Reply:
    """`GET /identity/v2.0/`."""
    return Reply(200, {"version": _version(call)})


def issue_token(call: Call) -> Reply:
    """`POST /identity/v2.0/tokens` with passwordCredentials and tenantId or tenantName, or neither."""
    tenant = _tenant(call, json_body(call))
    ident = call.world.new_id().replace("-", "")
    expires = call.now + micros(call.world.settings.token_lifetime)
    tokens = call.world.tokens
    for old in [key for key, token in tokens.items() if token.expires and token.expires <= call.now]:
        del tokens[old]
    tokens[ident] = Token(tenant, expires)
    return Reply(200, {"access": _access(call, tenant, ident, expires)})


def _version(call: Call) -> dict[str, Any]:
    return {
        "id": "v2.0",
        "status": "stable",
        "updated": "2014-04-17T00:00:00Z",
        "links": [{"rel": "self", "href": f"{identity_url(call)}/v2.0/"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v2.0+json"}],
    }


def _denied(call: Call) -> Fault:
    return call.refusal("password", unauthorized(identity_url(call)))


def _tenant(call: Call, document: Any) -> Tenant:
    auth = document.get("auth") if isinstance(document, dict) else None
    credentials = auth.get("passwordCredentials") if isinstance(auth, dict) else None
    if not isinstance(auth, dict) or not isinstance(credentials, dict):
        raise bad_request("Expecting to find auth.passwordCredentials in the request body.")
    for tenant in call.world.tenants.values():
        named = credentials.get("username") == tenant.username or credentials.get("userId") == tenant.user_id
        if named and secrets.compare_digest(
            str(credentials.get("password")).encode(errors="replace"), tenant.password.encode()
        ):
            if auth.get("tenantId", tenant.project_id) != tenant.project_id:
                raise _denied(call)
            if auth.get("tenantName", tenant.name) != tenant.name:
                raise _denied(call)
            return tenant
    raise _denied(call)


def _access(call: Call, tenant: Tenant, ident: str, expires: int) -> dict[str, Any]:
    return {
        "token": {
            "id": ident,
            "issued_at": stamp_utc_seconds(call.now),
            "expires": stamp_utc_seconds(expires),
            "tenant": {"id": tenant.project_id, "name": tenant.name, "enabled": True, "description": ""},
            "audit_ids": [],
        },
        "user": {
            "id": tenant.user_id,
            "name": tenant.username,
            "username": tenant.username,
            "roles": [{"name": "member"}],
            "roles_links": [],
        },
        "serviceCatalog": [
            _service("identity", "keystone", f"{identity_url(call)}/v2.0"),
            _service("volumev2", "cinderv2", f"{call.origin}/v2/{tenant.project_id}"),
            _service("volumev3", "cinderv3", f"{call.origin}/v3/{tenant.project_id}"),
        ],
        "metadata": {"is_admin": 0, "roles": []},
    }


def _service(kind: str, name: str, url: str) -> dict[str, Any]:
    return {
        "type": kind,
        "name": name,
        "endpoints_links": [],
        "endpoints": [{"id": name, "region": REGION, "publicURL": url, "internalURL": url, "adminURL": url}],
    }
