"""A guide with its errata put right: the smallest change to the provider's own file.

Only what an erratum rules on is touched, and only where the ruling can be written into the line that is wrong: a type, a
mark, a place, a name, a method, a path. Rows that are missing need the provider's words, and are left to the provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import attrs

from volcheck.contract import Contract
from volcheck.document.check import Divergence, assign, check_document, placeholders
from volcheck.document.facts import Document, Row
from volcheck.document.findings import twin
from volcheck.document.places import PlacedOperation, Places

#: How guides write the types.
_TYPES: Mapping[str, str] = {
    "string": "String",
    "uuid": "UUID",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
    "object": "Object",
    "array": "Array",
    # A text whose values are listed is a text, in every edition.
    "enum": "String",
    "datetime": "Datetime",
}
_LOCATIONS: Mapping[str, str] = {"path": "URL", "query": "Query", "header": "Header", "body": "Body"}

#: Unchanged lines around a hunk: as few as `git apply` takes, so that neighbours stay apart.
_CONTEXT = 1


@attrs.frozen
class Correction:
    """One change in one line. line: from 1. old and new: the part of the line that changes, spaces around it kept."""

    erratum: str
    line: int
    old: str
    new: str


@attrs.frozen
class Fixed:
    """A guide put right. left: errata that still stand in the guide, as they need the provider's words."""

    text: str
    corrections: tuple[Correction, ...]
    left: tuple[str, ...]


def fix(text: str, document: Document, contract: Contract) -> Fixed:
    """The guide `text`, of which `document` is what was read, with what the errata of its edition put right."""
    lines = text.split("\n")
    checked = check_document(attrs.evolve(document, edition=contract.edition.id), contract)
    explained = [(divergence, erratum) for divergence, erratum in checked.divergences if erratum is not None]
    pairs = {p.id: p for p in assign(document, Places(contract.document)).values()}
    corrections: list[Correction] = []
    for divergence, erratum in explained:
        found = _correction(divergence, erratum, explained, document, pairs, lines)
        if found is not None and found not in corrections:
            lines[found.line - 1] = _written(lines[found.line - 1], found)
            corrections.append(found)
    told = {c.erratum for c in corrections}
    return Fixed(
        "\n".join(lines),
        tuple(sorted(corrections, key=lambda c: c.line)),
        tuple(dict.fromkeys(e for d, e in explained if d.code != "silent" and e not in told)),
    )


def _correction(
    divergence: Divergence,
    erratum: str,
    explained: Sequence[tuple[Divergence, str]],
    document: Document,
    pairs: Mapping[str, PlacedOperation],
    lines: Sequence[str],
) -> Correction | None:
    """What to write instead, where that is certain; None elsewhere."""
    line, says, contract = divergence.line, divergence.says, divergence.contract
    if not line:
        return None
    row = next((each for each in _rows(document) if each.line == line), None)
    new: str | None = None
    if divergence.code == "method":
        new = contract
    elif divergence.code == "path":
        new = _path(says, pairs[divergence.operation].path)
    elif divergence.code == "placeholder" and row is None:
        # The path has a name in another case than its row has.
        names = [r.name for r in _rows(document) if r.location == "path" and r.line > line]
        same = next((n for n in names if n.casefold() == divergence.subject.casefold()), None)
        says, new = f"{{{divergence.subject}}}", same and f"{{{same}}}"
    elif row is not None and divergence.code == "type":
        new = _TYPES.get(contract)
    elif row is not None and divergence.code == "location":
        says, new = row.written.get("in", ""), _LOCATIONS.get(contract)
    elif row is not None and divergence.code == "required":
        says, new = row.written.get("required", ""), "O" if contract == "required" else "-"
    elif row is not None and divergence.code == "row-unknown":
        missing = [
            d
            for d, other in explained
            if other == erratum and d.code == "row-missing" and d.operation == divergence.operation
        ]
        known = twin(divergence, missing)
        says, new = row.name, None if known is None else known.subject.removesuffix(" (request)")
    if not new or new == says or says not in lines[line - 1]:
        return None
    return Correction(erratum, line, says, new)


def _rows(document: Document) -> Iterator[Row]:
    for operation in document.operations:
        yield from (*operation.request_rows, *operation.response_rows)


def _path(written: str, path: str) -> str:
    """The contract's path with the version before it and the names for its parameters that the guide uses."""
    version = re.match(r"(https?://[^/]+)?(/v\d+(\.\d+)?)?", written)
    names = iter(placeholders(written))
    named = re.sub(r"\{[^}]*\}", lambda match: f"{{{next(names, match[0].strip('{}'))}}}", path)
    return f"{version[0] if version else ''}{named}"


def _written(line: str, correction: Correction) -> str:
    """The line with the correction: in the cell of a table that holds just the old words, else where they stand."""
    if line.lstrip("> ").startswith("|"):
        cells = re.split(r"(?<!\\)(\|)", line)
        for number, cell in enumerate(cells):
            if cell.strip(" `*") == correction.old:
                cells[number] = cell.replace(correction.old, correction.new)
                return "".join(cells)
    return line.replace(correction.old, correction.new, 1)


def unified_diff(old: str, new: str, name: str) -> str:
    """The change as a unified diff that `git apply` takes, with the name of the file on both sides.

    old, new: texts of as many lines; a correction never adds or removes one. So lines are compared by their number;
    `difflib.unified_diff` looks for like lines instead, and shows unchanged ones between two corrections as changed.
    """
    before, after = (text.split("\n") for text in (old, new))
    changed = [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    hunks: list[list[int]] = []
    for number in changed:
        # Hunks that would share a line of context are one.
        if hunks and number - hunks[-1][-1] <= 2 * _CONTEXT:
            hunks[-1].append(number)
        else:
            hunks.append([number])
    ending = len(before) - 1
    parts = [f"--- a/{name}\n+++ b/{name}\n"] if hunks else []
    for hunk in hunks:
        start, end = max(hunk[0] - _CONTEXT, 0), hunk[-1] + _CONTEXT
        # What follows the last newline is no line, unless there is something.
        end = min(end, ending if before[ending] else ending - 1)
        parts.append(f"@@ -{start + 1},{end - start + 1} +{start + 1},{end - start + 1} @@\n")
        for number in range(start, end + 1):
            last = "\n\\ No newline at end of file\n" if number == ending else "\n"
            if before[number] == after[number]:
                parts.append(f" {before[number]}{last}")
            else:
                parts += [f"-{before[number]}{last}", f"+{after[number]}{last}"]
    return "".join(parts)


def reasons(fixed: Fixed, contract: Contract, name: str, language: str = "en") -> str:
    """Why each line was changed, as Markdown: for a commit message or a comment."""
    number = len(fixed.corrections)
    parts = [f"Correct {number} line(s) of {name} that contradict the API", ""]
    for erratum in dict.fromkeys(each.erratum for each in fixed.corrections):
        text = contract.errata[erratum].text(language)
        parts.append(f"{text.title} ({erratum})")
        parts += [
            f"- line {each.line}: {each.old} → {each.new}"
            for each in fixed.corrections
            if each.erratum == erratum
        ]
        parts += ["", f"  {text.ruling} {text.evidence}", ""]
    return "\n".join(parts)
