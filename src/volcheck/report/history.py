"""A folder of results as one page: verdicts, pass counts, durations and median times, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from volcheck.report.page import write_page
from volcheck.results.compare import side
from volcheck.results.comparison import Side
from volcheck.results.model import Result

_WIDTH, _HEIGHT = 640.0, 96.0
_TIMINGS_AT_MOST = 24


@attrs.frozen(slots=True)
class Line:
    """A quantity over the runs: `points` of an SVG polyline, `dots` of single runs, `highest` its top."""

    name: str
    points: str
    dots: tuple[tuple[float, float, float], ...]
    first: float
    last: float
    highest: float


@attrs.frozen(slots=True)
class Column:
    """One run in the chart of outcomes: bars from the bottom up, as (outcome, y, height)."""

    run: str
    x: float
    width: float
    bars: tuple[tuple[str, float, float], ...]


def write_history_html(path: Path, results: Sequence[Result], lang: str = "en") -> None:
    """Write the trend of `results`, oldest first. Raises UsageError when it can't be written."""
    ordered = sorted(results, key=lambda result: (result["run"]["started"], result["run"]["id"]))
    sides = [side(result) for result in ordered]
    write_page(
        path,
        "history.html.j2",
        lang,
        {
            "sides": sides,
            "columns": _columns(sides),
            "duration": _line("duration", [side["duration"] for side in sides]),
            "medians": _medians(ordered),
        },
    )


def _medians(results: Sequence[Result]) -> list[Line]:
    """The timings that most runs have, by name."""
    values: dict[str, list[float | None]] = {}
    for index, result in enumerate(results):
        for name, timing in result["observations"]["timings"].items():
            values.setdefault(name, [None] * len(results))[index] = timing["p50"]
    often = sorted(values, key=lambda name: (sum(value is None for value in values[name]), name))
    return sorted(
        (_line(name, values[name]) for name in often[:_TIMINGS_AT_MOST]), key=lambda line: line.name
    )


def _line(name: str, values: Sequence[float | None]) -> Line:
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    highest = max((value for _, value in known), default=0.0)
    step = _WIDTH / max(len(values), 1)
    dots = tuple(
        (
            round((index + 0.5) * step, 1),
            round(_HEIGHT - 4 - (value / highest if highest else 0.0) * (_HEIGHT - 8), 1),
            value,
        )
        for index, value in known
    )
    points = " ".join(f"{x},{y}" for x, y, _ in dots)
    return Line(name, points, dots, known[0][1] if known else 0.0, known[-1][1] if known else 0.0, highest)


def _columns(sides: Sequence[Side]) -> list[Column]:
    totals = [sum(_numbers(one).values()) for one in sides]
    tallest = max(totals, default=0) or 1
    step = _WIDTH / max(len(sides), 1)
    columns = []
    for index, one in enumerate(sides):
        bottom = _HEIGHT
        bars = []
        for outcome, number in _numbers(one).items():
            height = number / tallest * _HEIGHT
            bottom -= height
            bars.append((outcome, round(bottom, 2), round(height, 2)))
        columns.append(
            Column(one["run"], round(index * step, 1), round(max(step * 0.8, 1.0), 1), tuple(bars))
        )
    return columns


def _numbers(side: Side) -> dict[str, int]:
    """Requirements by outcome, both levels together, in the order in which bars are stacked."""
    must, should = side["counts"]["must"], side["counts"]["should"]
    return {
        "passed": must["passed"] + should["passed"],
        "waived": must["waived"] + should["waived"],
        "inconclusive": must["inconclusive"] + should["inconclusive"],
        "failed": must["failed"] + should["failed"],
    }
