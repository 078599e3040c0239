"""The report of a run against an endpoint full of markup, opened in a real browser, executes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "report"))

from browser import needs_chromium, visit, web  # noqa: E402


@needs_chromium
@pytest.mark.parametrize("scenario", ["nasty-names", "nasty-errors"])
def test_no_text_of_an_endpoint_is_executed(tmp_path, scenario):
    command = [sys.executable, HERE / "faults.py", "--only", scenario, "--keep", tmp_path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    played = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=240)
    assert played.returncode == 0, played.stdout + played.stderr
    report = (tmp_path / scenario / "reports" / "report.html").read_bytes()
    assert b"forged" in report
    with web(report) as found:
        document = visit(found, tmp_path / "profile")
    assert "<title>forged" not in document
    assert "<script>document.title" not in document
    assert "<img" not in document
    assert found.others() in ([], ["page.test/favicon.ico"])
