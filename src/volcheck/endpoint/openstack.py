"""Credentials as OpenStack's users have them: clouds.yaml, OS_* variables, Keystone v2.0 and v3.

Everything of the protocol is done by openstacksdk (configuration) and keystoneauth1 (tokens, service catalogue), the
extra `openstack`. They are imported only here, and only when somebody needs them.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import requests
import yaml

from volcheck.contract.regularfile import open_regular
from volcheck.endpoint.model import normalise_base_url
from volcheck.endpoint.trust import usable_bundle
from volcheck.errors import EndpointError, UsageError

if TYPE_CHECKING:
    from keystoneauth1.access import AccessInfo

#: Types of the volume service in a catalogue, the one whose API is ours first.
SERVICE_TYPES = ("volumev2", "volumev3", "block-storage")

_SECRET_FIELDS = ("password", "token", "passcode", "application_credential_secret", "client_secret")
#: Seconds before its end at which a token is replaced, and the same as a part of its life for short ones.
_MARGIN, _MARGIN_PART = 60.0, 0.25
#: A token refused when it is younger than this (seconds) is refused for another reason than its age.
_YOUNG = 1.0
_TIMEOUT = 60.0
#: Of clouds.yaml; more is none.
_MOST_BYTES = 8 * 1024 * 1024


@attrs.frozen
class Connection:
    """How the identity service is reached, as for the volume service itself.

    verify: True, False or the path of a CA bundle; None leaves it to the cloud's own settings.
    use_proxy: whether proxies of the environment are honoured. trusted: the CA bundle that counts where neither the user
    nor the cloud says anything.
    """

    region: str | None = None
    verify: bool | str | None = None
    use_proxy: bool = False
    trusted: str | None = None


@attrs.frozen
class Account:
    """Somebody who has authenticated: a project, tokens in it, and where its cloud serves volumes.

    secrets and user_names are what must not be written anywhere. region: the cloud's, None where any will do.
    """

    source: KeystoneTokens = attrs.field(repr=False)
    project_id: str
    region: str | None
    interface: str
    verify: bool | str
    secrets: tuple[str, ...] = attrs.field(repr=False)
    user_names: tuple[str, ...] = attrs.field(repr=False)

    def volume_url(self, types: Sequence[str] = SERVICE_TYPES) -> str:
        """The base URL of the volume service in the catalogue, by the first type that is there.

        Raises EndpointError naming what the catalogue has instead.
        """
        catalogue = self.source.access.service_catalog.get_endpoints_data(interface=self.interface)
        for wanted in types:
            for each in catalogue.get(wanted, []):
                if self.region in (None, each.region_name):
                    return normalise_base_url(str(each.url), self.project_id)
        regions = sorted({str(each.region_name) for kind in types for each in catalogue.get(kind, [])})
        if regions:
            raise EndpointError(
                f"The service catalogue has a volume service in {', '.join(regions)} but none in region {self.region}: "
                "choose one with --region or OS_REGION_NAME."
            )
        raise EndpointError(
            f"The service catalogue names no {self.interface} endpoint of type {', '.join(types)} (it has "
            f"{', '.join(sorted(catalogue)) or 'nothing'}): give the volume service's URL with --endpoint."
        )


class KeystoneTokens:
    """Tokens from Keystone, replaced before they expire and on demand. May be used from several threads."""

    def __init__(self, plugin: Any, session: Any, who: str) -> None:
        self._plugin = plugin
        self._session = session
        self._who = who
        self._lock = threading.Lock()
        self._fetched = 0.0
        self._good_until = 0.0
        self.access = self._authenticate()

    def token(self) -> str:
        """Return a token with some life left. Raises EndpointError when Keystone gives none."""
        with self._lock:
            if time.monotonic() >= self._good_until:
                self.access = self._authenticate()
            return str(self.access.auth_token)

    def renew(self) -> str | None:
        """Return a new token after a 401; None where the refused one was brand-new, as another would fare no better."""
        with self._lock:
            if time.monotonic() - self._fetched < _YOUNG:
                return None
            self.access = self._authenticate()
            return str(self.access.auth_token)

    def _authenticate(self) -> AccessInfo:
        from keystoneauth1 import exceptions

        began = time.monotonic()
        self._plugin.invalidate()
        url = self._plugin.auth_url
        try:
            access: AccessInfo = self._plugin.get_access(self._session)
        except exceptions.Unauthorized:
            raise EndpointError(
                f"The identity service {url} refused {self._who} (401): check user name, password and project."
            ) from None
        except exceptions.HttpError as error:
            raise EndpointError(
                f"The identity service {url} gave {self._who} no token ({error.http_status}: {_line(error)})."
            ) from None
        except exceptions.ConnectFailure as error:
            raise EndpointError(
                f"The identity service {url} can't be reached ({type(error).__name__}): check the auth URL and the network."
            ) from None
        except exceptions.SSLError as error:
            raise EndpointError(
                f"TLS with the identity service {url} failed ({_line(error)}): check the auth URL, and name the CA bundle "
                "with --cacert where it has its own."
            ) from None
        except exceptions.ClientException as error:
            raise EndpointError(
                f"No token could be got from {url} for {self._who} ({_line(error)}): check the auth URL and "
                "OS_IDENTITY_API_VERSION."
            ) from None
        self._fetched = began
        self._good_until = began + _usable(access)
        return access


def _usable(access: AccessInfo) -> float:
    """Seconds that a token just issued may be used: its life without a margin.

    Its life is told by Keystone's own clock where it says when it issued the token, so that ours may be wrong.
    """
    # Some services leave the time of issue out; keystoneauth then fails on what isn't there.
    try:
        issued = access.issued
    except (KeyError, AttributeError, TypeError):
        issued = None
    if access.expires is None:
        return float("inf")
    life = float((access.expires - (issued or datetime.now(UTC))).total_seconds())
    return max(life - min(_MARGIN, life * _MARGIN_PART), 0.0)


def account_of(cloud: str | None, connection: Connection) -> Account:
    """Authenticate as a cloud of clouds.yaml, or (None) as the OS_* variables say.

    Raises UsageError for what is missing or unknown, EndpointError where Keystone can't be reached or refuses.
    """
    try:
        from keystoneauth1 import exceptions as failures
        from keystoneauth1.session import Session
        from openstack import exceptions
        from openstack.config import OpenStackConfig, loader
    except ImportError as error:
        raise UsageError(
            f"clouds.yaml and OS_* credentials need the package {error.name or 'openstacksdk'}: install "
            "volcheck[openstack], or give --endpoint, --project-id and OS_TOKEN."
        ) from None
    # What its logger has to say becomes an error of ours, or nothing.
    logging.getLogger("keystoneauth").addHandler(logging.NullHandler())
    who = f"cloud {cloud}" if cloud else "the user of the OS_* variables"
    if cloud is not None:
        _check_file(cloud, loader.CONFIG_FILES, "OS_CLIENT_CONFIG_FILE", os.environ)
        _check_file(cloud, loader.SECURE_FILES, "OS_CLIENT_SECURE_FILE", os.environ)
    try:
        with warnings.catch_warnings():
            # Deprecations inside the SDK are nothing that our users could act on.
            warnings.simplefilter("ignore")
            config = OpenStackConfig(app_name="volcheck")
            names = [name for name in config.get_cloud_names() if name not in ("defaults", config.envvar_key)]
            if cloud is not None and cloud not in names:
                raise UsageError(_unknown(cloud, names, config.config_filename))
            name = cloud or config.envvar_key
            wanted: dict[str, Any] = {}
            if connection.region and config.cloud_config["clouds"].get(name, {}).get("regions"):
                # Regions that are listed may have settings of their own.
                wanted["region_name"] = connection.region
            chosen = config.get_one(name, validate=False, **wanted)
            given = {**chosen.config, **chosen.config["auth"]}
            version_2 = str(given.get("identity_api_version")).startswith("2")
            if version_2 or given.get("auth_type") in ("password", "v2password", "v3password"):
                _check_password(given, who)
            if version_2:
                plugin: Any = _password_of_v2(given)
            else:
                chosen = config.get_one(name, **wanted)
                plugin = chosen.get_auth()
            own_verify, certificate = chosen.get_requests_verify_args()
    except exceptions.ConfigException as error:
        raise UsageError(f"The credentials of {who} can't be used: {_line(error)}") from None
    except (failures.MissingRequiredOptions, failures.NoMatchingPlugin, failures.OptionError) as error:
        raise UsageError(f"The credentials of {who} are not complete: {_line(error)}") from None
    except TypeError as error:
        # What a plugin says of settings that it does not know or can't do without.
        raise UsageError(f"The credentials of {who} do not fit its auth_type: {_line(error)}") from None
    except (AttributeError, KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"The credentials of {who} can't be read ({type(error).__name__}: {_line(error)}): check the fields of its entry "
            "in clouds.yaml and the OS_* variables."
        ) from None
    # Depending on the plugin they stand in `auth` or beside it.
    known = {
        str(key): str(value) for key, value in {**chosen.config, **chosen.config["auth"]}.items() if value
    }
    verify = connection.verify if connection.verify is not None else own_verify
    if connection.verify is None and isinstance(own_verify, str):
        usable_bundle(own_verify, f"The cacert of {who}")
    if verify in (True, None) and connection.trusted is not None:
        verify = connection.trusted
    transport = requests.Session()
    transport.trust_env = connection.use_proxy
    # What would be sent for ~/.netrc otherwise, which goes with proxies to requests.
    transport.auth = _as_it_is
    tokens = KeystoneTokens(
        plugin,
        Session(
            verify=verify,
            cert=certificate,
            session=transport,
            timeout=_TIMEOUT,
            app_name="volcheck",
        ),
        who,
    )
    project = tokens.access.project_id
    if not project:
        raise UsageError(
            f"The token of {who} belongs to no project: name one with OS_PROJECT_ID or OS_TENANT_ID, or in clouds.yaml."
        )
    interface = chosen.get_interface("block-storage") or "public"
    return Account(
        source=tokens,
        project_id=str(project),
        region=connection.region or chosen.get_region_name("block-storage") or None,
        interface=interface if isinstance(interface, str) else interface[0],
        verify=True if verify is None else verify,
        secrets=tuple(known[key] for key in _SECRET_FIELDS if key in known),
        user_names=tuple(
            dict.fromkeys(name for name in (known.get("username"), tokens.access.username) if name)
        ),
    )


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """A request that already carries all that says who asks."""
    return request


def _check_file(cloud: str, files: Sequence[str], variable: str, environ: Mapping[str, str]) -> None:
    """Raise UsageError where the file that the SDK would take is none, says why, or is laid out otherwise.

    The SDK passes over what it can't read, and then knows no cloud of that name.
    """
    named = environ.get(variable)
    if named and not Path(named).exists():
        raise UsageError(f"{variable} names {named}, which does not exist: correct or unset it.")
    path = next((Path(name) for name in ([named] if named else files) if Path(name).exists()), None)
    if path is None:
        return
    try:
        with open_regular(path) as file:
            content = yaml.safe_load(file.read(_MOST_BYTES))
    except OSError as error:
        raise UsageError(
            f"{path} can't be read ({error.strerror}): check the path and its permissions."
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or _line(error)
        raise UsageError(f"{path}{where} is not valid YAML ({problem}): correct the file.") from None
    clouds = content.get("clouds") if isinstance(content, dict) else None
    if not isinstance(clouds, dict):
        raise UsageError(
            f"{path} has no `clouds:` with the clouds by their names below it: correct the file."
        )
    entry = clouds.get(cloud, {})
    if not isinstance(entry, dict) or not isinstance(entry.get("auth", {}), dict):
        raise UsageError(
            f"{path}: the entry {cloud} is not laid out as fields, with those of the credentials below `auth:`: correct it."
        )


def _check_password(given: Mapping[str, Any], who: str) -> None:
    """Raise UsageError where what a token by password needs is not all there."""
    missing = [
        variable
        for variable, fields in (
            ("OS_AUTH_URL", ("auth_url",)),
            ("OS_USERNAME", ("username", "user_id")),
            ("OS_PASSWORD", ("password",)),
        )
        if not any(given.get(field) for field in fields)
    ]
    if missing:
        raise UsageError(
            f"The credentials of {who} are not complete: set {', '.join(missing)}, or the same in clouds.yaml."
        )


def _password_of_v2(given: Mapping[str, Any]) -> Any:
    """The plugin for Keystone v2.0, asked without a look at a version document: not every provider serves one.

    Domains that v3 needs are left out, as v2.0 knows none.
    """
    from keystoneauth1.identity import v2

    user = {key: given[key] for key in ("username", "user_id") if given.get(key)}
    return v2.Password(
        given["auth_url"],
        **user,
        password=given["password"],
        tenant_id=given.get("project_id"),
        tenant_name=given.get("project_name"),
    )


def _unknown(cloud: str, names: Sequence[str], file: str | None) -> str:
    if file is None:
        return (
            f"There is no cloud {cloud}, as no clouds.yaml was found: put one into the current folder or "
            "~/.config/openstack, or name it in OS_CLIENT_CONFIG_FILE."
        )
    return f"There is no cloud {cloud} in {file}: it has {', '.join(sorted(names)) or 'none'}."


def _line(error: Exception) -> str:
    """What an exception says, in one line: whoever prints it cuts it, when secrets are out of it."""
    return " ".join(str(error).split()) or type(error).__name__
