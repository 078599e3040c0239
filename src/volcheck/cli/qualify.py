"""`volcheck qualify`: put the suites to the test."""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from volcheck.cli.options import profile_option, seed_option
from volcheck.errors import UsageError
from volcheck.qualify.model import DefectRecord, LibertyRecord

#: Random sets of liberties, and how many each has.
_SETS, _AT_ONCE = 30, 5


@click.command(context_settings={"show_default": False})
@click.option(
    "--defects",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only the defects that fit a pattern such as `paging-*`, and no liberties; may be repeated. [default: all]",
)
@click.option(
    "--liberties",
    "lawful",
    multiple=True,
    metavar="PATTERN",
    help="Only the liberties that fit a pattern such as `list-*`, and no defects; may be repeated. [default: all]",
)
@click.option(
    "--sets",
    type=click.IntRange(0),
    metavar="N",
    help="So many random sets of five liberties at once. [default: 30 with all liberties, else 0]",
)
@profile_option
@seed_option
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Runs at the same time. [default: one more than processors, as runs wait now and then; with --last, which mostly "
    "waits, one more than twice as many]",
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
    "--dask",
    metavar="ADDRESS",
    help="Let the workers of the Dask scheduler there play it (extra `cluster`). [default: this machine plays it]",
)
@click.option(
    "--no-control", is_flag=True, hidden=True, help="Leave out the honest endpoint, which another task plays."
)
@click.option(
    "--strict",
    is_flag=True,
    help="A requirement that catches nothing must have a written reason too (where all defects are tried).",
)
def qualify(
    *,
    patterns: tuple[str, ...],
    lawful: tuple[str, ...],
    sets: int | None,
    profile: str,
    seed: int,
    jobs: int | None,
    json_file: str | None,
    html_file: str | None,
    timeout: float,
    first: bool,
    last_file: Path | None,
    dask: str | None,
    no_control: bool,
    strict: bool,
) -> None:
    """Run the suites against the reference endpoint once for each of its deliberate defects, and each of its liberties.

    Exit codes: 0 when every defect was caught or its survival has a written reason, no liberty failed a must requirement
    or made more than a few untestable, and nothing failed at the honest endpoint; 1 otherwise.
    """
    # Imported here: loading pytest and the suites takes a second, and `--help` needs neither.
    from volcheck.qualify.model import called_wrong, read_matrix, survivors, unexplained
    from volcheck.qualify.page import write_matrix_html
    from volcheck.qualify.perform import Plan, cores, perform
    from volcheck.qualify.say import liberty_line, line, summary
    from volcheck.qualify.survivors import reasons
    from volcheck.reference.defects import load
    from volcheck.reference.liberties import load as load_liberties
    from volcheck.reference.liberties import random_sets
    from volcheck.results.files import write_text

    known = load()
    chosen = [known[name] for name in _chosen(known, patterns, lawful)]
    if patterns and not chosen:
        raise UsageError(
            f"No defect fits {' or '.join(patterns)}: `volcheck serve --list-defects` names them all."
        )
    if last_file is not None and not first:
        raise UsageError("--last tells which tests --first plays first: use both, or neither.")
    why = reasons()
    last = None if last_file is None else read_matrix(last_file)
    liberties: list[tuple[str, ...]] = [(name,) for name in _chosen(load_liberties(), lawful, patterns)]
    if lawful and not liberties:
        raise UsageError(
            f"No liberty fits {' or '.join(lawful)}: `volcheck serve --list-liberties` names them all."
        )
    if sets is None:
        sets = 0 if patterns or lawful else _SETS
    liberties += random_sets(sets, _AT_ONCE, seed)
    usual = (2 if last is not None else 1) * cores() + 1
    plan = Plan(
        chosen,
        profile,  # type: ignore[arg-type]
        seed,
        jobs or usual,
        timeout,
        first,
        last,
        liberties,
        control=not no_control,
    )

    def told(record: DefectRecord) -> None:
        click.echo(line(record))

    def told_of_liberty(record: LibertyRecord) -> None:
        click.echo(liberty_line(record))

    if dask is None:
        matrix = perform(plan, why, on_result=told, on_liberty=told_of_liberty)
    else:
        from volcheck.qualify.cluster import perform_there
        from volcheck.runner.cluster import connect

        matrix = perform_there(connect(dask), plan, on_result=told, on_liberty=told_of_liberty)
    whole = not patterns and not lawful and not first
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
    honest = matrix["control"]["fate"] in ("survived", "left out")
    failed = unexplained(matrix) or called_wrong(matrix) or not honest or stale or quiet
    sys.exit(1 if failed else 0)


def _chosen(known: Iterable[str], patterns: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """The names that fit one of the patterns; without any all of them, or none where others are asked for."""
    if not patterns:
        return [] if others else list(known)
    return [name for name in known if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
