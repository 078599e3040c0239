"""From the outcomes of requirements to the verdict of the run."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from volcheck.results.model import (
    Counts,
    Leftover,
    Level,
    OperationRecord,
    RequirementRecord,
    RunInfo,
    TestRecord,
    Text,
    Verdict,
    VerdictName,
)

_NAMED_AT_MOST = 3
_EXIT: dict[VerdictName, int] = {"conformant": 0, "not conformant": 1, "inconclusive": 3}


def count(requirements: Collection[RequirementRecord]) -> dict[Level, Counts]:
    """How many requirements of each level came to which outcome."""
    counts: dict[Level, Counts] = {
        level: {"passed": 0, "failed": 0, "waived": 0, "inconclusive": 0, "not_applicable": 0}
        for level in ("must", "should")
    }
    for requirement in requirements:
        row = counts[requirement["level"]]
        match requirement["outcome"]:
            case "passed":
                row["passed"] += 1
            case "failed":
                row["failed"] += 1
            case "waived":
                row["waived"] += 1
            case "inconclusive":
                row["inconclusive"] += 1
            case "not applicable":
                row["not_applicable"] += 1
    return counts


def fails(requirement: RequirementRecord, strict: bool) -> bool:
    """Whether this requirement turns the verdict: a failed `must`, or under `strict` any failed one."""
    return requirement["outcome"] == "failed" and (strict or requirement["level"] == "must")


def unseen_operations(operations: Sequence[OperationRecord], run: RunInfo) -> list[str]:
    """The operations that the run had to see succeed and did not.

    A read-only run answers for GET operations alone; a run with a selection, for the operations it selects; a shard for none,
    as the others see them.
    """
    if "shards" in run:
        return []
    selected = {operation["id"] for operation in operations} & set(run["selection"])
    return [
        operation["id"]
        for operation in operations
        if operation["success"] == 0
        and (not run["selection"] or operation["id"] in selected)
        and (not run["read_only"] or operation["method"] == "GET")
    ]


def errors_of(tests: Collection[TestRecord]) -> int:
    """How many tests broke down: through a fault of volcheck's own, or of its surroundings."""
    return sum(test["outcome"] == "error" for test in tests)


