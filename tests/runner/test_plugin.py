"""`pytest suites` without `volcheck run`."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

from volcheck.runner import plugin

ROOT = Path(__file__).resolve().parents[2]


def pytest_suites(*arguments):
    env = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_plain_pytest_starts_the_reference_endpoint_and_says_the_verdict(tmp_path):
    done = pytest_suites("suites", "--profile", "smoke", "--reports", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Conformant" in done.stdout
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["verdict"]["exit_code"] == 0


def test_the_document_needs_no_endpoint(tmp_path):
    done = pytest_suites("suites/document", "--reports", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["exchanges"] == 0
    assert {r["id"] for r in result["requirements"] if r["outcome"] == "passed"} == {
        "document.explained",
        "document.errata-current",
        "document.traced",
    }


def test_a_missing_option_is_one_sentence_and_exit_code_2():
    done = pytest_suites("suites", "--endpoint", "http://127.0.0.1:1/v2")
    assert done.returncode == 2
    assert "The project is missing" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_defect_fails_tests_in_pytests_own_words(tmp_path):
    option = "--reference-option=--defect=document-create-on-detail"
    done = pytest_suites(
        *(
            "suites/scenarios",
            "--only",
            "methods",
            "--strict-requirements",
            option,
            "--reports",
            str(tmp_path),
        )
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "methods.create-at-collection" in done.stdout


def test_every_fixture_says_its_type_so_that_an_editor_completes_it():
    fixtures = {
        name: each
        for name, each in vars(plugin).items()
        if type(each).__name__ == "FixtureFunctionDefinition"
    }
    assert {"api", "expect", "volumes", "snapshots", "shared", "lists", "capabilities", "guide"} < set(
        fixtures
    )
    returned = {name: inspect.signature(each).return_annotation for name, each in fixtures.items()}
    assert [name for name, kind in returned.items() if kind in (inspect.Signature.empty, "Any")] == []


def test_a_run_does_not_load_what_only_makes_requests():
    code = "import sys, volcheck.cli.run, volcheck.runner.start, volcheck.runner.plugin; print('schemathesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
