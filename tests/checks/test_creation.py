"""A creation answers what it was asked for, and gone is gone."""

from __future__ import annotations

import json

import pytest
from tests.checks.bench import (
    MADE,
    SNAP,
    SNAPPED,
    SNAPSHOT,
    TWO,
    VOL,
    VOLUME,
    Bench,
    Row,
    check_row,
    create,
    gone,
    listed,
    made,
    other,
    show,
)

AS_ASKED, GONE = "create.as-asked", "delete.stays-gone"


def asked(asked: object, kind: str = "volume", **answered: object) -> tuple[object, ...]:
    return (create(asked, {**(VOLUME if kind == "volume" else SNAPSHOT), **answered}, kind),)


def another(field: str, wanted: str, got: str, kind: str = "volume") -> tuple[str, str, str]:
    return f"a new {kind} has another {field} than asked for", wanted, got


ROWS = [
    *(
        Row(AS_ASKED, f"{field} as asked", asked({field: value}, **{field: value}))
        for field, value in {
            "size": 3,
            "name": "볼륨",
            "description": "",
            "metadata": {"a": "b"},
            "snapshot_id": SNAP,
            "source_volid": TWO,
        }.items()
    ),
    *(
        Row(AS_ASKED, f"{field} of a snapshot as asked", asked({field: value}, "snapshot", **{field: value}))
        for field, value in {"name": "n", "description": "d", "metadata": {}, "volume_id": VOL}.items()
    ),
    Row(AS_ASKED, "outer spaces that go", asked({"name": " \tone\n"}, name="one")),
    Row(AS_ASKED, "outer spaces that stay", asked({"name": " one "}, name=" one ")),
    Row(AS_ASKED, "a size asked for as text", asked({"size": "3"}, size=3)),
    Row(AS_ASKED, "nothing asked for", asked({}), looked=False),
    Row(AS_ASKED, "null asked for", asked({"name": None, "size": None}), looked=False),
    Row(AS_ASKED, "a size that is no number", asked({"size": "many"}), looked=False),
    Row(
        AS_ASKED,
        "a value of another type, which was wrong to be taken",
        asked({"name": 7, "size": 1.5}),
        looked=False,
    ),
    Row(
        AS_ASKED,
        "a field that is not answered for",
        asked({"availability_zone": "x", "volume_type": "y"}),
        looked=False,
    ),
    Row(AS_ASKED, "a snapshot has the size of its volume", asked({"size": 7}, "snapshot"), looked=False),
    Row(AS_ASKED, "a body that is no JSON", asked("{"), looked=False),
    Row(AS_ASKED, "a body that is no object", asked("[]"), looked=False),
    Row(AS_ASKED, "a volume that is no object", asked({"volume": 1}), looked=False),
    Row(AS_ASKED, "a replacement character that was asked for", asked({"name": "\ufffd"}, name="\ufffd")),
    Row(
        AS_ASKED,
        "bytes that were no text on their way",
        (create('{"volume": {"name": "a\ufffd"}}'),),
        looked=False,
    ),
    Row(AS_ASKED, "no body", (create({}, sent=None),), looked=False),
    Row(AS_ASKED, "a look", (show(),), looked=False),
    Row(AS_ASKED, "a refusal", (create({"name": "two"}, status=400),), looked=False),
    Row(AS_ASKED, "another identity's creation", (other(create({"name": "two"})),), looked=False),
    Row(AS_ASKED, "a size that is larger", asked({"size": 1}, size=2), another("size", "1", "2")),
    Row(
        AS_ASKED,
        "a size, asked for as text, that is larger",
        asked({"size": "1"}, size=2),
        another("size", "1", "2"),
    ),
    Row(AS_ASKED, "another name", asked({"name": "two"}), another("name", "two", "one")),
    Row(AS_ASKED, "no name", (create({"name": "two"}, {"id": VOL}),), another("name", "two", "null")),
    Row(AS_ASKED, "a name in capitals", asked({"name": "ONE"}), another("name", "ONE", "one")),
    Row(AS_ASKED, "inner spaces that go", asked({"name": "o ne"}), another("name", "o ne", "one")),
    Row(
        AS_ASKED,
        "a description cut off",
        asked({"description": "of many more"}),
        another("description", "of many more", "of many"),
    ),
    Row(AS_ASKED, "metadata that grows", asked({"metadata": {}}), another("metadata", "{}", '{"a": "b"}')),
    Row(
        AS_ASKED,
        "another source",
        asked({"source_volid": TWO}, source_volid=VOL),
        another("source_volid", TWO, VOL),
    ),
    Row(
        AS_ASKED,
        "another snapshot",
        asked({"snapshot_id": SNAP}, snapshot_id=VOL),
        another("snapshot_id", SNAP, VOL),
    ),
    *(
        Row(
            AS_ASKED,
            f"another {field} of a snapshot",
            asked({field: "x"}, "snapshot", **{field: "y"}),
            another(field, "x", "y", "snapshot"),
        )
        for field in ("name", "description", "volume_id")
    ),
    Row(
        AS_ASKED,
        "other metadata of a snapshot",
        asked({"metadata": {"a": "b"}}, "snapshot", metadata={}),
        another("metadata", '{"a": "b"}', "{}", "snapshot"),
    ),
    Row(GONE, "still gone", (MADE, show(), gone(), show(status=404))),
    Row(
        GONE,
        "a snapshot that is still gone",
        (SNAPPED, gone(SNAP), show(SNAPSHOT, "snapshot", status=404)),
    ),
    Row(GONE, "an error instead of a 404", (MADE, show(), gone(), show(status=500)), looked=False),
    Row(GONE, "not yet gone", (MADE, show(), show(status=404)), looked=False),
    Row(GONE, "an unknown volume", (MADE, gone(), show(asked=TWO, status=404)), looked=False),
    Row(
        GONE,
        "shown again",
        (MADE, show(), gone(), show()),
        (
            "a deleted volume that was gone is shown again",
            "it stays gone (404, in no list)",
            # Whole: it is cut where it is written down, when secrets are out of it.
            "200 " + json.dumps({"volume": VOLUME}),
        ),
    ),
    Row(
        GONE,
        "a snapshot in a list again",
        (made("snapshot", SNAP), gone(SNAP), listed({"id": SNAP}, kind="snapshot")),
        (
            "a deleted snapshot that was gone is shown again",
            "it stays gone (404, in no list)",
            '200 {"snapshots": [{"id": "' + SNAP + '"}]}',
        ),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.requirement}: {row.name}")
def test_row(row: Row) -> None:
    check_row(row)


def test_every_field_is_held_by_itself() -> None:
    bench = Bench()
    bench.play(asked({"name": None, "size": 2, "description": "x", "metadata": {"c": "d"}}))
    assert [breach[1] for breach in bench.breaches] == [
        "a new volume has another size than asked for",
        "a new volume has another description than asked for",
        "a new volume has another metadata than asked for",
    ]
