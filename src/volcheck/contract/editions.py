"""The editions of the published document: spec/editions/.

openapi.yaml, statuses.yaml and requirements.yaml are those of the first edition. A folder for each edition says how its
files are recognised and, for later ones, what differs: an OpenAPI Overlay, statuses and requirements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from volcheck.contract.overlay import BASE_EDITION, edition_folder
from volcheck.contract.requirements import PLACES, Requirement, read_requirement
from volcheck.contract.yamlfile import Place, YamlFile, read_yaml
from volcheck.errors import UsageError

_NEEDED = ("edition", "files")
_OPTIONAL = ("anchors", "outside", "endpoints", "changes")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CHANGES = ("level", "source", *PLACES.values(), "operations", "en", "ko", "evidence", "erratum")


@attrs.frozen
class KnownFile:
    """One file of an edition as the provider published it: its language and the SHA-256 of its bytes, in hex."""

    language: str
    sha256: str


@attrs.frozen
class Outside:
    """An operation that the guide documents and the contract leaves alone: nothing is ever sent to it.

    path: a template below the base path, as of the operations. title: by language.
    """

    method: str
    path: str
    title: Mapping[str, str]


@attrs.frozen
class Region:
    """Where a region serves the API. name: by language."""

    name: Mapping[str, str]
    url: str


@attrs.frozen
class Edition:
    """One published state of the document.

    folder: where its files lie. files: those that are known by their bytes, the one that the facts are of first. anchors:
    what links may point to, in the order of the document; an edition is known by them where its bytes are not. changes: what
    it brought, by language.
    """

    id: str
    folder: Path
    files: tuple[KnownFile, ...] = ()
    anchors: tuple[str, ...] = ()
    outside: tuple[Outside, ...] = ()
    endpoints: tuple[Region, ...] = ()
    changes: tuple[Mapping[str, str], ...] = ()

    @property
    def facts(self) -> Path:
        """What the edition says, as `volcheck document read` writes it."""
        return self.folder / "facts.yaml"

    def facts_in(self, language: str | None) -> Path | None:
        """What its guide in another language says: `facts.<language>.yaml`; None where nobody has read that."""
        if self.files and language == self.files[0].language:
            return self.facts
        path = self.folder / f"facts.{language}.yaml"
        return path if path.is_file() else None

    @property
    def sentences(self) -> Path:
        """What its sentences demand."""
        return self.folder / "sentences.yaml"


def load_editions(spec_dir: Path) -> dict[str, Edition]:
    """The editions by id, oldest first. A folder without any is one of the first edition.

    Raises ContractError with file and line.
    """
    found = [_edition(path) for path in sorted((spec_dir / "editions").glob("*/edition.yaml"))]
    if not found:
        found = [Edition(BASE_EDITION, edition_folder(spec_dir, BASE_EDITION))]
    return {edition.id: edition for edition in found}


def known_edition(editions: Mapping[str, Edition], name: str) -> Edition:
    """The edition of that name. Raises UsageError."""
    if name not in editions:
        raise UsageError(f"There is no edition {name!r}. Use one of {', '.join(editions)}.")
    return editions[name]


def _edition(path: Path) -> Edition:
    file = read_yaml(path)
    data = file.data
    if not isinstance(data, dict) or not set(_NEEDED) <= set(data) <= {*_NEEDED, *_OPTIONAL}:
        problem = f"an edition needs {', '.join(_NEEDED)} and may have {', '.join(_OPTIONAL)}"
        raise file.error((), problem, "Correct the entry.")
    if data["edition"] != path.parent.name:
        problem = f"the edition {data['edition']} lies in the folder {path.parent.name}"
        raise file.error(("edition",), problem, "Give both the same name, in quotes.")
    anchors = data.get("anchors", [])
    if not isinstance(anchors, list) or not all(isinstance(one, str) for one in anchors):
        raise file.error(("anchors",), "anchors must be a list of texts", "Write them one by one.")
    return Edition(
        id=data["edition"],
        folder=path.parent,
        files=tuple(_known_file(file, number, one) for number, one in enumerate(_items(file, "files"))),
        anchors=tuple(anchors),
        outside=tuple(
            Outside(one["method"], one["path"], _by_language(file, ("outside", number), one["title"]))
            for number, one in enumerate(_items(file, "outside", "method", "path", "title"))
        ),
        endpoints=tuple(
            Region(_by_language(file, ("endpoints", number), one["name"]), one["url"])
            for number, one in enumerate(_items(file, "endpoints", "name", "url"))
        ),
        changes=tuple(
            _by_language(file, ("changes", number), one)
            for number, one in enumerate(_items(file, "changes", "en", "ko"))
        ),
    )


def _items(file: YamlFile, key: str, *needed: str) -> list[dict[str, Any]]:
    """The mappings of a list of the file, each with just those keys where some are given."""
    items = file.data.get(key, [])
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise file.error((key,), f"{key} must be a list of mappings", "Begin each with '- '.")
    for number, one in enumerate(items):
        if needed and set(one) != set(needed):
            problem = f"an entry of {key} has exactly {', '.join(needed)}"
            raise file.error((key, number), problem, "Correct it.")
    return items


def _known_file(file: YamlFile, number: int, node: dict[str, Any]) -> KnownFile:
    if set(node) != {"language", "sha256"} or not _SHA256.match(str(node["sha256"])):
        problem = "a file has a language and the 64 hex digits of its SHA-256"
        raise file.error(("files", number), problem, "Correct it; `sha256sum FILE` prints them.")
    return KnownFile(str(node["language"]), node["sha256"])


def _by_language(file: YamlFile, place: Place, node: Any) -> Mapping[str, str]:
    if not isinstance(node, dict) or set(node) != {"en", "ko"}:
        raise file.error(place, "a text is needed in en and ko", "Write {en: …, ko: …}.")
    return {language: str(text) for language, text in node.items()}


def edition_requirements(
    base: Mapping[str, Requirement], path: Path, operations: tuple[str, ...]
) -> dict[str, Requirement]:
    """The requirements of an edition: those of the first one, with what its file adds, changes and withdraws.

    base: by id. path: the edition's requirements.yaml; without such a file nothing differs. operations: operationIds.
    Raises ContractError with file and line.
    """
    if not path.is_file():
        return dict(base)
    file = read_yaml(path)
    keys = ("added", "changed", "withdrawn")
    if not isinstance(file.data, dict) or not set(file.data) <= set(keys):
        raise file.error((), f"lists called {', '.join(keys)} are expected", "Correct the file.")
    for key in keys:
        if not isinstance(file.data.get(key, []), list):
            raise file.error((key,), f"{key} must be a list", "Begin each entry with '- '.")
    found = dict(base)
    for index, name in enumerate(file.data.get("withdrawn", [])):
        _known(file, ("withdrawn", index), name, base)
        del found[name]
    for index, node in enumerate(file.data.get("changed", [])):
        place = ("changed", index)
        if not isinstance(node, dict) or not set(node) <= {"id", *_CHANGES} or len(node) < 2:
            problem = f"a change has an id and some of {', '.join(_CHANGES)}"
            raise file.error(place, problem, "Correct it.")
        _known(file, place, node.get("id"), found)
        former = _plain(base[node["id"]])
        if "source" in node:
            # It rests on something else, in another place.
            former = {key: value for key, value in former.items() if key not in PLACES.values()}
        whole = {**former, **node}
        found[node["id"]] = read_requirement(file, place, whole, operations)
    for index, node in enumerate(file.data.get("added", [])):
        place = ("added", index)
        requirement = read_requirement(file, place, node, operations)
        if requirement.id in base:
            raise file.error(place, f"{requirement.id} is not new", "Rename it, or put it under changed.")
        found[requirement.id] = requirement
    return found


def _known(file: YamlFile, place: Place, name: Any, known: Mapping[str, Requirement]) -> None:
    if name not in known:
        raise file.error(place, f"there is no requirement {name}", "Name one of requirements.yaml.")


def _plain(requirement: Requirement) -> dict[str, Any]:
    """A requirement as its file has it."""
    data = attrs.asdict(requirement, filter=lambda field, value: field.name != "line" and value is not None)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}


def edition_statuses(base: YamlFile, path: Path) -> YamlFile:
    """The status machines of an edition, as a file: those of the first one, with the edition's statuses in their place.

    path: the edition's statuses.yaml; without such a file nothing differs. Raises ContractError with file and line.
    """
    if not path.is_file():
        return base
    file = read_yaml(path)
    merged = {machine: {**node, "statuses": dict(node["statuses"])} for machine, node in base.data.items()}
    for machine, node in file.data.items() if isinstance(file.data, dict) else ():
        if machine not in merged or not isinstance(node, dict) or set(node) != {"statuses"}:
            raise file.error((machine,), f"{machine} is no machine with statuses", "Write statuses: {…}.")
        merged[machine]["statuses"].update(node["statuses"])
    return attrs.evolve(file, data=merged)
