"""What a run made is removed by whoever owns it, and what can't be is told of."""

from __future__ import annotations

import time
from functools import partial

import pytest
from tests.gateway.scripted import (
    BASE,
    OTHER,
    OTHER_PROJECT,
    PROJECT,
    RUN,
    SEALED,
    SNAPSHOT,
    A,
    B,
    Scripted,
    answer,
    gateway,
)
from tests.gateway.scripted import (
    shown as any_shown,
)

from volcheck.gateway import cleanup
from volcheck.gateway.cleanup import NOT_PROVED
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.leftovers import Stray, sweep
from volcheck.gateway.transport import TransportError
from volcheck.runner.closing import remove_all

#: Everything here has the tag for a name, and nothing else.
TAG = SEALED
shown = partial(any_shown, name=SEALED)
GONE = answer(404)
ACCEPTED = answer(202)


@pytest.fixture
def transport():
    return Scripted()


def volume(resource_id=A, **more):
    return Resource("volume", resource_id, TAG, 1, **{"proved": True, **more})


def door_with(transport, *resources, **more):
    door = gateway(transport, **more)
    for resource in resources:
        door.ledger.register(resource)
    return door


def listing(kind, *items, **more):
    return answer(200, {f"{kind}s": list(items), **more})


def changes(transport):
    return [line for line in transport.lines if not line.startswith("GET")]


# -- one after the other ------------------------------------------------------------------------------------------


def test_snapshots_go_before_their_volumes(transport):
    transport.on("DELETE", "*", ACCEPTED)
    transport.on("GET", f"/volumes/{A}", GONE)
    transport.on("GET", f"/snapshots/{SNAPSHOT}", GONE)
    parts = [volume(), Resource("snapshot", SNAPSHOT, TAG, 1, volume_id=A, proved=True)]
    door = door_with(transport, *parts)
    assert cleanup.clean(door, patience=5) == cleanup.Outcome((), ())
    assert changes(transport) == [f"DELETE /snapshots/{SNAPSHOT}", f"DELETE /volumes/{A}"]


def test_a_404_to_a_deletion_is_the_end_of_it(transport):
    transport.on("DELETE", "*", GONE)
    transport.on("GET", f"/volumes/{A}", GONE)
    door = door_with(transport, volume())
    assert cleanup.clean(door, patience=5).left == ()
    assert transport.lines == [f"DELETE /volumes/{A}", f"GET /volumes/{A}"]


def test_a_404_to_a_deletion_is_not_believed_of_what_a_look_shows(transport):
    transport.on("DELETE", "*", GONE)
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    door = door_with(transport, volume())
    (left,) = cleanup.clean(door, patience=0.1).left
    assert (left.resource.id, left.status) == (A, "available")
    assert not door.ledger.get(A).gone


def test_what_shows_somebody_elses_name_after_its_deletion_is_not_deleted_again(transport):
    transport.on("DELETE", "*", ACCEPTED)
    transport.on("GET", f"/volumes/{A}", any_shown("volume", A, name="my important db"))
    door = door_with(transport, volume())
    cleanup.clean(door, patience=0.2)
    assert changes(transport) == [f"DELETE /volumes/{A}"]
    assert [each.id for each in door.ledger.unproved()] == [A]


def test_a_deletion_that_did_nothing_is_asked_for_again(transport):
    transport.on("DELETE", "*", ACCEPTED)
    looks = [*[shown("volume", A)] * 2, answer(200, {"volume": {"id": A, "status": "deleting"}}), GONE]
    transport.on("GET", f"/volumes/{A}", *looks)
    door = door_with(transport, volume())
    assert cleanup.clean(door, patience=5).left == ()
    assert [line.split()[0] for line in transport.lines] == ["DELETE", "GET", "GET", "DELETE", "GET", "GET"]


def test_what_stays_is_told_of_with_its_status_and_what_to_do(transport):
    transport.on("DELETE", "*", answer(400))
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": {"id": A, "status": "in-use"}}))
    transport.on("GET", f"/volumes/{B}", answer(500))
    door = door_with(transport, volume(), volume(B))
    left = cleanup.clean(door, patience=0.05).left
    assert [(item.resource.id, item.status, item.advice) for item in left] == [
        (A, "in-use", "its DELETE was refused with 400; it is attached: detach it, then delete it"),
        (B, "unknown", "its DELETE was refused with 400; run `volcheck clean`, which tries again"),
    ]


