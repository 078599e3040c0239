"""Every fault that a run must survive, and what it must make of it."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from hostile import REQUEST_ID, Action, Answer, Closed, Connection, Request, changing, drip, on_lists

FAILED, INCONCLUSIVE, PASSED = 1, 3, 0
HEAD = (
    f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-openstack-request-id: {REQUEST_ID}\r\n"
).encode()
LIST = b'{"volumes": []}'
MARKUP = "<script>document.title='forged'</script><img src=x onerror=alert(1)>"
NASTY = (
    MARKUP,
    "\x1b[2J\x1b]0;forged\x07\x1b[31mFAILED",
    "=cmd|' /C calc'!A0",
    "$(touch forged); `touch forged` | rm -rf ~ '\"",
    "]]></failure><testsuite/>&amp;\u202e\ufffe\x00",
    "${{ secrets.TOKEN }} ::error::forged\n::set-output name=x::y",
    "\u202edetcejer\u2066\u200b\ufeff\U000e0041\u3164\x9b31m e" + "\u0301" * 40,
)


@dataclass
class Place:
    """Where a scenario is played: its folder, and the address of the hostile server.

    other_project: the project of the second identity. foreign: what the action itself has made in the name of others, as
    it is shown, by id.
    """

    folder: Path
    port: int
    other_project: str = ""
    foreign: dict[str, str] = field(default_factory=dict)


@dataclass
class Look:
    """What a scenario may look at after its run: the run's folder, console and result, and every request it sent.

    result: None where the run wrote none.
    """

    folder: Path
    console: str
    result: Any
    requests: list[Request]
    exit_code: int | None


@dataclass
class Scenario:
    """One fault.

    act: what the server does (makes the action anew for each run); None leaves the reference endpoint alone.
    exits: how the run may end. says: what must be read on the console or in the result. fails: requirements that
    must be found broken. begins: whether the run comes so far that it writes reports. leaves: whether it can't help
    leaving something behind, which it must then list, and `volcheck clean` remove when the endpoint is well again.
    seconds: within which it must end. environment: variables that the run finds. exchanges: how many requests it may send
    at most (0: no bound). more: looks for anything else that the run should have done otherwise, in sentences.
    """

    name: str
    what: str
    act: Callable[[Place], Action] | None
    exits: frozenset[int]
    says: str = ""
    fails: tuple[str, ...] = ()
    begins: bool = True
    reference: bool = True
    options: tuple[str, ...] = ()
    reference_options: tuple[str, ...] = ()
    greet: Callable[[Connection], bool] | None = None
    scheme: str = "http"
    host: str = "127.0.0.1"
    certificate: str = ""
    port_closed: bool = False
    moment: str = ""
    leaves: bool = False
    seconds: float = 180.0
    environment: tuple[tuple[str, str], ...] = ()
    exchanges: int = 0
    more: Callable[[Look], Iterator[str]] | None = None


def failed(name: str, what: str, act: Callable[[Place], Action], *fails: str, **more: object) -> Scenario:
    return Scenario(name, what, act, frozenset({FAILED}), fails=fails, **more)  # type: ignore[arg-type]


def echoed(name: str, what: str, act: Callable[[Place], Action], **more: object) -> Scenario:
    """A secret of the run comes back, which is a warning: the guide is silent. Some of these also break what is a must."""
    exits, fails = frozenset({PASSED, FAILED}), ("exchange.no-secret-echo",)
    return Scenario(name, what, act, exits, fails=fails, **more)  # type: ignore[arg-type]


def unbegun(
    name: str, what: str, says: str, act: Callable[[Place], Action] | None = None, **more: object
) -> Scenario:
    return Scenario(
        name,
        what,
        act,
        frozenset({INCONCLUSIVE}),
        says=says,
        begins=False,
        reference=False,
        **more,  # type: ignore[arg-type]
    )


# -- single answers -----------------------------------------------------------------------------------------------


def send(data: bytes) -> Action:
    """Lists are answered with these bytes, and the connection is closed."""

    def spoil(request: Request, connection: Connection) -> None:
        connection.send(data)
        raise Closed

    return on_lists(spoil)


def body(text: bytes, **headers: str) -> Action:
    """Lists are answered with this body."""
    return on_lists(lambda request, connection: connection.json(text, **headers))


def stream(head: bytes, pieces: Callable[[], Iterator[bytes]]) -> Action:
    """Lists are answered with a head and these pieces."""

    def spoil(request: Request, connection: Connection) -> None:
        connection.send(head)
        for piece in pieces():
            connection.send(piece)
        raise Closed

    return on_lists(spoil)


def forever(piece: bytes) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        while True:
            yield piece

    return pieces


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def reset_after(data: bytes) -> Action:
    def spoil(request: Request, connection: Connection) -> None:
        connection.send(data)
        time.sleep(0.05)
        connection.reset()

    return on_lists(spoil)


def hang(request: Request, connection: Connection) -> bool:
    time.sleep(600)
    return True


def dripping(before: bytes, dripped: bytes) -> Action:
    def spoil(request: Request, connection: Connection) -> None:
        connection.send(before)
        drip(connection, dripped)

    return on_lists(spoil)


def bomb() -> bytes:
    """One GiB of zeros in about one MB of gzip."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1024 * 1024)
    pieces = [compressor.compress(block) for _ in range(1024)]
    return b"".join([*pieces, compressor.flush()])


