#!/usr/bin/env python3
"""Runs check.py's work on two releases of Cinder and compares what they did: matrix.py OLD NEW …

A difference between the releases is news, not a failure; what check.py objects to on either of them is one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from check import VERDICTS, Plan, check, environment, report, say, volcheck
from releases import RELEASES, LabError, release


def main() -> int:
    """Check both releases and show the comparison. Exit codes: 0 all is well, 1 objections, 2 wrong usage."""
    parser = argparse.ArgumentParser(description="Run the suites against two releases of Cinder and compare.")
    parser.add_argument("old", help=f"one of {', '.join(RELEASES)}")
    parser.add_argument("new", help="another one")
    Plan.add_options(parser)
    options = parser.parse_args()
    plan = Plan.read(options)
    try:
        old, old_results = check(release(options.old), plan)
        new, new_results = check(release(options.new), plan)
    except LabError as error:
        return report([str(error)])
    found = [*old, *new]
    for before, after in zip(old_results.items(), new_results.items(), strict=False):
        say(f"From {before[0]} to {after[0]}:")
        code = subprocess.run(volcheck("compare", before[1], after[1]), env=environment({})).returncode
        if code not in VERDICTS:
            found.append(f"volcheck compare ended with exit code {code}.")
    return report(found)


if __name__ == "__main__":
    sys.exit(main())
