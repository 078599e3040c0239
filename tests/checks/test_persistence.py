"""What is shown once is shown again: fields, the time of creation, and the resource that was asked for."""

from __future__ import annotations

import pytest
from tests.checks.bench import (
    ANOTHER,
    MADE,
    NOW,
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
    exchange,
    gone,
    listed,
    made,
    other,
    show,
)

FIELDS, ALSO, TIME, ASKED = (
    "persistence.volume-fields-stay",
    "persistence.snapshot-fields-stay",
    "persistence.creation-time-stays",
    "persistence.answers-what-was-asked",
)
#: What each fixed field becomes.
OF_A_VOLUME = {
    "size": 2,
    "name": None,
    "description": "",
    "volume_type": "General SSD",
    "availability_zone": "kr-pub-a",
    "snapshot_id": SNAP,
    "source_volid": TWO,
    "consistencygroup_id": TWO,
    "user_id": "00000000000000000000000000000000",
    "os-vol-tenant-attr:tenant_id": None,
    "multiattach": True,
    "encrypted": True,
    "metadata": {},
}
OF_A_SNAPSHOT = {
    "size": 2,
    "name": "two",
    "description": None,
    "volume_id": TWO,
    "metadata": {"a": "b"},
    "os-extended-snapshot-attributes:project_id": None,
}
SHOWN = {
    None: "null",
    True: "true",
    False: "false",
}


def text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return '{"a": "b"}' if value else "{}"
    return SHOWN.get(value, str(value)) if value is None or isinstance(value, bool) else str(value)


def volume_differs(field: str, before: str, after: str) -> tuple[str, str, str]:
    return f"{field} of a volume differs from what was shown before", before, after


