"""Synthetic results for the tests of reports and comparisons."""

from __future__ import annotations

import copy
import random
from typing import Any

from volcheck.results.model import (
    ExchangeRecord,
    Failure,
    OperationRecord,
    Outcome,
    RequirementRecord,
    Result,
    TestRecord,
)
from volcheck.results.verdict import count, errors_of, verdict

OPERATIONS = [
    ("listVersions", "GET", "/"),
    ("listVolumeTypes", "GET", "/{projectId}/types"),
    ("listVolumes", "GET", "/{projectId}/volumes"),
    ("listVolumesDetail", "GET", "/{projectId}/volumes/detail"),
    ("showVolume", "GET", "/{projectId}/volumes/{volumeId}"),
    ("createVolume", "POST", "/{projectId}/volumes"),
    ("deleteVolume", "DELETE", "/{projectId}/volumes/{volumeId}"),
    ("listSnapshots", "GET", "/{projectId}/snapshots"),
    ("listSnapshotsDetail", "GET", "/{projectId}/snapshots/detail"),
    ("showSnapshot", "GET", "/{projectId}/snapshots/{snapshotId}"),
    ("createSnapshot", "POST", "/{projectId}/snapshots"),
    ("deleteSnapshot", "DELETE", "/{projectId}/snapshots/{snapshotId}"),
]
FAMILIES = ["exchange", "lifecycle", "echo", "paging", "sort", "refusal", "access", "unicode"]
PROJECT = "0123456789abcdef0123456789abcdef"

#: What a hostile endpoint might put into any text: markup, terminal escapes, ends of CDATA, formulas, NUL,
#: halves of surrogate pairs, reversed text, template and Markdown syntax.
HOSTILE = (
    "<script>document.title='pwned'</script><img src=x onerror=\"document.title='pwned'\">"
    "<img src=http://evil.test/leak.png><link rel=stylesheet href=http://evil.test/leak.css>]]>"
    '\x1b[31mred\x1b]0;t\x07=HYPERLINK("http://evil.test")\x00\ud800\u202ereversed{{7*7}}{% raw %}'
    "`code`\n```\n# heading\n|cell|\n[link](http://evil.test) @everyone ![x](http://evil.test/x.png)"
    "</style></textarea>'\";$(id) \ufffe\uffff\r\nend"
)


def exchange(number: int = 7, **changes: Any) -> ExchangeRecord:
    record: ExchangeRecord = {
        "number": number,
        "operation": "listVolumes",
        "request": {
            "method": "GET",
            "url": f"http://127.0.0.1:8776/v2/{PROJECT}/volumes?limit=2&sort=name%3Aasc",
            "headers": {"accept": "application/json", "x-auth-token": "$OS_TOKEN"},
            "body": None,
        },
        "response": {
            "status": 200,
            "reason": "OK",
            "headers": {"content-type": "application/json", "x-openstack-request-id": "req-1"},
            "body": '{"volumes": [{"id": "5f1c", "name": "가나다", "links": []}, {"id": "77aa"}]}',
            "truncated": False,
        },
        "error": None,
        "elapsed": 0.0123,
        "started": "2026-03-01T10:00:01.250000Z",
        "curl": f"curl -sS -H \"X-Auth-Token: $OS_TOKEN\" 'http://127.0.0.1:8776/v2/{PROJECT}/volumes?limit=2'",
    }
    record.update(changes)  # type: ignore[typeddict-item]
    return record


def failure(test: str = "suites/scenarios/test_paging.py::test_limit", **changes: Any) -> Failure:
    record: Failure = {
        "test": test,
        "message": "The list held 3 volumes although limit=2 was asked for.",
        "expected": "at most 2 volumes",
        "got": "3 volumes",
        "exchange": exchange(),
        "count": 1,
    }
    record.update(changes)  # type: ignore[typeddict-item]
    return record


