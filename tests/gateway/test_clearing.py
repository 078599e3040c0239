"""What `volcheck clean` removes, leaves alone and tells of."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.gateway.scripted import (
    BASE,
    OTHER,
    OTHER_PROJECT,
    PROJECT,
    RUN,
    SEALED,
    SNAPSHOT,
    TAG,
    A,
    B,
    Scripted,
    answer,
    gateway,
    shown,
)

from volcheck.gateway.clearing import Asked, carry_out, is_here, may_be_at_work, plan
from volcheck.gateway.ledger import Intent, Ledger, Resource
from volcheck.gateway.records import Record
from volcheck.gateway.tag import tagged
from volcheck.gateway.transport import TransportError

BEGAN = datetime(2026, 11, 26, 14, 17, 26, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=48)


@pytest.fixture
def transport():
    return Scripted()


def door(transport, **more):
    return gateway(transport, ledger=Ledger(None, run_id="clean"), **more)


def record(*resources, open=(), **more):
    fields = {"run_id": RUN, "base_url": BASE, "project_id": PROJECT, "pid": 1, "host": "h"}
    fields |= {"path": Path(f"{RUN}-main.jsonl"), "elsewhere": False}
    return Record(
        resources=tuple(resources),
        open=tuple(open),
        unnumbered=0,
        alive=False,
        unread=0,
        **{**fields, **more},
    )


def volume(resource_id=A, **more):
    return {"id": resource_id, "name": SEALED, "size": 3, "status": "available", **more}


def listed(transport, *items, kind="volume"):
    transport.on("GET", f"/{kind}s/detail", answer(200, {f"{kind}s": list(items)}))


def planned(transport, *records, alive=(), now=NOW, other=None, **asked):
    return plan(door(transport, other=other), records, set(alive), Asked(now, **asked))


def reasons(made):
    return [(each.id, each.reason, each.is_left) for each in made.kept]


# -- whose ledger is here -----------------------------------------------------------------------------------------


def told(*ids, kind="volume", size=3, **more):
    """A ledger that tells of these."""
    return record(*(Resource(kind, each, SEALED, size) for each in ids), **more)


def test_a_run_with_a_ledger_is_cleaned_up_after(transport):
    listed(transport, volume(), volume(B, name="db"))
    made = planned(transport, told(A))
    assert [(each.id, each.run, each.project, each.size) for each in made.remove] == [(A, RUN, None, 3)]
    assert (made.kept, made.doubts) == ((), ())


def test_a_run_without_a_ledger_is_listed(transport):
    listed(transport, volume())
    made = planned(transport)
    assert made.remove == ()
    [(resource_id, reason, is_left)] = reasons(made)
    assert (resource_id, is_left) == (A, True)
    assert reason.startswith(f"no ledger here tells of run {RUN}")
    assert f"`volcheck clean --run {RUN}`" in reason


@pytest.mark.parametrize(("hours", "removed"), [(0, True), (47.9, True), (48, True), (48.1, False)])
def test_without_a_ledger_it_goes_when_it_is_old_enough(transport, hours, removed):
    listed(transport, volume())
    assert bool(planned(transport, older_than=timedelta(hours=hours)).remove) is removed


def test_without_a_ledger_it_goes_when_it_is_named(transport):
    listed(transport, volume())
    assert [each.id for each in planned(transport, run_id=RUN).remove] == [A]


def test_what_is_of_another_run_than_the_named_is_passed_over(transport):
    listed(transport, volume())
    made = planned(transport, run_id="261126141726ebd8", older_than=timedelta(0))
    assert (made.remove, made.kept) == ((), ())


@pytest.mark.parametrize("asked", [{}, {"run_id": RUN}, {"older_than": timedelta(0)}])
def test_what_is_of_a_run_at_work_is_not_touched(transport, asked):
    listed(transport, volume())
    made = planned(transport, alive=[RUN], **asked)
    assert (made.remove, made.kept) == ((), ())


@pytest.mark.parametrize("asked", [{}, {"run_id": RUN}, {"older_than": timedelta(0)}])
@pytest.mark.parametrize(("minutes", "removed"), [(14, True), (15, True), (16, False)])
def test_what_is_of_a_run_to_come_is_nobodys(transport, asked, minutes, removed):
    listed(transport, volume())
    made = planned(transport, told(A), now=BEGAN - timedelta(minutes=minutes), **asked)
    assert bool(made.remove) is removed
    if not removed:
        assert reasons(made) == [(A, "its run begins in the future, so that it is of none", False)]


# -- what is not just as it was left ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "is_left"),
    [([], False), ([Resource("volume", A, SEALED, 1)], True), ([Resource("snapshot", A, SEALED, 1)], False)],
)
def test_what_somebody_has_changed_counts_as_left_where_a_ledger_knows_it(transport, known, is_left):
    listed(transport, volume(description="keep"))
    transport.on("GET", f"/snapshots/{A}", answer(404))
    made = planned(transport, record(*known), run_id=RUN)
    assert made.remove == ()
    assert [(each[0], each[2]) for each in reasons(made)] == [(A, is_left)]
    assert reasons(made)[0][1].startswith("it is not as the run wrote it")


def test_a_volume_stays_while_somebodys_snapshot_needs_it(transport):
    listed(transport, volume(), volume(B))
    listed(transport, {"id": SNAPSHOT, "name": "nightly", "volume_id": A}, 5, kind="snapshot")
    made = planned(transport, told(A, B))
    assert [each.id for each in made.remove] == [B]
    assert reasons(made) == [(A, "somebody has taken a snapshot of it", True)]


def test_a_snapshot_that_the_run_took_keeps_no_volume(transport):
    own = tagged("snapshot", {"volume_id": A}, TAG)
    listed(transport, volume())
    listed(transport, {"id": SNAPSHOT, **own}, kind="snapshot")
    assert [each.id for each in planned(transport, run_id=RUN).remove] == [SNAPSHOT, A]


def test_what_can_not_be_named_is_left(transport):
    listed(transport, volume(7))
    assert reasons(planned(transport, told("7"))) == [
        ("7", "no request can name its id: delete it by other means", True)
    ]


def test_a_list_that_can_not_be_read_leaves_doubt(transport):
    transport.on("GET", "/snapshots/detail", answer(500))
    listed(transport, volume())
    made = planned(transport, told(A))
    assert [each.id for each in made.remove] == [A]
    assert made.doubts[0].startswith("the list of snapshots could not be read")


# -- what only a ledger tells of ----------------------------------------------------------------------------------


def test_what_no_list_shows_is_looked_at_by_its_id(transport):
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": volume(status="deleting")}))
    made = planned(transport, record(Resource("volume", A, "", 3)))
    assert [(each.id, each.run, each.deleting) for each in made.remove] == [(A, RUN, True)]


def test_what_is_listed_is_not_looked_at_twice(transport):
    listed(transport, volume())
    planned(transport, record(Resource("volume", A, "", 1)))
    assert f"GET /volumes/{A}" not in transport.lines


def test_what_is_gone_is_gone(transport):
    transport.on("GET", f"/volumes/{A}", answer(404))
    made = planned(transport, record(Resource("volume", A, "", 1)))
    assert (made.remove, made.kept, made.doubts) == ((), (), ())


@pytest.mark.parametrize("name", ["db", TAG, f"{SEALED} KEEP", None])
def test_an_id_alone_proves_nothing(transport, name):
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name=name))
    made = planned(transport, record(Resource("volume", A, SEALED, 1)))
    assert made.remove == ()
    assert [(each[0], each[2]) for each in reasons(made)] == [(A, True)]


@pytest.mark.parametrize(
    "reply",
    [
        answer(500),
        answer(200, {"volume": 5}),
        answer(200, []),
        shown("volume", B, name=SEALED),
        shown("volume", A, 202, name=SEALED),
    ],
)
def test_an_answer_that_shows_something_else_leaves_doubt(transport, reply):
    transport.on("GET", f"/volumes/{A}", reply)
    made = planned(transport, record(Resource("volume", A, SEALED, 1)))
    assert (made.remove, made.kept) == ((), ())
    assert made.doubts[0].startswith(f"volume {A} could not be looked at: ")


@pytest.mark.parametrize("resource_id", ["\ud800", "../x", "a/b", "", "x" * 300])
def test_an_id_that_no_request_can_name_is_not_asked_for(transport, resource_id):
    made = planned(transport, record(Resource("volume", resource_id, SEALED, 1)))
    assert reasons(made) == [(resource_id, "no request can name its id: delete it by other means", True)]
    assert len(transport.sent) == 2


def test_the_second_project_needs_the_second_identity(transport):
    known = record(Resource("volume", A, SEALED, 1, project=OTHER_PROJECT))
    [(resource_id, reason, is_left)] = reasons(planned(transport, known))
    assert (resource_id, is_left) == (A, True)
    assert reason == (
        f"it is in project {OTHER_PROJECT}: give the second identity with --other-cloud, or with OS_OTHER_TOKEN and "
        "--other-project-id"
    )
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name=SEALED))
    assert [(each.id, each.project) for each in planned(transport, known, other=OTHER).remove] == [
        (A, OTHER_PROJECT)
    ]
    assert transport.sent[-1].headers["X-Auth-Token"] == OTHER.source.token()


# -- creations of which nobody knows the outcome ------------------------------------------------------------------


def intent(**more):
    fields = {"number": 1, "kind": "volume", "name": SEALED, "accepted": True, "id": B, "shown_name": "db"}
    return Intent(**{**fields, **more})


def test_a_creation_that_was_taken_and_shows_nowhere_is_told_of(transport):
    made = planned(transport, record(open=[intent()]))
    [(resource_id, reason, is_left)] = reasons(made)
    assert (resource_id, is_left, made.kept[0].name) == (B, True, SEALED)
    assert reason == (
        "the endpoint took the request to make it, and no list shows it with the run's tag: look for it in the project, "
        f"then delete {RUN}-main.jsonl"
    )


def test_a_creation_that_nobody_took_is_settled_by_the_lists(transport):
    assert planned(transport, record(open=[intent(accepted=False)])).kept == ()


@pytest.mark.parametrize(
    ("more", "settled"),
    [({}, True), ({"name": "x", "id": A}, True), ({"name": None}, False), ({"kind": "snapshot"}, False)],
)
def test_what_is_found_settles_a_creation_it_can_be_of(transport, more, settled):
    listed(transport, volume())
    made = planned(transport, record(open=[intent(**more)]))
    assert ("no list shows it" not in str(made.kept)) is settled


def nowhere(made):
    return [each.id for each in made.kept if "no list shows it" in each.reason]


def test_one_find_settles_one_creation(transport):
    listed(transport, volume())
    assert len(planned(transport, record(open=[intent(), intent(number=2)])).kept) == 1


def test_what_a_ledger_tells_of_settles_no_other_creation(transport):
    listed(transport, volume())
    assert nowhere(planned(transport, told(A, open=[intent()]))) == [B]


def test_a_find_of_the_answered_id_settles_that_creation_and_the_other_looks_for_itself(transport):
    listed(transport, volume(B))
    opened = [intent(id="lost"), intent(number=2)]
    made = planned(transport, record(open=opened))
    assert ([each.id for each in made.remove], nowhere(made)) == ([B], ["lost"])


# -- exact copies -------------------------------------------------------------------------------------------------


def test_what_the_ledger_does_not_tell_of_may_be_somebodys_copy(transport):
    listed(transport, volume(), volume(B))
    for asked in ({}, {"older_than": timedelta(0)}):
        made = planned(transport, told(A), **asked)
        assert [each.id for each in made.remove] == [A]
        assert reasons(made) == [
            (
                B,
                f"the ledger of run {RUN} does not tell of it, so that it may be somebody's copy: if it is the run's, "
                f"`volcheck clean --run {RUN}` removes it",
                True,
            )
        ]


def test_a_run_that_is_named_is_removed_with_its_copies(transport):
    listed(transport, volume(), volume(B, size=7))
    made = planned(transport, told(A, B), run_id=RUN)
    assert ([each.id for each in made.remove], made.kept) == ([A, B], ())


@pytest.mark.parametrize("known", [told(A, kind="snapshot"), told(A, run_id="261126141726ebd8")])
def test_the_same_id_of_another_kind_or_run_is_not_told_of(transport, known):
    listed(transport, volume())
    transport.on("GET", f"/snapshots/{A}", answer(404))
    made = planned(transport, record(), known)
    assert made.remove == ()
    assert A in [each.id for each in made.kept]


def test_a_volume_stays_with_a_copy_of_its_snapshot(transport):
    own = tagged("snapshot", {"volume_id": A}, TAG)
    listed(transport, volume(), volume(B))
    listed(transport, {"id": SNAPSHOT, **own}, kind="snapshot")
    made = planned(transport, told(A, B))
    assert [each.id for each in made.remove] == [B]
    assert [each.id for each in made.kept] == [SNAPSHOT, A]
    assert reasons(made)[1] == (A, "a snapshot of it stays", True)


@pytest.mark.parametrize(("known", "removed"), [(3, True), (0, True), (1, False), (4, False)])
def test_another_size_is_another_volume(transport, known, removed):
    listed(transport, volume())
    made = planned(transport, told(A, size=known))
    assert bool(made.remove) is removed
    if not removed:
        assert reasons(made) == [
            (
                A,
                f"its size is 3 GiB, and the run made it with {known}: if it is the run's, "
                f"`volcheck clean --run {RUN}` removes it",
                True,
            )
        ]


def test_another_size_is_another_volume_also_where_no_list_shows_it(transport):
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": volume()}))
    made = planned(transport, told(A, size=1))
    assert (made.remove, [each.id for each in made.kept]) == ((), [A])


@pytest.mark.parametrize(
    ("opened", "removed"),
    [
        (1, False),
        (2, True),
        (3, True),
    ],
)
def test_an_open_creation_stands_for_one_find_and_no_more(transport, opened, removed):
    """Of more than that nobody can say which are copies: all stay."""
    listed(transport, volume(), volume(B))
    intents = [Intent(number, "volume", f" {SEALED} ") for number in range(opened)]
    made = planned(transport, record(open=intents))
    assert [each.id for each in made.remove] == ([A, B] if removed else [])
    assert [each.id for each in made.kept] == ([] if removed else [A, B])


@pytest.mark.parametrize("more", [{"kind": "snapshot"}, {"name": "x", "id": A}, {"name": None}])
def test_an_open_creation_of_another_kind_or_name_stands_for_nothing(transport, more):
    listed(transport, volume())
    assert planned(transport, record(open=[intent(**more)])).remove == ()


def test_an_open_creation_stands_for_nothing_of_another_run(transport):
    other = tagged("volume", {}, "volcheck-261126141726ebd8")["name"]
    listed(transport, volume(name=other))
    made = planned(transport, record(open=[intent(name=other)]), record(run_id="261126141726ebd8"))
    assert made.remove == ()


def test_a_copy_of_a_ledger_opens_no_second_creation(transport):
    listed(transport, volume(), volume(B))
    twice = [record(open=[intent()], path=Path(f"{RUN}-{each}.jsonl")) for each in ("main", "copy")]
    assert planned(transport, *twice).remove == ()


def test_what_one_of_two_ledgers_of_a_run_tells_of_is_told_of(transport):
    listed(transport, volume(), volume(B))
    assert [each.id for each in planned(transport, told(A), told(B)).remove] == [A, B]


# -- ledgers that tell of the same --------------------------------------------------------------------------------


@pytest.mark.parametrize("resource_id", [A, "a/b"])
def test_what_two_ledgers_tell_of_is_looked_at_and_told_of_once(transport, resource_id):
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name="db"))
    made = planned(transport, told(resource_id), told(resource_id))
    assert [each.id for each in made.kept] == [resource_id]
    assert transport.lines.count(f"GET /volumes/{A}") == (resource_id == A)


def test_what_can_not_be_named_and_is_listed_is_told_of_once(transport):
    listed(transport, volume("a/b"))
    assert [each.id for each in planned(transport, told("a/b")).kept] == ["a/b"]


def test_what_ledgers_of_two_runs_tell_of_is_of_the_one_whose_tag_it_carries(transport):
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": volume()}))
    made = planned(transport, told(A, size=9, run_id="261126141726ebd8"), told(A))
    assert ([(each.id, each.run, each.size) for each in made.remove], made.kept) == ([(A, RUN, 3)], ())


# -- runs that may be at work on another machine ------------------------------------------------------------------


@pytest.mark.parametrize("listing", [True, False])
def test_what_is_of_a_run_that_may_be_at_work_elsewhere_stays(transport, listing):
    if listing:
        listed(transport, volume())
    else:
        transport.on("GET", f"/volumes/{A}", answer(200, {"volume": volume()}))
    made = planned(transport, told(A, elsewhere=True, open=[intent()]), now=BEGAN + timedelta(hours=23))
    assert made.remove == ()
    assert reasons(made) == [
        (
            A,
            f"run {RUN} may be at work on another machine: if it is over, `volcheck clean --run {RUN}` removes it",
            True,
        )
    ]


@pytest.mark.parametrize(
    ("elsewhere", "hours", "asked", "may_be"),
    [
        (True, 23.9, {}, True),
        (True, 24, {}, False),
        (False, 1, {}, False),
        (True, 1, {"run_id": RUN}, False),
        (True, 1, {"run_id": "261126141726ebd8"}, True),
        (True, 1, {"older_than": timedelta(0)}, False),
        (True, 2, {"older_than": timedelta(hours=2)}, False),
        (True, 1.9, {"older_than": timedelta(hours=2)}, True),
        (True, 24, {"older_than": timedelta(hours=72)}, False),
    ],
)
def test_a_run_elsewhere_may_be_at_work_for_a_day(elsewhere, hours, asked, may_be):
    asked = Asked(BEGAN + timedelta(hours=hours), **asked)
    assert may_be_at_work(record(elsewhere=elsewhere), asked) is may_be


def test_a_run_that_began_at_no_time_is_at_work_nowhere():
    assert not may_be_at_work(record(elsewhere=True, run_id="262526141726ebd7"), Asked(BEGAN))


def test_a_find_of_another_run_settles_nothing(transport):
    other = tagged("volume", {}, "volcheck-261126141726ebd8")["name"]
    listed(transport, volume(name=other))
    made = planned(transport, record(open=[intent(name=other)]), older_than=timedelta(0))
    assert ([each.id for each in made.remove], len(made.kept)) == ([A], 1)


def test_what_stays_is_told_with_its_kind_name_and_run(transport):
    """The run's id decides which ledgers stay."""
    young = "261128141726ebd7"
    name = tagged("volume", {}, f"volcheck-{young}")["name"]
    future = tagged("volume", {}, "volcheck-270126141726ebd7")["name"]
    listed(
        transport,
        volume("no-ledger", name=name),
        volume("changed", description="keep"),
        volume("to-come", name=future),
        volume(7),
    )
    transport.on("GET", "/snapshots/other", shown("snapshot", "other", name="x"))
    known = [
        Resource("snapshot", "a/b", "n", 1),
        Resource("volume", "elsewhere", "n", 1, project=OTHER_PROJECT),
        Resource("snapshot", "other", "n", 1),
    ]
    made = planned(transport, record(*known, open=[intent(kind="snapshot", name="n", id="lost")]))
    assert {each.id: (each.kind, each.name, each.run_id) for each in made.kept} == {
        "no-ledger": ("volume", name, young),
        "changed": ("volume", SEALED, RUN),
        "to-come": ("volume", future, "270126141726ebd7"),
        "7": ("volume", SEALED, RUN),
        "a/b": ("snapshot", "n", RUN),
        "elsewhere": ("volume", "n", RUN),
        "other": ("snapshot", "n", RUN),
        "lost": ("snapshot", "n", RUN),
    }
    assert all(each.reason for each in made.kept)


