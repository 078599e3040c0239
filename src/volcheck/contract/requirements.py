"""The catalogue of behaviours: spec/requirements.yaml."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from volcheck.contract.yamlfile import Place, YamlFile

LEVELS = ("must", "should")
#: The level that each source gives. Only what the provider or a standard has promised, or what clients can't do without,
#: makes an endpoint not conformant.
LEVEL_OF = {
    "published": "must",
    "standard": "must",
    "client": "must",
    "upstream": "should",
    "ruling": "should",
}
SOURCES = tuple(LEVEL_OF)

_ID = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9][a-z0-9-]*\Z")
_ERRATUM = re.compile(r"E-[A-Z0-9]+(-[A-Z0-9]+)*\Z")
_NEEDED = ("id", "level", "source", "operations", "en", "ko")
_OPTIONAL = ("evidence", "erratum", "lines", "section", "client")
#: By source: the key that says where exactly.
PLACES = {"published": "lines", "standard": "section", "client": "client"}
_LINES = re.compile(r"[1-9][0-9]*(-[1-9][0-9]*)?\Z")


@attrs.frozen
class Requirement:
    """One testable sentence of the contract.

    level: "must" or "should". source: what it rests on, a key of `LEVEL_OF`. lines (by edition), section, client:
    where that says so, for the sources that have such places, else None. operations: operationIds.
    erratum: id of the ruling it rests on, or None. line: where it stands in requirements.yaml.
    """

    id: str
    level: str
    source: str
    operations: tuple[str, ...]
    en: str
    ko: str
    evidence: str
    lines: Mapping[str, tuple[str, ...]] | None
    section: str | None
    client: str | None
    erratum: str | None
    line: int

    @property
    def family(self) -> str:
        """What the requirement is about: its id up to the dot."""
        return self.id.partition(".")[0]

    @property
    def basis(self) -> str:
        """Where the source says so, and what it says: `2020, line 447: …`."""
        place = self.section or self.client
        if self.lines:
            place = "; ".join(f"{edition}, {_named(lines)}" for edition, lines in self.lines.items())
        return ": ".join(part for part in (place, self.evidence) if part)

    def statement(self, language: str = "en") -> str:
        """The sentence, in "en" or "ko"."""
        return self.ko if language == "ko" else self.en


def read_requirements(file: YamlFile, operations: Collection[str]) -> dict[str, Requirement]:
    """The requirements by id, in the order of the file. Raises ContractError with file and line."""
    if not isinstance(file.data, list):
        raise file.error((), "a list of requirements is expected", "Begin each entry with '- id:'.")
    found: dict[str, Requirement] = {}
    for index, node in enumerate(file.data):
        requirement = read_requirement(file, (index,), node, tuple(operations))
        if requirement.id in found:
            line = found[requirement.id].line
            raise file.error((index,), f"{requirement.id} is already on line {line}", "Rename one of them.")
        found[requirement.id] = requirement
    return found


def read_requirement(file: YamlFile, place: Place, node: Any, operations: tuple[str, ...]) -> Requirement:
    """One entry of a file of requirements, which stands at `place`. Raises ContractError with file and line."""
    if not isinstance(node, dict):
        raise file.error(place, "an entry must be a mapping", "Begin it with '- id:'.")
    for key in _NEEDED:
        if node.get(key) in (None, ""):
            raise file.error(place, f"the entry {node.get('id', '')} has no {key}", "Add it.")
    for key, value in node.items():
        if key not in (*_NEEDED, *_OPTIONAL):
            allowed = ", ".join((*_NEEDED, *_OPTIONAL))
            raise file.error((*place, key), f"the key {key} is not known", f"Use {allowed}.")
        if key not in ("operations", "lines") and not isinstance(value, str):
            raise file.error((*place, key), f"{key} must be text", "Put it in quotes.")
    if not _ID.match(node["id"]):
        raise file.error((*place, "id"), f"{node['id']} is no requirement id", "Write family.short-name.")
    if node["level"] not in LEVELS:
        raise file.error((*place, "level"), f"the level {node['level']} is not known", "Use must or should.")
    if node["source"] not in SOURCES:
        raise file.error(
            (*place, "source"),
            f"the source {node['source']} is not known",
            f"Use one of {', '.join(SOURCES)}.",
        )
    if node["level"] != LEVEL_OF[node["source"]]:
        raise file.error(
            (*place, "level"),
            f"{node['id']} has the level {node['level']}, which the source {node['source']} does not give",
            f"Write {LEVEL_OF[node['source']]}, or name what it rests on.",
        )
    _check_place(file, place, node)
    erratum = node.get("erratum")
    if erratum is not None and not _ERRATUM.match(erratum):
        raise file.error((*place, "erratum"), f"{erratum} is no erratum id", "Write E-SOME-WORDS.")
    return Requirement(
        id=node["id"],
        level=node["level"],
        source=node["source"],
        operations=_operations(file, (*place, "operations"), node["operations"], operations),
        en=_sentence(node["en"]),
        ko=_sentence(node["ko"]),
        evidence=_sentence(node.get("evidence", "")),
        lines=_lines(file, (*place, "lines"), node["lines"]) if "lines" in node else None,
        section=node.get("section"),
        client=node.get("client"),
        erratum=erratum,
        line=file.line(place),
    )


def _lines(file: YamlFile, place: Place, node: Any) -> dict[str, tuple[str, ...]]:
    """The lines of each edition, checked. Raises ContractError."""
    if not isinstance(node, dict) or not node or not all(node.values()):
        raise file.error(place, "lines must name an edition", 'Write lines: {"2020": [447]}.')
    found = {}
    for edition, numbers in node.items():
        if not isinstance(numbers, list | tuple) or not all(_LINES.match(str(one)) for one in numbers):
            raise file.error(place, f"{numbers} are no lines", "Write numbers, or 446-457 for several.")
        found[str(edition)] = tuple(str(one) for one in numbers)
    return found


def _check_place(file: YamlFile, place: Place, node: Any) -> None:
    """Raise ContractError where it is not said where exactly the source says so, or for another kind of source."""
    wanted = PLACES.get(node["source"])
    for key in PLACES.values():
        if (key in node) != (key == wanted):
            raise file.error(
                (*place, key) if key in node else place,
                f"{node['id']} has {'a' if key in node else 'no'} {key}, and its source is {node['source']}",
                "Published ones have lines, those of a standard a section, those of clients a client; others none.",
            )


def _operations(file: YamlFile, place: Place, node: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    if node == "all":
        return known
    if not isinstance(node, list):
        raise file.error(place, "operations must be a list", "Write [a, b], or all.")
    for operation in node:
        if operation not in known:
            raise file.error(
                place,
                f"there is no operation {operation}",
                f"Use some of {', '.join(known)}.",
            )
    return tuple(node)


def _named(lines: Sequence[str]) -> str:
    several = len(lines) > 1 or "-" in lines[0]
    return f"line{'s' if several else ''} {', '.join(lines)}"


def _sentence(text: str) -> str:
    return " ".join(text.split())