ROWS = [
    Row(FIELDS, "the same again", (MADE, show(), listed(VOLUME), show(), listed(VOLUME))),
    Row(
        FIELDS, "fields that a volume may change", (MADE, show(), show({**VOLUME, "updated_at": NOW, "x": 1}))
    ),
    Row(FIELDS, "a field that is left out", (MADE, show(), show({"id": VOL}), show())),
    Row(FIELDS, "a field that comes later", (MADE, show({"id": VOL}), show(), show())),
    Row(
        FIELDS, "a volume that the run did not make", (show(), show({**VOLUME, "name": "two"})), looked=False
    ),
    Row(
        FIELDS,
        "what another identity is shown",
        (MADE, show(), other(show({**VOLUME, "name": "two"})), show()),
    ),
    Row(
        FIELDS,
        "a failed look",
        (MADE, show({**VOLUME, "name": "two"}, status=404), show({**VOLUME, "name": "two"}, status=199)),
        looked=False,
    ),
    *(
        Row(
            FIELDS,
            f"{field} becomes another",
            (MADE, show(), listed(ANOTHER, VOLUME), show({**VOLUME, field: value})),
            volume_differs(field, text(VOLUME[field]), text(value)),
        )
        for field, value in OF_A_VOLUME.items()
        if field != "os-vol-tenant-attr:tenant_id" or value is None
    ),
    *(
        Row(
            FIELDS,
            f"size becomes {value!r}, which Python holds for the same",
            (MADE, show(), listed(VOLUME), show({**VOLUME, "size": value})),
            volume_differs("size", "1", shown),
        )
        for value, shown in ((1.0, "1.0"), (True, "true"))
    ),
    Row(
        FIELDS,
        "a field behind others that are left out",
        (MADE, show(), show({"id": VOL, "metadata": {}})),
        volume_differs("metadata", '{"a": "b"}', "{}"),
    ),
    Row(
        FIELDS,
        "a name that is another one in a list only",
        (MADE, show(), listed(VOLUME), listed({**VOLUME, "name": "two"})),
        volume_differs("name", "one", "two"),
    ),
    Row(
        FIELDS,
        "a name that differs from that of the creation",
        (MADE, create({}), show({**VOLUME, "name": "two"})),
        volume_differs("name", "one", "two"),
    ),
    Row(
        FIELDS,
        "bootable changes while it is being made",
        (
            MADE,
            create({}, {**VOLUME, "bootable": "false"}),
            show({**VOLUME, "status": "downloading", "bootable": "x"}),
            show({**VOLUME, "bootable": "true"}),
            show({**VOLUME, "bootable": "true"}),
        ),
    ),
    Row(
        FIELDS,
        "bootable changes once it is available",
        (MADE, show(), show({**VOLUME, "bootable": "true"})),
        ("bootable of an available volume differs from what was shown before", "false", "true"),
    ),
    Row(
        FIELDS,
        "bootable is not shown everywhere",
        (MADE, show(), listed({k: v for k, v in VOLUME.items() if k != "bootable"}), show()),
    ),
    Row(
        ALSO,
        "a snapshot that the run did not make",
        (show(SNAPSHOT, "snapshot"), show({**SNAPSHOT, "name": "two"}, "snapshot")),
        looked=False,
    ),
    Row(ALSO, "the same again", (SNAPPED, show(SNAPSHOT, "snapshot"), show(SNAPSHOT, "snapshot"))),
    Row(
        ALSO,
        "bootable is nothing of a snapshot",
        (
            SNAPPED,
            show({**SNAPSHOT, "bootable": "false"}, "snapshot"),
            show({**SNAPSHOT, "bootable": "true"}, "snapshot"),
        ),
    ),
    *(
        Row(
            ALSO,
            f"{field} becomes another",
            (SNAPPED, show(SNAPSHOT, "snapshot"), show({**SNAPSHOT, field: value}, "snapshot")),
            (
                f"{field} of a snapshot differs from what was shown before",
                text(SNAPSHOT[field]),
                text(value),
            ),
        )
        for field, value in OF_A_SNAPSHOT.items()
    ),
    Row(TIME, "the same again", (MADE, show(), listed(VOLUME), show())),
    Row(TIME, "a creation alone is not enough", (MADE, create({})), looked=False),
    Row(TIME, "no time", (MADE, show({**VOLUME, "created_at": None}), show({"id": VOL})), looked=False),
    Row(
        TIME,
        "the parts of the second that a database drops after the creation",
        (MADE, create({}), show({**VOLUME, "created_at": "2026-11-23T09:29:10.000000"})),
    ),
    Row(
        TIME,
        "another second than in the creation",
        (MADE, create({}), show({**VOLUME, "created_at": "2026-11-23T09:29:11.952541"})),
        ("created_at differs from that of the creation", NOW, "2026-11-23T09:29:11.952541"),
    ),
    Row(
        TIME,
        "another part of the second than before",
        (MADE, show(), show({**VOLUME, "created_at": "2026-11-23T09:29:10.952542"})),
        ("created_at differs from what was shown before", NOW, "2026-11-23T09:29:10.952542"),
    ),
    Row(ASKED, "what was asked for", (show(),)),
    Row(ASKED, "a snapshot that was asked for", (show(SNAPSHOT, "snapshot"),)),
    Row(ASKED, "lists and creations are not asked for one", (listed(VOLUME), create({})), looked=False),
    Row(
        ASKED,
        "another volume",
        (show(ANOTHER, asked=VOL),),
        ("show answers another volume than the one asked for", VOL, TWO),
    ),
    Row(
        ASKED,
        "no id",
        (show({}, "snapshot", asked=SNAP),),
        ("show answers another snapshot than the one asked for", SNAP, "null"),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.requirement}: {row.name}")
def test_row(row: Row) -> None:
    check_row(row)


def test_what_differs_differs_every_time_it_is_shown() -> None:
    bench = Bench()
    wrong = listed({**VOLUME, "name": "two"})
    bench.play((MADE, listed(VOLUME), wrong, wrong, listed(VOLUME)))
    assert bench.shown_by == [wrong, wrong]


def test_one_item_may_break_several_requirements_in_several_fields() -> None:
    bench = Bench()
    bench.play(
        (MADE, show(), show({**VOLUME, "name": "two", "size": 3, "created_at": "2026-11-23T09:29:12.0"}))
    )
    assert [(requirement, got) for requirement, _, _, got in bench.breaches] == [
        (FIELDS, "3"),
        (FIELDS, "two"),
        (TIME, "2026-11-23T09:29:12.0"),
    ]


def test_what_is_known_is_known_of_one_resource() -> None:
    bench = Bench()
    bench.play((MADE, made("volume", TWO), show(), show({**ANOTHER, "name": "two"}), show()))
    assert bench.breaches == []


def test_a_ledger_that_knows_the_id_as_another_kind_knows_nothing_of_it() -> None:
    bench = Bench()
    bench.play((made("snapshot", VOL), show(), show({**VOLUME, "name": "two"})))
    assert bench.breaches == []


@pytest.mark.parametrize(
    "body", ["", "[]", '"x"', "{}", '{"volume": []}', '{"volume": {"id": 7}}', '{"volumes": 1}']
)
def test_bodies_of_other_forms_are_for_others_to_judge(body: str) -> None:
    bench = Bench()
    bench.play(
        (
            exchange("showVolume", "GET", f"/volumes/{VOL}", 200, body),
            exchange("createVolume", "POST", "/volumes", 202, body, sent="{}"),
            exchange("listVolumes", "GET", "/volumes", 200, body),
        )
    )
    assert {requirement for requirement, *_ in bench.breaches} <= {ASKED}


def test_what_is_none_of_the_operations_is_not_looked_at() -> None:
    bench = Bench()
    bench.play(
        (
            exchange(None, "GET", f"/volumes/{VOL}", 200, {"volume": ANOTHER}),
            exchange("listVolumeTypes", "GET", "/types", 200, {"volume": ANOTHER, "volumes": [1, 1]}),
            exchange("showVolume", "GET", f"/volumes/{VOL}", 200, {"volume": ANOTHER}, token=None),
        )
    )
    assert (bench.breaches, bench.reached_ones) == ([], [])


def test_a_volume_that_came_back_is_not_compared_any_more() -> None:
    bench = Bench()
    bench.play((MADE, show(), gone(), show({**VOLUME, "name": "two"})))
    assert [requirement for requirement, *_ in bench.breaches] == ["delete.stays-gone"]
