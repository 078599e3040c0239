"""A published document held against the contract, row by row and example by example.

`divergences` lists every place where the two differ; `check` then asks the errata which of them are known.
What no erratum explains is a finding, and so is an erratum that explains nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from volcheck.contract import Contract
from volcheck.contract.errata import Erratum, Part
from volcheck.contract.jsontype import json_type
from volcheck.contract.pointer import escape, unescape
from volcheck.document.compare import path_shape
from volcheck.document.facts import Document, Example, Kind, Location, Operation, Row
from volcheck.document.places import Place, PlacedOperation, Places, find_place

Code = Literal[
    "unread",  # a line that the reader could not make sense of
    "operation-unknown",  # a documented operation that the contract doesn't know
    "operation-missing",  # an operation of the contract that isn't documented
    "method",  # another HTTP method
    "path",  # another path
    "placeholder",  # a path parameter without a row, or a row without its place in the path
    "placeholder-name",  # a path parameter under another name; clients fill it in by its place
    "header",  # a header of the request that is missing or not part of the contract
    "body",  # a body where there is none, or none where there is one
    "row-unknown",  # a row that names nothing of the contract
    "row-missing",  # something the guide promises (by an example or elsewhere) that has no row
    "row-repeated",  # two rows for one thing
    "location",  # path, query, header, body: another one
    "type",  # another type
    "required",  # required or not
    "limits",  # other bounds
    "example-invalid",  # an example that the schema of its place refuses
    "example-undocumented",  # a field of an example that has no row
    "example-lacks",  # a documented field that no example has
    "example-link",  # a link of an example that doesn't lead where it should
    "example-contradiction",  # examples that give one field unlike types
    "example-missing",  # a body without an example
    "status-unknown",  # a resource status that the contract doesn't know
    "status-missing",  # a resource status of the contract that isn't documented
    "code-unknown",  # an HTTP status that the contract doesn't list
    "code-missing",  # an HTTP status of the contract that isn't documented
    "fault",  # another name for an error
    "endpoint",  # where a region serves the API: another address, or another region
    "prose",  # a description that says otherwise than the contract: a number, a unit, a format, a refusal
    "wording",  # a sentence that the known edition has not, or lacks
    "heading",  # a heading, a title of a column or an anchor that the known edition has not, or lacks
    "example-value",  # an example with another value than that of the known edition
    "silent",  # the guide says nothing where the contract rules
]


#: Codes of differences in a value. An erratum explains them only for the value that it names, so that another
#: wrong value in the same place is a finding.
VALUED: frozenset[Code] = frozenset(
    ("method", "path", "row-unknown", "location", "type", "required", "limits", "fault")
)


#: Codes of differences that harm nobody and need no ruling.
REMARKS: frozenset[Code] = frozenset(("placeholder-name",))


@attrs.frozen
class Divergence:
    """One place where document and contract differ.

    operation: the operationId; for unknown ones the title; a resource, for statuses.
    subject: the row, field, header, placeholder … concerned; empty for the operation as a whole.
    line: of the document. says, contract: the two readings. place: where the contract says so.
    """

    code: Code
    operation: str
    subject: str
    line: int
    says: str
    contract: str
    place: str = ""

    @property
    def part(self) -> Part:
        """What an erratum must name to explain it."""
        return self.code, self.operation, self.subject, self.says if self.code in VALUED else ""

    def sentence(self) -> str:
        """The divergence for people, without the name of the file."""
        subject = f" {self.subject}" if self.subject else ""
        return (
            f"{self.code}: {self.operation}{subject}: the document says {self.says}; "
            f"the contract says {self.contract}"
        )


@attrs.frozen
class Stale:
    """A part of an erratum that explains no divergence of this document."""

    erratum: str
    code: str
    operation: str
    subject: str
    says: str

    def sentence(self) -> str:
        """The stale part for people."""
        what = " ".join(filter(None, (self.operation, self.subject, self.says)))
        return (
            f"stale: {self.erratum} explains {self.code} of {what}, "
            "which this document does not show; take it out of errata.yaml"
        )


@attrs.frozen
class Checked:
    """The outcome: every divergence with the id of the erratum that explains it or None, and stale errata."""

    divergences: tuple[tuple[Divergence, str | None], ...]
    stale: tuple[Stale, ...]

    @property
    def findings(self) -> tuple[Divergence | Stale, ...]:
        """What must be looked into: unexplained divergences and stale errata."""
        return (*(d for d, erratum in self.divergences if erratum is None), *self.stale)


def check_document(
    document: Document, contract: Contract, errata: Sequence[Erratum] | None = None
) -> Checked:
    """Hold a document against a contract; by default with the errata of the document's edition."""
    statuses = {resource: tuple(machine.statuses) for resource, machine in contract.machines.items()}
    known = errata_of(contract, document.edition) if errata is None else errata
    outside = left_alone(contract)
    return check(document, contract.document, statuses, known, outside)


