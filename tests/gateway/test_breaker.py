"""Circuits open after three failures in a row, and all busy operations share one patience."""

import pytest
from tests.gateway.scripted import PROJECT, TAG, A, Scripted, answer, gateway, shown

from volcheck.gateway import cleanup
from volcheck.gateway.breaker import Breaker, Busy
from volcheck.gateway.core import Patience
from volcheck.gateway.errors import OperationBusy
from volcheck.gateway.ledger import Resource

PATIENCE = 60.0


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def busy(clock):
    return Busy(PATIENCE, rest=5.0, clock=clock)


# -- failures ---------------------------------------------------------------------------------------------------------


def test_a_circuit_opens_with_the_third_failure_in_a_row():
    breaker = Breaker()
    breaker.failed("a", "first")
    breaker.failed("a", "second")
    assert breaker.why("a") is None
    breaker.failed("a", "third")
    assert breaker.why("a") == "third"


def test_a_success_closes_a_circuit_and_begins_the_count_anew():
    breaker = Breaker()
    for _ in range(3):
        breaker.failed("a", "no")
    breaker.worked("a")
    assert breaker.why("a") is None
    breaker.failed("a", "no")
    breaker.failed("a", "no")
    breaker.worked("a")
    breaker.failed("a", "no")
    assert breaker.why("a") is None


def test_circuits_know_nothing_of_each_other():
    breaker = Breaker()
    for _ in range(3):
        breaker.failed("a", "no a")
    breaker.failed("b", "no b")
    breaker.worked("b")
    assert breaker.why("b") is None
    assert breaker.why("c", "b", "a") == "no a"
    assert breaker.why() is None


def test_what_has_failed_wherever_it_was_tried_is_given_up_and_what_has_not_failed_is_not():
    breaker = Breaker()
    breaker.failed("a", "no a")
    breaker.give_up("a")
    breaker.give_up("b")
    assert breaker.why("a") == "no a"
    assert breaker.why("b") is None
    breaker.failed("a", "still no a")
    assert breaker.why("a") == "still no a"


# -- patience ---------------------------------------------------------------------------------------------------------


def test_an_operation_is_borne_with_until_the_patience_is_used_up_to_the_last_second(busy, clock):
    for _ in range(6):
        assert busy.bear("a", 10)
        clock.now += 10
    assert not busy.bear("a", 10)
    assert not busy.bear("a", 0.5)


def test_the_whole_patience_at_once_is_borne_and_no_more(busy, clock):
    assert not busy.bear("a", 60.5)
    assert busy.bear("b", 60)


def test_patience_is_left_after_a_wait_that_was_too_long(busy):
    assert not busy.bear("a", 61)
    assert busy.bear("a", 60)


def test_waits_that_overlap_count_once(busy, clock):
    for _ in range(12):
        assert busy.bear("a", 10)
    clock.now += 5
    # Five seconds of it overlap with the ten that are waited for already.
    assert busy.bear("a", 10)
    clock.now += 10
    assert busy.bear("a", 45)
    clock.now += 45
    assert not busy.bear("a", 0.1)


def test_time_between_waits_is_no_wait(busy, clock):
    for _ in range(6):
        clock.now += 100
        assert busy.bear("a", 10)
    clock.now += 100
    assert not busy.bear("a", 10)


def test_being_served_ends_an_outage(busy, clock):
    assert busy.bear("a", 50)
    clock.now += 50
    busy.served("a")
    assert busy.bear("a", 50)


def test_an_operation_shares_what_another_busy_one_has_left(busy, clock):
    assert busy.bear("a", 40)
    clock.now += 40
    assert not busy.bear("b", 21)
    assert busy.bear("b", 20)


def test_an_operation_shares_the_least_that_the_others_have_left(busy, clock):
    assert busy.bear("a", 30)
    clock.now += 30
    busy.served("b")
    assert not busy.bear("b", 31)
    busy.served("a")
    assert busy.bear("a", 30)
    clock.now += 30
    # b is as it was, with nothing left; what a has used is its own and b's share.
    assert not busy.bear("c", 4)


