"""The gate as a job sees it: real runs, waivers, exit codes, what GitHub is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

#: A defect that exactly one requirement of a quick family catches.
DEFECT = "--reference-option=--defect=version-v2-missing"
BROKEN = "versions.this-one"


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "GITHUB_"))}
    return subprocess.run(
        [sys.executable, "-m", "volcheck", "run", "--only=versions", *arguments],
        cwd=folder,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )


def waive(folder: Path, requirement: str = BROKEN, expires: str = "2099-12-31") -> None:
    (folder / "waivers.yaml").write_text(
        "waivers:\n"
        f"  - requirement: {requirement}\n    reason: The root is the balancer's.\n"
        f"    ticket: VOL-7\n    expires: {expires}\n",
        "utf-8",
    )


def result_in(folder: Path) -> Any:
    return json.loads((folder / "reports/result.json").read_text("utf-8"))


def test_a_waived_failure_does_not_shut_the_gate_and_is_told_of_everywhere(tmp_path: Path) -> None:
    waive(tmp_path)
    done = run(tmp_path, DEFECT, "--waivers", "waivers.yaml", "--github")
    assert done.returncode == 0, done.stdout + done.stderr
    result = result_in(tmp_path)
    (record,) = [r for r in result["requirements"] if r["id"] == BROKEN]
    assert (record["outcome"], record["waiver"]["ticket"]) == ("waived", "VOL-7")
    assert record["failures"]
    assert result["endpoint"]["embedded"] == ["--defect=version-v2-missing"]
    assert "1 known failure waived" in result["verdict"]["sentence"]["en"]
    for text in (
        done.stdout,
        *((tmp_path / "reports" / n).read_text("utf-8") for n in ("report.html", "junit.xml")),
    ):
        assert BROKEN in text
        assert "VOL-7" in text
    assert "VOL" in (tmp_path / "reports/summary.md").read_text("utf-8")
    assert "::notice title=" in done.stdout
    assert "::error" not in done.stdout
    assert f"volcheck run {DEFECT} --profile default" in done.stdout


@pytest.mark.parametrize(
    ("waiver", "arguments", "told"),
    [
        (
            {"expires": "2020-01-31"},
            [DEFECT],
            "waivers.yaml:2: the waiver of versions.this-one (VOL-7) expired",
        ),
        ({}, [], "waivers.yaml:2: the waiver of versions.this-one (VOL-7) no longer matches"),
    ],
    ids=["expired", "unmatched"],
)
def test_a_waiver_that_is_out_of_date_shuts_the_gate(
    tmp_path: Path, waiver: dict[str, str], arguments: list[str], told: str
) -> None:
    waive(tmp_path, **waiver)
    done = run(tmp_path, *arguments, "--waivers", "waivers.yaml")
    assert done.returncode == 1
    assert told in done.stdout
    assert told in result_in(tmp_path)["waiver_problems"][0]


def test_a_file_that_is_not_named_waives_nothing(tmp_path: Path) -> None:
    waive(tmp_path)
    assert run(tmp_path, DEFECT).returncode == 1
    assert "waiver_problems" not in result_in(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("waivers:\n  - requirement: a.b\n", "waivers.yaml, line 2"),
        ("waivers: [\n", "waivers.yaml, line"),
        ("", "Give a file of waivers"),
        ("waivers: &a [*a]\n", "alias"),
    ],
)
def test_waivers_that_cannot_be_read_stop_it_before_it_begins(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "waivers.yaml").write_text(text, "utf-8")
    done = run(tmp_path, "--waivers", "waivers.yaml")
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    result = result_in(tmp_path)
    assert "could not begin" in result["verdict"]["sentence"]["en"]
    assert told in result["verdict"]["sentence"]["en"]
    assert result["verdict"]["exit_code"] == 2


def test_github_is_told_where_it_runs_the_job(tmp_path: Path) -> None:
    summary = tmp_path / "job.md"
    done = run(tmp_path, DEFECT, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("::stop-commands::")
    end = lines.index(f"::{lines[0].removeprefix('::stop-commands::')}::")
    assert [line for line in lines[1:end] if line.startswith("::")] == []
    assert any(line.startswith("::error title=") and BROKEN in line for line in lines[end:])
    assert BROKEN in summary.read_text("utf-8")
    assert "::" not in run(tmp_path, DEFECT, "--no-github", GITHUB_ACTIONS="true").stdout.replace(
        "test_versions.py::", ""
    )