def left_alone(contract: Contract) -> list[tuple[str, str]]:
    """Method and path of the operations that the guide of a contract's edition has and the contract leaves alone."""
    return [(one.method, one.path) for one in contract.edition.outside]


def is_outside(operation: Operation, outside: Collection[tuple[str, str]]) -> bool:
    """Whether a documented operation is one that the contract leaves alone. outside: their methods and paths."""
    asked = [(request.method, path_shape(request.path)) for request in operation.requests]
    return any((method, path_shape(path)) in asked for method, path in outside)


def errata_of(contract: Contract, edition: str | None) -> list[Erratum]:
    """The errata that stand in an edition, none for a document without edition. Raises ContractError."""
    return [e for e in contract.errata.values() if edition is not None and e.stands_in(edition)]


def check(
    document: Document,
    openapi: Mapping[str, Any],
    statuses: Mapping[str, Collection[str]],
    errata: Sequence[Erratum],
    outside: Collection[tuple[str, str]] = (),
) -> Checked:
    """Hold a document against the contract and its errata.

    openapi: the contract's OpenAPI document. statuses: resource ("volume", "snapshot") → its statuses.
    errata: those that stand in the document's edition. outside: method and path of operations that the guide may have
    and the contract leaves alone.
    """
    edition = document.edition or ""
    explained = {part: erratum.id for erratum in errata for part in erratum.explained(edition)}
    found = divergences(document, openapi, statuses, outside)
    wording = {sentence.sha for sentence in document.sentences}
    seen = {d.part for d in found}
    return Checked(
        tuple((d, explained.get(d.part)) for d in found),
        (
            *(Stale(erratum, *part) for part, erratum in explained.items() if part not in seen),
            *(
                Stale(erratum.id, "sentence", "", sha, "")
                for erratum in errata
                for sha in erratum.spoken(edition)
                if sha not in wording
            ),
        ),
    )


def divergences(
    document: Document,
    openapi: Mapping[str, Any],
    statuses: Mapping[str, Collection[str]],
    outside: Collection[tuple[str, str]] = (),
) -> list[Divergence]:
    """Every place where the document differs from the contract, in the order of its lines."""
    places = Places(openapi)
    pairs = assign(document, places)
    found: list[Divergence] = [
        Divergence(
            "unread", lost.operation or "", f"line {lost.line}", lost.line, lost.reason, "something readable"
        )
        for lost in document.unread
    ]
    for operation in document.operations:
        placed = pairs.get(operation.line)
        if placed is None:
            if not is_outside(operation, outside):
                says = ", ".join(f"{r.method} {r.path}" for r in operation.requests)
                where = (operation.title, "", operation.line)
                found.append(Divergence("operation-unknown", *where, says, "no such operation"))
            found.extend(own_examples(operation))
            continue
        found.extend(_operation(operation, placed, places))
    assigned = {placed.id for placed in pairs.values()}
    for placed in places.operations.values():
        if placed.id not in assigned:
            # What upstream does besides is no promise, and nothing lacks where the guide does not have it.
            code: Code = (
                "silent" if places.find(placed.pointer).get("x-source") == "upstream" else "operation-missing"
            )
            contract = f"{placed.method} {placed.path}"
            found.append(Divergence(code, placed.id, "", 0, "nothing", contract, placed.pointer))
    found.extend(_contradictions(document, pairs, places))
    found.extend(_statuses(document, statuses))
    return sorted(found, key=lambda d: d.line)


