"""Whole qualifications, with few defects and the smoke profile."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"


def qualify(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "volcheck", "qualify", *arguments],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_defects_that_are_caught(tmp_path):
    done = qualify(
        *("--profile", "smoke", "--defects", "version-none", "--defects", "type-none"),
        *("--json", str(tmp_path / "matrix.json"), "--html", str(tmp_path / "matrix.html")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "caught 2 of 2 defects" in done.stdout
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    assert matrix["control"]["fate"] == "survived"
    assert matrix["control"]["catches"] == []
    caught = {each["name"]: [c["requirement"] for c in each["catches"]] for each in matrix["defects"]}
    assert "versions.listed" in caught["version-none"]
    assert "types.listed" in caught["type-none"]
    assert "versions.listed" not in {each["requirement"] for each in matrix["silent"]}
    assert "version-none" in (tmp_path / "matrix.html").read_text()


def test_a_survivor_without_a_reason(tmp_path):
    done = qualify("--profile", "smoke", "--defects", "derive-clone-size-kept")
    assert done.returncode == 1
    assert "survived: derive-clone-size-kept" in done.stdout


def test_a_run_that_can_not_begin_catches_nothing():
    done = qualify("--profile", "smoke", "--defects", "access-no-such-*", "--first")
    assert done.returncode == 2
    assert "No defect fits access-no-such-*" in done.stderr


def test_first_plays_what_caught_a_defect_before_and_the_rest_where_that_is_not_enough(tmp_path):
    name = "version-none"
    files = [tmp_path / f"{number}.json" for number in range(3)]
    common = ("--profile", "smoke", "--defects", name, "--first")
    assert qualify(*common, "--json", str(files[0])).returncode == 0
    before = json.loads(files[0].read_text())
    (defect,) = before["defects"]
    assert any(catch["level"] == "must" and catch["test"] for catch in defect["catches"])
    assert qualify(*common, "--last", str(files[0]), "--json", str(files[1])).returncode == 0
    (again,) = json.loads(files[1].read_text())["defects"]
    assert {catch["test"] for catch in again["catches"]} <= {catch["test"] for catch in defect["catches"]}
    # A test that does not catch it: the whole run follows.
    other = "suites/scenarios/test_types.py::test_types_are_listed"
    for catch in defect["catches"]:
        catch["test"] = other
    files[0].write_text(json.dumps(before))
    done = qualify(*common, "--last", str(files[0]), "--json", str(files[2]))
    assert done.returncode == 0, done.stdout + done.stderr
    (third,) = json.loads(files[2].read_text())["defects"]
    assert any(catch["level"] == "must" for catch in third["catches"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--jobs", "0"),
        ("--profile", "huge"),
        ("--last", "nowhere.json"),
        ("--first", "--last", "nowhere.json"),
    ],
    ids=" ".join,
)
def test_options_that_are_wrong(arguments):
    done = qualify(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_liberties_that_are_left_alone(tmp_path):
    done = qualify(
        *("--profile", "smoke", "--liberties", "refuse-state-409", "--liberties", "answer-deletion-204"),
        *("--sets", "1", "--json", str(tmp_path / "matrix.json")),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "matrix.json").read_text())
    assert matrix["defects"] == []
    assert [len(each["liberties"]) for each in matrix["liberties"]] == [1, 1, 5]
    assert {each["fate"] for each in matrix["liberties"]} == {"left alone"}


def test_liberties_that_there_are_not():
    done = qualify("--profile", "smoke", "--liberties", "no-such-*")
    assert done.returncode == 2
    assert "No liberty fits no-such-*" in done.stderr
