"""What a 401 means: a token that has ended, one that is renewed, or an operation that refuses a good one."""

import threading
import time

import pytest
from tests.gateway.scripted import (
    OTHER,
    OTHER_PROJECT,
    OTHER_SECRET,
    PROJECT,
    SECRET,
    TAG,
    A,
    Scripted,
    answer,
    gateway,
    shown,
)

from volcheck.endpoint.model import Identity
from volcheck.errors import EndpointError
from volcheck.gateway.credentials import Credentials
from volcheck.gateway.errors import Blocked, CredentialsEnded
from volcheck.gateway.transport import TransportError

TYPES = answer(200, {"volume_types": []})
REFUSED = answer(401, {"error": {"code": 401, "message": "Unauthorized"}})


class Renewable:
    """Tokens t1, t2, … of an identity service. young: as if the last had been made a moment ago."""

    def __init__(self, *, fails=None, young=False):
        self.number = 1
        self.renewals = 0
        self.fails = fails
        self.young = young

    def token(self):
        return f"renewable-token-{self.number:08d}"

    def renew(self):
        self.renewals += 1
        if self.fails:
            raise EndpointError(self.fails)
        if self.young:
            return None
        self.number += 1
        return self.token()


def tokens(transport):
    return [request.headers.get("X-Auth-Token") for request in transport.sent]


def door_to(transport, **more):
    """A gateway over it, and all that its listeners hear."""
    door = gateway(transport, **more)
    heard = []
    door.listeners.append(heard.append)
    return door, heard


def by_token(good):
    """Answers as a service does to which only one token is good."""
    return lambda request: TYPES if request.headers.get("X-Auth-Token") == good[0] else REFUSED


def test_a_token_that_ends_stops_everything_and_no_answer_counts():
    transport = Scripted()
    good = [SECRET]
    transport.on("*", "*", by_token(good))
    door, heard = door_to(transport)
    assert door.send("GET", f"/{PROJECT}/volumes").status == 200
    good[0] = "none"
    with pytest.raises(CredentialsEnded) as raised:
        door.send("GET", f"/{PROJECT}/snapshots")
    sentence = str(raised.value)
    assert "is not accepted any more (401), 0 s into the run. It was last accepted at 20" in sentence
    assert "UTC, 0 s into the run: start again with a fresh one in OS_TOKEN, or with a password" in sentence
    assert "OS_TOKEN" in raised.value.korean
    assert sentence.startswith(f"The token of project {PROJECT}")
    # The request, and a trial with the same token of what had worked.
    assert transport.lines == ["GET /volumes", "GET /snapshots", "GET /volumes"]
    assert tokens(transport) == [SECRET] * 3
    assert [(exchange.status, exchange.judged) for exchange in heard] == [
        (200, True),
        (401, False),
        (401, False),
    ]
    assert door.credentials.stopped is raised.value
    with pytest.raises(CredentialsEnded):
        door.send("POST", f"/{PROJECT}/volumes", json_body={"volume": {"name": TAG}})
    assert len(transport.sent) == 3


def test_an_operation_that_refuses_a_good_token_is_heard_with_its_401():
    transport = Scripted()
    transport.on("*", "*", TYPES)
    transport.on("GET", "/volumes", REFUSED)
    door, heard = door_to(transport)
    for number in (1, 2):
        assert door.send("GET", f"/{PROJECT}/volumes").status == 401
        assert transport.lines == ["GET /volumes", "GET /types"] * number
    assert [(exchange.operation, exchange.judged) for exchange in heard[:2]] == [
        ("listVolumeTypes", False),
        ("listVolumes", True),
    ]
    assert door.credentials.stopped is None


def test_a_token_is_tried_on_another_operation_than_the_one_that_refused_it():
    transport = Scripted()
    transport.on("*", "*", answer(200, {"volumes": []}))
    transport.on("GET", "/types", REFUSED)
    door, _ = door_to(transport)
    assert door.send("GET", f"/{PROJECT}/types").status == 401
    assert transport.lines == ["GET /types", "GET /volumes"]
    assert transport.sent[1].query == {"limit": "1"}


def test_a_token_is_tried_on_what_has_accepted_it_if_anything_has():
    transport = Scripted()
    transport.on("*", "*", REFUSED)
    transport.on("GET", "/snapshots", answer(200, {"snapshots": []}))
    door, _ = door_to(transport)
    door.send("GET", f"/{PROJECT}/snapshots")
    assert door.send("GET", f"/{PROJECT}/volumes/{A}").status == 401
    assert transport.lines == ["GET /snapshots", f"GET /volumes/{A}", "GET /snapshots"]


@pytest.mark.parametrize("status", [200, 300, 400, 403, 404])
def test_any_other_answer_than_401_shows_that_the_token_is_good(status):
    transport = Scripted()
    transport.on("GET", "/volumes", REFUSED)
    transport.on("GET", "/types", answer(status))
    door, heard = door_to(transport)
    assert door.send("GET", f"/{PROJECT}/volumes").status == 401
    assert heard[-1].judged


