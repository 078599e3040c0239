"""The ledger of rulings: spec/errata.yaml.

One entry for every place where the published document is wrong, contradicts itself or is silent: what it
says, what the contract rules instead and on what evidence, which differences the entry explains, and how an
endpoint shows which of the two readings it follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal

import attrs
import jsonschema_rs

from volcheck.contract.pointer import unescape
from volcheck.contract.yamlfile import Place, YamlFile, read_yaml

Validator = jsonschema_rs.Draft202012Validator
Follows = Literal["contract", "document", "neither"]

#: mistake: the document is wrong. contradiction: two places of it disagree. omission: it shows or promises
#: something and doesn't describe it. silence: it says nothing of what the contract rules.
KINDS = ("mistake", "contradiction", "omission", "silence")
#: What the ruling rests on: another place of the document, what Cinder does, or our own choice.
SOURCES = ("published", "upstream", "contract")
PROBES = ("passive", "active", "none")
_TEXTS = ("title", "says", "ruling", "evidence")
_NEEDED = ("id", "kind", "source", "operations", "stands", "en", "ko", "explains", "reading")
_OPTIONAL = ("corrected", "sentences")
_ID = re.compile(r"E-[A-Z0-9]+(-[A-Z0-9]+)*\Z")

#: A JSON Schema.
Schema = dict[str, Any] | bool

#: A difference between document and contract: its code, the operation, the subject, and, where the document
#: gives a value (a type, a method, …), that value.
Part = tuple[str, str, str, str]


@attrs.frozen
class Text:
    """An erratum in one language."""

    title: str
    says: str
    ruling: str
    evidence: str


@attrs.frozen
class Reading:
    """How an endpoint shows which reading it follows.

    probe: "passive" looks at recorded answers of `operation`; "active" sends `method` and `path` (below the
    base URL, a template with {projectId}, {volumeId}, {snapshotId}) with `body`, whose texts may be templates
    too; "none": no endpoint can show it, for `reason`.
    at: JSON pointer into the answer {"status", "headers", "body"}, `*` for every item of a list.
    contract, document: JSON Schemas; what stands at `at` follows the reading whose schema accepts it, and
    shows nothing when both do. when: a JSON Schema; what it refuses isn't looked at.
    """

    probe: Literal["passive", "active", "none"]
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    body: Any = None
    at: str = ""
    when: Schema = True
    contract: Schema = True
    document: Schema = True
    reason: str = ""

    def follows(self, answer: Mapping[str, Any]) -> Follows | None:
        """What an answer {"status": int, "headers": {name: value}, "body": JSON} shows; None when nothing.

        "neither" when anything at the place fits neither reading, or when items of one answer disagree.
        """
        if self.probe == "none":
            return None
        seen: set[Follows] = set()
        for value in _at(answer, self.at.split("/")[1:]):
            try:
                applies, fits, also = (each.is_valid(value) for each in self._validators)
            except UnicodeEncodeError:
                # Half of a surrogate pair is text to no reader.
                continue
            if not applies or (fits and also):
                continue
            seen.add("contract" if fits else "document" if also else "neither")
        if not seen:
            return None
        return seen.pop() if len(seen) == 1 else "neither"

    @cached_property
    def _validators(self) -> tuple[Validator, Validator, Validator]:
        when, contract, document = (Validator(each) for each in (self.when, self.contract, self.document))
        return when, contract, document


@attrs.frozen
class Erratum:
    """One entry of the ledger.

    operations: operationIds concerned. stands: the editions whose document shows it, each with the lines; corrected: those
    that put it right, each with the lines that do, which are the strongest evidence there is. It holds until it is
    corrected, so a later edition that neither names stands as the one before. explains: the differences that it accounts
    for, by edition. sentences: digests of the sentences it is about, by edition. line: where the entry stands in
    errata.yaml.
    """

    id: str
    kind: str
    source: str
    operations: tuple[str, ...]
    stands: Mapping[str, tuple[int, ...]]
    corrected: Mapping[str, tuple[int, ...]]
    en: Text
    ko: Text
    explains: Mapping[str, tuple[Part, ...]]
    sentences: Mapping[str, tuple[str, ...]]
    reading: Reading
    line: int

    @property
    def edition(self) -> str:
        """The first edition that shows it."""
        return min(self.stands)

    def stands_in(self, edition: str) -> bool:
        """Whether the document of an edition still is so."""
        latest = max((name for name in (*self.stands, *self.corrected) if name <= edition), default=None)
        return latest in self.stands

    def lines(self, edition: str) -> tuple[int, ...]:
        """The lines of an edition that show it, or that put it right; none where the edition is not named."""
        return self.stands.get(edition) or self.corrected.get(edition, ())

    def explained(self, edition: str) -> tuple[Part, ...]:
        """The differences of an edition that it accounts for; none where it does not stand."""
        return self.explains.get(self._as(edition), ())

    def spoken(self, edition: str) -> tuple[str, ...]:
        """Digests of the sentences of an edition that it is about; none where it does not stand."""
        return self.sentences.get(self._as(edition), ())

    def _as(self, edition: str) -> str:
        """The edition, up to this one, whose entry holds for it; empty where the erratum does not stand."""
        named = [name for name in self.stands if name <= edition]
        return max(named) if named and self.stands_in(edition) else ""

    def text(self, language: str = "en") -> Text:
        """The wording, in "en" or "ko"."""
        return self.ko if language == "ko" else self.en


def load_errata(path: Path, operations: Collection[str], editions: Collection[str]) -> dict[str, Erratum]:
    """The errata by id, in the order of the file.

    operations: the operationIds of the contract. editions: those that are known. Raises ContractError, with file, line and
    entry id.
    """
    return read_errata(read_yaml(path), operations, editions)


def read_errata(file: YamlFile, operations: Collection[str], editions: Collection[str]) -> dict[str, Erratum]:
    """The errata of an opened file; see `load_errata`."""
    if not isinstance(file.data, list):
        raise file.error((), "a list of errata is expected", "Begin each entry with '- id:'.")
    found: dict[str, Erratum] = {}
    explained: dict[tuple[str, Part], str] = {}
    for index, node in enumerate(file.data):
        erratum = _erratum(file, index, node, operations, editions)
        if erratum.id in found:
            line = found[erratum.id].line
            raise file.error((index,), f"{erratum.id} is already on line {line}", "Rename one of them.")
        found[erratum.id] = erratum
        for edition, part in ((e, part) for e, parts in erratum.explains.items() for part in parts):
            other = explained.setdefault((edition, part), erratum.id)
            if other != erratum.id:
                problem = f"{erratum.id} explains {' '.join(part)}, which {other} explains already"
                raise file.error((index, "explains"), problem, "Let one entry explain it.")
    return found


def _erratum(
    file: YamlFile, index: int, node: Any, known: Collection[str], editions: Collection[str]
) -> Erratum:
    if not isinstance(node, dict):
        raise file.error((index,), "an entry must be a mapping", "Begin it with '- id:'.")
    name = node.get("id", f"entry {index + 1}")
    for key in _NEEDED:
        if key not in node:
            raise file.error((index,), f"{name} has no {key}", "Add it.")
    for key in node:
        if key not in (*_NEEDED, *_OPTIONAL):
            allowed = ", ".join((*_NEEDED, *_OPTIONAL))
            raise file.error((index, key), f"the key {key} of {name} is not known", f"Use {allowed}.")
    if not isinstance(name, str) or not _ID.match(name):
        raise file.error((index, "id"), f"{name} is no erratum id", "Write E-SOME-WORDS.")
    _one_of(file, (index, "kind"), name, node["kind"], KINDS)
    _one_of(file, (index, "source"), name, node["source"], SOURCES)
    stands = _lines(file, (index, "stands"), name, node["stands"], editions)
    corrected = _lines(file, (index, "corrected"), name, node.get("corrected", {}), editions)
    if not stands or stands.keys() & corrected.keys():
        problem = f"{name} must stand in an edition, and can't be corrected in the same one"
        raise file.error((index, "stands"), problem, 'Write stands: {"2020": [12, 34]}.')
    explains = dict.fromkeys(stands, ()) | _parts(file, index, name, node["explains"], tuple(stands))
    sentences = node.get("sentences", {})
    if (
        not isinstance(sentences, dict)
        or not set(sentences) <= set(stands)
        or not all(isinstance(s, str) for shas in sentences.values() for s in shas)
    ):
        problem = f"sentences of {name} must be lists of digests by edition"
        raise file.error((index, "sentences"), problem, 'Write {"2020": ["0123456789abcdef"]}.')
    if not any(explains.values()) and not sentences and node["kind"] != "silence":
        problem = f"{name} explains nothing, which only a silence may do"
        raise file.error((index, "explains"), problem, "Add {code, operation, subject}.")
    return Erratum(
        id=name,
        kind=node["kind"],
        source=node["source"],
        operations=_operations(file, (index, "operations"), name, node["operations"], known),
        stands=stands,
        corrected=corrected,
        en=_text(file, (index, "en"), name, node["en"]),
        ko=_text(file, (index, "ko"), name, node["ko"]),
        explains=explains,
        sentences={edition: tuple(shas) for edition, shas in sentences.items()},
        reading=_reading(file, (index, "reading"), name, node["reading"], known),
        line=file.line((index,)),
    )


def _lines(
    file: YamlFile, place: Place, name: str, node: Any, editions: Collection[str]
) -> dict[str, tuple[int, ...]]:
    """Lines by edition."""
    if not isinstance(node, dict):
        raise file.error(place, f"{place[-1]} of {name} must be lines by edition", 'Write {"2020": [12]}.')
    for edition, lines in node.items():
        if edition not in editions:
            problem = f"{name} names the unknown edition {edition}"
            raise file.error((*place, edition), problem, f"Use some of {', '.join(editions)}.")
        if not isinstance(lines, list) or not all(isinstance(n, int) and n > 0 for n in lines):
            problem = f"lines of {name} must be a list of numbers"
            raise file.error((*place, edition), problem, "Write [12, 34].")
    return {edition: tuple(lines) for edition, lines in node.items()}


def _one_of(file: YamlFile, place: Place, name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        remedy = f"Use one of {', '.join(allowed)}."
        raise file.error(place, f"the {place[-1]} {value} of {name} is not known", remedy)


def _operations(
    file: YamlFile, place: Place, name: str, node: Any, known: Collection[str]
) -> tuple[str, ...]:
    if node == "all":
        return tuple(known)
    if not isinstance(node, list):
        raise file.error(place, f"operations of {name} must be a list", "Write [a, b], or all.")
    for operation in node:
        if operation not in known:
            raise file.error(place, f"{name} names the unknown operation {operation}", "Correct it.")
    return tuple(node)


def _text(file: YamlFile, place: Place, name: str, node: Any) -> Text:
    if not isinstance(node, dict) or set(node) != set(_TEXTS):
        problem = f"{place[-1]} of {name} must have exactly {', '.join(_TEXTS)}"
        raise file.error(place, problem, "Add what is missing and remove the rest.")
    for key, value in node.items():
        if not isinstance(value, str) or not value.strip():
            raise file.error((*place, key), f"{key} of {name} must be text", "Write a sentence.")
    return Text(**{key: " ".join(node[key].split()) for key in _TEXTS})


def _parts(
    file: YamlFile, index: int, name: str, node: Any, stands: tuple[str, ...]
) -> dict[str, tuple[Part, ...]]:
    """Every combination of the codes, operations and subjects of each item, which may be lists, by edition."""
    if not isinstance(node, list):
        raise file.error((index, "explains"), f"explains of {name} must be a list", "Write [] or items.")
    found: dict[str, list[Part]] = {}
    for number, item in enumerate(node):
        place = (index, "explains", number)
        needed, allowed = {"code", "operation"}, {"code", "operation", "subject", "says", "editions"}
        if not isinstance(item, dict) or not needed <= set(item) <= allowed:
            problem = f"an item of explains of {name} needs code and operation, and may have subject, says and editions"
            remedy = "Write {code: type, operation: showVolume, subject: volume.name, says: UUID}."
            raise file.error(place, problem, remedy)
        lists = []
        for key in ("code", "operation", "subject", "says"):
            value = item.get(key, "")
            values = value if isinstance(value, list) else [value]
            if not values or not all(isinstance(v, str) for v in values):
                raise file.error(
                    place, f"{key} in explains of {name} must be text or a list of it", "Correct it."
                )
            lists.append(values)
        for edition in item.get("editions", stands):
            if edition not in stands:
                problem = f"{name} does not stand in the edition {edition}"
                raise file.error((*place, "editions"), problem, f"Use some of {', '.join(stands)}.")
            found.setdefault(edition, []).extend(product(lists[0], lists[1], lists[2], lists[3]))
    return {edition: tuple(parts) for edition, parts in found.items()}


def _reading(file: YamlFile, place: Place, name: str, node: Any, known: Collection[str]) -> Reading:
    if not isinstance(node, dict):
        raise file.error(place, f"reading of {name} must be a mapping", "Begin it with probe:.")
    fields = {field.name for field in attrs.fields(Reading)}
    for key in node:
        if key not in fields:
            raise file.error(
                (*place, key), f"{key} in reading of {name} is not known", f"Use {sorted(fields)}."
            )
    probe = node.get("probe")
    _one_of(file, (*place, "probe"), name, probe, PROBES)
    needs = {
        "none": ("reason",),
        "passive": ("operation", "at", "contract", "document"),
        "active": ("method", "path", "at", "contract", "document"),
    }[str(probe)]
    for key in needs:
        if node.get(key) is None or (key != "at" and node[key] == ""):
            raise file.error(place, f"the {probe} reading of {name} has no {key}", "Add it.")
    if "operation" in node and node["operation"] not in known:
        problem = f"{name} names the unknown operation {node['operation']}"
        raise file.error((*place, "operation"), problem, "Correct it.")
    for key in ("when", "contract", "document"):
        if key in node:
            try:
                Validator(node[key])
            except jsonschema_rs.ValidationError as error:
                problem = f"{key} in reading of {name} is no JSON Schema: {error.message}"
                raise file.error((*place, key), problem, "Correct it.") from error
    return Reading(**node)


def _at(value: Any, tokens: list[str]) -> Iterator[Any]:
    if not tokens:
        yield value
        return
    token, rest = unescape(tokens[0]), tokens[1:]
    if token == "*":
        for item in value if isinstance(value, list) else ():
            yield from _at(item, rest)
    elif isinstance(value, Mapping) and token in value:
        yield from _at(value[token], rest)
    elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
        yield from _at(value[int(token)], rest)
