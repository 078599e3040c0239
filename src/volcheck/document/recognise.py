"""Which edition of the guide a file is: by its bytes, else by anchors and likeness, unless the caller says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

import attrs

from volcheck.contract.editions import Edition, known_edition
from volcheck.document.compare import path_shape
from volcheck.document.facts import Document, load_facts

LANGUAGES: Mapping[str, str] = {"ko": "Korean", "en": "English", "ja": "Japanese", "zh": "Chinese"}


@attrs.frozen
class Recognition:
    """The edition that a file is held to.

    how: "bytes" when the file is one that the provider published; "likeness" when it is nearest to that edition; "asked"
    when the caller named it. likeness: from 0 to 1, of anchors, statuses, paths and rows; 1 for "bytes".
    """

    edition: str
    language: str | None
    how: Literal["bytes", "likeness", "asked"]
    likeness: float

    def sentence(self) -> str:
        """The recognition for people."""
        name = LANGUAGES.get(self.language or "")
        language = f" in {name}" if name else ""
        guide = f"the guide of {self.edition}{language}"
        if self.how == "bytes":
            return f"{guide}, byte for byte as published (known by its SHA-256)"
        near = f"{self.likeness:.0%} of its anchors, statuses, paths and rows are those of that edition"
        if self.how == "asked":
            return f"{guide}, because --edition says so; {near}"
        return f"held to {guide}, the nearest that is known; {near}. --edition overrules this"


def recognise(document: Document, editions: Mapping[str, Edition], asked: str | None = None) -> Recognition:
    """The edition of a file. asked: overrules everything else. Raises UsageError when there is no such edition."""
    for edition in editions.values():
        for file in edition.files:
            if file.sha256 == document.sha256 and asked in (None, edition.id):
                return Recognition(edition.id, file.language, "bytes", 1.0)
    if asked is not None:
        edition = known_edition(editions, asked)
        return Recognition(asked, document.language, "asked", likeness(document, edition))
    scores = {edition.id: likeness(document, edition) for edition in editions.values()}
    best = max(scores, key=lambda name: (scores[name], name))
    return Recognition(best, document.language, "likeness", scores[best])


@lru_cache(maxsize=16)
def known_facts(path: Path) -> Document:
    """The facts of an edition, read once. Raises UsageError when the file is something else."""
    return load_facts(path)


def likeness(document: Document, edition: Edition) -> float:
    """How much of a file is as an edition has it, from 0 to 1."""
    if not edition.facts.is_file():
        return 0.0
    known = _marks(known_facts(edition.facts), edition.anchors)
    marks = _marks(document, edition.anchors)
    return len(known & marks) / len(known | marks)


def _marks(document: Document, anchors: Collection[str]) -> set[tuple[str, ...]]:
    """What an edition is told by, in any language of it: anchors, statuses, paths, rows."""
    marks: set[tuple[str, ...]] = {
        ("anchor", a.name) for a in document.anchors if a.explicit or a.name in anchors
    }
    marks |= {("status", s.value) for table in document.status_tables for s in table.statuses}
    for operation in document.operations:
        marks |= {("path", r.method, path_shape(r.path)) for r in operation.requests}
        marks |= {("row", row.name) for row in (*operation.request_rows, *operation.response_rows)}
    return marks
