"""What the gateway writes down of each request, and whom it tells."""

from __future__ import annotations

import contextvars
import threading
import time

import attrs
import pytest
from tests.gateway.scripted import (
    OTHER,
    OTHER_PROJECT,
    OTHER_SECRET,
    PROJECT,
    SECRET,
    TAG,
    A,
    B,
    Scripted,
    answer,
    contract,
    gateway,
    shown,
)

from volcheck.gateway.core import Gateway, next_link
from volcheck.gateway.errors import LinkLeadsAway, RunStopped
from volcheck.gateway.exchange import Request, Response
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Ledger
from volcheck.gateway.links import segment
from volcheck.gateway.redaction import OTHER_TOKEN, TOKEN, Redactor
from volcheck.gateway.transport import TransportError

VOLUMES = f"/{PROJECT}/volumes"
PATH = f"{VOLUMES}/{A}"


@pytest.fixture
def transport():
    return Scripted()


def test_an_exchange_has_all_of_request_and_answer(transport):
    transport.on("GET", f"/volumes/{A}", answer(200, '{"volume": 1}', headers={"x-a": "b"}, reason="Fine"))
    door = gateway(transport, redactor=Redactor())
    door.whose = lambda: "test_this"
    before, clock = time.time(), time.monotonic()
    exchange = door.send(
        "GET", PATH, query=[("a", "1"), ("a", ""), ("b", "ü &")], headers={"X-Mine": "m", "Accept": None}
    )
    assert exchange.request == Request(
        "GET",
        f"http://endpoint.test:8776/v2{PATH}?a=1&a=&b=%C3%BC+%26",
        PATH,
        (("a", "1"), ("a", ""), ("b", "ü &")),
        {"Accept-Encoding": "gzip", "User-Agent": "volcheck", "X-Mine": "m", "X-Auth-Token": TOKEN},
        None,
    )
    assert exchange.response == Response(
        200, "Fine", {"content-type": "application/json", "x-a": "b"}, '{"volume": 1}'
    )
    assert before <= exchange.started <= time.time()
    assert clock <= exchange.clock <= time.monotonic()
    assert 0.0 <= exchange.elapsed <= time.monotonic() - clock
    plain = attrs.evolve(exchange, started=0.0, clock=0.0, elapsed=0.0, request=None, response=None)
    assert (plain.number, plain.operation, plain.test, plain.who) == (
        1,
        "showVolume",
        "test_this",
        "main",
    )
    assert (plain.error, plain.fault, plain.judged, plain.error_echoes_secret) == (None, None, True, False)


def test_an_exchange_without_an_answer_says_why(transport):
    transport.on("POST", "/volumes", TransportError(f"it broke off at {SECRET}", "protocol", sent=True))
    door = gateway(transport, redactor=Redactor())
    exchange = door.send("POST", VOLUMES, json_body={"volume": {"name": TAG}})
    assert exchange.response is None
    assert (exchange.error, exchange.fault) == (f"it broke off at {TOKEN}", "protocol")
    assert exchange.error_echoes_secret
    assert exchange.request.body == '{"volume": {"name": "' + TAG + '"}}'


def test_exchanges_are_numbered(transport):
    door = gateway(transport)
    assert [door.send("GET", VOLUMES).number for _ in range(3)] == [1, 2, 3]
    assert door.sent == 3


def test_secrets_are_out_of_everything_that_was_sent(transport):
    transport.on("*", "*", answer(404))
    exchange = gateway(transport, redactor=Redactor(["s3cretpassword"])).send(
        "GET",
        f"{VOLUMES}/s3cretpassword",
        query={"s3cretpassword": "s3cretpassword"},
        headers={"s3cretpassword": "s3cretpassword"},
        body=b"s3cretpassword",
    )
    assert "s3cretpassword" not in repr(exchange)
    assert exchange.request.query == (("[redacted]", "[redacted]"),)
    assert exchange.request.body == "[redacted]"
    assert exchange.request.headers["[redacted]"] == "[redacted]"
    assert exchange.request.url.endswith("/[redacted]?[redacted]=[redacted]")
    assert exchange.request.path == f"{VOLUMES}/[redacted]"
    assert transport.sent[0].url.endswith("/s3cretpassword?s3cretpassword=s3cretpassword")


def test_whose_token_went_along_is_known(transport):
    door = gateway(transport, other=OTHER, redactor=Redactor())
    tokens = {"main": TOKEN, "other": OTHER_TOKEN, "nobody": None, None: None}
    for who, token in tokens.items():
        exchange = door.send("GET", VOLUMES, who=who)
        assert exchange.request.headers.get("X-Auth-Token") == token
        assert exchange.who == (who if who in ("main", "other") else None)
    given = door.send("GET", VOLUMES, token=OTHER_SECRET, token_header="x-token")
    assert given.request.headers["x-token"] == OTHER_TOKEN
    assert given.who is None


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ((), None),
        ("", None),
        ({}, None),
        ("a=%31&b", "a=%31&b"),
        ({"a": 1, "b": "x y"}, "a=1&b=x+y"),
        ([("a", "1"), ("a", "2")], "a=1&a=2"),
        ({"a": "\ud800"}, "a=%ED%A0%80"),
    ],
)
def test_queries(transport, query, sent):
    gateway(transport).send("GET", VOLUMES, query=query)
    assert transport.sent[0].url.partition("?")[2] == (sent or "")
    assert ("?" in transport.sent[0].url) is (sent is not None)


