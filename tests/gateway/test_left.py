"""What cleaning up says of what is left, in what order it goes, and when lists need not show a resource."""

from __future__ import annotations

import json
import math
import os
import threading
import time

import pytest
from tests.gateway.scripted import (
    OTHER,
    OTHER_PROJECT,
    OTHER_SECRET,
    PROJECT,
    RUN,
    SEALED,
    SECRET,
    SNAPSHOT,
    TAG,
    A,
    B,
    Scripted,
    answer,
    gateway,
    shown,
)

from volcheck.gateway import cleanup
from volcheck.gateway.cleanup import Left
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.transport import TransportError

TRIES_AGAIN = "run `volcheck clean`, which tries again"
NO_ANSWER = "the endpoint does not answer: run `volcheck clean` when it does"
ENDED = "the token has ended: run `volcheck clean` with a fresh one, which removes it"
UNSAFE = "its id can't stand in a URL safely: delete it by other means"


@pytest.fixture
def transport():
    return Scripted()


def made(door, kind="volume", resource_id=A, **more):
    resource = Resource(kind, resource_id, SEALED, 1, proved=True, **more)
    door.ledger.register(resource)
    return resource


def left(door, patience=0.02):
    return list(cleanup.clean(door, patience=patience).left)


def lost():
    return TransportError("no answer within 60 s", "network", sent=True)


# -- what is left -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (
            "creating",
            "it is stuck in creating: an administrator must reset its state (os-reset_status) before it can be deleted",
        ),
        (
            "error_deleting",
            "its deletion failed: look at the volume service's log, then delete it again or have its state reset",
        ),
        ("deleting", "it was still being deleted: look again later"),
        ("in-use", "it is attached: detach it, then delete it"),
        ("available", TRIES_AGAIN),
    ],
)
def test_each_status_has_its_advice(transport, status, advice):
    transport.on("DELETE", "*", answer(400))
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name=SEALED, status=status))
    door = gateway(transport)
    resource = made(door)
    assert left(door) == [Left(resource, status, f"its DELETE was refused with 400; {advice}")]


@pytest.mark.parametrize(
    "body", [{"volume": {"name": SEALED}}, {"volume": []}, [], {"snapshot": {"status": "error"}}]
)
def test_what_shows_no_status_is_left_as_unknown(transport, body):
    transport.on("DELETE", "*", answer(400))
    transport.on("GET", f"/volumes/{A}", answer(200, body))
    door = gateway(transport)
    resource = made(door)
    assert left(door) == [Left(resource, "unknown", f"its DELETE was refused with 400; {TRIES_AGAIN}")]


def test_who_does_not_answer_the_last_look_is_asked_once(transport):
    transport.on("DELETE", "*", answer(400))
    transport.on("GET", f"/volumes/{A}", answer(503, headers={"retry-after": "30"}))
    door = gateway(transport)
    made(door)
    assert [each.advice for each in left(door, patience=0.0)] == [TRIES_AGAIN]
    assert transport.lines.count(f"GET /volumes/{A}") == 1


def test_an_endpoint_that_has_stopped_answering_is_told(transport):
    transport.on("*", "*", lost())
    door = gateway(transport)
    resource = made(door, deleting=True)
    outcome = cleanup.clean(door, patience=10.0)
    assert list(outcome.left) == [Left(resource, "unknown", NO_ANSWER)]
    assert [problem.partition(": ")[0] for problem in outcome.problems] == ["cleaning up stopped"]


def test_a_token_that_has_ended_is_told(transport):
    transport.on("*", "*", answer(401))
    door = gateway(transport)
    resource = made(door)
    outcome = cleanup.clean(door, patience=5.0)
    assert list(outcome.left) == [Left(resource, "unknown", ENDED)]
    assert outcome.problems[0].startswith("cleaning up stopped: ")


