"""Runs pytest on the suites for `volcheck run`: same plugin, own settings, own display."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from volcheck.errors import BrokeDown, VolcheckError
from volcheck.report.console import say, say_what_was_taken_out
from volcheck.report.github import muted, workflow_commands, write_job_summary
from volcheck.report.summary import summary
from volcheck.results.folder import Folder
from volcheck.results.model import Result
from volcheck.runner.display import Display
from volcheck.runner.embedded import ReferenceProcess
from volcheck.runner.prepare import Prepared, begin, broke_down, refused
from volcheck.runner.selection import check_patterns, requirement_of, selected
from volcheck.runner.session import CONTINUOUS
from volcheck.runner.signals import came, interrupt_on_signals, stop_listening
from volcheck.runner.suites import suites_directory


class Interrupted(VolcheckError):
    """The run was ended before it began. Exit 3."""

    exit_code = 3


class Handover:
    """Gives the plugin the run that was prepared before pytest started."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Put it where the plugin's session looks."""
        config.volcheck_prepared = self._prepared  # type: ignore[attr-defined]
        # Tracebacks are not shown (see `Display`), and formatting one for each blocked test takes long.
        config.option.tbstyle = getattr(config.option, "tbstyle", "no")


def run_suites(
    options: Any,
    *,
    embedded: ReferenceProcess | None = None,
    folder: Folder | None = None,
    debug: bool = False,
    console: Console | None = None,
    github: bool = False,
) -> int:
    """Run the suites against the endpoint that `options` name, and return the exit code of the verdict.

    options: an object with the attributes of `volcheck run`'s options. embedded: a reference endpoint that was started for
    it; without one, and without an endpoint in the options, one is started. folder: its reports' folder, where it is taken
    already. github: also print what GitHub Actions turns into annotations, and write the summary of the job.
    Raises VolcheckError where the run can't begin.
    """
    interrupt_on_signals()
    try:
        prepared = begin(options, embedded=embedded, folder=folder)
    except KeyboardInterrupt:
        raise _early() from None
    display = Display(console or Console(highlight=False, soft_wrap=True), prepared.settings, quiet=debug)
    mute, speak = muted()
    if github:
        sys.stdout.write(f"{mute}\n")
    result = _play(options, prepared, display, debug=debug)
    display.finish()
    if github:
        sys.stdout.write(f"{speak}\n")
        language = prepared.settings.language
        for line in workflow_commands(result, language):
            say(line)
        write_job_summary([summary(result, language)], os.environ)
        say_what_was_taken_out()
    return result["verdict"]["exit_code"]


def _play(options: Any, prepared: Prepared, display: Display, *, debug: bool) -> Result:
    """Let pytest play the suites; answers their result. Where there is none the reports say why, and it is raised."""
    arguments = [*base_arguments(), "--reports", options.reports]
    for pattern in options.only:
        arguments += ["--only", pattern]
    arguments += ["-v"] if debug else ["-p", "no:terminal"]
    assert prepared.folder is not None
    code: int = pytest.ExitCode.INTERRUPTED
    try:
        try:
            code = pytest.main(arguments, plugins=[Handover(prepared), display])
        except KeyboardInterrupt:
            # It came before the session, or again at its very end.
            if display.result is None:
                raise _early() from None
        stop_listening()
        if display.refusal is not None:
            raise display.refusal
        if display.result is None:
            if came():
                raise _early()
            raise BrokeDown(
                f"The run gave no result (pytest ended with {int(code)}): {display.problem or 'nothing says why'}. "
                "This is an error of volcheck: please report it."
            )
    except VolcheckError as error:
        refused(prepared.folder, options, error)
        raise
    except Exception as error:
        refusal = broke_down(error)
        refused(prepared.folder, options, refusal)
        raise refusal from error
    finally:
        prepared.folder.release()
    return display.result


def _early() -> Interrupted:
    return Interrupted(f"Interrupted ({came() or 'SIGINT'}) before the run had begun: nothing was made.")


def base_arguments() -> list[str]:
    """What pytest is always given: the suites, the plugin, our settings and no one else's."""
    root = suites_directory()
    return [
        str(root),
        "-c",
        str(Path(__file__).with_name("suites.ini")),
        "--rootdir",
        str(root.parent),
        "--noconftest",
        # Of the plugins that happen to be installed none is loaded but those that are named.
        "--disable-plugin-autoload",
        "-p",
        "volcheck.runner.plugin",
        # It collects garbage five times over at its end, to find exceptions in destructors; suites have none.
        *_without("unraisableexception"),
        # Plugins that hook into every test and give nothing that the suites use.
        *_without("threadexception", "unittest", "setupplan", "setuponly", "tmpdir", "warnings"),
    ]


def _without(*plugins: str) -> list[str]:
    return [word for plugin in plugins for word in ("-p", f"no:{plugin}")]


def list_requirements(patterns: list[str], language: str, edition: str) -> None:
    """Print every requirement of an edition with its level, source and tests. Needs no endpoint."""
    from volcheck.contract import load_contract

    contract = load_contract(edition=edition)
    check_patterns(patterns, contract)
    collected = Collected()
    code = pytest.main(
        [
            *base_arguments(),
            "--collect-only",
            "--list-requirements",
            "--profile",
            "deep",
            "-p",
            "no:terminal",
        ],
        plugins=[collected],
    )
    if code != pytest.ExitCode.OK:
        raise VolcheckError(
            "The suites could not be collected: run `pytest --collect-only` on them to see why."
        )
    for requirement in contract.requirements.values():
        if not selected(requirement.id, patterns, contract):
            continue
        tests = collected.tests[requirement.id]
        if requirement.id in CONTINUOUS:
            tests = ["every exchange", *tests]
        sys.stdout.write(f"{requirement.id}  ({requirement.level}, {requirement.source})\n")
        sys.stdout.write(f"    {requirement.statement(language)}\n")
        for test in dict.fromkeys(test.split("[")[0] for test in tests):
            number = sum(1 for other in tests if other.split("[")[0] == test)
            sys.stdout.write(f"    · {test}{f' ×{number}' if number > 1 else ''}\n")


class Collected:
    """Remembers which tests name which requirement."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = defaultdict(list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take down the tests of each requirement."""
        for item in session.items:
            self.tests[requirement_of(item) or ""].append(item.nodeid)
