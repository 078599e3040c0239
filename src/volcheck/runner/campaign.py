"""Many endpoints at once: a run for each, in a process of its own, and one report over all.

A run of its own process can neither disturb nor outlast its neighbours, and needs no other machinery than a
single run has.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import attrs

from volcheck.contract.yamlfile import Kind, read_yaml
from volcheck.errors import UsageError, VolcheckError
from volcheck.gateway.process import UTF8
from volcheck.report.endpoints import endpoints_markdown, write_endpoints_html
from volcheck.report.text import one_line
from volcheck.results import sieve
from volcheck.results.files import read_result, validator, write_json, write_text
from volcheck.results.folder import MATRIX, taken
from volcheck.results.merge import EndpointMatrix, endpoint_matrix
from volcheck.results.model import Result
from volcheck.runner.signals import ENDING

_KIND = Kind("a campaign", UsageError)
#: So many runs at one time; each is a process of some hundred MiB.
_AT_ONCE = 8


@attrs.frozen
class Target:
    """One endpoint of a campaign. `name` is also the name of its folder of reports.

    Either `endpoint` and `project_id` are set, with the names of the environment variables that hold the
    tokens, or `cloud` is. options: further options of its own for `volcheck run`.
    """

    name: str
    endpoint: str | None = None
    project_id: str | None = None
    token: str = "OS_TOKEN"
    cloud: str | None = None
    other_project_id: str | None = None
    other_token: str | None = None
    other_cloud: str | None = None
    options: tuple[str, ...] = attrs.field(default=(), converter=tuple)

    def arguments(self) -> list[str]:
        """The options that name it on the command line."""
        words = ["--endpoint-name", self.name]
        for option in ("endpoint", "project_id", "cloud", "other_project_id", "other_cloud"):
            value = getattr(self, option)
            if value is not None:
                words += [f"--{option.replace('_', '-')}", value]
        return [*words, *self.options]

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of its run. Raises UsageError when a token is missing."""
        found = dict(environ)
        if self.endpoint is not None:
            # Whatever else names an endpoint is another one's.
            for variable in ("OS_CLOUD", "OS_AUTH_URL"):
                found.pop(variable, None)
            found["OS_TOKEN"] = self._token(environ, self.token)
        if self.other_token is not None:
            found["OS_OTHER_TOKEN"] = self._token(environ, self.other_token)
        return found

    def _token(self, environ: Mapping[str, str], variable: str) -> str:
        if not environ.get(variable):
            raise UsageError(f"The token of {self.name} is missing: set {variable} in the environment.")
        return environ[variable]


@attrs.frozen
class Ended:
    """How the run of one endpoint ended. `sentence` is the last thing it said where it gave no result."""

    target: Target
    code: int
    result: Result | None
    sentence: str


def read_campaign(path: Path) -> list[Target]:
    """The endpoints of a campaign file, held to `campaign.schema.json`.

    Raises UsageError with file and line: unreadable, not YAML, of another shape, a name twice.
    """
    file = read_yaml(path, _KIND)
    for fault in validator("campaign.schema.json").iter_errors(file.data):
        place = tuple(fault.instance_path)
        where = f"{'/'.join(map(str, place))}: " if place else ""
        raise file.error(place, f"{where}{fault.message[:300]}", "See campaign.schema.json for the fields.")
    targets = [Target(**entry) for entry in file.data["endpoints"]]
    for index, target in enumerate(targets):
        if any(target.name.casefold() == other.name.casefold() for other in targets[:index]):
            raise file.error(
                ("endpoints", index, "name"), f"the name {target.name} is taken already", "Give another."
            )
    return targets


def of_clouds(names: Sequence[str]) -> list[Target]:
    """A campaign over entries of clouds.yaml. Raises UsageError where one is named twice."""
    targets = [Target(re.sub(r"[^\w.-]", "_", name), cloud=name) for name in names]
    twice = next((t.name for i, t in enumerate(targets) if t.name in {o.name for o in targets[:i]}), None)
    if twice is not None:
        raise UsageError(f"--cloud {twice} is named twice: name each entry of clouds.yaml once.")
    return targets


