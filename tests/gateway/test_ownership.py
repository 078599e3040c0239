"""What is proved to be the run's, and what is left alone."""

from __future__ import annotations

import json
import time

import pytest
from tests.gateway.scripted import (
    OTHER,
    OTHER_PROJECT,
    PROJECT,
    RUN,
    SNAPSHOT,
    TAG,
    A,
    B,
    Scripted,
    answer,
    gateway,
    shown,
)

from volcheck.gateway.errors import Blocked, GatewayRefusal, NotProved
from volcheck.gateway.ledger import Resource
from volcheck.gateway.ownership import addressable
from volcheck.gateway.tag import tagged
from volcheck.gateway.transport import TransportError

VOLUMES, SNAPSHOTS = f"/{PROJECT}/volumes", f"/{PROJECT}/snapshots"
ASKED = {"name": TAG, "size": 1}
FOREIGN = "db-primary"


@pytest.fixture
def transport():
    return Scripted()


def create(door, fields=None, *, kind="volume", path=None, **more):
    return door.send(
        "POST", path or f"/{PROJECT}/{kind}s", json_body={kind: {**ASKED, **(fields or {})}}, **more
    )


def delete(door, resource_id=A, **more):
    return door.send("DELETE", f"{VOLUMES}/{resource_id}", **more)


def heard(door):
    doubts = []
    door.ownership.on_doubt = doubts.append
    return doubts


def made(transport, item, *, kind="volume", status=202, fields=None, **more):
    """A door that has sent one creation which was answered with this item, and the doubts about it."""
    transport.on("POST", "*", answer(status, {kind: item} if item is not None else {}))
    door = gateway(transport, **more)
    doubts = heard(door)
    create(door, fields)
    return door, doubts


# -- every creation carries the tag -------------------------------------------------------------------------------

TAGGED = [
    {"volume": {"name": TAG}},
    {"volume": {"name": f"delta {TAG}", "description": "x"}},
    {"volume": {"name": 7, "description": TAG}},
    {"volume": {"name": None, "description": None, "metadata": {"volcheck": TAG}}},
    {"volume": {"name": TAG}, "note": {"any": "thing"}},
    {"server": {"size": 1, "name": TAG}},
    {"size": 1, "name": TAG},
]
UNTAGGED = [
    {"volume": {}},
    {"volume": {"size": 1}},
    {"snapshot": {"name": "x"}},
    {"volume": {"name": TAG.upper()}},
    {"volume": {"name": [TAG], "description": {"x": TAG}, "metadata": TAG}},
    {"volume": {"metadata": {"volcheck": [TAG]}}},
    {"volume": {"user": TAG}},
    {"volume": [{"name": TAG}, {"size": 1}]},
    {"volume": {"name": TAG}, "snapshot": {"name": "x"}},
    {"volume": {"name": TAG}, "server": {"size": 1}},
    {"server": {"volume_id": 1}},
    {"size": 1},
    {"snapshot_id": None, "name": "volcheck-"},
    {"source_volid": "", "description": "x"},
    {"imageRef": 1},
]
NOTHING = [{}, [], None, "volume", 5, {"volume": None}, {"volume": []}, {"volume": "x"}, {"server": {"a": 1}}]


@pytest.mark.parametrize("body", TAGGED + NOTHING, ids=repr)
@pytest.mark.parametrize("path", ["/volumes", "/snapshots", "/volumes/detail"])
def test_what_carries_the_tag_or_can_make_nothing_is_sent(transport, body, path):
    transport.on("POST", "*", answer(400))
    assert gateway(transport).send("POST", f"/{PROJECT}{path}", json_body=body).status == 400


