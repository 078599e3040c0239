"""What changed between two editions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from volcheck.cli.document import document as group
from volcheck.document.compare import compare, path_shape
from volcheck.document.facts import Document, dump_facts
from volcheck.document.reader import read_document, read_text

DATA = Path(__file__).with_name("data")
ENGLISH = (DATA / "english-2031.en.md").read_text(encoding="utf-8")


def changes(old: str, new: str) -> list[tuple[str, str, str | None, str | None, int | None, int | None]]:
    found = compare(read_text(old), read_text(new))
    return [(c.kind, c.what, c.old, c.new, c.old_line, c.new_line) for c in found]


def test_an_edition_does_not_differ_from_itself() -> None:
    assert changes(ENGLISH, ENGLISH) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "| limit | Query | Int |",
            "| limit | Query | String |",
            ("type", "request limit", "integer", "string", 29, 29),
        ),
        ("| Int | No |", "| Int | Yes |", ("required", "request limit", "optional", "required", 29, 29)),
        ("| limit | Query |", "| limit | Header |", ("location", "request limit", "query", "header", 29, 29)),
        (
            "| disks[].id | Body | UUID | Id |\n",
            "",
            ("row removed", "response disks.id", "body uuid", None, 36, None),
        ),
        (
            "| disks[].id | Body | UUID | Id |\n",
            "| disks[].id | Body | UUID | Id |\n| disks[].size | Body | Integer | Id |\n",
            ("row added", "response disks.size", None, "body integer", None, 37),
        ),
        (
            "POST /v2/",
            "PUT /v2/",
            ("request line", "", "POST /v2/{tenantId}/disks", "PUT /v2/{tenantId}/disks", 58, 58),
        ),
        (
            '"acme:zone.name": "a", ',
            "",
            ("example field removed", "response disks[].acme:zone.name", "string", None, 44, 44),
        ),
        (
            '"size": 1',
            '"size": "1"',
            ("example field type", "request disk.size", "integer", "string", 61, 61),
        ),
        ('"size": 1', '"size": 2', ("example value", "values of the request example", None, None, 61, 61)),
        ("Accept: application/json\n", "", ("header removed", "Accept", "application/json", None, 19, None)),
        (
            "| ready | done |",
            "| ready | done |\n| gone | done |",
            ("status added", "gone", None, None, None, 89),
        ),
        (
            "The call returns no response body.",
            "",
            ("no body", "response body", "has none", "may have one", 70, None),
        ),
        (
            "Sizes count in GiB.",
            "Sizes count in GB.",
            ("promise", "", "Sizes count in GiB.", "Sizes count in GB.", 74, 74),
        ),
        ("### List disks", "### List the disks", ("title", "", "List disks", "List the disks", 10, 10)),
    ],
)
def test_one_difference_is_one_change(old: str, new: str, expected: tuple[str, ...]) -> None:
    assert old in ENGLISH
    found = changes(ENGLISH, ENGLISH.replace(old, new, 1))
    assert expected in found
    # Taking a sentence or a line away may change the wording too; nothing else may show.
    assert [c for c in found if c[0] not in ("wording", "promise") and c != expected] == []


def test_an_operation_that_came_or_went() -> None:
    start, end = ENGLISH.index("### Create a disk"), ENGLISH.index("### Disk status")
    without = ENGLISH[:start] + ENGLISH[end:]
    assert [c[0] for c in changes(ENGLISH, without)] == ["operation removed"]
    assert [c[0] for c in changes(without, ENGLISH)] == ["operation added"]


def test_a_translated_edition_with_a_corrected_method_is_recognised(published_guide: Path) -> None:
    old = read_document(published_guide)
    deletion = next(o for o in old.operations if o.line == 561)
    new = read_document(DATA / "japanese-2029.ja.md")
    found = {(c.kind, c.what, c.old, c.new) for c in compare(old, new) if c.where == new.operations[0].title}
    request = (
        "request line",
        "",
        "GET /v2/{projectId}/volumes/{volumeId}",
        "DELETE /v2/{projectId}/volumes/{volumeId}",
    )
    assert deletion.title != new.operations[0].title
    assert found == {
        request,
        ("type", "request volumeId", "string", "uuid"),
    }


def test_paths_compare_without_their_accidents() -> None:
    assert (
        path_shape("https://a.test/v2/{p}/volumes/{id}?x=1")
        == path_shape("/v3/<q>/volumes/:id/")
        == "/{}/volumes/{}"
    )
    assert path_shape("/") == "/"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(group, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_command_compares_guides_and_facts_for_people_and_as_json(tmp_path: Path) -> None:
    old = DATA / "english-2031.en.md"
    new = tmp_path / "new-2032.md"
    new.write_text(ENGLISH.replace("| Int | No |", "| Int | Yes |"), encoding="utf-8")
    facts = tmp_path / "new.yaml"
    facts.write_text(dump_facts(read_document(new)), encoding="utf-8")

    code, out, err = run("compare", str(old), str(new))
    assert (code, out) == (
        0,
        "breaking (1)\n  List disks: required: request limit: optional → required (lines 29 → 29)\n",
    )
    assert "1 change(s)" in err
    assert run("compare", "--fail-on-change", str(old), str(facts))[0] == 1
    assert run("compare", "--fail-on-change", str(new), str(facts))[0] == 0

    code, out, _ = run("compare", "--json", str(old), str(facts))
    data = json.loads(out)
    assert (data["old"]["edition"], data["new"]["edition"], len(data["changes"])) == ("2031", "2032", 1)


def test_the_command_reads_and_says_what_it_could_not(tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    code, out, err = run("read", str(DATA / "japanese-2029.ja.md"), "-o", str(facts))
    assert (code, out) == (0, "")
    assert "1 operations" in err
    code, out, _ = run("read", str(facts))
    assert (code, out) == (0, facts.read_text(encoding="utf-8"))
    code, _, err = run("read", str(DATA / "broken.md"))
    assert code == 1
    assert f"{DATA / 'broken.md'}:13: not read: the unknown type “Quux” of id (Show a disk)" in err


def test_documents_of_nothing_compare_as_equal() -> None:
    empty = Document(None, "", (), (), (), (), ())
    assert compare(empty, empty) == []


def test_from_2020_to_2026_every_field_is_told_once(published_guides: dict[str, Path]) -> None:
    found = compare(*(read_document(published_guides[edition]) for edition in ("2020", "2026")))
    rows = [c for c in found if c.kind in ("row added", "row removed", "renamed")]
    creation = {(c.kind, c.what): c.group for c in rows if re.search("imageRef|skm_appkey", c.what)}
    assert creation == {
        ("row removed", "request volume.imageRef"): "breaking",
        ("row added", "request volume.nhn_encryption.skm_appkey"): "compatible",
    }
    told = [(c.where, c.kind, c.what) for c in rows]
    assert len(told) == len(set(told))
    assert [c.new_line for c in found if c.kind == "operation added"] == [516]
    assert [c.old_line for c in found if c.kind == "operation removed"] == [3]
    assert [c.what for c in found if c.kind == "status added"] == ["reserved"]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("삭제할 수 없습니다", "삭제할 수 있습니다", "promise"),
        ("기본값은 1000", "기본값은 100", "promise"),
        ("https://kr2-api", "https://kr9-api", "table"),
        ("일본 리전", "일본 리전<br>미국 리전", "table"),
        ("`error_deleting`| 블록 스토리지 삭제 시", "`error_deleting`| 블록 스토리지 제거 시", "wording"),
        ("블록 스토리지 상태를 조회해서", "상태를 조회해서", "wording"),
        ("## 스냅숏", "## 스냅샷", "section added"),
        ("가이드에 명시되지 않은", "가이드에 적히지 않은", "wording"),
    ],
)
def test_the_whole_file_is_compared(
    published_guides: dict[str, Path], old: str, new: str, kind: str, tmp_path: Path
) -> None:
    text = published_guides["2026"].read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "guide.md"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = compare(read_document(published_guides["2026"]), read_document(changed))
    assert kind in {change.kind for change in found}
    assert len(found) <= 2
    code, out, _ = run("compare", "--fail-on-change", str(published_guides["2026"]), str(changed))
    assert code == 1
    if kind in ("promise", "wording"):
        (change,) = found
        assert change.old is not None
        assert change.new is not None
        assert f"{change.old} → {change.new}" in out


def test_a_translation_has_no_changed_words_but_changed_numbers(published_guides: dict[str, Path]) -> None:
    korean, japanese = (
        published_guides["2026"].with_name(f"volume-api-2026.{each}.md") for each in ("ko", "ja")
    )
    before, after = read_document(korean), read_text(japanese.read_text(encoding="utf-8"))
    assert {c.kind for c in compare(before, after)} <= {"example value"}
    changed = read_text(japanese.read_text(encoding="utf-8").replace("1000", "100", 1))
    assert [c.kind for c in compare(before, changed) if c.kind == "promise"] == ["promise"]
