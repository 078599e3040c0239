"""Errors of volcheck's own end no request: they are taken down, and said once each."""

import errno

import pytest
from tests.gateway.scripted import PROJECT, SECRET, TAG, A, Scripted, answer, gateway, shown

from volcheck.gateway import cleanup
from volcheck.gateway.breakdowns import Breakdowns

VOLUMES = f"/{PROJECT}/volumes"


def broken(message="what is it"):
    def listener(exchange):
        raise RuntimeError(message)

    return listener


def test_a_listener_that_breaks_down_ends_no_request():
    transport = Scripted()
    transport.on("POST", "/volumes", answer(202, {"volume": {"id": A, "name": TAG, "size": 1}}))
    door, heard = gateway(transport), []
    door.listeners += [broken(), heard.append]
    exchange = door.send("POST", VOLUMES, json_body={"volume": {"name": TAG, "size": 1}})
    assert exchange.status == 202
    assert [resource.id for resource in door.ledger.live()] == [A]
    # Who comes behind it hears all the same.
    assert heard[-1] is exchange
    (found,) = door.breakdowns.all()
    assert "RuntimeError in test_breakdowns.py:" in found.english
    assert "what is it" in found.english
    assert "please report it" in found.english
    assert "RuntimeError in test_breakdowns.py:" in found.korean
    assert "Traceback" in found.traceback


def test_cleaning_up_goes_on_whatever_looks_at_it_breaks():
    transport = Scripted()
    transport.on("POST", "/volumes", answer(202, {"volume": {"id": A, "name": TAG, "size": 1}}))
    transport.on("GET", f"/volumes/{A}", shown("volume", A), answer(404))
    transport.on("DELETE", f"/volumes/{A}", answer(202))
    door = gateway(transport)
    door.listeners.append(broken())
    door.send("POST", VOLUMES, json_body={"volume": {"name": TAG, "size": 1}})
    assert cleanup.clean(door, patience=5).left == ()
    assert f"DELETE /volumes/{A}" in transport.lines


def test_an_interrupt_is_no_breakdown():
    found = Breakdowns()
    with pytest.raises(KeyboardInterrupt), found.caught():
        raise KeyboardInterrupt
    assert found.all() == []


def test_the_same_again_is_said_once_and_many_are_not_kept():
    found = Breakdowns()
    for _ in range(3):
        for number in range(40):
            with found.caught():
                raise ValueError(number)
    assert len(found.all()) == 20
    assert len({each.english for each in found.all()}) == 20


def test_secrets_are_taken_out_before_anything_is_cut():
    transport = Scripted()
    door = gateway(transport)
    for length in range(250, 320):
        door.listeners = [broken("x" * length + SECRET + "y" * 400)]
        door.send("GET", VOLUMES)
    door.breakdowns.trouble(f"{SECRET} was there", f"{SECRET}")
    for found in door.breakdowns.all():
        for text in (found.english, found.korean, found.traceback):
            assert SECRET[:16] not in text
            assert SECRET[-16:] not in text
        assert len(found.english) < 500


def test_a_message_of_many_lines_is_one_sentence():
    found = Breakdowns()
    with found.caught():
        raise ValueError("one\n  two\tthree")
    assert "one two three" in found.all()[0].english


def test_an_error_without_a_message_or_a_place_is_told_of_too():
    found = Breakdowns()
    found.error(ValueError())
    assert found.all()[0].english.startswith("volcheck itself broke down (ValueError in an unknown place): ")


def test_trouble_is_said_as_it_is():
    found = Breakdowns()
    found.trouble("The disk is full.", "디스크가 가득 찼습니다.")
    (one,) = found.all()
    assert (one.english, one.korean, one.traceback) == ("The disk is full.", "디스크가 가득 찼습니다.", "")


@pytest.mark.parametrize("resource_id", ["\ud800", "a\udfffb", "볼륨", "a b/c?d#e%2e", "\x00"])
def test_an_id_that_can_stand_in_no_url_stays_known_and_stops_nothing(resource_id):
    transport = Scripted()
    made = [resource_id, A]
    transport.on(
        "POST", "/volumes", *(answer(202, {"volume": {"id": each, "name": TAG, "size": 1}}) for each in made)
    )
    transport.on("GET", "/volumes/*", answer(404))
    transport.on("GET", f"/volumes/{A}", shown("volume", A), answer(404))
    transport.on("DELETE", "*", answer(202))
    transport.on("DELETE", f"/volumes/{A}", answer(202))
    door = gateway(transport)
    for _ in made:
        door.send("POST", VOLUMES, json_body={"volume": {"name": TAG, "size": 1}})
    left = cleanup.clean(door, patience=1).left
    assert f"DELETE /volumes/{A}" in transport.lines
    named = resource_id == "볼륨"
    assert [item.resource.id for item in left] == []
    # What no request can name is not asked for; what is known of it stays, to be listed.
    assert [intent.id for intent in door.ledger.open()] == ([] if named else [resource_id])
    assert len([line for line in transport.lines if line.startswith("DELETE")]) == 1
    assert all(request.url.isascii() for request in transport.sent)


def test_a_query_with_half_a_surrogate_pair_can_be_sent():
    transport = Scripted()
    gateway(transport).send("GET", VOLUMES, query={"marker": "\ud800"})
    assert transport.sent[-1].url.endswith("?marker=%ED%A0%80")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_are_no_error_of_ours(number):
    broken_down = Breakdowns()
    broken_down.error(OSError(number, "Too many open files"))
    (found,) = broken_down.all()
    assert found.english == (
        "volcheck could not go on: too many open files: raise the limit (ulimit -n, e.g. to 1024) and start again."
    )
    assert "ulimit -n" in found.korean
    assert found.traceback == ""
