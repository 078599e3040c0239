"""Compares runs against the reference endpoint: unchanged ones, and ones with one defect more.

    python benchmarks/compare_defects.py                   all defects of compare_defects.yaml, once each
    python benchmarks/compare_defects.py --unchanged 20    as many runs with nothing changed; must compare empty
    python benchmarks/compare_defects.py --only sort-ignored --only type-none

Ends with 1 where a comparison tells too much or too little.
"""

from __future__ import annotations

import argparse
import fnmatch
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from volcheck.results.compare import compare
from volcheck.results.files import read_result
from volcheck.results.model import Result

TABLE = Path(__file__).with_suffix(".yaml")

Expected = Mapping[str, Sequence[str]]


def table() -> dict[str, Expected]:
    """By defect: patterns of the requirements and observations that must be told of, and of what may be."""
    found: dict[str, Expected] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return found


def result_of(folder: Path, defect: str | None = None, *options: str) -> Result:
    """Run the suites against a reference endpoint with this defect and answer the result."""
    words = [sys.executable, "-m", "volcheck", "run", "--no-github", "--reports", str(folder), *options]
    if defect:
        words.append(f"--reference-option=--defect={defect}")
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if not (folder / "result.json").is_file():
        raise SystemExit(f"{defect or 'the honest endpoint'}: no result: {done.stdout}{done.stderr}")
    return read_result(folder)


def told(before: Result, after: Result) -> dict[str, list[str]]:
    """The requirements and observations that a comparison tells of, and the timings."""
    comparison = compare(before, after)
    return {
        "requirements": [change["id"] for change in comparison["requirements"]],
        "observations": [drift["key"] for drift in comparison["observations"]],
        "timings": [timing["name"] for timing in comparison["timings"]],
    }


def misses(found: Mapping[str, Iterable[str]], expected: Expected) -> list[str]:
    """What is told and not expected, and what is expected and not told, in words."""
    problems = []
    for kind in ("requirements", "observations"):
        patterns, names = expected.get(kind, ()), list(found[kind])
        allowed = [*patterns, *expected.get("may", ())]
        problems += [f"told: {name}" for name in names if not any(_fits(name, p) for p in allowed)]
        problems += [f"not told: {p}" for p in patterns if not any(_fits(name, p) for name in names)]
    return problems


def _fits(name: str, pattern: str) -> bool:
    # Brackets and question marks stand for themselves; `*` within a key is the items of a list.
    escaped = "".join(f"[{c}]" if c in "[?" else c for c in pattern)
    return fnmatch.fnmatchcase(name, escaped)


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run, compare, print, and answer the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--unchanged", type=int, default=0, metavar="N", help="compare N honest runs")
    parser.add_argument("--only", action="append", metavar="DEFECT", help="just this defect")
    parser.add_argument("--jobs", type=int, default=2, help="runs at one time")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the reports here")
    arguments = parser.parse_args()
    expected = table()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(arguments.jobs) as pool:
        folder = arguments.keep or Path(temporary)
        honest = pool.submit(result_of, folder / "honest")
        if arguments.unchanged:
            names = [f"unchanged-{number + 1}" for number in range(arguments.unchanged)]
            runs = [pool.submit(result_of, folder / name) for name in names]
        else:
            names = arguments.only or list(expected)
            runs = [pool.submit(result_of, folder / name, name) for name in names]
        wrong = 0
        for name, run in zip(names, runs, strict=True):
            found = told(honest.result(), run.result())
            problems = misses(found, expected.get(name, {}))
            if arguments.unchanged:
                problems += [f"timing: {timing}" for timing in found["timings"]]
            wrong += bool(problems)
            size = f"{len(found['requirements'])} requirements, {len(found['observations'])} observations"
            say(f"{'wrong' if problems else 'ok':6} {name}: {size}")
            for problem in problems:
                say(f"       {problem}")
    say(f"{len(names) - wrong} of {len(names)} as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
