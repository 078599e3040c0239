"""From options and environment to an endpoint."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from volcheck.endpoint.model import Endpoint, Identity, StaticToken, normalise_base_url
from volcheck.errors import UsageError

#: Environment variables whose values never appear anywhere.
SECRET_VARIABLES = (
    "OS_TOKEN",
    "OS_AUTH_TOKEN",
    "OS_OTHER_TOKEN",
    "OS_PASSWORD",
    "OS_USERNAME",
    "OS_APPLICATION_CREDENTIAL_SECRET",
)


@attrs.frozen
class Wanted:
    """What the user said about the endpoint; None where nothing was said."""

    endpoint: str | None = None
    project_id: str | None = None
    other_project_id: str | None = None
    cloud: str | None = None
    other_cloud: str | None = None
    name: str = ""
    verify: bool | str = True


def resolve(wanted: Wanted, environ: Mapping[str, str]) -> Endpoint:
    """The endpoint with a fixed URL and a token from OS_TOKEN (mocks, and whoever has a token already).

    Raises UsageError naming what is missing.
    """
    if not wanted.endpoint:
        raise UsageError(
            "No endpoint is named: give --endpoint URL (and --project-id, and the token in OS_TOKEN)."
        )
    project = wanted.project_id or environ.get("OS_PROJECT_ID") or environ.get("OS_TENANT_ID")
    if not project:
        raise UsageError("The project is missing: give --project-id ID, or set OS_PROJECT_ID.")
    token = environ.get("OS_TOKEN") or environ.get("OS_AUTH_TOKEN")
    if not token:
        raise UsageError(
            "The token is missing: set OS_TOKEN in the environment (not on the command line, where every user of the "
            "machine can read it)."
        )
    _printable("OS_TOKEN", token)
    other = None
    if wanted.other_project_id:
        other_token = environ.get("OS_OTHER_TOKEN")
        if not other_token:
            raise UsageError(
                "--other-project-id needs that project's token: set OS_OTHER_TOKEN in the environment."
            )
        _printable("OS_OTHER_TOKEN", other_token)
        other = Identity(wanted.other_project_id, StaticToken(other_token))
    return Endpoint(
        base_url=normalise_base_url(wanted.endpoint, project),
        identity=Identity(project, StaticToken(token)),
        other=other,
        name=wanted.name,
    )


def _printable(variable: str, token: str) -> None:
    if not token.isascii() or not token.isprintable() or token != token.strip():
        raise UsageError(
            f"{variable} holds characters that no HTTP header can carry (a line break?): set it again."
        )