def assign(document: Document, places: Places) -> dict[int, PlacedOperation]:
    """Which operation of the contract each documented one is: line of its heading → operation.

    Request lines may be wrong and titles are in any language, so that the fields and the absence of bodies
    count for more.
    """
    scores = [
        (_likeness(operation, placed), -index, placed.id, operation.line)
        for operation in document.operations
        for index, placed in enumerate(places.operations.values())
    ]
    pairs: dict[int, PlacedOperation] = {}
    used: set[str] = set()
    for score, _, name, line in sorted(scores, reverse=True):
        if score >= 4 and line not in pairs and name not in used:
            pairs[line] = places.operations[name]
            used.add(name)
    return pairs


def _likeness(operation: Operation, placed: PlacedOperation) -> float:
    def overlap(rows: Sequence[Row], known: Mapping[str, Place]) -> float:
        names = {row.name for row in rows if row.location == "body"}
        fields = {name for name, place in known.items() if place.location == "body"}
        return len(names & fields) / len(names | fields) if names | fields else 0.5

    score = 0.0
    for request in operation.requests[:1]:
        score += 3 * (path_shape(request.path) == path_shape(placed.path))
        score += request.method == placed.method
    score += 2 * overlap(operation.request_rows, placed.request)
    score += 3 * overlap(operation.response_rows, placed.response)
    kinds: tuple[Kind, ...] = ("request", "response")
    for kind in kinds:
        says_none = any(fact.kind == kind for fact in operation.no_body)
        shows_one = any(e.kind == kind for e in operation.examples) or any(
            r.location == "body" for r in operation.rows(kind)
        )
        if says_none or shows_one:
            score += 2 if (kind in placed.bodies) == shows_one else -2
    return score


def _operation(operation: Operation, placed: PlacedOperation, places: Places) -> Iterator[Divergence]:
    yield from _request_lines(operation, placed)
    yield from _headers(operation, placed)
    kinds: tuple[Kind, ...] = ("request", "response")
    for kind in kinds:
        yield from _bodies(operation, placed, kind)
        yield from _rows(operation, placed, kind)
        yield from _examples(operation, placed, kind, places)
    yield from _codes(operation, placed, places)


def _request_lines(operation: Operation, placed: PlacedOperation) -> Iterator[Divergence]:
    for request in operation.requests:
        if request.method != placed.method:
            yield Divergence(
                "method", placed.id, "", request.line, request.method, placed.method, placed.pointer
            )
        if path_shape(request.path) != path_shape(placed.path):
            yield Divergence("path", placed.id, "", request.line, request.path, placed.path, placed.pointer)
        names = placeholders(request.path)
        rows = [row for row in operation.request_rows if row.location == "path"]
        for name in names:
            if not any(row.name == name for row in rows):
                yield Divergence(
                    "placeholder",
                    placed.id,
                    name,
                    request.line,
                    f"{{{name}}} in the path and no row for it",
                    "a row",
                )
        for row in rows:
            if row.name not in names:
                says = f"a row for {row.name} and no {{{row.name}}} in the path"
                yield Divergence(
                    "placeholder", placed.id, row.name, row.line, says, f"the path {placed.path}"
                )


def _headers(operation: Operation, placed: PlacedOperation) -> Iterator[Divergence]:
    line = operation.requests[0].line
    documented = {header.name.lower(): header for header in operation.headers}
    for place in placed.request.values():
        if place.location == "header" and place.name.lower() not in documented:
            yield Divergence(
                "header",
                placed.id,
                place.name,
                line,
                "no such header",
                f"{place.name} is sent",
                place.pointer,
            )
    for header in operation.headers:
        known = find_place(placed.request, header.name)
        if known is None or known.location != "header":
            yield Divergence("header", placed.id, header.name, header.line, "a header", "no such header")


