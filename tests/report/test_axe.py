"""The pages held to axe-core's rules for accessibility (see axe/check.mjs)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.report import builders
from tests.report.browser import CHROMIUM, needs_chromium

from volcheck.report.html import write_html

AXE = Path(__file__).parent / "axe"


@needs_chromium
@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.skipif(
    not (AXE / "node_modules").is_dir(), reason=f"axe-core is not installed: npm ci in {AXE.name}/"
)
def test_no_serious_finding(tmp_path: Path) -> None:
    assert CHROMIUM is not None
    names = ("failing",)
    for name in names:
        write_html(tmp_path / f"{name}.html", getattr(builders, name)())
    done = subprocess.run(
        ["node", "check.mjs", *(str(tmp_path / f"{name}.html") for name in names)],
        cwd=AXE,
        env={**os.environ, "CHROMIUM": CHROMIUM},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("0 findings") == 4 * len(names), done.stdout
