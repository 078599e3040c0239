"""Many endpoints at once: a run for each, and one report over all.

The runs are calls (see `runner.call`), performed by threads here, or by the workers of a Dask cluster.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import attrs

from volcheck.contract.yamlfile import Kind, read_yaml
from volcheck.errors import UsageError, VolcheckError
from volcheck.report.endpoints import endpoints_markdown, write_endpoints_html
from volcheck.report.text import one_line
from volcheck.results import sieve
from volcheck.results.files import read_result, validator, write_json, write_text
from volcheck.results.folder import MATRIX, REPORTS, taken
from volcheck.results.merge import EndpointMatrix, endpoint_matrix
from volcheck.results.model import Result
from volcheck.runner.call import Answer, Call, perform
from volcheck.runner.cluster import Cluster
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

    @property
    def variables(self) -> dict[str, str]:
        """The variables of its run, each with the name of that which has the value."""
        found = {}
        if self.endpoint is not None:
            found["OS_TOKEN"] = self.token
        if self.other_token is not None:
            found["OS_OTHER_TOKEN"] = self.other_token
        return found

    def call(self, options: Sequence[str], reports: str, lang: str) -> Call:
        """Its run as a task. options: of `volcheck run`. reports: the folder, as the run is to be told of it."""
        words = ["run", "--no-github", "--reports", reports, "--language", lang, *options, *self.arguments()]
        return Call(
            name=self.name,
            words=tuple(words),
            variables=self.variables,
            # Whatever else names an endpoint is another one's.
            without=("OS_CLOUD", "OS_AUTH_URL") if self.endpoint is not None else (),
            outputs=REPORTS,
        )


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
    cluster: Cluster | None = None,
) -> tuple[list[Ended], int]:
    """Test all endpoints, each into its folder below `reports`, and write endpoints.html, .md and .json there.

    options: of `volcheck run`, for every endpoint. say: is given each line that a run prints. cluster: whose workers run
    them, with their own variables and clouds; without one they run here. Answers how the
    runs ended, and the exit code: that of the worst, or 3 where a report could not be written. Raises UsageError before
    anything is started when a token is missing here.
    """
    with taken(reports, supersede=MATRIX):
        if cluster is None:
            try:
                _know_tokens(targets)
            except UsageError as error:
                _write(reports, endpoint_matrix([], [("campaign", str(error), error.exit_code)]), lang, [])
                raise
            ended = _run_here(targets, options, reports, say, lang)
        else:
            ended = _run_there(cluster, targets, options, reports, say, lang)
        matrix = combined(ended)
        folders = [one.target.name for one in ended if one.result is not None]
        unwritten = _write(reports, matrix, lang, folders)
    for fault in unwritten:
        say(str(fault))
    return ended, matrix["exit_code"] or (3 if unwritten else 0)


def _know_tokens(targets: Sequence[Target]) -> None:
    """Let nothing that is written here hold a token of a run. Raises UsageError where one is missing."""
    for target in targets:
        environment = target.call((), "", "en").environment(os.environ)
        for variable in target.variables:
            sieve.current().redactor.add(environment[variable])


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


class _Stop:
    """Counts the signals that end the campaign; every run is told, and cleans up first."""

    def __init__(self) -> None:
        self.count = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Stop:
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
        again = self.count and number in (signal.SIGINT, signal.SIGQUIT)
        self.count = 2 if again else max(self.count, 1)


def _run_here(
    targets: Sequence[Target], options: Sequence[str], reports: Path, say: Callable[[str], None], lang: str
) -> list[Ended]:
    """The runs in processes of this machine, a few at a time."""

    def run(target: Target) -> Ended:
        folder = reports / target.name
        before = _which(folder)
        if stop.count:
            return _without_result(
                target, folder, before, 3, "The campaign was interrupted before this endpoint's turn."
            )
        answer = perform(
            target.call(options, str(folder), lang),
            folder=Path.cwd(),
            stopped=lambda: stop.count,
            say=lambda line: say(f"{target.name} | {line}"),
        )
        return _ended(target, folder, before, answer)

    with _Stop() as stop, ThreadPoolExecutor(min(len(targets), _AT_ONCE)) as pool:
        return list(pool.map(run, targets))


def _run_there(
    cluster: Cluster,
    targets: Sequence[Target],
    options: Sequence[str],
    reports: Path,
    say: Callable[[str], None],
    lang: str,
) -> list[Ended]:
    """The runs on the workers of a cluster; their reports come here."""
    by_name = {target.name: target for target in targets}
    calls = [target.call(options, ".", lang) for target in targets]
    ended: dict[str, Ended] = {}
    with _Stop() as stop:
        for call, answer in cluster.perform(calls, stopped=lambda: stop.count):
            target, folder = by_name[call.name], reports / call.name
            before = _which(folder)
            if "result.json" in answer.files:
                with taken(folder):
                    for name, text in answer.files.items():
                        write_text(folder / name, text)
            ended[call.name] = _ended(target, folder, before, answer)
            say(f"{call.name} | {answer.last}")
    return [ended[target.name] for target in targets]


def _ended(target: Target, folder: Path, before: tuple[int, int] | None, answer: Answer) -> Ended:
    """How the run of an endpoint ended. before: which result lay in its folder before it."""
    code = answer.code
    if _which(folder) in (before, None):
        # Killed, or refused before it had its folder.
        sentence = (
            one_line(sieve.current().console(answer.last).removeprefix("volcheck: "), 500)
            or f"it ended with code {code}"
        )
        return _without_result(target, folder, before, code, sentence)
    try:
        result = read_result(folder)
    except UsageError as error:
        # What one worker has written must not end the others.
        return Ended(target, code, None, str(error))
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
