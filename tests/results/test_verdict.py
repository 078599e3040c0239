"""From outcomes to the verdict."""

from __future__ import annotations

from typing import Any

import pytest
from tests.report import builders

from volcheck.results.model import Result, Verdict
from volcheck.results.verdict import count, unseen_operations, verdict


def judged(result: Result) -> Verdict:
    return builders.settle(result)["verdict"]


def test_all_well() -> None:
    found = judged(builders.conformant())
    assert (found["name"], found["exit_code"]) == ("conformant", 0)
    assert found["sentence"]["en"].startswith("Conformant: 30 requirements held.")
    assert "lifecycle.rule3" in found["sentence"]["en"]
    assert found["sentence"]["ko"].startswith("적합:")


def test_a_test_that_broke_down_leaves_it_open() -> None:
    result = builders.conformant()
    arguments = (result["requirements"], result["operations"], result["run"])
    found = verdict(*arguments, errors=2)
    assert (found["name"], found["exit_code"]) == ("inconclusive", 3)
    assert "2 tests broke down" in found["sentence"]["en"]
    result["requirements"][0]["outcome"] = "failed"
    assert verdict(*arguments, errors=2)["exit_code"] == 1


def test_a_failed_must_fails() -> None:
    result = builders.conformant()
    result["requirements"][0]["outcome"] = "failed"
    found = judged(result)
    assert (found["name"], found["exit_code"]) == ("not conformant", 1)
    assert "1 of 38 tested requirements failed" in found["sentence"]["en"]
    assert "exchange.rule0" in found["sentence"]["en"]
    assert "exchange.rule0" in found["sentence"]["ko"]


@pytest.mark.parametrize(("strict", "exit_code"), [(False, 0), (True, 1)])
def test_a_failed_should_fails_only_when_strict(strict: bool, exit_code: int) -> None:
    result = builders.conformant()
    result["run"]["strict"] = strict
    result["requirements"][4]["outcome"] = "failed"
    found = judged(result)
    assert found["exit_code"] == exit_code
    assert "exchange.rule4" in found["sentence"]["en"]


def test_a_waived_failure_does_not_fail_but_is_told() -> None:
    result = builders.conformant()
    result["requirements"][0]["outcome"] = "waived"
    found = judged(result)
    assert found["exit_code"] == 0
    assert "1 known failure waived (exchange.rule0)" in found["sentence"]["en"]


def test_a_waiver_problem_fails() -> None:
    result = builders.conformant()
    result["waiver_problems"] = ["expired"]
    found = judged(result)
    assert found["exit_code"] == 1
    assert "waiver" in found["sentence"]["en"]


def test_nothing_tested_is_inconclusive() -> None:
    result = builders.conformant()
    for record in result["requirements"]:
        if record["level"] == "must":
            record["outcome"] = "inconclusive"
    assert judged(result)["exit_code"] == 3


def test_nothing_at_all_is_inconclusive() -> None:
    result = builders.conformant()
    assert verdict([], result["operations"], result["run"])["exit_code"] == 3


def test_an_interrupted_run_is_inconclusive_unless_it_failed() -> None:
    result = builders.conformant()
    result["run"]["interrupted"] = True
    assert judged(result)["exit_code"] == 3
    assert judged(result)["sentence"]["en"].startswith("Inconclusive: the run was interrupted")
    result["requirements"][0]["outcome"] = "failed"
    failed = judged(result)
    assert failed["exit_code"] == 1
    assert failed["sentence"]["en"].startswith("Not conformant: ")
    assert " The run was interrupted before it was done." in failed["sentence"]["en"]
    assert "중단되었습니다" in failed["sentence"]["ko"]


def test_answers_of_another_edition_are_told_with_the_verdict() -> None:
    result = builders.conformant()
    result["run"]["other_edition"] = {
        "en": "Try --edition 2026.",
        "ko": "--edition 2026으로 실행해 보십시오.",
    }
    found = judged(result)
    assert (found["name"], found["exit_code"]) == ("conformant", 0)
    assert " Try --edition 2026." in found["sentence"]["en"]
    assert " --edition 2026으로" in found["sentence"]["ko"]


def test_a_run_from_which_options_of_pytest_took_tests_is_inconclusive_unless_it_failed() -> None:
    result = builders.conformant()
    result["run"]["deselected"] = 2
    left_out = judged(result)
    assert left_out["exit_code"] == 3
    assert left_out["sentence"]["en"].startswith(
        "Inconclusive: options of pytest took 2 tests out of the run."
    )
    assert "시험 2개" in left_out["sentence"]["ko"]
    result["requirements"][0]["outcome"] = "failed"
    assert judged(result)["exit_code"] == 1


