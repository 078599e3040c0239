"""What must hold in every list and every page."""

from __future__ import annotations

import pytest
from tests.checks.bench import (
    ANOTHER,
    BASE,
    MADE,
    OTHER_PROJECT,
    PROJECT,
    SNAP,
    SNAPPED,
    SNAPSHOT,
    TWO,
    VOL,
    VOLUME,
    Bench,
    Row,
    check_row,
    deleting,
    gone,
    listed,
    made,
    show,
)

TWICE, STRANGERS, COMPLETE, LIMIT, NEXT = (
    "list.no-duplicates",
    "list.no-strangers",
    "list.complete",
    "paging.limit-respected",
    "paging.next-link-stays-home",
)
TENANT = "os-vol-tenant-attr:tenant_id"
OWNER = "os-extended-snapshot-attributes:project_id"
HOME = "http://endpoint.test:8776"
MORE = f"{BASE}/{PROJECT}/volumes?marker={VOL}"
ALL = "all of the run's own"


def plain(number: int) -> dict[str, object]:
    return {"id": f"{number:08}-1111-4111-8111-111111111111"}


def pages(limit: str, items: int, **more: object) -> tuple[object, ...]:
    return (listed(*map(plain, range(items)), query=(("limit", limit),), **more),)


ROWS = [
    Row(TWICE, "two volumes", (listed(VOLUME, ANOTHER),)),
    Row(TWICE, "two snapshots", (listed({"id": SNAP}, {"id": TWO}, kind="snapshot"),)),
    Row(TWICE, "one volume", (listed(VOLUME),), looked=False),
    Row(TWICE, "none", (listed(),), looked=False),
    Row(
        TWICE,
        "a volume twice",
        (listed(VOLUME, ANOTHER, VOLUME),),
        ("a list names a resource twice", "every id once", f'["{VOL}"]'),
    ),
    Row(
        TWICE,
        "two snapshots twice",
        (listed({"id": TWO}, {"id": SNAP}, {"id": SNAP}, {"id": TWO}, kind="snapshot", detail=False),),
        ("a list names a resource twice", "every id once", f'["{TWO}", "{SNAP}"]'),
    ),
    Row(
        TWICE,
        "no id, twice",
        (listed({"id": None}, {"id": None}),),
        ("a list names a resource twice", "every id once", '["None"]'),
    ),
    Row(STRANGERS, "our own", (listed(VOLUME, ANOTHER), listed(SNAPSHOT, kind="snapshot"))),
    Row(
        STRANGERS,
        "no tenant",
        (listed({"id": VOL}), listed({"id": SNAP, TENANT: "x"}, kind="snapshot")),
        looked=False,
    ),
    Row(STRANGERS, "a single volume", (show({**VOLUME, TENANT: OTHER_PROJECT}),), looked=False),
    Row(
        STRANGERS,
        "another tenant's volume",
        (listed(VOLUME, {**ANOTHER, TENANT: OTHER_PROJECT}),),
        ("a list shows another tenant's resource", PROJECT, OTHER_PROJECT),
    ),
    Row(
        STRANGERS,
        "nobody's volume",
        (listed({"id": VOL, TENANT: None}),),
        ("a list shows another tenant's resource", PROJECT, "null"),
    ),
    Row(
        STRANGERS,
        "another tenant's snapshot",
        (listed({"id": SNAP, OWNER: OTHER_PROJECT}, kind="snapshot"),),
        ("a list shows another tenant's resource", PROJECT, OTHER_PROJECT),
    ),
    Row(COMPLETE, "nothing there", (listed(),)),
    Row(COMPLETE, "all that is there", (MADE, SNAPPED, listed(VOLUME), listed(SNAPSHOT, kind="snapshot"))),
    Row(COMPLETE, "all, and others", (MADE, listed(ANOTHER, VOLUME, detail=False))),
    Row(COMPLETE, "without what is being deleted", (MADE, deleting(), listed())),
    Row(COMPLETE, "without what is gone", (MADE, gone(), listed())),
    Row(COMPLETE, "sorted", (MADE, listed(VOLUME, query=(("sort", "name:asc"),)))),
    Row(COMPLETE, "a page that has a next one", (MADE, listed(next_href=MORE)), looked=False),
    *(
        Row(COMPLETE, f"asked for {name}", (MADE, listed(query=((name, "x"),))), looked=False)
        for name in ("limit", "marker", "offset", "name", "all_tenants")
    ),
    Row(COMPLETE, "sorted and filtered", (MADE, listed(query=(("sort", "x"), ("name", "x")))), looked=False),
    Row(
        COMPLETE, "as many as upstream's longest page", (MADE, listed(*map(plain, range(1000)))), looked=False
    ),
    Row(
        COMPLETE,
        "one less than upstream's longest page",
        (MADE, listed(*map(plain, range(999)))),
        ("a list lacks volumes that exist", ALL, f"without {VOL}"),
    ),
    Row(
        COMPLETE,
        "without the only one",
        (MADE, listed()),
        ("a list lacks volumes that exist", ALL, f"without {VOL}"),
    ),
    Row(
        COMPLETE,
        "sorted, and without one",
        (MADE, made(resource_id=TWO), listed(VOLUME, query=(("sort", "name:asc"),))),
        ("a list lacks volumes that exist", ALL, f"without {TWO}"),
    ),
    Row(
        COMPLETE,
        "snapshots without the only one",
        (MADE, SNAPPED, listed(kind="snapshot")),
        ("a list lacks snapshots that exist", ALL, f"without {SNAP}"),
    ),
    Row(
        COMPLETE,
        "without three",
        (*(made(resource_id=name) for name in "abc"), listed()),
        ("a list lacks volumes that exist", ALL, "without a, b, c"),
    ),
    Row(
        COMPLETE,
        "without four",
        (*(made(resource_id=name) for name in "abcd"), listed()),
        ("a list lacks volumes that exist", ALL, "without a, b, c …"),
    ),
    Row(LIMIT, "shorter than its limit", pages("3", 2)),
    Row(LIMIT, "as long as its limit", pages("2", 2, next_href=MORE)),
    Row(LIMIT, "spaces around the limit", pages(" 2 ", 2)),
    Row(LIMIT, "empty", pages("2", 0), looked=False),
    Row(LIMIT, "no limit", (listed(VOLUME),), looked=False),
    *(
        Row(LIMIT, f"a limit that is {name}", pages(limit, 2), looked=False)
        for name, limit in {
            "negative": "-1",
            "a word": "one",
            "empty": "",
            "broken": "1.0",
            "an Arabic one": "\u0661",
            "a superscript": "\u00b2",
            "half a character": "\ud800",
            "longer than Python reads": "9" * 5000,
        }.items()
    ),
    Row(LIMIT, "longer than its limit", pages("1", 2), ("a page is longer than its limit", "at most 1", "2")),
    Row(
        LIMIT,
        "something where nothing was wanted",
        pages("0", 1),
        ("a page is longer than its limit", "at most 0", "1"),
    ),
    Row(
        LIMIT,
        "the first of two limits counts",
        (listed(plain(1), plain(2), query=(("limit", "1"), ("limit", "2"))),),
        ("a page is longer than its limit", "at most 1", "2"),
    ),
    Row(
        LIMIT,
        "snapshots",
        (listed(plain(1), plain(2), kind="snapshot", query=(("limit", "1"),)),),
        looked=False,
    ),
    Row(NEXT, "at home", (listed(next_href=MORE), listed(kind="snapshot", next_href=MORE))),
    Row(NEXT, "at home in capitals", (listed(next_href=MORE.replace("endpoint", "ENDPOINT")),)),
    Row(NEXT, "no next page", (listed(),), looked=False),
    *(
        Row(
            NEXT,
            f"at {elsewhere}",
            (listed(kind=kind, next_href=elsewhere),),
            ("the next link leads to another host", HOME, elsewhere),
        )
        for kind, elsewhere in (
            ("volume", "http://elsewhere.test:8776/v2"),
            ("volume", "http://endpoint.test:8777/v2"),
            ("volume", "http://user@endpoint.test:8776/v2"),
            ("snapshot", "https://endpoint.test:8776/v2"),
            ("volume", "/v2/volumes"),
            ("snapshot", "http://[endpoint"),
        )
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.requirement}: {row.name}")
def test_row(row: Row) -> None:
    check_row(row)


def test_everything_in_a_list_is_looked_at() -> None:
    bench = Bench()
    bench.play((MADE, made(resource_id=TWO), listed(1, VOLUME, None, ANOTHER)))
    bench.play((listed(1, {**VOLUME, "name": "x"}, None, {**ANOTHER, "name": "y"}),))
    assert [(breach[0], breach[3]) for breach in bench.breaches] == [
        ("persistence.volume-fields-stay", "x"),
        ("persistence.volume-fields-stay", "y"),
    ]


def test_links_to_other_pages_are_no_next_links() -> None:
    bench = Bench()
    one = listed(VOLUME)
    bench.play((MADE, one))
    assert NEXT not in bench.reached_ones
