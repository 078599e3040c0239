"""What changed on an endpoint from one run to the next."""

from __future__ import annotations

from collections.abc import Iterator

from volcheck.results.comparison import (
    Change,
    Comparison,
    RequirementChange,
    Side,
    TimingChange,
)
from volcheck.results.drift import drifts
from volcheck.results.model import FORMAT, Outcome, RequirementRecord, Result, Text

#: A median counts as changed when it grew or shrank by more than this factor …
NOISE_FACTOR = 2.0
#: … and by more than this many seconds …
NOISE_SECONDS = 0.1
#: … and was taken of at least so many measurements on both sides.
NOISE_COUNT = 5

#: How the timings of answers are named; the others are of what resources take.
_LATENCY = "latency of "

_ORDER: tuple[Change, ...] = (
    "regressed",
    "inconclusive",
    "vanished",
    "new",
    "waived",
    "testable",
    "fixed",
)


def compare(before: Result, after: Result) -> Comparison:
    """Hold two results against each other; equal results give an empty comparison."""
    ours = {record["id"]: record for record in before["requirements"]}
    theirs = {record["id"]: record for record in after["requirements"]}
    changes = [
        change
        for id in dict.fromkeys([*ours, *theirs])
        if (change := _requirement(ours.get(id), theirs.get(id))) is not None
    ]
    changes.sort(key=lambda change: (_ORDER.index(change["change"]), change["level"], change["id"]))
    still = [
        id
        for id, record in theirs.items()
        if record["outcome"] == "failed" and id in ours and ours[id]["outcome"] == "failed"
    ]
    return {
        "format": FORMAT,
        "before": side(before),
        "after": side(after),
        "remarks": list(_remarks(before, after)),
        "requirements": changes,
        "still_failing": still,
        "unchanged": len(ours.keys() | theirs.keys()) - len(changes),
        "observations": drifts(
            before["observations"]["traits"],
            after["observations"]["traits"],
            stopped_before=_stopped(after, before),
            stopped_after=_stopped(before, after),
        ),
        "timings": _timings(before, after),
        "timing_rule": _text(
            f"A timing is told of when its median changed by more than {NOISE_FACTOR:g} times and by more than "
            f"{NOISE_SECONDS * 1000:.0f} ms and lies beyond the 90th percentile of the other run, with at least "
            f"{NOISE_COUNT} measurements in both; for what resources take, beyond what all answers have changed by.",
            f"두 실행에서 각각 {NOISE_COUNT}번 이상 재고, 중앙값이 {NOISE_FACTOR:g}배 넘게, {NOISE_SECONDS * 1000:.0f} ms "
            "넘게 달라졌으며 다른 실행의 90번째 백분위수를 벗어난 시간만 알립니다. 리소스의 처리 시간은 모든 응답이 함께 "
            "달라진 만큼을 뺀 것으로 봅니다.",
        ),
    }


def side(result: Result) -> Side:
    """A result in short."""
    return {
        "run": result["run"]["id"],
        "started": result["run"]["started"],
        "duration": result["run"]["duration"],
        "endpoint": endpoint_key(result),
        "url": result["endpoint"]["url"],
        "profile": result["run"]["profile"],
        "seed": result["run"]["seed"],
        "contract": result["contract"]["version"],
        "tool": f"{result['tool']['name']} {result['tool']['version']}",
        "verdict": result["verdict"]["name"],
        "sentence": result["verdict"]["sentence"],
        "exit_code": result["verdict"]["exit_code"],
        "counts": result["counts"],
        "exchanges": result["exchanges"],
    }


def endpoint_key(result: Result) -> str:
    """What tells endpoints apart: the name the user gave, which may outlive a change of URL, else the URL."""
    return result["endpoint"]["name"] or result["endpoint"]["url"]


def exit_code(comparison: Comparison, fail_on_drift: bool = False) -> int:
    """1 when a requirement regressed, or with `fail_on_drift` when any observation changed; 0 otherwise."""
    regressed = any(change["change"] == "regressed" for change in comparison["requirements"])
    return int(regressed or (fail_on_drift and bool(comparison["observations"])))


def _requirement(
    before: RequirementRecord | None, after: RequirementRecord | None
) -> RequirementChange | None:
    record = after or before
    assert record is not None
    old = before["outcome"] if before else None
    new = after["outcome"] if after else None
    change = _change(old, new)
    if change is None:
        return None
    failing = next((r for r in (after, before) if r is not None and r["failures"]), None)
    return {
        "id": record["id"],
        "level": record["level"],
        "statement": record["statement"],
        "change": change,
        "before": old,
        "after": new,
        "reason": after["reason"] if after else "",
        "failure": failing["failures"][0] if failing else None,
    }