def gzip_bomb(place: Place) -> Action:
    data = bomb()
    return body(data, **{"Content-Encoding": "gzip"})


# -- redirects ----------------------------------------------------------------------------------------------------


class Elsewhere:
    """Another server on another port, to which answers lead. Whatever reaches it should not have."""

    def __init__(self) -> None:
        self._listener: socket.socket | None = None

    def port(self) -> int:
        """Listen, if not yet, and answer the port."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        number: int = self._listener.getsockname()[1]
        return number

    def look(self, look: Look) -> Iterator[str]:
        """What reached it, and what followed at home a link or redirect that is marked with `lure=`."""
        assert self._listener is not None
        self._listener.setblocking(False)
        for _ in range(256):
            try:
                caller, _ = self._listener.accept()
            except BlockingIOError:
                break
            with caller:
                caller.settimeout(1)
                try:
                    head = caller.recv(65536).decode("latin-1")
                except OSError:
                    head = ""
            token = ", with a token" if "x-auth-token" in head.lower() else ""
            yield f"a connection to the other port{token}: {head.splitlines()[:1]}"
        for request in look.requests:
            if "lure=" in request.target:
                yield f"what leads astray was followed: {request.method} {request.target}"
                return


def redirect(target: Callable[[Request], str], status: int = 302) -> Action:
    def spoil(request: Request, connection: Connection) -> None:
        connection.send(Answer(status, {"Location": target(request)}, b"").encode())

    return on_lists(spoil)


def next_in_chain(request: Request) -> str:
    number = int((re.search(r"hop=(\d+)", request.target) or [0, "0"])[1])
    return f"{request.path}?hop={number + 1}&lure=1"


def none_followed(look: Look) -> Iterator[str]:
    """A redirect that was followed comes back with the mark that it was sent with."""
    followed = sum("lure=" in request.target for request in look.requests)
    if followed:
        yield f"{followed} redirects were followed"


# -- lists --------------------------------------------------------------------------------------------------------


def volume(place: Place, project: str, number: int, **more: object) -> dict[str, object]:
    ident = f"00000000-0000-4000-8000-{number:012d}"
    base = f"http://127.0.0.1:{place.port}"
    made: dict[str, object] = {
        "id": ident,
        "name": f"v{number}",
        "description": None,
        "status": "available",
        "size": 1,
        "bootable": "false",
        "volume_type": "General",
        "availability_zone": "nova",
        "created_at": "2026-01-02T03:04:05.000000",
        "updated_at": None,
        "encrypted": False,
        "multiattach": False,
        "metadata": {},
        "attachments": [],
        "snapshot_id": None,
        "source_volid": None,
        "consistencygroup_id": None,
        "replication_status": None,
        "user_id": "0" * 32,
        "os-vol-tenant-attr:tenant_id": project,
        "links": [
            {"rel": "self", "href": f"{base}/v2/{project}/volumes/{ident}"},
            {"rel": "bookmark", "href": f"{base}/{project}/volumes/{ident}"},
        ],
    }
    return {**made, **more}


def listing(
    place: Place, pages: Callable[[str, int], tuple[int, str | None]], *, fixed: bool = False
) -> Action:
    """Detailed lists of invented volumes. pages: from project and page number to how many, and the next link."""

    def spoil(request: Request, connection: Connection) -> None:
        project = request.path.split("/")[2]
        page = int((re.search(r"page=(\d+)", request.target) or [0, "0"])[1])
        number, link = pages(f"http://127.0.0.1:{place.port}{request.path}", page)
        first = 0 if fixed else page * 1000
        items = [volume(place, project, first + n) for n in range(number)]
        links = [{"rel": "next", "href": link}] if link else None
        connection.json(
            json.dumps({"volumes": items, **({"volumes_links": links} if links else {})}).encode()
        )

    return on_lists(spoil)


def endless_chain(place: Place) -> Action:
    return listing(place, lambda url, page: (1, f"{url}?page={page + 1}"))


def endless_same(place: Place) -> Action:
    return listing(place, lambda url, page: (1, f"{url}?again={page}&page=0{page + 1}"), fixed=True)


def link_to_itself(place: Place) -> Action:
    return listing(place, lambda url, page: (1, f"{url}?page=1"))


def lure(link: Callable[[int, int, str], str], elsewhere: Elsewhere) -> Callable[[Place], Action]:
    """Every page has a next link that leads astray. link: from this server's port, another's, and the list's path."""

    def make(place: Place) -> Action:
        other = elsewhere.port()

        def pages(url: str, page: int) -> tuple[int, str | None]:
            path = url.split("/", 3)[3]
            return 1, f"{link(place.port, other, path)}?page=1&lure=1"

        return listing(place, pages)

    return make


