"""The end of a run does not last where nobody answers any more, and lists what it could not remove."""

import time

import pytest
from tests.gateway.scripted import RUN, SEALED, A, B, Scripted, answer, gateway

from volcheck.gateway.core import Patience
from volcheck.gateway.ledger import Resource
from volcheck.gateway.transport import TransportError
from volcheck.runner.closing import remove_all


def hanging(transport):
    """A server that takes requests and leaves them without an answer for a fifth of a second."""

    def hang(sent):
        time.sleep(0.2)
        return TransportError("no answer", "network", sent=True)

    transport.on("*", "*", hang)


def door(transport, **patience):
    made = gateway(
        transport,
        patience=Patience(**{"busy": 60.0, "silent": 20.0, "unheard": 3.0, "pause": 0.01, **patience}),
    )
    for resource_id in (A, B):
        resource = Resource("volume", resource_id, SEALED, 1)
        resource.proved = True
        made.ledger.register(resource)
    return made


def test_nobody_answers_and_everything_is_listed():
    transport = Scripted()
    closing = door(transport, silent=0.15)
    hanging(transport)
    cleaned = remove_all(closing, RUN, patience=120.0)
    assert {left["id"] for left in cleaned["leftovers"]} == {A, B}
    assert all("run `volcheck clean`" in left["advice"] for left in cleaned["leftovers"])
    assert any("has stopped answering" in problem for problem in cleaned["problems"])
    # The first look at the list is taken again until the time is over; deletions are asked for all the same, as an
    # endpoint whose lists hang may well delete.
    assert set(transport.lines) == {"GET /snapshots/detail", f"DELETE /volumes/{A}", f"DELETE /volumes/{B}"}
    assert cleaned["removed"] == 0


@pytest.mark.parametrize(("interrupted", "seconds"), [(False, 10.0), (True, 5.0)])
def test_requests_are_short_and_shorter_after_an_interruption(interrupted, seconds):
    transport = Scripted()
    transport.on("DELETE", "/volumes/*", answer(202))
    transport.on("GET", "/volumes/*", answer(404))
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": []}))
    closing = door(transport)
    if interrupted:
        closing.interrupt()
    cleaned = remove_all(closing, RUN, patience=20.0)
    assert transport.hurried == [seconds]
    assert cleaned["leftovers"] == []


def test_one_request_without_an_answer_keeps_nothing_from_being_removed():
    transport = Scripted()
    lost = TransportError("the connection was closed before an answer came", "network", sent=True)
    transport.on("DELETE", "/volumes/*", lost, lost, answer(202))
    transport.on("GET", "/volumes/*", lost, answer(404))
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": []}))
    cleaned = remove_all(door(transport), RUN, patience=20.0)
    assert cleaned["leftovers"] == []
