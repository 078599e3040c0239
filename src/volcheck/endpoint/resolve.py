"""From options and environment to an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import attrs

from volcheck.endpoint.model import Endpoint, Identity, StaticToken, normalise_base_url
from volcheck.endpoint.trust import bundle_of
from volcheck.errors import UsageError

if TYPE_CHECKING:
    from volcheck.endpoint.openstack import Account

#: Environment variables whose values never appear anywhere.
SECRET_VARIABLES = (
    "OS_TOKEN",
    "OS_AUTH_TOKEN",
    "OS_OTHER_TOKEN",
    "OS_PASSWORD",
    "OS_PASSCODE",
    "OS_APPLICATION_CREDENTIAL_SECRET",
)
USER_NAME_VARIABLE = "OS_USERNAME"

#: Where the credentials come from: a token that was given, an entry of clouds.yaml, OS_* variables with a password.
Way = Literal["token", "cloud", "environment"]


@attrs.frozen
class Wanted:
    """What the user said about the endpoint; None where nothing was said.

    way: settled already, when the run looked for its endpoint; whatever else the environment holds. service_type: of the
    catalogue; None takes the first that is there. verify: None where the user said nothing.
    """

    endpoint: str | None = None
    project_id: str | None = None
    other_project_id: str | None = None
    cloud: str | None = None
    other_cloud: str | None = None
    region: str | None = None
    service_type: str | None = None
    name: str = ""
    verify: bool | str | None = None
    use_proxy: bool = False
    way: Way | None = None


def way_of(wanted: Wanted, environ: Mapping[str, str]) -> Way | None:
    """Where the credentials come from, or None where nothing names any.

    An option counts more than the environment; there, an endpoint with its token more than OS_CLOUD, and this more
    than OS_AUTH_URL.
    """
    if wanted.way is not None:
        return wanted.way
    if wanted.cloud:
        return "cloud"
    if wanted.endpoint and _token(environ):
        return "token"
    if environ.get("OS_CLOUD"):
        return "cloud"
    if environ.get("OS_AUTH_URL"):
        return "environment"
    return "token" if wanted.endpoint else None


def resolve(wanted: Wanted, environ: Mapping[str, str]) -> Endpoint:
    """The endpoint, and somebody to call it as.

    Credentials from clouds.yaml or OS_* variables are tried at once; the volume service is then looked up in the
    service catalogue, unless `--endpoint` names it. Raises UsageError naming what is missing, EndpointError where the
    identity service can't be reached or refuses.
    """
    way = way_of(wanted, environ)
    if way is None:
        raise UsageError(
            "No endpoint is named: give --endpoint URL with --project-id and the token in OS_TOKEN, --cloud NAME, or "
            "OS_AUTH_URL and its fellows."
        )
    if way == "token":
        return _with_other(_fixed(wanted, environ), wanted, environ)
    account = _account(wanted.cloud or environ["OS_CLOUD"] if way == "cloud" else None, wanted, environ)
    if wanted.project_id and wanted.project_id != account.project_id:
        raise UsageError(
            f"--project-id is {wanted.project_id}, but the credentials are those of project {account.project_id}: leave "
            "the option out, or name the project where the credentials are."
        )
    if wanted.endpoint:
        url = normalise_base_url(wanted.endpoint, account.project_id)
    else:
        url = account.volume_url(*([(wanted.service_type,)] if wanted.service_type else []))
    found = Endpoint(
        base_url=url,
        identity=Identity(account.project_id, account.source),
        name=wanted.name,
        verify=account.verify,
        secrets=account.secrets,
        user_names=account.user_names,
    )
    return _with_other(found, wanted, environ)


def _account(cloud: str | None, wanted: Wanted, environ: Mapping[str, str]) -> Account:
    from volcheck.endpoint.openstack import Connection, account_of

    trusted = bundle_of(environ) if wanted.verify is None else None
    return account_of(cloud, Connection(wanted.region, wanted.verify, wanted.use_proxy, trusted))


def _fixed(wanted: Wanted, environ: Mapping[str, str]) -> Endpoint:
    """A URL and a token that were given (mocks, and whoever has a token already)."""
    if not wanted.endpoint:
        raise UsageError("The endpoint is missing: OS_TOKEN alone does not say where; give --endpoint URL.")
    project = wanted.project_id or environ.get("OS_PROJECT_ID") or environ.get("OS_TENANT_ID")
    if not project:
        raise UsageError("The project is missing: give --project-id ID, or set OS_PROJECT_ID.")
    token = _token(environ)
    if not token:
        raise UsageError(
            "The token is missing: set OS_TOKEN in the environment (not on the command line, where every user of the "
            "machine can read it)."
        )
    _printable("OS_TOKEN", token)
    url = normalise_base_url(wanted.endpoint, project)
    verify = wanted.verify
    if verify is None:
        verify = (bundle_of(environ) if url.startswith("https:") else None) or True
    return Endpoint(
        base_url=url,
        identity=Identity(project, StaticToken(token)),
        name=wanted.name,
        verify=verify,
    )


def _with_other(found: Endpoint, wanted: Wanted, environ: Mapping[str, str]) -> Endpoint:
    """The same with the second identity, where one is named."""
    if wanted.other_cloud:
        account = _account(wanted.other_cloud, attrs.evolve(wanted, region=None), environ)
        if _bare(account.project_id) == _bare(found.identity.project_id):
            raise UsageError(
                f"--other-cloud {wanted.other_cloud} is in the same project {account.project_id}: the isolation of "
                "tenants needs another one."
            )
        return attrs.evolve(
            found,
            other=Identity(account.project_id, account.source),
            secrets=found.secrets + account.secrets,
            user_names=found.user_names + account.user_names,
        )
    if not wanted.other_project_id:
        return found
    token = environ.get("OS_OTHER_TOKEN")
    if not token:
        raise UsageError(
            "--other-project-id needs that project's token: set OS_OTHER_TOKEN in the environment."
        )
    _printable("OS_OTHER_TOKEN", token)
    if _bare(wanted.other_project_id) == _bare(found.identity.project_id):
        raise UsageError(
            f"--other-project-id {wanted.other_project_id} is the project under test: the isolation of tenants needs another "
            "one; name it, or leave the option out."
        )
    if token == found.identity.source.token():
        raise UsageError(
            "OS_OTHER_TOKEN is the token under test: --other-project-id needs one of that other project; set it, or leave the "
            "option out."
        )
    return attrs.evolve(found, other=Identity(wanted.other_project_id, StaticToken(token)))


def _bare(project_id: str) -> str:
    return project_id.strip().lower().replace("-", "")


def _token(environ: Mapping[str, str]) -> str | None:
    return environ.get("OS_TOKEN") or environ.get("OS_AUTH_TOKEN")


def _printable(variable: str, token: str) -> None:
    if not token.isascii() or not token.isprintable() or token != token.strip():
        raise UsageError(
            f"{variable} holds characters that no HTTP header can carry (a line break?): set it again."
        )
