"""The links of a resource lead to it, and nowhere else."""

from __future__ import annotations

import pytest
from tests.checks.bench import (
    ANOTHER,
    BASE,
    MADE,
    PROJECT,
    SNAP,
    SNAPSHOT,
    TWO,
    VOL,
    VOLUME,
    Row,
    check_row,
    create,
    links,
    listed,
    show,
)

NAME, HOME = "links.name-the-resource", "links.stay-home"


def linked(*links: object) -> dict[str, object]:
    return {**VOLUME, "links": list(links)}


def link(href: object, rel: str = "self") -> dict[str, object]:
    return {"rel": rel, "href": href}


RIGHT = f"{BASE}/{PROJECT}/volumes/{VOL}"
UNFIT = (
    Row(requirement, name, (listed(item),), looked=False)
    for requirement in (NAME, HOME)
    for name, item in (
        ("no links", {**VOLUME, "links": None}),
        ("links that are none", linked(RIGHT, None, link(7), {"rel": "self"})),
        ("links to other things", linked(link("http://docs.test/", "help"), {"href": "http://docs.test/"})),
        ("no id", {**VOLUME, "id": None}),
    )
)
ROWS = [
    Row(NAME, "as they should be", (show(), create({}), listed(VOLUME, ANOTHER))),
    Row(NAME, "a query behind", (show(linked(link(RIGHT + "?x=/y"))),)),
    Row(NAME, "a snapshot's", (show({**SNAPSHOT, "links": links("snapshot", SNAP)}, "snapshot"),)),
    Row(HOME, "as they should be", (show(), create({}), listed(VOLUME, ANOTHER))),
    *UNFIT,
    *(
        Row(
            NAME,
            f"{rel} to {href}",
            (show(linked(link(7), link(RIGHT, rel), link(href, rel))),),
            (f"the {rel} link of a volume leads to something else", f"…/volumes/{VOL}", href),
        )
        for rel, href in (
            ("self", f"{BASE}/{PROJECT}/volumes/{TWO}"),
            ("bookmark", f"{BASE}/{PROJECT}/snapshots/{VOL}"),
            ("self", f"{BASE}/{PROJECT}/volumes/{VOL}/action"),
            ("self", f"{BASE}/{PROJECT}/volumes?/volumes/{VOL}"),
        )
    ),
    Row(
        NAME,
        "a snapshot's that leads to a volume",
        (show({**SNAPSHOT, "links": links("volume", SNAP)[:1]}, "snapshot"),),
        (
            "the self link of a snapshot leads to something else",
            f"…/snapshots/{SNAP}",
            f"{BASE}/{PROJECT}/volumes/{SNAP}",
        ),
    ),
    *(
        Row(
            HOME,
            f"{rel} to {origin}",
            (MADE, listed(linked(link(f"{origin}/v2/{PROJECT}/volumes/{VOL}", rel)))),
            (
                f"the {rel} link of a volume leads to another host",
                "http://endpoint.test:8776",
                f"{origin}/v2/{PROJECT}/volumes/{VOL}",
            ),
        )
        for rel, origin in (
            ("self", "http://elsewhere.test:8776"),
            ("bookmark", "http://endpoint.test"),
            ("bookmark", "http://@endpoint.test:8776"),
            ("self", "https://endpoint.test:8776"),
            ("self", ""),
        )
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.requirement}: {row.name}")
def test_row(row: Row) -> None:
    check_row(row)
