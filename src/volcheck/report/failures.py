"""Which failures a report tells of, and each as one block of plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from volcheck.report.text import cut, request_text, response_text
from volcheck.results.model import Failure, RequirementRecord, Result
from volcheck.results.verdict import fails


@attrs.frozen(slots=True)
class FailedRequirement:
    """A requirement that was seen broken: failed, waived, or failed and only a warning.

    kind: `failed` turns the verdict, `warning` doesn't (a `should` of a run that isn't strict), `waived` is
    known.
    lines: lines of the published document that speak of it.
    """

    record: RequirementRecord
    kind: str
    lines: tuple[int, ...]


def failed_requirements(result: Result) -> list[FailedRequirement]:
    """Every requirement seen broken: those first that turn the verdict, then warnings, then the waived."""
    strict = result["run"]["strict"]
    order = ("failed", "warning", "waived")
    lines = document_lines(result)
    found = [
        FailedRequirement(record, kind(record, strict), lines.get(record["id"], ()))
        for record in result["requirements"]
        if record["outcome"] in ("failed", "waived")
    ]
    return sorted(found, key=lambda failed: order.index(failed.kind))


def kind(record: RequirementRecord, strict: bool) -> str:
    """The outcome as a reader needs it: a failure that doesn't turn the verdict is a `warning`."""
    if record["outcome"] == "failed" and not fails(record, strict):
        return "warning"
    return record["outcome"]


def document_lines(result: Result) -> dict[str, tuple[int, ...]]:
    """Requirement id → lines of the published document: from its evidence, its erratum and the trace."""
    errata = {erratum["id"]: erratum["lines"] for erratum in result["errata"]}
    found: dict[str, set[int]] = {}
    for row in result["trace"]:
        for requirement in row["requirements"]:
            found.setdefault(requirement, set()).add(row["line"])
    for record in result["requirements"]:
        lines = found.setdefault(record["id"], set())
        lines.update(errata.get(record["erratum"] or "", ()))
        if record["source"] == "published":
            lines.update(_mentioned(record["evidence"]))
    return {requirement: tuple(sorted(lines)) for requirement, lines in found.items() if lines}


def failure_text(requirement: RequirementRecord, failure: Failure, limit: int = 2000) -> str:
    """One failure in one block of plain text: requirement, source, expected, got, exchange, curl line."""
    parts = [
        f"{requirement['id']} ({requirement['level']}): {requirement['statement']['en']}",
        f"source: {requirement['source']}"
        + (f", {requirement['evidence']}" if requirement["evidence"] else ""),
        cut(failure["message"], limit),
        f"expected: {cut(failure['expected'], limit)}",
        f"got: {cut(failure['got'], limit)}",
        f"test: {failure['test']}" + (f" (seen {failure['count']} times)" if failure["count"] > 1 else ""),
    ]
    if "erratum" in failure:
        parts.append(f"erratum: {failure['erratum']}: the endpoint follows the published document here")
    exchange = failure["exchange"]
    if exchange is not None:
        parts += ["", request_text(exchange["request"], limit), "", response_text(exchange, limit)]
        parts += ["", f"curl: {exchange['curl']}"]
    return "\n".join(parts)


def _mentioned(evidence: str) -> Iterator[int]:
    """Line numbers in evidence such as `lines 120-124, line 300`."""
    for words in re.findall(r"\blines?\s+(\d[\d\s,–and-]*)", evidence, re.IGNORECASE):
        yield from (int(number) for number in re.findall(r"\d{1,6}", words))
