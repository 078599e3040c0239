"""No requirement without a test, no test without a requirement."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from volcheck.contract import load_contract

SOURCE = Path(__file__).resolve().parents[2] / "src"
COLLECT = """
import json, sys
import pytest
from volcheck.runner.start import Collected, base_arguments
from volcheck.runner.session import CONTINUOUS

collected = Collected()
looking = ["--collect-only", "--list-requirements", "--profile", "deep", "-p", "no:terminal"]
code = pytest.main([*base_arguments(), *looking], plugins=[collected])
json.dump({"code": int(code), "tests": collected.tests, "continuous": sorted(CONTINUOUS)}, sys.stdout)
"""


@pytest.fixture(scope="module")
def collected():
    """The tests of the suites by requirement, from a process of its own, as pytest may not run inside itself."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECT],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["code"] == 0
    return found


def test_every_requirement_has_a_test(collected):
    known = set(load_contract().requirements)
    assert known - set(collected["tests"]) - set(collected["continuous"]) == set()


def test_every_test_names_a_requirement_that_there_is(collected):
    assert set(collected["tests"]) | set(collected["continuous"]) <= set(load_contract().requirements)


def test_no_two_tests_have_the_same_id(collected):
    ids = Counter(test for tests in collected["tests"].values() for test in tests)
    assert [test for test, number in ids.items() if number > 1] == []


def test_every_requirement_names_operations_or_is_about_the_document():
    bare = {r.id for r in load_contract().requirements.values() if not r.operations}
    assert {name.split(".")[0] for name in bare} == {"document"}
