import pytest

from volcheck.contract import load_contract
from volcheck.errors import VolcheckError
from volcheck.qualify.model import (
    catches_by_requirement,
    median_first_catch,
    rate,
    survivors,
    unexplained,
)
from volcheck.qualify.page import write_matrix_html
from volcheck.qualify.say import line, summary
from volcheck.qualify.survivors import reasons
from volcheck.reference.defects import load


def record(name, *catches, fate="caught", reason=""):
    return {
        "name": name,
        "family": name.partition("-")[0],
        "description": f"It does {name} <wrong>.",
        "fate": fate,
        "note": "",
        "reason": reason,
        "duration": 1.0,
        "catches": [
            {"requirement": requirement, "level": level, "seconds": seconds, "message": "it is wrong"}
            for requirement, level, seconds in catches
        ],
    }


@pytest.fixture
def matrix():
    return {
        "format": 1,
        "version": "0",
        "profile": "default",
        "seed": 1,
        "jobs": 2,
        "startup": 2.0,
        "duration": 10.0,
        "cpu": 15.0,
        "control": record("", fate="survived"),
        "defects": [
            record("sort-one", ("sort.by-name", "must", 1.0), ("list.complete", "must", 3.0)),
            record("sort-two", ("exchange.request-id", "should", 2.0)),
            record("rare-three", fate="survived", reason="No client can see it."),
            record("rare-four", fate="lost"),
        ],
        "silent": [{"requirement": "list.quiet", "level": "should", "reason": ""}],
    }


def test_rates(matrix):
    assert rate(matrix, must_only=True) == {"caught": 1, "defects": 4, "rate": 0.25}
    assert rate(matrix, must_only=False) == {"caught": 2, "defects": 4, "rate": 0.5}


def test_survivors_and_those_without_a_reason(matrix):
    assert [each["name"] for each in survivors(matrix)] == ["rare-three", "rare-four"]
    assert [each["name"] for each in unexplained(matrix)] == ["rare-four"]


def test_the_median_counts_the_start(matrix):
    assert median_first_catch(matrix) == 3.5
    assert median_first_catch({**matrix, "defects": []}) is None


def test_catches_by_requirement(matrix):
    assert catches_by_requirement(matrix) == {
        "sort.by-name": 1,
        "list.complete": 1,
        "exchange.request-id": 1,
    }


def test_lines(matrix):
    assert line(matrix["control"]) == "(honest): nothing failed"
    assert line(matrix["defects"][0]) == "sort-one: sort.by-name after 1.0 s and 1 more"
    assert line(matrix["defects"][3]) == "rare-four: lost"


def test_the_summary_names_what_is_to_be_done(matrix):
    text = summary(matrix, silent=True)
    assert "caught 2 of 4 defects (50.0%), 1 (25.0%) by must requirements alone" in text
    assert "No client can see it." in text
    assert "rare-four (It does rare-four <wrong>.) NO REASON GIVEN" in text
    assert "caught nothing: list.quiet NO REASON GIVEN" in text
    assert "list.quiet" not in summary(matrix, silent=False)


def test_the_summary_tells_false_alarms(matrix):
    matrix["control"] = record("", ("sort.by-name", "must", 1.0))
    assert "FALSE ALARM at the honest endpoint: sort.by-name: it is wrong" in summary(matrix, silent=True)


def test_the_page_shows_all_and_escapes(matrix, tmp_path):
    page = tmp_path / "matrix.html"
    write_matrix_html(page, matrix)
    text = page.read_text()
    for each in matrix["defects"]:
        assert each["name"] in text
    assert "<wrong>" not in text
    assert "2 of 4 defects caught" in text


def test_reasons_are_for_what_there_is():
    assert set(reasons().defects) <= set(load())
    assert set(reasons().requirements) <= set(load_contract().requirements)


@pytest.mark.parametrize(
    "text",
    [
        "- a",
        "defects: {}",
        "{defects: [], requirements: {}}",
        "{defects: {some: }, requirements: {}}",
        "{defects: {}, requirements: {some.thing: 5}}",
    ],
)
def test_reasons_that_are_none(tmp_path, text):
    file = tmp_path / "survivors.yaml"
    file.write_text(text)
    with pytest.raises(VolcheckError, match=r"survivors\.yaml, line 1"):
        reasons(file)