def _bodies(operation: Operation, placed: PlacedOperation, kind: Kind) -> Iterator[Divergence]:
    has = kind in placed.bodies
    says_none = next((fact for fact in operation.no_body if fact.kind == kind), None)
    example = next((e for e in operation.examples if e.kind == kind), None)
    row = next((r for r in operation.rows(kind) if r.location == "body"), None)
    if says_none and has:
        yield Divergence("body", placed.id, kind, says_none.line, f"no {kind} body", "a body", placed.pointer)
    elif (example or row) and not has:
        line = example.line if example else row.line if row else 0
        yield Divergence("body", placed.id, kind, line, f"a {kind} body", "no body", placed.pointer)
    elif has and example is None:
        line = row.line if row else operation.line
        yield Divergence("example-missing", placed.id, kind, line, "no example", "an example of the body")


def contract_name(operation: Operation, row: Row, placed: PlacedOperation) -> str:
    """The contract's name for a row.

    Guides name a header by the placeholder of its value, and a path parameter by a name of their own, which tells its
    place in the path.
    """
    if row.location == "header":
        for header in operation.headers:
            if header.value.strip("{}<>") == row.name:
                return header.name
    if row.location == "path" and row.name not in placed.request:
        for request in operation.requests:
            written, known = placeholders(request.path), placeholders(placed.path)
            if row.name in written and len(written) == len(known):
                return known[written.index(row.name)]
    return row.name


def placeholders(path: str) -> list[str]:
    """The names of the parameters of a path, in its order."""
    found = re.findall(r"\{([^}]*)\}|<([^>]*)>|(?<=/):(\w+)", urlsplit(path).path)
    return [next(filter(None, groups), "") for groups in found]


def subject_of(name: str, kind: Kind, location: Location | None) -> str:
    """What divergences and errata call a row: its name, and for a field of a request that it is one."""
    return f"{name} (request)" if kind == "request" and location == "body" else name


def _rows(operation: Operation, placed: PlacedOperation, kind: Kind) -> Iterator[Divergence]:
    known = placed.places(kind)
    rows = operation.rows(kind)
    names = [contract_name(operation, row, placed) for row in rows]
    for row, name in zip(rows, names, strict=True):
        place = find_place(known, name)
        subject = subject_of(row.name, kind, row.location)
        if place is None:
            says = " ".join(filter(None, (row.written.get("in"), row.written.get("type")))) or "a row"
            yield Divergence("row-unknown", placed.id, subject, row.line, says, "nothing of that name")
        else:
            if place.location == "path" and name != row.name:
                where = (placed.id, row.name, row.line)
                yield Divergence("placeholder-name", *where, row.name, place.name, place.pointer)
            yield from _row(row, place, placed, subject, kind)
    for name, count in Counter(names).items():
        if count > 1:
            line = [row.line for row, n in zip(rows, names, strict=True) if n == name][1]
            yield Divergence("row-repeated", placed.id, name, line, f"{count} rows", "one")
    lower = {name.lower() for name in names}
    line = rows[0].line if rows else operation.line
    for place in known.values():
        if place.name.lower() in lower:
            continue
        code: Code = "silent" if place.source == "upstream" else "row-missing"
        subject = subject_of(place.name, kind, place.location)
        contract = f"{place.location} {place.node.type_word()}{', required' if place.required else ''}"
        yield Divergence(code, placed.id, subject, line, f"no {kind} row", contract, place.pointer)


def _row(row: Row, place: Place, placed: PlacedOperation, subject: str, kind: Kind) -> Iterator[Divergence]:
    where = (placed.id, subject, row.line)
    if row.location is not None and row.location != place.location:
        yield Divergence("location", *where, row.location, place.location, place.pointer)
    word = place.node.type_word()
    # A text whose values are listed is a text; "enum" only says more.
    listed = word == "enum" and place.node.types == {"string"} and row.type == "string"
    if row.type is not None and row.type != word and not listed:
        yield Divergence("type", *where, row.written.get("type", row.type), word, place.pointer)
    if row.required is not None and row.required != place.required:
        words = ["required" if r else "optional" for r in (row.required, place.required)]
        yield Divergence("required", *where, words[0], words[1], place.pointer)
    limits = place.node.limits_word()
    written = row.written.get("limits")
    if written is not None and written.strip("`- ") != limits:
        yield Divergence("limits", *where, written or "none", limits or "none", place.pointer)
    elif written is None and limits and kind == "request":
        yield Divergence(
            "silent", placed.id, f"{subject} limits", row.line, "no limits", limits, place.pointer
        )


