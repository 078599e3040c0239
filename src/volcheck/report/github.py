"""What GitHub Actions shows of a run: annotations at the top of the job, and its summary page."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from volcheck.errors import UsageError
from volcheck.report.failures import failed_requirements
from volcheck.report.text import in_language, one_line
from volcheck.report.words import word
from volcheck.results.model import Result
from volcheck.results.sieve import current

#: The service shows ten annotations of a kind per step and drops the rest.
_AT_MOST = 10
#: It refuses a job summary of more than a mebibyte.
_SUMMARY_BYTES = 1024 * 1024
_COMMANDS = {"failed": "error", "warning": "warning", "waived": "notice"}


def on_github(environ: Mapping[str, str]) -> bool:
    """Whether this process runs in a job of GitHub Actions."""
    return environ.get("GITHUB_ACTIONS") == "true"


def muted() -> tuple[str, str]:
    """Two lines to print: between them the service takes nothing for a command, whatever an endpoint sent."""
    token = secrets.token_hex(16)
    return f"::stop-commands::{token}", f"::{token}::"


def workflow_commands(result: Result, lang: str = "en") -> Iterator[str]:
    """One workflow command a line: broken requirements as errors, warnings and notices; waivers, problems.

    Of each kind, so many as the service shows; the summary has all.
    """
    name = result["endpoint"]["name"] or result["endpoint"]["url"]
    told = dict.fromkeys(_COMMANDS.values(), 0)
    for failed in failed_requirements(result):
        record, command = failed.record, _COMMANDS[failed.kind]
        told[command] += 1
        if told[command] > _AT_MOST:
            continue
        title = f"{name}: {record['id']} ({word(record['level'], lang)})"
        waiver = record.get("waiver")
        lines = [in_language(record["statement"], lang)]
        if waiver is not None:
            lines.append(word("waiver", lang, **{k: waiver[k] for k in ("reason", "ticket", "expires")}))
        for failure in record["failures"][:1]:
            lines.append(failure["message"])
            for key, text in (("expected", failure["expected"]), ("got", failure["got"])):
                if text:
                    lines.append(f"{word(key, lang)}: {text}")
        yield _command(command, title, "\n".join(one_line(line, 500) for line in lines))
    for problem in result.get("waiver_problems", [])[:_AT_MOST]:
        yield _command("error", f"{name}: {word('waivers', lang)}", one_line(problem, 1000))
    if result["verdict"]["exit_code"] == 3:
        sentence = in_language(result["verdict"]["sentence"], lang)
        yield _command("error", f"{name}: {word('inconclusive', lang)}", one_line(sentence, 1000))


def silence(name: str, sentence: str) -> str:
    """The command that tells of an endpoint which gave no result."""
    return _command("error", f"{name}: no result", one_line(sentence, 1000))


def write_job_summary(texts: Sequence[str], environ: Mapping[str, str]) -> None:
    """Append Markdown to the summary of the job, as far as there is room; nothing where the job has none.

    Raises UsageError when it can't be written.
    """
    target = environ.get("GITHUB_STEP_SUMMARY")
    if not target:
        return
    path = Path(target)
    try:
        room = _SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
        whole = current().data("\n".join(texts).encode("utf-8", "backslashreplace"), "the job's summary")
        if len(whole) > room:
            whole = whole[: max(0, room - 100)].decode(errors="ignore").rpartition("\n")[0].encode()
        with path.open("ab") as out:
            out.write(whole + b"\n")
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise UsageError(f"{path}: can't be written ({reason}); check GITHUB_STEP_SUMMARY.") from error


def _command(command: str, title: str, message: str) -> str:
    shown = one_line(title, 200)
    for character, code in (("%", "%25"), (":", "%3A"), (",", "%2C")):
        shown = shown.replace(character, code)
    return f"::{command} title={shown}::{message.replace('%', '%25').replace(chr(10), '%0A')}"