@pytest.mark.parametrize(
    "reply",
    [answer(500), answer(502), answer(429), TransportError("no answer within 2 s", "network", sent=True)],
)
def test_where_the_trial_tells_nothing_the_test_is_blocked(reply):
    transport = Scripted()
    transport.on("GET", "/volumes", REFUSED)
    transport.on("GET", "/types", reply)
    door, heard = door_to(transport)
    with pytest.raises(Blocked, match="could not be found out") as raised:
        door.send("GET", f"/{PROJECT}/volumes")
    assert not isinstance(raised.value, CredentialsEnded)
    assert not any(exchange.judged for exchange in heard)
    assert door.credentials.stopped is None


def test_a_token_that_never_worked_is_another_sentence():
    transport = Scripted()
    transport.on("*", "*", REFUSED)
    door, _ = door_to(transport)
    with pytest.raises(
        CredentialsEnded,
        match=f"refused the credentials .401.: check that the token of project {PROJECT}.*OS_TOKEN",
    ):
        door.send("GET", f"/{PROJECT}/types")


CREATION = {"json_body": {"snapshot": {"name": "volcheck-261126141726ebd7"}}}


@pytest.mark.parametrize(("method", "more"), [("GET", {}), ("POST", CREATION)])
def test_where_it_can_be_it_is_renewed_and_the_request_sent_again(method, more):
    transport, source = Scripted(), Renewable()
    good = [source.token()]
    transport.on("*", "*", by_token(good))
    door, heard = door_to(transport, identity=Identity(PROJECT, source))
    door.send(method, f"/{PROJECT}/snapshots", **more)
    transport.sent.clear()
    heard.clear()
    good[0] = "renewable-token-00000002"
    assert door.send(method, f"/{PROJECT}/snapshots", **more).status == 200
    # Nothing was made by what was refused, so that a creation may be sent a second time.
    first, trial, second = transport.sent
    assert (first.line, first.body) == (second.line, second.body) == (f"{method} /snapshots", first.body)
    assert trial.method == "GET"
    assert [token[-1] for token in tokens(transport)] == ["1", "1", "2"]
    assert source.renewals == 1
    assert [(exchange.status, exchange.judged) for exchange in heard] == [
        (401, False),
        (401, False),
        (200, True),
    ]


def test_a_creation_that_is_lost_after_the_renewal_is_not_sent_a_third_time():
    transport, source = Scripted(), Renewable()
    good = [source.token()]
    transport.on("*", "*", by_token(good))
    transport.on("POST", "*", TYPES, REFUSED, TransportError("reset", "network", sent=True), TYPES)
    door, _ = door_to(transport, identity=Identity(PROJECT, source))
    door.send("POST", f"/{PROJECT}/snapshots", **CREATION)
    good[0] = "renewable-token-00000002"
    assert door.send("POST", f"/{PROJECT}/snapshots", **CREATION).status == 0
    assert [request.method for request in transport.sent].count("POST") == 3


def test_a_renewal_that_fails_stops_everything_and_says_why():
    transport, source = (
        Scripted(),
        Renewable(fails="The identity service refused it (401): check the password."),
    )
    good = ["renewable-token-00000001"]
    transport.on("*", "*", by_token(good))
    door, _ = door_to(transport, identity=Identity(PROJECT, source))
    door.send("GET", f"/{PROJECT}/types")
    good[0] = "none"
    with pytest.raises(
        CredentialsEnded, match=r"no other is to be had: The identity service refused it"
    ) as raised:
        door.send("GET", f"/{PROJECT}/volumes")
    assert "last accepted" in str(raised.value)
    with pytest.raises(CredentialsEnded):
        door.send("GET", f"/{PROJECT}/types")
    assert source.renewals == 1


def test_an_identity_service_that_fails_before_the_request_stops_everything_too():
    class Gone:
        def token(self):
            raise EndpointError("The identity service can't be reached: check the network.")

        def renew(self):
            raise AssertionError("no token was refused")

    transport = Scripted()
    door, _ = door_to(transport, identity=Identity(PROJECT, Gone()))
    with pytest.raises(
        CredentialsEnded, match="no other is to be had: The identity service can't be reached"
    ):
        door.send("GET", f"/{PROJECT}/types")
    assert transport.sent == []


@pytest.mark.parametrize("young", [True, False])
def test_new_tokens_that_are_refused_too_are_not_asked_for_without_end(young):
    transport, source = Scripted(), Renewable(young=young)
    transport.on("*", "*", REFUSED)
    door, heard = door_to(transport, identity=Identity(PROJECT, source))
    with pytest.raises(CredentialsEnded):
        door.send("GET", f"/{PROJECT}/volumes")
    assert source.renewals == (1 if young else 2)
    assert len(transport.sent) == (2 if young else 6)
    assert not any(exchange.judged for exchange in heard)


def test_an_operation_that_refuses_every_good_token_is_no_reason_to_renew_any():
    transport, source = Scripted(), Renewable()
    transport.on("*", "*", TYPES)
    transport.on("GET", "/volumes", REFUSED)
    door, _ = door_to(transport, identity=Identity(PROJECT, source))
    assert door.send("GET", f"/{PROJECT}/volumes").status == 401
    assert source.renewals == 0


