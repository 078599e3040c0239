"""Known failures: waived while they are agreed on, told of when they aren't any more."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.results.files import first_fault
from volcheck.results.model import Result
from volcheck.results.waivers import Waiver, apply_waivers, read_waivers

TODAY = date(2026, 6, 1)


def waiver(**changes: object) -> Waiver:
    values = {
        "place": "waivers.yaml:2",
        "reason": "Being mended.",
        "ticket": "VOL-1",
        "expires": date(2026, 6, 1),
        "requirement": "paging.rule1",
    }
    return Waiver(**{**values, **changes})  # type: ignore[arg-type]


def one_failing() -> Result:
    """A run in which only paging.rule1 failed, on listVolumes."""
    result = builders.conformant()
    record = next(r for r in result["requirements"] if r["id"] == "paging.rule1")
    record.update(outcome="failed", failures=[builders.failure(record["tests"][0])])
    return builders.settle(result)


def outcome(result: Result, requirement: str = "paging.rule1") -> str:
    return next(r["outcome"] for r in result["requirements"] if r["id"] == requirement)


def test_a_waived_failure_does_not_fail_the_gate_and_stands_in_the_result() -> None:
    before = one_failing()
    assert before["verdict"]["exit_code"] == 1
    after = apply_waivers([waiver()], before, TODAY)
    assert (outcome(after), after["verdict"]["exit_code"], after["waiver_problems"]) == ("waived", 0, [])
    assert after["counts"]["must"]["waived"] == 1
    record = next(r for r in after["requirements"] if r["id"] == "paging.rule1")
    assert record["waiver"]["ticket"] == "VOL-1"
    assert record["waiver"]["expires"] == "2026-06-01"
    assert len(record["failures"]) == 1
    assert first_fault("result.schema.json", after) is None
    assert before["verdict"]["exit_code"] == 1, "the given result must stay as it was"
    assert outcome(before) == "failed"


def test_an_expired_waiver_fails_the_gate() -> None:
    after = apply_waivers([waiver(expires=date(2026, 5, 31))], one_failing(), TODAY)
    assert (outcome(after), after["verdict"]["exit_code"]) == ("failed", 1)
    assert "waivers.yaml:2" in after["waiver_problems"][0]
    assert "expired on 2026-05-31" in after["waiver_problems"][0]


def test_a_waiver_that_matches_nothing_fails_the_gate() -> None:
    after = apply_waivers([waiver()], builders.conformant(), TODAY)
    assert after["verdict"]["exit_code"] == 1
    assert "no longer matches any failure" in after["waiver_problems"][0]
    assert "waiver" in after["verdict"]["sentence"]["en"]


def test_an_unknown_requirement_fails_the_gate() -> None:
    after = apply_waivers([waiver(requirement="paging.nonsense")], builders.conformant(), TODAY)
    assert "no requirement paging.nonsense" in after["waiver_problems"][0]


def test_what_could_not_be_tested_says_nothing_about_a_waiver() -> None:
    after = apply_waivers([waiver(requirement="lifecycle.rule3")], builders.conformant(), TODAY)
    assert after["waiver_problems"] == []
    selected = builders.conformant()
    selected["run"]["selection"] = ["echo.rule1"]
    assert apply_waivers([waiver(requirement="x.y")], selected, TODAY)["waiver_problems"] == []


@pytest.mark.parametrize(
    ("endpoint", "waived"), [("kr1", True), ("http://127.0.0.1:8776/v2", True), ("kr2", False)]
)
def test_a_waiver_for_one_endpoint(endpoint: str, waived: bool) -> None:
    after = apply_waivers([waiver(endpoint=endpoint)], one_failing(), TODAY)
    assert (outcome(after) == "waived") == waived
    assert after["waiver_problems"] == []


def by_check(operation: str) -> Waiver:
    return waiver(requirement=None, check="rule1", operation=operation)


def check_failing() -> Result:
    """A check that failed on two operations."""
    result = builders.conformant()
    failures = [
        builders.failure("a::b", exchange=builders.exchange(operation=operation))
        for operation in ("listVolumes", "showVolume")
    ]
    result["requirements"][1].update(outcome="failed", failures=failures)
    return builders.settle(result)


def test_a_check_on_one_operation_covers_only_that() -> None:
    one = apply_waivers([by_check("listVolumes")], check_failing(), TODAY)
    assert (outcome(one, "exchange.rule1"), one["waiver_problems"]) == ("failed", [])
    both = apply_waivers([by_check("listVolumes"), by_check("showVolume")], check_failing(), TODAY)
    assert (outcome(both, "exchange.rule1"), both["waiver_problems"]) == ("waived", [])
    three = apply_waivers(
        [by_check("listVolumes"), by_check("showVolume"), by_check("deleteVolume")], check_failing(), TODAY
    )
    assert "rule1 on deleteVolume" in three["waiver_problems"][0]


GOOD = """\
# what is known
waivers:
  - requirement: paging.rule1
    reason: Being mended.
    ticket: VOL-1
    expires: 2026-12-31
  - operation: createVolume
    check: body-schema
    reason: Size is a string there.
    ticket: VOL-2
    expires: "2026-12-31"
    endpoint: kr1
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "waivers.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    one, two = read_waivers(path)
    assert (one.place, one.requirement, one.expires) == (f"{path}:3", "paging.rule1", date(2026, 12, 31))
    assert (two.target, two.operation, two.endpoint) == ("exchange.body-schema", "createVolume", "kr1")


def test_an_empty_list_is_fine(tmp_path: Path) -> None:
    assert read_waivers(written(tmp_path, "waivers: []\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    ticket: VOL-1\n", "", r'line 3.*"ticket" is a required'),
        ("expires: 2026-12-31\n", "expires: soon\n", r"line 6.*expires"),
        ("expires: 2026-12-31\n", "expires: 2026-02-30\n", r"line 6.*no date"),
        ("ticket: VOL-1", "ticket: 17", r"line 5.*not of type"),
        ("    check: body-schema\n", "", r"line 7"),
        ("requirement: paging.rule1", "requirement: paging", r"line 3.*does not match"),
        ("  - requirement: paging.rule1\n", "  - requirement: a.b\n    colour: red\n", r"line \d+.*colour"),
        ("waivers:\n", "waiver:\n", r"line \d.*waivers?"),
        ("reason: Being mended.", "reason: *all", r"line 4.*alias"),
        ("reason: Being mended.", "reason: !!python/object:os.system x", r"line 4.*tag"),
        (
            "  - operation: createVolume\n    check: body-schema\n",
            "  - requirement: paging.rule1\n",
            "endpoint",
        ),
        (GOOD, "{", "not valid YAML"),
        (GOOD, "", "empty"),
    ],
)
def test_a_wrong_file_is_told_of_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new)
    if message == "endpoint":
        text, message = text.replace("    endpoint: kr1\n", ""), "waived already on line 3"
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=message) as caught:
        read_waivers(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        read_waivers(tmp_path / "none.yaml")
