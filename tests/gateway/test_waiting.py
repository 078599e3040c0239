"""Waiting ends at once where nothing more is to come, and says what it saw."""

from __future__ import annotations

import time

import pytest
from tests.gateway.scripted import (
    OTHER,
    OTHER_PROJECT,
    OTHER_SECRET,
    QUICK,
    SNAPSHOT,
    A,
    Scripted,
    answer,
    contract,
    gateway,
    shown,
)

from volcheck.gateway.errors import Blocked, NotProved, OperationBusy, RunStopped
from volcheck.gateway.ledger import Resource, Unproved
from volcheck.gateway.transport import TransportError
from volcheck.gateway.waiting import GONE, Pace, WaitFailed, wait

PACE = Pace(first=0.001, ceiling=0.01, timeout=20.0)
PATH = f"/volumes/{A}"


def looked_at(*replies):
    transport = Scripted()
    transport.on("GET", PATH, *replies)
    return transport


def watch(transport, wanted="available", *, kind="volume", resource_id=A, pace=PACE, **options):
    door = options.pop("door", None) or gateway(transport)
    return wait(door, contract().machines[kind], kind, resource_id, wanted, pace=pace, **options)


def failure(transport, wanted="available", **options):
    with pytest.raises(WaitFailed) as failed:
        watch(transport, wanted, **options)
    return failed.value


def statuses(seen):
    return [status for status, _ in seen.chain]


def creating():
    return shown("volume", A, status="creating")


def available():
    return shown("volume", A, status="available", size=7)


def error():
    return shown("volume", A, status="error")


# -- what is wanted comes -----------------------------------------------------------------------------------------


def test_it_looks_until_it_sees_what_is_wanted():
    transport = looked_at(creating(), creating(), available())
    seen = watch(transport)
    assert statuses(seen) == ["creating", "available"]
    assert seen.body["size"] == 7
    assert seen.exchange.json()["volume"] == seen.body
    assert transport.lines == [f"GET {PATH}"] * 3
    times = [elapsed for _, elapsed in seen.chain]
    assert 0.0 <= times[0] <= times[1] < 20.0


def test_one_look_is_enough_where_it_is_there_already():
    transport = looked_at(available())
    assert statuses(watch(transport)) == ["available"]
    assert len(transport.sent) == 1


def test_what_is_known_already_begins_the_chain():
    seen = watch(looked_at(available()), since="creating")
    assert statuses(seen) == ["creating", "available"]
    assert seen.chain[0] == ("creating", 0.0)
    assert statuses(watch(looked_at(available()), since="available")) == ["available"]


def test_an_error_may_be_what_is_wanted():
    assert statuses(watch(looked_at(creating(), error()), "error")) == ["creating", "error"]


def test_gone_is_a_404():
    transport = looked_at(shown("volume", A, status="deleting"), answer(404))
    seen = watch(transport, GONE)
    assert statuses(seen) == ["deleting", GONE]
    assert seen.exchange.status == 404
    assert seen.body == {}


def test_a_snapshot_is_watched_as_a_snapshot():
    transport = Scripted()
    transport.on("GET", f"/snapshots/{SNAPSHOT}", shown("snapshot", SNAPSHOT, status="available"))
    assert statuses(watch(transport, kind="snapshot", resource_id=SNAPSHOT)) == ["available"]


def test_what_the_second_identity_made_is_watched_as_that():
    transport = Scripted()
    transport.on("GET", PATH, available())
    door = gateway(transport, other=OTHER)
    door.ledger.register(Resource("volume", A, "n", 1, project=OTHER_PROJECT))
    watch(transport, door=door)
    (sent,) = transport.sent
    assert f"/{OTHER_PROJECT}/volumes/" in sent.url
    assert sent.headers["X-Auth-Token"] == OTHER_SECRET


# -- it doesn't, and is not waited for ----------------------------------------------------------------------------


def test_an_error_status_ends_it_at_once():
    transport = looked_at(creating(), error(), available())
    failed = failure(transport)
    assert failed.why == "error"
    assert str(failed).startswith(f"volume {A}: wanted available, but it went to error after ")
    assert str(failed).endswith("(seen: creating → error)")
    assert (failed.expected, failed.got) == ("volume becomes available", "creating → error")
    assert [status for status, _ in failed.chain] == ["creating", "error"]
    assert failed.exchange.json()["volume"]["status"] == "error"
    assert len(transport.sent) == 2


@pytest.mark.parametrize("status", sorted(contract().machines["volume"].errors))
def test_every_error_status_does(status):
    transport = looked_at(shown("volume", A, status=status), available())
    assert failure(transport).why == "error"
    assert len(transport.sent) == 1


@pytest.mark.parametrize("wanted", ["available", GONE])
def test_an_error_that_stays_is_told_at_the_first_look(wanted):
    assert failure(looked_at(error()), wanted, since="error").why == "error"


def test_a_status_that_may_not_follow_ends_it_at_once():
    transport = looked_at(available(), creating())
    failed = failure(transport, "in-use")
    assert failed.why == "illegal"
    assert "wanted in-use, but creating may not follow available after" in str(failed)
    assert failed.got == "available → creating"
    assert len(transport.sent) == 2


def test_the_first_status_is_held_to_what_is_known():
    failed = failure(looked_at(creating()), since="available")
    assert (failed.why, failed.got) == ("illegal", "available → creating")