@pytest.mark.parametrize("body", UNTAGGED, ids=repr)
@pytest.mark.parametrize("path", ["/volumes", "/snapshots", "/volumes/detail"])
def test_what_could_make_something_without_the_tag_is_not_sent(transport, body, path):
    with pytest.raises(GatewayRefusal, match=rf"POST .* was not sent: .* would not carry {TAG} in its name"):
        gateway(transport).send("POST", f"/{PROJECT}{path}", json_body=body)
    assert transport.sent == []


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b"volume", True),
        (b'{"volume": ', True),
        (b'{"volume": {"size": 1}} x', False),
        (b"{'volume': {'volume_id': 1}}", False),
        (b'{"volume": {"size": 1, "name": "%s"}} x' % TAG.encode(), True),
        (b'{"volume": {"size": 1, "name": "\xff"}}', False),
        (b'{"volume": {"name": "%s", "name": "x"}}' % TAG.encode(), False),
        (b'{"volume": {"name": "x", "name": "%s"}}' % TAG.encode(), False),
        (b'{"volume": {"name": "%s"}, "volume": {"size": 1}}' % TAG.encode(), False),
        (b'{"volume": {"metadata": {"a": "%s", "a": "x"}}}' % TAG.encode(), False),
        (b'{"volume": {"name": "%s", "size": NaN}}' % TAG.encode(), True),
        (json.dumps({"volume": {"size": 1}}).encode("utf-16"), False),
        (b"[" * 100_000, True),
        (b"", True),
        (None, True),
    ],
)
def test_a_body_that_is_no_plain_json_is_held_to_the_tag_too(transport, body, sent):
    transport.on("POST", "*", answer(400))
    door = gateway(transport)
    if sent:
        assert door.send("POST", VOLUMES, body=body).status == 400
    else:
        with pytest.raises(GatewayRefusal, match="would not carry"):
            door.send("POST", VOLUMES, body=body)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/volumes"), ("POST", "/types")])
def test_what_makes_no_volume_needs_no_tag(transport, method, path):
    transport.on(method, path, answer(405))
    door = gateway(transport)
    door.send(method, f"/{PROJECT}{path}", json_body={"volume": {"size": 1}})
    assert door.ledger.intended == 0


# -- the answer shows what was asked for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "item"),
    [
        ({}, {"name": TAG}),
        ({"name": f" {TAG} "}, {"name": TAG}),
        ({"name": "x", "description": f"{TAG}-x"}, {"name": "x", "description": f"{TAG}-x"}),
        ({"name": "x", "metadata": {"volcheck": TAG}}, {"name": "x", "metadata": {"volcheck": TAG, "a": 1}}),
    ],
)
def test_an_answer_with_the_tag_that_was_sent_is_the_runs(transport, fields, item):
    door, doubts = made(transport, {"id": A, **item}, fields=fields)
    resource = door.ledger.get(A)
    assert (resource.kind, resource.intent, resource.project, resource.proved) == ("volume", 1, None, False)
    assert (doubts, door.ledger.open(), door.ledger.unproved()) == ([], [], [])


WRONG = [
    {"name": FOREIGN},
    {"name": f"copy of {TAG}"},
    {"name": f"{TAG} KEEP"},
    {"name": None, "description": TAG},
    {"metadata": {"volcheck": TAG}},
    {"name": [TAG]},
    {},
]


@pytest.mark.parametrize("item", WRONG, ids=repr)
def test_an_answer_without_the_tag_that_was_sent_is_somebody_elses(transport, item):
    door, doubts = made(transport, {"id": A, "status": "creating", **item})
    assert door.ledger.live() == []
    (unproved,) = door.ledger.unproved()
    assert (unproved.kind, unproved.id, unproved.status, unproved.intent) == ("volume", A, "creating", 1)
    assert unproved.reason == "it does not carry the tag that was sent"
    assert [(intent.number, intent.accepted, intent.id) for intent in door.ledger.open()] == [(1, True, A)]
    (doubt,) = doubts
    assert doubt.message == (
        "a creation of a volume is answered with something else: it does not carry the tag that was sent"
    )
    assert (doubt.kind, doubt.expected) == ("volume", "the new volume, with the tag that was sent")
    assert json.loads(doubt.got)["id"] == A
    assert doubt.exchange.request.method == "POST"


def test_answers_of_two_creations_of_the_run_may_be_swapped(transport):
    transport.on("POST", "*", shown("volume", B, 202, name=f"{TAG}-2"), shown("volume", A, 202))
    door = gateway(transport)
    doubts = heard(door)
    second = {**ASKED, "name": f"{TAG}-2"}
    create(door, second)
    create(door)
    assert sorted(door.ledger.get(each).id for each in (A, B)) == [A, B]
    assert doubts == []