def lured(name: str, what: str, link: Callable[[int, int, str], str], *, home: bool = False) -> Scenario:
    """A next link that must not be followed. home: it leads to the right host, so that nothing but the walk can tell."""
    elsewhere = Elsewhere()
    return Scenario(
        name,
        what,
        lure(link, elsewhere),
        frozenset({FAILED, INCONCLUSIVE}) if home else frozenset({FAILED}),
        says="leads out of" if home else "",
        fails=() if home else ("paging.next-link-stays-home",),
        more=elsewhere.look,
    )


def redirected(status: int) -> Scenario:
    """A redirect of the lists to another port."""
    elsewhere = Elsewhere()

    def make(place: Place) -> Action:
        other = elsewhere.port()
        return redirect(lambda request: f"http://127.0.0.1:{other}{request.path}?lure=1", status)

    name = "redirect-elsewhere" if status == 302 else f"redirect-{status}-elsewhere"
    return failed(name, f"a redirect ({status}) to another port", make, STATUS, more=elsewhere.look)


def hundred_thousand(place: Place) -> Action:
    """The project's own list comes first, and after it a hundred pages of a thousand older volumes."""

    def act(request: Request, connection: Connection) -> bool:
        query = request.target.partition("?")[2]
        if request.method != "GET" or not re.search(r"/volumes(/detail)?$", request.path):
            return False
        if query and not query.startswith("page="):
            return False
        page = int(query.removeprefix("page=") or 0)
        url = f"http://127.0.0.1:{place.port}{request.path}?page={page + 1}"
        links = [{"rel": "next", "href": url}] if page < 100 else []
        if page == 0:
            answer = connection.forward(request)
            if answer.status == 200:
                answer.body = json.dumps({**json.loads(answer.body), "volumes_links": links}).encode()
            connection.send(answer.encode())
            return True
        pattern = volume(place, request.path.split("/")[2], 999_999_999_999)
        shown = (
            pattern if request.path.endswith("detail") else {k: pattern[k] for k in ("id", "name", "links")}
        )
        text = json.dumps(shown)
        items = ", ".join(text.replace("999999999999", f"{page * 1000 + n:012d}") for n in range(1000))
        more = f', "volumes_links": {json.dumps(links)}' if links else ""
        connection.json(f'{{"volumes": [{items}]{more}}}'.encode())
        return True

    return act