@pytest.mark.parametrize("resource_id", ["..", "."])
def test_an_id_that_no_url_can_hold_is_told_and_stops_nothing_else(transport, resource_id):
    transport.on("*", f"/volumes/{A}", answer(404))
    door = gateway(transport)
    unsafe = made(door, resource_id=resource_id)
    made(door)
    outcome = cleanup.clean(door, patience=5.0)
    assert list(outcome.left) == [Left(unsafe, "unknown", UNSAFE)]
    assert [sent.line for sent in transport.sent] == [f"DELETE /volumes/{A}", f"GET /volumes/{A}"]
    assert len(outcome.problems) == 1


def test_the_last_look_is_taken_by_whoever_owns_it(transport):
    transport.on("DELETE", "*", answer(400))
    transport.on("GET", "*", shown("volume", A, name=SEALED, status="in-use"))
    door = gateway(transport, other=OTHER)
    made(door, project=OTHER_PROJECT)
    assert [each.status for each in left(door, patience=0.0)] == ["in-use"]
    assert {sent.headers["X-Auth-Token"] for sent in transport.sent} == {OTHER_SECRET}
    assert all(f"/{OTHER_PROJECT}/" in sent.url for sent in transport.sent)
    assert SECRET not in str(transport.sent)


# -- in what order ------------------------------------------------------------------------------------------------


def test_a_volume_waits_for_its_own_snapshots_and_no_other_does(transport):
    transport.on("DELETE", "*", answer(202))
    door = gateway(transport)
    resources = [made(door), made(door, resource_id=B), made(door, "snapshot", SNAPSHOT, volume_id=A)]
    cleanup.push(door, resources)
    assert transport.lines == [f"DELETE /snapshots/{SNAPSHOT}", f"DELETE /volumes/{B}"]
    assert [each.deleting for each in resources] == [False, True, True]
    door.ledger.gone(SNAPSHOT)
    cleanup.push(door, [resources[0]])
    assert transport.lines[-1] == f"DELETE /volumes/{A}"


def test_a_snapshot_that_shares_an_id_with_a_parent_does_not_wait(transport):
    transport.on("DELETE", "*", answer(202))
    door = gateway(transport)
    snapshots = [made(door, "snapshot", A, volume_id=A), made(door, "snapshot", B, volume_id=A)]
    cleanup.push(door, snapshots)
    assert sorted(transport.lines) == [f"DELETE /snapshots/{A}", f"DELETE /snapshots/{B}"]


def test_many_are_asked_for_at_once_by_threads_with_a_name(transport):
    barrier = threading.Barrier(8)
    names = set()

    def together(sent):
        names.add(threading.current_thread().name.rpartition("_")[0])
        # Fewer at once would wait for ever.
        barrier.wait(timeout=30)
        return answer(202)

    transport.on("DELETE", "*", together)
    door = gateway(transport)
    cleanup.push(door, [made(door, resource_id=f"{n:08}-1111-4111-8111-111111111111") for n in range(16)])
    assert len(transport.sent) == 16
    assert names == {"volcheck-cleanup"}


def test_one_alone_and_what_is_gone_need_no_threads(transport):
    names = []

    def name(sent):
        names.append(threading.current_thread().name)
        return answer(202)

    transport.on("DELETE", "*", name)
    door = gateway(transport)
    one = made(door)
    made(door, resource_id=B)
    door.ledger.gone(B)
    cleanup.push(door, [one])
    assert names == [threading.current_thread().name]
    cleanup.push(door, [door.ledger.get(B)])
    assert len(names) == 1


def test_after_the_deadline_nothing_is_asked_for(transport):
    transport.on("DELETE", "*", answer(202))
    door = gateway(transport)
    one = made(door)
    cleanup.push(door, [one], deadline=time.monotonic() - 1)
    assert transport.sent == []
    cleanup.push(door, [one], deadline=time.monotonic() + 60)
    assert len(transport.sent) == 1


# -- when lists need not show it ----------------------------------------------------------------------------------


@pytest.fixture
def ledger():
    ledger = Ledger(None, run_id=RUN)
    ledger.register(Resource("volume", A, TAG, 1))
    return ledger


def hidden(ledger):
    """Whether lists need not show the volume."""
    return ledger.get(A).exists_since == math.inf


