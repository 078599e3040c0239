"""The times that a resource shows agree with each other and with the clock of the answers."""

from __future__ import annotations

import pytest
from tests.checks.bench import DATE, MADE, NOW, VOLUME, Row, check_row, create, listed, made, show

NOW_TOO, AFTER, UTC_TOO = "time.created-now", "time.updated-after-created", "time.utc"
SAYS = "created_at of a new resource is not the present time in any zone"
IN_UTC = "created_at of a new resource is not the present time in UTC"
ABOUT = "about 2026-11-23T09:29:10 (the Date of the answer)"


def at(created: object, updated: object = None) -> dict[str, object]:
    return {**VOLUME, "created_at": created, "updated_at": updated}


ROWS = [
    *(
        Row(NOW_TOO, f"{created} at {date}", (MADE, create({}, at(created), date=date)))
        for created, date in (
            (NOW, DATE),
            ("2026-11-23T09:34:10", DATE),
            ("2026-11-23T09:24:10", DATE),
            ("2026-11-23T18:29:10+09:00", DATE),
            (NOW, "Mon, 23 Nov 2026 18:29:10 +0900"),
            (NOW, "Mon, 23 Nov 2026 09:29:10 -0000"),
        )
    ),
    *(
        Row(
            NOW_TOO,
            f"{created} at {date}, which is not to be judged",
            (MADE, create({}, at(created), date=date)),
            looked=False,
        )
        for created, date in (
            (NOW, None),
            (NOW, "yesterday"),
            ("", DATE),
            ("yesterday", DATE),
            (None, DATE),
            (17, DATE),
        )
    ),
    Row(NOW_TOO, "a look", (MADE, show(at("2020-11-23T09:29:10"), headers={"date": DATE})), looked=False),
    Row(
        NOW_TOO,
        "a creation that the ledger does not know",
        (create({}, at("2020-01-01T00:00:00"), date=DATE),),
        looked=False,
    ),
    *(
        Row(
            NOW_TOO,
            f"{created} is too far away",
            (MADE, create({}, at(created), date=DATE)),
            (SAYS, ABOUT, created),
        )
        for created in (
            "2026-11-23T23:34:10.000001",
            "2026-11-22T19:24:09.999999",
            "1970-01-01T00:00:00",
            "2027-11-23T09:29:10",
        )
    ),
    Row(UTC_TOO, "the time in UTC", (MADE, create({}, at("2026-11-23T09:34:10"), date=DATE))),
    Row(UTC_TOO, "not to be judged", (MADE, create({}, at(NOW), date=None)), looked=False),
    *(
        Row(
            UTC_TOO,
            f"{created} is too far away",
            (MADE, create({}, at(created), date=DATE)),
            (IN_UTC, ABOUT, created),
        )
        for created in (
            "2026-11-23T09:34:10.000001",
            "2026-11-23T09:24:09.999999",
            "2026-11-23T18:29:10",
            "2026-11-23T09:29:10+09:00",
            "2026-11-23T23:34:10",
            "2026-11-22T19:24:10",
        )
    ),
    *(
        Row(AFTER, f"updated at {updated}", (MADE, show(at(NOW, updated))))
        for updated in (NOW, "2026-11-23T09:29:10.000000", "2026-11-23T09:29:11")
    ),
    *(
        Row(
            AFTER,
            f"updated at {updated!r}, created at {created!r}",
            (MADE, show(at(created, updated))),
            looked=False,
        )
        for created, updated in ((NOW, None), (NOW, 17), (None, NOW))
    ),
    Row(
        AFTER,
        "a second before",
        (MADE, listed(at(NOW, "2026-11-23T09:29:09.999999"))),
        ("updated_at lies before created_at", f"not before {NOW}", "2026-11-23T09:29:09.999999"),
    ),
    Row(
        AFTER,
        "a second before, in a creation",
        (made(), create({}, at(NOW, "2026-11-23T09:29:09.999999"))),
        ("updated_at lies before created_at", f"not before {NOW}", "2026-11-23T09:29:09.999999"),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.requirement}: {row.name}")
def test_row(row: Row) -> None:
    check_row(row)