def run_campaign(
    targets: Sequence[Target],
    options: Sequence[str],
    reports: Path,
    say: Callable[[str], None],
    lang: str = "en",
) -> tuple[list[Ended], int]:
    """Test all endpoints, each into its folder below `reports`, and write endpoints.html, .md and .json there.

    options: of `volcheck run`, for every endpoint. say: is given each line that a run prints. Answers how the
    runs ended, and the exit code: that of the worst, or 3 where a report could not be written. Raises UsageError before
    anything is started when a token is missing.
    """
    try:
        started = [(target, target.environment(os.environ)) for target in targets]
    except UsageError as error:
        report_unbegun(reports, error, lang)
        raise
    for _, environment in started:
        for variable in ("OS_TOKEN", "OS_OTHER_TOKEN"):
            sieve.current().redactor.add(environment.get(variable))
    with (
        taken(reports, supersede=MATRIX),
        _Children() as children,
        ThreadPoolExecutor(min(len(targets), _AT_ONCE)) as pool,
    ):
        runs = [
            pool.submit(_run, target, environment, options, reports / target.name, children, say, lang)
            for target, environment in started
        ]
        ended = [run.result() for run in runs]
        matrix = combined(ended)
        folders = [one.target.name for one in ended if one.result is not None]
        unwritten = _write(reports, matrix, lang, folders)
    for fault in unwritten:
        say(str(fault))
    return ended, matrix["exit_code"] or (3 if unwritten else 0)


def report_unbegun(reports: Path, error: VolcheckError, lang: str) -> None:
    """Let the reports of a campaign that can't begin say so, where they can be written and nobody else is at work there."""
    with suppress(UsageError), taken(reports, supersede=MATRIX):
        _write(reports, endpoint_matrix([], [("campaign", str(error), error.exit_code)]), lang, [])


def _write(reports: Path, matrix: EndpointMatrix, lang: str, folders: Sequence[str]) -> list[UsageError]:
    """Write the three reports over all; answers what could not be written."""
    makers: list[Callable[[], None]] = [
        lambda: write_json(reports / "endpoints.json", matrix),
        lambda: write_endpoints_html(reports / "endpoints.html", matrix, lang, folders),
        lambda: write_text(reports / "endpoints.md", endpoints_markdown(matrix, lang)),
    ]
    unwritten = []
    for make in makers:
        try:
            make()
        except UsageError as error:
            unwritten.append(error)
    return unwritten


def combined(ended: Sequence[Ended]) -> EndpointMatrix:
    """The matrix of requirements by endpoint, with the endpoints that gave no result."""
    silent = [(one.target.name, one.sentence, one.code) for one in ended if one.result is None]
    return endpoint_matrix([one.result for one in ended if one.result is not None], silent)


class _Children:
    """The running processes. A signal that ends the campaign is passed on, and every run cleans up first."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []
        self._stopped = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Children:
        for number in ENDING:
            # What is ignored (`nohup`) stays ignored, here and in the runs.
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        # Pressed again it means there as here: leave the rest to `volcheck clean`.
        again = self._stopped and number in (signal.SIGINT, signal.SIGQUIT)
        self._stopped = True
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGINT if again else signal.SIGTERM)

    @contextmanager
    def child(self, words: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
        if self._stopped:
            raise VolcheckError("The campaign was interrupted before this endpoint's turn.")
        # A session of its own: an interrupt at the terminal reaches it once, from here.
        with subprocess.Popen(
            words,
            env={**environment, **UTF8},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            self._running.append(process)
            if self._stopped:
                # It came while this one was being started.
                process.send_signal(signal.SIGTERM)
            yield process


def _run(
    target: Target,
    environment: Mapping[str, str],
    options: Sequence[str],
    folder: Path,
    children: _Children,
    say: Callable[[str], None],
    lang: str,
) -> Ended:
    before = _which(folder)
    words = [
        sys.executable,
        # Modules that happen to lie in the user's folder are not ours.
        "-P",
        "-m",
        "volcheck",
        "run",
        "--no-github",
        "--reports",
        str(folder),
        "--language",
        lang,
    ]
    last = ""
    try:
        with children.child([*words, *options, *target.arguments()], environment) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip():
                    last = line
                    say(f"{target.name} | {line.rstrip()}")
    except VolcheckError as error:
        return _without_result(target, folder, before, error.exit_code, str(error))
    code = process.returncode
    if _which(folder) in (before, None):
        # Killed, or refused before it had its folder.
        sentence = (
            one_line(sieve.current().console(last).removeprefix("volcheck: "), 500)
            or f"it ended with code {code}"
        )
        return _without_result(target, folder, before, code, sentence)
    result = read_result(folder)
    if not result["requirements"]:
        return Ended(target, code, None, result["verdict"]["sentence"]["en"])
    return Ended(target, code, result, "")


def _which(folder: Path) -> tuple[int, int] | None:
    """What tells one result in a folder from another; None where there is none."""
    try:
        stat = (folder / "result.json").stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def _without_result(
    target: Target, folder: Path, before: tuple[int, int] | None, code: int, sentence: str
) -> Ended:
    """How a run ended that wrote no result: an older one does not stay in its place, unless another run is at work there."""
    if before is not None:
        with suppress(UsageError), taken(folder):
            pass
    return Ended(target, code, None, sentence)
