"""Several results put together: parts of one run made by separate CI jobs, or many endpoints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypedDict, TypeVar

from volcheck.errors import UsageError
from volcheck.results.compare import endpoint_key, side
from volcheck.results.comparison import Side
from volcheck.results.model import (
    Cleanup,
    ErratumRecord,
    Failure,
    Latency,
    Level,
    Observations,
    OperationRecord,
    Outcome,
    RequirementRecord,
    Result,
    RunInfo,
    Text,
    Timing,
    TraceRow,
    Undocumented,
)
from volcheck.results.verdict import count, errors_of, verdict

_T = TypeVar("_T", Latency, Timing)

#: What is left of unlike outcomes of one requirement: a failure anywhere fails, a pass anywhere was seen.
_PRECEDENCE: tuple[Outcome, ...] = ("failed", "waived", "passed", "inconclusive", "not applicable")
_PROFILES = ("smoke", "default", "deep")


class MatrixRow(TypedDict):
    """One requirement and its outcome on each endpoint, None where the result doesn't have it."""

    id: str
    level: Level
    statement: Text
    outcomes: list[Outcome | None]


class Silent(TypedDict):
    """An endpoint whose run gave no result, and what it said."""

    endpoint: str
    sentence: str


class EndpointMatrix(TypedDict):
    """Many endpoints side by side. `rows` has every requirement; `exit_code` is the worst of all."""

    format: int
    endpoints: list[Side]
    silent: list[Silent]
    rows: list[MatrixRow]
    exit_code: int


def endpoint_matrix(results: Sequence[Result], silent: Sequence[tuple[str, str, int]] = ()) -> EndpointMatrix:
    """Requirements by endpoint; the results of one endpoint must have been merged before.

    silent: the endpoints without a result: name, reason and the exit code of the run.
    """
    known: dict[str, RequirementRecord] = {}
    for result in results:
        for record in result["requirements"]:
            known.setdefault(record["id"], record)
    outcomes = [{record["id"]: record["outcome"] for record in result["requirements"]} for result in results]
    codes = {result["verdict"]["exit_code"] for result in results}
    # A run that died has judged nothing, whatever its code was.
    codes |= {code if code == 2 else 3 for _, _, code in silent}
    return {
        "format": 1,
        "endpoints": [side(result) for result in results],
        "silent": [{"endpoint": name, "sentence": sentence} for name, sentence, _ in silent],
        "rows": [
            {
                "id": record["id"],
                "level": record["level"],
                "statement": record["statement"],
                "outcomes": [by_id.get(record["id"]) for by_id in outcomes],
            }
            for record in known.values()
        ],
        "exit_code": next((code for code in (1, 2, 3) if code in codes), 0),
    }


def by_endpoint(results: Iterable[Result]) -> list[Result]:
    """The results with those of one endpoint and project merged, in the order they were given."""
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((endpoint_key(result), result["endpoint"]["project_id"]), []).append(result)
    return [merge_results(group) for group in groups.values()]


