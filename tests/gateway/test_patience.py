"""How long the gateway bears with an endpoint that is busy, and with one that does not answer."""

from __future__ import annotations

import time

import pytest
from tests.gateway.scripted import PROJECT, A, B, Scripted, answer, gateway, shown

from volcheck.gateway.core import Patience
from volcheck.gateway.errors import EndpointGone
from volcheck.gateway.transport import TransportError

VOLUMES, SNAPSHOTS = f"/{PROJECT}/volumes", f"/{PROJECT}/snapshots"
LIST = answer(200, {"volumes": []})
#: A request that is asked to wait is asked again after so many seconds, without waiting for them in these tests.
NAMED = {"retry-after": "7"}


def lost(fault="network"):
    return TransportError("no answer within 60 s", fault, sent=True)


class Door:
    """A gateway whose pauses are written down instead of being waited for."""

    def __init__(self, *replies, **patience):
        self.transport = Scripted()
        self.transport.on("GET", "/volumes", *replies)
        self.door = gateway(
            self.transport,
            patience=Patience(**{"busy": 20.0, "silent": 30.0, "unheard": 30.0, "pause": 0.5, **patience}),
        )
        self.pauses = []
        self.door.pause = lambda seconds: self.pauses.append(seconds) if seconds else None

    def look(self, **more):
        return self.door.send("GET", VOLUMES, **more)


# -- busy ---------------------------------------------------------------------------------------------------------


def test_the_usual_patience():
    assert Patience() == Patience(busy=60.0, silent=20.0, unheard=3.0, pause=0.5)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "pause"),
    [({}, 0.5), (NAMED, 7.0), ({"retry-after": "0"}, 0.5), ({"retry-after": "soon"}, 0.5)],
)
def test_who_is_busy_is_asked_again_after_the_time_that_it_names(status, headers, pause):
    busy = Door(answer(status, headers=headers), LIST)
    assert busy.look().status == 200
    assert busy.pauses == [pause]


def test_a_413_asks_for_patience_only_where_it_names_a_time():
    assert (waiting := Door(answer(413, headers=NAMED), LIST)).look().status == 200
    assert waiting.pauses == [7.0]
    for headers in ({}, {"retry-after": "0"}):
        quota = Door(answer(413, headers=headers), LIST)
        assert quota.look().status == 413
        assert quota.pauses == []


@pytest.mark.parametrize("status", [200, 400, 404, 409, 500, 502, 504])
def test_other_answers_are_answers_whatever_time_they_name(status):
    plain = Door(answer(status, headers=NAMED), LIST)
    assert plain.look().status == status
    assert plain.pauses == []


@pytest.mark.parametrize(("busy", "pauses"), [(6.9, 0), (7.0, 1), (13.9, 1), (14.0, 2), (20.0, 2), (21.0, 3)])
def test_in_all_no_more_is_waited_than_there_is_patience(busy, pauses):
    door = Door(answer(429, headers=NAMED), busy=busy)
    assert door.look().status == 429
    assert door.pauses == [7.0] * pauses
    assert len(door.transport.sent) == pauses + 1


def test_who_wants_no_retries_waits_for_nothing():
    door = Door(answer(429, headers=NAMED), LIST)
    assert door.look(retry=False).status == 429
    assert door.pauses == []


def test_each_request_has_its_own_patience():
    door = Door(answer(429, headers=NAMED), LIST, answer(429, headers=NAMED), LIST, busy=7.0)
    assert [door.look().status for _ in range(2)] == [200, 200]


# -- silent -------------------------------------------------------------------------------------------------------


def test_a_look_without_an_answer_is_taken_again_after_a_pause():
    door = Door(lost(), lost(), LIST)
    assert door.look().status == 200
    assert door.pauses == [0.5, 0.5]


def test_a_broken_answer_is_an_answer():
    door = Door(lost("protocol"), LIST)
    assert door.look().status == 0
    assert door.pauses == []


def test_who_was_never_heard_is_given_up_soon():
    door = Door(lost(), unheard=0.05, silent=30.0, busy=1e9)
    began = time.monotonic()
    door.door.pause = lambda seconds: time.sleep(0.001)
    assert door.look().status == 0
    assert 0.05 <= time.monotonic() - began < 10