@pytest.mark.parametrize("status", [400, 401, 403, 409, 500, 503])
def test_a_deletion_that_is_refused_is_told_of_with_its_status(transport, status):
    transport.on("GET", "/types", answer(200, {"volume_types": []}))
    transport.on("DELETE", "*", answer(status))
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    [left] = cleanup.clean(door_with(transport, volume()), patience=0.05).left
    assert left.advice == f"its DELETE was refused with {status}; run `volcheck clean`, which tries again"


@pytest.mark.parametrize(
    "last", [ACCEPTED, answer(204), answer(302), TransportError("x", "protocol", sent=True)]
)
def test_only_the_last_answer_to_a_deletion_counts(transport, last):
    transport.on("DELETE", "*", answer(400), last)
    transport.on(
        "GET", f"/volumes/{A}", answer(200, {"volume": {"id": A, "status": "deleting", "name": TAG}})
    )
    [left] = cleanup.clean(door_with(transport, volume()), patience=0.5).left
    assert left.advice == "it was still being deleted: look again later"


def test_what_is_gone_at_the_last_look_is_not_left(transport):
    transport.on("DELETE", "*", answer(400))
    transport.on("GET", f"/volumes/{A}", GONE)
    door = door_with(transport, volume())
    assert cleanup.clean(door, patience=0.05).left == ()
    assert door.ledger.live() == []


def test_what_is_not_proved_is_looked_at_and_left_alone(transport):
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": {"status": "available"}}))
    transport.on("GET", f"/volumes/{B}", shown("volume", B), GONE)
    transport.on("DELETE", f"/volumes/{B}", GONE)
    door = door_with(transport, volume(proved=False), volume(B, proved=False))
    outcome = cleanup.clean(door, patience=0.3)
    assert [(item.resource.id, item.status, item.advice) for item in outcome.left] == [
        (A, "available", NOT_PROVED)
    ]
    assert changes(transport) == [f"DELETE /volumes/{B}"]
    assert outcome.problems == ()


def test_what_a_look_disproves_while_cleaning_is_not_the_runs(transport):
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name="db"))
    door = door_with(transport, volume(proved=False))
    assert cleanup.clean(door, patience=5).left == ()
    assert (changes(transport), [each.id for each in door.ledger.unproved()]) == ([], [A])


def test_each_is_removed_by_whoever_owns_it(transport):
    transport.on("DELETE", "*", ACCEPTED)
    transport.on("GET", "/volumes/*", GONE)
    door = door_with(transport, volume(), volume(B, project=OTHER_PROJECT), other=OTHER)
    assert cleanup.clean(door, patience=5).left == ()
    for sent in transport.sent:
        mine = sent.path.endswith(A)
        assert (PROJECT if mine else OTHER_PROJECT) in sent.url
        assert (sent.headers["X-Auth-Token"] == OTHER.source.token()) is not mine
    assert [sent.method for sent in transport.sent if sent.path.endswith(B)] == ["DELETE", "GET"]


def test_a_push_goes_on_until_its_deadline(transport):
    door = door_with(transport, volume())
    cleanup.push(door, door.ledger.live(), deadline=time.monotonic() - 1)
    assert transport.sent == []
    transport.on("DELETE", "*", ACCEPTED)
    cleanup.push(door, [*door.ledger.live(), volume(B, gone=True)], deadline=time.monotonic() + 60)
    assert transport.lines == [f"DELETE /volumes/{A}"]


# -- by the tag ---------------------------------------------------------------------------------------------------


def test_a_sweep_looks_into_both_projects_as_whoever_owns_them(transport):
    def reply(sent):
        own = PROJECT in sent.url
        assert (sent.headers["X-Auth-Token"] == OTHER.source.token()) is not own
        if sent.query:
            return listing("volume", {"id": "page-2", "name": TAG, "status": "deleting"})
        href = f"{BASE}/{OTHER_PROJECT}/volumes/detail?marker=1"
        item = {"id": A if own else B, "name": TAG, "size": 3, "status": "available"}
        more = {} if own else {"volumes_links": [{"rel": "next", "href": href}]}
        return listing("volume", item, 5, {"id": "x", "name": "db"}, **more)

    transport.on("GET", "/volumes/detail", reply)
    swept = sweep(gateway(transport, other=OTHER), RUN.__eq__, seconds=9)
    assert [(t.resource.id, t.resource.project, t.status, t.resource.deleting) for t in swept.found] == [
        (A, None, "available", False),
        (B, OTHER_PROJECT, "available", False),
        ("page-2", OTHER_PROJECT, "deleting", True),
    ]
    assert (swept.found[0].resource.size, swept.found[0].resource.run, swept.problems) == (3, RUN, ())
    assert transport.lines == ["GET /snapshots/detail", "GET /volumes/detail"] * 2 + ["GET /volumes/detail"]


