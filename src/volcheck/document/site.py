"""The pages of a static site, in Markdown: references, guides, requirements and errata. `make site` builds them with MkDocs.

Every requirement and every erratum has a page of its own, `/requirements/create.size-echo/`, so that reports and issues can
link to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from volcheck.contract import Contract, Requirement, load_contract
from volcheck.contract.errata import Erratum
from volcheck.document.render import LANGUAGES, render
from volcheck.errors import UsageError

_NAMES = {"en": "English", "ko": "한국어"}


def write_site(folder: Path, documents: Path) -> int:
    """Write the pages, and say how many there are.

    folder: where to; what is in it is replaced page by page. documents: the folder of this project's own documents, such as
    gate.md, which become pages too. Raises UsageError when a page can't be written, and ContractError.
    """
    base = load_contract()
    editions = {name: load_contract(edition=name) for name in base.editions}
    pages = dict(_pages(editions))
    for path in sorted(documents.glob("*.md")):
        if not path.name.startswith(("api", "trace")):
            pages[f"project/{path.name}"] = path.read_text(encoding="utf-8")
    for name, text in pages.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"Can't write {path}: {error.strerror}. Name a folder that can be written."
            ) from error
    return len(pages)


def _pages(editions: Mapping[str, Contract]) -> Iterator[tuple[str, str]]:
    yield "index.md", _index(editions)
    for year, contract in editions.items():
        for language in LANGUAGES:
            text = render(contract, language).replace(
                f"(trace.{language}.md)", f"(requirements.{language}.md)"
            )
            yield f"{year}/reference.{language}.md", text
            yield f"{year}/requirements.{language}.md", render(contract, language, "trace")
    known = {name: None for contract in editions.values() for name in contract.requirements}
    yield "requirements/index.md", _list("Requirements · 요구 사항", known)
    for name in known:
        yield f"requirements/{name}.md", _requirement(name, editions)
    errata = next(iter(editions.values())).errata
    yield "errata/index.md", _list("Errata · 정오표", errata)
    for erratum in errata.values():
        yield f"errata/{erratum.id}.md", _erratum(erratum)


def _index(editions: Mapping[str, Contract]) -> str:
    lines = ["# TOAST Volume API", ""]
    for year in reversed(list(editions)):
        links = ", ".join(f"[{_NAMES[language]}]({year}/reference.{language}.md)" for language in LANGUAGES)
        lines.append(f"- {year}: {links}")
    lines += [
        "- [Requirements · 요구 사항](requirements/index.md)",
        "- [Errata · 정오표](errata/index.md)",
        "",
    ]
    return "\n".join(lines)


def _list(title: str, names: Mapping[str, object]) -> str:
    return "\n".join([f"# {title}", "", *(f"- [{name}]({name}.md)" for name in names), ""])


def _requirement(name: str, editions: Mapping[str, Contract]) -> str:
    found: dict[str, Requirement] = {
        year: contract.requirements[name]
        for year, contract in editions.items()
        if name in contract.requirements
    }
    newest = found[max(found)]
    lines = [f"# {name}", "", newest.en, "", newest.ko, "", "| Edition · 판 | Level | Source | Evidence |"]
    lines += ["|---|---|---|---|"]
    for year, one in found.items():
        lines.append(f"| {year} | {one.level} | {one.source} | {one.evidence} |")
    operations = ", ".join(f"`{operation}`" for operation in newest.operations) or "-"
    lines += ["", f"Operations: {operations}", ""]
    if newest.erratum:
        lines += [f"Erratum: [{newest.erratum}](../errata/{newest.erratum}.md)", ""]
    lines += [f"`volcheck run --only {name}`", ""]
    return "\n".join(lines)


def _erratum(erratum: Erratum) -> str:
    lines = [f"# {erratum.id}", ""]
    for text, labels in (
        (erratum.en, ("The guide", "We rule", "Evidence")),
        (erratum.ko, ("가이드", "판정", "근거")),
    ):
        told = zip(labels, (text.says, text.ruling, text.evidence), strict=True)
        lines += [f"## {text.title}", "", *(f"- {label}: {words}" for label, words in told), ""]
    lines += ["| Edition · 판 | | Lines · 행 |", "|---|---|---|"]
    for year in sorted({*erratum.stands, *erratum.corrected}):
        state = "corrected · 수정됨" if year in erratum.corrected else "stands · 남아 있음"
        lines.append(f"| {year} | {state} | {', '.join(map(str, erratum.lines(year))) or '-'} |")
    return "\n".join([*lines, ""])