@pytest.mark.parametrize("way", ["deletion", "source", "snapshot", "action", "allowed"])
def test_nothing_is_done_to_what_is_not_proved(transport, way):
    door, _ = made(transport, {"id": A, "name": FOREIGN})
    before = len(transport.sent)
    if way == "allowed":
        door.guard.allow(A)
    with pytest.raises(NotProved, match=f"was not sent: it names {A}, with which the endpoint answered"):
        {
            "deletion": lambda: delete(door),
            "allowed": lambda: delete(door),
            "source": lambda: create(door, {"source_volid": A}),
            "snapshot": lambda: create(door, {"volume_id": A}, kind="snapshot"),
            "action": lambda: door.send("POST", f"{VOLUMES}/{A}/action", json_body={"os-reset_status": {}}),
        }[way]()
    assert len(transport.sent) == before


def test_a_refusal_for_want_of_proof_is_no_fault_of_a_test():
    assert issubclass(NotProved, Blocked)
    assert issubclass(NotProved, GatewayRefusal)


def test_what_was_shown_before_it_was_asked_for_was_not_made(transport):
    transport.on("GET", "/volumes", answer(200, {"volumes": [{"id": A}, 5, {"id": 7}]}))
    door, doubts = made(transport, {"id": A, "name": TAG})
    assert door.ledger.unproved()[0].reason == "it was there before it was asked for"
    assert len(doubts) == 1


@pytest.mark.parametrize("path", ["/volumes", "/volumes/detail"])
def test_what_a_list_shows_while_its_creation_is_under_way_is_new(transport, path):
    door = gateway(transport)
    transport.on("GET", path, answer(200, {"volumes": [{"id": A, "name": TAG}]}))

    def reply(sent):
        door.send("GET", f"/{PROJECT}{path}")
        return shown("volume", A, 202)

    transport.on("GET", "/volumes", answer(200, {"volumes": []}))
    transport.on("POST", "*", reply)
    transport.on("GET", path, answer(200, {"volumes": []}), answer(200, {"volumes": [{"id": A}]}))
    create(door)
    assert door.ledger.get(A) is not None


@pytest.mark.parametrize(
    ("resource_id", "text"),
    [
        (7, "7"),
        ("", ""),
        (None, ""),
        ("../x", "../x"),
        ("\ud800", "\ud800"),
        (True, "true"),
        (["a"], '["a"]'),
    ],
)
def test_an_id_that_no_request_can_name_leaves_the_creation_open(transport, resource_id, text):
    door, doubts = made(transport, {"id": resource_id, "name": TAG, "status": "creating"})
    (intent,) = door.ledger.open()
    assert (intent.accepted, intent.id, intent.shown_name, intent.status) == (True, text, TAG, "creating")
    assert door.ledger.live() == []
    assert "which no request can name" in doubts[0].message


@pytest.mark.parametrize(
    "body", [{"id": A, "name": TAG}, {"volume": [1]}, {"volumes": {}}, [], b"", b"x"], ids=repr
)
def test_an_acceptance_that_shows_nothing_leaves_the_creation_open(transport, body):
    transport.on("POST", "*", answer(202, body))
    door = gateway(transport)
    create(door)
    assert [(intent.accepted, intent.id, intent.name) for intent in door.ledger.open()] == [(True, "", TAG)]


def test_something_of_another_kind_is_not_what_was_asked_for(transport):
    transport.on("POST", "*", shown("snapshot", SNAPSHOT, 202))
    door = gateway(transport)
    create(door)
    assert [(each.kind, each.reason) for each in door.ledger.unproved()] == [("snapshot", "it is a snapshot")]


def test_an_id_that_is_answered_twice_is_told_of_and_stays_the_runs(transport):
    door, doubts = made(transport, {"id": A, "name": TAG})
    create(door)
    assert [each.id for each in door.ledger.live()] == [A]
    assert (door.ledger.open(), door.ledger.unproved()) == ([], [])
    assert [doubt.message.partition(": ")[2] for doubt in doubts] == [
        "an earlier creation was answered with the same id"
    ]


