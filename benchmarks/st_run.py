"""Measures volcheck beside plain `st run` (default settings) on the same defects of the reference endpoint.

    python benchmarks/st_run.py               every tenth defect
    python benchmarks/st_run.py --every 1     all of them: hours
    python benchmarks/st_run.py --only 'paging-*'

Both get the same OpenAPI file, project and token. What `st run` reports at the honest endpoint goes into its baseline,
so that a defect counts as caught when something else is reported; volcheck reports nothing there. Prints a line for
each defect and the rates and times of both; --json writes them to a file.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from volcheck.contract import load_contract
from volcheck.reference.defects import load
from volcheck.run.embedded import Embedded

PROJECT = "1f056df3ce654bc19a12bd522d6a2147"
TOKEN = "benchmark-token"
PATIENCE = 600.0


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
    baseline = folder / "baseline.json"
    _st(config, baseline, (), "--baseline-update")
    if _st(config, baseline, ())[1]:
        _say("st run: at the honest endpoint a second run reports what the first did not (a false alarm)")
    found = {}
    for name in names:
        seconds, code = _st(config, baseline, (f"--defect={name}",))
        if code not in (0, 1):
            raise SystemExit(f"{name}: st run ended with {code}, so it measured nothing.")
        found[name] = (seconds, code == 1)
    return found


def _st(config: Path, baseline: Path, reference: tuple[str, ...], *more: str) -> tuple[float, int]:
    endpoint = Embedded(reference)
    began = time.monotonic()
    try:
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("st")), "--config-file", str(config), "run"),
                *(str(load_contract().spec_dir / "openapi.yaml"), "--url", endpoint.facts["endpoint"]),
                *("-H", f"X-Auth-Token: {TOKEN}", "--seed", "1", "--generation-database", "none"),
                *("--baseline", str(baseline), *more),
            ],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            # It leaves a folder where it is started.
            cwd=config.parent,
        )
    finally:
        endpoint.close()
    return round(time.monotonic() - began, 2), done.returncode


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
