"""The shape of result.json.

Everything people look at is made from this one document, and it is published with a JSON Schema
(`result.schema.json` beside this file; a test holds every result to it). All times are seconds, all instants
ISO 8601 in UTC. Nothing in it holds a secret: the gateway redacts before it records.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

FORMAT = 1

Outcome = Literal["passed", "failed", "waived", "inconclusive", "not applicable"]
VerdictName = Literal["conformant", "not conformant", "inconclusive"]
Level = Literal["must", "should"]
#: `contract` stands in results of volcheck 0.1 only.
Source = Literal["published", "standard", "client", "upstream", "ruling", "contract"]
Reading = Literal["contract", "document", "neither", "not seen"]


class Text(TypedDict):
    """A sentence in both languages."""

    en: str
    ko: str


class RequestRecord(TypedDict):
    """What was sent, redacted."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


class ResponseRecord(TypedDict):
    """What came back, redacted; `body` is cut at 20,000 characters."""

    status: int
    reason: str
    headers: dict[str, str]
    body: str
    truncated: bool


class ExchangeRecord(TypedDict):
    """An exchange that a failure points at. All the others are in traffic.har."""

    number: int
    operation: str | None
    request: RequestRecord
    response: ResponseRecord | None
    error: str | None
    elapsed: float
    started: str
    curl: str


class Failure(TypedDict):
    """One way in which a requirement was seen broken. The same failure seen again only raises `count`.

    erratum: set where the endpoint follows the published document and the contract rules otherwise.
    """

    test: str
    message: str
    expected: str
    got: str
    exchange: ExchangeRecord | None
    count: int
    erratum: NotRequired[str]


class WaiverRecord(TypedDict):
    """The waiver that covers a failed requirement."""

    requirement: str
    reason: str
    ticket: str
    expires: str


class RequirementRecord(TypedDict):
    """One requirement and what became of it.

    reason: one sentence, why it is inconclusive or not applicable; empty otherwise.
    assertions: how often an assertion of it was reached; a requirement with none is never passed.
    """

    id: str
    family: str
    level: Level
    source: Source
    statement: Text
    evidence: str
    operations: list[str]
    erratum: str | None
    outcome: Outcome
    reason: str
    assertions: int
    tests: list[str]
    failures: list[Failure]
    waiver: NotRequired[WaiverRecord]


class TestRecord(TypedDict):
    """One pytest item. `first_failure` is seconds since the start of the run."""

    id: str
    requirement: str
    outcome: Literal["passed", "failed", "inconclusive", "not applicable", "error"]
    reason: str
    duration: float
    exchanges: int
    first_failure: NotRequired[float]


class Latency(TypedDict):
    """Seconds over all answered exchanges of an operation."""

    count: int
    p50: float
    p90: float
    p99: float
    max: float


class OperationRecord(TypedDict):
    """One of the twelve operations: which statuses it was seen to answer, how fast."""

    id: str
    method: str
    path: str
    summary: Text
    statuses: dict[str, int]
    success: int
    client_error: int
    latency: Latency | None


class ErratumRecord(TypedDict):
    """One ruling, and the reading that the endpoint was seen to follow."""

    id: str
    operation: str | None
    lines: list[int]
    says: Text
    ruling: Text
    reading: Reading
    evidence: str


class TransitionRecord(TypedDict):
    """What resources were seen to go through: status and seconds since the creation was asked for.

    count: how many of them; their times are medians. Absent for a single resource.
    """

    resource: Literal["volume", "snapshot"]
    chain: list[tuple[str, float]]
    count: NotRequired[int]


class Leftover(TypedDict):
    """A resource of the run that could not be removed. id: as text, and empty where the endpoint gave none."""

    resource: Literal["volume", "snapshot"]
    id: str
    name: str
    status: str
    advice: str


class Unproved(TypedDict):
    """Something that the endpoint answered a creation with, that nothing proves to be the run's, and that was left alone.

    reason: what speaks against it.
    """

    resource: Literal["volume", "snapshot"]
    id: str
    name: str
    status: str
    reason: str


class Cleanup(TypedDict):
    """What the run made and whether it is gone again."""

    created: int
    removed: int
    leftovers: list[Leftover]
    unproved: NotRequired[list[Unproved]]
    problems: list[str]


class Timing(TypedDict):
    """Quantiles of a duration in seconds, e.g. `volume creating to available`."""

    count: int
    p50: float
    p90: float
    max: float


