"""What a read-only run takes of a project, and what it says where that is too little."""

import pytest

from volcheck.gateway.errors import Blocked
from volcheck.run.stock import Stock, at_rest, shortage

TRANSIENT = {"creating", "deleting", "attaching", "detaching"}


def item(name, status="available", number=0):
    return {"id": f"{name}-{number}", "name": name, "status": status}


def names(found):
    return [each["name"] for each in found]


@pytest.mark.parametrize("name", ["web-01", "db.4", "db_4", "한글 볼륨", "архив", "b😀", "  ", "", None])
def test_volumes_of_every_name_count(name):
    assert names(at_rest([item(name)], TRANSIENT)) == [name]


@pytest.mark.parametrize("status", ["available", "in-use", "error", "error_deleting", "maintenance"])
def test_what_nothing_is_happening_to_counts(status):
    assert len(at_rest([item("a", status)], TRANSIENT)) == 1


@pytest.mark.parametrize("status", [*sorted(TRANSIENT), None, 7])
def test_what_something_is_happening_to_does_not(status):
    assert (
        at_rest(
            [item("a", status), {"name": "no id", "status": "available"}, {"id": 7, "status": "available"}],
            TRANSIENT,
        )
        == []
    )


def test_the_best_come_first():
    found = at_rest(
        [item("u", "in-use"), item("a"), item("A", number=1), item(None), item("b"), item("e", "error")],
        TRANSIENT,
    )
    assert names(found) == ["a", "b", "A", None, "u", "e"]


def test_no_more_are_taken_than_are_looked_at():
    assert len(at_rest([item(str(number)) for number in range(9)], TRANSIENT)) == 8


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_is_not_there_blocks_who_wants_it(number):
    stock = Stock(range(number))
    for wanted in (number, 7):
        with pytest.raises(Blocked, match="too few volumes or snapshots"):
            stock[wanted]
    with pytest.raises(Blocked, match="too few"):
        stock.need(number + 1)
    stock.need(number)
    assert list(stock) == list(range(number))
    assert stock[:3] == list(range(number))
    assert len(stock) == number


@pytest.mark.parametrize(
    ("volumes", "snapshots", "says"),
    [
        (0, 0, "found no volumes and no snapshots at rest"),
        (1, 1, "found 1 volume and 1 snapshot at rest"),
        (3, 2, "found 3 volumes and 2 snapshots at rest"),
        (2, 3, "found 2 volumes and 3 snapshots at rest"),
    ],
)
def test_what_is_too_little_is_said_in_one_sentence(volumes, snapshots, says):
    sentence = shortage(volumes, snapshots)
    assert says in sentence
    assert "want 3 of each: make some, or run without --read-only" in sentence


def test_enough_is_nothing_to_speak_of():
    assert shortage(3, 3) is None
    assert shortage(8, 4) is None
