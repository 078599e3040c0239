"""The pages of the static site: one for everything that a link may name, and no link that leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from volcheck.cli.document import document as group
from volcheck.contract import load_contract
from volcheck.document.site import write_site
from volcheck.errors import UsageError

DOCS = Path(__file__).resolve().parents[2] / "docs"
MKDOCS = DOCS.parent / "mkdocs.yml"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    assert write_site(folder, DOCS) == len(list(folder.rglob("*.md")))
    return folder


def test_every_requirement_and_erratum_has_a_page(pages: Path) -> None:
    for year in ("2020", "2026"):
        contract = load_contract(edition=year)
        for requirement in contract.requirements.values():
            text = (pages / "requirements" / f"{requirement.id}.md").read_text("utf-8")
            assert requirement.en in text
            assert requirement.ko in text
            row = f"| {year} | {requirement.level} | {requirement.source} | {requirement.evidence} |"
            assert row in text
        for erratum in contract.errata.values():
            text = (pages / "errata" / f"{erratum.id}.md").read_text("utf-8")
            assert erratum.en.ruling in text
            assert erratum.ko.ruling in text
            for lines in (*erratum.stands.values(), *erratum.corrected.values()):
                assert ", ".join(map(str, lines)) in text


def test_every_link_between_pages_and_every_entry_of_the_menu_leads_to_a_page(pages: Path) -> None:
    for page in pages.rglob("*.md"):
        if page.parent.name != "project":
            for target in re.findall(r"\]\(([\w./-]+\.md)\)", page.read_text("utf-8")):
                assert (page.parent / target).is_file(), (page.name, target)
    menu = re.findall(r": ([\w./-]+\.md)$", MKDOCS.read_text("utf-8"), re.M)
    assert len(menu) > 10
    assert [name for name in menu if not (pages / name).is_file()] == []


def test_the_command_says_how_many_pages_it_wrote(tmp_path: Path) -> None:
    result = CliRunner().invoke(group, ["site", "-o", str(tmp_path / "site"), "--documents", str(DOCS)])
    assert result.exit_code == 0
    assert re.search(r"^\d{3} pages in ", result.stderr)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UsageError, match="Can't write"):
        write_site(blocked / "site", DOCS)
