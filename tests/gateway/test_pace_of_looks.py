"""Waiting: when it looks, when it gives up, and what it says then; on a clock that costs no time."""

import itertools

import pytest
from tests.gateway.scripted import TAG, A, Scripted, answer, contract, gateway, shown

from volcheck.gateway import cleanup, waiting
from volcheck.gateway.ledger import Resource
from volcheck.gateway.waiting import GONE, Pace, WaitFailed, least_pause, wait


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now = 5000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(waiting.time, "monotonic", clock.monotonic)
    monkeypatch.setattr(waiting.time, "sleep", clock.sleep)
    return clock


@pytest.fixture
def door(clock, monkeypatch):
    door = gateway(Scripted())
    door.ledger.register(Resource("volume", A, TAG, 1, proved=True))
    monkeypatch.setattr(door, "pause", clock.sleep)
    return door


def looking(door, clock, reply):
    """The moments, in seconds from now, at which a volume is shown, which then replies so to the moment."""
    moments = []
    began = clock.now

    def show(sent):
        moments.append(clock.now - began)
        return reply(moments[-1])

    door._transport.on("GET", f"/volumes/{A}", show)
    return moments


def watch(door, wanted="available", timeout=300.0, **more):
    return wait(door, contract().machines["volume"], "volume", A, wanted, pace=Pace(timeout=timeout), **more)


def volume(status):
    return answer(200, {"volume": {"id": A, "name": TAG, "size": 1, "status": status}})


def creating(moment):
    return volume("creating")


def apart(moments):
    return [later - earlier for earlier, later in itertools.pairwise(moments)]


@pytest.mark.parametrize(("elapsed", "least"), [(0, 0), (9.99, 0), (10, 1), (59.99, 1), (60, 5), (1000, 5)])
def test_looks_are_apart_by_the_time_waited(elapsed, least):
    assert least_pause(elapsed) == least


def test_a_wait_in_vain_looks_once_a_second_after_ten_and_once_in_five_after_a_minute(door, clock):
    moments = looking(door, clock, creating)
    with pytest.raises(WaitFailed) as failed:
        watch(door)
    assert failed.value.why == "timeout"
    assert 300 < moments[-1] < 300.1
    for at, pause in zip(moments, apart(moments), strict=False):
        # The last look is when time is up.
        if moments[-1] - at > 5.1:
            assert pause >= (5 if at >= 60 else 1 if at >= 10 else 0)
    assert len(moments) < 130


def test_a_wait_ends_when_its_time_is_up_and_says_how_long_it_was(door, clock):
    moments = looking(door, clock, creating)
    with pytest.raises(
        WaitFailed, match=r"wanted available, but it is still creating after 12\.\d s"
    ) as failed:
        watch(door, timeout=12)
    assert 12 < moments[-1] < 12.1
    assert failed.value.got == "creating"
    assert failed.value.expected == "volume becomes available"


def test_what_was_asked_for_long_ago_has_the_rest_of_the_time(door, clock):
    moments = looking(door, clock, creating)
    with pytest.raises(WaitFailed, match=r"after 60\.\d s"):
        watch(door, timeout=60, late=45.0)
    assert 15 < moments[-1] < 15.1
    assert all(pause >= 1 for pause in apart(moments)[:-2])


def test_what_has_no_time_left_is_looked_at_once(door, clock):
    moments = looking(door, clock, creating)
    with pytest.raises(WaitFailed) as failed:
        watch(door, timeout=60, late=60.5)
    assert failed.value.why == "timeout"
    assert moments == [0.0]


def test_what_is_there_at_the_last_look_is_seen(door, clock):
    looking(door, clock, lambda moment: shown("volume", A))
    seen = watch(door, timeout=1, late=500)
    assert seen.chain == (("available", 0.0),)
    assert seen.body["id"] == A


def test_what_becomes_available_slowly_is_seen_soon_after(door, clock):
    moments = looking(door, clock, lambda moment: volume("creating" if moment < 100 else "available"))
    seen = watch(door, since="creating")
    assert [status for status, _ in seen.chain] == ["creating", "available"]
    assert 100 <= moments[-1] <= 105.1


@pytest.mark.parametrize("status", sorted(contract().machines["volume"].errors))
def test_an_error_status_ends_the_wait_at_once(door, clock, status):
    moments = looking(door, clock, lambda moment: volume(status))
    with pytest.raises(WaitFailed) as failed:
        watch(door)
    assert failed.value.why == "error"
    assert moments == [0.0]


def test_a_deletion_ends_with_a_404(door, clock):
    looking(
        door,
        clock,
        lambda moment: answer(404) if moment > 3 else volume("deleting"),
    )
    seen = watch(door, GONE, since="deleting")
    assert [status for status, _ in seen.chain] == ["deleting", GONE]
    assert seen.body == {}


@pytest.mark.parametrize(
    ("reply", "since", "why"),
    [
        (answer(404), "creating", "vanished"),
        (answer(500), "creating", "answer"),
        (answer(200, {"volume": {"id": A}}), "creating", "answer"),
        (answer(200, {"volume": {"id": A, "status": 7}}), "creating", "answer"),
        (answer(200, []), "creating", "answer"),
        (volume("creating"), "available", "illegal"),
    ],
)
def test_what_can_come_to_nothing_ends_the_wait_at_once(door, clock, reply, since, why):
    moments = looking(door, clock, lambda moment: reply)
    with pytest.raises(WaitFailed) as failed:
        watch(door, since=since)
    assert failed.value.why == why
    assert moments == [0.0]


def test_cleaning_up_what_stays_asks_ever_more_seldom_and_ends_in_time(door, clock):
    moments = looking(door, clock, lambda moment: shown("volume", A))
    deletions = []
    began = clock.now

    def accept(sent):
        deletions.append(clock.now - began)
        return answer(202)

    door._transport.on("DELETE", f"/volumes/{A}", accept)
    outcome = cleanup.clean(door, patience=120)
    assert [left.status for left in outcome.left] == ["available"]
    assert 120 < clock.now - began < 120.1
    steps = sorted({*moments, *deletions})
    for at, pause in zip(steps, apart(steps), strict=False):
        if steps[-1] - at > 5.1:
            assert pause >= (5 if at >= 60 else 1 if at >= 10 else 0)
    assert len(steps) < 90
