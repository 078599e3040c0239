"""Measures volcheck beside plain `st run` (default settings) on the same defects of the reference endpoint.

    python benchmarks/st_run.py               every tenth defect
    python benchmarks/st_run.py --every 1     all of them: hours
    python benchmarks/st_run.py --only 'paging-*'

Both get the same OpenAPI file, project and token. What `st run` reports at the honest endpoint, by operation and title,
is not counted: a defect is caught when something else is reported. volcheck reports nothing there. Prints a line for each
defect and the rates and times of both; --json writes them to a file.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from statistics import median
from typing import Any

from volcheck.contract import load_contract
from volcheck.reference.defects import load
from volcheck.runner.embedded import Embedded

PROJECT = "1f056df3ce654bc19a12bd522d6a2147"
TOKEN = "benchmark-token"
PATIENCE = 600.0
#: Runs of `st run` at the honest endpoint; what one of them reports is no defect.
HONEST = 3
#: How a failure is named in the JUnit report.
_TITLE = re.compile(r"^\s*- (\S.*?)\s*$", re.MULTILINE)


def main() -> int:
    """Run both on the sample and print what they caught, and when."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=10, help="take every n-th defect (default: 10)")
    parser.add_argument("--only", default="*", help="take defects that fit this pattern")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    os.environ |= {"VOLCHECK_REFERENCE_PROJECT_ID": PROJECT, "VOLCHECK_REFERENCE_TOKEN": TOKEN}
    names = fnmatch.filter(load(), options.only)[:: options.every]
    with tempfile.TemporaryDirectory() as folder:
        theirs = st_run(names, Path(folder))
        ours = volcheck(names, Path(folder))
    for name in names:
        _say(f"{name}: st run {_shown(theirs[name])}, volcheck {_shown(ours[name])}")
    for tool, found in (("st run", theirs), ("volcheck", ours)):
        caught = [seconds for seconds, hit in found.values() if hit]
        _say(
            f"{tool}: {len(caught)} of {len(names)} ({len(caught) / len(names):.0%}), "
            f"median run {median(seconds for seconds, _ in found.values()):.1f} s"
        )
    if options.json:
        rows = [{"defect": n, "st_run": theirs[n], "volcheck": ours[n]} for n in names]
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def st_run(names: list[str], folder: Path) -> dict[str, tuple[float, bool]]:
    """By defect: seconds of a run, and whether it reported what it does not report at the honest endpoint."""
    config = folder / "schemathesis.toml"
    config.write_text(f'[parameters]\n"path.projectId" = "{PROJECT}"\n', encoding="utf-8")
    honest: set[tuple[str, str]] = set()
    for number in range(HONEST):
        seconds, failures = _st(config, ())
        _say(f"st run: {len(failures)} sorts of failures at the honest endpoint, {seconds:.1f} s")
        if number and failures - honest:
            _say(f"st run: {sorted(failures - honest)} only in one of its runs there")
        honest |= failures
    return {
        name: (seconds, bool(failures - honest))
        for name in names
        for seconds, failures in [_st(config, (f"--defect={name}",))]
    }


def _st(config: Path, reference: tuple[str, ...]) -> tuple[float, set[tuple[str, str]]]:
    """Seconds of a run, and its failures as operation and title."""
    report = config.with_name("junit.xml")
    report.unlink(missing_ok=True)
    endpoint = Embedded(reference)
    began = time.monotonic()
    try:
        subprocess.run(
            [
                *(str(Path(sys.executable).with_name("st")), "--config-file", str(config), "run"),
                *(str(load_contract().spec_dir / "openapi.yaml"), "--url", endpoint.facts["endpoint"]),
                *("-H", f"X-Auth-Token: {TOKEN}", "--seed", "1", "--generation-database", "none"),
                *("--report", "junit", "--report-junit-path", str(report)),
            ],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            # It leaves a folder where it is started.
            cwd=config.parent,
        )
    finally:
        endpoint.close()
    seconds = round(time.monotonic() - began, 2)
    if not report.is_file():
        raise SystemExit(
            f"st run wrote no report with {reference or 'the honest endpoint'}: it measured nothing."
        )
    failures = set()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        for failure in case.iter("failure"):
            text = f"{failure.get('message', '')}\n{failure.text or ''}"
            failures |= {(case.get("name", ""), title) for title in _TITLE.findall(text)}
    return seconds, failures


def volcheck(names: list[str], folder: Path) -> dict[str, tuple[float, bool]]:
    """By defect: seconds of a run, loading included, and whether a requirement failed."""
    path = folder / "matrix.json"
    patterns = [word for name in names for word in ("--defects", name)]
    command = [sys.executable, "-m", "volcheck", "qualify", "--jobs", "1", "--json", str(path), *patterns]
    subprocess.run(command, check=False, capture_output=True)
    matrix: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {
        each["name"]: (round(matrix["startup"] + each["duration"], 2), each["fate"] == "caught")
        for each in matrix["defects"]
    }


def _shown(found: tuple[float, bool]) -> str:
    return f"{'caught it' if found[1] else 'did not'} in {found[0]:.1f} s"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
