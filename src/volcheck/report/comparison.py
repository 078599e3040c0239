"""A comparison of two results for people: on the terminal, as Markdown, and as a page, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from volcheck.report.page import write_page
from volcheck.report.summary import code, escape, fenced
from volcheck.report.terminal import print_line
from volcheck.report.text import in_language, one_line, seconds
from volcheck.report.words import word
from volcheck.results.comparison import Comparison, Drift, RequirementChange, Side
from volcheck.results.model import Text

_STYLES = {"regressed": "bold red", "breaking": "bold red", "fixed": "green", "risky": "yellow"}
_AT_MOST = 200


def change_word(change: str) -> str:
    """The key of the words for a change of a requirement: `inconclusive` alone would name an outcome."""
    return "became_inconclusive" if change == "inconclusive" else change


def headline(comparison: Comparison) -> Text:
    """The comparison in one sentence, in both languages."""
    return {"en": _headline(comparison, "en"), "ko": _headline(comparison, "ko")}


def print_comparison(comparison: Comparison, console: Console, lang: str = "en", limit: int = 40) -> None:
    """Print the comparison; at most `limit` lines of a kind. Nothing an endpoint sent moves the cursor."""
    for name, side in (("before", comparison["before"]), ("after", comparison["after"])):
        print_line(console, f"{word(name, lang)}: {_side(side)}")
    for remark in comparison["remarks"]:
        print_line(console, one_line(in_language(remark, lang), 600), "yellow")
    for change in comparison["requirements"][:limit]:
        print_line(console, "")
        print_line(
            console,
            f"{word(change_word(change['change']), lang)}: {one_line(change['id'])} "
            f"({word(change['level'], lang)}) {_step(change, lang)}",
            _STYLES.get(change["change"], ""),
        )
        print_line(console, f"  {one_line(in_language(change['statement'], lang), 500)}")
        failure = change["failure"]
        if failure is not None:
            print_line(console, f"  {one_line(failure['message'])}")
            for key, text in (("expected", failure["expected"]), ("got", failure["got"])):
                if text:
                    print_line(console, f"    {word(key, lang)}: {one_line(text)}")
    _more(console, len(comparison["requirements"]) - limit, lang)
    if comparison["observations"]:
        print_line(console, "")
        print_line(console, word("observation_changes", lang), "bold")
    for drift in comparison["observations"][:limit]:
        print_line(console, f"  {_drift(drift, lang)}", _STYLES.get(drift["severity"], ""))
    _more(console, len(comparison["observations"]) - limit, lang)
    if comparison["timings"]:
        print_line(console, "")
        print_line(console, word("timing_changes", lang), "bold")
        for timing in comparison["timings"][:limit]:
            print_line(
                console,
                f"  {one_line(timing['name'])}: {seconds(timing['before']['p50'])} → "
                f"{seconds(timing['after']['p50'])} (×{timing['factor']:.2f})",
            )
        print_line(console, f"  {in_language(comparison['timing_rule'], lang)}", "dim")
    print_line(console, "")
    print_line(console, _headline(comparison, lang), "bold red" if _regressed(comparison) else "bold green")


def comparison_markdown(comparison: Comparison, lang: str = "en") -> str:
    """The comparison as Markdown, to be pasted into a ticket or a job summary."""
    return "\n".join(_markdown(comparison, lang)) + "\n"


def write_comparison_html(path: Path, comparison: Comparison, lang: str = "en") -> None:
    """Write the comparison as one self-contained page. Raises UsageError when it can't be written."""
    write_page(
        path,
        "comparison.html.j2",
        lang,
        {
            "comparison": comparison,
            "headline": headline(comparison),
            "regressed": _regressed(comparison),
            "change_word": change_word,
        },
    )