def requirement(
    id: str, outcome: Outcome = "passed", failures: list[Failure] | None = None, **changes: Any
) -> RequirementRecord:
    family = id.split(".")[0]
    record: RequirementRecord = {
        "id": id,
        "family": family,
        "level": "must",
        "source": "published",
        "statement": {
            "en": f"The endpoint keeps to rule {id.split('.')[1]} of {family}.",
            "ko": f"엔드포인트는 {family}의 규칙 {id.split('.')[1]}을 지킨다.",
        },
        "evidence": "lines 120-122",
        "operations": ["listVolumes"],
        "erratum": None,
        "outcome": outcome,
        "reason": "" if outcome in ("passed", "failed", "waived") else "No image was given to the run.",
        "assertions": 0 if outcome in ("inconclusive", "not applicable") else 12,
        "tests": [f"suites/scenarios/test_{family}.py::test_{id.split('.')[1]}"],
        "failures": failures or [],
    }
    record.update(changes)  # type: ignore[typeddict-item]
    return record


def operation(id: str, method: str, path: str) -> OperationRecord:
    return {
        "id": id,
        "method": method,
        "path": path,
        "summary": {"en": f"What {id} does", "ko": f"{id}가 하는 일"},
        "statuses": {"200": 120, "404": 14},
        "success": 120,
        "client_error": 14,
        "latency": {"count": 134, "p50": 0.0021, "p90": 0.008, "p99": 0.031 + len(id) / 100, "max": 0.52},
    }


def conformant() -> Result:
    """A run in which everything went well."""
    requirements = [
        requirement(
            f"{family}.rule{number}",
            operations=[OPERATIONS[(number + index) % 12][0], OPERATIONS[(number * 5) % 12][0]],
            level="should" if number == 4 else "must",
            source=("published", "contract", "upstream")[number % 3],
        )
        for index, family in enumerate(FAMILIES)
        for number in range(5)
    ]
    requirements[8].update(outcome="inconclusive", reason="No image was given to the run.", assertions=0)
    requirements[13].update(
        outcome="not applicable", reason="The endpoint has one tenant only.", assertions=0
    )
    requirements[17]["operations"] = []
    result: Result = {
        "format": 1,
        "tool": {"name": "volcheck", "version": "0.1.0"},
        "contract": {"version": "2020.1", "sha256": "ab" * 32},
        "run": {
            "id": "vc-7f3a",
            "started": "2026-03-01T10:00:00Z",
            "finished": "2026-03-01T10:00:19Z",
            "duration": 19.4,
            "profile": "default",
            "seed": 20200301,
            "strict": False,
            "read_only": False,
            "concurrency": 8,
            "selection": [],
            "interrupted": False,
            "first_failure": None,
        },
        "endpoint": {
            "name": "kr1",
            "url": "http://127.0.0.1:8776/v2",
            "project_id": PROJECT,
            "embedded": None,
            "cloud": None,
            "capabilities": {"images": ["cirros"], "other tenant": True},
        },
        "verdict": {"name": "conformant", "sentence": {"en": "", "ko": ""}, "exit_code": 0},
        "counts": count([]),
        "operations": [operation(*known) for known in OPERATIONS],
        "requirements": requirements,
        "tests": [
            test_record(record["tests"][0], record["id"], _outcome(record["outcome"]))
            for record in requirements
        ],
        "errata": [
            {
                "id": "E-DELETE-GET-VOLUME",
                "operation": "deleteVolume",
                "lines": [412, 415],
                "says": {"en": "Deletion is sent with GET.", "ko": "삭제는 GET으로 보낸다."},
                "ruling": {"en": "Deletion is sent with DELETE.", "ko": "삭제는 DELETE로 보낸다."},
                "reading": "contract",
                "evidence": "DELETE answered 202, GET showed the volume",
            },
            {
                "id": "E-SIZE-STRING",
                "operation": None,
                "lines": [98],
                "says": {"en": "size is a string.", "ko": "size는 문자열이다."},
                "ruling": {"en": "size is an integer.", "ko": "size는 정수이다."},
                "reading": "not seen",
                "evidence": "",
            },
        ],
        "transitions": [
            {"resource": "volume", "chain": [("creating", 0.0), ("available", at), ("deleting", 3 + at)]}
            for at in (0.21, 0.25, 0.3)
        ]
        + [
            {
                "resource": "volume",
                "chain": [("creating", 0.0), ("downloading", 0.1), ("available", 1.4), ("deleting", 2.0)],
            },
            {"resource": "snapshot", "chain": [("creating", 0.0), ("available", 0.4)]},
        ],
        "observations": {
            "traits": {
                "createVolume / 202 / body /volume/size / type": ["integer"],
                "createVolume / 202 / body /volume/name / type": ["null", "string"],
                "listVolumes / 200 / header / content-type": ["application/json"],
                "showVolume / 404 / fault": ["itemNotFound"],
                "volume / transitions": ["available>deleting", "creating>available"],
            },
            "timings": {"volume creating to available": {"count": 40, "p50": 0.22, "p90": 0.3, "max": 0.4}},
        },
        "undocumented": [
            {
                "operation": "showVolume",
                "status": 200,
                "path": "/volume/cluster_name",
                "types": ["null", "string"],
                "count": 31,
            }
        ],
        "cleanup": {"created": 44, "removed": 44, "leftovers": [], "problems": []},
        "trace": [
            {
                "line": line,
                "kind": "field",
                "says": f"volume.field{line}: String",
                "schema": f"#/components/schemas/Volume/properties/field{line}",
                "requirements": ["exchange.rule1"] if line % 3 else [],
                "tests": line % 7,
                "erratum": "E-SIZE-STRING" if line == 130 else None,
                "reason": "",
            }
            for line in range(120, 180)
        ],
        "problems": [],
        "exchanges": 1843,
    }
    return settle(result)


