"""`volcheck qualify`: put the suites to the test."""

from __future__ import annotations

import fnmatch
import json
import sys
from pathlib import Path

import click

from volcheck.errors import UsageError


@click.command(context_settings={"show_default": False})
@click.option(
    "--defects",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only the defects that fit a pattern such as `paging-*`; may be repeated. [default: all]",
)
@click.option(
    "--profile",
    type=click.Choice(["smoke", "default", "deep"]),
    default="default",
    show_default=True,
    help="How much to test.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all generated requests.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Runs at the same time. [default: one more than processors, as runs wait now and then]",
)
@click.option("--json", "json_file", metavar="FILE", help="Write the kill matrix as JSON.")
@click.option("--html", "html_file", metavar="FILE", help="Write the kill matrix as a page.")
@click.option(
    "--timeout",
    type=click.FloatRange(1),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="After which a run is given up.",
)
@click.option(
    "--first",
    is_flag=True,
    help="End each run once a must requirement has failed: quick, and without the matrix.",
)
@click.option(
    "--last",
    "last_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --first: a kill matrix of before (--json), whose tests are played first; the whole run follows where they "
    "don't catch the defect again.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="A requirement that catches nothing must have a written reason too (where all defects are tried).",
)
def qualify(
    *,
    patterns: tuple[str, ...],
    profile: str,
    seed: int,
    jobs: int | None,
    json_file: str | None,
    html_file: str | None,
    timeout: float,
    first: bool,
    last_file: Path | None,
    strict: bool,
) -> None:
    """Run the suites against the reference endpoint once for each of its deliberate defects.

    Exit codes: 0 when every defect was caught or its survival has a written reason, and nothing failed at the honest
    endpoint; 1 otherwise.
    """
    # Imported here: loading pytest and the suites takes a second, and `--help` needs neither.
    from volcheck.qualify.model import read_matrix, survivors, unexplained
    from volcheck.qualify.page import write_matrix_html
    from volcheck.qualify.perform import Plan, cores, perform
    from volcheck.qualify.say import line, summary
    from volcheck.qualify.survivors import reasons
    from volcheck.reference.defects import load
    from volcheck.results.files import write_text

    known = load()
    chosen = [
        each
        for each in known.values()
        if not patterns or any(fnmatch.fnmatchcase(each.name, pattern) for pattern in patterns)
    ]
    if not chosen:
        raise UsageError(
            f"No defect fits {' or '.join(patterns)}: `volcheck serve --list-defects` names them all."
        )
    if last_file is not None and not first:
        raise UsageError("--last tells which tests --first plays first: use both, or neither.")
    why = reasons()
    last = None if last_file is None else read_matrix(last_file)
    plan = Plan(chosen, profile, seed, jobs or cores() + 1, timeout, first, last)  # type: ignore[arg-type]
    matrix = perform(plan, why, on_result=lambda record: click.echo(line(record)))
    whole = not patterns and not first
    survived = {each["name"] for each in survivors(matrix)}
    silent = {each["requirement"]: each["reason"] for each in matrix["silent"]}
    stale = [name for name in why.defects if name not in known or (whole and name not in survived)]
    stale += [name for name in why.requirements if whole and name not in silent]
    if json_file:
        write_text(Path(json_file), json.dumps(matrix, ensure_ascii=False, indent=1) + "\n")
    if html_file:
        write_matrix_html(Path(html_file), matrix)
    click.echo(summary(matrix, silent=whole))
    for name in stale:
        click.echo(f"The reason for {name} in survivors.yaml is out of date: remove it.")
    quiet = strict and whole and not all(silent.values())
    failed = unexplained(matrix) or matrix["control"]["fate"] != "survived" or stale or quiet
    sys.exit(1 if failed else 0)
