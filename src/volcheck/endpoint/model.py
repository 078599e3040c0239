"""An endpoint: base URL, project and credentials."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import attrs

from volcheck.errors import UsageError

_VERSION_AT_END = re.compile(r"/v[0-9]+(\.[0-9]+)?$")
#: The port of a URL that names none.
DEFAULT_PORTS = {"http": 80, "https": 443}


class TokenSource(Protocol):
    """Where tokens come from. A source may be asked from several threads."""

    def token(self) -> str:
        """Return a token that is good for at least the next request. Raises EndpointError when there is none."""

    def renew(self) -> str | None:
        """Return a new token after a 401, or None where this source can't make one."""


@attrs.frozen
class StaticToken:
    """A token given by the user; it can't be renewed."""

    value: str = attrs.field(repr=False)

    def token(self) -> str:
        """Return the token."""
        return self.value

    def renew(self) -> str | None:
        """A fixed token can't be renewed."""
        return None


@attrs.frozen
class Identity:
    """A project and the right to act in it."""

    project_id: str
    source: TokenSource = attrs.field(repr=False)


@attrs.frozen
class Endpoint:
    """The base URL of one API version (`http://host:8776/v2`), and who calls it.

    other: a second identity in another project, for the isolation of tenants; None where there is none.
    verify: TLS verification of both services: True, False, or the path of a CA bundle.
    secrets, user_names: what must not be written anywhere, beside the tokens that the identities hand out.
    """

    base_url: str
    identity: Identity
    other: Identity | None = None
    name: str = ""
    verify: bool | str = True
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)
    user_names: tuple[str, ...] = attrs.field(default=(), repr=False)

    @property
    def root_url(self) -> str:
        """The base URL without its version, where `GET /` lists the versions. Ends without a slash."""
        return _VERSION_AT_END.sub("", self.base_url)

    @property
    def version(self) -> str:
        """`v2` or `v3`, as the base URL says; empty where it says none."""
        found = _VERSION_AT_END.search(self.base_url)
        return found.group().lstrip("/") if found else ""

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what a token may be sent to."""
        return origin_of(self.base_url)


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host (lower-case) and port of an absolute URL, with the scheme's default port filled in.

    Raises ValueError where the URL has none of them.
    """
    parts = urlsplit(url)
    if not parts.scheme or not parts.hostname:
        raise ValueError(f"{url!r} is not an absolute URL")
    port = parts.port if parts.port is not None else DEFAULT_PORTS.get(parts.scheme, 0)
    return parts.scheme, parts.hostname.lower(), port


def normalise_base_url(url: str, project_id: str) -> str:
    """The endpoint's base URL as users and service catalogues write it, without project, slash or query.

    Raises UsageError when it is no http(s) URL or carries credentials.
    """
    try:
        scheme, _, port = origin_of(url)
    except ValueError:
        scheme, port = "", 0
    if scheme not in ("http", "https") or not port:
        raise UsageError(
            f"--endpoint {url!r} is not a URL of the form http(s)://host[:port]/v2; give the base URL of the Volume API."
        )
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise UsageError(
            "--endpoint carries a user name or password; give the plain URL and put the token into OS_TOKEN."
        )
    path = parts.path.rstrip("/")
    if project_id and path.endswith("/" + project_id):
        path = path[: -len(project_id) - 1]
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))
