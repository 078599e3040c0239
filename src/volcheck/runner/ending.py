"""The last of a run: its reports, also where it broke down on the way, or never began."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from volcheck import __version__
from volcheck.contract import load_contract
from volcheck.contract.overlay import BASE_EDITION
from volcheck.errors import UsageError, VolcheckError
from volcheck.fixtures.run import Run
from volcheck.gateway.breakdowns import Breakdown, Breakdowns
from volcheck.report.har import read_exchanges
from volcheck.report.write import write_reports
from volcheck.results.model import FORMAT, Cleanup, Result, Text
from volcheck.results.verdict import count, errors_of, verdict
from volcheck.runner.assemble import contract_hash

#: The contract could not be read, so that nobody can say which it is.
_NO_HASH = "0" * 64
_USER = re.compile(r"(?<=//)[^/@]*@")


def said(breakdown: Breakdown) -> Text:
    """A breakdown as results have it."""
    return {"en": breakdown.english, "ko": breakdown.korean}


def broke_down_in(run: Run) -> list[Text]:
    """What of our own work could not be done in a run: errors, the recording, the ledger."""
    found = run.gateway.breakdowns
    if (reason := run.recorder.stopped) is not None:
        found.trouble(
            f"{run.recorder.path}: the recording of exchanges stopped after {run.recorder.count} of them ({reason}).",
            f"{run.recorder.path}: 요청과 응답의 기록이 {run.recorder.count}개 뒤에 멈췄습니다({reason}).",
        )
    if (reason := run.gateway.ledger.unwritable) is not None:
        found.trouble(
            f"The ledger of the run could not be written any more ({reason}), so nothing more was made.",
            f"실행의 장부를 더 쓸 수 없어({reason}) 더는 아무것도 만들지 않았습니다.",
        )
    return [said(breakdown) for breakdown in found.all()]


def outage_in(run: Run) -> Text | None:
    """What the endpoint did that kept tests of a run from being played, in a sentence; None where nothing did.

    To be asked before the run cleans up, as that begins with a new attempt at everything.
    """
    if run.gateway.went_quiet:
        return {
            "en": "the endpoint stopped answering before the run was done.",
            "ko": "실행이 끝나기 전에 엔드포인트가 응답을 멈췄습니다.",
        }
    if run.gateway.busy.ever_lasted:
        return {
            "en": "the endpoint answered that it is busy for longer than a run bears with.",
            "ko": "엔드포인트가 실행이 기다려 주는 시간보다 오래 바쁘다고 응답했습니다.",
        }
    if run.breaker.ever_tripped:
        return {
            "en": "the endpoint failed at one kind of work again and again, so that it was not asked for more of it.",
            "ko": "엔드포인트가 같은 작업에 잇따라 실패하여 더 요청하지 않았습니다.",
        }
    return None


def with_breakdowns(result: Result, breakdowns: Sequence[Text]) -> Result:
    """The result with what broke down since it was made, and the verdict that follows."""
    new = [text for text in breakdowns if text not in result["run"].get("breakdowns", ())]
    if not new:
        return result
    run = {**result["run"], "breakdowns": [*result["run"].get("breakdowns", ()), *new]}
    changed: Result = {
        **result,
        "run": run,  # type: ignore[typeddict-item]  # it has one item more
        "problems": [*result["problems"], *(text["en"] for text in new)],
    }
    changed["verdict"] = verdict(
        changed["requirements"],
        changed["operations"],
        changed["run"],
        changed["cleanup"]["leftovers"],
        changed.get("waiver_problems", ()),
        errors_of(changed["tests"]),
    )
    return changed


def report(
    result: Result, folder: Path, streams: Sequence[Path], language: str, breakdowns: Breakdowns
) -> tuple[Result, list[Path]]:
    """Write the reports, whatever of them can be written, and remove the recordings that they were made of.

    streams: the recordings. Answers the result and the paths. What could not be written is taken down in `breakdowns` and
    makes the result, which is then written once more, inconclusive.
    """
    no_room: list[Path] = []

    def failed(path: Path, error: Exception) -> None:
        cause = error.__cause__ if isinstance(error, UsageError) else error
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            no_room.append(path)
        if isinstance(error, VolcheckError | OSError):
            breakdowns.trouble(
                f"The report {path.name} could not be written: {error}",
                f"보고서 {path.name}을(를) 쓸 수 없습니다: {error}",
            )
        else:
            breakdowns.error(error)

    written = write_reports(result, folder, read_exchanges(streams), language, failed=failed)
    # On a full disk the recordings give way to the reports.
    for stream in streams:
        try:
            stream.unlink(missing_ok=True)
        except OSError as error:
            breakdowns.trouble(
                f"{stream}: the recording could not be removed ({error.strerror}).",
                f"{stream}: 기록을 지울 수 없습니다({error.strerror}).",
            )
    told = with_breakdowns(result, [said(breakdown) for breakdown in breakdowns.all()])
    if told is not result:
        if no_room:
            (folder / "traffic.har").unlink(missing_ok=True)
        again = write_reports(told, folder, None, language, failed=failed)
        written = [path for path in written if path.name == "traffic.har" and path.exists()]
        written = [*again, *written]
        told = with_breakdowns(told, [said(breakdown) for breakdown in breakdowns.all()])
    return told, written


# -- a run that could not begin, or that has no result of its own -------------------------------------------------


def report_unbegun(folder: Path, options: Any, error: VolcheckError, redact: Any) -> None:
    """Write the reports of a run that could not begin: they say so, and why. Raises nothing where they can't be written.

    options: the run's options, as attributes. redact: takes secrets out of a text.
    """
    sentence = redact(str(error))
    reason: Text = {
        "en": f"the run could not begin: {sentence}",
        "ko": f"실행을 시작하지 못했습니다: {sentence}",
    }
    result = bare_result(options, reason, redact=redact)
    result["verdict"]["exit_code"] = error.exit_code
    # The sentence itself is on its way to the console; where reports can't be written there is nothing to add to it.
    write_reports(result, folder, None, getattr(options, "language", "en"), failed=lambda path, error: None)


def bare_result(
    options: Any,
    stopped: Text,
    *,
    redact: Any,
    run_id: str = "",
    cleanup: Cleanup | None = None,
    problems: Sequence[str] = (),
    exchanges: int = 0,
) -> Result:
    """A result that says why there is no other: no requirement was judged.

    options: the run's options or settings, as attributes, of which any may be missing. stopped: why, as a clause.
    """

    def given(*names: str, default: Any) -> Any:
        return next((value for name in names if (value := getattr(options, name, None)) is not None), default)

    named = given("endpoint", "base_url", "cloud", default="")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    edition = given("edition", default=BASE_EDITION)
    version, digest = _contract(edition)
    result: Result = {
        "format": FORMAT,
        "tool": {"name": "volcheck", "version": __version__},
        "contract": {"version": version, "edition": edition, "sha256": digest},
        "run": {
            "id": run_id or time.strftime("%y%m%d%H%M%S", time.gmtime()),
            "started": now,
            "finished": now,
            "duration": 0.0,
            "profile": given("profile", default="default"),
            "seed": given("seed", default=1),
            "strict": bool(given("strict", "strict_requirements", default=False)),
            "read_only": bool(given("read_only", default=False)),
            "concurrency": given("concurrency", default=8),
            "selection": list(given("selection", "only", default=())),
            "interrupted": False,
            "first_failure": None,
            "stopped": stopped,
        },
        "endpoint": {
            "name": given("name", "endpoint_name", default=""),
            "url": redact(_USER.sub("", given("base_url", "endpoint", default=""))),
            "project_id": given("project_id", default=""),
            "embedded": None if named else list(given("reference_option", "reference_options", default=())),
            "cloud": given("cloud", default=None),
            "capabilities": {},
        },
        "verdict": {"name": "inconclusive", "sentence": stopped, "exit_code": 3},
        "counts": count(()),
        "operations": [],
        "requirements": [],
        "tests": [],
        "errata": [],
        "transitions": [],
        "observations": {"traits": {}, "timings": {}},
        "undocumented": [],
        "cleanup": cleanup or {"created": 0, "removed": 0, "leftovers": [], "problems": []},
        "trace": [],
        "problems": list(problems),
        "exchanges": exchanges,
    }
    result["verdict"] = verdict((), (), result["run"], result["cleanup"]["leftovers"])
    return result


def _contract(edition: str) -> tuple[str, str]:
    try:
        contract = load_contract(edition=edition)
    except VolcheckError:
        return "", _NO_HASH
    return str(contract.document["info"]["version"]), contract_hash(contract)
