"""When nothing more is expected of an operation, and of the whole endpoint."""

import pytest

from volcheck.gateway import silence
from volcheck.gateway.silence import Silences


class Clock:
    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(silence, "time", made)
    return made


@pytest.fixture
def silences(clock):
    made = Silences(silent=20.0, unheard=3.0)
    made.answered("listVolumes")
    return made


def test_two_operations_for_so_long_are_an_endpoint_that_is_gone(silences, clock):
    clock.now += 30.0
    silences.unanswered("showVolume", 20.0)
    silences.unanswered("showSnapshot", 19.0)
    assert not silences.is_gone
    clock.now += 0.1
    assert silences.is_gone
    # Of each there was one: neither lasts for itself, and neither is asked again.
    assert not silences.lasts("showVolume")
    assert silences.is_over("showVolume")
    assert silences.is_over("whatever")


def test_the_first_that_went_unanswered_counts_in_whatever_order_they_are_noted(silences, clock):
    clock.now += 30.0
    silences.unanswered("showVolume", 1.0)
    silences.unanswered("showSnapshot", 21.0)
    assert silences.is_gone


def test_the_later_one_does_not_begin_the_silence_anew(silences, clock):
    clock.now += 30.0
    silences.unanswered("showSnapshot", 21.0)
    silences.unanswered("showVolume", 1.0)
    assert silences.is_gone


def test_one_operation_alone_is_not_the_endpoint(silences, clock):
    for _ in range(9):
        clock.now += 30.0
        silences.unanswered("showVolume", 30.0)
    assert not silences.is_gone
    assert silences.lasts("showVolume")
    assert silences.is_over("showVolume")
    assert not silences.is_over("showSnapshot")


def test_what_was_sent_before_the_last_answer_is_silent_since_that(silences, clock):
    clock.now += 100.0
    silences.answered("listVolumes")
    silences.unanswered("showVolume", 60.0)
    silences.unanswered("showSnapshot", 60.0)
    clock.now += 20.0
    assert not silences.is_gone
    clock.now += 0.1
    assert silences.is_gone


def test_an_answer_to_anything_shows_that_it_is_there(silences, clock):
    clock.now += 30.0
    silences.unanswered("showVolume", 30.0)
    silences.unanswered("showSnapshot", 30.0)
    silences.answered("listVolumes")
    assert not silences.is_gone
    clock.now += 30.0
    silences.unanswered("showVolume", 1.0)
    silences.unanswered("showVolume", 1.0)
    assert not silences.is_gone
    assert silences.lasts("showVolume")
    assert not silences.lasts("showSnapshot")
    silences.answered("showVolume")
    assert not silences.lasts("showVolume")


def test_an_idle_endpoint_is_not_silent(silences, clock):
    clock.now += 300.0
    silences.unanswered("showVolume", 0.1)
    silences.unanswered("showSnapshot", 0.1)
    assert not silences.is_gone


def test_an_operation_lasts_from_the_third_on_and_after_its_time(silences, clock):
    for _ in range(2):
        clock.now += 15.0
        silences.unanswered("showVolume", 15.0)
        assert not silences.lasts("showVolume")
    silences.unanswered("showVolume", 0.0)
    assert silences.lasts("showVolume")
    for _ in range(3):
        silences.unanswered("showSnapshot", 20.0)
    assert not silences.lasts("showSnapshot")


def test_who_was_never_heard_is_not_asked_again_soon(clock):
    silences = Silences(silent=20.0, unheard=3.0)
    assert not silences.is_over("listTypes")
    silences.unanswered("listTypes", 3.0)
    assert not silences.is_over("listTypes")
    clock.now += 0.1
    assert silences.is_over("listTypes")


def test_a_new_attempt_forgets(silences, clock):
    clock.now += 30.0
    for _ in range(3):
        silences.unanswered("showVolume", 30.0)
        silences.unanswered("showSnapshot", 30.0)
    silences.try_again()
    assert not silences.is_gone
    assert not silences.lasts("showVolume")


@pytest.mark.parametrize(("hurry", "seconds"), [(5.0, 5.0), (60.0, 20.0)])
def test_at_the_end_two_requests_are_enough(silences, clock, hurry, seconds):
    clock.now += 60.0
    silences.unanswered("showVolume", 60.0)
    silences.unanswered("showSnapshot", 60.0)
    silences.hurry(hurry)
    assert not silences.is_gone
    silences.unanswered("showVolume", 0.0)
    clock.now += seconds + 0.1
    assert not silences.is_gone
    silences.unanswered("showVolume", 0.0)
    assert silences.is_gone


def test_at_the_end_too_it_takes_its_time(silences, clock):
    silences.hurry(5.0)
    for _ in range(9):
        silences.unanswered("showVolume", 0.0)
    clock.now += 5.0
    assert not silences.is_gone
    clock.now += 0.1
    assert silences.is_gone


def test_at_the_end_an_answer_is_still_heard_and_a_new_attempt_is_made(silences, clock):
    silences.hurry(5.0)
    clock.now += 30.0
    silences.unanswered("showVolume", 6.0)
    silences.unanswered("showVolume", 6.0)
    assert silences.is_gone
    silences.answered("showVolume")
    assert not silences.is_gone
    silences.unanswered("listVolumes", 6.0)
    silences.unanswered("listSnapshots", 6.0)
    clock.now += 6.0
    assert silences.is_gone
    silences.try_again()
    assert not silences.is_gone


def test_what_was_under_way_when_all_was_forgotten_does_not_count(silences, clock):
    """Lists hang at the end of a run: that they end unanswered after it has begun to clean up says nothing of deletions."""
    clock.now += 30.0
    silences.hurry(2.0)
    clock.now += 5.0
    silences.unanswered("listVolumes", 5.1)
    silences.unanswered("listSnapshots", 5.1)
    clock.now += 5.0
    assert not silences.is_gone
    silences.unanswered("listVolumes", 5.0)
    silences.unanswered("listSnapshots", 5.0)
    assert silences.is_gone
