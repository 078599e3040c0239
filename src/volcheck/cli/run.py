"""`volcheck run`: the suites against an endpoint, with fewer words than pytest needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from volcheck.cli.options import endpoints_options, profile_option, seed_option
from volcheck.contract.overlay import BASE_EDITION
from volcheck.endpoint.resolve import Wanted, way_of
from volcheck.errors import UsageError, VolcheckError
from volcheck.results.folder import WITHIN, Folder, named, take
from volcheck.runner.embedded import Embedded, options_for
from volcheck.runner.signals import held

#: Options that a campaign has an answer of its own to, and those that are for a single endpoint.
_OURS = ("cloud", "campaign", "dask", "github", "reports", "language")
_ONE_ENDPOINT = ("endpoint", "project_id", "other_project_id", "other_cloud", "endpoint_name")


@click.command(context_settings={"show_default": False})
@endpoints_options
@profile_option
@click.option("--read-only", is_flag=True, help="Send nothing but GET and HEAD.")
@click.option(
    "--strict", is_flag=True, help="Recommendations (should) fail the run too, and so do undocumented fields."
)
@seed_option
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=8,
    show_default=True,
    metavar="N",
    help="Requests that may be under way at once; 1 sends one after the other.",
)
@click.option(
    "--rate-limit",
    type=click.FloatRange(0.01),
    metavar="R",
    help="Requests a second at most, for endpoints that must not be hurried. [default: no limit]",
)
@click.option(
    "-n",
    "processes",
    hidden=True,
    metavar="N",
    help="Was: run in N processes.",
)
@click.option(
    "--only", multiple=True, metavar="WHAT", help="A requirement, family or operation; may be repeated."
)
@click.option(
    "--shard",
    metavar="N/OF",
    help="Play one part of the tests, such as 1/3, for CI jobs side by side; `volcheck merge` puts their results together. "
    "[default: all tests]",
)
@click.option(
    "--list",
    "list_only",
    is_flag=True,
    help="Print every requirement with its level, source and tests, and stop.",
)
@click.option(
    "--provocations",
    is_flag=True,
    help="With --list: print instead what is provoked of each operation, and what is not and why.",
)
@click.option(
    "--volume-size",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Smallest volume to make, GiB.",
)
@click.option(
    "--max-volumes",
    type=click.IntRange(1),
    help="How many volumes may exist at once. [default: 9, or up to 96 of an ample quota]",
)
@click.option(
    "--max-snapshots",
    type=click.IntRange(1),
    help="How many snapshots may exist at once. [default: 10, or more of an ample quota]",
)
@click.option(
    "--max-gigabytes",
    type=click.IntRange(1),
    help="How many GiB may exist at once. [default: by --max-volumes]",
)
@click.option(
    "--wait-timeout",
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help="Until a status must have come; and how long, up to 60, a busy endpoint is borne with. [default: 300]",
)
@click.option(
    "--deadline",
    type=click.FloatRange(0, min_open=True),
    metavar="MINUTES",
    help="End the tests after so many minutes, clean up and report. [default: never]",
)
@click.option(
    "--max-failures",
    type=click.IntRange(1),
    metavar="N",
    help="End the tests once so many requirements were seen broken that fail the run. [default: never]",
)
@click.option(
    "--attached-volume",
    metavar="ID",
    help="An in-use volume lent to the tests that need one. A DELETE is really sent for it, to see that it is refused: an "
    "endpoint that is broken there deletes it, so lend one that nobody would miss.",
)
@click.option("--image", metavar="ID", help="An image to make volumes from.")
@click.option(
    "--image-size", type=click.IntRange(1), metavar="GIB", help="What a volume from the image needs."
)
@click.option(
    "--language",
    type=click.Choice(["en", "ko"]),
    default="en",
    show_default=True,
    help="Language of reports and messages.",
)
@click.option(
    "--edition",
    default=BASE_EDITION,
    show_default=True,
    metavar="YEAR",
    help="The edition of the published document whose promise the endpoint is held to.",
)
@click.option("--openapi", metavar="FILE", help="An OpenAPI file to use instead of the contract's own.")
@click.option(
    "--reference-option",
    multiple=True,
    metavar="OPTION",
    help="An option for the embedded reference endpoint, as for `volcheck serve`; may be repeated.",
)
@click.option(
    "--waivers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Known failures that don't fail the run, each with a reason, a ticket and an expiry date.",
)
@click.option(
    "--campaign",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Test all endpoints that this YAML file names, side by side.",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="With --campaign or several --cloud: let the workers of the Dask scheduler there run them (extra `cluster`). Tokens "
    "and clouds are those of each worker. [default: this machine runs them]",
)
@click.option(
    "--github/--no-github",
    default=None,
    help="Print annotations and write the job summary for GitHub Actions. [default: where GITHUB_ACTIONS is set]",
)
@click.option("--debug", is_flag=True, help="Print pytest's own report of every test.")
@click.pass_context
def run(
    context: click.Context,
    /,
    list_only: bool,
    provocations: bool,
    processes: str | None,
    strict: bool,
    debug: bool,
    cloud: tuple[str, ...],
    campaign: Path | None,
    dask: str | None,
    github: bool | None,
    **options: Any,
) -> None:
    """Test an endpoint and write result.json, report.html, junit.xml, summary.md and traffic.har.

    The token is read from OS_TOKEN, as a command line can be read by every user of the machine.
    """
    from volcheck.report.github import on_github

    if processes is not None:
        raise UsageError(
            "-n is gone: a run sends requests at once by itself; --concurrency N says how many (8 unless asked otherwise). "
            "To share the tests out among CI jobs use --shard 1/3."
        )
    if github is None:
        github = on_github(os.environ)
    if (campaign is not None or len(cloud) > 1) and not list_only:
        sys.exit(_many(context, cloud, campaign, dask, github, options["language"]))
    if dask is not None and not list_only:
        raise UsageError("--dask is for several endpoints: name them with --campaign or several --cloud.")
    settings = SimpleNamespace(
        **{**options, "only": list(options["only"]), "reference_option": list(options["reference_option"])},
        cloud=cloud[0] if cloud else None,
        strict_requirements=strict,
    )
    if provocations and not list_only:
        raise UsageError("--provocations goes with --list: it prints a table, and sends nothing.")
    if provocations:
        from volcheck.runner.listing import list_provocations

        list_provocations(settings.edition, settings.volume_size)
        return
    if list_only:
        from volcheck.runner.start import list_requirements

        list_requirements(settings.only, settings.language, settings.edition)
        return
    # First of all, as loading the suites takes a while: whatever ends it meanwhile, no old result is left to be believed.
    folder = take(named(settings.reports), within=WITHIN)
    embedded = None
    try:
        with _told_in(folder, settings):
            if not way_of(Wanted(endpoint=settings.endpoint, cloud=settings.cloud), os.environ):
                # It gets ready while the suites are loaded, which takes as long.
                embedded = Embedded(options_for(settings.edition, settings.reference_option))
            from volcheck.runner.start import run_suites
        sys.exit(run_suites(settings, embedded=embedded, folder=folder, debug=debug, github=github))
    finally:
        if embedded is not None:
            embedded.close()


@contextmanager
def _told_in(folder: Folder, settings: SimpleNamespace) -> Iterator[None]:
    """Write the reports of a run that has not begun for an error or an interrupt in the block, and raise it again."""
    try:
        yield
    except (KeyboardInterrupt, VolcheckError) as error:
        # Imported here, as it takes a while; a second signal is not to cut it short.
        with held():
            from volcheck.runner.prepare import interrupted, refused

            if isinstance(error, VolcheckError):
                refused(folder, settings, error)
            else:
                interrupted(folder, settings)
        raise


def _many(
    context: click.Context,
    clouds: Sequence[str],
    campaign: Path | None,
    dask: str | None,
    github: bool,
    language: str,
) -> int:
    """Test several endpoints and answer the exit code of the worst."""
    from volcheck.report.console import say, say_what_was_taken_out
    from volcheck.report.github import muted, silence, workflow_commands, write_job_summary
    from volcheck.report.summary import summary
    from volcheck.report.text import in_language, visible
    from volcheck.runner.campaign import of_clouds, read_campaign, report_unbegun, run_campaign

    reports = named(context.params["reports"])
    try:
        if campaign is not None and clouds:
            raise UsageError("--campaign and --cloud both name endpoints: put all of them into the file.")
        targets = of_clouds(clouds) if campaign is None else read_campaign(campaign)
        given = _given(context)
        cluster = None
        if dask is not None:
            from volcheck.runner.cluster import connect

            cluster = connect(dask)
    except UsageError as error:
        report_unbegun(reports, error, language)
        raise
    mute, speak = muted()
    if github:
        say(mute)
    ended, code = run_campaign(targets, given, reports, lambda line: say(visible(line)), language, cluster)
    for one in ended:
        sentence = (
            one.sentence if one.result is None else in_language(one.result["verdict"]["sentence"], language)
        )
        say(visible(f"{one.target.name}: {sentence}"))
    say(f"reports: {reports / 'endpoints.html'}")
    if github:
        say(speak)
        overview = reports / "endpoints.md"
        texts = [overview.read_text(encoding="utf-8")] if overview.is_file() else []
        for one in ended:
            if one.result is None:
                say(silence(one.target.name, one.sentence))
                continue
            for line in workflow_commands(one.result, language):
                say(line)
            if one.code:
                texts.append(summary(one.result, language))
        write_job_summary(texts, os.environ)
    say_what_was_taken_out()
    return code


def _given(context: click.Context) -> list[str]:
    """The options of the command line that each run of a campaign gets, too. Raises UsageError where one can't."""
    words: list[str] = []
    for parameter in context.command.params:
        name = str(parameter.name)
        if context.get_parameter_source(name) is not click.core.ParameterSource.COMMANDLINE or name in _OURS:
            continue
        option = max(parameter.opts, key=len)
        if name in _ONE_ENDPOINT:
            raise UsageError(f"{option} names one endpoint: with several, say it in the campaign file.")
        value = context.params[name]
        if isinstance(parameter, click.Option) and parameter.is_flag:
            words.append(option)
            continue
        for item in value if isinstance(value, tuple) else (value,):
            words.append(f"{option}={item}")
    return words
