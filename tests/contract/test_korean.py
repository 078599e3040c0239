"""Korean as the glossary has it, and polite throughout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from volcheck.contract import load_contract, read_yaml

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "spec"
SOURCE = ROOT / "src" / "volcheck"
GLOSSARY = read_yaml(SPEC / "glossary.ko.yaml").data
KOREAN = re.compile("[가-힣]")
FILES = (
    *SPEC.glob("overlays/ko.yaml"),
    *SPEC.glob("editions/*/overlays/ko.yaml"),
    *SPEC.glob("editions/*/edition.yaml"),
    *(SOURCE / "document" / "templates").glob("*.ko.*"),
    *(SOURCE / "report").glob("*.py"),
    *(SOURCE / "results").glob("*.py"),
    *(SOURCE / "runner").glob("*.py"),
    *(SOURCE / "fixtures").glob("*.py"),
    *(SOURCE / "gateway").glob("*.py"),
)


def lines(path: Path) -> Iterator[str]:
    """The lines of a file that have Korean in them, apart from comments and anchors."""
    for line in path.read_text("utf-8").splitlines():
        # An anchor is the provider's own word.
        if KOREAN.search(line) and not re.match(r"\s*(#|- [\w가-힣-]+$)", line):
            yield line


def told() -> Iterator[tuple[str, str]]:
    """Every Korean sentence of requirements and errata, with where it stands."""
    for edition in load_contract().editions:
        contract = load_contract(edition=edition)
        for requirement in contract.requirements.values():
            yield requirement.id, requirement.ko
        for erratum in contract.errata.values():
            for name in ("title", "says", "ruling", "evidence"):
                yield f"{erratum.id} {name}", getattr(erratum.ko, name)


@pytest.mark.parametrize("entry", GLOSSARY, ids=[entry["use"] for entry in GLOSSARY])
def test_one_word_for_one_thing(entry: dict[str, Any]) -> None:
    found = [
        f"{where}: {text}"
        for where, text in [*told(), *((path.name, line) for path in FILES for line in lines(path))]
        for word in entry["never"]
        if word in text
    ]
    assert found == [], f"say {entry['use']}"


def test_the_glossary_can_be_broken() -> None:
    texts = " ".join(text for _, text in told()) + " ".join(line for path in FILES for line in lines(path))
    assert all(entry["use"] in texts for entry in GLOSSARY)


def test_sentences_are_polite() -> None:
    rude = [
        f"{where}: {text}"
        for where, text in told()
        if not where.endswith("title")
        for sentence in re.split(r"(?<=[가-힣])\. ?", text)
        if KOREAN.search(sentence) and not re.search(r"니다( ?\([^()]*\))?\.?$", sentence.strip())
    ]
    assert rude == []
