"""A few Keystone v3 requests by the standard library: tokens for the launcher, accounts for the installer."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from releases import LabError

#: Loopback only, whatever proxies the caller's environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Answer:
    """Status, headers (lower-case names) and body: decoded JSON, text where it is none."""

    status: int
    headers: dict[str, str]
    body: Any


def call(method: str, url: str, body: Any = None, token: str | None = None) -> Answer:
    """Send one JSON request. Error statuses are answers; OSError when nobody listens."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["X-Auth-Token"] = token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        response = OPENER.open(request, timeout=60)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        text = response.read()
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, json.loads(text) if _is_json(names, text) else text.decode())


def _is_json(headers: dict[str, str], text: bytes) -> bool:
    return bool(text) and headers.get("content-type", "").startswith("application/json")


def expect(answer: Answer, *statuses: int, doing: str) -> Any:
    """The body of `answer`; LabError when its status is none of `statuses`."""
    if answer.status not in statuses:
        raise LabError(
            f"{doing} answered {answer.status} instead of {statuses[0]}: {answer.body}. "
            "Read the log of the service in the state folder."
        )
    return answer.body


@dataclass(frozen=True)
class Account:
    """A user with the project it works in; both in the domain Default."""

    username: str
    password: str
    project_name: str

    def token(self, identity: str) -> Token:
        """Ask Keystone at `identity` (…/v3) for a token of this project."""
        domain = {"name": "Default"}
        user = {"name": self.username, "password": self.password, "domain": domain}
        request = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": self.project_name, "domain": domain}},
            }
        }
        answer = call("POST", f"{identity}/auth/tokens", request)
        token = expect(answer, 201, doing=f"A token for {self.username}")["token"]
        return Token(answer.headers["x-subject-token"], token["project"]["id"], token["expires_at"])


@dataclass(frozen=True)
class Token:
    """An issued token; `expires` as Keystone writes it."""

    value: str
    project_id: str
    expires: str


@dataclass(frozen=True)
class Accounts:
    """Everybody whom the installer makes; passwords are random for each installation."""

    admin: Account
    cinder: Account
    main: Account
    other: Account

    def save(self, path: Path) -> None:
        """Write them for later starts, readable by the owner only."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Accounts:
        """Read what `save` wrote."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{name: Account(**fields) for name, fields in stored.items()})


def make_accounts(identity: str, accounts: Accounts) -> None:
    """Make the projects, the users and Cinder's catalogue entries, as the administrator that bootstrap made.

    The catalogue's URLs carry a port that each start replaces (see serve.py).
    """
    token = accounts.admin.token(identity).value

    def create(kind: str, **fields: Any) -> str:
        answer = call("POST", f"{identity}/{kind}s", {kind: fields}, token)
        return str(expect(answer, 201, doing=f"Making the {kind} {fields}")[kind]["id"])

    listed = call("GET", f"{identity}/roles", token=token)
    roles = {role["name"]: role["id"] for role in expect(listed, 200, doing="The list of roles")["roles"]}
    # Checking other people's tokens needs `service` in newer releases and `admin` in older ones.
    wanted = [
        (accounts.cinder, ("admin", "service")),
        (accounts.main, ("member",)),
        (accounts.other, ("member",)),
    ]
    for account, names in wanted:
        project = create("project", name=account.project_name, domain_id="default")
        user = create("user", name=account.username, password=account.password, domain_id="default")
        for name in names:
            grant = f"{identity}/projects/{project}/users/{user}/roles/{roles[name]}"
            expect(call("PUT", grant, token=token), 204, doing=f"Giving {account.username} the role {name}")
    for name, kind in (("cinderv3", "volumev3"), ("cinder", "block-storage")):
        service = create("service", name=name, type=kind)
        url = "http://127.0.0.1:0/v3/$(project_id)s"
        create("endpoint", service_id=service, interface="public", region_id="RegionOne", url=url)
