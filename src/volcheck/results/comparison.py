"""The shape of a comparison of two results, published with a JSON Schema (`comparison.schema.json`)."""

from __future__ import annotations

from typing import Literal, TypedDict

from volcheck.results.model import Counts, Failure, Level, Outcome, Text, Timing, VerdictName

#: What became of a requirement from one run to the other, worst first.
Change = Literal["regressed", "inconclusive", "vanished", "new", "waived", "testable", "fixed"]
#: How much a changed observation hurts a client that was written against the endpoint as it was, worst first.
Severity = Literal["breaking", "risky", "harmless"]


class Side(TypedDict):
    """One of the compared results, or one row of a history or a matrix of endpoints, in short."""

    run: str
    started: str
    duration: float
    endpoint: str
    url: str
    profile: str
    seed: int
    contract: str
    tool: str
    verdict: VerdictName
    sentence: Text
    exit_code: int
    counts: dict[Level, Counts]
    exchanges: int


class RequirementChange(TypedDict):
    """A requirement whose outcome changed; `before` or `after` is None where the result doesn't have it.

    failure: how it fails, on the side where it does (the later side if on both).
    """

    id: str
    level: Level
    statement: Text
    change: Change
    before: Outcome | None
    after: Outcome | None
    reason: str
    failure: Failure | None


class Drift(TypedDict):
    """An observation that changed. `before` or `after` is empty where it wasn't seen.

    also: how many observations below it (fields of the field, say) appeared or disappeared with it.
    """

    key: str
    severity: Severity
    change: Literal["appeared", "disappeared", "changed"]
    before: list[str]
    after: list[str]
    also: int


class TimingChange(TypedDict):
    """A timing that changed beyond noise; `factor` is its median after by its median before."""

    name: str
    before: Timing
    after: Timing
    factor: float


class Comparison(TypedDict):
    """Two results held against each other.

    remarks: why the two may differ for reasons that aren't the endpoint's (other contract, other profile, …).
    still_failing: requirements that failed before and fail now.
    timing_rule: what counts as beyond noise.
    """

    format: int
    before: Side
    after: Side
    remarks: list[Text]
    requirements: list[RequirementChange]
    still_failing: list[str]
    unchanged: int
    observations: list[Drift]
    timings: list[TimingChange]
    timing_rule: Text