def _markdown(comparison: Comparison, lang: str) -> Iterator[str]:
    mark = "❌" if _regressed(comparison) else "✅"
    yield f"# {mark} {escape(_headline(comparison, lang), 1000)}"
    yield ""
    for name, side in (("before", comparison["before"]), ("after", comparison["after"])):
        yield f"- {word(name, lang)}: {escape(_side(side), 600)}"
    for remark in comparison["remarks"]:
        yield f"- ⚠️ {escape(in_language(remark, lang), 600)}"
    if comparison["requirements"]:
        yield from ("", f"## {word('requirement_changes', lang)}")
    for change in comparison["requirements"][:_AT_MOST]:
        yield ""
        yield (
            f"- **{word(change_word(change['change']), lang)}** {code(change['id'])} "
            f"({word(change['level'], lang)}) {_step(change, lang)}: "
            f"{escape(in_language(change['statement'], lang), 600)}"
        )
        failure = change["failure"]
        if failure is not None:
            yield f"  - {escape(failure['message'], 500)}"
            for key, text in (("expected", failure["expected"]), ("got", failure["got"])):
                if text:
                    yield f"  - {word(key, lang)}: {code(text)}"
            if failure["exchange"] is not None:
                yield ""
                yield from (f"  {line}" for line in fenced(failure["exchange"]["curl"], "sh"))
    more = len(comparison["requirements"]) - _AT_MOST
    if more > 0:
        yield from ("", word("more_in_report", lang, number=more))
    if comparison["observations"]:
        yield from ("", f"## {word('observation_changes', lang)}", "")
        yield from (
            f"- {escape(_drift(drift, lang), 600)}" for drift in comparison["observations"][:_AT_MOST]
        )
        more = len(comparison["observations"]) - _AT_MOST
        if more > 0:
            yield f"- {word('more_in_report', lang, number=more)}"
    if comparison["timings"]:
        yield from ("", f"## {word('timing_changes', lang)}", "")
        for timing in comparison["timings"][:_AT_MOST]:
            medians = f"{seconds(timing['before']['p50'])} → {seconds(timing['after']['p50'])}"
            yield f"- {escape(timing['name'])}: {medians} (×{timing['factor']:.2f})"
        yield from ("", escape(in_language(comparison["timing_rule"], lang), 600))
    if comparison["still_failing"]:
        yield from ("", f"## {word('still_failing', lang)}", "")
        yield from (f"- {code(id)}" for id in comparison["still_failing"][:_AT_MOST])


def _headline(comparison: Comparison, lang: str) -> str:
    changes, drifts, timings = (len(comparison[key]) for key in ("requirements", "observations", "timings"))
    if not changes and not drifts and not timings:
        return word("no_difference", lang)
    regressed = _regressed(comparison)
    counts = word(
        "comparison_counts",
        lang,
        changes=changes,
        drifts=drifts,
        breaking=sum(drift["severity"] == "breaking" for drift in comparison["observations"]),
        timings=timings,
    )
    first = word("regression", lang, number=regressed) if regressed else word("no_regression", lang)
    return f"{first}. {counts}"


def _regressed(comparison: Comparison) -> int:
    return sum(change["change"] == "regressed" for change in comparison["requirements"])


def _side(side: Side) -> str:
    return one_line(
        f"{side['endpoint']}, {side['started'][:19].replace('T', ' ')} UTC, {side['profile']}, "
        f"{side['verdict']}, {side['tool']}, contract {side['contract']}",
        600,
    )


def _step(change: RequirementChange, lang: str) -> str:
    before, after = (
        word(outcome, lang) if outcome else word("absent", lang)
        for outcome in (change["before"], change["after"])
    )
    return f"{before} → {after}"


def _drift(drift: Drift, lang: str) -> str:
    before, after = (
        ", ".join(values) or word("absent", lang) for values in (drift["before"], drift["after"])
    )
    also = f" ({word('and_below', lang, number=drift['also'])})" if drift["also"] else ""
    key, steps = one_line(drift["key"]), one_line(f"{before} → {after}")
    return f"{word(drift['severity'], lang)}: {key}: {steps}{also}"


def _more(console: Console, number: int, lang: str) -> None:
    if number > 0:
        print_line(console, "  " + word("more_in_report", lang, number=number))
