"""The answer of `volcheck document check`: what was put right since, what still stands, what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import attrs

from volcheck.contract import Contract, load_contract
from volcheck.contract.editions import Edition
from volcheck.document.check import Divergence, Stale, check_document
from volcheck.document.facts import Document
from volcheck.document.findings import Finding, Spot, gather
from volcheck.document.places import Places
from volcheck.document.prose import Wording, load_rules, rule_breaks, section_keys
from volcheck.document.recognise import Recognition, known_facts, recognise
from volcheck.document.sentences import load_demands

#: Differences from the wording of a known edition: told only where nothing else is told of the line.
_WORDS = ("wording", "heading", "example-value")


@attrs.frozen
class Corrected:
    """An erratum that the file does not show, or no longer everywhere.

    since: the edition that put it right; empty when only this file does. lines: of that edition's Korean guide.
    gone, of: how many of its places are right now, and of how many; 0 of 0 for one that the edition put right.
    """

    erratum: str
    title: str
    since: str
    lines: tuple[int, ...]
    gone: int = 0
    of: int = 0


@attrs.frozen
class Standing:
    """An erratum that the file shows. lines: of the file, 0 for what it says nowhere. ruling: what holds instead."""

    erratum: str
    title: str
    ruling: str
    lines: tuple[int, ...]


@attrs.frozen
class Assessment:
    """The whole answer. findings: the new ones, errors first. source: the file, for messages."""

    source: str
    recognition: Recognition
    corrected: tuple[Corrected, ...]
    standing: tuple[Standing, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What must be looked into."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def assess(
    document: Document, source: str, spec: Path | None = None, edition: str | None = None
) -> Assessment:
    """Hold a guide against the contract of its edition, or of the one that is named.

    Raises UsageError for an unknown edition, ContractError for a broken contract.
    """
    base = load_contract(spec)
    recognition = recognise(document, base.editions, edition)
    contract = load_contract(spec, edition=recognition.edition)
    document = attrs.evolve(document, edition=contract.edition.id)
    checked = check_document(document, contract)
    shown: dict[str, list[Divergence]] = {}
    unexplained: list[Divergence] = []
    for divergence, name in checked.divergences:
        if name is None:
            unexplained.append(divergence)
        else:
            shown.setdefault(name, []).append(divergence)
    published = recognition.how == "bytes" and recognition.language == contract.edition.files[0].language
    gone = {(stale.operation, stale.subject) for stale in checked.stale}
    unexplained.extend(_more(document, contract, recognition, gone, unexplained))
    loud = {each.line for each in unexplained if each.code != "silent"}
    unexplained = [each for each in unexplained if each.code != "silent" or each.line not in loud]
    findings = [_back(finding, contract, unexplained) for finding in gather(unexplained)]
    if published:
        findings.extend(
            Finding("stale", "error", stale.sentence(), (Spot(0, "", ""),)) for stale in checked.stale
        )
    return Assessment(
        source=source,
        recognition=recognition,
        corrected=tuple(_corrected(contract, checked.stale, document, recognition)),
        standing=tuple(
            Standing(e.id, e.en.title, e.en.ruling, tuple(sorted({d.line for d in shown[e.id]})))
            for e in contract.errata.values()
            if e.id in shown
        ),
        findings=tuple(findings),
    )


def _more(
    document: Document,
    contract: Contract,
    recognition: Recognition,
    gone: set[tuple[str, str]],
    told: list[Divergence],
) -> list[Divergence]:
    """What is told of endpoints, sentences, headings and values; of words only where nothing else is told."""
    places = Places(contract.document)
    keys = section_keys(document, places)
    found = list(endpoint_differences(document, contract.edition))
    found += rule_breaks(document, load_rules(contract.spec_dir / "prose.yaml"), keys)
    lines = {each.line for each in (*told, *found)}
    facts = contract.edition.facts_in(recognition.language)
    if recognition.how == "bytes" or facts is None:
        return found
    demands = {}
    if contract.edition.sentences.is_file():
        demands = load_demands(contract.edition.sentences, contract.requirements)
    ours = {sha: demand.en for sha, demand in demands.items()}
    for change in Wording(document, known_facts(facts), places, ours).changes():
        right = change.code == "example-value" and (change.operation, change.subject) in gone
        if change.line not in lines and not right:
            found.append(change)
    return found


def endpoint_differences(document: Document, edition: Edition) -> Iterator[Divergence]:
    """The table of regions and addresses against those of the edition, where that has any."""
    if not edition.endpoints:
        return
    written: list[tuple[str, str, int]] = []
    for table in document.tables:
        for row in table.rows:
            cells = [cell.split("\n") for cell in row]
            urls = next(
                (each for each in cells if all(urlsplit(c.strip()).scheme == "https" for c in each)), None
            )
            if urls is None:
                continue
            names = next(
                (each for each in reversed(cells[: cells.index(urls)]) if len(each) == len(urls)),
                [""] * len(urls),
            )
            written += [
                (name.strip(), url.strip(), table.line) for name, url in zip(names, urls, strict=True)
            ]
    language = document.language or ""
    known = [(region.name.get(language, ""), region.url) for region in edition.endpoints]
    addresses = {url: name for name, url in known}
    seen = Counter(url for _, url, _ in written)
    for name, url, line in written:
        if url not in addresses:
            yield Divergence("endpoint", "", "", line, f"{name or 'a region'} at {url}", "no such address")
        elif addresses[url] and _folded(name) != _folded(addresses[url]):
            yield Divergence("endpoint", "", "", line, f"{url} is {name}", f"it is {addresses[url]}")
    line = written[0][2] if written else 0
    for name, url in known:
        if not seen[url]:
            yield Divergence("endpoint", "", "", line, "no such address", f"{name or 'a region'} at {url}")


def _folded(name: str) -> str:
    """The name of a region without the word for region, brackets and spaces."""
    folded = name.casefold()
    for word in ("region", "리전", "リージョン", "(", ")", " "):
        folded = folded.replace(word, "")
    return folded


def _corrected(
    contract: Contract, stale: tuple[Stale, ...], document: Document, recognition: Recognition
) -> Iterator[Corrected]:
    edition = contract.edition.id
    for erratum in contract.errata.values():
        latest = max((name for name in (*erratum.stands, *erratum.corrected) if name <= edition), default="")
        if latest in erratum.corrected:
            yield Corrected(erratum.id, erratum.en.title, latest, erratum.lines(latest))
    counts = Counter(each.erratum for each in stale if each.code != "sentence")
    if recognition.how == "bytes" and recognition.language == contract.edition.files[0].language:
        return
    for name, gone in counts.items():
        erratum = contract.errata[name]
        yield Corrected(name, erratum.en.title, "", (), gone, len(erratum.explained(edition)))


def _back(finding: Finding, contract: Contract, unexplained: list[Divergence]) -> Finding:
    """The finding, with the erratum of another edition that was about the same."""
    spots = {(spot.operation, spot.subject, spot.line) for spot in finding.spots}
    parts = {
        d.part for d in unexplained if (d.operation, d.subject, d.line) in spots and d.code == finding.rule
    }
    for erratum in contract.errata.values():
        for edition, explained in erratum.explains.items():
            if edition != contract.edition.id and parts & set(explained):
                message = f"{finding.message} It was so in {edition}: see {erratum.id}."
                return attrs.evolve(finding, message=message)
    return finding
