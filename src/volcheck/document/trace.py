"""Where each thing the document says went: schema location, requirement, erratum, tests.

`trace` makes the table; tests come in as plain data, so that nothing here depends on a test runner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs

from volcheck.contract import load_contract
from volcheck.contract.errata import Erratum
from volcheck.document.check import Checked, assign, check_document, contract_name, errata_of, subject_of
from volcheck.document.facts import Document, Kind, Operation
from volcheck.document.opening import open_document, source_of
from volcheck.document.places import PlacedOperation, Places, find_place
from volcheck.document.sentences import Demand, load_demands

#: The requirement that holds every answer against the schema of its operation.
_BODY_SCHEMA = "exchange.body-schema"


@attrs.frozen
class Traced:
    """One line of the table.

    what: "row", "status", "example" or "sentence". subject: the row or status, or the sentence in our words.
    places: pointers into openapi.yaml. requirements, tests, errata: ids. reason: why the rest is empty.
    """

    what: Literal["row", "status", "example", "sentence"]
    line: int
    operation: str
    subject: str
    places: tuple[str, ...]
    requirements: tuple[str, ...]
    tests: tuple[str, ...]
    errata: tuple[str, ...]
    reason: str = ""

    @property
    def covered(self) -> bool:
        """Whether the contract answers for it, or a reason is given."""
        return bool(self.places or self.requirements or self.errata or self.reason)


def trace(
    document: Document,
    openapi: Mapping[str, Any],
    checked: Checked,
    errata: Sequence[Erratum],
    demands: Mapping[str, Demand],
    requirements: Collection[str],
    tests: Mapping[str, Sequence[str]],
) -> list[Traced]:
    """The table, in the order of the document's lines.

    requirements: the ids that exist. tests: requirement id → ids of the tests that carry it.
    """
    places = Places(openapi)
    pairs = assign(document, places)
    ruled: dict[tuple[str, str], set[str]] = {}
    for divergence, erratum in checked.divergences:
        if erratum is not None:
            ruled.setdefault((divergence.operation, divergence.subject), set()).add(erratum)
    spoken: dict[str, set[str]] = {}
    for entry in errata:
        for sha in entry.spoken(document.edition or ""):
            spoken.setdefault(sha, set()).add(entry.id)

    def tested(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(test for requirement in ids for test in tests.get(requirement, ())))

    held = tuple(r for r in (_BODY_SCHEMA,) if r in requirements)
    table: list[Traced] = []
    for operation in document.operations:
        placed = pairs.get(operation.line)
        if placed is not None:
            kinds: tuple[Kind, ...] = ("request", "response")
            for kind in kinds:
                by = held if kind == "response" else ()
                table.extend(_rows(operation, placed, kind, by, tested(by), ruled))
                table.extend(_examples(operation, placed, kind, by, tested(by), checked))
    for statuses in document.status_tables:
        among = {status.value for status in statuses.statuses}
        for status in statuses.statuses:
            pointer = _enum_of(openapi, status.value, among)
            places_of = (pointer,) if pointer else ()
            table.append(
                Traced("status", status.line, statuses.title, status.value, places_of, held, tested(held), ())
            )
    for sentence in document.sentences:
        demand = demands.get(sentence.sha)
        ids = tuple(sorted(spoken.get(sentence.sha, ())))
        title = sentence.operation or ""
        if demand is None:
            subject = f"a sentence that nobody has said in our words yet ({sentence.sha})"
            table.append(Traced("sentence", sentence.line, title, subject, (), (), (), ids))
        elif demand.kind == "demands":
            table.append(
                Traced(
                    "sentence",
                    sentence.line,
                    title,
                    demand.en,
                    demand.places,
                    demand.requirements,
                    tested(demand.requirements),
                    ids,
                    demand.reason,
                )
            )
    return sorted(table, key=lambda line: line.line)


def trace_published(
    file: Path | None, spec: Path | None, edition: str, tests: Mapping[str, Sequence[str]]
) -> tuple[str, list[Traced]]:
    """The table of a guide, by default of the facts of the edition, and what its lines are of.

    Raises UsageError (and ContractError) when the file or the contract can't be read.
    """
    contract = load_contract(spec, edition=edition)
    path = file or contract.edition.facts
    document = open_document(path)
    errata = errata_of(contract, document.edition)
    sentences = contract.edition.sentences
    demands = load_demands(sentences, contract.requirements) if sentences.is_file() else {}
    checked = check_document(document, contract, errata)
    return source_of(path, document), trace(
        document, contract.document, checked, errata, demands, contract.requirements, tests
    )


def _rows(
    operation: Operation,
    placed: PlacedOperation,
    kind: Kind,
    requirements: tuple[str, ...],
    tests: tuple[str, ...],
    ruled: Mapping[tuple[str, str], set[str]],
) -> Iterator[Traced]:
    for row in operation.rows(kind):
        place = find_place(placed.places(kind), contract_name(operation, row, placed))
        errata = tuple(sorted(ruled.get((placed.id, subject_of(row.name, kind, row.location)), ())))
        if place is None:
            yield Traced("row", row.line, placed.id, row.name, (), (), (), errata)
        else:
            yield Traced("row", row.line, placed.id, row.name, (place.pointer,), requirements, tests, errata)


def _examples(
    operation: Operation,
    placed: PlacedOperation,
    kind: Kind,
    requirements: tuple[str, ...],
    tests: tuple[str, ...],
    checked: Checked,
) -> Iterator[Traced]:
    for example in operation.examples:
        if example.kind == kind and kind in placed.bodies:
            lines = set(example.lines.values())
            errata = {e for d, e in checked.divergences if e and d.operation == placed.id and d.line in lines}
            pointer = placed.bodies[kind][1]
            yield Traced(
                "example",
                example.line,
                placed.id,
                kind,
                (pointer,),
                requirements,
                tests,
                tuple(sorted(errata)),
            )


def _enum_of(openapi: Mapping[str, Any], value: str, among: Collection[str]) -> str | None:
    """The schema whose enum lists a status, the one that shares most with its table."""
    found = [
        (len(set(schema["enum"]) & set(among)), name)
        for name, schema in openapi["components"]["schemas"].items()
        if value in schema.get("enum", ())
    ]
    return f"#/components/schemas/{max(found)[1]}" if found else None
