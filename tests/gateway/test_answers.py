"""Every echo of a secret is noticed wherever it stands in an answer, and none of it gets into the record."""

from __future__ import annotations

import json

import pytest
from tests.gateway import scripted
from tests.gateway.scripted import PROJECT, SECRET, answer, gateway
from tests.gateway.test_redaction import FORMS

from volcheck.checks.exchange import COMPLETE_ANSWER, NO_SECRET_ECHO, check, held_against
from volcheck.gateway.answers import decoded, sentence
from volcheck.gateway.redaction import Redactor
from volcheck.gateway.transport import Answer, TransportError

PLACES = {
    "header": lambda text: answer(200, {}, headers={"x-echo": f"token {text};"}),
    "header's name": lambda text: answer(200, {}, headers={f"x-{text.lower()}": "1"}),
    "reason": lambda text: answer(200, {}, reason=f"OK {text}"),
    "text": lambda text: answer(400, f"token {text} is bad", headers={"content-type": "text/plain"}),
    "string": lambda text: answer(200, {"a": [{"b": [f"<{text}>"]}]}),
    "key": lambda text: answer(200, {"a": [{"b": {f"<{text}>": 1}}]}),
    "escaped string": lambda text: answer(200, '{"a": "' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}'),
    "broken JSON": lambda text: answer(200, '{"a": ' + json.dumps(text)),
    "not UTF-8": lambda text: answer(200, b"\xff " + text.encode() + b" \xfe"),
}


def _said(exchange):
    response = exchange.response
    said = [response.reason, *response.headers, *response.headers.values(), response.body]
    return json.dumps([*said, response.reading.value if response.reading.flaw is None else None], default=str)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_an_echo_is_noticed_in_every_form_at_every_place(place, form):
    transport = scripted.Scripted()
    transport.on("GET", "/volumes", PLACES[place](FORMS[form](SECRET)))
    exchange = gateway(transport).send("GET", f"/{PROJECT}/volumes")
    assert exchange.response.echoes_secret
    assert NO_SECRET_ECHO in held_against(scripted.contract(), exchange)
    assert NO_SECRET_ECHO in [violation.requirement for violation in check(scripted.contract(), exchange)]
    said = _said(exchange)
    assert "[redacted]" in said
    assert not Redactor([SECRET]).holds_secret(said.encode())


@pytest.mark.parametrize("place", PLACES)
def test_an_answer_without_a_secret_is_left_as_it_is(place):
    given = PLACES[place]("gAAAAABn-quite-another-0123456")
    response = decoded(given, Redactor([SECRET]))
    assert not response.echoes_secret
    assert response.reason == given.reason
    assert response.headers == given.headers
    assert response.body == given.body.decode("utf-8", "replace")
    assert response.utf8 == (place != "not UTF-8")
    assert response.status == given.status
    assert not response.truncated


def test_the_token_that_a_test_has_lengthened_counts():
    transport = scripted.Scripted()
    transport.on("GET", "/volumes", answer(401, {"error": {"code": 401, "message": f"no token {SECRET}x"}}))
    exchange = gateway(transport).send("GET", f"/{PROJECT}/volumes", token=SECRET + "x")
    assert exchange.response.echoes_secret
    assert exchange.response.reading.value["error"]["message"] == "no token [redacted]x"
    assert exchange.request.headers["X-Auth-Token"] == "[redacted]x"


def test_nothing_of_a_request_keeps_a_secret():
    transport = scripted.Scripted()
    transport.on("*", "*", answer(404, {}))
    exchange = gateway(transport).send(
        "GET", f"/{PROJECT}/volumes/{SECRET}", query={SECRET: SECRET}, headers={"X-" + SECRET: SECRET}
    )
    request = exchange.request
    said = json.dumps([request.url, request.path, request.query, dict(request.headers), request.body])
    assert not Redactor([SECRET]).holds_secret(said.encode())
    assert not exchange.response.echoes_secret


# -- cuts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", range(len(SECRET) + 1))
def test_a_secret_across_the_cut_of_a_body_leaves_nothing(inside):
    whole = b"." * 100 + SECRET.encode() + b"." * 100
    cut = 100 + inside
    response = decoded(Answer(200, "", {}, whole[:cut], True, whole[cut:]), Redactor([SECRET]))
    assert response.echoes_secret
    assert response.truncated
    assert response.body == "." * 100 + ("[redacted]" if inside else "")


def test_what_is_behind_the_cut_is_not_kept():
    redactor = Redactor([SECRET])
    response = decoded(Answer(200, "", {}, "ä.".encode(), True, b"more"), redactor)
    assert response.body == "ä."
    assert not response.echoes_secret
    response = decoded(Answer(200, "", {}, b"ab" + SECRET.encode() + b"cd", True, b"more"), redactor)
    assert response.body == "ab[redacted]cd"


def test_what_a_failed_transport_quotes_is_cut_when_the_secret_is_out():
    redactor = Redactor([SECRET])
    for before in range(250, 310):
        failure = TransportError(f"{'.' * before}{SECRET}{'.' * 300}", "protocol", sent=True)
        text, echoes = sentence(failure, redactor)
        assert echoes
        assert len(text) == 300
        assert text.endswith("…")
        assert set(text) <= set(".[redacted]…")
    assert sentence(TransportError("." * 300, "network", sent=False), redactor) == ("." * 300, False)


@pytest.mark.parametrize(
    ("fault", "broken"), [("protocol", [NO_SECRET_ECHO, COMPLETE_ANSWER]), ("network", [])]
)
def test_an_answer_that_is_no_http_may_echo_too(fault, broken):
    transport = scripted.Scripted()
    failure = TransportError(f"the answer is not HTTP: {SECRET}", fault, sent=True)
    transport.on("GET", "/volumes", failure)
    exchange = gateway(transport).send("GET", f"/{PROJECT}/volumes", retry=False)
    assert exchange.error == "the answer is not HTTP: [redacted]"
    assert [v.requirement for v in check(scripted.contract(), exchange)] == broken
    assert set(held_against(scripted.contract(), exchange)) == set(broken)


def test_an_answer_that_is_no_http_echoes_nothing_when_it_doesnt():
    transport = scripted.Scripted()
    transport.on("GET", "/volumes", TransportError("the answer is not HTTP: x", "protocol", sent=True))
    exchange = gateway(transport).send("GET", f"/{PROJECT}/volumes", retry=False)
    assert [v.requirement for v in check(scripted.contract(), exchange)] == [COMPLETE_ANSWER]