def hundred_thousand_at_once(place: Place) -> Action:
    kept: list[bytes] = []

    def spoil(request: Request, connection: Connection) -> None:
        if not kept:
            project = request.path.split("/")[2]
            pieces = [json.dumps(volume(place, project, n)) for n in range(1000)]
            kept.append(('{"volumes": [' + ", ".join(pieces * 100) + "]}").encode())
        connection.json(kept[0])

    return on_lists(spoil)


# -- changed answers ----------------------------------------------------------------------------------------------


def with_items(change: Callable[[dict[str, object], Request], None]) -> Action:
    """Forwards, and changes every volume of every answer."""

    def apply(request: Request, answer: Answer) -> Answer:
        try:
            document = json.loads(answer.body)
        except ValueError:
            return answer
        found = document if isinstance(document, dict) else {}
        for item in [*(found.get("volumes") or ()), found.get("volume")]:
            if isinstance(item, dict):
                change(item, request)
        return Answer(answer.status, answer.headers, json.dumps(document).encode())

    return changing(apply)


def climbing_ids(item: dict[str, object], request: Request) -> None:
    if request.method == "GET":
        item["id"] = f"../../../{item['id']}"


def nasty_names(place: Place) -> Action:
    def spoil(request: Request, connection: Connection) -> None:
        project = request.path.split("/")[2]
        items = [
            volume(place, project, n, name=text, description=text, status=text, metadata={text: text})
            for n, text in enumerate(NASTY)
        ]
        connection.json(json.dumps({"volumes": items, MARKUP: MARKUP}).encode(), **{"X-Forged": MARKUP})

    return on_lists(spoil)


def nasty_errors(place: Place) -> Action:
    def spoil(request: Request, connection: Connection) -> None:
        text = " ".join(NASTY)
        connection.json(json.dumps({text: {"code": 404, "message": text}}).encode(), 404)

    return on_lists(spoil)


def years_apart(part: str) -> Action:
    """The clock of the service (or only that of the Date header) goes ten years after."""
    shift = timedelta(days=3650)

    def apply(request: Request, answer: Answer) -> Answer:
        headers = {k: v for k, v in answer.headers.items() if k.lower() != "date"}
        headers["Date"] = format_datetime(datetime.now(UTC) - shift, usegmt=True)
        text = answer.body.decode()
        if part == "both":
            text = re.sub(
                r'("(?:created|updated)_at": ?")(\d{4})',
                lambda match: f"{match[1]}{int(match[2]) - 10}",
                text,
            )
        return Answer(answer.status, headers, text.encode())

    return changing(apply)


def lost_answers(place: Place) -> Action:
    """Every third creation is carried out and answered with an error."""
    counted = [0]

    def act(request: Request, connection: Connection) -> bool:
        if request.method != "POST":
            return False
        counted[0] += 1
        answer = connection.forward(request)
        if counted[0] % 3 == 0 and answer.status == 202:
            text = b'{"computeFault": {"code": 500, "message": "The server has erred."}}'
            answer = Answer(500, {"Content-Type": "application/json"}, text)
        connection.send(answer.encode())
        return True

    return act


def broken_creations(place: Place) -> Action:
    """Creations are carried out, and the answer breaks off."""
    counted = [0]

    def act(request: Request, connection: Connection) -> bool:
        if request.method != "POST":
            return False
        if STANDING not in request.body:
            # The first resources and the other shared ones are left alone, so that the run comes to this one.
            counted[0] += b'"standing"' not in request.body
            if counted[0] % 4 or counted[0] < 8:
                return False
        connection.forward(request)
        connection.reset()
        return True

    return act


#: What stands in the body of one creation of a run, and of no other.
STANDING = b'"number": "2", "purpose": "standing"'