def test_the_id_of_what_the_run_has_stays_the_runs_when_something_else_is_answered(transport):
    transport.on("POST", "*", shown("volume", A, 202), shown("volume", A, 202, name=FOREIGN))
    door = gateway(transport)
    create(door)
    create(door)
    assert [each.id for each in door.ledger.live()] == [A]
    assert door.ledger.unproved() == []
    assert [(intent.number, intent.id) for intent in door.ledger.open()] == [(2, A)]


def test_what_was_posted_to_and_answers_was_not_made(transport):
    transport.on("POST", "*", shown("volume", A))
    door = gateway(transport)
    door.ledger.register(Resource("volume", A, TAG, 1, proved=True))
    doubts = heard(door)
    door.send("POST", f"{VOLUMES}/{A}", json_body={})
    assert (doubts, door.ledger.open()) == ([], [])
    assert [each.id for each in door.ledger.live()] == [A]


@pytest.mark.parametrize("status", [400, 404, 409, 413, 499])
def test_a_refusal_settles_a_creation(transport, status):
    door, _ = made(transport, {"id": A, "name": TAG}, status=status)
    assert (door.ledger.open(), door.ledger.live()) == ([], [])


@pytest.mark.parametrize("status", [300, 303, 500, 502, 599])
def test_what_is_neither_refused_nor_accepted_stays_open(transport, status):
    door, _ = made(transport, {"id": A, "name": TAG}, status=status)
    assert [intent.accepted for intent in door.ledger.open()] == [False]
    assert door.ledger.live() == []


@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_every_success_counts(transport, status):
    door, _ = made(transport, {"id": A, "name": TAG}, status=status)
    assert door.ledger.get(A) is not None


@pytest.mark.parametrize(("sent", "open_ones"), [(True, 1), (False, 0)])
def test_a_lost_answer_leaves_open_what_may_have_been_sent(transport, sent, open_ones):
    transport.on("POST", "*", TransportError("lost", "network", sent=sent))
    door = gateway(transport)
    create(door)
    assert len(door.ledger.open()) == open_ones


def test_after_three_doubtful_creations_of_a_kind_no_more_of_it_are_made(transport):
    door, _ = made(transport, {"id": 7, "name": TAG})
    transport.on("POST", "/snapshots", answer(202, {"snapshot": {"id": SNAPSHOT, "name": TAG}}))
    create(door)
    create(door)
    with pytest.raises(NotProved, match=r"no more volumes are made: .* answered 3 creations"):
        create(door)
    assert transport.lines.count("POST /volumes") == 3
    create(door, kind="snapshot")
    assert [each.id for each in door.ledger.live()] == [SNAPSHOT]


def test_creations_without_an_answer_are_no_doubtful_ones(transport):
    door, _ = made(transport, None, status=500)
    for _ in range(3):
        create(door)
    assert transport.lines.count("POST /volumes") == 4


# -- older than the run, by the endpoint's own clock --------------------------------------------------------------


@pytest.mark.parametrize("year", [1999, 2026, 2099])
def test_the_first_creation_says_what_time_it_is(transport, year):
    door, _ = made(transport, {"id": A, "name": TAG, "created_at": f"{year}-05-05T12:00:00.000000"})
    assert door.ledger.get(A) is not None


@pytest.mark.parametrize(
    ("created_at", "own"),
    [
        ("2016-05-05T11:55:30", True),
        ("2016-05-05T11:54:30", False),
        ("2016-05-05T13:55:30+02:00", True),
        ("2015-05-05T12:00:00Z", False),
        ("2036-05-05T12:00:00", True),
        ("yesterday", True),
        (None, True),
        (7, True),
    ],
)
def test_what_is_older_than_the_run_was_not_made_by_it(transport, created_at, own):
    first = shown("volume", A, 202, created_at="2016-05-05T12:00:00.000000")
    transport.on("POST", "*", first, shown("volume", B, 202, created_at=created_at))
    door = gateway(transport)
    create(door)
    create(door)
    assert (door.ledger.get(B) is not None) is own
    if not own:
        assert door.ledger.unproved()[0].reason == f'it is older than the run (created_at "{created_at}")'


