"""The pages held to axe-core's rules for accessibility (see axe/check.mjs)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.report import builders
from tests.report.browser import CHROMIUM, needs_chromium

from volcheck.report.comparison import write_comparison_html
from volcheck.report.endpoints import write_endpoints_html
from volcheck.report.history import write_history_html
from volcheck.report.html import write_html
from volcheck.results.compare import compare
from volcheck.results.merge import endpoint_matrix

AXE = Path(__file__).parent / "axe"


@needs_chromium
@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.skipif(
    not (AXE / "node_modules").is_dir(), reason=f"axe-core is not installed: npm ci in {AXE.name}/"
)
def test_no_serious_finding(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    paths = [tmp_path / name for name in ("report.html", "comparison.html", "endpoints.html", "history.html")]
    results = [builders.conformant(), builders.failing()]
    write_html(paths[0], results[1])
    write_comparison_html(paths[1], compare(*results))
    write_endpoints_html(paths[2], endpoint_matrix(results))
    write_history_html(paths[3], results)
    done = subprocess.run(
        ["node", "check.mjs", *map(str, paths)],
        cwd=AXE,
        env={**os.environ, "CHROMIUM": CHROMIUM},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("0 findings") == 4 * len(paths), done.stdout
