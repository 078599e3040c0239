"""The table of what answers for each thing the guide says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from volcheck.cli.document import document as group
from volcheck.contract import load_contract
from volcheck.document.check import check_document
from volcheck.document.reader import read_document
from volcheck.document.sentences import load_demands
from volcheck.document.trace import trace_published
from volcheck.errors import ContractError
from volcheck.fixtures.guide import Guide

CONTRACT = load_contract()


def test_every_row_status_and_example_is_in_the_table_and_answered_for(published_guide: Path) -> None:
    document = read_document(published_guide)
    _, table = trace_published(
        published_guide, None, "2020", {"exchange.body-schema": ["suites/a.py::test_b"]}
    )
    expected = sorted(
        [("row", r.line) for o in document.operations for r in (*o.request_rows, *o.response_rows)]
        + [("example", e.line) for o in document.operations for e in o.examples]
        + [("status", s.line) for t in document.status_tables for s in t.statuses]
    )
    assert sorted((t.what, t.line) for t in table if t.what != "sentence") == expected
    assert [t for t in table if t.what != "sentence" and not t.covered] == []
    by = {(t.what, t.line): t for t in table}
    bootable = by["row", 385]
    assert bootable.places == ("#/components/schemas/Volume/properties/bootable",)
    assert bootable.errata == ("E-BOOTABLE-STRING",)
    assert bootable.tests == ("suites/a.py::test_b",)
    assert by["row", 366].errata == ("E-DEVICE-NAME",)
    assert by["row", 366].places == ()
    assert by["status", 108].places == ("#/components/schemas/VolumeStatus",)
    assert by["status", 593].places == ("#/components/schemas/SnapshotStatus",)


@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_every_sentence_is_said_in_our_words(published_guides: dict[str, Path], edition: str) -> None:
    contract = load_contract(edition=edition)
    document = read_document(published_guides[edition])
    demands = load_demands(contract.edition.sentences, contract.requirements)
    lines: dict[str, set[int]] = {}
    for sentence in document.sentences:
        lines.setdefault(sentence.sha, set()).add(sentence.line)
    assert {sha: set(demand.lines) for sha, demand in demands.items()} == lines


@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_places_of_sentences_exist(edition: str) -> None:
    contract = load_contract(edition=edition)
    for demand in load_demands(contract.edition.sentences, contract.requirements).values():
        for pointer in demand.places:
            found = contract.document
            for token in pointer.removeprefix("#/").split("/"):
                found = found[token]


def test_the_command_prints_the_table_as_json() -> None:
    result = CliRunner().invoke(group, ["trace", "--json"])
    table = json.loads(result.stdout)
    bare = [t for t in table if not (t["places"] or t["requirements"] or t["errata"] or t["reason"])]
    assert bare == []
    assert result.exit_code == 0
    assert f"{len(table)} of {len(table)} lines answered for" in result.stderr


def test_what_nothing_answers_for_is_said(tmp_path: Path) -> None:
    guide = tmp_path / "guide-2020.md"
    guide.write_text("### Reboot\nIt reboots.\n\n```\nGET /v2/{projectId}/types\n```\n", encoding="utf-8")
    result = CliRunner().invoke(group, ["trace", str(guide)])
    assert result.exit_code == 1
    assert f"{guide}:2: sentence Reboot a sentence that nobody has said in our words yet" in result.stdout
    assert "0 of 1 lines answered for" in result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "a list of sentences is expected"),
        ("- sha: a\n", "a sentence needs sha"),
        ("- {sha: a, lines: [1], kind: shouts, en: x}\n", "the kind shouts"),
        ("- {sha: a, lines: 1, kind: names, en: x}\n", "lines must be a list"),
        ("- {sha: a, lines: [1], kind: demands, en: x, requirements: [no.such]}\n", "no requirement no.such"),
        ("- {sha: a, lines: [1], kind: names, en: x}\n- {sha: a, lines: [2], kind: names, en: x}\n", "twice"),
    ],
)
def test_a_broken_file_of_sentences_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "sentences.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=says) as caught:
        load_demands(path, CONTRACT.requirements)
    assert f"{path}, line " in str(caught.value)


@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_every_edition_is_explained_and_traced(edition: str) -> None:
    guide = Guide(load_contract(edition=edition))
    assert guide.unexplained == []
    assert guide.stale == []
    assert [row.subject for row in guide.trace() if not row.covered] == []


def test_what_an_edition_leaves_unexplained_is_told() -> None:
    today = Guide(load_contract(edition="2026"))
    found = check_document(today.document, load_contract(edition="2026"), [])
    today.checked = found
    assert len(today.unexplained) > 100
    assert not any("tenantId" in sentence for sentence in today.unexplained)
