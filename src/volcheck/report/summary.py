"""summary.md: what one pastes into a ticket. Nothing an endpoint sent can break out of its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from volcheck.report.failures import FailedRequirement, failed_requirements
from volcheck.report.text import grouped, in_language, one_line, repeat_command, seconds, visible
from volcheck.report.words import word
from volcheck.results.model import Failure, Result

_REQUIREMENTS_AT_MOST = 50
_FAILURES_AT_MOST = 3
_MARKS = {"conformant": "✅", "not conformant": "❌", "inconclusive": "❔"}

# Everything that Markdown, or a tracker's dialect of it, could take for markup, mentions included.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&$:^=-])")


def summary(result: Result, lang: str = "en") -> str:
    """The summary as Markdown, in one language (`en` or `ko`)."""
    return "\n".join(_lines(result, lang)) + "\n"


def escape(text: str, limit: int = 300) -> str:
    """`text` on one line with all Markdown escaped, cut at `limit` characters."""
    return _SPECIAL.sub(r"\\\1", one_line(text, limit))


def code(text: str, limit: int = 300) -> str:
    """`text` as inline code, whatever backticks it holds. Not for tables: there a pipe would end the cell."""
    content = one_line(text, limit)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", content)), default=0))
    padding = " " if len(fence) > 1 else ""
    return f"{fence}{padding}{content}{padding}{fence}"


def fenced(text: str, language: str = "") -> list[str]:
    """`text` as a fenced code block, whatever backticks it holds."""
    content = visible(text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", content)), default=0))
    return [f"{fence}{language}", *content.splitlines(), fence]


def _lines(result: Result, lang: str) -> Iterator[str]:
    verdict, run, endpoint = result["verdict"], result["run"], result["endpoint"]
    yield f"# {_MARKS[verdict['name']]} {escape(verdict['sentence']['ko' if lang == 'ko' else 'en'], 1000)}"
    yield ""
    facts = [
        escape(endpoint["name"] or endpoint["url"]),
        f"{run['started'][:19].replace('T', ' ')} UTC",
        f"{word('profile', lang)} {run['profile']}",
        f"{result['exchanges']:,} {word('exchanges', lang)}",
        seconds(run["duration"]),
        f"{word('contract', lang)} {escape(result['contract']['version'])}",
    ]
    yield " · ".join(facts)
    yield ""
    columns = ("passed", "failed", "waived", "inconclusive", "not_applicable")
    yield "| | " + " | ".join(word(column, lang) for column in columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for level in ("must", "should"):
        counts = result["counts"]["must" if level == "must" else "should"]
        numbers = [
            counts["passed"],
            counts["failed"],
            counts["waived"],
            counts["inconclusive"],
            counts["not_applicable"],
        ]
        yield f"| {word(level, lang)} | " + " | ".join(map(str, numbers)) + " |"
    failed = failed_requirements(result)
    if failed:
        yield from ("", f"## {word('failures', lang)}")
    for requirement in failed[:_REQUIREMENTS_AT_MOST]:
        yield from _requirement(requirement, lang)
    if len(failed) > _REQUIREMENTS_AT_MOST:
        yield from ("", word("more_in_report", lang, number=len(failed) - _REQUIREMENTS_AT_MOST))
    for title, items in (
        ("waivers", result.get("waiver_problems", [])),
        ("problems", [*grouped(result["problems"]), *result["cleanup"]["problems"]]),
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
        if items:
            yield from ("", f"## {word(title, lang)}", "")
            yield from (f"- {escape(item, 600)}" for item in items[:_REQUIREMENTS_AT_MOST])
            if len(items) > _REQUIREMENTS_AT_MOST:
                yield f"- {word('more_in_report', lang, number=len(items) - _REQUIREMENTS_AT_MOST)}"
    yield from ("", f"## {word('repeat_run', lang)}", "", *fenced(repeat_command(result), "sh"))


def _requirement(failed: FailedRequirement, lang: str) -> Iterator[str]:
    record = failed.record
    yield ""
    yield f"### {word(failed.kind, lang)}: {code(record['id'])}"
    yield ""
    yield escape(in_language(record["statement"], lang), 1000)
    yield ""
    source = f"{word(record['level'], lang)} · {word('source', lang)}: {word(record['source'], lang)}"
    if record["evidence"]:
        source += f", {escape(record['evidence'])}"
    if failed.lines:
        source += f" · {word('document_line', lang)} {', '.join(map(str, failed.lines[:8]))}"
    yield source
    waiver = record.get("waiver")
    if waiver is not None:
        yield ""
        yield word(
            "waiver",
            lang,
            reason=escape(waiver["reason"]),
            ticket=escape(waiver["ticket"]),
            expires=waiver["expires"],
        )
    for failure in record["failures"][:_FAILURES_AT_MOST]:
        yield from _failure(failure, lang)
    more = len(record["failures"]) - _FAILURES_AT_MOST
    if more > 0:
        yield from ("", word("more_in_report", lang, number=more))


def _failure(failure: Failure, lang: str) -> Iterator[str]:
    times = f" ({word('seen', lang, number=failure['count'])})" if failure["count"] > 1 else ""
    yield from ("", f"- **{escape(failure['message'], 500)}**{times}")
    if failure["expected"]:
        yield f"  - {word('expected', lang)}: {code(failure['expected'])}"
    if failure["got"]:
        yield f"  - {word('got', lang)}: {code(failure['got'])}"
    exchange = failure["exchange"]
    if exchange is not None:
        status = exchange["response"]["status"] if exchange["response"] else word("no_answer", lang)
        yield f"  - {code(exchange['request']['method'] + ' ' + exchange['request']['url'])} → {status}"
        yield ""
        yield from (f"  {line}" for line in fenced(exchange["curl"], "sh"))
