"""The answer of `document check`: editions, the three parts, causes, prose, and the forms it is printed in."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from tests.document.seeds import MISTAKES, Mistake

from volcheck import document as package
from volcheck.cli.document import document as group
from volcheck.document.assess import Assessment, assess
from volcheck.document.output import FORMATS
from volcheck.document.reader import read_document, read_text


def check(*arguments: object) -> Result:
    return CliRunner().invoke(group, ["check", *map(str, arguments)])


def assessed(text: str, edition: str | None = None) -> Assessment:
    return assess(read_text(text), "guide.md", edition=edition)


@cache
def known_messages(text: str) -> set[str]:
    return {finding.message for finding in assessed(text).errors}


@pytest.mark.parametrize("edition", ["2020", "2026"])
@pytest.mark.parametrize("name", ["guide.md", "volume-api-2019.md", "2026.md", "2020.md"])
def test_an_edition_is_known_by_its_bytes_under_any_name(
    published_guides: dict[str, Path], edition: str, name: str, tmp_path: Path
) -> None:
    path = Path(shutil.copy(published_guides[edition], tmp_path / name))
    first = check(path).stdout.splitlines()[0]
    assert f"the guide of {edition} in Korean, byte for byte" in first


def test_the_guide_of_2020_has_nothing_new(published_guides: dict[str, Path]) -> None:
    found = assess(read_document(published_guides["2020"]), "guide.md")
    assert (found.findings, len(found.standing)) == ((), 37)
    assert check(published_guides["2020"]).exit_code == 0


def test_the_korean_guide_of_2026_has_one_finding_and_one_remark(published_guides: dict[str, Path]) -> None:
    found = assess(read_document(published_guides["2026"]), "guide.md")
    assert [(f.rule, f.severity, f.line, len(f.spots)) for f in found.findings] == [
        ("example-lacks", "error", 574, 1),
        ("placeholder-name", "remark", 29, 11),
    ]
    corrected = {each.erratum: each.lines for each in found.corrected}
    assert corrected["E-CREATE-VOLUME-PATH"] == (379,)
    assert {each.since for each in found.corrected} == {"2026"}


def test_findings_of_the_english_guide_are_gathered_by_cause(published_guides: dict[str, Path]) -> None:
    path = published_guides["2026"].with_name("volume-api-2026.en.md")
    found = assess(read_document(path), "guide.md")
    assert [(f.rule, f.line, len(f.spots)) for f in found.errors] == [
        ("prefix", 322, 6),  # volumes.nhn_encryption for volume.nhn_encryption
        ("example-lacks", 574, 1),
        ("renamed", 636, 1),  # a status with a backtick too few
        ("prefix", 665, 20),  # snapshot for snapshots
    ]


def test_a_guide_without_its_bytes_is_known_by_likeness_and_the_option_overrules(
    published_guides: dict[str, Path],
) -> None:
    text = published_guides["2026"].read_text(encoding="utf-8")
    changed = text.replace("IaaS 토큰은", "이 토큰은")
    assert (assessed(changed).recognition.edition, assessed(changed).recognition.how) == ("2026", "likeness")
    asked = assessed(changed, "2020")
    assert (asked.recognition.edition, asked.recognition.how) == ("2020", "asked")
    assert len(asked.errors) > len(assessed(changed).errors)


@pytest.mark.parametrize(
    ("edition", "mistake"),
    [pytest.param(e, m, id=f"{e}-{m.what}") for e, each in MISTAKES.items() for m in each],
)
def test_a_mistake_in_one_line_is_found(
    published_guides: dict[str, Path], edition: str, mistake: Mistake
) -> None:
    text = published_guides[edition].read_text(encoding="utf-8")
    known = known_messages(text)
    found = [finding for finding in assessed(mistake.made_in(text)).errors if finding.message not in known]
    assert found
    line = next(
        n
        for n, pair in enumerate(zip(text.split("\n"), mistake.made_in(text).split("\n"), strict=True), 1)
        if len(set(pair)) > 1
    )
    near = {spot.line for finding in found for spot in finding.spots}
    # A broken example is told where it begins, a lost column or header where its table does.
    assert line in near or min(abs(line - each) for each in near) < 60


def test_another_version_in_a_path_is_found(published_guides: dict[str, Path]) -> None:
    text = (
        published_guides["2026"]
        .read_text(encoding="utf-8")
        .replace("GET /v2/{tenantId}/types", "GET /v3/{tenantId}/types")
    )
    (path,) = [f for f in assessed(text).errors if f.rule == "path"]
    assert (path.line, path.message) == (20, "listVolumeTypes goes to /v3; the contract says /v2.")


def test_each_edition_is_tried_with_forty_mistakes() -> None:
    assert {edition: len({(m.what, m.line) for m in each}) for edition, each in MISTAKES.items()} == {
        "2020": 40,
        "2026": 40,
    }


def test_a_changed_sentence_is_shown_with_the_old_one(published_guides: dict[str, Path]) -> None:
    text = published_guides["2026"].read_text(encoding="utf-8")
    (changed,) = [f for f in assessed(text.replace("연결되어 있거나 ", "", 1)).errors if f.rule == "wording"]
    assert (changed.line, "“스냅숏이 생성된" in changed.message) == (494, True)
    assert "in our words: " in changed.message
    elsewhere = text.replace(
        "| volume.name | Body | String | 블록 스토리지 이름", "| volume.name | Body | String | 이름"
    )
    (changed,) = [f for f in assessed(elsewhere).errors if f.rule == "wording"]
    assert "“블록 스토리지 이름”, as in line" in changed.message


def test_a_corrected_place_is_good_news(published_guides: dict[str, Path]) -> None:
    text = published_guides["2020"].read_text(encoding="utf-8")
    found = assessed(text.replace("POST /v2/{projectId}/volumes/detail", "POST /v2/{projectId}/volumes"))
    (right,) = found.corrected
    assert (right.erratum, right.gone, right.of) == ("E-CREATE-VOLUME-PATH", 1, 1)
    assert found.findings == ()


def test_a_mistake_of_another_edition_is_named(published_guides: dict[str, Path]) -> None:
    text = published_guides["2026"].read_text(encoding="utf-8")
    found = assessed(text.replace("POST /v2/{tenantId}/volumes\n", "GET /v2/{tenantId}/volumes\n"))
    assert any(f.rule == "method" for f in found.errors)
    text = text.replace("DELETE /v2/{tenantId}/snapshots", "GET /v2/{tenantId}/snapshots")
    (method,) = [f for f in assessed(text).errors if f.rule == "method"]
    assert "It was so in 2020: see E-" in method.message


def test_an_unknown_operation_is_held_against_its_own_example(published_guides: dict[str, Path]) -> None:
    text = published_guides["2026"].read_text(encoding="utf-8").replace('"size": 20,', '"size": "20",', 1)
    wrong = [f for f in assessed(text).errors if f.rule == "example-invalid"]
    assert [f.line for f in wrong] == [592]


def test_every_form_tells_of_the_same_findings(published_guides: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "guide.md"
    text = published_guides["2026"].read_text(encoding="utf-8")
    path.write_text(text.replace("크기(GB)", "크기(MB)", 1), encoding="utf-8")
    answers = {form: check(path, "--format", form) for form in FORMATS}
    assert {answer.exit_code for answer in answers.values()} == {1}
    data = json.loads(answers["json"].stdout)
    schema = json.loads((Path(package.__file__).parent / "check.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(data, schema)
    assert [finding["spots"][0]["line"] for finding in data["findings"]] == [205, 574, 29]
    sarif = json.loads(answers["sarif"].stdout)
    regions = [
        r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in sarif["runs"][0]["results"]
    ]
    assert regions == [205, 574, 29]
    assert f"::error file={path},line=205,title=prose::" in answers["github"].stdout
    assert "| 205 | `volumes.size`" in answers["markdown"].stdout
    assert f"{path}:205: `volumes.size` of listVolumesDetail: the guide says “" in answers["text"].stdout


def test_annotations_can_not_be_forged_by_a_guide() -> None:
    text = "### x\n```\nGET /v2/{a}/x%0A::error::forged\n```\n"
    found = assess(read_text(text), "a,line=9:b.md", edition="2026")
    for line in FORMATS["github"](found, True).splitlines():
        assert line.startswith("::")
        assert "file=a,line=9" not in line


@pytest.mark.parametrize("language", ["ko", "en", "ja"])
def test_the_counts_in_the_documents_are_those_of_today(
    published_guides: dict[str, Path], language: str
) -> None:
    name = f"volume-api-2026.{language}.md"
    found = assess(read_document(published_guides["2026"].with_name(name)), name)
    numbers = [sum(bool(each.since) for each in found.corrected), len(found.standing)]
    errors = [len(found.errors), sum(len(each.spots) for each in found.errors)]
    table = (Path(__file__).parents[2] / "docs" / "guide-2026.md").read_text(encoding="utf-8")
    (row,) = [line.split(" | ") for line in table.splitlines() if line.startswith(f"| {name} |")]
    assert [int(row[i]) for i in (1, 2)] == numbers
    assert [int(row[i]) for i in (4, 5)] == errors
