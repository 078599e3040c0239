"""The way from status to status, and what must agree with a status."""

from __future__ import annotations

import attrs
import pytest
from tests.checks.bench import (
    ANOTHER,
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
    delete,
    deletion,
    listed,
    made,
    other,
    show,
)

from volcheck.gateway.exchange import Exchange

LEGAL, PROGRESS, ATTACHED = (
    "status.legal-transitions",
    "status.progress-agrees",
    "status.attachments-agree",
)
ONE_MORE = [{"id": VOL}]


def volume(status: object, **more: object) -> dict[str, object]:
    return {**VOLUME, "status": status, **more}


def way(kind: str, before: str, after: str) -> tuple[str, str, str]:
    return (
        f"a {kind} went from {before} to {after}",
        f"a status that may follow {'its creation' if before == 'nothing' else before}",
        after,
    )


def progress(text: object, status: str = "available") -> dict[str, object]:
    return {**SNAPSHOT, "status": status, "os-extended-snapshot-attributes:progress": text}


def at(began: float, ended: float, one: Exchange) -> Exchange:
    """An exchange with its time, long after whatever the ledger says was made now."""
    return attrs.evolve(one, clock=1e9 + began, elapsed=ended - began)


def deletion_sent(bench: Bench) -> None:
    """A deletion was sent, and its answer has not come yet."""
    bench.ledger.deletion_sent(VOL)


IN_USE = volume("in-use", attachments=ONE_MORE)
WAITING = volume("awaiting-transfer")

ROWS = [
    Row(
        LEGAL,
        "an answer that was on its way at the same time shows what was before",
        (MADE, at(10, 12, show()), at(11, 13, show(volume("creating"))), at(14, 15, show())),
    ),
    Row(
        LEGAL,
        "an answer that was asked for when the other had come",
        (MADE, at(10, 12, show(WAITING)), at(12, 13, show(IN_USE))),
        way("volume", "awaiting-transfer", "in-use"),
    ),
    Row(
        LEGAL,
        "two answers at the same time of which neither may follow the other",
        (MADE, at(10, 12, show(WAITING)), at(11, 13, show(IN_USE))),
        way("volume", "awaiting-transfer", "in-use"),
    ),
    Row(
        LEGAL,
        "any status that was on its way while a deletion was answered",
        (MADE, at(8, 9, show(WAITING)), at(10, 12, delete()), at(11, 13, show(WAITING))),
        looked=False,
    ),
    Row(
        LEGAL,
        "a deletion that is at work before its answer has come",
        (MADE, at(8, 9, show(WAITING)), deletion_sent, at(10, 11, show(volume("deleting")))),
    ),
    Row(
        LEGAL,
        "deleting without a deletion",
        (MADE, at(8, 9, show(WAITING)), at(10, 11, show(volume("deleting")))),
        way("volume", "awaiting-transfer", "deleting"),
    ),
    Row(
        LEGAL,
        "something else while a deletion is at work",
        (MADE, at(8, 9, show(WAITING)), deletion_sent, at(10, 11, show(IN_USE))),
        way("volume", "awaiting-transfer", "in-use"),
    ),
    Row(LEGAL, "the usual life", (MADE, create({}), show(), deletion(), show(volume("deleting")))),
    Row(LEGAL, "a creation is a beginning", (MADE, create({}))),
    Row(
        LEGAL,
        "one whose creation's answer was lost is met in the middle of its life",
        (MADE, show(volume("in-use", attachments=ONE_MORE))),
        looked=False,
    ),
    Row(LEGAL, "a volume that the run did not make", (show(), show(volume("creating"))), looked=False),
    Row(LEGAL, "no status", (MADE, show(), show(volume(None)), show(volume(7)), show())),
    Row(
        LEGAL,
        "a creation that begins elsewhere",
        (MADE, create({}, volume("in-use", attachments=ONE_MORE))),
        way("volume", "nothing", "in-use"),
    ),
    Row(
        LEGAL,
        "back to creating",
        (MADE, show(), show(volume("creating"))),
        way("volume", "available", "creating"),
    ),
    Row(
        LEGAL,
        "back to creating, in a list where it was known",
        (MADE, listed(VOLUME), listed(VOLUME), deletion(), listed(VOLUME)),
        way("volume", "deleting", "available"),
    ),
    Row(
        LEGAL,
        "a status that nobody knows",
        (MADE, show(), show(volume("ready"))),
        way("volume", "available", "ready"),
    ),
    Row(
        LEGAL,
        "available after an accepted deletion",
        (MADE, show(), delete(), show()),
        way("volume", "deleting", "available"),
    ),
    Row(LEGAL, "available after a refused deletion", (MADE, show(), delete(status=400), show())),
    Row(LEGAL, "available after another's deletion", (MADE, show(), other(delete()), show())),
    Row(
        LEGAL,
        "available after the deletion of another",
        (MADE, show(), delete(TWO), delete(SNAP, "snapshot"), show()),
    ),
    Row(
        LEGAL,
        "a snapshot after its deletion",
        (SNAPPED, show(SNAPSHOT, "snapshot"), delete(SNAP, "snapshot"), show(SNAPSHOT, "snapshot")),
        way("snapshot", "deleting", "available"),
    ),
    Row(
        LEGAL,
        "a snapshot has no status of a volume",
        (SNAPPED, show(SNAPSHOT, "snapshot"), show({**SNAPSHOT, "status": "in-use"}, "snapshot")),
        way("snapshot", "available", "in-use"),
    ),
    Row(PROGRESS, "available and whole", (SNAPPED, show(progress("100%"), "snapshot"))),
    Row(PROGRESS, "not yet available", (SNAPPED, show(progress("7%", "creating"), "snapshot")), looked=False),
    Row(PROGRESS, "no progress", (SNAPPED, show(progress(None), "snapshot")), looked=False),
    Row(
        PROGRESS,
        "available and not whole",
        (SNAPPED, show(progress("99%"), "snapshot")),
        ("the progress of an available snapshot", "100%", "99%"),
    ),
    Row(ATTACHED, "available and not attached", (show(),)),
    Row(ATTACHED, "in use and attached", (show(volume("in-use", attachments=ONE_MORE)),)),
    Row(
        ATTACHED,
        "on the way from one to the other",
        (show(volume("attaching", attachments=ONE_MORE)), show(volume("detaching", attachments=[]))),
        looked=False,
    ),
    Row(ATTACHED, "no attachments", (show(volume("in-use", attachments=None)),), looked=False),
    Row(
        ATTACHED,
        "available and attached",
        (show(volume("available", attachments=ONE_MORE)),),
        ("a volume that is available shows an attachment", "no attachment", f'[{{"id": "{VOL}"}}]'),
    ),
    Row(
        ATTACHED,
        "in use and not attached",
        (listed(volume("in-use")),),
        ("a volume that is in-use shows no attachment", "an attachment", "[]"),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.requirement}: {row.name}")
def test_row(row: Row) -> None:
    check_row(row)


def test_an_illegal_way_is_told_once_and_then_goes_on_from_there() -> None:
    bench = Bench()
    bench.play((MADE, show(), show(volume("creating")), show(volume("creating")), show()))
    assert [breach[1] for breach in bench.breaches] == ["a volume went from available to creating"]


def test_what_nobody_has_seen_can_be_expected_in_no_status() -> None:
    bench = Bench()
    bench.play((MADE, deletion(), show(), made("volume", TWO), show(ANOTHER)))
    assert bench.breaches == []