def failing() -> Result:
    """A run that found failures of every kind: must, should, waived, without an answer, by an erratum."""
    result = conformant()
    records = {record["id"]: record for record in result["requirements"]}
    for record in (
        records["paging.rule1"],
        records["echo.rule2"],
        records["sort.rule4"],
        records["exchange.rule0"],
    ):
        record.update(outcome="failed", failures=[failure(record["tests"][0])])
    records["echo.rule2"]["failures"][0].update(erratum="E-SIZE-STRING", count=17)
    records["echo.rule2"]["erratum"] = "E-SIZE-STRING"
    records["exchange.rule0"]["failures"] = [
        failure(
            "suites/scenarios/test_lifecycle.py::test_whole",
            message="The endpoint closed the connection without an answer.",
            expected="an HTTP response",
            got="nothing",
            exchange=exchange(9, response=None, error="connection reset after 0.2 s"),
        ),
        failure(exchange=None, message="The walk over all pages met volume 5f1c twice."),
    ]
    records["access.rule3"].update(
        outcome="waived",
        failures=[failure(records["access.rule3"]["tests"][0])],
        waiver={
            "requirement": "access.rule3",
            "reason": "Fixed in the next release.",
            "ticket": "VOL-12",
            "expires": "2026-12-31",
        },
    )
    result["tests"] = [
        test_record(record["tests"][0], record["id"], _outcome(record["outcome"]))
        for record in result["requirements"]
    ]
    result["run"]["first_failure"] = 1.2
    result["cleanup"].update(
        removed=43,
        leftovers=[
            {
                "resource": "volume",
                "id": "5f1c0d4e-0000-4000-8000-000000000001",
                "name": "vc-7f3a-11",
                "status": "error_deleting",
                "advice": "Ask an administrator to reset its state, then run `volcheck clean`.",
            }
        ],
        problems=["Volume 5f1c0d4e stayed in error_deleting."],
    )
    result["problems"] = ["Worker gw1 was lost after 12 s; its tests are inconclusive."]
    result["transitions"].append({"resource": "volume", "chain": [("creating", 0.0), ("error", 2.5)]})
    return settle(result)


