"""What changed from one run to the next: nothing more and nothing less."""

from __future__ import annotations

import json
import time
from importlib import resources
from typing import Any, get_args

import pytest
from tests.report import builders
from tests.results.test_schema import typed_dicts

from volcheck.results import comparison as shapes
from volcheck.results.compare import compare, exit_code
from volcheck.results.files import first_fault
from volcheck.results.model import Outcome, Result


def changed(before: Outcome | None, after: Outcome | None) -> Any:
    """A comparison in which one requirement went from `before` to `after`."""
    one, two = builders.conformant(), builders.conformant()
    for result, outcome in ((one, before), (two, after)):
        if outcome is None:
            del result["requirements"][0]
        else:
            result["requirements"][0]["outcome"] = outcome
    return compare(one, two)


def test_equal_runs_give_nothing() -> None:
    result = builders.failing()
    later = builders.failing()
    later["run"].update(id="vc-other", started="2026-04-01T10:00:00Z", duration=30.0)
    found = compare(result, later)
    assert (found["requirements"], found["observations"], found["timings"], found["remarks"]) == (
        [],
        [],
        [],
        [],
    )
    assert found["unchanged"] == len(result["requirements"])
    assert found["still_failing"] == ["exchange.rule0", "echo.rule2", "paging.rule1", "sort.rule4"]
    assert exit_code(found) == exit_code(found, fail_on_drift=True) == 0


STEPS: dict[tuple[Outcome | None, Outcome | None], str | None] = {
    ("passed", "failed"): "regressed",
    ("waived", "failed"): "regressed",
    ("inconclusive", "failed"): "regressed",
    ("not applicable", "failed"): "regressed",
    ("passed", "waived"): "waived",
    ("failed", "waived"): "waived",
    ("failed", "passed"): "fixed",
    ("waived", "passed"): "fixed",
    ("passed", "inconclusive"): "inconclusive",
    ("failed", "not applicable"): "inconclusive",
    ("inconclusive", "passed"): "testable",
    ("inconclusive", "not applicable"): None,
    (None, "passed"): "new",
    (None, "failed"): "new",
    ("passed", None): "vanished",
    ("failed", None): "vanished",
}


@pytest.mark.parametrize(("step", "change"), STEPS.items(), ids=lambda value: str(value))
def test_a_changed_outcome(step: tuple[Outcome | None, Outcome | None], change: str | None) -> None:
    found = changed(*step)
    assert [(c["id"], c["change"]) for c in found["requirements"]] == (
        [("exchange.rule0", change)] if change else []
    )
    assert exit_code(found) == (1 if change == "regressed" else 0)


@pytest.mark.parametrize("before", [*get_args(Outcome), None])
@pytest.mark.parametrize("after", [*get_args(Outcome), None])
def test_only_a_new_failure_of_a_known_requirement_fails_the_gate(
    before: Outcome | None, after: Outcome | None
) -> None:
    expected = int(after == "failed" and before not in ("failed", None))
    assert exit_code(changed(before, after)) == expected


def test_the_worst_comes_first_and_with_its_failure() -> None:
    found = compare(builders.conformant(), builders.failing())
    assert [c["change"] for c in found["requirements"]] == ["regressed"] * 4 + ["waived"]
    assert [c["level"] for c in found["requirements"]][:4] == ["must", "must", "must", "should"]
    failure = found["requirements"][0]["failure"]
    assert failure is not None
    assert failure["expected"] == "at most 2 volumes"


def test_unlike_runs_are_told_of() -> None:
    one, two = builders.conformant(), builders.conformant()
    two["contract"] = {"version": "2021.1", "sha256": "cd" * 32}
    two["run"].update(
        profile="deep", seed=2, read_only=True, started="2025-01-01T00:00:00Z", interrupted=True
    )
    two["endpoint"]["name"] = "kr2"
    two["tool"]["version"] = "9"
    english = " ".join(remark["en"] for remark in compare(one, two)["remarks"])
    for part in (
        "contracts differ (2020.1 → 2021.1)",
        "profiles differ (default → deep)",
        "seeds differ",
        "read-only settings differ (off → on)",
        "endpoints differ",
        "interrupted",
        "named first is the later",
        "volcheck differ (0.1.0 → 9)",
    ):
        assert part in english, part


@pytest.mark.parametrize(
    ("before", "after", "count", "told"),
    [
        (0.1, 0.3, 5, True),
        (0.3, 0.1, 5, True),
        (0.1, 0.3, 4, False),
        (0.1, 0.149, 50, False),
        (0.001, 0.04, 50, False),
        (10.0, 19.0, 50, False),
        (10.0, 20.1, 50, True),
    ],
)
def test_timings_only_beyond_noise(before: float, after: float, count: int, told: bool) -> None:
    one, two = builders.conformant(), builders.conformant()
    for result, p50 in ((one, before), (two, after)):
        timing = {"count": count, "p50": p50, "p90": p50, "max": p50}
        result["observations"]["timings"]["t"] = timing  # type: ignore[typeddict-item]
    found = compare(one, two)["timings"]
    assert [t["name"] for t in found] == (["t"] if told else [])
    if told:
        assert found[0]["factor"] == pytest.approx(after / before, abs=0.001)