@pytest.mark.parametrize(
    ("more", "sent", "kind"),
    [
        ({"json_body": None}, b"null", "application/json"),
        ({"json_body": {"a": "\ud800ü"}}, b'{"a": "\xed\xa0\x80\xc3\xbc"}', "application/json"),
        ({"body": b"\xff{"}, b"\xff{", "application/json"),
        ({"body": b""}, b"", "application/json"),
        ({"body": b"x", "headers": {"Content-Type": "text/plain"}}, b"x", "text/plain"),
        ({}, None, None),
    ],
)
def test_bodies(transport, more, sent, kind):
    transport.on("*", "*", answer(404))
    exchange = gateway(transport).send("GET", PATH, **more)
    assert transport.sent[0].body == sent
    assert transport.sent[0].headers.get("Content-Type") == kind
    assert exchange.request.body == (None if sent is None else sent.decode("utf-8", "replace"))


def test_every_listener_hears_of_every_exchange_in_order(transport):
    heard = []
    door = gateway(transport)
    door.listeners += [
        lambda exchange: heard.append(("a", exchange.number)),
        lambda exchange: heard.append(("b", exchange.number)),
    ]
    door.send("GET", VOLUMES)
    door.send("GET", VOLUMES, judged=False)
    assert heard == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_what_is_not_to_be_judged_says_so(transport):
    heard = []
    door = gateway(transport)
    door.listeners.append(heard.append)
    door.send("GET", VOLUMES, judged=False)
    door.send("GET", VOLUMES)
    assert [exchange.judged for exchange in heard] == [False, True]


def test_every_attempt_is_heard_of(transport):
    transport.on("GET", "/volumes", answer(429), answer(200, {"volumes": []}))
    heard = []
    door = gateway(transport)
    door.listeners.append(heard.append)
    assert door.send("GET", VOLUMES).number == 2
    assert [exchange.status for exchange in heard] == [429, 200]


# -- links --------------------------------------------------------------------------------------------------------


def test_a_link_is_followed_as_whoever_is_asked_for(transport):
    door = gateway(transport, other=OTHER)
    href = f"http://endpoint.test:8776/v2/{OTHER_PROJECT}/volumes?marker={A}&limit=1"
    assert door.follow(href, who="other").request.path == f"/{OTHER_PROJECT}/volumes"
    assert door.follow(href).who == "main"
    assert transport.sent[0].url == href
    assert [sent.headers["X-Auth-Token"] for sent in transport.sent] == [OTHER_SECRET, SECRET]


def test_the_next_link_is_the_first_that_is_one(transport):
    page = {
        "volumes": [],
        "volumes_links": [
            {"rel": "prev", "href": "p"},
            {"rel": "next", "href": "n"},
            {"rel": "next", "href": "m"},
        ],
    }
    transport.on("GET", "/volumes", answer(200, page), answer(200, []), answer(200, {"volumes": []}))
    door = gateway(transport)
    one = door.send("GET", VOLUMES)
    assert next_link(one, "volume") == "n"
    assert next_link(one, "snapshot") is None
    assert next_link(door.send("GET", VOLUMES), "volume") is None
    assert next_link(door.send("GET", VOLUMES), "volume") is None


@pytest.mark.parametrize(
    ("text", "path"), [("a/b", "a%2Fb"), ("..", ".."), ("ü", "%C3%BC"), ("\ud800", "%ED%A0%80")]
)
def test_a_text_becomes_one_segment(text, path):
    assert segment(text) == path


# -- looking around before the first creation ---------------------------------------------------------------------


def paged(kind, pages):
    """Lists with a next link on every page but the last."""

    def page(sent):
        number = int(sent.query.get("page", 1))
        links = [{"rel": "next", "href": f"http://endpoint.test:8776/v2/{PROJECT}/{kind}s?page={number + 1}"}]
        return answer(200, {f"{kind}s": [], **({f"{kind}s_links": links} if number < pages else {})})

    return page


def create(door, name=TAG):
    return door.send("POST", VOLUMES, json_body={"volume": {"name": name, "size": 1}})


@pytest.mark.parametrize(("pages", "looks"), [(1, 1), (3, 3), (11, 11), (12, 11), (99, 11)])
def test_before_the_first_creation_the_lists_are_looked_at_and_not_without_end(transport, pages, looks):
    transport.on("GET", "/volumes", paged("volume", pages))
    transport.on("GET", "/snapshots", paged("snapshot", 2))
    transport.on("POST", "/volumes", shown("volume", A, 202), shown("volume", B, 202))
    door = gateway(transport)
    create(door)
    expected = ["GET /volumes"] * looks + ["GET /snapshots"] * 2 + ["POST /volumes"]
    assert transport.lines == expected
    create(door)
    assert transport.lines == [*expected, "POST /volumes"]


