"""The reference that we write: complete, current, and true by our own reader and check."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from volcheck.cli.document import document as group
from volcheck.contract import Contract, load_contract, read_yaml
from volcheck.contract.operations import OPERATION_IDS
from volcheck.contract.overlay import (
    apply,
    language_overlays,
    load_document,
    overlay_path,
    summaries,
    texts,
    translated,
    untranslated,
)
from volcheck.document import render as render_module
from volcheck.document.check import check_document
from volcheck.document.places import Places
from volcheck.document.reader import read_text
from volcheck.document.render import LANGUAGES, render
from volcheck.errors import ContractError, UsageError

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "spec"
CONTRACT = load_contract(SPEC)
PLACES = Places(CONTRACT.document)
TEXT = {language: render(CONTRACT, language) for language in LANGUAGES}
TRACE = {language: render(CONTRACT, language, "trace") for language in LANGUAGES}
#: As many lines as a person may be asked to look through.
MOST_LINES = 1300

WORDS = {
    language: read_yaml(Path(render_module.__file__).with_name("templates") / f"words.{language}.yaml").data
    for language in LANGUAGES
}

in_every_language = pytest.mark.parametrize("language", LANGUAGES)


def findings(text: str, contract: Contract = CONTRACT) -> list[str]:
    """What is wrong with the operations and statuses; what stands outside of them is not the contract's."""
    found = check_document(read_text(text), contract, []).findings
    return [finding.sentence() for finding in found if finding.code != "unread" or finding.operation]


@in_every_language
@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_the_circle_closes(language: str, edition: str) -> None:
    contract = load_contract(edition=edition)
    text = render(contract, language)
    assert findings(text, contract) == []
    assert len(text.splitlines()) <= MOST_LINES


@in_every_language
@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_the_reference_speaks_of_the_api_and_not_of_us(language: str, edition: str) -> None:
    text = render(load_contract(edition=edition), language)
    body, _, appendix = text.partition(f"\n## {WORDS[language]['headings']['appendix']}\n")
    body = body.split("-->", 1)[1]
    for word in (
        "volcheck",
        "Cinder",
        "errat",
        "E-",
        "x-source",
        "published guide",
        "안내서",
        "정오표",
        "contract",
    ):
        assert word not in body, word
    assert f"trace.{language}.md" in appendix


@in_every_language
def test_what_an_edition_brought_is_told_in_it_and_later(language: str) -> None:
    old, new = TEXT[language], render(load_contract(edition="2026"), language)
    for word in ("`reserved`", "nhn_encryption", "skm_key_id", "kr1-api-block-storage"):
        assert word not in old
        assert word in new
    for change in load_contract(edition="2026").edition.changes:
        assert change[language] in new
        assert change[language] not in old


def test_the_diagram_has_every_change_of_status() -> None:
    (volume, snapshot) = re.findall(r"```mermaid\nflowchart LR\n(.*?)```", TEXT["en"], re.S)
    for text, machine in ((volume, CONTRACT.volumes), (snapshot, CONTRACT.snapshots)):
        edges: dict[str, set[str]] = {}
        for line in text.splitlines():
            before, _, after = line.strip().partition(" --> ")
            names = [re.sub(r"^\w+\[(.*)\]$", r"\1", node) for node in (before, *after.split(" & "))]
            edges[names[0]] = set(names[1:])
        assert edges.pop("start(( ))") == set(machine.initial)
        assert edges == {
            status.name: {"gone(( ))" if name is None else name for name in status.next}
            for status in machine.by_name.values()
        }