def verdict(
    requirements: Sequence[RequirementRecord],
    operations: Sequence[OperationRecord],
    run: RunInfo,
    leftovers: Sequence[Leftover] = (),
    waiver_problems: Sequence[str] = (),
    errors: int = 0,
) -> Verdict:
    """The verdict, in this order:

    0. inconclusive (exit 3): the run stopped itself, as it could not go on (see `stopped`): what it had found broken
       until then is named;
    1. not conformant (exit 1): a `must` failed, or under `strict` any requirement, or a waiver expired or
       matches nothing;
    2. inconclusive (exit 3), for the first of these reasons that holds:
       - results of some shards are missing from a merge;
       - something of volcheck's own broke down, --deadline or --max-failures ended the run, it was interrupted, or options
         of pytest took tests out of it;
       - `errors` tests broke down;
       - an outage of the endpoint (`outage` of the run) left a `must` untested;
       - no `must` passed;
       - an operation that the run had to see succeed never did (see `unseen_operations`);
       - something that the run made is left;
    3. conformant (exit 0).

    In a single shard (`--shard`) waivers that match nothing don't count: what they waive may fail in another shard.
    """
    if "shards" in run and "missing_shards" not in run:
        waiver_problems = ()
    failed = [requirement for requirement in requirements if fails(requirement, run["strict"])]
    passed = [r for r in requirements if r["outcome"] == "passed" and r["level"] == "must"]
    untested = any(r["outcome"] == "inconclusive" and r["level"] == "must" for r in requirements)
    unseen = unseen_operations(operations, run)
    name: VerdictName
    if "stopped" in run:
        name, sentence = "inconclusive", _stopped(run["stopped"], failed)
    elif failed or waiver_problems:
        name, sentence = "not conformant", _refusal(failed, requirements, waiver_problems)
    elif missing := run.get("missing_shards"):
        name = "inconclusive"
        sentence = _text(
            f"Inconclusive: the results of {_named_shards(missing)} are missing: merge those of all.",
            f"판정 불가: {_names(missing)}의 결과가 없습니다. 모든 부분의 결과를 병합하십시오.",
        )
    elif breakdowns := run.get("breakdowns"):
        name, sentence = "inconclusive", _broke_down(breakdowns)
    elif "ended" in run:
        name = "inconclusive"
        sentence = _text(f"Inconclusive: {run['ended']['en']}", f"판정 불가: {run['ended']['ko']}")
    elif run["interrupted"]:
        name = "inconclusive"
        sentence = _text(
            "Inconclusive: the run was interrupted before it was done.",
            "판정 불가: 실행이 끝나기 전에 중단되었습니다.",
        )
    elif left_out := run.get("deselected", 0):
        name = "inconclusive"
        sentence = _text(
            f"Inconclusive: options of pytest took {_plural(left_out, 'test')} out of the run.",
            f"판정 불가: pytest 옵션이 시험 {left_out}개를 실행에서 뺐습니다.",
        )
    elif errors:
        name = "inconclusive"
        sentence = _text(
            f"Inconclusive: {_plural(errors, 'test')} broke down (see the problems of the run).",
            f"판정 불가: 시험 {errors}개가 도중에 멈췄습니다(실행 중 문제를 보십시오).",
        )
    elif untested and "outage" in run:
        name = "inconclusive"
        sentence = _text(f"Inconclusive: {run['outage']['en']}", f"판정 불가: {run['outage']['ko']}")
    elif not passed:
        name = "inconclusive"
        sentence = _text(
            "Inconclusive: no requirement could be tested.",
            "판정 불가: 시험할 수 있었던 요구 사항이 없습니다.",
        )
    elif unseen:
        name = "inconclusive"
        sentence = _text(
            f"Inconclusive: {_names(unseen)} never answered with success.",
            f"판정 불가: {_names(unseen)}: 한 번도 성공으로 응답하지 않았습니다.",
        )
    elif leftovers:
        name = "inconclusive"
        sentence = _text(
            f"Inconclusive: {_plural(len(passed), 'requirement')} held, but not all that the run made is gone.",
            f"판정 불가: 요구 사항 {len(passed)}개를 지켰지만 실행이 만든 리소스가 남아 있습니다.",
        )
    else:
        name = "conformant"
        sentence = _text(
            f"Conformant: {_plural(len(passed), 'requirement')} held.",
            f"적합: 요구 사항 {len(passed)}개를 지켰습니다.",
        )
    if run["interrupted"] and name == "not conformant":
        cut = _text("The run was interrupted before it was done.", "실행이 끝나기 전에 중단되었습니다.")
        sentence = _text(f"{sentence['en']} {cut['en']}", f"{sentence['ko']} {cut['ko']}")
    if "ended" in run and name == "not conformant":
        ended = run["ended"]
        sentence = _text(
            f"{sentence['en']} {ended['en'][0].upper()}{ended['en'][1:]}", f"{sentence['ko']} {ended['ko']}"
        )
    if "other_edition" in run:
        other = run["other_edition"]
        sentence = _text(f"{sentence['en']} {other['en']}", f"{sentence['ko']} {other['ko']}")
    if "shards" in run and "missing_shards" not in run:
        shards = _named_shards(run["shards"])
        sentence = _text(
            f"{sentence['en']} This is {shards} alone: `volcheck merge` gives the verdict over all.",
            f"{sentence['ko']} 전체 시험의 일부({_names(run['shards'])})입니다. 전체 판정은 `volcheck merge`로 확인하십시오.",
        )
    for remark in _remarks(requirements, run["strict"], leftovers):
        sentence = _text(f"{sentence['en']} {remark['en']}", f"{sentence['ko']} {remark['ko']}")
    return {"name": name, "sentence": sentence, "exit_code": _EXIT[name]}


