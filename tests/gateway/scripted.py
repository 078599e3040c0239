"""A gateway over a transport that answers by a script: the whole door, real code, and no network.

transport = Scripted()
transport.on("POST", "/volumes", answer(202, {"volume": {...}}))
transport.on("GET", f"/volumes/{ID}", answer(200, {...}), TransportError("…", "network", sent=True), answer(404))
door = gateway(transport)
door.send("POST", f"/{PROJECT}/volumes", json_body={...})
assert [sent.line for sent in transport.sent] == ["POST /volumes", …]
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import attrs

from volcheck.contract import Contract, load_contract
from volcheck.endpoint.model import Endpoint, Identity, StaticToken
from volcheck.gateway.core import Gateway, Patience
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Ledger
from volcheck.gateway.redaction import Redactor
from volcheck.gateway.tag import tagged
from volcheck.gateway.transport import Answer

BASE = "http://endpoint.test:8776/v2"
RUN = "261126141726ebd7"
TAG = f"volcheck-{RUN}"
#: The whole name of a volume that the run has made with nothing but a size.
SEALED = tagged("volume", {}, TAG)["name"]
PROJECT = "8d1f3a5c7e9b4026a1c3e5f708192a3b"
SECRET = "gAAAAABn-the-token-of-the-run-0123456789"
OTHER_PROJECT = "9e2a4b6c8d0f4137b2d4f60819203b4c"
OTHER_SECRET = "gAAAAABn-the-other-token-9876543210"
#: Of two volumes, A and B, and a snapshot.
A = "aaaaaaaa-1111-4111-8111-111111111111"
B = "bbbbbbbb-2222-4222-8222-222222222222"
SNAPSHOT = "cccccccc-3333-4333-8333-333333333333"
OTHER = Identity(OTHER_PROJECT, StaticToken(OTHER_SECRET))
#: Everything that waits waits for a fifth of a second at most.
QUICK = Patience(busy=0.2, silent=0.1, unheard=0.1, pause=0.001)


@attrs.frozen
class Sent:
    """One request that reached the transport."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def path(self) -> str:
        """The path below the base URL and its project: `/volumes/ID`; of other URLs the whole path."""
        path = urlsplit(self.url).path
        for project in (PROJECT, OTHER_PROJECT):
            path = path.removeprefix(f"{urlsplit(BASE).path}/{project}")
        return path

    @property
    def line(self) -> str:
        """`GET /volumes/ID`, the query left out."""
        return f"{self.method} {self.path}"

    @property
    def query(self) -> dict[str, str]:
        """The query; of equal names the last one."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"null")


#: What a rule has for a request: an answer, an error to raise, or a function that makes either of the request.
Reply = Answer | Exception | Callable[[Sent], "Answer | Exception"]


def answer(
    status: int = 200,
    body: object = b"",
    *,
    headers: Mapping[str, str] | None = None,
    reason: str = "",
    truncated: bool = False,
) -> Answer:
    """An answer. body: bytes and text as they are, anything else as JSON. headers: names in lower case."""
    if isinstance(body, str):
        body = body.encode()
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"content-type": "application/json"} if data else {}
    return Answer(status, reason, {**kind, **(headers or {})}, data, truncated)


def shown(kind: str, resource_id: str, code: int = 200, /, **fields: Any) -> Answer:
    """The answer that shows one `volume` or `snapshot`, with the run's tag for a name unless fields say otherwise."""
    item = {"id": resource_id, "name": TAG, "status": "available", "size": 1, **fields}
    return answer(code, {kind: item})


def _nothing_there(sent: Sent) -> Answer:
    return answer(200, {sent.path.split("/")[1]: []})


class Scripted:
    """The transport. A request that no rule answers fails the test, apart from lists, which are empty.

    sent: all requests in their order.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.closed = False
        self.interrupted = False
        self.hurried: list[float] = []
        self._rules: list[tuple[str, str, list[Reply]]] = []
        for path in ("/volumes", "/volumes/detail", "/snapshots", "/snapshots/detail"):
            self.on("GET", path, _nothing_there)

    def on(self, method: str, path: str, *replies: Reply) -> None:
        """Reply so to these requests, in this order, the last reply for ever. The newest rule that fits counts.

        path: below the project (`/volumes`) or below the host (`/v2/…`, `/`); `*` stands for any text. `*` as method
        is any method.
        """
        self._rules.insert(0, (method, path, list(replies)))

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Remember the request, and reply by the rules."""
        sent = Sent(method, url, dict(headers), body)
        self.sent.append(sent)
        for of, path, replies in self._rules:
            if of in ("*", method) and fnmatchcase(sent.path, path):
                reply = replies[0] if len(replies) == 1 else replies.pop(0)
                made = reply if isinstance(reply, Answer | Exception) else reply(sent)
                if isinstance(made, Exception):
                    raise made
                return made
        raise AssertionError(f"the script has no answer to {sent.line}")

    def hurry(self, seconds: float) -> None:
        """Remember what requests are bound to from now on."""
        self.hurried.append(seconds)

    def interrupt(self) -> None:
        """Remember that requests were broken off."""
        self.interrupted = True

    def close(self) -> None:
        """Remember that nothing more is to come."""
        self.closed = True

    @property
    def lines(self) -> list[str]:
        """`GET /volumes` for each request."""
        return [sent.line for sent in self.sent]


@cache
def contract() -> Contract:
    """The real contract, loaded once."""
    return load_contract()


def gateway(
    transport: Scripted,
    *,
    identity: Identity | None = None,
    other: Identity | None = None,
    base_url: str = BASE,
    ledger: Ledger | None = None,
    redactor: Redactor | None = None,
    patience: Patience = QUICK,
    read_only: bool = False,
) -> Gateway:
    """A gateway over a scripted transport; everything else of it is real, its ledger in memory unless one is given."""
    ledger = ledger or Ledger(None, run_id=RUN)
    return Gateway(
        Endpoint(base_url, identity or Identity(PROJECT, StaticToken(SECRET)), other),
        transport,  # type: ignore[arg-type]  # a transport is whatever sends and closes
        operations=contract(),
        redactor=redactor or Redactor([SECRET]),
        ledger=ledger,
        guard=Guard(ledger, read_only=read_only),
        patience=patience,
    )
