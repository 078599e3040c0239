"""Runs the suites on the honest reference endpoint again and again, and counts failures: there must be none.

Seeds 1 to --seeds with the default delays; then a few seeds each with other delays, with other concurrencies, and in a
tenant full of foreign volumes while others come and go. Prints a line for each variant, and every requirement that failed or
could not be tested. Exit code 1 where anything failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VARIANTS = {
    "delays of 0 s": ["--volume-delay=0", "--snapshot-delay=0", "--delete-delay=0"],
    "delays of 2 s": ["--volume-delay=2", "--snapshot-delay=2", "--delete-delay=2"],
    "200 foreign volumes, others come and go": ["--foreign=200", "--churn=5"],
}


def main() -> int:
    """Run every variant and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--others", type=int, default=3, help="seeds of each variant")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    runs = [("default", seed, []) for seed in range(1, options.seeds + 1)]
    for name, given in VARIANTS.items():
        arguments = [f"--reference-option={option}" for option in given]
        runs += [(name, seed, arguments) for seed in range(101, 101 + options.others)]
    runs += [("concurrency 2", seed, ["--concurrency", "2"]) for seed in range(201, 201 + options.others)]
    outcomes: dict[str, Counter[str]] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for (name, seed, _), (code, broken) in zip(runs, pool.map(_run, runs), strict=True):
            outcomes.setdefault(name, Counter())[f"exit {code}"] += 1
            for line in broken:
                sys.stdout.write(f"{name}, seed {seed}: {line}\n")
    for name, counted in outcomes.items():
        sys.stdout.write(f"{name}: {dict(counted)}\n")
    return int(any(set(counted) != {"exit 0"} for counted in outcomes.values()))


def _run(run: tuple[str, int, list[str]]) -> tuple[int, list[str]]:
    _, seed, arguments = run
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "volcheck",
            "run",
            "--seed",
            str(seed),
            "--reports",
            folder,
            *arguments,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        path = Path(folder) / "result.json"
        if not path.is_file():
            return done.returncode, [f"no result: {done.stderr.strip()[-300:]}"]
        result = json.loads(path.read_text(encoding="utf-8"))
    broken = [
        f"{r['id']} {r['outcome']} {r['reason']} {[f['message'] + ': ' + f['got'] for f in r['failures']][:2]}"
        for r in result["requirements"]
        if r["outcome"] in ("failed", "inconclusive")
    ]
    return done.returncode, broken + [f"left over: {left['id']}" for left in result["cleanup"]["leftovers"]]


if __name__ == "__main__":
    sys.exit(main())