@in_every_language
def test_everything_of_the_contract_is_in_the_document(language: str) -> None:
    document = read_text(TEXT[language])
    assert [lost for lost in document.unread if lost.operation] == []
    assert [(o.requests[0].method, o.requests[0].path) for o in document.operations] == [
        (o.method, o.path if o.path == "/" else f"/v2{o.path}")
        for o in map(PLACES.operations.__getitem__, OPERATION_IDS)
    ]
    for written, operation in zip(
        document.operations, map(PLACES.operations.__getitem__, OPERATION_IDS), strict=True
    ):
        assert {row.name for row in written.request_rows} == set(operation.request)
        assert {row.name for row in written.response_rows} == set(operation.response)
        assert [code.code for code in written.codes] == list(operation.codes)
        assert [(h.name, h.value) for h in written.headers] == [
            ("X-Auth-Token", "{tokenId}")
        ] * operation.token
        assert {example.kind for example in written.examples} == set(operation.bodies)
    statuses = [[status.value for status in table.statuses] for table in document.status_tables]
    assert statuses == [list(machine.statuses) for machine in CONTRACT.machines.values()]


def section(language: str, operation: str) -> str:
    """The text of one operation."""
    titles = {
        name: translated_document(language)["paths"][o.path][o.method.lower()]["summary"]
        for name, o in PLACES.operations.items()
    }
    return TEXT[language].split(f"\n### {titles[operation]}\n")[1].split("\n### ")[0].split("\n## ")[0]


@cache
def translated_document(language: str) -> dict[str, Any]:
    document = load_document(SPEC / "openapi.yaml")
    return document if language == "en" else translated(document, language_overlays(SPEC, language), language)


@in_every_language
@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_the_trace_has_every_requirement_and_erratum(language: str, edition: str) -> None:
    contract = load_contract(edition=edition)
    text = render(contract, language, "trace")
    for requirement in contract.requirements.values():
        (line,) = [line for line in text.splitlines() if f'<a id="{requirement.id}">' in line]
        assert requirement.statement(language) in line
        assert WORDS[language]["levels"][requirement.level] in line
        assert WORDS[language]["sources"][requirement.source] in line
    for erratum in contract.errata.values():
        told = erratum.text(language)
        entry = text.split(f"\n### {erratum.id}\n")[1].split("\n### ")[0]
        lines = [n for found in (*erratum.stands.values(), *erratum.corrected.values()) for n in found]
        for words in (told.title, told.says, told.ruling, told.evidence, *map(str, lines)):
            assert words in entry
        for year in (*erratum.stands, *erratum.corrected):
            assert year in entry
    links = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert links <= {anchor.name for anchor in read_text(text).anchors}


@in_every_language
def test_every_operation_says_why_it_refuses(language: str) -> None:
    common = {r["description"] for r in translated_document(language)["components"]["responses"].values()}
    for operation in OPERATION_IDS[1:]:
        rows = dict(re.findall(r"^\| (4\d\d) \| [^|]* \| (.*) \|$", section(language, operation), re.M))
        assert set(rows) == {str(code) for code in PLACES.operations[operation].codes if code >= 400}
        own = {code for code, cause in rows.items() if cause not in common}
        assert {"400", "404"} <= own, operation
    assert "413" in dict(
        re.findall(r"^\| (4\d\d) \| [^|]* \| (.*) \|$", section(language, "createVolume"), re.M)
    )


@in_every_language
def test_links_lead_somewhere(language: str) -> None:
    anchors = {anchor.name for anchor in read_text(TEXT[language]).anchors}
    links = set(re.findall(r"\]\(#([^)]*)\)", TEXT[language]))
    assert len(links) > len(OPERATION_IDS)
    assert links <= anchors


@in_every_language
def test_every_transition_is_told(language: str) -> None:
    for machine in CONTRACT.machines.values():
        for status in machine.by_name.values():
            lines = [line for line in TEXT[language].splitlines() if line.startswith(f"| `{status.name}` |")]
            follow = {name for name in status.next if name}
            assert any(follow == set(re.findall(r"`([\w-]+)`", line.split("<br>")[1])) for line in lines)