def _examples(
    operation: Operation, placed: PlacedOperation, kind: Kind, places: Places
) -> Iterator[Divergence]:
    body = placed.bodies.get(kind)
    examples = [e for e in operation.examples if e.kind == kind]
    if body is None or not examples:
        return
    schema, pointer = body
    validator = Draft202012Validator({**schema, "components": places.openapi["components"]})
    documented = {row.name for row in operation.rows(kind)}
    optional = {row.name for row in operation.rows(kind) if row.required is False}
    known = placed.places(kind)
    fields = [dict(_walk(example.value, "", "", known)) for example in examples]
    present = set().union(*fields)
    for example, found in zip(examples, fields, strict=True):
        for error in sorted(_leaves(validator.iter_errors(example.value)), key=lambda e: str(e.json_path)):
            yield from _invalid(error, example, placed, kind, documented - present)
        for name, at in found.items():
            if name not in documented:
                place = known.get(name)
                yield Divergence(
                    "example-undocumented",
                    placed.id,
                    subject_of(name, kind, "body"),
                    example.lines[at],
                    "only an example has it",
                    f"{place.location} {place.node.type_word()}" if place else "no such field",
                    place.pointer if place else pointer,
                )
        yield from _links(example, placed)
    for row in operation.rows(kind):
        if row.location != "body" or row.name in present:
            continue
        # What a response may leave out, and all inside it, needs no example, nor does what only upstream has.
        if kind == "response" and any(f"{row.name}.".startswith(f"{name}.") for name in optional - present):
            continue
        nearest = max((n for n in present if row.name.startswith(f"{n}.")), key=len, default="")
        if nearest and not any(name.startswith(f"{nearest}.") for name in present):
            # An empty list shows nothing of its items, and so lacks nothing.
            continue
        place = known.get(row.name)
        if place is not None and place.source == "upstream":
            continue
        contract = "it may be absent"
        if place is None or place.required:
            contract = "nothing of that name" if place is None else "it is always there"
        subject = subject_of(row.name, kind, "body")
        says = "a row, and no example with it"
        yield Divergence("example-lacks", placed.id, subject, row.line, says, contract)


#: The JSON types that a type of a guide allows.
_JSON_TYPES: Mapping[str, tuple[str, ...]] = {
    "integer": ("integer",),
    "number": ("integer", "number"),
    "boolean": ("boolean",),
    "object": ("object",),
    "array": ("array",),
    **dict.fromkeys(("string", "uuid", "datetime", "enum"), ("string",)),
}


def own_examples(operation: Operation) -> Iterator[Divergence]:
    """The rows of an operation against its own examples, which needs no contract.

    A field without rows below it is not looked into.
    """
    kinds: tuple[Kind, ...] = ("request", "response")
    for kind in kinds:
        rows = {row.name: row for row in operation.rows(kind) if row.location in ("body", None)}
        parents = {name.rpartition(".")[0] for name in rows}
        present: set[str] = set()
        examples = [e for e in operation.examples if e.kind == kind]
        for example in examples:
            for name, at in _fields(example.value, "", "", parents):
                present.add(name)
                subject = subject_of(name, kind, "body")
                line = example.lines[at]
                row = rows.get(name)
                if row is None:
                    where = (operation.title, subject, line)
                    yield Divergence("example-undocumented", *where, "only an example has it", "a row")
                    continue
                value = _pointed(example.value, at)
                allowed = _JSON_TYPES.get(row.type or "")
                if value is not None and allowed and json_type(value) not in (*allowed, "null"):
                    says = json.dumps(value, ensure_ascii=False)[:80]
                    contract = f"{row.written.get('type', row.type)}, as its row in line {row.line} says"
                    yield Divergence("example-invalid", operation.title, subject, line, says, contract)
        for row in rows.values():
            parent = row.name.rpartition(".")[0]
            if examples and row.name not in present and (not parent or parent in present):
                subject = subject_of(row.name, kind, "body")
                says = "a row, and no example with it"
                if row.required is not False:
                    where = (operation.title, subject, row.line)
                    yield Divergence("example-lacks", *where, says, "an example of every field")