def test_nothing_is_looked_at_before_what_creates_nothing(transport):
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    door = gateway(transport)
    door.send("GET", PATH)
    door.guard.allow(B)
    transport.on("DELETE", f"/volumes/{B}", answer(404))
    door.send("DELETE", f"{VOLUMES}/{B}")
    assert transport.lines == [f"GET /volumes/{A}", f"DELETE /volumes/{B}"]


def test_a_list_that_fails_once_is_looked_at_again_before_the_next_creation(transport):
    transport.on("GET", "/volumes", RuntimeError("the script broke"), answer(200, {"volumes": []}))
    transport.on("POST", "/volumes", shown("volume", A, 202))
    door = gateway(transport)
    with pytest.raises(RuntimeError):
        create(door)
    create(door)
    assert transport.lines == ["GET /volumes", "GET /volumes", "GET /snapshots", "POST /volumes"]


@pytest.mark.parametrize(
    ("other", "identities"),
    [
        (None, [("main", PROJECT)]),
        (OTHER, [("main", PROJECT), ("other", OTHER_PROJECT)]),
        (attrs.evolve(OTHER, project_id=PROJECT), [("main", PROJECT)]),
    ],
)
def test_a_second_identity_counts_where_it_has_another_project(transport, other, identities):
    assert gateway(transport, other=other).identities() == identities


# -- stopping -----------------------------------------------------------------------------------------------------


def test_a_stopped_run_sends_nothing_until_it_is_resumed(transport):
    door = gateway(transport)
    door.stop("enough is enough")
    for _ in range(2):
        with pytest.raises(RunStopped, match="enough is enough"):
            door.send("GET", VOLUMES)
    with pytest.raises(RunStopped):
        door.pause(30.0)
    assert transport.sent == []
    door.resume()
    assert door.send("GET", VOLUMES).number == 1
    door.pause(0.0)


def test_a_pause_lasts_as_long_as_it_should(transport):
    began = time.monotonic()
    gateway(transport).pause(0.05)
    assert time.monotonic() - began >= 0.05


def test_interrupting_and_closing_go_through_to_the_transport(transport):
    calls = []
    transport.interrupt = lambda: calls.append("interrupt")
    door = gateway(transport)
    door.interrupt()
    assert calls == ["interrupt"]
    door.close()
    assert transport.closed


def test_so_many_requests_at_once_and_no_more(transport):
    """At most `at_once` are with the transport at the same time."""
    together, most = 0, 0
    lock = threading.Lock()

    def busy(sent):
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(0.05)
        with lock:
            together -= 1
        return answer(200, {"volumes": []})

    transport.on("GET", "/volumes", busy)
    ledger = Ledger(None, run_id="261126141726ebd7")
    for at_once, expected in (({"at_once": 2}, 2), ({}, 8)):
        most = 0
        door = Gateway(
            gateway(transport).endpoint,
            transport,
            operations=contract(),
            redactor=Redactor(),
            ledger=ledger,
            guard=Guard(ledger),
            **at_once,
        )
        threads = [threading.Thread(target=door.send, args=("GET", VOLUMES)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == expected


@pytest.mark.parametrize(("at_once", "together"), [(3, 2), (2, 2), (1, 1)])
def test_gathered_requests_are_under_way_together_while_others_crowd(transport, at_once, together):
    """Two gathered ones meet, as far as the limit allows; the limit holds; afterwards all of it is there again."""
    lock = threading.Lock()
    under_way, most, meetings = 0, 0, []

    def busy(sent):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        if "meet" in sent.url:
            try:
                meeting.wait(1)
                meetings.append(True)
            except threading.BrokenBarrierError:
                meetings.append(False)
        else:
            time.sleep(0.05)
        with lock:
            under_way -= 1
        return answer(200, {"volumes": []})

    transport.on("GET", "/volumes", busy)
    ledger = Ledger(None, run_id="261126141726ebd7")
    door = Gateway(
        gateway(transport).endpoint,
        transport,
        operations=contract(),
        redactor=Redactor(),
        ledger=ledger,
        guard=Guard(ledger),
        at_once=at_once,
    )
    crowd = [threading.Thread(target=door.send, args=("GET", VOLUMES)) for _ in range(20)]
    for thread in crowd:
        thread.start()
    for _ in range(2):
        meeting = threading.Barrier(2)
        with door.gathered(2):
            both = [
                threading.Thread(
                    target=contextvars.copy_context().run,
                    args=(lambda: door.send("GET", VOLUMES, query={"meet": 1}),),
                )
                for _ in range(2)
            ]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
    for thread in crowd:
        thread.join()
    assert meetings == [together == 2] * 4
    assert most == at_once
    most = 0
    crowd = [threading.Thread(target=door.send, args=("GET", VOLUMES)) for _ in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert most == at_once


def test_a_link_that_leads_away_is_told_before_anything_is_sent(transport):
    with pytest.raises(LinkLeadsAway):
        gateway(transport).follow("http://elsewhere.test/v2/x")
    assert transport.sent == []
