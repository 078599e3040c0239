"""The table that `volcheck run --list --provocations` prints."""

import pytest
from click.testing import CliRunner

from volcheck.cli.main import cli
from volcheck.contract import load_contract


@pytest.fixture(scope="module")
def table():
    ended = CliRunner().invoke(cli, ["run", "--list", "--provocations"])
    assert ended.exit_code == 0, ended.output
    return ended.output


def test_every_operation_has_its_counts(table):
    for operation in load_contract().operations.values():
        assert f"{operation.id}  ({operation.method} {operation.path})\n" in table


def test_values_are_listed_by_place_with_the_requirement_that_they_belong_to(table):
    place = table.partition("    · volume.metadata key\n")[2].partition("    · ")[0].splitlines()
    assert [line.strip().partition(":")[0] for line in place] == [
        "served (property.valid-served)",
        "served (property.extension-served)",
        "refused (property.bounds-refused)",
    ]
    assert "dots, slashes, colons, blanks" in place[1]
    assert "Hangul" in place[2]


def test_what_is_not_sent_says_why(table):
    assert "not sent: volume.size: least, most and 1. The least is in every other request" in table
    assert "status / createSnapshot volume_id / deleting: not tried. How long a deletion takes" in table


def test_no_hole_is_without_a_reason(table):
    assert table.rstrip().endswith(", 0 without one")
    assert "NOT TRIED" not in table


def test_it_is_part_of_the_list():
    ended = CliRunner().invoke(cli, ["run", "--provocations"])
    assert ended.exit_code != 0