def test_a_status_that_is_wanted_must_follow_too():
    assert failure(looked_at(creating()), "creating", since="available").why == "illegal"


def test_the_first_status_of_something_unknown_is_any():
    assert statuses(watch(looked_at(shown("volume", A, status="in-use")), "in-use")) == ["in-use"]


@pytest.mark.parametrize(
    ("replies", "got"), [((answer(404),), "nothing"), ((creating(), answer(404)), "creating")]
)
def test_what_vanishes_is_not_waited_for(replies, got):
    failed = failure(looked_at(*replies))
    assert failed.why == "vanished"
    assert "wanted available, but it is not there any more (404) after" in str(failed)
    assert failed.got == got
    assert failed.exchange.status == 404


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {"volume": {"id": A}}),
        answer(200, {"volume": {"id": A, "status": None}}),
        answer(200, {"volume": {"id": A, "status": 7}}),
        answer(200, {"volume": []}),
        answer(200, {"snapshot": {"id": A, "status": "available"}}),
        answer(200, []),
        answer(200, b"no JSON"),
        shown("volume", A, 201),
        shown("volume", A, 500),
    ],
)
def test_an_answer_that_shows_no_status_ends_it_at_once(reply):
    transport = looked_at(reply, available())
    failed = failure(transport)
    assert failed.why == "answer"
    assert (
        f"but the answer shows no status (GET /8d1f3a5c7e9b4026a1c3e5f708192a3b{PATH} → {reply.status})"
        in str(failed)
    )
    assert failed.got == "nothing"
    assert len(transport.sent) == 1


def test_without_an_answer_there_is_no_finding():
    transport = looked_at(TransportError("the answer broke off: x", "protocol", sent=True))
    with pytest.raises(Blocked) as blocked:
        watch(transport)
    assert str(blocked.value) == f"volume {A} could not be watched: the answer broke off: x"


BUSY = [answer(429), answer(503), answer(413, headers={"retry-after": "7"})]


@pytest.mark.parametrize("reply", BUSY, ids=["429", "503", "413"])
@pytest.mark.parametrize("wanted", ["available", GONE])
def test_who_stays_busy_is_not_judged(reply, wanted):
    with pytest.raises(OperationBusy) as blocked:
        watch(looked_at(creating(), reply), wanted)
    assert str(blocked.value) == (
        f"volume {A} could not be watched, as the endpoint is busy "
        f"(GET /8d1f3a5c7e9b4026a1c3e5f708192a3b{PATH} → {reply.status})"
    )


def test_a_413_that_names_no_time_is_an_answer_without_a_status():
    assert failure(looked_at(answer(413))).why == "answer"


def test_what_is_not_proved_to_be_the_runs_is_not_watched():
    door = gateway(transport := looked_at(creating()))
    door.ledger.doubt(Unproved("volume", A, "n", "creating", "it is somebody else's"))
    with pytest.raises(NotProved) as refused:
        watch(transport, door=door)
    assert str(refused.value) == f"volume {A} is not watched: nothing proves that it is the run's"
    assert len(transport.sent) == 1


def test_a_status_that_does_not_come_is_given_up():
    transport = looked_at(creating())
    began = time.monotonic()
    failed = failure(transport, pace=Pace(first=0.001, ceiling=0.01, timeout=0.2))
    assert failed.why == "timeout"
    assert "but it is still creating after 0." in str(failed)
    assert failed.got == "creating"
    assert time.monotonic() - began >= 0.2
    assert len(transport.sent) > 2


class Slow(Pace):
    """A pace that would sleep through the end of the time."""

    def pause(self, last, elapsed, usual, cost):
        return 60.0


def test_at_the_end_of_the_time_there_is_one_more_look():
    """Pauses are cut to the time that is left, so that what came in the last one is seen."""
    pauses = []
    door = gateway(transport := looked_at(creating(), available()))
    door.pause = pauses.append
    watch(transport, door=door, pace=Slow(first=0.01, timeout=20.0))
    (pause,) = (each for each in pauses if each)
    assert 10.0 < pause <= 20.0


def test_pauses_grow_and_vary_a_little():
    pauses = []
    transport = looked_at(*[creating()] * 9, available())
    door = gateway(transport)
    door.pause = pauses.append
    watch(
        transport,
        door=door,
        pace=Pace(first=0.001, growth=2.0, ceiling=0.064, timeout=9.0),
        usual=lambda: 0.04,
    )
    waits = [each for each in pauses if each]
    assert len(waits) == 9
    for number, pause in enumerate(waits):
        longest = min(0.001 * 2**number, 0.064)
        assert 0.79 * longest <= pause <= longest
    assert len({pause / 2**number for number, pause in enumerate(waits)}) > 1


def test_what_the_like_takes_is_asked_at_every_look():
    asked = []

    def usual():
        asked.append(1)

    watch(looked_at(creating(), creating(), available()), usual=usual)
    assert len(asked) == 2


def test_a_run_that_is_stopped_waits_no_longer():
    transport = looked_at(creating())
    door = gateway(transport, patience=QUICK)
    transport.on("GET", PATH, lambda sent: door.stop("enough") or creating())
    with pytest.raises(RunStopped, match="enough"):
        watch(transport, door=door, pace=Pace(first=30.0, ceiling=30.0, timeout=300.0))
    assert len(transport.sent) == 1