def test_who_was_heard_before_is_given_more_time():
    door = Door(LIST, lost(), unheard=0.0, silent=0.1, busy=1e9)
    door.look()
    began = time.monotonic()
    door.door.pause = lambda seconds: time.sleep(0.001)
    assert door.look().status == 0
    assert 0.1 <= time.monotonic() - began < 10


def silent(door, paths, *, times=3):
    """Ask so often for what is not answered, and let the time pass."""
    for path in paths:
        for _ in range(times):
            assert door.send("GET", path, retry=False).status == 0


@pytest.fixture
def transport():
    """Volumes are not answered, one by one; lists are."""
    transport = Scripted()
    for path in ("/volumes/*", "/snapshots/*", "/types", "/unknown"):
        transport.on("GET", path, lost())
    return transport


def patient(transport, silent=0.05):
    return gateway(transport, patience=Patience(busy=0.0, silent=silent, unheard=30.0, pause=0.001))


def test_an_operation_that_stays_silent_is_given_up_and_no_other(transport):
    door = patient(transport)
    door.send("GET", VOLUMES)
    silent(door, [f"{VOLUMES}/{A}"])
    time.sleep(0.06)
    with pytest.raises(EndpointGone) as gone:
        door.send("GET", f"{VOLUMES}/{B}")
    assert str(gone.value) == "the endpoint http://endpoint.test:8776/v2 has stopped answering showVolume"
    assert door.send("GET", VOLUMES).status == 200
    assert door.send("GET", f"{SNAPSHOTS}/{A}", retry=False).status == 0


def test_what_no_operation_is_has_a_silence_of_its_own(transport):
    door = patient(transport)
    door.send("GET", VOLUMES)
    silent(door, [f"/{PROJECT}/unknown"])
    time.sleep(0.06)
    with pytest.raises(EndpointGone, match=f"has stopped answering GET /{PROJECT}/unknown$"):
        door.send("GET", f"/{PROJECT}/unknown")
    assert door.send("GET", VOLUMES).status == 200


def test_twice_is_not_yet_silence(transport):
    door = patient(transport)
    silent(door, [f"{VOLUMES}/{A}"], times=2)
    time.sleep(0.06)
    assert door.send("GET", f"{VOLUMES}/{A}", retry=False).status == 0


def test_silence_takes_its_time(transport):
    door = patient(transport, silent=30.0)
    silent(door, [f"{VOLUMES}/{A}"], times=9)
    assert door.send("GET", f"{VOLUMES}/{A}", retry=False).status == 0


def test_two_silent_operations_are_an_endpoint_that_is_gone(transport):
    door = patient(transport)
    door.send("GET", VOLUMES)
    silent(door, [f"{VOLUMES}/{A}", f"{SNAPSHOTS}/{A}"])
    time.sleep(0.06)
    with pytest.raises(EndpointGone) as gone:
        door.send("GET", VOLUMES)
    assert str(gone.value) == "the endpoint http://endpoint.test:8776/v2 has stopped answering"


def test_one_silence_of_each_of_two_operations_is_enough(transport):
    """Waits that hang for a minute each must not be gone through one operation after the other."""
    door = patient(transport)
    door.send("GET", VOLUMES)
    silent(door, [f"{VOLUMES}/{A}", f"{SNAPSHOTS}/{A}"], times=1)
    assert door.send("GET", f"{VOLUMES}/{A}", retry=False).status == 0
    time.sleep(0.06)
    with pytest.raises(EndpointGone, match=r"has stopped answering$"):
        door.send("DELETE", f"{VOLUMES}/{A}")