@in_every_language
def test_errors_are_told_with_their_examples(language: str) -> None:
    for code, names in CONTRACT.document["x-fault-names"].items():
        if any(int(code) in operation.codes for operation in PLACES.operations.values()):
            line = next(
                line for line in TEXT[language].splitlines() if line.startswith(f"- `{code}` `{names[0]}`")
            )
            assert all(f"`{name}`" in line for name in names)
    shown = [json.loads(text) for text in re.findall(r"^- `4.*`(\{.*\})`$", TEXT[language], re.M)]
    assert CONTRACT.document["components"]["examples"]["NotFound"]["value"] in shown
    # What is told of errors, that there is one member with a code and a message, is true of all that are shown.
    for one in shown:
        ((_, fault),) = one.items()
        assert {"code", "message"} <= set(fault)


@in_every_language
def test_the_document_in_docs_is_current(language: str) -> None:
    today = load_contract(edition="2026")
    for name, text in (
        (f"api.{language}.md", TEXT[language]),
        (f"trace.{language}.md", TRACE[language]),
        (f"api-2026.{language}.md", render(today, language)),
    ):
        path = ROOT / "docs" / name
        assert path.read_text(encoding="utf-8") == text, (
            f"{name} is stale; run `make docs` and commit what it writes"
        )


ROWS = [
    number
    for number, line in enumerate(TEXT["ko"].splitlines())
    if re.match(r"\| \S+ \| (URI|Header|Query|Body) \|", line)
]


@settings(max_examples=40, deadline=None)
@given(number=st.sampled_from(ROWS), what=st.sampled_from(["name", "type", "required", "limits", "row"]))
def test_a_row_changed_in_our_document_is_found(number: int, what: str) -> None:
    lines = TEXT["ko"].splitlines()
    cells = lines[number].split("|")
    if what == "name":
        cells[1] = " nothing "
    elif what == "type":
        cells[3] = " Number "
    elif what == "required":
        cells[4] = " - " if cells[4] == " O " else " O "
    elif what == "limits":
        cells[5] = " 7..9 "
    lines[number] = "|".join(cells)
    if what == "row":
        del lines[number]
    assert findings("\n".join(lines))


def test_every_text_has_its_korean() -> None:
    document = load_document(SPEC / "openapi.yaml")
    korean = apply(document, load_document(overlay_path(SPEC, "ko")), "ko.yaml")
    assert untranslated(document, korean, "ko") == []
    assert len(dict(texts(document))) > 250


def test_summaries_are_read_as_the_overlay_gives_them() -> None:
    document, overlay = load_contract().document, load_document(overlay_path(SPEC, "ko"))
    applied = apply(document, overlay, "ko.yaml")
    assert summaries(document, overlay) == {
        operation["operationId"]: operation["summary"]
        for methods in applied["paths"].values()
        for operation in methods.values()
        if isinstance(operation, dict) and "operationId" in operation
    }


def test_names_and_examples_are_not_taken_for_texts() -> None:
    found = dict(texts(CONTRACT.document))
    assert "/components/schemas/Volume/properties/description/description" in found
    assert "/components/schemas/Volume/properties/description" not in found
    assert not any("/value/" in pointer for pointer in found)


@in_every_language
def test_the_words_of_the_languages_are_the_same(language: str) -> None:
    def keys(node: Any) -> Any:
        return {key: keys(value) for key, value in node.items()} if isinstance(node, dict) else None

    folder = Path(render_module.__file__).with_name("templates")
    words = read_yaml(folder / f"words.{language}.yaml").data
    assert keys(words) == keys(read_yaml(folder / "words.en.yaml").data)
    assert {name: list(statuses) for name, statuses in words["statuses"].items()} == {
        name: list(machine.statuses) for name, machine in load_contract(edition="2026").machines.items()
    }
    korean = [text for text in map(str, leaves(words)) if re.search("[가-힣]", text)]
    assert bool(korean) == (language == "ko")