def test_what_a_ledger_tells_of_and_is_in_another_project_stays(transport):
    item = volume(**{"os-vol-tenant-attr:tenant_id": OTHER_PROJECT})
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": item}))
    made = planned(transport, record(Resource("volume", A, SEALED, 1)))
    assert reasons(made) == [(A, f"it says that it belongs to project {OTHER_PROJECT}", True)]


def test_what_a_ledger_tells_of_and_is_of_its_own_project_goes(transport):
    item = volume(**{"os-vol-tenant-attr:tenant_id": PROJECT})
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": item}))
    assert [each.id for each in planned(transport, told(A)).remove] == [A]


def test_a_token_that_ends_in_between_leaves_doubt(transport):
    transport.on("GET", f"/volumes/{A}", answer(401))
    transport.on("GET", "/types", answer(401))
    made = planned(transport, record(Resource("volume", A, SEALED, 1)))
    assert made.remove == ()
    assert made.doubts[0].startswith(f"volume {A} could not be looked at: ")


# -- removing -----------------------------------------------------------------------------------------------------


def cleared(transport, *resources, other=None):
    return carry_out(door(transport, other=other), resources, patience=2)


def resource(resource_id=A, **more):
    return Resource("volume", resource_id, SEALED, 1, run=RUN, **more)