def test_a_second_identity_in_the_same_project_asks_no_second_time(transport):
    same = type(OTHER)(PROJECT, OTHER.source)
    sweep(gateway(transport, other=same), RUN.__eq__, seconds=9)
    assert len(transport.sent) == 2


def test_what_has_no_id_that_can_be_named_is_told_of(transport):
    items = [
        {"id": 7, "name": TAG, "status": "error"},
        {"name": TAG},
        {"id": "../x", "name": None, "description": TAG},
        {"id": 8, "name": "db"},
        {"id": 9, "name": "volcheck-270101000000abcd"},
    ]
    transport.on("GET", "/volumes/detail", listing("volume", *items))
    swept = sweep(gateway(transport), RUN.__eq__, seconds=9)
    assert swept.found == ()
    assert swept.strays == (
        Stray("volume", "7", TAG, "error", RUN),
        Stray("volume", "", TAG, "unknown", RUN),
        Stray("volume", "../x", "", "unknown", RUN),
    )


@pytest.mark.parametrize("who", ["main", "other"])
def test_a_list_that_cant_be_read_is_a_problem(transport, who):
    project = PROJECT if who == "main" else OTHER_PROJECT
    transport.on(
        "GET",
        "/snapshots/detail",
        lambda sent: answer(500) if project in sent.url else listing("snapshot"),
    )
    (problem,) = sweep(gateway(transport, other=OTHER), RUN.__eq__, seconds=9).problems
    where = "" if who == "main" else f" in project {OTHER_PROJECT}"
    assert problem.startswith(f"the list of snapshots{where} could not be read: GET ")


# -- the end of a run ---------------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    return tmp_path / f"{RUN}-main.jsonl"


def ends(transport, path, prepare=lambda door: None, **more):
    """What the end of a run makes of what `prepare` has done, and whether the ledger stays."""
    door = gateway(transport, ledger=Ledger(path, run_id=RUN), **more)
    prepare(door)
    cleaned = remove_all(door, RUN, patience=0.5)
    return cleaned, path.exists()


def create(door, fields=None):
    door.send("POST", f"/{PROJECT}/volumes", json_body={"volume": {"name": TAG, "size": 1, **(fields or {})}})


@pytest.mark.parametrize("reply", [answer(500), TransportError("lost", "network", sent=True), answer(202)])
def test_what_was_made_without_a_word_is_found_and_removed(transport, path, reply):
    transport.on("POST", "*", reply)
    transport.on("GET", f"/volumes/{A}", shown("volume", A), GONE)
    transport.on("DELETE", "*", GONE)

    def prepare(door):
        create(door)
        transport.on("GET", "/volumes/detail", listing("volume", {"id": A, "name": TAG}), listing("volume"))

    cleaned, stays = ends(transport, path, prepare)
    assert (cleaned["created"], cleaned["removed"], cleaned["leftovers"], stays) == (1, 1, [], False)
    assert changes(transport)[1:] == [f"DELETE /volumes/{A}"]
    assert "although no answer had told of them" in cleaned["problems"][0]


@pytest.mark.parametrize("status", [500, 501, 503])
def test_what_a_fault_told_of_and_no_list_shows_is_not_there(transport, path, status):
    transport.on("POST", "*", answer(status))
    cleaned, stays = ends(transport, path, create)
    assert (cleaned["created"], cleaned["leftovers"], cleaned["problems"], stays) == (0, [], [], False)


@pytest.mark.parametrize(
    "reply",
    [TransportError("lost", "network", sent=True), *map(answer, (502, 504, 103, 302))],
    ids=["no answer", "502", "504", "103", "302"],
)
def test_what_the_service_has_not_answered_may_still_appear(transport, path, reply):
    transport.on("POST", "*", reply)
    cleaned, stays = ends(transport, path, create)
    assert (cleaned["created"], cleaned["leftovers"], stays) == (0, [], True)
    (problem,) = cleaned["problems"]
    assert problem.startswith(f"no answer came to the creation of volume {TAG}, and no list shows it by now")
    assert "run `volcheck clean` in some minutes" in problem


def test_a_creation_that_was_never_sent_is_not_waited_for(transport, path):
    transport.on("POST", "*", TransportError("refused", "network", sent=False))
    cleaned, stays = ends(transport, path, create)
    assert (cleaned["problems"], stays) == ([], False)