def sent_once(look: Look) -> Iterator[str]:
    """A creation whose answer was lost reached the server once."""
    arrived = sum(request.method == "POST" and STANDING in request.body for request in look.requests)
    if arrived != 1:
        yield f"a creation whose answer was lost arrived {arrived} times"


def foreign_ids(place: Place) -> Action:
    """A creation is answered with a volume that was there before."""

    def act(request: Request, connection: Connection) -> bool:
        if not (request.method == "POST" and request.path.endswith("/volumes")):
            return False
        answer = connection.forward(request)
        token = {"X-Auth-Token": request.headers.get("X-Auth-Token", ""), "Host": request.headers["Host"]}
        listed = connection.forward(Request("GET", request.path, token, b""))
        mine = json.loads(answer.body).get("volume", {}).get("id") if answer.status == 202 else None
        others = [
            v
            for v in json.loads(listed.body)["volumes"]
            if v["id"] != mine and "volcheck-" not in json.dumps(v)
        ]
        if mine and others:
            answer.body = answer.body.replace(mine.encode(), others[0]["id"].encode())
        connection.send(answer.encode())
        return True

    return act


def echoing(place: Place) -> Action:
    """The token comes back in a header and, where there is an object, in the body."""

    def apply(request: Request, answer: Answer) -> Answer:
        token = next((v for k, v in request.headers.items() if k.lower() == "x-auth-token"), "")
        headers = {**answer.headers, "X-Your-Token": token}
        text = answer.body
        if text.startswith(b"{"):
            text = b'{"token": ' + json.dumps(token).encode() + b", " + text[1:]
        return Answer(answer.status, headers, text)

    return changing(apply)


def unavailable(begin: int, seconds: float) -> Callable[[Place], Action]:
    """From the given request on everything is answered 503 for so long."""

    def make(place: Place) -> Action:
        seen: list[float] = []

        def act(request: Request, connection: Connection) -> bool:
            seen.append(time.monotonic())
            if len(seen) < begin or seen[-1] - seen[begin - 1] > seconds:
                return False
            connection.send(Answer(503, {"Content-Type": "text/plain"}, b"busy").encode())
            return True

        return act

    return make


def unreachable(begin: int, seconds: float) -> Callable[[Place], Action]:
    """From the given request on connections are reset for so long."""

    def make(place: Place) -> Action:
        seen: list[float] = []

        def act(request: Request, connection: Connection) -> bool:
            seen.append(time.monotonic())
            if len(seen) < begin or seen[-1] - seen[begin - 1] > seconds:
                return False
            connection.reset()
            return True

        return act

    return make


def dead_from(begin: int) -> Callable[[Place], Action]:
    return unreachable(begin, 1e9)


# -- greetings ----------------------------------------------------------------------------------------------------


def greet_reset(connection: Connection) -> bool:
    connection.reset()
    return True


def greet_ssh(connection: Connection) -> bool:
    connection.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")
    time.sleep(0.5)
    return True


def greet_silence(connection: Connection) -> bool:
    time.sleep(600)
    return True