def changes(transport):
    return [line for line in transport.lines if not line.startswith("GET")]


def test_each_is_looked_at_right_before_it_is_deleted(transport):
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name=SEALED), answer(404))
    transport.on("DELETE", "*", answer(202))
    done = cleared(transport, resource())
    assert [each.id for each in done.removed] == [A]
    assert (done.kept, done.problems) == ((), ())
    assert transport.lines == [f"GET /volumes/{A}", f"DELETE /volumes/{A}", f"GET /volumes/{A}"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": f"{SEALED} KEEP"},
        {"name": SEALED, "description": "keep"},
        {"name": SEALED, "status": "in-use"},
        {"name": SEALED, "os-vol-tenant-attr:tenant_id": OTHER_PROJECT},
        {"name": "db"},
    ],
)
def test_what_has_changed_since_is_left_alone(transport, fields):
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": {"id": A, **fields}}))
    done = cleared(transport, resource())
    assert done.removed == ()
    assert [(each.id, each.run_id, each.is_left) for each in done.kept] == [(A, RUN, True)]
    assert changes(transport) == []


def test_it_is_looked_at_again_before_each_further_attempt(transport):
    transport.on(
        "GET",
        f"/volumes/{A}",
        shown("volume", A, name=SEALED),
        shown("volume", A, name=SEALED),
        shown("volume", A, name=SEALED, description="keep"),
    )
    transport.on("DELETE", "*", answer(202))
    done = cleared(transport, resource())
    assert changes(transport) == [f"DELETE /volumes/{A}"]
    assert [each.id for each in done.kept] == [A]
    assert done.kept[0].reason.startswith("it is not as the run wrote it")


