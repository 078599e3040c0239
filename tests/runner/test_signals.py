"""What is listened to, and when. The processes that it ends are in tests/safety/test_signals.py."""

import contextlib
import os
import signal
import time

import pytest

from volcheck.runner import signals

HANDLED = signals.ENDING


@pytest.fixture(autouse=True)
def _as_before():
    before = {number: signal.getsignal(number) for number in HANDLED}
    for number in HANDLED:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number):
    os.kill(os.getpid(), number)
    # Python runs handlers between two of its instructions.
    time.sleep(0)


@pytest.mark.parametrize("number", HANDLED, ids=lambda number: number.name)
def test_each_interrupts_and_its_name_is_known(number):
    signals.interrupt_on_signals()
    assert signals.came() is None
    with pytest.raises(KeyboardInterrupt, match=number.name):
        send(number)
    assert signals.came() == number.name


def test_what_is_ignored_stays_ignored_and_what_others_handle_stays_theirs():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    heard = []
    signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    signals.interrupt_on_signals()
    send(signal.SIGHUP)
    send(signal.SIGUSR1)
    assert heard == [signal.SIGUSR1]
    assert signals.came() is None


def test_several_within_two_seconds_are_one_wish(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(signals.time, "monotonic", lambda: now[0])
    signals.interrupt_on_signals()
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGHUP)
    now[0] += 1.9
    send(signal.SIGTERM)
    now[0] += 0.1
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        send(signal.SIGTERM)
    assert signals.came() == "SIGHUP"


def test_while_held_none_interrupts_and_all_are_known():
    signals.interrupt_on_signals()
    with signals.held():
        send(signal.SIGINT)
        send(signal.SIGTERM)
    assert signals.came() == "SIGINT"
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_of_what_is_held_the_keyboard_alone_may_be_heard(number):
    signals.interrupt_on_signals()
    with signals.held():
        with signals.heard_from_keyboard():
            send(signal.SIGTERM)
            send(signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt, match=number.name):
                send(number)
        time.sleep(0)
        send(number)


def test_what_comes_while_the_program_loads_interrupts_once_it_listens():
    signals.note_signals()
    send(signal.SIGTERM)
    signals.note_signals()
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        signals.interrupt_on_signals()
    assert signals.came() == "SIGTERM"
    signals.interrupt_on_signals()
    assert signals.came() is None


def test_at_its_end_a_program_listens_no_more_and_what_follows_listens_anew():
    signals.interrupt_on_signals()
    signals.stop_listening()
    send(signal.SIGINT)
    signals.interrupt_on_signals()
    with pytest.raises(KeyboardInterrupt):
        send(signal.SIGINT)


def test_an_interruption_that_was_lost_is_raised_again():
    signals.interrupt_on_signals()
    signals.raise_again()
    with contextlib.suppress(KeyboardInterrupt):
        send(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        signals.raise_again()
