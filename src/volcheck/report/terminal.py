"""The end of a run on the terminal: verdict, failures, what is left, where the reports are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from volcheck.report.failures import FailedRequirement, failed_requirements
from volcheck.report.text import grouped, in_language, one_line, repeat_command, seconds, visible
from volcheck.report.words import word
from volcheck.results.model import Failure, Result
from volcheck.results.sieve import current

_STYLES = {
    "conformant": "bold green",
    "not conformant": "bold red",
    "inconclusive": "bold yellow",
    "failed": "bold red",
    "warning": "bold yellow",
    "waived": "bold blue",
}


def print_result(
    result: Result, console: Console, reports: Sequence[Path] = (), lang: str = "en", limit: int = 15
) -> None:
    """Print the result for people; colours only where `console` is a terminal.

    At most `limit` broken requirements are spelt out; the others are counted. No control character from the
    endpoint gets through.
    """
    verdict = result["verdict"]
    failed = failed_requirements(result)
    for requirement in failed[:limit]:
        _requirement(requirement, console, lang)
    if len(failed) > limit:
        print_line(console, word("more_in_report", lang, number=len(failed) - limit))
    for title, lines in (
        ("waivers", result.get("waiver_problems", [])),
        ("problems", grouped(result["problems"])),
        (
            "leftovers",
            [
                f"{left['resource']} {left['id']} ({left['name']}, {left['status']}): {left['advice']}"
                for left in result["cleanup"]["leftovers"]
            ],
        ),
        (
            "unproved",
            [
                f"{each['resource']} {each['id']} ({each['name']}, {each['status']}): {each['reason']}"
                for each in result["cleanup"].get("unproved", [])
            ],
        ),
    ):
        if lines:
            print_line(console, word(title, lang), "bold yellow")
            for text in lines[:limit]:
                print_line(console, f"  {one_line(text)}")
            if len(lines) > limit:
                print_line(console, "  " + word("more_in_report", lang, number=len(lines) - limit))
    print_line(console, "")
    print_line(console, _facts(result, lang), "dim")
    print_line(console, visible(in_language(verdict["sentence"], lang)), _STYLES[verdict["name"]])
    if reports:
        print_line(console, word("reports", lang) + ": " + " ".join(str(path) for path in reports))


def _requirement(failed: FailedRequirement, console: Console, lang: str) -> None:
    record = failed.record
    print_line(console, "")
    heading = Text(f"{word(failed.kind, lang).upper()} ", style=_STYLES[failed.kind])
    heading.append(visible(record["id"]), style="bold")
    heading.append(f" ({word(record['level'], lang)}, {word(record['source'], lang)})")
    _print(console, heading)
    print_line(console, f"  {one_line(record['statement']['ko' if lang == 'ko' else 'en'], 500)}")
    if failed.lines:
        print_line(console, f"  {word('document_line', lang)} {', '.join(map(str, failed.lines[:8]))}")
    waiver = record.get("waiver")
    if waiver is not None:
        print_line(
            console, f"  {word('waived', lang)}: {one_line(waiver['reason'])} {one_line(waiver['ticket'])}"
        )
    for failure in record["failures"][:3]:
        _failure(failure, console, lang)
    if len(record["failures"]) > 3:
        print_line(console, "  " + word("more_in_report", lang, number=len(record["failures"]) - 3))


def _failure(failure: Failure, console: Console, lang: str) -> None:
    times = f" (×{failure['count']})" if failure["count"] > 1 else ""
    print_line(console, f"  • {one_line(failure['message'])}{times}")
    for key, text in (("expected", failure["expected"]), ("got", failure["got"])):
        if text:
            print_line(console, f"    {word(key, lang)}: {one_line(text)}")
    exchange = failure["exchange"]
    if exchange is not None:
        print_line(console, f"    {one_line(exchange['curl'], 2000)}", "dim")


def _facts(result: Result, lang: str) -> str:
    outcomes = Counter(requirement["outcome"] for requirement in result["requirements"])
    parts = [
        f"{word(outcome, lang)} {outcomes[outcome]}"
        for outcome in ("passed", "failed", "waived", "inconclusive", "not applicable")
    ]
    parts.append(f"{word('exchanges', lang)} {result['exchanges']}")
    parts.append(seconds(result["run"]["duration"]))
    return ", ".join(parts) + "\n" + word("repeat", lang) + ": " + visible(repeat_command(result))


def print_line(console: Console, text: str, style: str = "") -> None:
    """Print a line that was made fit to be shown; what the console can't encode is escaped."""
    _print(console, Text(text, style=style))


def _print(console: Console, text: Text) -> None:
    encoding = console.encoding
    plain = current().console(text.plain)
    if text.plain != (fit := plain.encode(encoding, "backslashreplace").decode(encoding)):
        text = Text(fit, style=text.style)
    console.print(text, soft_wrap=True, highlight=False)