def test_the_run_began_before_its_first_creation(transport, monkeypatch):
    door = gateway(transport)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1000)
    transport.on(
        "POST",
        "*",
        shown("volume", A, 202, created_at="2016-05-05T12:20:00"),
        shown("volume", B, 202, created_at="2016-05-05T12:00:00"),
    )
    create(door)
    create(door)
    assert door.ledger.get(B) is not None


def test_without_a_time_nothing_is_too_old(transport):
    transport.on(
        "POST", "*", shown("volume", A, 202), shown("volume", B, 202, created_at="1970-01-01T00:00:00")
    )
    door = gateway(transport)
    create(door)
    create(door)
    assert door.ledger.get(B) is not None


# -- a look before the first change -------------------------------------------------------------------------------


def own(transport, *looks, kind="volume", **more):
    """A door with one volume that was created and not looked at yet."""
    transport.on("GET", f"/volumes/{A}", *(looks or (shown("volume", A),)))
    transport.on("DELETE", "*", answer(202))
    door, doubts = made(transport, {"id": A, "name": TAG}, **more)
    transport.sent.clear()
    return door, doubts


def test_the_first_deletion_is_preceded_by_a_look(transport):
    door, _ = own(transport)
    delete(door)
    delete(door)
    assert transport.lines == [f"GET /volumes/{A}", f"DELETE /volumes/{A}", f"DELETE /volumes/{A}"]


@pytest.mark.parametrize("use", ["source_volid", "snapshot"])
def test_so_is_the_first_use(transport, use):
    door, _ = own(transport)
    if use == "snapshot":
        create(door, {"volume_id": A}, kind="snapshot")
    else:
        create(door, {use: A})
    assert transport.lines[0] == f"GET /volumes/{A}"


@pytest.mark.parametrize("path", [f"/volumes/{A}", "/volumes/detail"])
def test_a_look_that_was_made_anyway_counts(transport, path):
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [{"id": B}, {"id": A, "name": TAG}, 1]}))
    door, _ = own(transport)
    door.send("GET", f"/{PROJECT}{path}")
    delete(door)
    assert transport.lines == [f"GET {path}", f"DELETE /volumes/{A}"]


@pytest.mark.parametrize("path", ["/volumes", f"/volumes/{B}"])
def test_a_short_list_or_a_look_at_another_proves_nothing(transport, path):
    door, _ = own(transport)
    transport.on("GET", "/volumes", answer(200, {"volumes": [{"id": A, "name": TAG}]}))
    transport.on("GET", f"/volumes/{B}", shown("volume", A))
    door.send("GET", f"/{PROJECT}{path}")
    delete(door)
    assert transport.lines[-2:] == [f"GET /volumes/{A}", f"DELETE /volumes/{A}"]


def test_a_detailed_list_that_lacks_the_tag_proves_nothing_and_disproves_nothing(transport):
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [{"id": A, "name": FOREIGN}]}))
    door, doubts = own(transport)
    door.send("GET", f"{VOLUMES}/detail")
    assert (door.ledger.get(A).proved, doubts) == (False, [])


def test_a_look_that_shows_somebody_elses_ends_it(transport):
    door, doubts = own(transport, answer(200, {"volume": {"id": A, "name": FOREIGN, "status": "in-use"}}))
    with pytest.raises(NotProved, match=f"volume {A} is left alone: .* a look at it"):
        delete(door)
    assert transport.lines == [f"GET /volumes/{A}"]
    assert door.ledger.get(A) is None
    (unproved,) = door.ledger.unproved()
    assert (unproved.kind, unproved.name, unproved.status, unproved.intent) == (
        "volume",
        FOREIGN,
        "in-use",
        1,
    )
    assert unproved.reason == "a look at it does not show the tag that was sent"
    assert [(intent.number, intent.accepted) for intent in door.ledger.open()] == [(1, True)]
    assert [doubt.message.partition(": ")[2] for doubt in doubts] == [unproved.reason]
    with pytest.raises(NotProved):
        delete(door)
    assert transport.lines == [f"GET /volumes/{A}"]


