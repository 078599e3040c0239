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


@pytest.mark.parametrize("arguments", [("--jobs", "0"), ("--profile", "huge")], ids=" ".join)
def test_options_that_are_wrong(arguments):
    done = qualify(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