def test_a_twentieth_is_left_for_whoever_comes_when_all_is_used_up(busy, clock):
    assert busy.bear("a", 60)
    clock.now += 60
    assert not busy.bear("b", 3.1)
    assert busy.bear("b", 3)


def test_being_served_gives_nothing_to_others_that_are_busy_still(busy, clock):
    assert busy.bear("a", 60)
    clock.now += 60
    busy.served("b")
    assert not busy.bear("a", 1)


# -- circuits of busy operations --------------------------------------------------------------------------------------


def opened(busy, clock, operation="a"):
    for _ in range(3):
        assert not busy.bear(operation, PATIENCE + 1)
    assert busy.lasting == [operation]


def test_a_circuit_opens_when_the_patience_is_used_up_and_the_operation_was_busy_three_times(busy, clock):
    busy.bear("a", PATIENCE + 1)
    busy.bear("a", PATIENCE + 1)
    busy.admit("a")
    assert busy.lasting == []
    busy.bear("a", PATIENCE + 1)
    assert busy.lasting == ["a"]
    with pytest.raises(OperationBusy, match="a has answered 3 times in a row that it is busy, for 0 s"):
        busy.admit("a")
    busy.admit("b")


def test_a_circuit_stays_closed_as_long_as_there_is_patience(busy, clock):
    for _ in range(20):
        assert busy.bear("a", 1)
        clock.now += 1
        busy.admit("a")
    assert busy.lasting == []


def test_requests_that_are_not_repeated_open_a_circuit_after_so_long_an_outage(busy, clock):
    for _ in range(10):
        assert not busy.bear("a", None)
    clock.now += PATIENCE
    busy.bear("a", None)
    assert busy.lasting == []
    clock.now += 0.5
    busy.bear("a", None)
    with pytest.raises(OperationBusy, match="12 times in a row that it is busy, for 60 s"):
        busy.admit("a")


def test_an_open_circuit_lets_one_request_through_from_time_to_time(busy, clock):
    opened(busy, clock)
    clock.now += 4.9
    with pytest.raises(OperationBusy):
        busy.admit("a")
    clock.now += 0.1
    busy.admit("a")
    with pytest.raises(OperationBusy):
        busy.admit("a")
    clock.now += 2
    busy.bear("a", None)
    assert busy.lasting == ["a"]
    clock.now += 4
    with pytest.raises(OperationBusy):
        busy.admit("a")
    clock.now += 1
    busy.admit("a")
    busy.served("a")
    busy.admit("a")
    busy.admit("a")
    assert busy.lasting == []


def test_trying_again_lets_the_next_request_through_and_gives_no_patience_back(busy, clock):
    assert busy.bear("a", PATIENCE)
    clock.now += PATIENCE
    busy.bear("a", 1)
    busy.bear("a", 1)
    assert busy.lasting == ["a"]
    busy.try_again()
    busy.admit("a")
    with pytest.raises(OperationBusy):
        busy.admit("a")
    assert not busy.bear("a", 1)
    assert busy.lasting == ["a"]


def test_a_run_that_finds_everything_busy_waits_for_little_more_than_its_patience(busy, clock):
    began = clock.now
    for operation in "abcdefghijkl":
        for _ in range(100):
            try:
                busy.admit(operation)
            except OperationBusy:
                break
            if busy.bear(operation, 1.0):
                clock.now += 1.0
    assert PATIENCE <= clock.now - began <= PATIENCE * 1.6


# -- at the door ------------------------------------------------------------------------------------------------------

BUSY = answer(503, headers={"retry-after": "1"})
VOLUMES = f"/{PROJECT}/volumes"
HURRIED = Patience(busy=0.05, silent=1, unheard=1, pause=0.02)


def create(door):
    return door.send("POST", VOLUMES, json_body={"volume": {"size": 1, "name": TAG}})


