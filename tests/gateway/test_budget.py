"""How much may exist at once, what can never be had, and a limit that follows the quota."""

import pytest
from tests.gateway.scripted import RUN, SNAPSHOT, A, B

from volcheck.gateway.budget import Amount, Budget
from volcheck.gateway.ledger import Ledger, Resource

LIMIT = Amount(5, 4, 20)


@pytest.fixture
def ledger():
    return Ledger(None, run_id=RUN)


@pytest.fixture
def budget(ledger):
    return Budget(LIMIT, ledger)


def volume(resource_id=A, size=3):
    return Resource("volume", resource_id, "n", size)


def snapshot(size=3):
    return Resource("snapshot", SNAPSHOT, "n", size)


@pytest.mark.parametrize("amount", [LIMIT, Amount(5), Amount(0, 4), Amount(0, 0, 20), Amount()])
def test_what_is_within_the_limit_is_admitted(budget, amount):
    assert budget.admit(amount) is not None
    assert budget.used() == amount


@pytest.mark.parametrize("amount", [Amount(6), Amount(0, 5), Amount(0, 0, 21)])
def test_what_is_beyond_the_limit_in_any_way_is_not(budget, amount):
    assert budget.admit(amount) is None
    assert budget.used() == Amount()
    assert budget.too_small_for(amount) is not None


def test_reservations_add_up_and_are_given_back(budget):
    first = budget.admit(Amount(3, 2, 10))
    assert budget.admit(Amount(3)) is None
    second = budget.admit(Amount(2, 2, 10))
    assert budget.used() == LIMIT
    budget.release(first)
    budget.release(first)
    assert budget.used() == Amount(2, 2, 10)
    budget.release(second)
    assert budget.used() == Amount()


def test_what_belongs_to_nobody_counts_until_it_is_gone(budget, ledger):
    ledger.register(volume())
    ledger.register(snapshot(2))
    assert budget.used() == Amount(1, 1, 5)
    assert budget.admit(Amount(5)) is None
    ledger.gone(A)
    assert budget.used() == Amount(0, 1, 2)


def test_what_a_test_has_created_is_within_its_reservation(budget, ledger):
    reservation = budget.admit(Amount(2, 1, 9))
    reservation.ids |= {A, SNAPSHOT}
    ledger.register(volume())
    ledger.register(snapshot())
    assert budget.held() == {A, SNAPSHOT}
    assert budget.used() == Amount(2, 1, 9)
    budget.release(reservation)
    assert budget.held() == set()
    assert budget.used() == Amount(1, 1, 6)


def test_more_than_was_reserved_counts_as_much_as_it_is(budget, ledger):
    reservation = budget.admit(Amount(1, 0, 20))
    reservation.ids |= {A, B, SNAPSHOT}
    for resource in (volume(), volume(B), snapshot()):
        ledger.register(resource)
    assert budget.used() == Amount(2, 1, 20)


def test_room_that_is_only_taken_for_now_may_come(budget):
    budget.admit(LIMIT)
    assert budget.too_small_for(LIMIT) is None


def test_room_that_is_taken_for_the_whole_run_never_comes(budget):
    budget.admit(Amount(3, 2, 10), lasting=True)
    budget.admit(Amount(1, 1, 5), lasting=True)
    assert budget.too_small_for(Amount(1, 1, 5)) is None
    for amount in (Amount(2), Amount(0, 2), Amount(0, 0, 6)):
        sentence = budget.too_small_for(amount)
        assert f"it needs {amount} at once" in sentence
        assert f"budget of {LIMIT} leaves" in sentence
        assert "of which 4 volumes, 3 snapshots and 15 GiB are in use until its end" in sentence
        assert "raise --max-volumes, --max-snapshots or --max-gigabytes" in sentence


def test_nothing_is_said_of_what_lasts_where_nothing_does(budget):
    budget.admit(Amount(1))
    assert "until its end" not in budget.too_small_for(Amount(6))


def test_a_refusal_by_the_quota_lowers_the_limit_to_what_is_there(budget, ledger):
    ledger.register(volume())
    ledger.register(volume(B))
    ledger.register(snapshot())
    budget.lower("volume")
    assert budget.limit == Amount(2, 4, 20)
    budget.lower("snapshot")
    assert budget.limit == Amount(2, 1, 20)
    ledger.gone(A)
    budget.lower("volume")
    assert budget.limit == Amount(1, 1, 20)


def test_a_refusal_never_raises_the_limit(ledger):
    budget = Budget(Amount(1, 1, 9), ledger)
    ledger.register(volume())
    ledger.register(volume(B))
    budget.lower("volume")
    assert budget.limit == Amount(1, 1, 9)
