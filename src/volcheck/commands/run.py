"""`volcheck run`: the suites against an endpoint, with fewer words than pytest needs."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import click

from volcheck.commands.options import endpoint_options


@click.command(context_settings={"show_default": False})
@endpoint_options
@click.option(
    "--profile",
    type=click.Choice(["smoke", "default", "deep"]),
    default="default",
    show_default=True,
    help="How much to test.",
)
@click.option("--read-only", is_flag=True, help="Send nothing but GET and HEAD.")
@click.option(
    "--strict", is_flag=True, help="Recommendations (should) fail the run too, and so do undocumented fields."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of all generated requests.")
@click.option(
    "-n",
    "--workers",
    "workers",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Run in N processes. [default: in this one]",
)
@click.option(
    "--only", multiple=True, metavar="WHAT", help="A requirement, family or operation; may be repeated."
)
@click.option(
    "--list",
    "list_only",
    is_flag=True,
    help="Print every requirement with its level, source and tests, and stop.",
)
@click.option(
    "--volume-size",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Smallest volume to make, GiB.",
)
@click.option(
    "--max-volumes", type=click.IntRange(1), help="How many volumes may exist at once. [default: 24]"
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
    help="Until a status must have come. [default: 300]",
)
@click.option("--attached-volume", metavar="ID", help="An in-use volume lent to the tests that need one.")
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
@click.option("--openapi", metavar="FILE", help="An OpenAPI file to use instead of the contract's own.")
@click.option(
    "--reference-option",
    multiple=True,
    metavar="OPTION",
    help="An option for the embedded reference endpoint, as for `volcheck serve`; may be repeated.",
)
@click.option("--debug", is_flag=True, help="Print pytest's own report of every test.")
def run(list_only: bool, workers: int, strict: bool, debug: bool, **options: Any) -> None:
    """Test an endpoint and write result.json, report.html, junit.xml, summary.md and traffic.har.

    The token is read from OS_TOKEN, as a command line can be read by every user of the machine.
    """
    from volcheck.runner import list_requirements, run_suites

    settings = SimpleNamespace(
        **{**options, "only": list(options["only"]), "reference_option": list(options["reference_option"])},
        strict_requirements=strict,
        numprocesses=workers or None,
    )
    if list_only:
        list_requirements(settings.only, settings.language)
        return
    sys.exit(run_suites(settings, debug=debug))