@pytest.mark.parametrize("refusal", [BUSY, answer(429), answer(413, headers={"retry-after": "1"})])
def test_creations_that_are_always_refused_for_being_busy_are_sent_no_more(refusal):
    transport = Scripted()
    transport.on("POST", "/volumes", refusal)
    door = gateway(transport, patience=HURRIED)
    while not door.busy.lasting:
        assert create(door).status == refusal.status
    sent = len(transport.sent)
    assert sent <= 8 + 2
    with pytest.raises(OperationBusy, match="createVolume has answered"):
        create(door)
    assert len(transport.sent) == sent
    assert door.send("GET", VOLUMES).status == 200


@pytest.mark.parametrize("reply", [answer(413), answer(500), answer(400), answer(404)])
def test_what_is_refused_for_another_reason_is_not_busy(reply):
    transport = Scripted()
    transport.on("POST", "/volumes", reply)
    door = gateway(transport, patience=HURRIED)
    for _ in range(6):
        assert create(door).status == reply.status
    assert door.busy.lasting == []


def test_any_other_answer_ends_an_outage_at_the_door():
    transport = Scripted()
    transport.on("GET", "/types", BUSY, BUSY, answer(400), BUSY, BUSY, answer(200))
    door = gateway(transport, patience=HURRIED)
    statuses = [door.send("GET", f"/{PROJECT}/types", retry=False).status for _ in range(6)]
    assert statuses == [503, 503, 400, 503, 503, 200]


def test_requests_that_are_not_to_be_repeated_are_not_waited_for():
    transport = Scripted()
    transport.on("GET", "/types", answer(429), answer(200))
    door = gateway(transport)
    assert door.send("GET", f"/{PROJECT}/types", retry=False).status == 429
    assert len(transport.sent) == 1


def test_a_silent_operation_is_not_taken_for_a_served_one(monkeypatch):
    from volcheck.gateway.transport import TransportError

    transport = Scripted()
    lost = TransportError("connection was closed", "network", sent=True)
    transport.on("DELETE", f"/volumes/{A}", BUSY, BUSY, lost, BUSY)
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    door = gateway(transport, patience=HURRIED)
    door.ledger.register(Resource("volume", A, TAG, 1, proved=True))
    for _ in range(4):
        door.send("DELETE", f"{VOLUMES}/{A}")
    assert door.busy.lasting == ["deleteVolume"]


def test_cleaning_up_goes_on_when_deletions_are_served_again_and_ends_when_they_are_not():
    transport = Scripted()
    door = gateway(transport, patience=HURRIED)
    door.ledger.register(Resource("volume", A, TAG, 1, proved=True))
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    transport.on("DELETE", f"/volumes/{A}", BUSY)
    outcome = cleanup.clean(door, patience=0.4)
    assert [left.resource.id for left in outcome.left] == [A]
    assert len(outcome.problems) == 1
    assert outcome.problems[0].startswith("cleaning up was held up: deleteVolume has answered")
    transport.on("DELETE", f"/volumes/{A}", answer(202))
    transport.on("GET", f"/volumes/{A}", answer(404))
    assert cleanup.clean(door, patience=0.4) == cleanup.Outcome((), ())


# -- what is remembered -----------------------------------------------------------------------------------------------


def test_that_a_circuit_was_open_is_remembered_when_it_has_closed():
    breaker = Breaker()
    for _ in range(2):
        breaker.failed("a", "no a")
    assert breaker.ever_tripped is False
    breaker.failed("a", "no a")
    breaker.failed("b", "no b")
    breaker.worked("a")
    assert breaker.tripped is False
    assert breaker.ever_tripped is True


def test_what_was_given_up_counts_as_tripped_and_what_has_not_failed_does_not():
    breaker = Breaker()
    breaker.give_up("a")
    assert breaker.ever_tripped is False
    breaker.failed("a", "no a")
    breaker.give_up("a")
    assert breaker.tripped is True
    assert breaker.ever_tripped is True


def test_that_an_operation_was_busy_for_too_long_is_remembered_when_it_is_served(busy):
    for _ in range(2):
        busy.bear("a", 61)
    assert busy.ever_lasted is False
    busy.bear("a", 61)
    busy.bear("b", 61)
    busy.served("a")
    assert busy.lasting == []
    assert busy.ever_lasted is True
