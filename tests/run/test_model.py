"""The model finds faults by itself, and tells them in few steps."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"


def play(reports, *arguments):
    """The record of the model's requirement, of a run that asks for nothing else."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "volcheck",
            "run",
            "--only",
            "model.agrees",
            "--reports",
            str(reports),
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    result = json.loads((reports / "result.json").read_text())
    (record,) = [r for r in result["requirements"] if r["id"] == "model.agrees"]
    return record


def test_the_honest_endpoint_agrees(tmp_path):
    record = play(tmp_path)
    assert record["outcome"] == "passed"
    assert record["assertions"] > 50


@pytest.mark.parametrize("defect", ["rare-clone-source-renamed", "delete-source-takes-clones"])
def test_a_failing_sequence_is_told_in_few_steps(tmp_path, defect):
    record = play(tmp_path, "--profile", "deep", f"--reference-option=--defect={defect}")
    assert record["outcome"] == "failed"
    told = [
        re.findall(r"\d+\. ", failure["message"].partition("(after: ")[2]) for failure in record["failures"]
    ]
    assert min(len(steps) for steps in told if steps) <= 4
    assert any("clone volume" in failure["message"] for failure in record["failures"])
