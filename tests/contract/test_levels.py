"""Every requirement says what it rests on, and has the level that this gives."""

from __future__ import annotations

import re

import pytest
import yaml

from volcheck.contract import load_contract, spec_directory
from volcheck.contract.requirements import LEVEL_OF

REQUIREMENTS = load_contract().requirements.values()
#: Lines of the guide's editions.
LENGTHS = {"2020": 859}


def test_each_source_is_in_use_and_gives_its_level() -> None:
    assert {one.source for one in REQUIREMENTS} == set(LEVEL_OF)
    assert all(one.level == LEVEL_OF[one.source] for one in REQUIREMENTS)


def test_published_ones_name_lines_that_the_guide_has() -> None:
    file = yaml.safe_load((spec_directory() / "requirements.yaml").read_text("utf-8"))
    for node in file:
        for edition, lines in node.get("lines", {}).items():
            for part in lines:
                numbers = [int(number) for number in str(part).split("-")]
                assert numbers == sorted(numbers), node["id"]
                assert 1 <= numbers[0] <= numbers[-1] <= LENGTHS.get(edition, 100_000), node["id"]


@pytest.mark.parametrize("one", [one for one in REQUIREMENTS if one.level == "must"], ids=lambda one: one.id)
def test_no_must_names_a_status_that_the_guide_and_the_standard_leave_open(one) -> None:  # type: ignore[no-untyped-def]
    """The guide names no status. Of the standard's own there are 404 and what an answer 401 and 405 must have."""
    named = set(re.findall(r"\b[2345]\d\d\b", one.en)) - {"404"}
    allowed = {
        "exchange.success-status": {"202", "204", "200", "300"},
        "methods.allow": {"405"},
        "access.challenge": {"401"},
    }
    assert named <= allowed.get(one.id, set())


def test_where_a_source_says_so_is_told_with_what_it_says() -> None:
    known = load_contract().requirements
    assert known["create.minimal"].basis.startswith("2020, line 447: ")
    assert known["headers.charset"].basis.startswith("RFC 8259, 8.1: ")
    assert known["exchange.success-status"].basis.startswith("gophercloud: ")
    assert known["list.default-order"].basis == known["list.default-order"].evidence
