"""What `volcheck run` shows while it runs: a progress bar on a terminal, plain lines elsewhere; the verdict at the end."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from volcheck.errors import VolcheckError
from volcheck.fixtures.settings import Settings
from volcheck.report.console import say_what_was_taken_out
from volcheck.report.terminal import print_result
from volcheck.report.text import one_line
from volcheck.results.model import Result
from volcheck.results.sieve import current


class Display:
    """A pytest plugin that follows the tests. `result` is the run's, `refusal` or `problem` says why there is none."""

    def __init__(self, console: Console, settings: Settings, *, quiet: bool = False) -> None:
        self.result: Result | None = None
        self.refusal: VolcheckError | None = None
        self.problem: str | None = None
        self._console = console
        self._settings = settings
        self._quiet = quiet
        self._outcomes: Counter[str] = Counter()
        self._total = 0
        self._progress: Progress | None = None
        self._task: Any = None
        self._written: Any = ()
        self._last_line = time.monotonic()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Say where the run goes."""
        if self._quiet:
            return
        settings = self._settings
        name = f"{settings.name} " if settings.name else ""
        self._say(
            f"volcheck: {name}{settings.base_url}, project {settings.project_id}, "
            f"profile {settings.profile}, seed {settings.seed}"
        )
        if self._console.is_terminal:
            self._progress = Progress(
                TextColumn("[progress.description]{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._task = self._progress.add_task("tests", total=None)
            self._progress.start()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many tests there are."""
        self._set_total(len(session.items))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the reason when a suite can't be read."""
        if report.failed and self.problem is None:
            lines = str(report.longrepr).strip().splitlines()
            self.problem = (
                f"The suite {report.nodeid} could not be read: {one_line(lines[-1] if lines else '')}"
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test, and say at once when it failed."""
        record = getattr(report, "volcheck", None)
        if record is None:
            return
        self._outcomes[record["outcome"]] += 1
        if self._quiet:
            return
        if report.failed:
            first = str(report.longrepr).splitlines()[0]
            self._say(
                f"{'ERROR' if record['outcome'] == 'error' else 'FAILED'} {record['id']}: {one_line(first, 300)}"
            )
        done = sum(self._outcomes.values())
        if self._progress is not None:
            self._progress.update(self._task, completed=done)
        elif time.monotonic() - self._last_line > 10:
            self._last_line = time.monotonic()
            self._say(f"{done} of {self._total} tests done")

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Say why it isn't over at once."""
        self._say("Interrupted: removing what the run made. Ctrl-C again leaves it to `volcheck clean`.")

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Take the result from the plugin."""
        session = config.pluginmanager.get_plugin("volcheck-session")
        if session is not None:
            self.result = session.result
            self.refusal = session.refusal
            self.problem = self.problem or next(iter(session.problems), None)
            self._written = session.written

    def finish(self) -> None:
        """Stop the progress bar and print the result."""
        if self._progress is not None:
            self._progress.stop()
        if self.result is not None:
            print_result(self.result, self._console, self._written, self._settings.language)
        say_what_was_taken_out()

    def _set_total(self, total: int) -> None:
        self._total = total
        if self._progress is not None:
            self._progress.update(self._task, total=total)

    def _say(self, text: str) -> None:
        console = self._progress.console if self._progress is not None else self._console
        console.print(current().console(text), markup=False)