def certificate(folder: Path, kind: str) -> ssl.SSLContext:
    """A server's TLS context with a certificate of its own: `self-signed`, `expired` or `other-name`."""
    alternative = "DNS:somewhere.else.test" if kind == "other-name" else "IP:127.0.0.1"
    (folder / "index.txt").touch()
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\npolicy=p\nnew_certs_dir=.\n"
        f"rand_serial=yes\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName={alternative}\n"
    )
    year = "20" if kind == "expired" else "49"
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "req.pem"]
    dates = ["-startdate", "200101000000Z", "-enddate", f"{year}0102000000Z"]
    for command in (
        ["openssl", "req", "-new", *key, "-subj", "/CN=volcheck test"],
        ["openssl", "ca", "-selfsign", "-batch", "-notext", "-config", "ca.cnf", "-in", "req.pem",
         "-keyfile", "key.pem", "-out", "cert.pem", *dates],
    ):  # fmt: skip
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(f"{' '.join(command)}: {made.stderr}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


WELL_FORMED, COMPLETE, STATUS = (
    "exchange.well-formed-json",
    "exchange.complete-answer",
    "exchange.documented-status",
)

SCENARIOS: tuple[Scenario, ...] = (
    # before the first answer
    unbegun("connection-refused", "nobody listens", "connection was refused", port_closed=True),
    unbegun(
        "dns-failure", "the host's name does not exist", "can't be resolved", host="volcheck-test.invalid"
    ),
    unbegun(
        "reset-on-accept",
        "connections are reset as soon as they stand",
        "connection was closed",
        greet=greet_reset,
    ),
    unbegun(
        "never-answers", "requests are read and never answered", "no answer within", act=lambda place: hang
    ),
    unbegun(
        "accepts-and-sleeps",
        "connections are accepted and nothing is read",
        "no answer within",
        greet=greet_silence,
    ),
    unbegun("not-http", "another protocol answers", "can't be reached", greet=greet_ssh),
    unbegun(
        "tls-self-signed",
        "a certificate that nobody vouches for",
        "TLS failed",
        scheme="https",
        certificate="self-signed",
        act=lambda place: hang,
    ),
    unbegun(
        "tls-expired",
        "an expired certificate",
        "TLS failed",
        scheme="https",
        certificate="expired",
        act=lambda place: hang,
        options=("--cacert", "CERT"),
    ),
    unbegun(
        "tls-other-name",
        "a certificate for another host",
        "TLS failed",
        scheme="https",
        certificate="other-name",
        act=lambda place: hang,
        options=("--cacert", "CERT"),
    ),
    unbegun(
        "tls-to-plain",
        "TLS is wanted and plain HTTP spoken",
        "TLS failed",
        scheme="https",
        act=lambda place: hang,
    ),
    unbegun(
        "tls-reset", "a reset in the TLS handshake", "can't be reached", scheme="https", greet=greet_reset
    ),
    unbegun(
        "tls-silence",
        "a TLS handshake that never ends",
        "can't be reached",
        scheme="https",
        greet=greet_silence,
    ),
    # one operation breaks off
    Scenario(
        "reset-before-answer",
        "a reset in place of an answer",
        lambda place: reset_after(b""),
        frozenset({INCONCLUSIVE}),
        says="closed before an answer|stopped answering",
    ),
    Scenario(
        "reset-in-headers",
        "a reset within the headers",
        lambda place: reset_after(HEAD),
        frozenset({INCONCLUSIVE, FAILED}),
        says="closed before an answer|stopped answering|broke off",
    ),
    failed(
        "reset-in-body",
        "a reset within the body",
        lambda place: reset_after(HEAD + b"Content-Length: 500\r\n\r\n{"),
        COMPLETE,
    ),
    Scenario(
        "one-operation-hangs",
        "lists are never answered",
        lambda place: on_lists(lambda r, c: time.sleep(600)),
        frozenset({INCONCLUSIVE}),
        says="no answer within|stopped answering",
    ),
    failed(
        "slow-body",
        "one byte of the body a second",
        lambda place: dripping(HEAD + b"Content-Length: 500\r\n\r\n", b"{" + b" " * 499),
        COMPLETE,
    ),
    failed(
        "slow-headers",
        "one byte of the headers a second",
        lambda place: dripping(b"HTTP/1.1 200 OK\r\n", HEAD),
        COMPLETE,
    ),
    failed(
        "endless-body",
        "a body without an end",
        lambda place: stream(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", forever(chunk(b" " * 65536))),
        WELL_FORMED,
    ),
    failed(
        "one-gib-body",
        "a body of 1 GiB",
        lambda place: stream(
            HEAD + b"Content-Length: 1073741824\r\n\r\n", lambda: (b" " * 1048576 for _ in range(1024))
        ),
        WELL_FORMED,
    ),
    failed("gzip-bomb", "a GiB of zeros in a MB of gzip", gzip_bomb, WELL_FORMED),
    failed(
        "broken-gzip",
        "a body that says it is gzip and isn't",
        lambda place: body(LIST, **{"Content-Encoding": "gzip"}),
        COMPLETE,
    ),
    failed(
        "many-empty-arrays",
        "16 MiB of the smallest JSON values there are",
        lambda place: body(b"[" + b"[]," * 5_000_000 + b"[]]"),
        WELL_FORMED,
    ),
    failed(
        "deep-nesting",
        "JSON nested a million deep",
        lambda place: body(b"[" * 1_000_000 + b"]" * 1_000_000),
        WELL_FORMED,
    ),
    failed(
        "invalid-utf8",
        "a body that isn't UTF-8",
        lambda place: body(b'{"volumes": [], "x": "\xff\xfe"}'),
        WELL_FORMED,
    ),
    failed(
        "duplicate-keys",
        "a name twice in one object",
        lambda place: body(b'{"volumes": [], "volumes": []}'),
        WELL_FORMED,
    ),
    failed(
        "nan", "NaN and Infinity", lambda place: body(b'{"volumes": [], "x": [NaN, Infinity]}'), WELL_FORMED
    ),
    failed(
        "huge-number",
        "a number of a million digits",
        lambda place: body(b'{"volumes": [], "x": ' + b"9" * 1_000_000 + b"}"),
        WELL_FORMED,
    ),
    failed(
        "lone-surrogate",
        "half a surrogate pair in a name",
        lambda place: body(b'{"volumes": [], "\\ud800": "\\udfff"}'),
        WELL_FORMED,
    ),
    failed(
        "truncated-json",
        "JSON that ends in the middle",
        lambda place: body(b'{"volumes": [{"id"'),
        WELL_FORMED,
    ),
    failed(
        "length-too-long",
        "Content-Length promises more than comes",
        lambda place: send(HEAD + b"Content-Length: 500\r\n\r\n" + LIST),
        COMPLETE,
    ),
    failed(
        "length-too-short",
        "Content-Length promises less than comes",
        lambda place: send(HEAD + b"Content-Length: 5\r\n\r\n" + LIST),
        WELL_FORMED,
    ),
    failed(
        "length-no-number",
        "a Content-Length that is no number",
        lambda place: send(HEAD + b"Content-Length: many\r\n\r\n" + LIST),
        COMPLETE,
    ),
    failed(
        "broken-chunks",
        "chunks with nonsense for a length",
        lambda place: send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
        COMPLETE,
    ),
    failed(
        "header-flood",
        "ten thousand headers",
        lambda place: send(
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n"
        ),
        COMPLETE,
    ),
    failed(
        "header-without-end",
        "a header line of 64 MiB",
        lambda place: stream(b"HTTP/1.1 200 OK\r\nX-Long: ", lambda: (b"y" * 1048576 for _ in range(64))),
        COMPLETE,
    ),
    failed(
        "status-line-nonsense",
        "a status line that is none",
        lambda place: send(b"HTTP/1.1 banana\r\n\r\n"),
        COMPLETE,
    ),
    Scenario(
        "endless-continue",
        "100 Continue, again and again",
        lambda place: stream(b"", forever(b"HTTP/1.1 100 Continue\r\n\r\n")),
        frozenset({INCONCLUSIVE}),
        says="no answer within",
    ),
    # redirects and links
    failed(
        "hundred-redirects",
        "each redirect leads to the next",
        lambda place: redirect(next_in_chain),
        STATUS,
        more=none_followed,
    ),
    failed(
        "redirect-loop",
        "a redirect to itself",
        lambda place: redirect(lambda request: request.target),
        STATUS,
    ),
    redirected(302),
    redirected(307),
    failed(
        "endless-next-links",
        "every page has a next page, with other volumes",
        endless_chain,
        "paging.limit",
        seconds=240.0,
    ),
    failed(
        "endless-same-page",
        "every page has a next page, with the same volume",
        endless_same,
        "paging.walk|list.no-strangers",
    ),
    failed(
        "next-link-to-itself",
        "a next link leads to its own page",
        link_to_itself,
        "paging.walk|list.no-strangers",
    ),
    lured(
        "next-link-elsewhere",
        "a next link leads to another port",
        lambda home, other, path: f"http://127.0.0.1:{other}/{path}",
    ),
    lured(
        "next-link-to-another-host",
        "a next link leads to another host at the same port",
        lambda home, other, path: f"http://127.0.0.2:{home}/{path}",
    ),
    lured(
        "next-link-by-tls",
        "a next link leads to another scheme",
        lambda home, other, path: f"https://127.0.0.1:{home}/{path}",
    ),
    lured(
        "next-link-of-a-user",
        "a next link names a user",
        lambda home, other, path: f"http://me:secret@127.0.0.1:{home}/{path}",
    ),
    lured(
        "next-link-behind-an-at",
        "a next link has the right host for a user's name",
        lambda home, other, path: f"http://127.0.0.1:{home}@127.0.0.1:{other}/{path}",
    ),
    lured(
        "next-link-that-climbs",
        "a next link climbs out of the base URL",
        lambda home, other, path: f"http://127.0.0.1:{home}/v2/../admin/{path}",
        home=True,
    ),
    lured(
        "next-link-out-of-the-base",
        "a next link leads beside the base URL",
        lambda home, other, path: f"http://127.0.0.1:{home}/admin/{path}",
        home=True,
    ),
    Scenario(
        "100000-volumes",
        "the project has a hundred thousand volumes, and nothing is wrong",
        hundred_thousand,
        frozenset({PASSED, INCONCLUSIVE}),
        options=("--request-timeout", "20", "--only", "list.*", "--only", "create.*", "--only", "show.*"),
        seconds=240.0,
    ),
    failed(
        "100000-volumes-at-once",
        "a hundred thousand volumes in one answer",
        hundred_thousand_at_once,
        WELL_FORMED,
    ),
    # contents
    failed(
        "climbing-ids",
        "ids that climb in paths",
        lambda place: with_items(climbing_ids),
        "exchange.body-schema",
        leaves=True,
    ),
    failed(
        "nasty-names",
        "HTML, ANSI escapes, formulas, shell and workflow commands as names",
        nasty_names,
        "exchange.body-schema|list.*",
    ),
    failed("nasty-errors", "the same in error messages", nasty_errors, "exchange.*"),
    echoed("token-echoed", "the client's token in headers and bodies", echoing),
    failed(
        "clock-of-date",
        "Date is ten years behind the service's clock",
        lambda place: years_apart("date"),
        "time.created-now",
    ),
    Scenario(
        "clock-of-service",
        "the service's clock is ten years behind",
        lambda place: years_apart("both"),
        frozenset({PASSED, FAILED}),
    ),
    failed(
        "made-behind-errors", "creations succeed and answer 500", lost_answers, "exchange.no-server-error"
    ),
    Scenario(
        "answers-of-creations-lost",
        "creations succeed and the connection is reset",
        broken_creations,
        frozenset({PASSED, INCONCLUSIVE}),
        more=sent_once,
    ),
    Scenario(
        "foreign-id-as-made",
        "a creation answers with a volume that existed before",
        foreign_ids,
        frozenset({FAILED, INCONCLUSIVE}),
        reference_options=("--foreign", "5"),
    ),
    # in mid-run
    Scenario(
        "503-for-ten-seconds",
        "everything answers 503 for ten seconds",
        unavailable(40, 10),
        frozenset({PASSED}),
        options=("--request-timeout", "20"),
    ),
    Scenario(
        "outage-of-three-seconds",
        "connections are reset for three seconds",
        unreachable(40, 3),
        frozenset({PASSED, INCONCLUSIVE}),
        options=("--request-timeout", "20"),
    ),
    Scenario(
        "gone-for-good",
        "connections are reset from some moment on",
        dead_from(60),
        frozenset({INCONCLUSIVE}),
        says="stopped answering",
        leaves=True,
    ),
    Scenario(
        "restart-empty",
        "the service is restarted and has forgotten everything",
        None,
        frozenset({FAILED}),
        moment="restart",
        says="not there any more|404",
    ),
)