@pytest.mark.parametrize(
    ("unseen", "changes", "expected"),
    [
        ("createVolume", {}, ["createVolume"]),
        ("createVolume", {"read_only": True}, []),
        ("showVolume", {"read_only": True}, ["showVolume"]),
        ("createVolume", {"selection": ["paging.limit"]}, []),
        ("createVolume", {"selection": ["createVolume"]}, ["createVolume"]),
        ("createVolume", {"selection": ["showVolume"]}, []),
    ],
)
def test_an_operation_never_seen_with_success(unseen: str, changes: Any, expected: list[str]) -> None:
    result = builders.conformant()
    result["run"].update(changes)
    for operation in result["operations"]:
        if operation["id"] == unseen:
            operation["success"] = 0
    assert unseen_operations(result["operations"], result["run"]) == expected
    found = judged(result)
    assert found["exit_code"] == (3 if expected else 0)
    assert (unseen in found["sentence"]["en"]) == bool(expected)


def test_leftovers_leave_an_otherwise_conformant_run_open() -> None:
    result = builders.conformant()
    result["cleanup"]["leftovers"] = builders.failing()["cleanup"]["leftovers"]
    found = judged(result)
    assert (found["name"], found["exit_code"]) == ("inconclusive", 3)
    assert found["sentence"]["en"].startswith(
        "Inconclusive: 30 requirements held, but not all that the run made"
    )
    assert found["sentence"]["ko"].startswith("판정 불가: 요구 사항 30개를 지켰지만")
    assert "1 resource of the run could not be removed" in found["sentence"]["en"]
    assert "1개" in found["sentence"]["ko"]


def test_leftovers_change_nothing_where_a_must_failed() -> None:
    result = builders.conformant()
    result["cleanup"]["leftovers"] = builders.failing()["cleanup"]["leftovers"]
    result["requirements"][0]["outcome"] = "failed"
    assert judged(result)["exit_code"] == 1


OUTAGE = {"en": "the endpoint stopped answering.", "ko": "엔드포인트가 응답을 멈췄습니다."}


def with_outcome(level: str, outcome: Any) -> Result:
    """A conformant result with an outage, and one requirement of that level that is not just passed."""
    result = builders.conformant()
    result["run"]["outage"] = OUTAGE
    for record in result["requirements"]:
        if record["outcome"] == "inconclusive":
            record["outcome"] = "passed"
    next(r for r in result["requirements"] if r["level"] == level)["outcome"] = outcome
    return result


def test_an_outage_that_left_a_must_untested_leaves_the_run_open() -> None:
    found = judged(with_outcome("must", "inconclusive"))
    assert (found["name"], found["exit_code"]) == ("inconclusive", 3)
    assert found["sentence"]["en"].startswith(
        f"Inconclusive: {OUTAGE['en']} 1 requirement could not be tested"
    )
    assert found["sentence"]["ko"].startswith(f"판정 불가: {OUTAGE['ko']}")


@pytest.mark.parametrize(
    ("level", "outcome", "exit_code"),
    [("must", "passed", 0), ("should", "inconclusive", 0), ("must", "failed", 1)],
)
def test_an_outage_that_left_nothing_untested_changes_nothing(
    level: str, outcome: str, exit_code: int
) -> None:
    assert judged(with_outcome(level, outcome))["exit_code"] == exit_code


def test_an_outage_is_the_reason_where_nothing_at_all_was_tested() -> None:
    result = with_outcome("must", "inconclusive")
    for record in result["requirements"]:
        record["outcome"] = "inconclusive"
    for operation in result["operations"]:
        operation["success"] = 0
    assert judged(result)["sentence"]["en"].startswith(f"Inconclusive: {OUTAGE['en']}")


def test_what_is_untested_for_other_reasons_leaves_a_run_conformant() -> None:
    result = with_outcome("must", "inconclusive")
    del result["run"]["outage"]
    assert judged(result)["exit_code"] == 0


def test_counts_add_up() -> None:
    result = builders.failing()
    counts = count(result["requirements"])
    assert sum(sum(row.values()) for row in counts.values()) == len(result["requirements"])  # type: ignore[misc]
    assert counts["must"]["failed"] == 3
    assert counts["should"]["failed"] == 1


ENDED = {
    "en": "the tests were ended at the deadline of 5 minutes (--deadline).",
    "ko": "정해진 5분이 지났습니다.",
}


def test_a_run_that_an_option_ended_is_inconclusive_and_says_so() -> None:
    result = builders.conformant()
    result["run"]["ended"] = ENDED
    found = judged(result)
    assert (found["name"], found["exit_code"]) == ("inconclusive", 3)
    assert found["sentence"]["en"].startswith(f"Inconclusive: {ENDED['en']}")
    assert found["sentence"]["ko"].startswith(f"판정 불가: {ENDED['ko']}")


def test_a_run_that_an_option_ended_after_a_failure_is_not_conformant_and_says_both() -> None:
    result = builders.conformant()
    result["run"]["ended"] = ENDED
    result["requirements"][0]["outcome"] = "failed"
    found = judged(result)
    assert (found["name"], found["exit_code"]) == ("not conformant", 1)
    assert "exchange.rule0" in found["sentence"]["en"]
    assert "The tests were ended at the deadline of 5 minutes (--deadline)." in found["sentence"]["en"]
    assert ENDED["ko"] in found["sentence"]["ko"]
