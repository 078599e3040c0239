"""The one place where lines go to the console, but for the progress bar and colours of `report.terminal`."""

from __future__ import annotations

import click

from volcheck.results.sieve import current


def say(text: str, *, err: bool = False) -> None:
    """Print a line on standard output or standard error, without secrets; what is no character is escaped."""
    click.echo(current().console(text).encode("utf-8", "backslashreplace").decode(), err=err)


def say_what_was_taken_out() -> None:
    """Say on standard error whether secrets had to be taken out at the last moment, and of what."""
    remark = current().remark()
    if remark is not None:
        click.echo(f"volcheck: {remark}", err=True)
