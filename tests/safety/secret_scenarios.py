"""Endpoints that tell the token, in every form and at every place: each is noticed, and none of it is written down."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from itertools import cycle

from canaries import FOREIGN, FORMS, TOKEN
from hostile import Action, Answer, Connection, Request, on_lists
from scenarios import HEAD, PASSED, Look, Place, Scenario, echoed

ECHO = "exchange.no-secret-echo"
#: Of a body the gateway reads so many bytes.
_CUT = 4 * 1024 * 1024

#: Puts a text somewhere into an answer, and gives the bytes on the wire.
Put = Callable[[Answer, str], bytes]


def telling(put: Put) -> Callable[[Place], Action]:
    """Every answer tells the token, each in the next form."""

    def make(place: Place) -> Action:
        forms = cycle(FORMS.values())

        def act(request: Request, connection: Connection) -> bool:
            connection.send(put(connection.forward(request), next(forms)(TOKEN)))
            return True

        return act

    return make


def in_header(answer: Answer, text: str) -> bytes:
    return Answer(answer.status, {**answer.headers, "X-Echo": f"token={text}; more"}, answer.body).encode()


def in_name(answer: Answer, text: str) -> bytes:
    return Answer(answer.status, {**answer.headers, f"X-{text}": "1"}, answer.body).encode()


def in_reason(answer: Answer, text: str) -> bytes:
    first, rest = answer.encode().split(b"\r\n", 1)
    return first + b" for " + text.encode() + b"\r\n" + rest


def _with_member(answer: Answer, member: str) -> bytes:
    """An object gets one more member, anything else the text in a header, so that every answer tells."""
    if not answer.body.startswith(b'{"'):
        return in_header(answer, member)
    return Answer(answer.status, answer.headers, b"{" + member.encode() + b", " + answer.body[1:]).encode()


def in_string(answer: Answer, text: str) -> bytes:
    return _with_member(answer, f'"echo": [{{"deep": [{{"down": "<{text}>"}}]}}]')


def in_key(answer: Answer, text: str) -> bytes:
    return _with_member(answer, f'"echo": [{{"deep": [{{"<{text}>": 1}}]}}]')


def in_escaped_string(answer: Answer, text: str) -> bytes:
    return _with_member(answer, '"echo": "' + "".join(f"\\u{ord(char):04X}" for char in text) + '"')


def in_json_in_json(answer: Answer, text: str) -> bytes:
    return _with_member(answer, '"echo": ' + json.dumps(json.dumps({"down": text})))


def across_the_cut(place: Place) -> Action:
    """The first lists have more than 4 MiB, and the token lies across the cut, each time a little further on."""
    places = iter(range(1, len(TOKEN), 3))

    def act(request: Request, connection: Connection) -> bool:
        inside = next(places, None) if request.is_list() else None
        if inside is None:
            return False
        before = b'{"volumes": [], "x": "'
        filled = before + b"." * (_CUT - len(before) - inside)
        body = filled + TOKEN.encode() + b"." * 100_000 + b'"}'
        connection.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return True

    return act


def no_http(request: Request, connection: Connection) -> None:
    """A status line that is none, with the token in it, behind more than any message keeps."""
    connection.send(b"HTTP/9 " + b"x" * 120 + TOKEN.encode() + b" " + b"y" * 400 + b"\r\n\r\n")
    connection.reset()


def garbled(place: Place) -> Action:
    """An unknown token is quoted in the error, also the one that a test has lengthened."""

    def act(request: Request, connection: Connection) -> bool:
        answer = connection.forward(request)
        token = next((v for k, v in request.headers.items() if k.lower() == "x-auth-token"), "")
        if answer.status != 401 or not token.startswith(TOKEN) or token == TOKEN:
            connection.send(answer.encode())
            return True
        body = json.dumps({"unauthorized": {"code": 401, "message": f"No token {token[:-3]}"}}).encode()
        connection.send(Answer(401, answer.headers, body).encode())
        return True

    return act


def with_foreign(request: Request, connection: Connection) -> bool:
    """Credentials of others, at the places where such things stand."""
    answer = connection.forward(request)
    headers = {
        **answer.headers,
        "Set-Cookie": f"session={FOREIGN}; Path=/; HttpOnly",
        "X-Subject-Token": FOREIGN,
        "Authorization": f"Bearer {FOREIGN}",
        "WWW-Authenticate": f'Bearer realm="volumes", access_token="{FOREIGN}"',
        "X-Upstream": f"https://cinder:{FOREIGN}@internal/?token={FOREIGN}",
    }
    body = answer.body
    if answer.status < 400 and body.startswith(b'{"'):
        member = json.dumps({"adminPass": FOREIGN, "db": f"mysql://cinder:{FOREIGN}@db/cinder"})[1:-1]
        body = b"{" + member.encode() + b", " + body[1:]
    connection.send(Answer(answer.status, headers, body).encode())
    return True


def noticed_each_time(look: Look) -> Iterator[str]:
    """Of all answers of the run nearly all told the token: those before and after the tests are not counted."""
    found = next(r for r in look.result["requirements"] if r["id"] == ECHO)
    times = sum(failure["count"] for failure in found["failures"])
    if times < 0.9 * look.result["exchanges"]:
        yield f"{times} echoes were noticed in {look.result['exchanges']} exchanges"
    yield from sieve_idle(look)


def sieve_idle(look: Look) -> Iterator[str]:
    """What the gateway has taken out need not be taken out at the last moment; and what is at work is private."""
    if any("about to be written" in problem for problem in look.result["problems"]):
        yield "a secret came as far as the sieve"
    if look.result["verdict"]["name"] == "conformant" and "about to be written" in look.console:
        yield "a secret came as far as the console"
    for name in (".exchanges", ".ledger"):
        if stat.S_IMODE((look.folder / "reports" / name).stat().st_mode) != 0o700:
            yield f"{name} can be read by others"


def _told(place: str, put: Put) -> Scenario:
    what = f"the token in {len(FORMS)} forms, {place}"
    return echoed(
        "token-told-" + place.replace(" ", "-"),
        what,
        telling(put),
        more=noticed_each_time,
        seconds=240.0,
    )


SCENARIOS = (
    _told("in a header", in_header),
    _told("in the name of a header", in_name),
    _told("in the reason", in_reason),
    _told("in a string", in_string),
    _told("in a key", in_key),
    _told("in an escaped string", in_escaped_string),
    _told("in JSON in JSON", in_json_in_json),
    echoed(
        "token-across-the-cut", "lists of 4 MiB whose cut goes through the token", across_the_cut, more=sieve_idle
    ),
    echoed(
        "token-in-no-http", "a status line that is none and holds the token", lambda place: on_lists(no_http), more=sieve_idle
    ),
    echoed("token-garbled", "an error quotes most of the bad token that a test has sent", garbled,
           options=("--profile", "default", "--only", "access.bad-token"), more=sieve_idle),
    Scenario(
        "secrets-of-others",
        "cookies, tokens and passwords of others in headers and bodies",
        lambda place: with_foreign,
        frozenset({PASSED}),
        more=sieve_idle,
    ),
)  # fmt: skip
