"""Makes result.json out of what a run counted and what became of each test."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from volcheck import __version__
from volcheck.contract import Contract
from volcheck.contract.errata import Erratum
from volcheck.contract.overlay import language_overlays, load_document, summaries
from volcheck.fixtures.books import Books
from volcheck.fixtures.settings import Settings
from volcheck.observations.observe import Observer, Shape
from volcheck.results.model import (
    FORMAT,
    Cleanup,
    ErratumRecord,
    Failure,
    OperationRecord,
    Outcome,
    RequirementRecord,
    Result,
    RunInfo,
    TestRecord,
    Text,
    TraceRow,
    Undocumented,
)
from volcheck.results.verdict import count, errors_of, verdict

#: The pseudo test that stands for what is held against every exchange.
EVERY_EXCHANGE = "every exchange"


def _nothing() -> Cleanup:
    return {"created": 0, "removed": 0, "leftovers": [], "unproved": [], "problems": []}


@attrs.define
class RunData:
    """What a run has seen and done by its end. The defaults are those of a run that could not begin.

    readings: by erratum, which readings were seen. exchanges: how many requests were sent. first_failure: seconds from the
    start until a requirement was seen broken, None where none was. stopped: why the run could not go on, None where it
    could. ended: which option ended the tests early. outage: what the endpoint did that kept tests from being played, in a
    sentence. breakdowns: what went wrong in volcheck itself.
    """

    books: Books = attrs.field(factory=Books)
    observer: Observer = attrs.field(factory=Observer)
    readings: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    cleanup: Cleanup = attrs.field(factory=_nothing)
    exchanges: int = 0
    first_failure: float | None = None
    stopped: Text | None = None
    ended: Text | None = None
    outage: Text | None = None
    breakdowns: list[Text] = attrs.field(factory=list)


@attrs.define
class Collected:
    """Everything a result is made of."""

    settings: Settings
    contract: Contract
    tests: list[TestRecord]
    data: RunData
    continuous: frozenset[str]
    selected: frozenset[str]
    started: str
    finished: str
    duration: float
    interrupted: bool
    deselected: int = 0
    errata: list[ErratumRecord] = attrs.field(factory=list)
    trace: list[TraceRow] = attrs.field(factory=list)
    problems: list[str] = attrs.field(factory=list)


def assemble(collected: Collected) -> Result:
    """The result of a run."""
    settings, contract = collected.settings, collected.contract
    data = collected.data
    books, observer = data.books, data.observer
    tests = collected.tests + _continuous_tests(collected, books)
    requirements = _requirements(collected, tests, books)
    _name_errata(requirements, collected.errata, contract)
    for item in collected.errata:
        if item["reading"] != "not seen":
            observer.trait(f"erratum {item['id']} / reading", item["reading"])
    korean: dict[str, str] = {}
    for overlay in language_overlays(contract.spec_dir, "ko", contract.edition.id):
        if overlay.is_file():
            korean |= summaries(contract.document, load_document(overlay))
    operations = [
        _operation(
            contract,
            operation_id,
            korean.get(operation_id),
            observer.statuses.get(operation_id, {}),
            observer.latency(operation_id),
        )
        for operation_id in contract.operations
    ]
    firsts = [t["first_failure"] for t in tests if "first_failure" in t]
    if data.first_failure is not None:
        firsts.append(data.first_failure)
    run: RunInfo = {
        "id": settings.run_id,
        "started": collected.started,
        "finished": collected.finished,
        "duration": round(collected.duration, 3),
        "profile": settings.profile,
        "seed": settings.seed,
        "strict": settings.strict,
        "read_only": settings.read_only,
        "concurrency": settings.concurrency,
        "selection": list(settings.selection),
        "interrupted": collected.interrupted,
        "first_failure": round(min(firsts), 3) if firsts else None,
    }
    if settings.shard is not None:
        run["shards"] = ["{}/{}".format(*settings.shard)]
    if data.stopped is not None:
        run["stopped"] = data.stopped
    if collected.deselected:
        run["deselected"] = collected.deselected
    if settings.deadline is not None:
        run["deadline"] = settings.deadline
    if settings.max_failures is not None:
        run["max_failures"] = settings.max_failures
    if data.ended is not None:
        run["ended"] = data.ended
    if data.outage is not None:
        run["outage"] = data.outage
    if data.breakdowns:
        run["breakdowns"] = data.breakdowns
    undocumented = _undocumented(contract, observer)
    if (other := _other_edition(books.editions, undocumented)) is not None:
        run["other_edition"] = other
    cleanup = data.cleanup
    problems = [*collected.problems, *books.problems, *(text["en"] for text in data.breakdowns)]
    return {
        "format": FORMAT,
        "tool": {"name": "volcheck", "version": __version__},
        "contract": {
            "version": str(contract.document["info"]["version"]),
            "edition": contract.edition.id,
            "sha256": contract_hash(contract),
        },
        "run": run,
        "endpoint": {
            "name": settings.name,
            "url": settings.base_url,
            "project_id": settings.project_id,
            "embedded": list(settings.reference_options) if settings.embedded else None,
            "cloud": settings.cloud,
            "capabilities": _plain(attrs.asdict(settings.capabilities)),
        },
        "verdict": verdict(requirements, operations, run, cleanup["leftovers"], errors=errors_of(tests)),
        "counts": count(requirements),
        "operations": operations,
        "requirements": requirements,
        "tests": tests,
        "errata": collected.errata,
        "transitions": _transitions(books.transitions),
        "observations": {"traits": observer.all_traits(), "timings": observer.timings()},
        "undocumented": undocumented,
        "cleanup": cleanup,
        "trace": collected.trace,
        "problems": problems,
        "exchanges": data.exchanges,
    }


def contract_hash(contract: Contract) -> str:
    """SHA-256 over the files of the contract, so that results made by unlike contracts can be told apart."""
    digest = hashlib.sha256()
    base = ("openapi.yaml", "requirements.yaml", "statuses.yaml", "errata.yaml")
    own = ("edition.yaml", "overlay.yaml", "requirements.yaml", "statuses.yaml")
    for path in (*map(contract.spec_dir.joinpath, base), *map(contract.edition.folder.joinpath, own)):
        name = path.relative_to(contract.spec_dir).as_posix()
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()


def _continuous_tests(collected: Collected, books: Books) -> list[TestRecord]:
    """A test record for each requirement that is held against every exchange."""
    records: list[TestRecord] = []
    for requirement in sorted(collected.continuous & collected.selected):
        failed = requirement in books.failures
        reached = books.reached[requirement]
        records.append(
            {
                "id": f"{EVERY_EXCHANGE}::{requirement}",
                "requirement": requirement,
                "outcome": "failed" if failed else "passed" if reached else "inconclusive",
                "reason": "" if failed or reached else "no exchange of the run showed it",
                "duration": 0.0,
                "exchanges": 0,
            }
        )
    return records


def _requirements(collected: Collected, tests: Sequence[TestRecord], books: Books) -> list[RequirementRecord]:
    by_requirement: dict[str, list[TestRecord]] = defaultdict(list)
    for test in tests:
        by_requirement[test["requirement"]].append(test)
    records: list[RequirementRecord] = []
    for requirement in collected.contract.requirements.values():
        own = by_requirement.get(requirement.id, [])
        failures = books.failures.get(requirement.id, [])
        if not own and not failures and requirement.id not in collected.selected:
            outcome = "not applicable"
            reason = (
                "it is part of another shard" if collected.settings.shard else "it is not part of this run"
            )
        else:
            outcome, reason = _outcome(own, failures, books.reached[requirement.id])
        records.append(
            {
                "id": requirement.id,
                "family": requirement.family,
                "level": requirement.level,  # type: ignore[typeddict-item]
                "source": requirement.source,  # type: ignore[typeddict-item]
                "statement": {"en": requirement.en, "ko": requirement.ko},
                "evidence": requirement.basis,
                "operations": list(requirement.operations),
                "erratum": requirement.erratum,
                "outcome": outcome,  # type: ignore[typeddict-item]
                "reason": reason,
                "assertions": books.reached[requirement.id],
                "tests": [test["id"] for test in own],
                "failures": failures,
            }
        )
    return records


def _name_errata(
    requirements: Sequence[RequirementRecord], errata: Sequence[ErratumRecord], contract: Contract
) -> None:
    """Tell a failure by which erratum the endpoint follows the document, where the contract rules otherwise."""
    by_id = {item["id"]: item for item in errata}
    for requirement in requirements:
        item = by_id.get(requirement["erratum"] or "")
        # No answer alone tells a GET that deletes from one that shows: the requirement does.
        if item and requirement["failures"] and requirement["family"] == "methods":
            item["reading"] = "document"
            item["evidence"] = f"{requirement['id']} failed"
    followed = {
        item["id"]: contract.errata[item["id"]]
        for item in errata
        if item["reading"] in ("document", "neither")
    }
    for requirement in requirements:
        for failure in requirement["failures"]:
            for erratum in followed.values():
                if requirement["erratum"] == erratum.id or _shows(erratum, failure):
                    failure.setdefault("erratum", erratum.id)


def _shows(erratum: Erratum, failure: Failure) -> bool:
    """Whether a failure is about the place of an answer at which an endpoint shows its reading."""
    exchange = failure["exchange"]
    field = erratum.reading.at.rstrip("/*").rpartition("/")[2]
    if exchange is None or exchange["operation"] not in erratum.operations or field in ("", "body", "status"):
        return False
    return f"/{field}" in failure["message"] or f" {field} " in f" {failure['message']} "


def _outcome(tests: Sequence[TestRecord], failures: Sequence[Failure], reached: int) -> tuple[Outcome, str]:
    """What became of a requirement: a failure anywhere fails it; what could not be seen whole is inconclusive."""
    outcomes = {test["outcome"] for test in tests}
    if failures or "failed" in outcomes:
        return "failed", ""
    for name in ("error", "inconclusive"):
        reasons = [test["reason"] for test in tests if test["outcome"] == name]
        if reasons:
            return "inconclusive", reasons[0]
    if "passed" in outcomes:
        return ("passed", "") if reached else ("inconclusive", "its test ended before it demanded anything")
    if "not applicable" in outcomes:
        return "not applicable", next(test["reason"] for test in tests if test["outcome"] == "not applicable")
    return "inconclusive", "no test of it was run"


def _operation(
    contract: Contract, operation_id: str, korean: str | None, statuses: Mapping[int, int], latency: Any
) -> OperationRecord:
    operation = contract.operations[operation_id]
    return {
        "id": operation_id,
        "method": operation.method,
        "path": operation.path,
        "summary": {"en": operation.summary, "ko": korean or operation.summary},
        "statuses": {str(status): statuses[status] for status in sorted(statuses)},
        "success": sum(n for status, n in statuses.items() if status in operation.success),
        "client_error": sum(n for status, n in statuses.items() if 400 <= status < 500),
        "latency": latency,
    }


def _transitions(seen: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Every course of statuses once per distinct chain, with the median of its times."""
    courses: dict[tuple[str, tuple[str, ...]], list[list[float]]] = defaultdict(list)
    for entry in seen:
        chain = tuple(step[0] for step in entry["chain"])
        courses[entry["resource"], chain].append([step[1] for step in entry["chain"]])
    found = []
    for (resource, chain), times in sorted(courses.items()):
        medians = [round(sorted(column)[len(column) // 2], 3) for column in zip(*times, strict=True)]
        found.append(
            {
                "resource": resource,
                "chain": [list(step) for step in zip(chain, medians, strict=True)],
                "count": len(times),
            }
        )
    return found


def _undocumented(contract: Contract, observer: Observer) -> list[Undocumented]:
    """The fields that were seen and that the contract does not know, out of the shapes of all bodies."""
    found: list[Undocumented] = []
    for (operation, status), places in sorted(observer.shapes().items()):
        body = _skeleton(places)
        for place in contract.undocumented(operation, status, body):
            shape = places.get(place)
            if shape is not None:
                field: Undocumented = {
                    "operation": operation,
                    "status": status,
                    "path": place,
                    "types": sorted(shape.types),
                    "count": shape.count,
                }
                edition = contract.edition_that_documents(operation, status, body, place)
                if edition is not None:
                    field["edition"] = edition
                found.append(field)
    return found


def _other_edition(shown: Mapping[str, Sequence[str]], undocumented: Sequence[Undocumented]) -> Text | None:
    """Which other edition of the published document to try, and why; None where nothing speaks for one."""
    traits = {edition: dict.fromkeys(words) for edition, words in shown.items()}
    for field in undocumented:
        if "edition" in field:
            traits.setdefault(field["edition"], {})[field["path"].rpartition("/")[2]] = None
    if not traits:
        return None
    edition = max(traits, key=lambda name: len(traits[name]))
    seen = ", ".join(traits[edition])
    return {
        "en": f"Answers have what the edition of {edition} documents ({seen}): try --edition {edition}.",
        "ko": f"{edition}년 판 문서의 내용이 응답에 있습니다({seen}). --edition {edition}(으)로 실행해 보십시오.",
    }


def _skeleton(places: Mapping[str, Shape]) -> Any:
    """A body that has every place which was seen: `/volumes/*/id` becomes {"volumes": [{"id": …}]}."""
    root: dict[str, Any] = {}
    for place in filter(None, places):
        node: Any = root
        names = place.split("/")[1:]
        for name, following in zip(names, [*names[1:], None], strict=True):
            empty: Any = None if following is None else [] if following == "*" else {}
            if isinstance(node, list):
                if not node or node[0] is None:
                    node[:] = [empty]
                node = node[0]
            else:
                if node.get(name) is None:
                    node[name] = empty
                node = node[name]
            if node is None:
                break
    return root


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(item) if isinstance(item, tuple) else item for key, item in value.items()}
