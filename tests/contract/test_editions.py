"""Editions: what each has, what a later one changes, and how a broken file is told of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from volcheck.contract import load_contract
from volcheck.errors import ContractError, UsageError

SPEC = load_contract().spec_dir
OLD, NEW = load_contract(), load_contract(edition="2026")


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SPEC, tmp_path / "spec"))


def test_the_first_edition_is_meant_where_none_is_named() -> None:
    assert OLD.edition.id == "2020"
    assert list(OLD.editions) == list(NEW.editions) == ["2020", "2026"]
    assert OLD is load_contract(edition="2020")


def test_an_unknown_edition_is_told_with_those_that_are_known() -> None:
    with pytest.raises(UsageError, match=re.escape("There is no edition '2019'. Use one of 2020, 2026.")):
        load_contract(edition="2019")


@pytest.mark.parametrize("contract", [OLD, NEW], ids=["2020", "2026"])
def test_an_edition_is_known_by_bytes_and_anchors_of_its_facts(contract) -> None:
    from volcheck.document.facts import load_facts

    facts = load_facts(contract.edition.facts)
    assert (facts.edition, facts.sha256) == (contract.edition.id, contract.edition.files[0].sha256)
    assert set(contract.edition.anchors) <= {anchor.name for anchor in facts.anchors}
    explicit = [anchor.name for anchor in facts.anchors if anchor.explicit]
    assert explicit in ([], list(contract.edition.anchors))


def test_2026_has_a_status_more() -> None:
    assert set(NEW.volumes.statuses) - set(OLD.volumes.statuses) == {"reserved"}
    assert set(OLD.volumes.statuses) < set(NEW.volumes.statuses)
    assert NEW.volumes.legal("in-use", "reserved")
    assert not OLD.volumes.legal("in-use", "reserved")
    assert NEW.snapshots.statuses == OLD.snapshots.statuses


def test_2026_knows_encryption() -> None:
    for operation, status in (("showVolume", 200), ("createVolume", 202)):
        volume = {}
        for contract in (OLD, NEW):
            schema = contract.response_schema(operation, status)
            volume[contract.edition.id] = contract.properties(contract.properties(schema)["volume"].schema)
        assert set(volume["2026"]) - set(volume["2020"]) == {"nhn_encryption"}
        assert not volume["2026"]["nhn_encryption"].required
    request = NEW.properties(NEW.properties(NEW.request_schema("createVolume"))["volume"].schema)
    assert "skm_appkey" in NEW.properties(request["nhn_encryption"].schema["anyOf"][0])


def test_what_2026_withdraws_is_upstream() -> None:
    for contract, source in ((OLD, "published"), (NEW, "upstream")):
        request = contract.properties(
            contract.properties(contract.request_schema("createVolume"))["volume"].schema
        )
        for name in ("imageRef", "source_volid", "consistencygroup_id", "multiattach"):
            assert request[name].schema["x-source"] == source
        assert contract.document["paths"]["/"]["get"]["x-source"] == source
    for name in ("versions.listed", "create.multiattach-true", "derive.from-image", "derive.from-volume"):
        assert OLD.requirements[name].source == "published"
        assert (NEW.requirements[name].source, NEW.requirements[name].level) == ("upstream", "should")
        assert NEW.requirements[name].ko == OLD.requirements[name].ko
    assert NEW.requirements["derive.from-snapshot"] == OLD.requirements["derive.from-snapshot"]


def test_the_operation_outside_the_twelve_is_known_and_never_sent() -> None:
    (outside,) = NEW.edition.outside
    assert (outside.method, outside.path) == ("POST", "/{projectId}/volumes/{volumeId}/action")
    assert OLD.edition.outside == ()
    assert NEW.match(outside.method, outside.path) is None
    assert list(NEW.operations) == list(OLD.operations)


def test_a_file_of_the_users_own_is_taken_as_it_is() -> None:
    own = load_contract(openapi=SPEC / "editions" / ".." / "openapi.yaml", edition="2026")
    assert "reserved" in own.volumes.statuses


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("edition.yaml", 'edition: "2026"', 'edition: "2027"', "lies in the folder 2026"),
        ("edition.yaml", "sha256: 74ac", "sha256: xyz", "the 64 hex digits"),
        ("edition.yaml", "anchors:", "ankers:", "an edition needs edition, files"),
        ("edition.yaml", "method: POST\n    ", "", "an entry of outside has exactly method, path, title"),
        ("requirements.yaml", "versions.listed,", "versions.lost,", "there is no requirement versions.lost"),
        ("requirements.yaml", "level: should", "level: maybe", "the level maybe is not known"),
        ("requirements.yaml", "\nchanged:", "\naltered:", "lists called added, changed, withdrawn"),
        ("requirements.yaml", "\nchanged:\n", "\nwithdrawn: [nothing.there]\nchanged:\n", "nothing.there"),
        ("statuses.yaml", "reserved:", "reversed:", "openapi.yaml and this file disagree about"),
        ("statuses.yaml", "volume:", "volumes:", "volumes is no machine"),
        ("overlay.yaml", "$.paths['/'].get", "$.paths['/none'].get", "matches nothing"),
    ],
)
def test_a_broken_edition_is_told_with_file(spec: Path, name: str, old: str, new: str, says: str) -> None:
    path = spec / "editions" / "2026" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape(says)) as caught:
        load_contract(spec, edition="2026")
    assert name in str(caught.value)


ENTRY = (
    "{id: new.one, level: must, source: published, lines: {'2026': [7]}, operations: [showVolume], en: One., "
    "ko: 하나입니다.}"
)


def test_what_rests_on_something_else_has_another_place(spec: Path) -> None:
    path = spec / "editions" / "2026" / "requirements.yaml"
    path.write_text(
        "changed:\n"
        "  - {id: types.listed, source: upstream, level: should}\n"
        "  - {id: create.minimal, lines: {'2026': [7]}}\n"
        "  - {id: list.default-order, source: standard, level: must, section: 'RFC 9110, 1'}\n",
        encoding="utf-8",
    )
    found = load_contract(spec, edition="2026").requirements
    assert found["types.listed"].lines is None
    assert found["create.minimal"].basis.startswith("2026, line 7: ")
    assert found["list.default-order"].basis.startswith("RFC 9110, 1: ")


def test_an_edition_can_add_and_withdraw(spec: Path) -> None:
    path = spec / "editions" / "2026" / "requirements.yaml"
    path.write_text(f"added:\n  - {ENTRY}\nwithdrawn: [types.listed]\n", encoding="utf-8")
    found = load_contract(spec, edition="2026").requirements
    assert set(found) == {*OLD.requirements, "new.one"} - {"types.listed"}


def test_what_an_edition_adds_is_new(spec: Path) -> None:
    path = spec / "editions" / "2026" / "requirements.yaml"
    path.write_text(f"added:\n  - {ENTRY.replace('new.one', 'types.listed')}\n", encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape("types.listed is not new")):
        load_contract(spec, edition="2026")


def test_a_folder_without_editions_is_the_first(spec: Path) -> None:
    shutil.rmtree(spec / "editions")
    contract = load_contract(spec)
    assert (contract.edition.id, contract.edition.files) == ("2020", ())