def _broke_down(breakdowns: Sequence[Text]) -> Text:
    more = len(breakdowns) - 1
    english, korean = f"Inconclusive: {breakdowns[0]['en']}", f"판정 불가: {breakdowns[0]['ko']}"
    if more:
        english += f" (And {more} more of the kind: see the problems of the run.)"
        korean += f" (이런 문제가 {more}개 더 있습니다. 실행 중 문제를 보십시오.)"
    return _text(english, korean)


def _stopped(reason: Text, failed: Sequence[RequirementRecord]) -> Text:
    english, korean = f"Inconclusive: {reason['en']}", f"판정 불가: {reason['ko']}"
    if failed:
        names = _names([requirement["id"] for requirement in failed])
        english += f" Until then {_plural(len(failed), 'requirement')} had failed ({names})."
        korean += f" 그때까지 요구 사항 {len(failed)}개가 실패했습니다({names})."
    return _text(english, korean)


def _refusal(
    failed: Sequence[RequirementRecord],
    everything: Sequence[RequirementRecord],
    waiver_problems: Sequence[str],
) -> Text:
    english, korean = [], []
    if failed:
        tested = [r for r in everything if r["outcome"] in ("passed", "failed", "waived")]
        names = _names([requirement["id"] for requirement in failed])
        english.append(f"{len(failed)} of {len(tested)} tested requirements failed ({names}).")
        korean.append(f"시험한 요구 사항 {len(tested)}개 가운데 {len(failed)}개가 실패했습니다({names}).")
    if waiver_problems:
        english.append(
            f"{_plural(len(waiver_problems), 'waiver')} expired or no longer "
            f"{'matches' if len(waiver_problems) == 1 else 'match'} anything."
        )
        korean.append(f"만료되었거나 더는 해당하는 것이 없는 면제가 {len(waiver_problems)}개 있습니다.")
    return _text("Not conformant: " + " ".join(english), "부적합: " + " ".join(korean))


def _remarks(
    requirements: Sequence[RequirementRecord], strict: bool, leftovers: Sequence[Leftover]
) -> list[Text]:
    remarks = []
    waived = [r["id"] for r in requirements if r["outcome"] == "waived"]
    if waived:
        remarks.append(
            _text(
                f"{_plural(len(waived), 'known failure')} waived ({_names(waived)}).",
                f"알려진 실패 {len(waived)}개를 면제했습니다({_names(waived)}).",
            )
        )
    warned = [r["id"] for r in requirements if r["outcome"] == "failed" and not fails(r, strict)]
    if warned:
        remarks.append(
            _text(
                f"{_plural(len(warned), 'recommendation')} not followed ({_names(warned)}).",
                f"따르지 않은 권장 사항이 {len(warned)}개 있습니다({_names(warned)}).",
            )
        )
    untested = [r["id"] for r in requirements if r["outcome"] == "inconclusive" and r["level"] == "must"]
    if untested:
        remarks.append(
            _text(
                f"{_plural(len(untested), 'requirement')} could not be tested ({_names(untested)}).",
                f"시험하지 못한 요구 사항이 {len(untested)}개 있습니다({_names(untested)}).",
            )
        )
    if leftovers:
        remarks.append(
            _text(
                f"{_plural(len(leftovers), 'resource')} of the run could not be removed.",
                f"이 실행이 만든 리소스 {len(leftovers)}개를 삭제하지 못했습니다.",
            )
        )
    return remarks


def _text(english: str, korean: str) -> Text:
    return {"en": english, "ko": korean}


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _named_shards(shards: Sequence[str]) -> str:
    return f"{'shard' if len(shards) == 1 else 'shards'} {_names(shards)}"


def _names(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:_NAMED_AT_MOST])
    return shown if len(ids) <= _NAMED_AT_MOST else f"{shown}, …"