def leaves(node: Any) -> list[Any]:
    return [leaf for value in node.values() for leaf in leaves(value)] if isinstance(node, dict) else [node]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A copy of the contract, to break."""
    return Path(shutil.copytree(SPEC, tmp_path / "spec"))


def broken(spec: Path, change: dict[str, Any]) -> str:
    """What is said of a contract whose Korean has one action more."""
    path = overlay_path(spec, "ko")
    overlay = load_document(path)
    overlay["actions"].append(change)
    path.write_text(yaml.safe_dump(overlay, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ContractError) as error:
        render(load_contract(spec), "ko")
    return str(error.value)


def test_a_target_that_matches_nothing_is_refused(spec: Path) -> None:
    change = {"target": "$.components.schemas.Volum", "update": {"description": "볼륨"}}
    assert "$.components.schemas.Volum matches nothing" in broken(spec, change)


def test_a_target_that_is_no_path_is_refused(spec: Path) -> None:
    assert "is no JSONPath" in broken(spec, {"target": "$.[", "update": {"description": "볼륨"}})


def test_an_entry_without_its_text_is_refused(spec: Path) -> None:
    change = {
        "target": "$.components.schemas.Volume",
        "update": {"properties": {"nam": {"description": "이름"}}},
    }
    assert "/components/schemas/Volume/properties/nam/description" in broken(spec, change)


def test_an_overlay_that_changes_more_than_texts_is_refused(spec: Path) -> None:
    change = {"target": "$.components.schemas.Volume.properties.size", "update": {"minimum": 2}}
    assert "changes more than texts" in broken(spec, change)


def test_a_text_without_its_korean_is_refused(spec: Path) -> None:
    openapi = spec / "openapi.yaml"
    written = openapi.read_text(encoding="utf-8")
    openapi.write_text(
        written.replace("    Uuid:\n", "    Uuid:\n      title: A name for a thing\n"), encoding="utf-8"
    )
    with pytest.raises(ContractError, match=r"untranslated: /components/schemas/Uuid/title"):
        render(load_contract(spec), "ko")


def test_a_missing_or_mangled_overlay_is_one_sentence(spec: Path) -> None:
    path = overlay_path(spec, "ko")
    for text, words in (
        ("a: [", "not valid YAML"),
        ("- 1", "a mapping is expected"),
        (None, "can't be read|Can't read"),
    ):
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
        with pytest.raises(ContractError, match=words):
            render(load_contract(spec), "ko")


def test_what_changes_in_the_contract_changes_in_the_document(spec: Path) -> None:
    openapi = spec / "openapi.yaml"
    written = openapi.read_text(encoding="utf-8")
    openapi.write_text(
        written.replace("maximum: 2147483647\n          x-tol", "maximum: 77\n          x-tol"),
        encoding="utf-8",
    )
    changed: Contract = load_contract(spec)
    text = render(changed, "ko")
    assert "| volume.size | Body | Integer | O | 1..77 |" in text
    assert findings(text) == [
        "limits: createVolume volume.size (request): the document says 1..77; the contract says 1..2147483647"
    ]


def test_another_language_or_layout_is_refused() -> None:
    with pytest.raises(UsageError, match="'ja'"):
        render(CONTRACT, "ja")
    with pytest.raises(UsageError, match="'poster'"):
        render(CONTRACT, "en", "poster")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["render", *arguments], catch_exceptions=True)


def test_the_command_writes_to_the_terminal_or_a_file(tmp_path: Path) -> None:
    assert run("--lang", "en").output == TEXT["en"]
    path = tmp_path / "api.md"
    assert run("--lang", "ko", "-o", str(path)).output == ""
    assert path.read_text(encoding="utf-8") == TEXT["ko"]
    assert run("--lang", "ja").exit_code == 2
    assert isinstance(run("--lang", "ko", "-o", str(tmp_path / "no" / "api.md")).exception, UsageError)
