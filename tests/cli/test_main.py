"""The command line as a user meets it: exit codes, one sentence, never a traceback."""

import json
import os
import subprocess
import sys

import pytest


def volcheck(*arguments, cwd=None, **environment):
    env = {key: value for key, value in os.environ.items() if not key.startswith("OS_")} | environment
    return subprocess.run(
        [sys.executable, "-m", "volcheck", *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path, monkeypatch):
    """A run writes its reports where it is started, and has that folder for itself."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def served():
    from volcheck.runner.embedded import Embedded

    embedded = Embedded()
    yield embedded.facts
    embedded.close()


def one_sentence(done):
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_an_unreachable_endpoint_is_inconclusive():
    done = volcheck(
        "run", "--endpoint", "http://127.0.0.1:1/v2", "--project-id", "p", OS_TOKEN="token-of-a-test"
    )
    assert done.returncode == 3
    assert "can't be reached" in one_sentence(done)


def test_a_wrong_token_is_inconclusive(served):
    done = volcheck(
        "run", "--endpoint", served["endpoint"], "--project-id", served["project_id"], OS_TOKEN="wrong-token"
    )
    assert done.returncode == 3
    assert "refused the credentials" in one_sentence(done)
    assert "wrong-token" not in done.stderr


def test_a_foreign_project_is_inconclusive(served):
    project = served["other_project_id"]
    done = volcheck(
        "run", "--endpoint", served["endpoint"], "--project-id", project, OS_TOKEN=served["token"]
    )
    assert done.returncode == 3
    assert "project" in one_sentence(done)


def test_a_wrong_path_is_inconclusive(served):
    endpoint = served["endpoint"].replace("/v2", "/v9")
    done = volcheck(
        "run", "--endpoint", endpoint, "--project-id", served["project_id"], OS_TOKEN=served["token"]
    )
    assert done.returncode == 3
    assert "no Volume API" in one_sentence(done)


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--endpoint", "http://127.0.0.1:1/v2"], {"OS_TOKEN": "token-of-a-test"}, "project"),
        (["--endpoint", "http://127.0.0.1:1/v2", "--project-id", "p"], {}, "OS_TOKEN"),
        (
            ["--endpoint", "ftp://example.com", "--project-id", "p"],
            {"OS_TOKEN": "token-of-a-test"},
            "--endpoint",
        ),
        (["--endpoint", "http://u:p@h/v2", "--project-id", "p"], {"OS_TOKEN": "token-of-a-test"}, "OS_TOKEN"),
        (["--endpoint", "http://h/v2", "--project-id", "p"], {"OS_TOKEN": "two\nlines"}, "OS_TOKEN"),
        (["--cacert", "no-such-file.pem"], {}, "no-such-file.pem"),
        (["--only", "no-such-requirement"], {}, "--list"),
        (["--openapi", "no-such-file.yaml"], {}, "no-such-file.yaml"),
    ],
    ids=["project", "token", "scheme", "credentials", "line break", "cacert", "only", "openapi"],
)
def test_bad_input_is_a_usage_error(tmp_path, arguments, environment, said):
    done = volcheck("run", "--reports", str(tmp_path), *arguments, **environment)
    assert done.returncode == 2, done.stderr + done.stdout
    assert said in one_sentence(done)


def test_a_malformed_override_names_file_and_line(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: 3.1.0\npaths: [\n")
    done = volcheck("run", "--openapi", str(broken), "--reports", str(tmp_path))
    assert done.returncode == 2
    assert "broken.yaml, line" in one_sentence(done)


def test_an_unknown_option_is_a_usage_error():
    done = volcheck("run", "--no-such-option")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--no-such-option" in done.stderr


def test_list_names_every_requirement_with_level_source_and_tests():
    from volcheck.contract import load_contract

    done = volcheck("run", "--list")
    assert done.returncode == 0, done.stderr
    for requirement in load_contract().requirements.values():
        assert f"{requirement.id}  ({requirement.level}, {requirement.source})" in done.stdout
    heads = [block for block in done.stdout.split("\n") if block.startswith("    ·")]
    assert len(heads) >= len(load_contract().requirements)


def test_a_smoke_run_is_conformant_and_writes_every_report(tmp_path):
    done = volcheck("run", "--profile", "smoke", "--reports", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir() if path.suffix} == {
        "result.json",
        "report.html",
        "junit.xml",
        "summary.md",
        "traffic.har",
    }
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["verdict"]["name"] == "conformant"
    assert result["cleanup"]["leftovers"] == []
    assert result["cleanup"]["created"] > 0


def test_modules_in_the_folder_it_is_started_from_are_not_taken_for_its_own(tmp_path):
    for name in ("click", "requests", "schemathesis", "starlette", "yaml"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not yours')")
    # As the installed program is started: without the folder in the path.
    words = [sys.executable, "-P", "-m", "volcheck", "run", "--only", "property"]
    done = subprocess.run(
        [*words, "--reports", str(tmp_path / "reports")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_read_only_run_sends_nothing_but_get_and_head(tmp_path):
    done = volcheck("run", "--read-only", "--reports", str(tmp_path))
    assert done.returncode in (0, 3), done.stdout + done.stderr
    har = json.loads((tmp_path / "traffic.har").read_text())
    assert {entry["request"]["method"] for entry in har["log"]["entries"]} <= {"GET", "HEAD"}
    # No test tried to send anything else, either: that would be told as a breakdown.
    result = json.loads((tmp_path / "result.json").read_text())
    assert [test for test in result["tests"] if test["outcome"] == "error"] == []
    # What it lacks is said once.
    (problem,) = result["problems"]
    assert problem.startswith("a read-only run looks at what is there")


@pytest.mark.parametrize(
    ("defect", "family"),
    [
        ("document-bootable-boolean", "derive"),
        ("document-get-deletes", "methods"),
    ],
)
def test_a_defect_turns_the_verdict_and_names_the_erratum(tmp_path, defect, family):
    option = f"--reference-option=--defect={defect}"
    done = volcheck("run", option, "--only", family, "--reports", str(tmp_path))
    assert done.returncode == 1, done.stdout + done.stderr
    result = json.loads((tmp_path / "result.json").read_text())
    errata = {f.get("erratum") for r in result["requirements"] for f in r["failures"]}
    assert errata - {None}


def test_where_the_system_is_not_posix_one_sentence_says_so():
    done = subprocess.run(
        [sys.executable, "-c", "import os; from volcheck.__main__ import script; os.name = 'nt'; script()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "needs a POSIX system" in one_sentence(done)
