"""Results put together: parts of one run, and endpoints side by side."""

from __future__ import annotations

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.results.files import first_fault
from volcheck.results.merge import by_endpoint, endpoint_matrix, merge_results
from volcheck.results.model import Outcome, Result


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


# -- shards -------------------------------------------------------------------------------------------------------


def shard(name: str, **changes: object) -> Result:
    result = builders.conformant()
    result["run"]["shards"] = [name]
    result["run"].update(changes)  # type: ignore[typeddict-item]
    return builders.settle(result)


def test_a_shard_answers_for_no_operation_that_others_see() -> None:
    result = shard("1/2")
    result["operations"][0]["success"] = 0
    assert builders.settle(result)["verdict"]["exit_code"] == 0
    assert merge_results([result, shard("2/2")])["verdict"]["exit_code"] == 0
    other = shard("2/2")
    other["operations"][0]["success"] = 0
    merged = merge_results([result, other])
    assert merged["verdict"]["exit_code"] == 3
    assert "never answered with success" in merged["verdict"]["sentence"]["en"]


def test_what_another_shard_tested_is_tested() -> None:
    left, right = shard("1/2"), shard("2/2")
    left["requirements"][0].update(outcome="not applicable", reason="it is part of another shard", tests=[])
    merged = merge_results([left, right])
    assert merged["requirements"][0]["outcome"] == "passed"
    assert merged["requirements"][0]["reason"] == ""
    assert "shards" not in merged["run"]
    assert merged["verdict"]["name"] == "conformant"
    assert "shard" not in merged["verdict"]["sentence"]["en"]
    assert first_fault("result.schema.json", merged) is None


@pytest.mark.parametrize("there", [["1/3"], ["1/3", "3/3"], ["1/3", "1/3"]])
def test_shards_that_are_missing_leave_it_open(there: list[str]) -> None:
    merged = merge_results([shard(name) for name in there])
    missing = [name for name in ("1/3", "2/3", "3/3") if name not in there]
    assert merged["run"]["missing_shards"] == missing
    assert merged["verdict"]["exit_code"] == 3
    assert all(name in merged["verdict"]["sentence"]["en"] for name in missing)
    assert first_fault("result.schema.json", merged) is None
    rest = merge_results([merged, *(shard(name) for name in missing)])
    assert "shards" not in rest["run"]
    assert "missing_shards" not in rest["run"]
    assert rest["verdict"]["exit_code"] == 0


def test_a_failure_counts_whatever_is_missing() -> None:
    failing = builders.failing()
    failing["run"]["shards"] = ["1/3"]
    assert merge_results([failing])["verdict"]["exit_code"] == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 77}, "seed differs"),
        ({"profile": "deep"}, "profile differs"),
        ({"selection": ["x"]}, "selection"),
    ],
)
def test_shards_of_unlike_runs_are_not_merged(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        merge_results([shard("1/2"), shard("2/2", **changes)])


def test_shards_of_unlike_divisions_are_not_merged() -> None:
    with pytest.raises(UsageError, match="of 2 and of 3"):
        merge_results([shard("1/2"), shard("2/3")])


def test_a_whole_run_beside_shards_is_whole() -> None:
    merged = merge_results([builders.conformant(), shard("1/3")])
    assert merged["verdict"]["exit_code"] == 0
    assert "shards" not in merged["run"]


def test_a_waiver_is_out_of_date_where_no_shard_needs_it() -> None:
    left, right = shard("1/2"), shard("2/2")
    left["waiver_problems"], right["waiver_problems"] = ["a is unused", "b is unused"], ["b is unused"]
    assert builders.settle(left)["verdict"]["exit_code"] == 0
    merged = merge_results([left, right])
    assert merged["waiver_problems"] == ["b is unused"]
    assert merged["verdict"]["exit_code"] == 1