def merge_results(results: Sequence[Result]) -> Result:
    """One result out of those of separate jobs against one endpoint; a single one of all tests is given back as it is.

    A requirement fails if it failed anywhere and passes if it passed anywhere else. Counts add up. Quantiles
    can't be added: each is that of the job with the most measurements. Results of shards (`--shard`) become one of all tests;
    where some are missing it is inconclusive. Raises UsageError when endpoint or contract differ, and where shards are not of
    the same run.
    """
    first = results[0]
    missing = _missing_shards([result["run"] for result in results])
    if len(results) == 1 and not missing:
        return first
    for other in results[1:]:
        for what, ours, theirs in (
            ("endpoints", endpoint_key(first), endpoint_key(other)),
            ("projects", first["endpoint"]["project_id"], other["endpoint"]["project_id"]),
            ("contracts", first["contract"]["sha256"], other["contract"]["sha256"]),
        ):
            if ours != theirs:
                raise UsageError(
                    f"Runs {first['run']['id']} and {other['run']['id']} have unlike {what} "
                    f"({ours}, {theirs}); merge only results that were made against the same."
                )
    run = _run([result["run"] for result in results], missing)
    requirements = _requirements(results)
    operations = _operations(results)
    cleanup: Cleanup = {
        "created": sum(result["cleanup"]["created"] for result in results),
        "removed": sum(result["cleanup"]["removed"] for result in results),
        "leftovers": [left for result in results for left in result["cleanup"]["leftovers"]],
        "unproved": [each for result in results for each in result["cleanup"].get("unproved", [])],
        "problems": [problem for result in results for problem in result["cleanup"]["problems"]],
    }
    merged: Result = {
        **first,
        "run": run,
        "requirements": requirements,
        "counts": count(requirements),
        "operations": operations,
        "tests": [test for result in results for test in result["tests"]],
        "errata": _errata(results),
        "transitions": [chain for result in results for chain in result["transitions"]],
        "observations": _observations(results),
        "undocumented": _undocumented(results),
        "trace": _trace(first["trace"], requirements),
        "cleanup": cleanup,
        "problems": [problem for result in results for problem in result["problems"]],
        "exchanges": sum(result["exchanges"] for result in results),
    }
    problems = _waiver_problems(results)
    merged.pop("waiver_problems", None)
    if problems:
        merged["waiver_problems"] = problems
    merged["verdict"] = verdict(
        requirements, operations, run, cleanup["leftovers"], problems, errors_of(merged["tests"])
    )
    return merged


def _missing_shards(runs: Sequence[RunInfo]) -> list[str]:
    """The shards that are not among the results; none where one is of all tests. Raises UsageError for unlike ones."""
    if not all("shards" in run for run in runs):
        return []
    first = runs[0]
    of = {shard.partition("/")[2] for run in runs for shard in run["shards"]}
    for other in runs[1:]:
        for what in ("profile", "seed", "strict", "read_only", "selection"):
            if first[what] != other[what]:
                raise UsageError(
                    f"Shards {first['shards'][0]} and {other['shards'][0]} are not of the same run: {what.replace('_', ' ')} "
                    "differs. Run them with the same options."
                )
    if len(of) != 1:
        raise UsageError(
            f"These are shards of {' and of '.join(sorted(of, key=int))}: merge only results of one division."
        )
    (number,) = of
    there = {shard for run in runs for shard in run["shards"]}
    return [name for n in range(1, int(number) + 1) if (name := f"{n}/{number}") not in there]


def _waiver_problems(results: Sequence[Result]) -> list[str]:
    """What is wrong with waivers. A shard may find none of what one waives; in all of them it is found nowhere."""
    told = [result.get("waiver_problems", []) for result in results]
    everywhere = all("shards" in result["run"] for result in results)
    return list(
        dict.fromkeys(
            problem
            for problems in told
            for problem in problems
            if not everywhere or all(problem in others for others in told)
        )
    )


def _trace(rows: Sequence[TraceRow], requirements: Sequence[RequirementRecord]) -> list[TraceRow]:
    """The rows with the number of tests that all results together have for their requirements."""
    tests = {record["id"]: record["tests"] for record in requirements}
    return [
        {**row, "tests": len({test for name in row["requirements"] for test in tests.get(name, ())})}
        for row in rows
    ]


def _run(runs: Sequence[RunInfo], missing: Sequence[str]) -> RunInfo:
    # What any part left unselected, another may have tested: only a part without selection covers all.
    selections = [run["selection"] for run in runs]
    selection = [] if not all(selections) else sorted({name for names in selections for name in names})
    firsts = [run["first_failure"] for run in runs if run["first_failure"] is not None]
    merged: RunInfo = {
        **runs[0],
        "id": "+".join(dict.fromkeys(run["id"] for run in runs)),
        "started": min(run["started"] for run in runs),
        "finished": max(run["finished"] for run in runs),
        "duration": max(run["duration"] for run in runs),
        "profile": max((run["profile"] for run in runs), key=_PROFILES.index),
        "strict": any(run["strict"] for run in runs),
        "read_only": all(run["read_only"] for run in runs),
        "concurrency": max(run["concurrency"] for run in runs),
        "selection": selection,
        "interrupted": any(run["interrupted"] for run in runs),
        "first_failure": min(firsts) if firsts else None,
    }
    merged.pop("shards", None)
    merged.pop("missing_shards", None)
    if missing:
        merged["shards"] = sorted({shard for run in runs for shard in run.get("shards", ())})
        merged["missing_shards"] = list(missing)
    if deselected := sum(run.get("deselected", 0) for run in runs):
        merged["deselected"] = deselected
    if stopped := [run["stopped"] for run in runs if "stopped" in run]:
        merged["stopped"] = stopped[0]
    if ended := [run["ended"] for run in runs if "ended" in run]:
        merged["ended"] = ended[0]
    if others := [run["other_edition"] for run in runs if "other_edition" in run]:
        merged["other_edition"] = others[0]
    if outages := [run["outage"] for run in runs if "outage" in run]:
        merged["outage"] = outages[0]
    if breakdowns := [breakdown for run in runs for breakdown in run.get("breakdowns", ())]:
        merged["breakdowns"] = breakdowns
    return merged