@pytest.mark.parametrize(
    "look",
    [
        answer(404),
        answer(500),
        answer(200, b"x"),
        answer(200, {"volume": [1]}),
        answer(200, {"volume": {"name": TAG}}),
        shown("volume", B),
        shown("snapshot", A),
        shown("volume", A, 202),
    ],
)
def test_a_look_that_shows_nothing_of_it_leaves_it_for_later(transport, look):
    door, doubts = own(transport, look, shown("volume", A))
    with pytest.raises(NotProved, match="does not show the run's tag"):
        delete(door)
    assert (doubts, door.ledger.unproved()) == ([], [])
    assert [each.id for each in door.ledger.live()] == [A]
    assert delete(door).status == 202


def test_what_was_proved_once_is_not_the_runs_any_more_where_a_look_shows_something_else(transport):
    door, doubts = own(transport, shown("volume", A), shown("volume", A, name=FOREIGN))
    door.send("GET", f"{VOLUMES}/{A}")
    assert door.ledger.get(A).proved
    door.send("GET", f"{VOLUMES}/{A}")
    with pytest.raises(NotProved):
        delete(door)
    assert ([each.id for each in door.ledger.unproved()], len(doubts)) == ([A], 1)
    assert not any(line.startswith("DELETE") for line in transport.lines)


def test_a_list_that_shows_something_else_calls_for_another_look_before_a_deletion(transport):
    door, doubts = own(transport, shown("volume", A))
    door.send("GET", f"{VOLUMES}/{A}")
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [{"id": A, "name": FOREIGN}]}))
    door.send("GET", f"{VOLUMES}/detail")
    assert not door.ledger.get(A).proved
    delete(door)
    assert (doubts, transport.lines[-2:]) == ([], [f"GET /volumes/{A}", f"DELETE /volumes/{A}"])


@pytest.mark.parametrize("item", [{"id": A, "status": "available"}, {"id": A}])
def test_a_look_that_says_nothing_of_whose_it_is_takes_no_proof_away(transport, item):
    door, doubts = own(transport, shown("volume", A), answer(200, {"volume": item}))
    door.send("GET", f"{VOLUMES}/{A}")
    door.send("GET", f"{VOLUMES}/{A}")
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [item]}))
    door.send("GET", f"{VOLUMES}/detail")
    assert (door.ledger.get(A).proved, doubts) == (True, [])


@pytest.mark.parametrize(("run", "proved"), [(None, True), (RUN, True), ("270101000000abcd", False)])
def test_what_another_process_of_the_run_made_is_known_by_the_runs_tag_alone(transport, run, proved):
    door = gateway(transport)
    door.ledger.register(Resource("volume", A, TAG, 1, run=run))
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    door.send("GET", f"{VOLUMES}/{A}")
    assert (door.ledger.get(A) is not None) is proved


def test_what_another_run_made_is_known_by_its_tag(transport):
    door = gateway(transport)
    door.ledger.register(Resource("volume", A, "", 1, run="270101000000abcd"))
    name = tagged("volume", {}, "volcheck-270101000000abcd")["name"]
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name=name))
    door.send("GET", f"{VOLUMES}/{A}")
    assert door.ledger.get(A).proved


# -- two identities -----------------------------------------------------------------------------------------------


def test_the_other_identity_looks_at_what_is_its_own(transport):
    transport.on("POST", "*", shown("volume", A, 202))
    transport.on("GET", f"/volumes/{A}", shown("volume", A))
    transport.on("DELETE", "*", answer(202))
    door = gateway(transport, other=OTHER)
    create(door, path=f"/{OTHER_PROJECT}/volumes", who="other")
    assert door.ledger.get(A).project == OTHER_PROJECT
    delete(door)
    look, deletion = transport.sent[-2:]
    assert (look.method, look.headers["X-Auth-Token"]) == ("GET", OTHER.source.token())
    assert f"/{OTHER_PROJECT}/" in look.url
    assert deletion.method == "DELETE"