class Observations(TypedDict):
    """What the endpoint was seen to do, right or wrong; free of ids, names and secrets.

    traits: key → sorted list of values seen. Keys are paths of words joined by ` / `, e.g.
    `createVolume / 202 / body /volume/size / type` → ["integer"], `listVolumes / 200 / header /
    content-type`, `showVolume / 404 / fault` → ["itemNotFound"], `volume / transitions` →
    ["creating>available"].
    Two runs on an unchanged endpoint have equal traits. timings are kept apart as they never are equal.
    """

    traits: dict[str, list[str]]
    timings: dict[str, Timing]


class Endpoint(TypedDict):
    """Where the run went. `capabilities` is what was found out at the start.

    embedded: the options of the run's own reference endpoint; None for any other endpoint.
    cloud: its name in clouds.yaml, where it was found there.
    """

    name: str
    url: str
    project_id: str
    embedded: list[str] | None
    cloud: str | None
    capabilities: dict[str, object]


class RunInfo(TypedDict):
    """How the run was made.

    shards: the parts of the tests that it is of, such as ["1/3"], where it is not of all. missing_shards: those that were not
    merged, where results of shards were.
    stopped: why it ended itself before it was done, where it did. deselected: how many of its tests options of pytest's
    own took out, where any did. breakdowns: what of volcheck's own work could not be done (recording, the ledger,
    reports) and errors of volcheck's, where there were any. outage: why some of what was to be asked was not, where the
    endpoint stopped answering, was busy for too long, or failed at one kind of work again and again. deadline (minutes) and
    max_failures: as asked for. ended: the sentence that says which of the two ended the tests, where one did.
    other_edition: which edition of the published document to try instead, where answers speak for one.
    """

    id: str
    started: str
    finished: str
    duration: float
    profile: Literal["smoke", "default", "deep"]
    seed: int
    strict: bool
    read_only: bool
    concurrency: int
    selection: list[str]
    interrupted: bool
    shards: NotRequired[list[str]]
    missing_shards: NotRequired[list[str]]
    stopped: NotRequired[Text]
    breakdowns: NotRequired[list[Text]]
    outage: NotRequired[Text]
    first_failure: float | None
    deselected: NotRequired[int]
    deadline: NotRequired[float]
    max_failures: NotRequired[int]
    other_edition: NotRequired[Text]
    ended: NotRequired[Text]


class ContractInfo(TypedDict):
    """Which contract was demanded: its version, the edition of the published document, and the SHA-256 over its files."""

    version: str
    edition: NotRequired[str]
    sha256: str


class Tool(TypedDict):
    """Who wrote the result."""

    name: str
    version: str


class Verdict(TypedDict):
    """The answer. `sentence` says it in words; `exit_code` is what `volcheck run` ends with: 0, 1 or 3, and 2 where it could
    not begin for an option or a setting."""

    name: VerdictName
    sentence: Text
    exit_code: int


class Counts(TypedDict):
    """Requirements by outcome."""

    passed: int
    failed: int
    waived: int
    inconclusive: int
    not_applicable: int


class Undocumented(TypedDict):
    """A field that an answer holds and the contract does not know. edition: another one of the document that knows it."""

    operation: str
    status: int
    path: str
    types: list[str]
    count: int
    edition: NotRequired[str]


class TraceRow(TypedDict):
    """One row or demanding sentence of the published document, and where it is held."""

    line: int
    kind: str
    says: str
    schema: str
    requirements: list[str]
    tests: int
    erratum: str | None
    reason: str


class Result(TypedDict):
    """result.json, whole.

    problems: what went wrong around the run (leftovers, a full disk, ...), one sentence each.
    waiver_problems: waivers that expired or match nothing any more; each of them fails the gate. Only there
    when waivers were applied.
    """

    format: int
    tool: Tool
    contract: ContractInfo
    run: RunInfo
    endpoint: Endpoint
    verdict: Verdict
    counts: dict[Level, Counts]
    operations: list[OperationRecord]
    requirements: list[RequirementRecord]
    tests: list[TestRecord]
    errata: list[ErratumRecord]
    transitions: list[TransitionRecord]
    observations: Observations
    undocumented: list[Undocumented]
    cleanup: Cleanup
    trace: list[TraceRow]
    problems: list[str]
    waiver_problems: NotRequired[list[str]]
    exchanges: int