def test_who_waits_for_a_turn_does_not_find_out_again_that_nobody_answers(transport):
    patience = Patience(busy=10.0, silent=0.05, unheard=30.0, pause=0.001)
    door = gateway(transport, patience=patience)
    door.send("GET", VOLUMES)
    began = len(transport.sent)
    # While this one pauses before its second attempt, another operation is not answered either, and the time passes.
    transport.on("GET", f"/volumes/{B}", lost())

    def meanwhile(seconds):
        if seconds:
            door.pause = lambda seconds: None
            assert door.send("GET", f"{SNAPSHOTS}/{A}", retry=False).status == 0
            time.sleep(0.06)

    door.pause = meanwhile
    with pytest.raises(EndpointGone, match=r"has stopped answering$"):
        door.send("GET", f"{VOLUMES}/{B}")
    assert len(transport.sent) == began + 2


def test_at_the_end_of_a_run_requests_are_short_and_two_are_enough(transport):
    door = patient(transport, silent=30.0)
    door.send("GET", VOLUMES)
    silent(door, [f"{VOLUMES}/{A}", f"{SNAPSHOTS}/{A}"])
    door.hurry(0.05)
    assert transport.hurried == [0.05]
    assert door.send("GET", f"{VOLUMES}/{A}", retry=False).status == 0
    time.sleep(0.06)
    assert door.send("GET", f"{VOLUMES}/{A}").status == 0
    with pytest.raises(EndpointGone, match=r"has stopped answering$"):
        door.send("GET", VOLUMES)
    door.try_again()
    assert door.send("GET", VOLUMES).status == 200


def test_whoever_breaks_requests_off_is_known_to_have(transport):
    door = patient(transport)
    assert not door.interrupted
    door.interrupt()
    assert door.interrupted
    assert transport.interrupted


def test_an_answer_to_anything_since_then_shows_that_the_endpoint_is_there(transport):
    door = patient(transport)
    silent(door, [f"{VOLUMES}/{A}", f"{SNAPSHOTS}/{A}"])
    door.send("GET", VOLUMES)
    time.sleep(0.06)
    assert door.send("GET", VOLUMES).status == 200
    with pytest.raises(EndpointGone, match="showSnapshot"):
        door.send("GET", f"{SNAPSHOTS}/{A}")


@pytest.mark.parametrize("reply", [answer(404), answer(500), lost("protocol")])
def test_whatever_comes_ends_a_silence(transport, reply):
    door = patient(transport)
    silent(door, [f"{VOLUMES}/{A}"], times=2)
    transport.on("GET", "/volumes/*", reply, lost())
    door.send("GET", f"{VOLUMES}/{A}", retry=False)
    time.sleep(0.06)
    silent(door, [f"{VOLUMES}/{A}"], times=2)
    time.sleep(0.06)
    assert door.send("GET", f"{VOLUMES}/{A}", retry=False).status == 0


def test_a_new_attempt_forgets_the_silence(transport):
    door = patient(transport)
    silent(door, [f"{VOLUMES}/{A}", f"{SNAPSHOTS}/{A}"])
    time.sleep(0.06)
    door.try_again()
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    assert door.send("GET", f"{VOLUMES}/{A}").status == 200


def test_the_time_that_a_request_took_counts_as_silence(transport):
    def slow(sent):
        time.sleep(0.06)
        return lost()

    transport.on("GET", "/volumes/*", slow)
    door = patient(transport, silent=0.15)
    silent(door, [f"{VOLUMES}/{A}"])
    with pytest.raises(EndpointGone):
        door.send("GET", f"{VOLUMES}/{A}")


def test_an_endpoint_that_answers_has_not_gone_quiet(transport):
    door = patient(transport, silent=30.0)
    door.send("GET", VOLUMES)
    silent(door, [f"{VOLUMES}/{A}"], times=9)
    assert door.went_quiet is False


def test_one_that_is_silent_has_gone_quiet_also_before_anybody_asks_again(transport):
    door = patient(transport)
    silent(door, [f"{VOLUMES}/{A}"])
    time.sleep(0.06)
    assert door.went_quiet is True


def test_that_it_went_quiet_is_remembered_when_it_answers_again(transport):
    door = patient(transport)
    silent(door, [f"{VOLUMES}/{A}"])
    time.sleep(0.06)
    with pytest.raises(EndpointGone):
        door.send("GET", f"{VOLUMES}/{A}")
    door.try_again()
    assert door.send("GET", VOLUMES).status == 200
    assert door.went_quiet is True