def timed(**timings: tuple[float, float]) -> Result:
    """A result with these medians and 90th percentiles, twenty measurements each."""
    result = builders.conformant()
    result["observations"]["timings"] = {
        name.replace("_", " "): {"count": 20, "p50": p50, "p90": p90, "max": p90}
        for name, (p50, p90) in timings.items()
    }
    return result


def test_timings_that_overlap_are_noise() -> None:
    apart, overlapping = timed(t=(0.1, 0.2)), timed(t=(0.1, 0.6))
    assert [t["name"] for t in compare(apart, timed(t=(0.5, 0.9)))["timings"]] == ["t"]
    assert compare(overlapping, timed(t=(0.5, 0.9)))["timings"] == []


def test_a_busy_machine_does_not_make_volumes_slow() -> None:
    quiet = timed(latency_of_showVolume=(0.002, 0.003), volume_becomes_available=(0.1, 0.2))
    busy = timed(latency_of_showVolume=(0.01, 0.015), volume_becomes_available=(0.5, 0.9))
    slow = timed(latency_of_showVolume=(0.002, 0.003), volume_becomes_available=(0.5, 0.9))
    assert compare(quiet, busy)["timings"] == compare(busy, quiet)["timings"] == []
    assert [t["name"] for t in compare(quiet, slow)["timings"]] == ["volume becomes available"]
    answers = timed(latency_of_showVolume=(0.4, 0.5), volume_becomes_available=(0.5, 0.9))
    assert [t["name"] for t in compare(quiet, answers)["timings"]] == ["latency of showVolume"]


def test_what_a_failed_test_did_not_come_to_see_did_not_disappear() -> None:
    one, two = builders.conformant(), builders.conformant()
    broken = next(r for r in two["requirements"] if r["outcome"] == "passed" and r["operations"])
    broken["outcome"] = "failed"
    operation = broken["operations"][0]
    one["observations"]["traits"] |= {
        f"answers to {broken['id']} / {operation}": ["200", "404"],
        f"answers to {broken['id']} / showSnapshot": ["404"],
        f"answers to other.requirement / {operation}": ["400"],
        f"{operation} / 400 / message": ["one", "two"],
    }
    two["observations"]["traits"] |= {
        f"answers to {broken['id']} / {operation}": ["200", "500"],
        f"{operation} / 400 / message": ["one"],
    }
    changed = [(d["key"], d["before"], d["after"]) for d in compare(one, two)["observations"]]
    assert changed == [
        (f"answers to {broken['id']} / {operation}", ["200"], ["200", "500"]),
        (f"answers to other.requirement / {operation}", ["400"], []),
    ]


def test_drift_fails_only_when_asked() -> None:
    one, two = builders.conformant(), builders.conformant()
    two["observations"]["traits"]["showVolume / 404 / fault"] = ["notFound"]
    found = compare(one, two)
    assert (exit_code(found), exit_code(found, fail_on_drift=True)) == (0, 1)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (builders.conformant, builders.failing),
        (builders.failing, builders.conformant),
        (builders.conformant, builders.large),
    ],
)
def test_comparisons_are_of_the_published_shape(one: Any, two: Any) -> None:
    assert first_fault("comparison.schema.json", json.loads(json.dumps(compare(one(), two())))) is None


def test_the_schema_has_the_fields_of_the_model() -> None:
    schema = json.loads(
        resources.files("volcheck.results").joinpath("comparison.schema.json").read_text("utf-8")
    )
    results = json.loads(
        resources.files("volcheck.results").joinpath("result.schema.json").read_text("utf-8")
    )
    for kind in typed_dicts(shapes.Comparison, set()):
        published = schema if kind is shapes.Comparison else schema["$defs"][kind.__name__]
        assert set(published["properties"]) == set(kind.__annotations__)
        assert published["additionalProperties"] is False
        if kind.__name__ in results["$defs"]:
            assert published == results["$defs"][kind.__name__]


def test_large_results_are_compared_in_time() -> None:
    one, two = builders.large(), builders.large()
    two["requirements"][1]["outcome"] = "failed"
    before = time.process_time()
    found = compare(one, two)
    assert time.process_time() - before < 1
    assert len(found["requirements"]) == 1


def test_a_named_endpoint_may_move() -> None:
    moved = builders.conformant()
    moved["endpoint"]["url"] = "http://127.0.0.1:9/v2"
    assert compare(builders.conformant(), moved)["remarks"] == []
    moved["endpoint"]["name"] = ""
    assert "endpoints differ" in compare(builders.conformant(), moved)["remarks"][0]["en"]