@pytest.mark.parametrize("item", [{"id": 7, "name": TAG, "status": "creating"}, {}, None])
def test_what_was_accepted_and_no_list_shows_is_left_and_told_of(transport, path, item):
    transport.on("POST", "*", answer(202, {"volume": item}))
    cleaned, stays = ends(transport, path, create)
    (left,) = cleaned["leftovers"]
    named = ("7", "creating") if item else ("", "unknown")
    assert (left["resource"], left["id"], left["name"], left["status"]) == ("volume", named[0], TAG, named[1])
    assert left["advice"].startswith("the endpoint took the request to make it, and no list shows it")
    assert (cleaned["created"], cleaned["removed"], stays) == (1, 0, True)


def test_what_the_lists_show_without_an_id_is_left_and_told_of_once(transport, path):
    transport.on("POST", "*", answer(202, {"volume": {"id": 7, "name": TAG}}))
    shows = {"id": 7, "name": TAG, "status": "available"}

    def prepare(door):
        create(door)
        transport.on("GET", "/volumes/detail", listing("volume", shows))

    cleaned, stays = ends(transport, path, prepare)
    (left,) = cleaned["leftovers"]
    assert (left["id"], left["name"], left["status"]) == ("7", TAG, "available")
    assert left["advice"].startswith("no request can name its id")
    assert (cleaned["created"], cleaned["removed"], stays) == (1, 0, True)


def test_while_lists_cant_be_read_nothing_is_taken_for_settled(transport, path):
    transport.on("POST", "*", answer(500))

    def prepare(door):
        create(door)
        transport.on("GET", "/volumes/detail", answer(500))

    cleaned, stays = ends(transport, path, prepare)
    (left,) = cleaned["leftovers"]
    assert (left["id"], left["status"]) == ("", "unknown")
    assert left["advice"].startswith("whether it was made is unknown")
    assert stays
    assert any("could not be read" in problem for problem in cleaned["problems"])


def test_what_is_somebody_elses_is_named_and_stays(transport, path):
    transport.on("POST", "*", shown("volume", B, 202, name="db"))
    transport.on("GET", f"/volumes/{A}", shown("volume", A), GONE)
    transport.on("DELETE", "*", GONE)

    def prepare(door):
        create(door)
        transport.on(
            "GET", "/volumes/detail", listing("volume", {"id": A, "name": TAG}, {"id": B, "name": "db"})
        )

    cleaned, stays = ends(transport, path, prepare)
    assert not stays
    assert cleaned["unproved"] == [
        {
            "resource": "volume",
            "id": B,
            "name": "db",
            "status": "available",
            "reason": "it does not carry the tag that was sent",
        }
    ]
    assert [line for line in transport.lines if B in line] == []


def test_an_id_that_may_be_somebody_elses_is_not_advised_to_be_deleted(transport, path):
    transport.on("POST", "*", shown("volume", B, 202, name="db"))
    cleaned, stays = ends(transport, path, create)
    assert [(left["id"], left["name"]) for left in cleaned["leftovers"]] == [("", TAG)]
    assert [each["id"] for each in cleaned["unproved"]] == [B]
    assert stays


def test_what_the_other_identity_made_is_found_in_its_project_and_removed_there(transport, path):
    transport.on("POST", "*", answer(500))
    transport.on("GET", f"/volumes/{B}", shown("volume", B), GONE)
    transport.on("DELETE", "*", GONE)

    def prepare(door):
        create(door)
        transport.on(
            "GET",
            "/volumes/detail",
            lambda sent: (
                listing("volume", {"id": B, "name": TAG})
                if OTHER_PROJECT in sent.url and not changes(transport)[1:]
                else listing("volume")
            ),
        )

    cleaned, stays = ends(transport, path, prepare, other=OTHER)
    assert (cleaned["created"], cleaned["removed"], cleaned["leftovers"], stays) == (1, 1, [], False)
    deletion = transport.sent[[sent.method for sent in transport.sent].index("DELETE")]
    assert OTHER_PROJECT in deletion.url
    assert deletion.headers["X-Auth-Token"] == OTHER.source.token()


def test_without_a_sweep_nothing_is_looked_for_and_the_ledger_stays(transport, path):
    door = gateway(transport, ledger=Ledger(path, run_id=RUN))
    door.ledger.accepted(door.ledger.intend("volume", TAG), id="7", name="", status="unknown")
    cleaned = remove_all(door, RUN, patience=0.5, sweep=False)
    assert (cleaned["leftovers"], transport.sent, path.exists()) == ([], [], True)