@pytest.mark.parametrize(("who", "project"), [("main", OTHER_PROJECT), ("other", PROJECT), (None, PROJECT)])
@pytest.mark.parametrize("tail", [f"/{A}", "/detail"])
def test_only_its_owner_in_its_own_project_proves_or_disproves(transport, who, project, tail):
    for name in (TAG, FOREIGN):
        door, doubts = made(transport, {"id": A, "name": TAG}, other=OTHER)
        transport.on("GET", f"/volumes/{A}", shown("volume", A, name=name))
        transport.on("GET", "/volumes/detail", answer(200, {"volumes": [{"id": A, "name": name}]}))
        door.send("GET", f"/{project}/volumes{tail}", who=who)
        assert (door.ledger.get(A).proved, doubts) == (False, [])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("owner", "who", "project", "gone"),
    [
        (None, "main", PROJECT, True),
        (None, "other", PROJECT, False),
        (None, "main", OTHER_PROJECT, False),
        (None, None, PROJECT, False),
        (OTHER_PROJECT, "other", OTHER_PROJECT, True),
        (OTHER_PROJECT, "main", OTHER_PROJECT, False),
        (OTHER_PROJECT, "other", PROJECT, False),
    ],
)
def test_a_404_counts_where_it_is_given_to_the_owner(transport, method, owner, who, project, gone):
    transport.on("*", f"/volumes/{A}", answer(404))
    door = gateway(transport, other=OTHER)
    door.ledger.register(Resource("volume", A, TAG, 1, project=owner, proved=True, deleting=True))
    door.send(method, f"/{project}/volumes/{A}", who=who)
    # What only a deletion answers so may well be there.
    assert door.ledger.get(A).gone is (gone and method == "GET")


@pytest.mark.parametrize("path", [f"/volumes/{A}", f"/volumes/{A}/x"])
def test_a_404_before_any_deletion_or_to_no_operation_is_not_believed(transport, path):
    transport.on("*", "*", answer(404))
    door = gateway(transport)
    door.ledger.register(Resource("volume", A, TAG, 1, deleting=path.endswith("/x")))
    door.send("GET", f"/{PROJECT}{path}")
    assert not door.ledger.get(A).gone


@pytest.mark.parametrize(
    ("status", "deleting"), [(202, True), (204, True), (404, False), (400, False), (500, False)]
)
def test_an_accepted_deletion_is_noted(transport, status, deleting):
    transport.on("DELETE", "*", answer(status))
    door = gateway(transport)
    door.ledger.register(Resource("volume", A, TAG, 1, proved=True))
    delete(door)
    assert door.ledger.get(A).deleting is deleting


def test_both_projects_are_looked_at_before_the_first_creation(transport):
    transport.on("POST", "*", answer(400))
    door = gateway(transport, other=OTHER)
    create(door)
    create(door)
    looks = [sent for sent in transport.sent if sent.method == "GET"]
    assert [(sent.path, OTHER_PROJECT in sent.url) for sent in looks] == [
        ("/volumes", False),
        ("/snapshots", False),
        ("/volumes", True),
        ("/snapshots", True),
    ]
    assert looks[2].headers["X-Auth-Token"] == OTHER.source.token()


def test_types_may_be_mentioned(transport):
    transport.on("GET", "/types", answer(200, {"volume_types": [{"id": B}, {"id": 5}, "x"]}))
    transport.on("POST", "*", answer(400))
    door = gateway(transport)
    with pytest.raises(GatewayRefusal):
        create(door, {"volume_type": B})
    door.send("GET", f"/{PROJECT}/types")
    assert create(door, {"volume_type": B}).status == 400


# -- ids ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource_id", [A, "7", "vol-1_a.b~c", "볼륨", "x" * 255, "a:b@c+d=e,f"])
def test_ids_that_can_stand_in_a_path(resource_id):
    assert addressable(resource_id)


@pytest.mark.parametrize(
    "resource_id",
    [
        "",
        ".",
        "..",
        "detail",
        "x" * 256,
        "a/b",
        "a\\b",
        "a%2e",
        "a b",
        "a;b",
        "a?b",
        "a#b",
        "\ud800",
        "\x00",
        7,
        None,
    ],
)
def test_ids_that_can_not(resource_id):
    assert not addressable(resource_id)
