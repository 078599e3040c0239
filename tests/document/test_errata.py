"""The ledger of rulings: its loader, its wording, and what answers show about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from volcheck.contract import load_contract
from volcheck.contract.errata import Erratum, load_errata
from volcheck.errors import ContractError

CONTRACT = load_contract()
LEDGER = CONTRACT.errata

ENTRY = """
- id: E-SAMPLE
  kind: mistake
  source: upstream
  operations: [showVolume]
  stands: {"2020": [1]}
  en: {title: a, says: b, ruling: c, evidence: d}
  ko: {title: 가, says: 나, ruling: 다, evidence: 라}
  explains:
    - {code: [type, required], operation: [showVolume, createVolume], subject: volume.name, says: UUID}
  reading: {probe: none, reason: because}
"""


def load(tmp_path: Path, text: str) -> dict[str, Erratum]:
    path = tmp_path / "errata.yaml"
    path.write_text(text, encoding="utf-8")
    return load_errata(path, CONTRACT.operations, CONTRACT.editions)


def test_lists_stand_for_every_combination(tmp_path: Path) -> None:
    assert set(load(tmp_path, ENTRY)["E-SAMPLE"].explained("2020")) == {
        ("type", "showVolume", "volume.name", "UUID"),
        ("type", "createVolume", "volume.name", "UUID"),
        ("required", "showVolume", "volume.name", "UUID"),
        ("required", "createVolume", "volume.name", "UUID"),
    }


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("- id: E-SAMPLE", "- id: sample", "no erratum id"),
        ("  kind: mistake\n", "", "E-SAMPLE has no kind"),
        ("kind: mistake", "kind: joke", "the kind joke of E-SAMPLE"),
        ("source: upstream", "source: rumour", "the source rumour of E-SAMPLE"),
        ('stands: {"2020": [1]}', "stands: {}", "E-SAMPLE must stand in an edition"),
        ('stands: {"2020": [1]}', 'stands: {"1999": [1]}', "E-SAMPLE names the unknown edition 1999"),
        ('stands: {"2020": [1]}', "stands: [1]", "stands of E-SAMPLE must be lines by edition"),
        (
            'stands: {"2020": [1]}',
            'stands: {"2020": [1]}\n  corrected: {"2020": [2]}',
            "can't be corrected in the same one",
        ),
        ('stands: {"2020": [1]}', 'stands: {"2020": [1]}\n  sentences: [x]', "sentences of E-SAMPLE"),
        ("says: UUID}", 'says: UUID, editions: ["2026"]}', "E-SAMPLE does not stand in the edition 2026"),
        ("operations: [showVolume]", "operations: [noSuch]", "unknown operation noSuch"),
        ("operations: [showVolume]", "operations: some", "operations of E-SAMPLE must be a list"),
        ("[1]", "[0]", "lines of E-SAMPLE"),
        ("ruling: c, ", "", "en of E-SAMPLE must have exactly"),
        ("ruling: 다", 'ruling: ""', "ruling of E-SAMPLE must be text"),
        ("  reading:", "  colour: red\n  reading:", "the key colour of E-SAMPLE"),
        ("code: [type, required]", "code: []", "code in explains of E-SAMPLE"),
        ("code: [type, required], ", "", "needs code and operation"),
        ("probe: none", "probe: psychic", "the probe psychic of E-SAMPLE"),
        ("reason: because", 'reason: ""', "the none reading of E-SAMPLE has no reason"),
        ("{probe: none, reason: because}", "{probe: passive, operation: x}", "has no at"),
        (
            "{probe: none, reason: because}",
            "{probe: passive, operation: showVolume, at: /body, contract: {type: 3}, document: {}}",
            "no JSON Schema",
        ),
        ("{probe: none, reason: because}", "{probe: none, reason: because, why: x}", "why in reading"),
        ("\n- id", "\n- x", "entry 1 has no id"),
    ],
)
def test_a_broken_entry_is_refused_with_file_line_and_id(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in ENTRY
    with pytest.raises(ContractError, match=re.escape(says)) as caught:
        load(tmp_path, ENTRY.replace(old, new, 1))
    assert re.match(rf"{re.escape(str(tmp_path))}/errata.yaml, line \d+: ", str(caught.value))


def test_an_erratum_holds_until_it_is_corrected(tmp_path: Path) -> None:
    standing = load(tmp_path, ENTRY)["E-SAMPLE"]
    assert [standing.stands_in(year) for year in ("2019", "2020", "2026", "2030")] == [
        False,
        True,
        True,
        True,
    ]
    assert (standing.edition, standing.lines("2020"), standing.lines("2026")) == ("2020", (1,), ())
    assert standing.explained("2026") == standing.explained("2020") != ()
    assert standing.explained("2019") == ()

    put_right = load(tmp_path, ENTRY.replace("[1]}", '[1]}\n  corrected: {"2026": [7]}'))["E-SAMPLE"]
    assert [put_right.stands_in(year) for year in ("2020", "2026", "2030")] == [True, False, False]
    assert put_right.lines("2026") == (7,)
    assert put_right.explained("2026") == put_right.spoken("2026") == ()


def test_an_explanation_may_be_of_some_editions(tmp_path: Path) -> None:
    text = ENTRY.replace("[1]}", '[1], "2026": [9]}').replace(
        "says: UUID}", 'says: UUID, editions: ["2026"]}'
    )
    erratum = load(tmp_path, text.replace("  reading", '  sentences: {"2026": [abc]}\n  reading'))["E-SAMPLE"]
    assert (len(erratum.explained("2020")), len(erratum.explained("2026"))) == (0, 4)
    assert (erratum.spoken("2020"), erratum.spoken("2026")) == ((), ("abc",))


def test_ids_and_explanations_stand_once(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="E-SAMPLE is already on line 2"):
        load(tmp_path, ENTRY + ENTRY)
    with pytest.raises(ContractError, match="which E-SAMPLE explains already"):
        load(tmp_path, ENTRY + ENTRY.replace("E-SAMPLE", "E-OTHER"))
    with pytest.raises(ContractError, match="explains nothing, which only a silence may do"):
        load(tmp_path, re.sub(r"explains:\n.*\n", "explains: []\n", ENTRY))
    with pytest.raises(ContractError, match="a list of errata"):
        load(tmp_path, "a: b")


@pytest.mark.parametrize("erratum", LEDGER.values(), ids=list(LEDGER))
def test_every_entry_is_told_in_both_languages(erratum: Erratum) -> None:
    for field in ("title", "says", "ruling", "evidence"):
        korean, english = getattr(erratum.ko, field), getattr(erratum.en, field)
        assert re.search("[가-힣]", korean), f"{field} has no Korean"
        assert not re.search("[가-힣]", english), f"{field} is not English"


def answer(status: int, body: Any = None, **headers: str) -> dict[str, Any]:
    return {"status": status, "headers": headers, "body": body}


UUID = "7c1e5b0a-2d4f-4c83-9b16-5e0a8d3f7c21"

READINGS = [
    ("E-CREATE-VOLUME-PATH", answer(404), "contract"),
    ("E-CREATE-VOLUME-PATH", answer(202, {"volume": {}}), "document"),
    ("E-CREATE-VOLUME-PATH", answer(500), "neither"),
    ("E-DELETE-GET-VOLUME", answer(200, {"volume": {}}), "contract"),
    ("E-DELETE-GET-VOLUME", answer(204), "document"),
    ("E-DELETE-GET-VOLUME", answer(404, {"itemNotFound": {}}), None),
    ("E-BOOTABLE-STRING", answer(200, {"volume": {"bootable": "true"}}), "contract"),
    ("E-BOOTABLE-STRING", answer(200, {"volume": {"bootable": True}}), "document"),
    ("E-BOOTABLE-STRING", answer(200, {"volume": {"bootable": "yes"}}), "neither"),
    ("E-BOOTABLE-STRING", answer(200, {"volume": {}}), None),
    ("E-DEVICE-NAME", answer(200, {"volume": {"attachments": [{"device": "/dev/vda"}]}}), "contract"),
    ("E-DEVICE-NAME", answer(200, {"volume": {"attachments": [{"device_id": "/dev/vda"}]}}), "document"),
    ("E-DEVICE-NAME", answer(200, {"volume": {"attachments": [{"device": 1}, {"device_id": 1}]}}), "neither"),
    ("E-DEVICE-NAME", answer(200, {"volume": {"attachments": []}}), None),
    ("E-NEXT-LINKS-PLACE", answer(200, {"volumes": [], "volumes_links": []}), "contract"),
    ("E-NEXT-LINKS-PLACE", answer(200, {"volumes": [{"volumes_links": {}}]}), "document"),
    ("E-NEXT-LINKS-PLACE", answer(200, {"volumes": [{}]}), None),
    ("E-NAME-UUID", answer(200, {"volume": {"name": "vol-002"}}), "contract"),
    ("E-NAME-UUID", answer(200, {"volume": {"name": UUID}}), "document"),
    ("E-NAME-UUID", answer(200, {"volume": {"name": None}}), None),
    ("E-EXTRA-SPECS", answer(200, {"volume_types": [{"id": "x"}]}), "contract"),
    ("E-EXTRA-SPECS", answer(200, {"volume_types": [{"extra_specs": {}}]}), "document"),
    ("E-NEXT-LINK-WHEN", answer(200, {"volumes": []}), "contract"),
    ("E-NEXT-LINK-WHEN", answer(200, {"volumes": [], "volumes_links": []}), "document"),
    ("E-SILENT-ERRORS", answer(404, {"itemNotFound": {}}), "contract"),
    ("E-SILENT-ERRORS", answer(404, "<html>"), "neither"),
    ("E-SILENT-NULL", answer(200, {"volume": {"snapshot_id": UUID}}), None),
    ("E-SILENT-NULL", answer(200, {"volume": {"snapshot_id": ""}}), "document"),
    ("E-SILENT-MEDIA-TYPE", {**answer(200), "headers": {"content-type": "text/html"}}, "neither"),
    ("E-PATH-PROJECTID", answer(200), None),
]


@pytest.mark.parametrize(("name", "shown", "expected"), READINGS)
def test_an_answer_shows_which_reading_it_follows(
    name: str, shown: dict[str, Any], expected: str | None
) -> None:
    assert LEDGER[name].reading.follows(shown) == expected


def test_half_of_a_surrogate_pair_shows_no_reading() -> None:
    """The validator takes no such text; an endpoint may have sent one anywhere."""
    for erratum in LEDGER.values():
        at = erratum.reading.at.split("/")[1:]
        answer: object = "\ud800"
        for key in reversed(at):
            answer = [answer] if key == "*" else {key: answer}
        assert erratum.reading.follows(answer) is None  # type: ignore[arg-type]
