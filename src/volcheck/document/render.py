"""The contract as a document in Markdown, Korean or English.

`reference` is for users of the API. It is written in the words that the reader of published guides knows, so that reading it
back and checking it finds nothing: what the contract says, the document says. `trace` lists requirements and errata.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import jinja2

from volcheck.contract import OPERATION_IDS, Contract, Requirement, StatusMachine, read_yaml
from volcheck.contract.errata import Erratum
from volcheck.contract.overlay import language_overlays, translated
from volcheck.document.facts import Kind
from volcheck.document.places import Place, PlacedOperation, Places
from volcheck.errors import ContractError, UsageError

#: The language of openapi.yaml, which needs no overlay.
SOURCE_LANGUAGE: Final = "en"
LANGUAGES: Final = (SOURCE_LANGUAGE, "ko")
#: So many plain values may stand on one line of an example.
_FEW: Final = 2
LAYOUTS: Final = ("reference", "trace")

_SORT_KEYS = re.compile(r"\^\(([\w|]+)\)")
_TEMPLATES: Final = Path(__file__).with_name("templates")
_PAGING: Final = ("Sort", "Limit", "Offset", "Marker")
#: Where the sort keys of the lists of each tag stand, and which statuses belong to it.
_SORTS: Final = {"volumes": "Sort", "snapshots": "SnapshotSort"}
_MACHINES: Final = {"volumes": "volume", "snapshots": "snapshot"}


@attrs.frozen
class _Row:
    name: str
    place: str
    type: str
    mark: str
    limits: str
    description: str


@attrs.frozen
class _Example:
    summary: str
    value: Any

    @property
    def text(self) -> str:
        return _pretty(self.value)

    @property
    def line(self) -> str:
        return json.dumps(self.value, ensure_ascii=False)


@attrs.frozen
class _Code:
    code: int
    names: str
    description: str
    cause: str
    examples: tuple[_Example, ...]
    headers: tuple[Mapping[str, str], ...]


@attrs.frozen
class _Operation:
    title: str
    description: str
    method: str
    path: str
    token: bool
    request_body: bool
    response_body: bool
    request_rows: tuple[_Row, ...]
    response_rows: tuple[_Row, ...]
    request_examples: tuple[_Example, ...]
    response_examples: tuple[_Example, ...]
    codes: tuple[_Code, ...]
    upstream: bool


@attrs.frozen
class _Group:
    heading: str
    description: str
    machine: Mapping[str, Any] | None
    operations: tuple[_Operation, ...]


def render(contract: Contract, language: str, layout: str = "reference") -> str:
    """The document in Markdown; `language` is one of `LANGUAGES`, `layout` one of `LAYOUTS`.

    Raises UsageError for others, and ContractError when the overlay of the language doesn't fit.
    """
    if language not in LANGUAGES:
        raise UsageError(f"There is no reference in {language!r}. Ask for one of {', '.join(LANGUAGES)}.")
    if layout not in LAYOUTS:
        raise UsageError(f"There is no layout {layout!r}. Ask for one of {', '.join(LAYOUTS)}.")
    writer = _Writer(contract, language)
    return writer.reference() if layout == "reference" else writer.trace()


class _Writer:
    def __init__(self, contract: Contract, language: str) -> None:
        self.contract = contract
        self.language = language
        self.openapi: Mapping[str, Any] = contract.document
        if language != SOURCE_LANGUAGE:
            overlays = language_overlays(contract.spec_dir, language, contract.edition.id)
            self.openapi = translated(contract.document, overlays, language)
        self.places = Places(self.openapi)
        self.words: Mapping[str, Any] = read_yaml(_TEMPLATES / f"words.{language}.yaml").data
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            # Markdown, not HTML: what the contract says is ours and may hold markup.
            autoescape=False,
        )
        self.environment.filters.update(slug=slug, cell=_cell)

    def reference(self) -> str:
        """The reference for users of the API."""
        edition = self.contract.edition
        return self._written(
            "reference.md.j2",
            endpoints=edition.endpoints,
            forms=[
                (label, self.openapi["components"]["schemas"][name]["description"])
                for name, label in self.words["forms"].items()
            ],
            paging=[self.openapi["components"]["parameters"][name] for name in _PAGING],
            sorting=list(self._sorting()),
            errors=(errors := self._errors()),
            headers=list(_headers(errors)),
            limits=list(self._limits()),
            groups=[self._group(tag) for tag in self.openapi["tags"]],
            changelog=[
                (one.id, [change[self.language] for change in one.changes])
                for one in reversed(list(self.contract.editions.values()))
                if one.id <= edition.id and one.changes
            ],
        )

    def trace(self) -> str:
        """Every requirement and erratum of the edition."""
        families: dict[str, list[Requirement]] = {}
        for requirement in self.contract.requirements.values():
            families.setdefault(requirement.family, []).append(requirement)
        return self._written(
            "trace.md.j2",
            families=list(families.items()),
            errata=list(self.contract.errata.values()),
            where=self._where,
            operations_of=self._operations_of,
        )

    def _written(self, template: str, **values: Any) -> str:
        raw = self.environment.get_template(template).render(
            language=self.language,
            words=self.words,
            info=self.openapi["info"],
            edition=self.contract.edition.id,
            **values,
        )
        return re.sub(r"\n{3,}", "\n\n", raw).strip("\n") + "\n"

    def _where(self, erratum: Erratum) -> str:
        """The editions that an erratum is about, and what they have of it."""
        says = self.words["says"]
        parts = []
        for edition in sorted({*erratum.stands, *erratum.corrected}):
            lines = ", ".join(map(str, erratum.lines(edition)))
            if edition in erratum.corrected:
                form = says["corrected" if lines else "left"]
            else:
                form = says["where" if lines else "nowhere"]
            parts.append(form.format(edition=edition, lines=lines))
        return "; ".join(parts)

    def _operations_of(self, erratum: Erratum) -> str:
        if len(erratum.operations) == len(self.contract.operations):
            every: str = self.words["says"]["all operations"]
            return every
        return ", ".join(f"`{operation}`" for operation in erratum.operations)

    def _limits(self) -> Iterator[Mapping[str, str]]:
        """The bounds on what requests may hold, each once."""
        seen: dict[str, str] = {}
        for name in ("createVolume", "createSnapshot"):
            for place in self.places.operations[name].request.values():
                if place.location == "body" and place.node.limits_word():
                    seen.setdefault(place.name, place.node.limits_word())
        for bounds in dict.fromkeys(seen.values()):
            yield {"what": ", ".join(f"`{name}`" for name in seen if seen[name] == bounds), "bounds": bounds}
        metadata = self.openapi["components"]["schemas"]["NewMetadata"]
        yield {"what": "`metadata`", "bounds": metadata["description"]}

    def _sorting(self) -> Iterator[tuple[str, str]]:
        """What the lists of each resource can be sorted by, as the pattern of `sort` has it."""
        for tag, name in _SORTS.items():
            pattern = self.openapi["components"]["parameters"][name]["schema"]["pattern"]
            keys = _SORT_KEYS.match(pattern)
            if keys is None:
                raise ContractError(
                    f"{self.contract.file.path}: the pattern of {name} doesn't begin with its keys. "
                    "Write ^(key|key…)."
                )
            yield self.words["groups"][tag], ", ".join(f"`{key}`" for key in keys[1].split("|"))

    def _errors(self) -> list[_Code]:
        """Every error of the contract once, by status."""
        found: dict[int, _Code] = {}
        for placed in self.places.operations.values():
            found.update({code.code: code for code in self._codes(placed) if code.code >= 400})
        return [found[code] for code in sorted(found)]

    def _group(self, tag: Mapping[str, Any]) -> _Group:
        machine = self.contract.machines.get(_MACHINES.get(tag["name"], ""))
        return _Group(
            heading=self.words["groups"][tag["name"]],
            description=tag["description"],
            machine=None if machine is None else self._machine(machine),
            operations=tuple(
                self._operation(self.places.operations[name])
                for name in OPERATION_IDS
                if tag["name"] in self._node(self.places.operations[name])["tags"]
            ),
        )

    def _machine(self, machine: StatusMachine) -> Mapping[str, Any]:
        says = self.words["says"]
        order = (*machine.statuses, None)
        statuses = []
        for status in machine.by_name.values():
            follow = [
                says["gone"] if name is None else f"`{name}`" for name in sorted(status.next, key=order.index)
            ]
            lines = [
                f"{self.words['statuses'][machine.name][status.name]} {self.words['states'][status.kind]}",
                f"{says['next']}: {', '.join(follow)}",
            ]
            if status.allows:
                allowed = [word for action, word in self.words["actions"].items() if action in status.allows]
                lines.append(f"{says['allows']}: {', '.join(allowed)}")
            statuses.append({"name": status.name, "description": "\n".join(lines)})
        return {
            "name": machine.name,
            "statuses": statuses,
            "initial": [_node_of(name) for name in machine.statuses if name in machine.initial],
            "changes": [
                (_node_of(status.name), [_node_of(name) for name in sorted(status.next, key=order.index)])
                for status in machine.by_name.values()
            ],
        }

    def _node(self, placed: PlacedOperation) -> Mapping[str, Any]:
        node: Mapping[str, Any] = self.places.find(placed.pointer)
        return node

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.places.find(node["$ref"]) if "$ref" in node else node
        return found

    def _operation(self, placed: PlacedOperation) -> _Operation:
        node = self._node(placed)
        codes = tuple(self._codes(placed))
        responses = [r for code in codes if code.code < 400 for r in code.examples]
        body = node.get("requestBody", {})
        return _Operation(
            title=node["summary"],
            description=node["description"],
            method=placed.method,
            path=placed.path if placed.path == "/" else f"/v2{placed.path}",
            token=placed.token,
            request_body="request" in placed.bodies,
            response_body="response" in placed.bodies,
            request_rows=self._rows(placed, "request"),
            response_rows=self._rows(placed, "response"),
            request_examples=tuple(self._examples(body)),
            # Several statuses may show the same example.
            response_examples=tuple({example.text: example for example in responses}.values()),
            codes=codes,
            upstream=node.get("x-source") == "upstream",
        )

    def _codes(self, placed: PlacedOperation) -> Iterator[_Code]:
        for code, written in self._node(placed)["responses"].items():
            response = self._resolved(written)
            names = self.openapi["x-fault-names"].get(code, ())
            yield _Code(
                code=int(code),
                names=", ".join(f"`{name}`" for name in names),
                description=response["description"],
                cause=written["description"] if "description" in written else response["description"],
                examples=tuple(self._examples(response)),
                headers=tuple(
                    {"name": name, "description": self._resolved(header)["description"]}
                    for name, header in response.get("headers", {}).items()
                ),
            )

    def _examples(self, body: Mapping[str, Any]) -> Iterator[_Example]:
        written = body.get("content", {}).get("application/json", {}).get("examples", {})
        for example in map(self._resolved, written.values()):
            yield _Example(example["summary"], example["value"])

    def _rows(self, placed: PlacedOperation, kind: Kind) -> tuple[_Row, ...]:
        order = ("path", "header", "query", "body")
        places = sorted(placed.places(kind).values(), key=lambda place: order.index(place.location))
        return tuple(self._row(place) for place in places)

    def _row(self, place: Place) -> _Row:
        words = self.words
        node = self.places.find(place.pointer)
        word = place.node.type_word()
        return _Row(
            name=place.name,
            place=words["places"][place.location],
            type=words["types"].get(word, word),
            mark=words["marks"]["required" if place.required else "optional"],
            limits=place.node.limits_word() or words["marks"]["optional"],
            description=" ".join(self._remarks(place, node)),
        )

    def _remarks(self, place: Place, node: Mapping[str, Any]) -> Iterator[str]:
        says = self.words["says"]
        yield node["description"]
        if place.node.nullable:
            yield says["nullable"]
        values = place.node.values
        machine = next(
            (m for m in self.contract.machines.values() if values and set(values) == set(m.statuses)), None
        )
        if machine:
            heading = self.words["machines"][machine.name]
            yield f"[{heading}](#{slug(heading)})"
        elif values and any(f"`{value}`" not in node["description"] for value in values):
            yield f"{says['values']}: {', '.join(f'`{value}`' for value in values)}."
        if place.location == "query":
            shown = [e["value"] for e in node.get("examples", {}).values()] or [node["example"]]
            yield f"{says['example']}: {', '.join(f'`{value}`' for value in shown)}."
        if node.get("deprecated"):
            yield says["deprecated"]
        if place.source == "upstream":
            yield says["upstream"]


def _headers(errors: list[_Code]) -> Iterator[Mapping[str, str]]:
    """Every header of the errors once, with the statuses that carry it."""
    names = {header["name"]: header["description"] for error in errors for header in error.headers}
    for name, description in names.items():
        codes = [str(e.code) for e in errors if any(header["name"] == name for header in e.headers)]
        yield {"name": name, "description": description, "codes": ", ".join(codes)}


def _node_of(status: str | None) -> str:
    """A status, or its absence, as a node of a Mermaid flowchart."""
    if status is None:
        return "gone(( ))"
    # A hyphen may be a part of an arrow.
    return f"{status.replace('-', '_')}[{status}]" if "-" in status else status


def _pretty(value: Any, margin: str = "") -> str:
    """JSON over several lines, where objects and lists of a few plain values take one."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not parts or (len(parts) <= _FEW and not any(isinstance(part, dict | list) for part in parts)):
        return json.dumps(value, ensure_ascii=False)
    inner = margin + "  "
    if isinstance(value, dict):
        lines = [
            f"{json.dumps(key, ensure_ascii=False)}: {_pretty(part, inner)}" for key, part in value.items()
        ]
        return "{\n" + ",\n".join(inner + line for line in lines) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + _pretty(part, inner) for part in value) + f"\n{margin}]"


def slug(heading: str) -> str:
    """The anchor that renderers of Markdown give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.casefold()).strip().replace(" ", "-")


def _cell(text: str) -> str:
    """A text for one cell of a table."""
    return text.replace("|", "\\|").replace("\n", "<br>")