def _change(before: Outcome | None, after: Outcome | None) -> Change | None:
    """How to call the step from one outcome to another; None where nothing happened that matters.

    A failure that was not there before is a regression, also where the requirement could not be tested
    before: a gate must not let it through for want of an older proof. A requirement that is new is not:
    nobody can say that the endpoint ever kept it.
    """
    if before == after:
        return None
    match before, after:
        case None, _:
            return "new"
        case _, None:
            return "vanished"
        case _, "failed":
            return "regressed"
        case _, "waived":
            return "waived"
        case (("failed" | "waived"), "passed"):
            return "fixed"
        case (("passed" | "failed" | "waived"), _):
            return "inconclusive"
        case _, "passed":
            return "testable"
    # Only `inconclusive` and `not applicable` are left, and neither says anything of the endpoint.
    return None


def _stopped(there: Result, here: Result) -> dict[str, list[str]]:
    """Requirements that held there and not here, with their operations: their tests ended before their end."""
    held = {record["id"] for record in there["requirements"] if record["outcome"] == "passed"}
    return {
        record["id"]: record["operations"]
        for record in here["requirements"]
        if record["id"] in held
        and record["outcome"] != "passed"
        # What is held against every exchange stops no test.
        and any("::" in test and not test.startswith("every exchange") for test in record["tests"])
    }


def _timings(before: Result, after: Result) -> list[TimingChange]:
    ours, theirs = before["observations"]["timings"], after["observations"]["timings"]
    common = sorted(
        name
        for name in ours.keys() & theirs.keys()
        if min(ours[name]["count"], theirs[name]["count"]) >= NOISE_COUNT
    )
    everything = sorted(
        theirs[name]["p50"] / max(ours[name]["p50"], 1e-6) for name in common if name.startswith(_LATENCY)
    )
    pace = everything[len(everything) // 2] if everything else 1.0
    found: list[TimingChange] = []
    for name in common:
        old, new = ours[name], theirs[name]
        factor = new["p50"] / max(old["p50"], 1e-6)
        slower, faster = (new, old) if factor > 1 else (old, new)
        # A machine that is busy elsewhere delays whatever is waited for; answers tell by how much.
        general = 1.0 if name.startswith(_LATENCY) else max(pace if factor > 1 else 1 / pace, 1.0)
        if (
            slower["p50"] - faster["p50"] > NOISE_SECONDS
            and max(factor, 1 / max(factor, 1e-6)) > NOISE_FACTOR * general
            and slower["p50"] > faster["p90"]
        ):
            found.append({"name": name, "before": old, "after": new, "factor": round(factor, 3)})
    return sorted(found, key=lambda change: -change["factor"])


def _remarks(before: Result, after: Result) -> Iterator[Text]:
    """Reasons for differences that are not the endpoint's doing."""
    ours, theirs = before["run"], after["run"]
    if before["contract"]["sha256"] != after["contract"]["sha256"]:
        versions = f"{before['contract']['version']} → {after['contract']['version']}"
        yield _text(
            f"The contracts differ ({versions}): some outcomes may differ because more or less was demanded.",
            f"계약이 서로 다릅니다({versions}). 요구한 것이 달라서 결과가 다를 수 있습니다.",
        )
    if before["tool"] != after["tool"]:
        tools = f"{before['tool']['version']} → {after['tool']['version']}"
        yield _text(
            f"The versions of volcheck differ ({tools}).", f"volcheck의 버전이 서로 다릅니다({tools})."
        )
    if endpoint_key(before) != endpoint_key(after):
        names = f"{endpoint_key(before)} → {endpoint_key(after)}"
        yield _text(f"The endpoints differ ({names}).", f"엔드포인트가 서로 다릅니다({names}).")
    for key, english, korean in (
        ("profile", "profiles", "프로필"),
        ("read_only", "read-only settings", "읽기 전용 설정"),
        ("strict", "strict settings", "엄격 설정"),
        ("selection", "selections", "선택"),
        ("seed", "seeds", "시드"),
    ):
        old, new = _said(ours.get(key)), _said(theirs.get(key))
        if old != new:
            yield _text(
                f"The {english} differ ({old} → {new}): what was not tested was not seen.",
                f"{korean}: 서로 다릅니다({old} → {new}). 시험하지 않은 것은 보이지 않습니다.",
            )
    for name_en, name_ko, run in (("earlier", "앞선", ours), ("later", "뒤의", theirs)):
        if run["interrupted"]:
            yield _text(
                f"The {name_en} run was interrupted: it holds only what it saw until then.",
                f"{name_ko} 실행이 중단되어 그때까지 본 것만 담고 있습니다.",
            )
    if ours["started"] > theirs["started"]:
        yield _text("The result named first is the later one.", "먼저 지정한 결과가 시간상 나중의 것입니다.")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return (", ".join(map(str, value)) or "everything") if isinstance(value, list) else str(value)


def _text(english: str, korean: str) -> Text:
    return {"en": english, "ko": korean}
