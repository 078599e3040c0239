"""What `volcheck document check` found, for people, for programs and for code review."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from volcheck import __version__
from volcheck.document.assess import Assessment, Corrected, Standing
from volcheck.document.findings import Finding, Spot

#: Raised when the layout of the JSON changes.
FORMAT: Final = 1
_SARIF: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(found: Assessment, show_all: bool) -> str:
    """Lines for a terminal: the edition, then what is new; with `show_all` also what is known."""
    lines = [f"{found.source}: {found.recognition.sentence()}."]
    if show_all:
        lines.extend(f"corrected: {_corrected(each, found.source)}" for each in found.corrected)
        lines.extend(f"still there: {_standing(each, found.source)}" for each in found.standing)
    for finding in found.findings:
        mark = "" if finding.severity == "error" else "remark: "
        lines.append(f"{found.source}:{finding.line}: {mark}{finding.message}{_others(finding)}")
    lines.append(_counts(found))
    return "\n".join(lines) + "\n"


def _counts(found: Assessment) -> str:
    places = sum(len(finding.spots) for finding in found.errors)
    remarks = len(found.findings) - len(found.errors)
    since = sum(not each.of or each.gone == each.of for each in found.corrected)
    return (
        f"{since} corrected since, {len(found.standing)} still there (errata), "
        f"{len(found.errors)} new finding(s) in {places} place(s), {remarks} remark(s)"
    )


def _others(finding: Finding) -> str:
    lines = sorted({spot.line for spot in finding.spots} - {finding.line, 0})
    return f" Also in line(s) {_numbers(lines)}." if lines else ""


def _numbers(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:12]))
    return f"{shown} and {len(lines) - 12} more" if len(lines) > 12 else shown


def _corrected(each: Corrected, source: str) -> str:
    if each.since:
        lines = f", line(s) {_numbers(each.lines)} of the Korean guide" if each.lines else ""
        return f"{each.erratum}: {each.title} (put right in {each.since}{lines})"
    return f"{each.erratum}: {each.title} ({each.gone} of {each.of} place(s) are right in {source})"


def _standing(each: Standing, source: str) -> str:
    lines = [line for line in each.lines if line]
    where = f"{source}:{lines[0]}: " if lines else f"{source}: "
    more = f" Line(s) {_numbers(lines)}." if len(lines) > 1 else ""
    return f"{where}{each.erratum}: {each.title}. {each.ruling}{more}"


def as_json(found: Assessment, show_all: bool) -> str:
    """JSON; `check.schema.json` beside this file describes it. It holds everything, whatever `show_all` says."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "source": found.source,
        **attrs.asdict(found.recognition),
        "corrected": [attrs.asdict(each) for each in found.corrected],
        "standing": [attrs.asdict(each) for each in found.standing],
        "findings": [attrs.asdict(each) for each in found.findings],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def as_markdown(found: Assessment, show_all: bool) -> str:
    """A comment for a pull request. Everything in it is told, the known parts folded."""
    lines = [f"**{found.source}**: {found.recognition.sentence()}.", "", _counts(found), ""]
    if found.findings:
        lines += ["| Line | Finding | Places |", "|---|---|---|"]
        for finding in found.findings:
            mark = "" if finding.severity == "error" else "Remark: "
            lines.append(f"| {finding.line} | {mark}{_cell(finding.message)} | {len(finding.spots)} |")
        lines.append("")
    known = (
        ("Corrected since", [_corrected(each, found.source) for each in found.corrected]),
        ("Still there, and ruled on", [_standing(each, found.source) for each in found.standing]),
    )
    for title, items in known:
        if items:
            lines += [f"<details><summary>{title} ({len(items)})</summary>", ""]
            lines += [f"- {_cell(item)}" for item in items]
            lines += ["", "</details>", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that neither ends a cell nor is HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


def as_sarif(found: Assessment, show_all: bool) -> str:
    """SARIF 2.1.0, which code hosts show beside the lines. Errata that still stand are notes, with `show_all` only."""
    results = [
        _result(
            finding.rule,
            "error" if finding.severity == "error" else "note",
            finding.message,
            found.source,
            finding.spots,
        )
        for finding in found.findings
    ]
    if show_all:
        results += [
            _result(
                each.erratum,
                "note",
                f"{each.title}. {each.ruling}",
                found.source,
                [Spot(n, "", "") for n in each.lines],
            )
            for each in found.standing
        ]
    rules = [{"id": name} for name in dict.fromkeys(result["ruleId"] for result in results)]
    driver = {"name": "volcheck", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return (
        json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)
        + "\n"
    )


def _result(rule: str, level: str, message: str, source: str, spots: Sequence[Spot]) -> dict[str, Any]:
    lines = list(dict.fromkeys(max(spot.line, 1) for spot in spots)) or [1]
    place = [
        {"physicalLocation": {"artifactLocation": {"uri": source}, "region": {"startLine": line}}}
        for line in lines
    ]
    result: dict[str, Any] = {
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": place[:1],
    }
    if place[1:]:
        result["relatedLocations"] = place[1:]
    return result


def as_github(found: Assessment, show_all: bool) -> str:
    """Workflow commands of GitHub Actions, which become annotations."""
    lines = [f"::notice title=volcheck::{_message(f'{found.recognition.sentence()}. {_counts(found)}')}"]
    for finding in found.findings:
        level = "error" if finding.severity == "error" else "notice"
        place = f"file={_property(found.source)},line={max(finding.line, 1)},title={_property(finding.rule)}"
        lines.append(f"::{level} {place}::{_message(finding.message + _others(finding))}")
    return "\n".join(lines) + "\n"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


FORMATS: Final[Mapping[str, Callable[[Assessment, bool], str]]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "sarif": as_sarif,
    "github": as_github,
}
