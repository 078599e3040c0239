"""No requirement that is held over a run lacks rows."""

from __future__ import annotations

import pytest
from tests.checks import test_creation, test_links, test_lists, test_persistence, test_statuses, test_times

from volcheck.checks import consistency

FAMILIES = (test_creation, test_links, test_lists, test_persistence, test_statuses, test_times)
ROWS = [row for family in FAMILIES for row in family.ROWS]


@pytest.mark.parametrize("requirement", consistency.REQUIREMENTS)
def test_a_requirement_has_rows_that_meet_it_and_rows_that_break_it(requirement: str) -> None:
    of_it = [row for row in ROWS if row.requirement == requirement]
    assert any(row.looked and row.breach is None for row in of_it)
    assert any(row.breach is not None for row in of_it)
    assert any(not row.looked for row in of_it)


def test_rows_are_of_requirements_that_are_checked_between_exchanges() -> None:
    assert {row.requirement for row in ROWS} == set(consistency.REQUIREMENTS)