def _fields(value: Any, name: str, at: str, parents: Collection[str]) -> Iterator[tuple[str, str]]:
    """Dotted name and pointer of every field of an example below a field that has rows of its own."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(item, name, f"{at}/{index}", parents)
    elif isinstance(value, dict) and name in parents:
        for key, item in value.items():
            child, pointer = (f"{name}.{key}" if name else key), f"{at}/{escape(key)}"
            yield child, pointer
            yield from _fields(item, child, pointer, parents)


def _pointed(value: Any, at: str) -> Any:
    """What stands at a JSON pointer."""
    for token in at.split("/")[1:]:
        key = unescape(token)
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _invalid(
    error: ValidationError, example: Example, placed: PlacedOperation, kind: Kind, lacking: Collection[str]
) -> Iterator[Divergence]:
    """What a failed validation means; fields that are `lacking` from all examples are told once, by row."""
    at = "".join(f"/{escape(str(token))}" for token in error.path)
    line = example.lines.get(at, example.line)
    name = ".".join(token for token in error.path if isinstance(token, str))
    place = placed.places(kind).get(name)
    where = place.pointer if place else placed.bodies[kind][1]
    value: Any = error.instance
    if error.validator == "required" and isinstance(error.validator_value, list):
        for field in sorted(set(error.validator_value) - set(value)):
            full = f"{name}.{field}" if name else field
            if full not in lacking:
                subject = subject_of(full, kind, "body")
                says = "an example without it"
                yield Divergence("example-lacks", placed.id, subject, line, says, "it is always there", where)
        return
    expected = place.node.type_word() if place else f"{error.validator} {error.validator_value}"
    nullable = " or null" if place and place.node.nullable else ""
    yield Divergence(
        "example-invalid",
        placed.id,
        subject_of(name, kind, "body"),
        line,
        json.dumps(value, ensure_ascii=False)[:80],
        f"{expected}{nullable} ({error.validator})",
        where,
    )


def _leaves(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """Errors at the innermost place; `null or this` fails as a whole where a plain schema would say why."""
    for error in errors:
        inner = [e for e in error.context or () if e.path and e.validator != "type"]
        yield from inner or [error]


def _walk(value: Any, name: str, at: str, known: Mapping[str, Place]) -> Iterator[tuple[str, str]]:
    """Dotted name and pointer of every field of an example, but not inside maps with free keys."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, name, f"{at}/{index}", known)
    elif isinstance(value, dict) and not (name in known and known[name].node.free):
        for key, item in value.items():
            child, pointer = (f"{name}.{key}" if name else key), f"{at}/{escape(key)}"
            yield child, pointer
            if not name or name in known:
                yield from _walk(item, child, pointer, known)


def _links(example: Example, placed: PlacedOperation) -> Iterator[Divergence]:
    """Links of an example: `next` leads to the operation itself, `self` and `bookmark` to the item."""

    def visit(value: Any, name: str, at: str) -> Iterator[tuple[str, str, str, str]]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from visit(item, name, f"{at}/{index}")
        elif isinstance(value, dict):
            own = value.get("id")
            links = value.get("links")
            for index, link in enumerate(links if isinstance(links, list) else ()):
                if isinstance(link, dict) and isinstance(own, str) and isinstance(link.get("href"), str):
                    yield f"{name}.links.href", f"{at}/links/{index}/href", link["href"], own
            for key, item in value.items():
                if key.endswith("_links") and isinstance(item, list):
                    for index, link in enumerate(item):
                        if isinstance(link, dict) and isinstance(link.get("href"), str):
                            yield f"{key}.href", f"{at}/{escape(key)}/{index}/href", link["href"], ""
                else:
                    yield from visit(item, f"{name}.{key}" if name else key, f"{at}/{escape(key)}")

    for name, at, href, own in visit(example.value, "", ""):
        path = urlsplit(href).path.rstrip("/")
        if own and "/" in placed.path.strip("/") and not path.endswith(f"/{own}"):
            yield Divergence("example-link", placed.id, name, example.lines[at], href, f"an address of {own}")
        shape = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(placed.path))
        if not own and not re.fullmatch(rf"(/v\d+(\.\d+)?)?{shape}", path):
            contract = f"the next page of {placed.path}"
            yield Divergence("example-link", placed.id, name, example.lines[at], href, contract)


