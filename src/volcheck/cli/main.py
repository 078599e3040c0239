"""The command line: `volcheck run · serve · compare · merge · history · badge · qualify · document · clean`."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import NoReturn

import click

from volcheck import __version__
from volcheck.cli.surroundings import lost, settle
from volcheck.errors import BrokeDown, VolcheckError
from volcheck.runner.signals import (
    came,
    held,
    interrupt_on_signals,
    note_signals,
    raise_again,
    stop_listening,
)

#: Where each command lives; loaded only when it is used, as most need little.
_COMMANDS = {
    "run": ("volcheck.cli.run", "run", "Test an endpoint and write the reports."),
    "serve": (
        "volcheck.reference.command",
        "serve",
        "Serve the reference endpoint, honestly or with defects.",
    ),
    "compare": ("volcheck.cli.results", "compare", "Compare two results: what regressed, what drifted."),
    "merge": ("volcheck.cli.results", "merge", "Merge the results of separate jobs or endpoints."),
    "history": ("volcheck.cli.results", "history", "Render a folder of results as a trend page."),
    "badge": ("volcheck.cli.results", "badge", "Write a badge of a result, as JSON."),
    "qualify": (
        "volcheck.cli.qualify",
        "qualify",
        "Put the suites to the test: one run for each defect.",
    ),
    "document": (
        "volcheck.cli.document",
        "document",
        "Read, check, trace and render the published document.",
    ),
    "clean": ("volcheck.cli.clean", "clean", "Remove what a killed run has left behind."),
}


class _Commands(click.Group):
    """A group that imports a command when it is called, and knows its summary without that."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        with held():
            # What an import raises may be lost, or become an error of the module's own.
            command: click.Command = getattr(importlib.import_module(module), name)
        raise_again()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in _COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="volcheck")
def cli() -> None:
    """Hold an endpoint of the TOAST (NHN Cloud) Volume API against its contract.

    Exit codes: 0 conformant · 1 not conformant · 2 usage or configuration · 3 inconclusive.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code; whatever stops it early is one sentence on standard error."""
    try:
        interrupt_on_signals()
        ended = cli.main(arguments, prog_name="volcheck", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except VolcheckError as error:
        _say(str(error))
        _traceback(error, arguments)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _say(f"Interrupted ({came() or 'SIGINT'}) before it was done: start it again.")
        sys.exit(3)
    except Exception as error:  # noqa: BLE001 - nobody is to see a traceback who did not ask for it
        from volcheck.runner.prepare import broke_down

        _say(str(broke_down(error)))
        _traceback(error, arguments)
        sys.exit(BrokeDown.exit_code)
    sys.exit(ended if isinstance(ended, int) else 0)


def _say(sentence: str) -> None:
    # Imported here: most commands have nothing to say.
    from volcheck.report.console import say
    from volcheck.report.text import one_line
    from volcheck.results.sieve import current

    # Cut when secrets are out of it.
    say(f"volcheck: {one_line(current().console(sentence), 2000)}", err=True)


def _traceback(error: Exception, arguments: list[str] | None) -> None:
    """With --debug: what an error of volcheck's own came from."""
    if "--debug" not in (sys.argv if arguments is None else arguments):
        return
    cause = error.__cause__ if isinstance(error, BrokeDown) else error
    if cause is not None and not isinstance(cause, VolcheckError):
        from volcheck.report.console import say

        say("".join(traceback.format_exception(cause)), err=True)


def script() -> NoReturn:
    """What the command `volcheck` starts: `main`, on streams and signals that are safe to use. Never returns."""
    note_signals()
    settle()
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1 if end.code else 0
    except KeyboardInterrupt:
        # Again, while the first was being told of.
        code = 3
    stop_listening()
    sys.stdout.flush()
    for sentence in lost():
        click.echo(f"volcheck: {sentence}", err=True)
        code = code or 3
    sys.stderr.flush()
    # Not sys.exit: while Python shuts down it waits for threads, which may wait for an endpoint that was given up, and it
    # gives signals back to the system, so that a late Ctrl-C would take the exit code's place.
    os._exit(code)


if __name__ == "__main__":
    script()
