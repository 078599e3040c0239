import json

import attrs
import pytest

from volcheck.contract import load_contract
from volcheck.errors import UsageError, VolcheckError
from volcheck.qualify.model import (
    called_wrong,
    catches_by_requirement,
    median_first_catch,
    rate,
    read_matrix,
    survivors,
    unexplained,
)
from volcheck.qualify.page import write_matrix_html
from volcheck.qualify.perform import HONEST, Part, Plan, parts, whole_run_after
from volcheck.qualify.pool import Lost
from volcheck.qualify.say import liberty_line, line, summary
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


def liberty(*names, fate="left alone"):
    catch = {"requirement": "create.refused", "level": "must", "seconds": 1.0, "message": "it is <refused>"}
    return {
        "name": " + ".join(names),
        "liberties": list(names),
        "description": "It is <lawful>.",
        "allowed_by": "The guide is silent.",
        "fate": fate,
        "note": "",
        "duration": 1.0,
        "breaches": [catch] if fate == "called wrong" else [],
        "warnings": [{**catch, "level": "should"}],
        "inconclusive": ["list.complete"] if fate == "unseen" else [],
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
        "liberties": [
            liberty("list-page-5"),
            liberty("refuse-input-422", fate="called wrong"),
            liberty("wire-gzip", "wire-no-date", fate="unseen"),
        ],
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


def test_liberties_that_were_not_left_alone_are_told(matrix):
    assert [each["name"] for each in called_wrong(matrix)] == ["refuse-input-422", "wire-gzip + wire-no-date"]
    text = summary(matrix, silent=True)
    assert "2 liberties and 1 sets of them: 2 not left alone" in text
    assert "refuse-input-422: CALLED WRONG by create.refused: it is <refused>" in text
    assert "wire-gzip + wire-no-date: unseen, 1 warnings, untested list.complete" in text
    assert liberty_line(matrix["liberties"][0]) == "list-page-5: left alone, 1 warnings"
    assert "list-page-5" not in text
    assert "liberties" not in summary({**matrix, "liberties": []}, silent=True)


def test_the_summary_tells_false_alarms(matrix):
    matrix["control"] = record("", ("sort.by-name", "must", 1.0))
    assert "FALSE ALARM at the honest endpoint: sort.by-name: it is wrong" in summary(matrix, silent=True)


def test_the_page_shows_all_and_escapes(matrix, tmp_path):
    page = tmp_path / "matrix.html"
    write_matrix_html(page, matrix)
    text = page.read_text()
    for each in matrix["defects"]:
        assert each["name"] in text
    for each in matrix["liberties"]:
        assert each["name"] in text
    assert "<wrong>" not in text
    assert "<lawful>" not in text
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


# -- what `--first` plays, and when the whole run follows -----------------------------------------------------------

MUST, ANY = frozenset({"must"}), frozenset({"must", "should"})


@attrs.frozen
class Named:
    name: str


def plan_of(matrix, *names, first=True):
    return Plan([Named(name) for name in names], first=first, last=matrix)


def test_a_whole_matrix_is_of_whole_runs(matrix):
    assert parts(plan_of(matrix, "sort-one", first=False), {}) == [Part(HONEST), Part("sort-one")]


def test_without_an_earlier_matrix_the_first_must_ends_a_whole_run():
    assert parts(plan_of(None, "sort-one"), {"sort.by-name": ["t"]}) == [
        Part(HONEST),
        Part("sort-one", None, MUST),
    ]


def test_the_tests_that_caught_a_defect_by_a_must_come_first(matrix):
    matrix["defects"][0]["catches"][0]["test"] = "a.py::one"
    matrix["defects"][0]["catches"].append(
        {"requirement": "s", "level": "should", "seconds": 9, "message": "", "test": "a.py::should"}
    )
    tests = {
        "sort.by-name": ["a.py::other", "a.py::one"],
        "list.complete": ["b.py::x", "b.py::y", "b.py::z"],
        "s": ["a.py::should"],
    }
    _, part = parts(plan_of(matrix, "sort-one"), tests)
    # The second catch has no test: two of those that name its requirement stand for it.
    assert part == Part("sort-one", ("a.py::one", "b.py::x", "b.py::y"), MUST)


def test_a_defect_that_no_must_caught_is_caught_by_any(matrix):
    _, part = parts(plan_of(matrix, "sort-two"), {"exchange.request-id": ["t"]})
    assert part == Part("sort-two", ("t",), ANY)


def test_tests_that_are_gone_are_not_played(matrix):
    matrix["defects"][0]["catches"] = [
        {"requirement": "r", "level": "must", "seconds": 1, "message": "", "test": "a.py::renamed"}
    ]
    assert parts(plan_of(matrix, "sort-one"), {"r": ["a.py::new"]})[1] == Part("sort-one", None, MUST)


def test_survivors_and_new_defects_are_played_whole(matrix):
    tests = {"sort.by-name": ["t"]}
    for name in ("rare-three", "rare-new"):
        assert parts(plan_of(matrix, name), tests)[1] == Part(name, None, MUST)


@pytest.mark.parametrize(
    ("enough", "levels", "follows"),
    [(MUST, ["must"], False), (MUST, ["should"], True), (MUST, [], True), (ANY, ["should"], False)],
)
def test_the_whole_run_follows_where_the_defect_was_not_caught(enough, levels, follows):
    answer = {"catches": [{"level": level} for level in levels]}
    whole = Part("d", None, enough)
    assert whole_run_after(Part("d", ("t",), enough), answer) == (whole if follows else None)
    assert whole_run_after(whole, answer) is None


def test_the_whole_run_follows_where_the_tests_gave_no_answer():
    assert whole_run_after(Part("d", ("t",), MUST), Lost("it hung")) == Part("d", None, MUST)


def test_a_matrix_is_read_as_it_was_written(matrix, tmp_path):
    file = tmp_path / "q.json"
    file.write_text(json.dumps(matrix))
    assert read_matrix(file) == matrix


@pytest.mark.parametrize("text", [None, "{", "[]", '{"format": 99, "defects": []}', '{"format": 1}'])
def test_a_matrix_that_is_none(text, tmp_path):
    file = tmp_path / "q.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UsageError, match=r"q\.json"):
        read_matrix(file)