def hostile() -> Result:
    """The failing run, with a hostile text wherever text may come from an endpoint."""
    result = failing()
    for record in result["requirements"]:
        record["reason"] = record["reason"] and HOSTILE
        for broken in record["failures"]:
            broken.update(message=HOSTILE, expected=HOSTILE, got=HOSTILE, test=f"test[{HOSTILE}]")
            if broken["exchange"] is not None:
                broken["exchange"]["curl"] = HOSTILE
                broken["exchange"]["request"].update(
                    url=f"http://h/{HOSTILE}", headers={HOSTILE: HOSTILE}, body=HOSTILE
                )
                broken["exchange"]["error"] = HOSTILE
                if broken["exchange"]["response"] is not None:
                    broken["exchange"]["response"].update(
                        reason=HOSTILE, headers={HOSTILE: HOSTILE}, body=HOSTILE
                    )
    result["endpoint"].update(
        name=HOSTILE, url=f"http://127.0.0.1/{HOSTILE}", capabilities={HOSTILE: HOSTILE}
    )
    result["cleanup"]["leftovers"][0].update(id=HOSTILE, name=HOSTILE, status=HOSTILE, advice=HOSTILE)
    result["cleanup"]["problems"] = [HOSTILE]
    result["problems"] = [HOSTILE]
    result["undocumented"][0].update(path=HOSTILE, types=[HOSTILE])
    result["errata"][0]["evidence"] = HOSTILE
    result["transitions"].append({"resource": "volume", "chain": [(HOSTILE, 0.0), (HOSTILE, 1.0)]})
    result["observations"]["traits"][HOSTILE] = [HOSTILE]
    for test in result["tests"]:
        test["reason"] = HOSTILE
    return settle(result)


def large(exchanges: int = 100_000, failures: int = 2000) -> Result:
    """A result of the size that a run of so many exchanges leaves behind."""
    chance = random.Random(1)
    result = failing()
    result["exchanges"] = exchanges
    result["tests"] = []
    result["requirements"] = []
    body = (
        '{"volumes": [' + ", ".join('{"id": "5f1c", "name": "volume", "size": 1}' for _ in range(100)) + "]}"
    )
    for number in range(250):
        id = f"{FAMILIES[number % 8]}.rule{number}"
        tests = [f"suites/contract/test_{number}.py::test[{case}]" for case in range(exchanges // 5000)]
        broken = []
        if number % 10 == 0:
            for case in range(failures // 25):
                sent = exchange(case)
                assert sent["response"] is not None
                sent["response"]["body"] = body
                broken.append(failure(tests[0], message=f"Case {case} differs.", exchange=sent))
        outcome: Outcome = "failed" if broken else "passed"
        operations = [known[0] for known in chance.sample(OPERATIONS, 3)]
        result["requirements"].append(
            requirement(id, outcome, broken, tests=tests, operations=operations, level="must")
        )
        result["tests"] += [test_record(test, id, "failed" if broken else "passed") for test in tests]
    result["transitions"] = [
        {
            "resource": "volume",
            "chain": [("creating", 0.0), ("available", chance.random()), ("deleting", 2.0)],
        }
        for _ in range(exchanges // 20)
    ]
    result["observations"]["traits"] = {
        f"{OPERATIONS[n % 12][0]} / 200 / body /volume/field{n} / type": ["string"] for n in range(5000)
    }
    return settle(result)


def settle(result: Result) -> Result:
    """The result with counts and verdict as its requirements demand."""
    result["counts"] = count(result["requirements"])
    result["verdict"] = verdict(
        result["requirements"],
        result["operations"],
        result["run"],
        result["cleanup"]["leftovers"],
        result.get("waiver_problems", []),
        errors_of(result["tests"]),
    )
    return result


def copied(result: Result) -> Result:
    return copy.deepcopy(result)


def test_record(id: str, requirement: str, outcome: str) -> TestRecord:
    return {
        "id": id,
        "requirement": requirement,
        "outcome": outcome,  # type: ignore[typeddict-item]
        "reason": "" if outcome in ("passed", "failed") else "No image was given to the run.",
        "duration": 0.31,
        "exchanges": 11,
    }


test_record.__test__ = False  # type: ignore[attr-defined]


def _outcome(outcome: Outcome) -> str:
    return "failed" if outcome == "waived" else outcome