def test_while_a_deletion_is_under_way_lists_need_not_show_it(ledger):
    assert not hidden(ledger)
    ledger.deletion_sent(B)
    assert not hidden(ledger)
    ledger.deletion_sent(A)
    assert hidden(ledger)


def test_after_a_refusal_lists_must_show_it_again_from_then_on(ledger):
    ledger.deletion_sent(A)
    before = time.monotonic()
    ledger.deletion_refused(B)
    assert hidden(ledger)
    ledger.deletion_refused(A)
    assert before <= ledger.get(A).exists_since <= time.monotonic()


def test_of_several_deletions_all_must_be_refused(ledger):
    for _ in range(3):
        ledger.deletion_sent(A)
    for _ in range(2):
        ledger.deletion_refused(A)
        assert hidden(ledger)
    ledger.deletion_refused(A)
    assert not hidden(ledger)


def test_an_accepted_deletion_is_not_undone_by_one_that_is_refused(ledger):
    ledger.deletion_sent(A)
    ledger.deletion_sent(A)
    ledger.deleting(A)
    ledger.deletion_refused(A)
    ledger.deletion_refused(A)
    assert hidden(ledger)


@pytest.mark.parametrize(
    ("status", "shown_again"), [(400, True), (409, True), (500, False), (202, False), (404, False)]
)
def test_the_gateway_keeps_this_true(transport, status, shown_again):
    transport.on("DELETE", f"/volumes/{A}", answer(status))
    door = gateway(transport)
    made(door)
    door.send("DELETE", f"/{PROJECT}/volumes/{A}")
    assert hidden(door.ledger) is not shown_again


# -- the ledger's other corners -----------------------------------------------------------------------------------


def test_what_is_forgotten_is_not_known(ledger):
    ledger.forget(B)
    assert ledger.get(A) is not None
    ledger.forget(A)
    assert ledger.get(A) is None
    assert ledger.live() == []
    ledger.forget(A)


def test_what_is_found_where_nobody_thought_is_there(ledger):
    found = Resource("volume", A, TAG, 1, project=OTHER_PROJECT)
    assert ledger.adopt(found) is False
    assert ledger.get(A).project == OTHER_PROJECT


def test_a_creation_without_a_name_is_not_taken_for_one_with(ledger):
    number = ledger.intend("volume", None)
    assert ledger.adopt(Resource("volume", B, TAG, 1)) is True
    assert [intent.number for intent in ledger.open()] == [number]
    nameless = Resource("volume", SNAPSHOT, "", 1)
    ledger.adopt(nameless)
    assert nameless.intent == number
    assert ledger.open() == []


def test_a_file_that_has_gone_is_no_trouble(tmp_path):
    path = tmp_path / f"{RUN}-main.jsonl"
    ledger = Ledger(path, run_id=RUN)
    path.unlink()
    ledger.close()
    assert ledger.unwritable is None


def test_a_file_that_cant_be_removed_is_said(tmp_path):
    path = tmp_path / f"{RUN}-main.jsonl"
    ledger = Ledger(path, run_id=RUN)
    path.unlink()
    path.mkdir()
    ledger.close()
    assert ledger.unwritable in (os.strerror(1), os.strerror(21))


# -- what is told of a doubtful answer ----------------------------------------------------------------------------


def test_a_doubtful_answer_is_told_of_with_what_it_showed(transport):
    transport.on(
        "POST", "/volumes", shown("volume", A, 202, name="데이터\ud800", created_at="2016-05-05T12:00:00")
    )
    door = gateway(transport)
    doubts = []
    door.ownership.on_doubt = doubts.append
    exchange = door.send("POST", f"/{PROJECT}/volumes", json_body={"volume": {"name": SEALED, "size": 1}})
    (doubt,) = doubts
    assert doubt.exchange is exchange
    assert (doubt.kind, doubt.message, doubt.expected) == (
        "volume",
        "a creation of a volume is answered with something else: it does not carry the tag that was sent",
        "the new volume, with the tag that was sent",
    )
    assert doubt.got == '{"id": "' + A + '", "name": "데이터\\ud800", "created_at": "2016-05-05T12:00:00"}'
    assert json.loads(doubt.got)["id"] == A
