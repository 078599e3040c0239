"""A volume that the user lends is named by a DELETE only just after a look that showed it in-use."""

import json

import pytest
from tests.gateway.scripted import PROJECT, SNAPSHOT, TAG, A, B, Scripted, answer, gateway

from volcheck.gateway.errors import GatewayRefusal
from volcheck.gateway.exchange import Exchange, Request, Response
from volcheck.gateway.lent import Lent
from volcheck.gateway.transport import TransportError

LENT = f"/{PROJECT}/volumes/{A}"


def door_with(delete=None):
    transport = Scripted()
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": {"id": A, "status": "in-use"}}))
    transport.on("DELETE", "*", delete or answer(400, {"badRequest": {"code": 400, "message": "attached"}}))
    transport.on("POST", "*", answer(202, {}))
    door = gateway(transport)
    door.guard.lend(A)
    return door, transport


def deletions(transport):
    return [line for line in transport.lines if line.startswith("DELETE")]


def test_a_look_that_shows_it_in_use_lets_one_delete_pass():
    door, transport = door_with()
    door.send("GET", LENT)
    assert door.send("DELETE", LENT).status == 400
    with pytest.raises(GatewayRefusal, match="lent by the user, and no look just before"):
        door.send("DELETE", LENT)
    assert deletions(transport) == [f"DELETE /volumes/{A}"]
    assert door.guard.lent.alarms == []


def test_without_a_look_nothing_is_sent():
    door, transport = door_with()
    with pytest.raises(GatewayRefusal, match="no look just before"):
        door.send("DELETE", LENT)
    assert transport.sent == []


@pytest.mark.parametrize(
    "show", [{"status": "available"}, {"status": "error"}, {"status": None}, {"id": B}, {"status": "IN-USE"}]
)
def test_a_look_that_shows_anything_else_lets_none_pass(show):
    door, transport = door_with()
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": {"id": A, "status": "in-use", **show}}))
    door.send("GET", LENT)
    with pytest.raises(GatewayRefusal):
        door.send("DELETE", LENT)
    assert deletions(transport) == []


@pytest.mark.parametrize("reply", [answer(404), answer(500), answer(200, {"volumes": []}), answer(200, [])])
def test_the_last_look_counts(reply):
    door, transport = door_with()
    door.send("GET", LENT)
    transport.on("GET", f"/volumes/{A}", reply)
    door.send("GET", LENT)
    with pytest.raises(GatewayRefusal):
        door.send("DELETE", LENT)


def test_a_list_is_no_look():
    door, transport = door_with()
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [{"id": A, "status": "in-use"}]}))
    door.send("GET", f"/{PROJECT}/volumes/detail")
    with pytest.raises(GatewayRefusal):
        door.send("DELETE", LENT)


def test_a_look_grows_old():
    now = [100.0]
    lent = Lent(clock=lambda: now[0])
    lent.add(A)
    lent.heard(exchange("GET", "showVolume", 200, {"volume": {"id": A, "status": "in-use"}}))
    now[0] += 5.0
    lent.admit("DELETE", LENT, LENT)
    lent.heard(exchange("GET", "showVolume", 200, {"volume": {"id": A, "status": "in-use"}}))
    now[0] += 5.1
    with pytest.raises(GatewayRefusal):
        lent.admit("DELETE", LENT, LENT)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", LENT),
        ("PATCH", LENT),
        ("POST", LENT),
        ("POST", f"{LENT}/action"),
        ("DELETE", f"{LENT}/metadata"),
        ("DELETE", f"/{PROJECT}/snapshots/{A}"),
        ("DELETE", f"{LENT}/"),
        ("DELETE", f"/{PROJECT}/volumes/{A.upper()}"),
        ("DELETE", f"/{PROJECT}/volumes/{A.replace('-', '')}"),
        ("DELETE", f"/{PROJECT}/volumes/%61{A[1:]}"),
        ("DELETE", f"/{PROJECT}/volumes/{B}/{A}"),
        ("POST", f"/{PROJECT}/volumes/detail/{A}"),
    ],
)
def test_no_other_request_may_name_it(method, path):
    door, transport = door_with()
    door.guard.allow(B)
    door.send("GET", LENT)
    if path in (f"{LENT}/", f"/{PROJECT}/volumes/%61{A[1:]}"):
        # The same volume, written otherwise: the look holds.
        door.send(method, path)
        return
    with pytest.raises(GatewayRefusal):
        door.send(method, path)
    assert len(transport.sent) == 1


@pytest.mark.parametrize("query", [f"id={A}", f"id={A.upper()}", "force=true"])
def test_a_delete_of_it_carries_no_query(query):
    door, transport = door_with()
    door.send("GET", LENT)
    with pytest.raises(GatewayRefusal):
        door.send("DELETE", LENT, query=query)
    door.guard.allow(B)
    if A.lower() in query.lower():
        with pytest.raises(GatewayRefusal, match="which the user lends"):
            door.send("DELETE", f"/{PROJECT}/volumes/{B}", query=query)
    assert deletions(transport) == []


def test_a_snapshot_of_it_may_be_asked_for():
    door, transport = door_with()
    door.send(
        "POST", f"/{PROJECT}/snapshots", json_body={"snapshot": {"volume_id": A, "force": True, "name": TAG}}
    )
    assert transport.lines[-1] == "POST /snapshots"


def test_what_is_not_lent_is_none_of_its_business():
    door, transport = door_with()
    door.guard.allow(B)
    door.send("DELETE", f"/{PROJECT}/volumes/{B}")
    door.guard.allow(SNAPSHOT)
    door.send("DELETE", f"/{PROJECT}/snapshots/{SNAPSHOT}")
    assert len(deletions(transport)) == 2


def test_an_id_that_is_no_uuid_is_matched_as_a_whole():
    lent = Lent()
    lent.add("7")
    lent.admit("DELETE", "/p7/volumes/77", "/p7/volumes/77")
    with pytest.raises(GatewayRefusal):
        lent.admit("DELETE", "/p7/volumes/7", "/p7/volumes/7")
    with pytest.raises(GatewayRefusal, match="which the user lends"):
        lent.admit("PUT", "/p7/volumes/7", "/p7/volumes/7")


@pytest.mark.parametrize(
    ("delete", "says"),
    [
        (answer(202), "answered 202"),
        (answer(204), "answered 204"),
        (answer(302), "answered 302"),
        (answer(500), "answered 500"),
        (TransportError("reset", "network", sent=True), "gave no answer"),
    ],
)
def test_a_deletion_that_was_not_refused_is_an_alarm(delete, says):
    door, _ = door_with(delete)
    door.send("GET", LENT)
    door.send("DELETE", LENT)
    [alarm] = door.guard.lent.alarms
    assert alarm.startswith(f"THE LENT VOLUME {A} MAY BE LOST")
    assert says in alarm


@pytest.mark.parametrize("status", [400, 403, 404, 409, 499])
def test_a_refused_deletion_is_none(status):
    door, _ = door_with(answer(status))
    door.send("GET", LENT)
    door.send("DELETE", LENT)
    assert door.guard.lent.alarms == []


def exchange(method, operation, status, body):
    return Exchange(
        number=1,
        operation=operation,
        request=Request(method, f"http://e{LENT}", LENT, (), {}, None),
        response=Response(status, "", {}, json.dumps(body)),
        error=None,
        elapsed=0.0,
        started=0.0,
    )