def test_what_is_gone_by_then_is_not_deleted(transport):
    transport.on("GET", f"/volumes/{A}", answer(404))
    done = cleared(transport, resource())
    assert [each.id for each in done.removed] == [A]
    assert changes(transport) == []


@pytest.mark.parametrize(
    "reply", [answer(500), shown("volume", B, name=SEALED), TransportError("lost", "protocol", sent=True)]
)
def test_what_can_not_be_looked_at_is_not_deleted(transport, reply):
    transport.on("GET", f"/volumes/{A}", reply)
    done = cleared(transport, resource())
    assert changes(transport) == []
    assert (done.removed, [(each.id, each.is_left) for each in done.kept]) == ((), [(A, True)])


def test_what_stays_is_told_of_with_its_status(transport):
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": volume(status="error_deleting")}))
    transport.on("DELETE", "*", answer(400))
    done = cleared(transport, resource())
    assert done.kept[0].reason.startswith(
        "its status is error_deleting; its DELETE was refused with 400; its deletion failed"
    )
    assert (done.kept[0].run_id, done.kept[0].is_left) == (RUN, True)


def test_what_is_in_the_second_project_is_removed_by_its_owner(transport):
    transport.on("GET", f"/volumes/{A}", shown("volume", A, name=SEALED), answer(404))
    transport.on("DELETE", "*", answer(404))
    done = cleared(transport, resource(project=OTHER_PROJECT), other=OTHER)
    assert [each.id for each in done.removed] == [A]
    assert {sent.headers["X-Auth-Token"] for sent in transport.sent} == {OTHER.source.token()}
    assert all(f"/{OTHER_PROJECT}/" in sent.url for sent in transport.sent)


# -- which ledgers count ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "here"),
    [
        ({}, True),
        ({"base_url": "http://endpoint.test:8776/v3"}, True),
        ({"base_url": "http://endpoint.test:8777/v2"}, False),
        ({"base_url": "https://endpoint.test:8776/v2"}, False),
        ({"base_url": ""}, False),
        ({"base_url": "\ud800"}, False),
        ({"base_url": "http://[::1/v2"}, False),
        ({"project_id": OTHER_PROJECT}, False),
        ({"project_id": ""}, False),
    ],
)
def test_a_ledger_counts_where_it_is_of_this_endpoint_and_project(transport, more, here):
    assert is_here(record(**more), door(transport)) is here
