"""What GitHub Actions is told: nothing an endpoint sends can be a command of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.report.github import muted, on_github, workflow_commands, write_job_summary


def test_a_failure_is_an_error_with_its_requirement() -> None:
    lines = list(workflow_commands(builders.failing()))
    assert any(line.startswith("::error title=") for line in lines)
    assert all(line.count("\n") == 0 for line in lines)


def test_a_conformant_run_needs_no_words() -> None:
    assert [line for line in workflow_commands(builders.conformant()) if line.startswith("::error")] == []


def test_hostile_texts_stay_in_their_line() -> None:
    result = builders.failing()
    for record in result["requirements"]:
        for failure in record["failures"]:
            failure["message"] = "a\r\n::error::forged%0A::set-env name=PATH::x" + builders.HOSTILE
    for lang in ("en", "ko"):
        for line in workflow_commands(result, lang):
            assert line.startswith(("::error title=", "::warning title=", "::notice title="))
            assert "\r" not in line
            assert "\n" not in line
            assert "%0A::set-env" not in line


def test_expired_waivers_and_open_verdicts_are_errors() -> None:
    result = builders.conformant()
    result["waiver_problems"] = ["waivers.yaml:3: the waiver of a.b (T-1) expired on 2020-01-01"]
    assert any("expired on 2020" in line for line in workflow_commands(result))
    result = builders.conformant()
    result["run"]["interrupted"] = True
    assert any(line.startswith("::error") for line in workflow_commands(builders.settle(result)))


def test_no_more_than_the_service_shows() -> None:
    assert len(list(workflow_commands(builders.large(5000, 500)))) <= 30


def test_two_runs_are_muted_by_unlike_words() -> None:
    (one, end), (other, _) = muted(), muted()
    assert one != other
    assert end.strip(":") in one


@pytest.mark.parametrize(("environ", "there"), [({"GITHUB_ACTIONS": "true"}, True), ({"CI": "true"}, False)])
def test_where_we_are(environ: dict[str, str], there: bool) -> None:
    assert on_github(environ) is there


def test_the_summary_is_appended_within_its_bounds(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    write_job_summary(["one", "두 번째"], {"GITHUB_STEP_SUMMARY": str(path)})
    assert path.read_text("utf-8") == "before\none\n두 번째\n"
    write_job_summary(["가" * 80 + "\n"] * 6000, {"GITHUB_STEP_SUMMARY": str(path)})
    assert 900_000 < path.stat().st_size <= 1024 * 1024
    path.read_text("utf-8")


def test_a_summary_that_cannot_be_written(tmp_path: Path) -> None:
    write_job_summary(["x"], {})
    with pytest.raises(UsageError, match="GITHUB_STEP_SUMMARY"):
        write_job_summary(["x"], {"GITHUB_STEP_SUMMARY": str(tmp_path)})
