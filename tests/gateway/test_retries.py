"""What is sent again: never a creation that may have happened, and anything that was refused."""

import pytest
from tests.gateway.scripted import OTHER_PROJECT, PROJECT, A, Scripted, answer, gateway

from volcheck.gateway.transport import TransportError

VOLUMES = f"/{PROJECT}/volumes"
BODY = {"volume": {"name": "volcheck-261126141726ebd7", "size": 1}}
MADE = answer(202, {"volume": {"id": A, "name": "volcheck-261126141726ebd7", "size": 1}})
BUSY = {"retry-after": "0"}


def lost(sentence="the connection was closed before an answer came", fault="network", *, sent=True):
    return TransportError(sentence, fault, sent=sent)


def created(*replies, path="/volumes", body=BODY, **more):
    """How often a creation was sent that is answered so, and what came of it."""
    transport = Scripted()
    transport.on("POST", "*", *replies)
    exchange = gateway(transport).send("POST", f"/{PROJECT}{path}", json_body=body, **more)
    posts = [request for request in transport.sent if request.method == "POST"]
    assert len({request.body for request in posts}) == 1
    return len(posts), exchange


@pytest.mark.parametrize("fault", ["network", "protocol"])
@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize(
    "sentence",
    ["no answer within 60 s", "the connection was reset", "the connection was refused", "TLS failed"],
)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/volumes", BODY),
        ("/snapshots", {"snapshot": {"name": "volcheck-261126141726ebd7"}}),
        ("/volumes", None),
    ],
)
def test_a_creation_without_an_answer_is_never_sent_again(fault, sent, sentence, path, body):
    number, exchange = created(lost(sentence, fault, sent=sent), MADE, path=path, body=body)
    assert (number, exchange.status, exchange.error) == (1, 0, sentence)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 500, 502, 503, 504])
def test_a_creation_whose_outcome_an_error_leaves_open_is_not_sent_again(status):
    assert created(answer(status), MADE)[0] == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_no_error_of_a_server_or_a_balancer_is_a_refusal_even_with_a_time(status):
    assert created(answer(status, headers={"retry-after": "1"}), MADE)[0] == 1


def test_a_creation_that_was_refused_for_a_while_is_sent_again():
    number, exchange = created(answer(429), MADE)
    assert (number, exchange.status) == (2, 202)


@pytest.mark.parametrize("status", [429, 503])
def test_a_creation_that_was_told_when_to_come_again_is_sent_again(status):
    number, exchange = created(answer(status, headers=BUSY), MADE)
    assert (number, exchange.status) == (2, 202)


@pytest.mark.parametrize("first", [429, 503])
def test_a_creation_that_is_lost_after_a_refusal_is_not_sent_a_third_time(first):
    number, exchange = created(answer(first, headers=BUSY), lost(), MADE)
    assert (number, exchange.status) == (2, 0)


def test_without_retries_nothing_is_sent_again():
    for reply in (answer(429), answer(503, headers=BUSY), lost()):
        assert created(reply, MADE, retry=False)[0] == 1


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_nothing_that_changes_anything_is_sent_again_without_an_answer(method):
    transport = Scripted()
    transport.on(method, "*", lost(), answer(202))
    door = gateway(transport)
    door.guard.allow(A)
    assert door.send(method, f"{VOLUMES}/{A}").status == 0
    assert transport.lines == [f"{method} /volumes/{A}"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_look_that_was_lost_is_taken_again(method):
    transport = Scripted()
    transport.on(method, "/volumes", lost(), lost(), answer(200, {"volumes": []}))
    assert gateway(transport).send(method, VOLUMES).status == 200
    assert len(transport.sent) == 3


def test_an_answer_that_is_no_http_is_not_asked_for_again():
    transport = Scripted()
    transport.on("GET", "/volumes", lost("it is not HTTP", "protocol"), answer(200, {"volumes": []}))
    assert gateway(transport).send("GET", VOLUMES).status == 0


def test_a_creation_in_the_other_project_is_not_sent_again_either():
    transport = Scripted()
    transport.on("POST", "*", lost(), MADE)
    gateway(transport).send("POST", f"/{OTHER_PROJECT}/volumes", json_body=BODY)
    assert [request.method for request in transport.sent].count("POST") == 1
