"""Every fault of catalogue.py, played to real runs side by side."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from catalogue import NAMES
from faults import MEMORY

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def played(tmp_path_factory):
    file = tmp_path_factory.mktemp("faults") / "played.json"
    command = [sys.executable, HERE / "faults.py", "--json", file]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=1200)
    assert file.exists(), ended.stderr
    return {each["name"]: each for each in json.loads(file.read_text())}


@pytest.mark.parametrize("name", NAMES)
def test_a_run_survives(played, name):
    assert played[name]["wrong"] == [], played[name]
    assert played[name]["mebibytes"] <= MEMORY


def test_the_table_of_faults_lacks_none():
    table = (HERE.parents[1] / "docs" / "faults.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"| {name} |" not in table] == []
    assert "**wrong**" not in table