def test_a_token_that_another_request_has_renewed_meanwhile_is_taken():
    source = Renewable()
    transport = Scripted()

    def late(request):
        if request.headers["X-Auth-Token"].endswith("1"):
            source.number = 2
            return REFUSED
        return TYPES

    transport.on("*", "*", late)
    door, _ = door_to(transport, identity=Identity(PROJECT, source))
    assert door.send("GET", f"/{PROJECT}/volumes").status == 200
    assert transport.lines == ["GET /volumes"] * 2
    assert source.renewals == 0


def test_the_second_identity_has_a_token_of_its_own():
    transport = Scripted()
    transport.on("*", "*", lambda r: REFUSED if r.headers["X-Auth-Token"] == OTHER_SECRET else TYPES)
    door, _ = door_to(transport, other=OTHER)
    with pytest.raises(
        CredentialsEnded, match=f"token of project {OTHER_PROJECT}.*OS_OTHER_TOKEN.*--other-cloud"
    ):
        door.send("GET", f"/{OTHER_PROJECT}/volumes", who="other")
    assert tokens(transport) == [OTHER_SECRET] * 2
    assert transport.sent[1].url.endswith(f"/{OTHER_PROJECT}/types")
    assert door.send("GET", f"/{PROJECT}/volumes").status == 200
    assert door.credentials.stopped is not None


def test_without_a_second_identity_what_needs_one_is_blocked():
    with pytest.raises(Blocked, match="it needs a second identity"):
        gateway(Scripted()).send("GET", f"/{OTHER_PROJECT}/volumes", who="other")


@pytest.mark.parametrize("more", [{"who": None}, {"who": "nobody"}, {"token": "wrong"}, {"token": ""}])
def test_a_401_that_was_asked_for_is_an_answer_like_any_other(more):
    transport = Scripted()
    transport.on("*", "*", REFUSED)
    door, heard = door_to(transport)
    assert door.send("GET", f"/{PROJECT}/volumes", **more).status == 401
    assert len(transport.sent) == 1
    assert heard[0].judged


def test_cleaning_up_gets_a_new_attempt():
    transport = Scripted()
    good = ["none"]
    transport.on("*", "*", by_token(good))
    door, _ = door_to(transport)
    with pytest.raises(CredentialsEnded) as raised:
        door.send("GET", f"/{PROJECT}/types")
    good[0] = SECRET
    door.try_again()
    assert door.send("GET", f"/{PROJECT}/types").status == 200
    assert door.credentials.stopped is raised.value


def test_a_look_without_retries_tells_a_token_that_ended_as_well():
    transport = Scripted()
    transport.on("*", "*", REFUSED)
    with pytest.raises(CredentialsEnded):
        gateway(transport).send("GET", f"/{PROJECT}/volumes/{A}", retry=False)


def test_times_are_told_in_words():
    transport = Scripted()
    transport.on("*", "*", REFUSED)
    transport.on("GET", "/types", TYPES)
    now = [1_000_000.0]
    door = gateway(transport)
    door.credentials = Credentials(door.endpoint, clock=lambda: now[0])
    accepted = door.send("GET", f"/{PROJECT}/types")
    transport.on("*", "*", REFUSED)
    for seconds, words in (
        (4.6, "5 s"),
        (59.4, "59 s"),
        (60, "1 min 00 s"),
        (184, "3 min 04 s"),
        (3720, "1 h 02 min"),
    ):
        now[0] = 1_000_000.0 + seconds
        door.try_again()
        with pytest.raises(CredentialsEnded, match=rf"\(401\), {words} into the run"):
            door.send("GET", f"/{PROJECT}/volumes")
    assert accepted.started > 1_000_000.0


def test_many_threads_at_once_renew_it_and_none_is_lost():
    source, transport = Renewable(), Scripted()
    all_refused = threading.Barrier(8)

    def once():
        # As Keystone's tokens: one that was made a moment ago is not replaced.
        if source.number == 2:
            return None
        source.number = 2
        return source.token()

    def answers(request):
        if request.headers["X-Auth-Token"].endswith("2"):
            return TYPES
        if request.line == "GET /volumes":
            all_refused.wait(timeout=30)
        else:
            # Long enough for all of them to come so far, if they may.
            time.sleep(0.1)
        return REFUSED

    source.renew = once
    transport.on("*", "*", answers)
    door, _ = door_to(transport, identity=Identity(PROJECT, source))
    statuses = []

    def look():
        statuses.append(door.send("GET", f"/{PROJECT}/volumes").status)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert door.credentials.stopped is None
    # Tried once: whoever comes after the renewal takes the new one.
    assert transport.lines.count("GET /types") == 1


def test_a_shown_volume_is_a_sign_of_life():
    transport = Scripted()
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    door, _ = door_to(transport)
    door.send("GET", f"/{PROJECT}/volumes/{A}")
    transport.on("*", "*", REFUSED)
    with pytest.raises(CredentialsEnded, match="last accepted"):
        door.send("GET", f"/{PROJECT}/volumes/{A}")
    assert transport.lines[-1] == "GET /types"