def _requirements(results: Sequence[Result]) -> list[RequirementRecord]:
    grouped: dict[str, list[RequirementRecord]] = defaultdict(list)
    for result in results:
        for record in result["requirements"]:
            grouped[record["id"]].append(record)
    return [_requirement(records) for records in grouped.values()]


def _requirement(records: Sequence[RequirementRecord]) -> RequirementRecord:
    leading = min(records, key=lambda record: _PRECEDENCE.index(record["outcome"]))
    failures: dict[tuple[str, str, str], Failure] = {}
    for record in records:
        for failure in record["failures"]:
            key = (failure["test"], failure["message"], failure["got"])
            seen = failures.get(key)
            failures[key] = {**failure, "count": failure["count"] + (seen["count"] if seen else 0)}
    return {
        **leading,
        "assertions": sum(record["assertions"] for record in records),
        "tests": list(dict.fromkeys(test for record in records for test in record["tests"])),
        "failures": list(failures.values()),
    }


def _operations(results: Sequence[Result]) -> list[OperationRecord]:
    merged: dict[str, OperationRecord] = {}
    for result in results:
        for operation in result["operations"]:
            known = merged.get(operation["id"])
            if known is None:
                merged[operation["id"]] = operation
                continue
            statuses = dict(known["statuses"])
            for status, number in operation["statuses"].items():
                statuses[status] = statuses.get(status, 0) + number
            merged[operation["id"]] = {
                **known,
                "statuses": dict(sorted(statuses.items())),
                "success": known["success"] + operation["success"],
                "client_error": known["client_error"] + operation["client_error"],
                "latency": _larger(known["latency"], operation["latency"]),
            }
    return list(merged.values())


def _larger(one: _T | None, other: _T | None) -> _T | None:
    if one is None or other is None:
        return one or other
    return one if one["count"] >= other["count"] else other


def _errata(results: Sequence[Result]) -> list[ErratumRecord]:
    merged: dict[str, ErratumRecord] = {}
    for result in results:
        for erratum in result["errata"]:
            known = merged.get(erratum["id"])
            if known is None or known["reading"] == "not seen":
                merged[erratum["id"]] = erratum
    return list(merged.values())


def _observations(results: Sequence[Result]) -> Observations:
    traits: dict[str, set[str]] = defaultdict(set)
    timings: dict[str, Timing] = {}
    for result in results:
        for key, values in result["observations"]["traits"].items():
            traits[key].update(values)
        for name, timing in result["observations"]["timings"].items():
            timings[name] = _larger(timings.get(name), timing) or timing
    return {
        "traits": {key: sorted(values) for key, values in sorted(traits.items())},
        "timings": dict(sorted(timings.items())),
    }


def _undocumented(results: Sequence[Result]) -> list[Undocumented]:
    merged: dict[tuple[str, int, str], Undocumented] = {}
    for result in results:
        for field in result["undocumented"]:
            key = (field["operation"], field["status"], field["path"])
            known = merged.get(key)
            merged[key] = (
                {
                    **field,
                    "types": sorted({*known["types"], *field["types"]}),
                    "count": known["count"] + field["count"],
                }
                if known
                else field
            )
    return list(merged.values())
