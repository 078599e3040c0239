"""junit.xml: well-formed whatever was sent, and a case fails only where the verdict turns."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from tests.report import builders

from volcheck.report.junit import junit
from volcheck.results.model import Result


def cases(result: Result) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(junit(result)).iter("testcase"))


def named(result: Result, requirement: str) -> list[ElementTree.Element]:
    return [case for case in cases(result) if case.get("classname", "").endswith(f"/{requirement}")]


@pytest.mark.parametrize("build", [builders.conformant, builders.failing, builders.hostile])
def test_counts_are_those_of_the_cases(build: Any) -> None:
    root = ElementTree.fromstring(junit(build()))
    for element in [root, *root.iter("testsuite")]:
        inner = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(inner)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.get(attribute, "")) == sum(case.find(tag) is not None for case in inner)


def test_every_requirement_has_a_case_with_its_properties() -> None:
    result = builders.failing()
    result["tests"] = []
    for record in result["requirements"]:
        case = named(result, record["id"])[0]
        values = {p.get("name"): p.get("value") for p in case.iter("property")}
        assert values == {"requirement": record["id"], "level": record["level"], "source": record["source"]}


@pytest.mark.parametrize("strict", [False, True])
def test_failures_are_those_that_turn_the_verdict(strict: bool) -> None:
    result = builders.failing()
    result["run"]["strict"] = strict
    failed = {case.get("classname") for case in cases(result) if case.find("failure") is not None}
    expected = {"exchange/exchange.rule0", "echo/echo.rule2", "paging/paging.rule1"}
    assert failed == expected | ({"sort/sort.rule4"} if strict else set())


def test_a_failure_tells_all() -> None:
    failure = named(builders.failing(), "echo.rule2")[0].find("failure")
    assert failure is not None
    for part in (
        "echo.rule2",
        "expected: at most 2",
        "got: 3 volumes",
        "GET http://",
        "200 OK",
        "curl -sS",
        "E-SIZE",
    ):
        assert part in (failure.text or "")


def test_waived_and_warning_and_untested() -> None:
    result = builders.failing()
    waived = named(result, "access.rule3")[0].find("skipped")
    assert waived is not None
    assert waived.get("message") == "waived: Fixed in the next release. VOL-12"
    warning = named(result, "sort.rule4")[0].find("system-out")
    assert warning is not None
    assert (warning.text or "").startswith("warning: sort.rule4")
    untested = named(result, "lifecycle.rule3")[0].find("skipped")
    assert untested is not None
    assert "No image was given" in (untested.get("message") or "")


def test_a_test_stopped_by_another_requirement_is_no_second_failure() -> None:
    result = builders.conformant()
    records = {record["id"]: record for record in result["requirements"]}
    test = next(test for test in result["tests"] if test["requirement"] == "paging.rule1")
    test["outcome"] = "failed"
    records["exchange.rule0"].update(outcome="failed", failures=[builders.failure(test["id"])])
    stopped = named(result, "paging.rule1")[0].find("skipped")
    assert stopped is not None
    assert stopped.get("message") == "stopped by a failure of exchange.rule0"
    failed = [case.get("classname") for case in cases(result) if case.find("failure") is not None]
    assert failed == ["exchange/exchange.rule0"]


def test_a_failure_without_record_is_still_a_failure() -> None:
    result = builders.conformant()
    result["requirements"][0]["outcome"] = "failed"
    result["tests"][0].update(outcome="failed", reason="it broke")
    failure = named(result, "exchange.rule0")[0].find("failure")
    assert failure is not None
    assert "it broke" in (failure.text or "")


def test_an_error_is_an_error() -> None:
    result = builders.conformant()
    result["tests"][0].update(outcome="error", reason="KeyError: 'x'")
    error = named(result, "exchange.rule0")[0].find("error")
    assert error is not None
    assert "KeyError" in (error.get("message") or "")


def test_waiver_problems_fail() -> None:
    result = builders.conformant()
    result["waiver_problems"] = ["waivers.yaml:3: expired"]
    assert [case.get("name") for case in cases(result) if case.find("failure") is not None] == [
        "waivers.yaml:3: expired"
    ]


def test_hostile_text_stays_text() -> None:
    document = junit(builders.hostile())
    text = document.decode("utf-8")
    assert not any(ord(c) < 32 and c not in "\n\t" for c in text)
    failure = named(builders.hostile(), "paging.rule1")[0].find("failure")
    assert failure is not None
    assert "<script>" in (failure.text or "")
    assert r"\x1b[31m" in (failure.text or "")


def test_names_are_the_same_in_whatever_order_tests_ended() -> None:
    one, two = builders.failing(), builders.failing()
    for test in two["tests"]:
        test["duration"] = 9.9
    two["tests"].reverse()

    def names(result: Result) -> set[tuple[str | None, str | None]]:
        return {(case.get("classname"), case.get("name")) for case in cases(result)}

    assert names(one) == names(two)


def test_a_case_for_all_exchanges_tells_what_any_test_saw() -> None:
    result = builders.conformant()
    record = result["requirements"][0]
    record.update(outcome="failed", failures=[builders.failure("a::b"), builders.failure("c::d")])
    result["tests"][0].update(id="every exchange::exchange.rule0", outcome="failed")
    (case,) = named(result, "exchange.rule0")
    failure = case.find("failure")
    assert failure is not None
    assert "a::b" in (failure.text or "")
    assert "c::d" in (failure.text or "")
