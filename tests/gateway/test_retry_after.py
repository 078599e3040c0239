"""Retry-After: seconds or a date, and anything else that an endpoint may say there."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from tests.gateway.scripted import PROJECT, TAG, A, Scripted, answer, gateway

from volcheck.gateway.core import Patience
from volcheck.gateway.retry_after import LONGEST, retry_after

VOLUMES = f"/{PROJECT}/volumes"
MADE = answer(202, {"volume": {"id": A, "name": "volcheck-261126141726ebd7", "size": 1}})
#: What names no time, in any reading of the RFC.
UNREADABLE = (
    "",
    " ",
    "²",
    "٣",
    "१",
    "½",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "1_000",
    "1, 1",
    "inf",
    "nan",
    "soon",
    "\ud800",
    "-" + "9" * 5000,
    "Fri, ³1 Dec 1999 23:59:59 GMT",
    "Fri, 31 Dec 1999 99:59:59 GMT",
    "Fri, 99 Dec 1999 23:59:59 GMT",
    "Fri, 31 Dec 99999 23:59:59 GMT",
    "Fri, 31 Dec 1999 23:59:59 +9999",
    "Fri, 31 Dec 1999 23:59:59 +" + "9" * 40,
    "Fri, 31 Dec " + "9" * 5000 + " 23:59:59 GMT",
)


def short(value):
    # Without backslashes, as the mutation tester asks for tests by their names and pytest finds none with them.
    return ascii(value)[:40].replace("\\", "/")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("007", 7.0),
        ("86399", 86_399.0),
        ("86400", LONGEST),
        ("86401", LONGEST),
        ("9" * 400, LONGEST),
        ("9" * 5000, LONGEST),
    ],
    ids=short,
)
def test_seconds_are_read_within_a_day(text, seconds):
    assert retry_after({"retry-after": text}) == seconds


@pytest.mark.parametrize("text", UNREADABLE, ids=short)
def test_what_names_no_time_is_none(text):
    assert retry_after({"retry-after": text}) is None


def test_an_answer_without_the_header_names_no_time():
    assert retry_after({"date": "Fri, 31 Dec 1999 23:59:59 GMT"}) is None


@pytest.mark.parametrize(
    "date",
    ["Fri, 31 Dec 1999 23:59:50 GMT", "Friday, 31-Dec-99 23:59:50 GMT", "Fri Dec 31 23:59:50 1999"],
)
@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("Fri, 31 Dec 1999 23:59:59 GMT", 9.0),
        ("Friday, 31-Dec-99 23:59:59 GMT", 9.0),
        ("Fri Dec 31 23:59:59 1999", 9.0),
        ("Fri, 31 Dec 1999 23:59:50 GMT", 0.0),
        ("Fri, 31 Dec 1999 23:59:49 GMT", 0.0),
        ("Fri, 31 Dec 1999 23:59:59 -0000", 9.0),
        ("Sat, 01 Jan 2000 00:59:59 +0100", 9.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
    ],
)
def test_a_date_is_held_against_the_answers_own(date, after, seconds):
    assert retry_after({"retry-after": after, "date": date}) == seconds


@pytest.mark.parametrize("date", [{}, {"date": ""}, {"date": "²"}, {"date": "today"}])
def test_without_a_date_of_the_answer_our_clock_counts(date):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 20.0 < retry_after({"retry-after": soon, **date}) <= 30.0
    long_ago = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    assert retry_after({"retry-after": long_ago, **date}) == 0.0


# -- what the gateway makes of it ---------------------------------------------------------------------------------


def sent(*replies, method="GET", busy=0.2):
    transport = Scripted()
    transport.on(method, "/volumes", *replies)
    body = {"json_body": {"volume": {"size": 1, "name": TAG}}} if method == "POST" else {}
    exchange = gateway(transport, patience=Patience(busy=busy, pause=0.001)).send(method, VOLUMES, **body)
    return [request.method for request in transport.sent].count(method), exchange


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("text", UNREADABLE, ids=short)
def test_a_time_that_cant_be_read_is_the_usual_pause(status, text):
    number, exchange = sent(answer(status, headers={"retry-after": text}), answer(200, {"volumes": []}))
    assert (number, exchange.status) == (2, 200)


@pytest.mark.parametrize("text", ["9" * 5000, "86400", "1", "Fri, 31 Dec 9999 23:59:59 GMT"], ids=short)
def test_a_time_beyond_our_patience_is_not_waited_for(text):
    number, exchange = sent(answer(503, headers={"retry-after": text}), answer(200, {"volumes": []}))
    assert (number, exchange.status) == (1, 503)


@pytest.mark.parametrize("text", UNREADABLE, ids=short)
def test_a_creation_answered_503_without_a_readable_time_may_have_happened(text):
    number, exchange = sent(answer(503, headers={"retry-after": text}), MADE, method="POST")
    assert (number, exchange.status) == (1, 503)


@pytest.mark.parametrize("text", ["0", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_creation_answered_503_with_a_time_is_sent_again(text):
    number, exchange = sent(answer(503, headers={"retry-after": text}), MADE, method="POST")
    assert (number, exchange.status) == (2, 202)


@pytest.mark.parametrize("text", ["0", "Fri, 31 Dec 1999 23:59:59 GMT", *UNREADABLE], ids=short)
def test_a_413_that_names_no_time_to_come_is_a_quota(text):
    assert sent(answer(413, headers={"retry-after": text}), MADE, method="POST")[0] == 1
    _, exchange = sent(answer(413, headers={"retry-after": text}))
    assert exchange.status == 413


def test_a_413_that_names_a_time_is_asked_again_after_it():
    number, exchange = sent(answer(413, headers={"retry-after": "1"}), answer(200, {"volumes": []}), busy=1.5)
    assert (number, exchange.status) == (2, 200)