def _codes(operation: Operation, placed: PlacedOperation, places: Places) -> Iterator[Divergence]:
    if not operation.codes:
        success = ", ".join(str(code) for code in placed.codes if code < 400)
        errors = ", ".join(str(code) for code in placed.codes if code >= 400)
        where = (operation.line, "nothing")
        yield Divergence("silent", placed.id, "success statuses", *where, success, placed.pointer)
        yield Divergence("silent", placed.id, "error statuses", *where, errors, placed.pointer)
        return
    faults = places.openapi.get("x-fault-names", {})
    for row in operation.codes:
        if row.code not in placed.codes:
            yield Divergence(
                "code-unknown", placed.id, str(row.code), row.line, str(row.code), "no such status"
            )
        names = faults.get(str(row.code), ())
        said = set(re.findall(r"\w+", row.fault or ""))
        if said and not said <= set(names):
            contract = ", ".join(names) or "no error"
            yield Divergence("fault", placed.id, str(row.code), row.line, row.fault or "", contract)
    for code in placed.codes:
        if not any(row.code == code for row in operation.codes):
            line = operation.codes[0].line
            yield Divergence("code-missing", placed.id, str(code), line, "nothing", str(code), placed.pointer)


def _contradictions(
    document: Document, pairs: Mapping[int, PlacedOperation], places: Places
) -> Iterator[Divergence]:
    """Fields of the contract that the document's examples give unlike types."""
    first: dict[str, tuple[str, int]] = {}
    for operation in document.operations:
        placed = pairs.get(operation.line)
        for example in operation.examples if placed else ():
            known = placed.places(example.kind) if placed else {}
            for name, at in _walk(example.value, "", "", known):
                value = _pointed(example.value, at)
                if value is None or name not in known or placed is None:
                    continue
                kind = json_type(value)
                line = example.lines[at]
                before, where = first.setdefault(known[name].pointer, (kind, line))
                if before != kind:
                    contract = f"{known[name].node.type_word()} everywhere"
                    says = f"{kind} here and {before} in line {where}"
                    pointer = known[name].pointer
                    yield Divergence("example-contradiction", placed.id, name, line, says, contract, pointer)


def _statuses(document: Document, statuses: Mapping[str, Collection[str]]) -> Iterator[Divergence]:
    """Tables of statuses against those of the resource that shares most of them."""
    left = dict(statuses)
    for table in document.status_tables:
        written = {status.value for status in table.statuses}

        def shared(name: str, written: set[str] = written) -> float:
            return len(written & set(left[name])) / len(written | set(left[name]))

        resource = max(left, key=shared, default=None)
        if resource is None:
            says = "a table of statuses"
            yield Divergence(
                "status-unknown", table.title, "", table.line, says, "no resource is left for it"
            )
            continue
        known = set(left.pop(resource))
        counts = Counter(status.value for status in table.statuses)
        for status in table.statuses:
            if status.value not in known:
                yield Divergence(
                    "status-unknown", resource, status.value, status.line, "a status", "no such status"
                )
            elif counts[status.value] > 1:
                yield Divergence("row-repeated", resource, status.value, status.line, "several rows", "one")
        for value in sorted(known - written):
            yield Divergence("status-missing", resource, value, table.line, "no such status", "a status")
    for resource in left:
        yield Divergence(
            "status-missing", resource, "", 0, "no table of statuses", f"{len(left[resource])} statuses"
        )
