"""What the gateway sends and hands on, over a scripted transport."""

from __future__ import annotations

import json

import pytest
from tests.gateway.scripted import (
    OTHER,
    OTHER_SECRET,
    PROJECT,
    SECRET,
    TAG,
    A,
    Scripted,
    answer,
    gateway,
    shown,
)

from volcheck.gateway.errors import Blocked, EndpointGone, GatewayRefusal
from volcheck.gateway.exchange import NOT_JSON
from volcheck.gateway.transport import TransportError


@pytest.fixture
def transport():
    return Scripted()


def lost(fault="network"):
    return TransportError("the connection was closed before an answer came", fault, sent=True)


def test_a_request_goes_below_the_base_url_with_token_and_query(transport):
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    exchange = gateway(transport).send("GET", f"/{PROJECT}/volumes/{A}", query={"a": "1 2"})
    (sent,) = transport.sent
    assert sent.url == f"http://endpoint.test:8776/v2/{PROJECT}/volumes/{A}?a=1+2"
    assert dict(sent.headers) == {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": "volcheck",
        "X-Auth-Token": SECRET,
    }
    assert sent.body is None
    assert exchange.operation == "showVolume"
    assert exchange.status == 200
    assert exchange.json()["volume"]["id"] == A
    assert SECRET not in repr(exchange)


def test_the_versions_lie_at_the_root(transport):
    transport.on("GET", "/", answer(300, {"versions": []}))
    assert gateway(transport).send("GET", "/", who=None).operation == "listVersions"
    assert transport.sent[0].url == "http://endpoint.test:8776/"
    assert "X-Auth-Token" not in transport.sent[0].headers


def test_a_body_is_sent_as_json_with_its_type(transport):
    name = f"볼륨 {TAG}"
    transport.on("POST", "/volumes", shown("volume", A, 202, name=name))
    gateway(transport).send("POST", f"/{PROJECT}/volumes", json_body={"volume": {"name": name}})
    sent = transport.sent[-1]
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.body == json.dumps({"volume": {"name": name}}, ensure_ascii=False).encode()


def test_each_identity_has_its_own_token(transport):
    door = gateway(transport, other=OTHER)
    door.send("GET", f"/{PROJECT}/volumes", who="other")
    door.send("GET", f"/{PROJECT}/volumes", token="another", token_header="x-auth-TOKEN")
    assert transport.sent[0].headers["X-Auth-Token"] == OTHER_SECRET
    assert transport.sent[1].headers["x-auth-TOKEN"] == "another"
    assert "X-Auth-Token" not in transport.sent[1].headers


def test_without_a_second_identity_what_needs_it_is_blocked(transport):
    with pytest.raises(Blocked, match="--other-cloud"):
        gateway(transport).send("GET", f"/{PROJECT}/volumes", who="other")
    assert transport.sent == []


def test_what_is_refused_is_not_sent(transport):
    with pytest.raises(GatewayRefusal):
        gateway(transport).send("DELETE", f"/{PROJECT}/volumes/{A}")
    assert transport.sent == []


def test_a_lost_creation_is_never_sent_again(transport):
    transport.on("POST", "/volumes", lost())
    volume = {"size": 1, "name": TAG}
    exchange = gateway(transport).send("POST", f"/{PROJECT}/volumes", json_body={"volume": volume})
    assert exchange.response is None
    assert exchange.error == "the connection was closed before an answer came"
    assert exchange.json() is NOT_JSON
    assert transport.lines.count("POST /volumes") == 1


def test_a_lost_look_is_tried_again(transport):
    transport.on("GET", f"/volumes/{A}", lost(), shown("volume", A))
    assert gateway(transport).send("GET", f"/{PROJECT}/volumes/{A}").status == 200
    assert len(transport.sent) == 2


def test_an_answer_that_breaks_off_is_not_asked_for_again(transport):
    transport.on("GET", f"/volumes/{A}", lost("protocol"), shown("volume", A))
    assert gateway(transport).send("GET", f"/{PROJECT}/volumes/{A}").fault == "protocol"
    assert len(transport.sent) == 1


def test_an_operation_that_stays_silent_is_given_up(transport):
    transport.on("GET", f"/volumes/{A}", lost())
    door = gateway(transport)
    door.send("GET", f"/{PROJECT}/volumes")
    assert door.send("GET", f"/{PROJECT}/volumes/{A}").response is None
    with pytest.raises(EndpointGone, match="stopped answering showVolume"):
        door.send("GET", f"/{PROJECT}/volumes/{A}")
    door.send("GET", f"/{PROJECT}/volumes")


def test_closing_closes_the_transport(transport):
    gateway(transport).close()
    assert transport.closed
