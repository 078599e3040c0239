"""`volcheck serve`: the command that runs the reference endpoint."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
from collections.abc import Iterable, Sequence

import click

from volcheck.errors import UsageError, VolcheckError
from volcheck.reference.defects import build_hooks, load
from volcheck.reference.liberties import load as load_liberties
from volcheck.reference.liberties import settings_of
from volcheck.reference.settings import EDITIONS, Settings

_NAME = re.compile(r"[0-9A-Za-z_-]{1,255}")


@click.command("serve", context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port to listen on; 0 takes any free.")
@click.option("--volume-delay", default=0.2, type=click.FloatRange(0), help="Seconds creating → available.")
@click.option("--snapshot-delay", default=0.2, type=click.FloatRange(0), help="The same for snapshots.")
@click.option("--delete-delay", default=0.05, type=click.FloatRange(0), help="Seconds deleting → gone.")
@click.option("--request-delay", default=0.0, type=click.FloatRange(0), help="Seconds every request takes.")
@click.option("--quota-volumes", default=1000, type=click.IntRange(0), help="Volumes a tenant may have.")
@click.option("--quota-snapshots", default=1000, type=click.IntRange(0), help="Snapshots a tenant may have.")
@click.option(
    "--no-limits", is_flag=True, help="Answer GET /limits with 404, so that nobody can ask for the quotas."
)
@click.option("--quota-gigabytes", default=100_000, type=click.IntRange(0), help="GB a tenant may have.")
@click.option("--max-volume-gigabytes", default=None, type=click.IntRange(1), help="Largest volume, in GB.")
@click.option("--max-limit", default=1000, type=click.IntRange(1), help="Most items on one page of a list.")
@click.option("--foreign", default=0, type=click.IntRange(0), help="Volumes that are already in the tenant.")
@click.option(
    "--churn", default=0.0, type=click.FloatRange(0, 1000), help="Foreign volumes coming or going per second."
)
@click.option(
    "--token-lifetime", default=3600.0, type=click.FloatRange(0), help="Seconds an issued token is valid."
)
@click.option(
    "--rate-limit", default=0.0, type=click.FloatRange(0), help="Requests per second; 0 sets no limit."
)
@click.option(
    "--rate-limit-status",
    default="429",
    type=click.Choice(["413", "429"]),
    help="Status of a request beyond the limit.",
)
@click.option(
    "--outage",
    default=None,
    metavar="START:SECONDS",
    callback=lambda _context, _parameter, text: _outage(text),
    help="Answer 503 for so long, so many seconds after the first POST.",
)
@click.option(
    "--edition",
    default=EDITIONS[0],
    type=click.Choice(EDITIONS),
    help="The edition of the published document to serve; 2026 has encrypted and reserved volumes.",
)
@click.option("--seed", default=None, type=int, help="Make the same ids and tokens each time.")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="Do this wrong; may be repeated.")
@click.option(
    "--liberty",
    "liberties",
    multiple=True,
    metavar="NAME",
    help="Do this lawfully otherwise than Cinder; may be repeated.",
)
@click.option("--list-liberties", is_flag=True, help="Print the liberties there are, and stop.")
@click.option("--list-defects", is_flag=True, help="Print the defects there are, and stop.")
@click.option("--json", "as_json", is_flag=True, help="With --list-defects or --list-liberties: as JSON.")
@click.option(
    "--ready", default="text", type=click.Choice(["text", "json"]), help="How to say that it is ready."
)
@click.option("--exit-with-parent", is_flag=True, help="Stop when the process that started this one is gone.")
@click.option(
    "--log-level",
    default="warning",
    type=click.Choice(["critical", "error", "warning", "info", "debug"]),
    help="What to log on standard error; debug logs every request.",
)
def serve(
    *,
    host: str,
    port: int,
    volume_delay: float,
    snapshot_delay: float,
    delete_delay: float,
    request_delay: float,
    quota_volumes: int,
    quota_snapshots: int,
    quota_gigabytes: int,
    no_limits: bool,
    max_volume_gigabytes: int | None,
    max_limit: int,
    foreign: int,
    churn: float,
    token_lifetime: float,
    rate_limit: float,
    rate_limit_status: str,
    outage: tuple[float, float],
    edition: str,
    seed: int | None,
    defects: tuple[str, ...],
    liberties: tuple[str, ...],
    list_liberties: bool,
    list_defects: bool,
    as_json: bool,
    ready: str,
    exit_with_parent: bool,
    log_level: str,
) -> None:
    """Serve the Volume API as Cinder does, or with the liberties and defects named.

    The endpoint keeps its state in memory and begins anew each time. VOLCHECK_REFERENCE_TOKEN,
    VOLCHECK_REFERENCE_OTHER_TOKEN and VOLCHECK_REFERENCE_PROJECT_ID fix the two tokens and the project's id,
    which are random otherwise.
    """
    if list_defects:
        click.echo(defects_json() if as_json else defects_text())
        return
    if list_liberties:
        click.echo(liberties_json() if as_json else liberties_text())
        return
    if (problem := _unknown(defects, liberties)) is not None:
        raise UsageError(problem)
    settings = Settings(
        host=host,
        port=port,
        volume_delay=volume_delay,
        snapshot_delay=snapshot_delay,
        delete_delay=delete_delay,
        request_delay=request_delay,
        quota_volumes=quota_volumes,
        quota_snapshots=quota_snapshots,
        quota_gigabytes=quota_gigabytes,
        no_limits=no_limits,
        max_volume_gigabytes=max_volume_gigabytes,
        max_limit=max_limit,
        foreign=foreign,
        churn=churn,
        token_lifetime=token_lifetime,
        rate_limit=rate_limit,
        rate_limit_status=int(rate_limit_status),
        outage=outage,
        edition=edition,
        seed=seed,
        token=_fixed("VOLCHECK_REFERENCE_TOKEN"),
        other_token=_fixed("VOLCHECK_REFERENCE_OTHER_TOKEN"),
        project_id=_fixed("VOLCHECK_REFERENCE_PROJECT_ID"),
    )
    if settings.token and settings.token == settings.other_token:
        raise UsageError(
            "VOLCHECK_REFERENCE_TOKEN and VOLCHECK_REFERENCE_OTHER_TOKEN are the same: give two."
        )
    # Imported here so that `volcheck --help` need not load a web server.
    from volcheck.reference import server

    say = server.ready_json if ready == "json" else server.ready_text
    server.serve(
        settings_of(settings, liberties),
        build_hooks(defects, liberties),
        ready=lambda facts: click.echo(say(facts)),
        exit_with_parent=exit_with_parent,
        log_level=log_level,
    )


def check_options(options: Sequence[str]) -> None:
    """Raise UsageError where an embedded endpoint would not start with these options."""
    try:
        # Asked for help it would print it.
        given = (
            None if "--help" in options else serve.make_context("serve", ["--ready", "json", *options]).params
        )
    except click.ClickException as error:
        problem = error.format_message()
    else:
        prints = given is None or given["list_defects"] or given["list_liberties"] or given["ready"] != "json"
        unknown = _unknown(given["defects"], given["liberties"]) if given else None
        if unknown is None and not prints:
            return
        problem = unknown or "Leave out what only prints something."
    raise UsageError(
        f"--reference-option {shlex.join(options)}: {problem} `volcheck serve --help` lists the options, `volcheck serve "
        "--list-defects` the defects, and `--list-liberties` the liberties."
    )


def _unknown(defects: Sequence[str], liberties: Sequence[str]) -> str | None:
    """What is wrong with the names given, or None."""
    for names, kind, known in ((defects, "defect", load), (liberties, "liberty", load_liberties)):
        for name in names:
            if name not in known():
                plural = "defects" if kind == "defect" else "liberties"
                return f"There is no {kind} called {name}: `volcheck serve --list-{plural}` names them all."
    taken: dict[str, str] = {}
    for name in liberties:
        subject = load_liberties()[name].instead_of
        if subject and subject in taken:
            return f"{taken[subject]} and {name} can't be had together: both are about {subject}."
        taken[subject] = name
    return None


def _by_family(entries: Iterable[tuple[str, str]]) -> str:
    """Families and lines as text: the lines of a family under its name, and a blank line between two families."""
    return "\n\n".join(
        "\n".join([family, *(f"  {line}" for _, line in group)])
        for family, group in itertools.groupby(entries, key=lambda entry: entry[0])
    )


def liberties_text() -> str:
    """The liberties for people: a line each with what allows it, under their family."""
    return _by_family(
        (each.family, f"{each.name}: {each.description} [{each.allowed_by}]")
        for each in load_liberties().values()
    )


def liberties_json() -> str:
    """The liberties for programs: a list of objects with name, family, description, allowed_by and instead_of."""
    return json.dumps(
        [
            {
                "name": each.name,
                "family": each.family,
                "description": each.description,
                "allowed_by": each.allowed_by,
                "instead_of": each.instead_of,
            }
            for each in load_liberties().values()
        ],
        ensure_ascii=False,
        indent=2,
    )


def _outage(text: str | None) -> tuple[float, float]:
    """START:SECONDS as two numbers; an outage of no length where there is none."""
    if text is None:
        return 0.0, 0.0
    found = re.fullmatch(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", text)
    if found is None:
        raise UsageError(f"--outage {text} is not of the form START:SECONDS, such as 5:10.")
    return float(found[1]), float(found[2])


def _fixed(variable: str) -> str:
    value = os.environ.get(variable, "")
    if value and not _NAME.fullmatch(value):
        raise UsageError(
            f"{variable} may hold only a-z, A-Z, 0-9, - and _ (at most 255): change it or "
            "unset it to get a random value."
        )
    return value


def defects_text() -> str:
    """The defects for people: a line each, under their family."""
    return _by_family((each.family, f"{each.name}: {each.description}") for each in load().values())


def defects_json() -> str:
    """The defects for programs: a list of objects with name, family and description."""
    return json.dumps(
        [
            {"name": each.name, "family": each.family, "description": each.description}
            for each in load().values()
        ],
        ensure_ascii=False,
        indent=2,
    )


def main() -> None:
    """Run the command as a program of its own. Bad input ends it with one sentence and its exit code."""
    try:
        serve.main(prog_name="volcheck serve", standalone_mode=False)
    except VolcheckError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(2) from None
    except click.Abort:
        raise SystemExit(130) from None
