"""The geometry of the report's drawings: life-cycle timelines and latency bars. No markup here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median

import attrs

from volcheck.results.model import Latency, OperationRecord, TransitionRecord

#: Width of a drawing in its own units.
WIDTH = 640.0


@attrs.frozen(slots=True)
class Step:
    """One status of a chain: when it was first seen (median, seconds), and where its bar is drawn."""

    status: str
    at: float
    x: float
    width: float
    tone: str


@attrs.frozen(slots=True)
class Timeline:
    """All resources of one kind that went through the same statuses, drawn as one line."""

    resource: str
    count: int
    steps: tuple[Step, ...]


def timelines(transitions: Sequence[TransitionRecord], at_most: int = 24) -> tuple[tuple[Timeline, ...], int]:
    """The distinct chains, most frequent first, at most `at_most`; and how many more there were."""
    seen: dict[tuple[str, tuple[str, ...]], list[list[float]]] = {}
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for transition in transitions:
        chain = transition["chain"]
        if chain:
            key = (transition["resource"], tuple(status for status, _ in chain))
            seen.setdefault(key, []).append([at for _, at in chain])
            counts[key] += transition.get("count", 1)
    order = sorted(seen, key=lambda key: (key[0] != "volume", -counts[key], key[1]))
    medians = {key: [median(times) for times in zip(*seen[key], strict=True)] for key in order}
    longest = max((times[-1] for times in medians.values()), default=0.0) or 1.0
    drawn = tuple(
        Timeline(key[0], counts[key], _steps(key[1], medians[key], longest)) for key in order[:at_most]
    )
    return drawn, max(0, len(order) - at_most)


def _steps(statuses: Sequence[str], times: Sequence[float], longest: float) -> tuple[Step, ...]:
    """Bars on one time scale for all; the last status has no end and gets a mark of fixed width."""
    mark = 10.0
    scale = (WIDTH - mark) / longest
    steps = []
    for index, (status, at) in enumerate(zip(statuses, times, strict=True)):
        end = times[index + 1] * scale if index + 1 < len(times) else at * scale + mark
        width = max(end - at * scale, 2.0)
        steps.append(Step(status, at, round(at * scale, 1), round(width, 1), _tone(status)))
    return tuple(steps)


def _tone(status: str) -> str:
    if status.startswith("error"):
        return "bad"
    if status in ("available", "in-use"):
        return "good"
    return "gone" if status in ("deleted", "gone") else "busy"


@attrs.frozen(slots=True)
class Bar:
    """Where p50, p90 and p99 of an operation lie on the axis."""

    p50: float
    p90: float
    p99: float


@attrs.frozen(slots=True)
class LatencyChart:
    """One bar per operation that was answered; `ticks` are (seconds, x)."""

    bars: dict[str, Bar]
    ticks: tuple[tuple[float, float], ...]


def latency_chart(operations: Sequence[OperationRecord]) -> LatencyChart | None:
    """Bars on a common logarithmic axis of whole decades; None when nothing was answered."""
    answered: dict[str, Latency] = {
        operation["id"]: operation["latency"] for operation in operations if operation["latency"] is not None
    }
    if not answered:
        return None
    floor = 1e-4
    low = math.floor(math.log10(max(floor, min(latency["p50"] for latency in answered.values()))))
    high = math.ceil(math.log10(max(floor, *(latency["p99"] for latency in answered.values())) * 1.0001))
    high = max(high, low + 1)

    def place(value: float) -> float:
        return round((math.log10(max(value, 10.0**low)) - low) / (high - low) * WIDTH, 1)

    bars = {
        operation: Bar(place(latency["p50"]), place(latency["p90"]), place(latency["p99"]))
        for operation, latency in answered.items()
    }
    ticks = tuple((10.0**decade, place(10.0**decade)) for decade in range(low, high + 1))
    return LatencyChart(bars, ticks)
