"""Results put together: parts of one run, and endpoints side by side."""

from __future__ import annotations

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.results.files import first_fault
from volcheck.results.merge import by_endpoint, endpoint_matrix, merge_results
from volcheck.results.model import Outcome


@pytest.mark.parametrize(
    ("one", "two", "merged"),
    [
        ("passed", "failed", "failed"),
        ("waived", "passed", "waived"),
        ("passed", "inconclusive", "passed"),
        ("not applicable", "inconclusive", "inconclusive"),
        ("not applicable", "passed", "passed"),
        ("inconclusive", "failed", "failed"),
    ],
)
def test_a_failure_anywhere_fails_and_a_pass_anywhere_was_seen(
    one: Outcome, two: Outcome, merged: Outcome
) -> None:
    for first, second in ((one, two), (two, one)):
        left, right = builders.conformant(), builders.conformant()
        left["requirements"][0]["outcome"] = first
        right["requirements"][0]["outcome"] = second
        assert merge_results([left, right])["requirements"][0]["outcome"] == merged


def test_counts_add_up() -> None:
    left, right = builders.failing(), builders.failing()
    right["run"].update(
        id="vc-2", started="2026-03-01T09:59:00Z", selection=["x"], profile="deep", concurrency=12
    )
    right["observations"]["traits"]["new / 200 / fault"] = ["x"]
    right["operations"][0]["statuses"] = {"300": 7}
    result = builders.settle(merge_results([left, right]))
    assert result["exchanges"] == 2 * 1843
    assert result["run"]["id"] == "vc-7f3a+vc-2"
    assert result["run"]["started"] == "2026-03-01T09:59:00Z"
    assert (result["run"]["selection"], result["run"]["profile"], result["run"]["concurrency"]) == (
        [],
        "deep",
        12,
    )
    assert result["operations"][0]["statuses"] == {"200": 120, "300": 7, "404": 14}
    assert result["operations"][1]["success"] == 240
    assert result["requirements"][0]["failures"][0]["count"] == 2
    assert len(result["requirements"][0]["failures"]) == len(left["requirements"][0]["failures"])
    assert "new / 200 / fault" in result["observations"]["traits"]
    assert result["undocumented"][0]["count"] == 62
    assert len(result["cleanup"]["leftovers"]) == 2
    assert first_fault("result.schema.json", result) is None


def test_parts_that_each_saw_half_are_whole_together() -> None:
    left, right = builders.conformant(), builders.conformant()
    for result, seen in ((left, "GET"), (right, "POST DELETE")):
        for operation in result["operations"]:
            if operation["method"] not in seen:
                operation["success"] = 0
    assert builders.settle(left)["verdict"]["exit_code"] == 3
    assert merge_results([left, right])["verdict"]["exit_code"] == 0


@pytest.mark.parametrize("what", ["name", "project_id", "sha256"])
def test_unlike_results_are_not_merged(what: str) -> None:
    left, right = builders.conformant(), builders.conformant()
    (right["contract"] if what == "sha256" else right["endpoint"])[what] = "other"  # type: ignore[literal-required]
    with pytest.raises(UsageError, match="unlike"):
        merge_results([left, right])


def test_a_single_result_stays_as_it_is() -> None:
    result = builders.failing()
    assert merge_results([result]) is result


def test_endpoints_side_by_side() -> None:
    good, bad, again = builders.conformant(), builders.failing(), builders.conformant()
    bad["endpoint"].update(name="kr2", url="http://kr2/v2")
    del bad["requirements"][-1]
    merged = by_endpoint([good, bad, again])
    assert [result["endpoint"]["name"] for result in merged] == ["kr1", "kr2"]
    matrix = endpoint_matrix(merged)
    rows = {row["id"]: row["outcomes"] for row in matrix["rows"]}
    assert rows["exchange.rule0"] == ["passed", "failed"]
    assert rows["unicode.rule4"] == ["passed", None]
    assert matrix["exit_code"] == 1


@pytest.mark.parametrize(("codes", "worst"), [((0, 0), 0), ((0, 3), 3), ((3, 1), 1), ((0, 1), 1)])
def test_the_worst_verdict_counts(codes: tuple[int, int], worst: int) -> None:
    results = [builders.conformant(), builders.conformant()]
    for result, code in zip(results, codes, strict=True):
        result["verdict"]["exit_code"] = code
    assert endpoint_matrix(results)["exit_code"] == worst
