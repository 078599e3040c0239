"""Counts what `mutmut run` found: how many small changes of the code the unit tests noticed, and which they did not.

    python tests/mutants.py [--markdown FILE] [--least PERCENT]

Exits with 1 when less than PERCENT of them (85 unless told) were noticed. Why a survivor may live is in mutants.yaml.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import attrs
import yaml
from mutmut.mutation.diff_apply import get_diff_for_mutant

#: A change that leaves its tests running for ever is noticed as well: by whoever waits for them.
NOTICED = ("killed", "timeout")
REASONS = Path(__file__).with_name("mutants.yaml")
UNEXPLAINED = "No reason is given yet"
HEAD = """# What the unit tests do not notice

Written by `make mutants`. [mutmut](https://mutmut.readthedocs.io) changes the functions of the gateway, of waiting and of
the checks in one small way at a time (a number, a comparison, an argument, a word of a message), and plays the unit tests
that reach the function (`tests/gateway`, `tests/checks` and a few beside them; no whole run, nothing of `tests/safety`). A
change is noticed when one of them fails, or runs out of time.

"""


@attrs.frozen
class Mutant:
    """One change of one function, and what became of it."""

    name: str
    status: str

    @property
    def module(self) -> str:
        """The module's dotted name, without the package that all have in common."""
        return self.name.rpartition(".")[0].removeprefix("volcheck.")

    @property
    def function(self) -> str:
        """`function`, or `Class.method`."""
        mangled = self.name.rpartition(".")[2].rpartition("__mutmut_")[0]
        return mangled.removeprefix("x_") if mangled.startswith("x_") else ".".join(mangled.split("ǁ")[1:])

    @property
    def noticed(self) -> bool:
        """Whether the tests saw it."""
        return self.status in NOTICED

    def change(self) -> str:
        """`what was → what became of it`, on one line."""
        lines = get_diff_for_mutant(self.name).splitlines()
        old, new = (
            " ".join(line[1:].strip() for line in lines if line[0] == sign and line[:3] != sign * 3)
            for sign in "-+"
        )
        return f"{old} → {new}"


@attrs.frozen
class Reason:
    """Why mutants may live. where: a glob over `module.function`; change: a pattern to be found in the change."""

    reason: str
    where: str = "*"
    change: str = ""

    def covers(self, mutant: Mutant, change: str) -> bool:
        """Whether it speaks of this one."""
        return fnmatchcase(f"{mutant.module}.{mutant.function}", self.where) and bool(
            re.search(self.change, change)
        )


def main() -> int:
    """Count, write, and say whether it is enough."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--markdown", type=Path, help="write the survivors, with reasons, into this file")
    options.add_argument("--least", type=float, default=85.0, help="percent that must be noticed")
    given = options.parse_args()
    mutants = results()
    if not mutants or any(mutant.status == "not checked" for mutant in mutants):
        print("Not all mutants have been tried: run `mutmut run` to its end first.", file=sys.stderr)  # noqa: T201
        return 1
    table = counts(mutants)
    unexplained, listed = survivors(mutants)
    if given.markdown:
        given.markdown.write_text(f"{HEAD}{table}\n\n{listed}", encoding="utf-8")
    noticed = sum(mutant.noticed for mutant in mutants)
    score = 100 * noticed / len(mutants)
    print(table)  # noqa: T201
    print(  # noqa: T201
        f"killed {noticed} of {len(mutants)}, {len(mutants) - noticed} survived ({unexplained} without a reason), "
        f"score {score:.1f} % (at least {given.least:g} %)"
    )
    return 0 if score >= given.least else 1


def results() -> list[Mutant]:
    """What became of each mutant, as `mutmut results` says."""
    said = subprocess.run(
        [sys.executable, "-m", "mutmut", "results", "--all", "true"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [Mutant(*line.strip().rsplit(": ", 1)) for line in said.splitlines() if "__mutmut_" in line]


def counts(mutants: list[Mutant]) -> str:
    """The table of modules."""
    lines = [
        "| module | mutants | killed | out of time | survived | score |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for module in [*sorted({mutant.module for mutant in mutants}), "all"]:
        of_it = Counter(mutant.status for mutant in mutants if module in ("all", mutant.module))
        whole = of_it.total()
        seen = sum(of_it[status] for status in NOTICED)
        lines.append(
            f"| {module} | {whole} | {of_it['killed']} | {of_it['timeout']} | {whole - seen} | {100 * seen / whole:.1f} % |"
        )
    return "\n".join(lines)


def survivors(mutants: list[Mutant]) -> tuple[int, str]:
    """How many survivors have no reason, and all of them, by reason."""
    known = [Reason(**each) for each in yaml.safe_load(REASONS.read_text(encoding="utf-8"))]
    by_reason: dict[str, list[str]] = {reason.reason: [] for reason in known}
    by_reason[UNEXPLAINED] = []
    for mutant in mutants:
        if not mutant.noticed:
            change = mutant.change()
            reason = next((each.reason for each in known if each.covers(mutant, change)), UNEXPLAINED)
            note = "" if mutant.status == "survived" else f" ({mutant.status})"
            by_reason[reason].append(f"- `{mutant.module}.{mutant.function}`: `` {change} ``{note}")
    parts = [f"## {reason}\n\n" + "\n".join(lines) + "\n" for reason, lines in by_reason.items() if lines]
    return len(by_reason[UNEXPLAINED]), "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
