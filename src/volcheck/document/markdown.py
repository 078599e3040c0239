"""Markdown into a flat list of blocks with line numbers: what stands where, without asking what it means.

Guides wrap examples in HTML without the blank lines that Markdown asks for, so lines of layout HTML are taken
out first, leaving empty lines in their place: line numbers stay true. Every line that no block covers in the
end is reported as `Unreadable`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

import attrs
from markdown_it import MarkdownIt
from markdown_it.token import Token

from volcheck.document.vocabulary import LABELS, normal


@attrs.frozen
class Heading:
    """A heading of level 1 to 6; `anchors` are the ids written into it."""

    line: int
    level: int
    text: str
    anchors: tuple[str, ...]


@attrs.frozen
class Cells:
    """A row of a table: plain text of its cells, `<br>` as a newline."""

    line: int
    cells: tuple[str, ...]


@attrs.frozen
class Table:
    """A table with its heading row."""

    line: int
    header: tuple[str, ...]
    rows: tuple[Cells, ...]


@attrs.frozen
class Code:
    """A code block: `line` is the first line of its text."""

    line: int
    end: int
    text: str


@attrs.frozen
class Prose:
    """Running text, its lines kept apart by newlines; `strong` when all of it is bold."""

    line: int
    text: str
    strong: bool = False


@attrs.frozen
class Mark:
    """An anchor that stands alone."""

    line: int
    name: str


@attrs.frozen
class Unreadable:
    """Lines that are no block of a known kind, and why."""

    line: int
    end: int
    reason: str


Block = Heading | Table | Code | Prose | Mark | Unreadable

_FENCE = re.compile(r"^[ \t>]*(?:[-*+]\s+)?(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_SUMMARY = re.compile(r"<summary\b[^>]*>(.*?)</summary>", re.I)
_LAYOUT = re.compile(
    r"</?(?:details|summary|p|div|br|a|span|hr|center|b|strong|em|i|font|section|article)\b[^>]*>", re.I
)
_ID = re.compile(r"<[a-z][^>]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s>]+)", re.I)
_TAG = re.compile(r"<[^>]+>")
_BREAK = re.compile(r"<br\s*/?>", re.I)
_STRONG = re.compile(r"(\*\*|__)[^*_]+\1:?")
_TIGHT_HEADING = re.compile(r"^(#{1,6})([^#\s])")
_EMPTY = re.compile(r"^[\s>*+-]*$")
_LINE_END = re.compile(r"\r\n?|\n")


def blocks(text: str) -> list[Block]:
    """All blocks of a Markdown text, in the order of their lines."""
    lines = _LINE_END.split(text.removeprefix("\N{BYTE ORDER MARK}"))
    found: list[Block] = []
    covered: set[int] = set()
    lines = _without_layout(lines, found, covered)
    tokens = MarkdownIt("commonmark").enable("table").parse("\n".join(lines) + "\n")
    found.extend(_read(tokens, lines, covered))
    found.extend(_uncovered(lines, covered))
    return sorted(found, key=lambda block: block.line)


def _without_layout(lines: Sequence[str], found: list[Block], covered: set[int]) -> list[str]:
    """The lines with comments, layout HTML and front matter emptied; what those said goes to `found`."""
    kept: list[str] = []
    fence: str | None = None
    commented = False
    front = bool(lines) and lines[0].strip() == "---" and "---" in [line.strip() for line in lines[1:60]]
    for number, line in enumerate(lines, 1):
        if front:
            front = number == 1 or line.strip() != "---"
            found.append(Unreadable(number, number, "front matter is not part of the guide"))
            covered.add(number)
            kept.append("")
            continue
        if fence is not None:
            closing = _FENCE.match(line)
            if closing and closing[1].startswith(fence) and not line.strip("`~ \t>"):
                fence = None
            kept.append(line)
            continue
        if commented or ("<!--" in line and "-->" not in line.split("<!--")[-1]):
            before = "" if commented else line.split("<!--")[0]
            commented = "-->" not in line
            line = line.split("-->")[-1] if not commented else before
        opening = _FENCE.match(line)
        if opening:
            fence = opening[1]
            kept.append(line)
            continue
        rest = _COMMENT.sub("", line)
        labels = [label.strip() for label in _SUMMARY.findall(rest)]
        rest = _LAYOUT.sub("", _SUMMARY.sub("", rest))
        if rest.strip() or (rest == line and line.strip()):
            kept.append(_TIGHT_HEADING.sub(r"\1 \2", line))
            continue
        found.extend(Mark(number, name) for name in _ID.findall(line))
        found.extend(
            Prose(number, _TAG.sub("", label))
            for label in labels
            if normal(_TAG.sub("", label)) not in LABELS
        )
        kept.append("")
    return kept


def _read(tokens: Sequence[Token], lines: Sequence[str], covered: set[int]) -> Iterator[Block]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        first, last = (token.map[0] + 1, token.map[1]) if token.map else (0, 0)
        if token.type == "heading_open":
            inline = tokens[at + 1]
            covered.update(range(first, last + 1))
            yield _heading(inline, first, int(token.tag[1]))
        elif token.type == "table_open":
            end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
            covered.update(range(first, last + 1))
            yield from _table(tokens[at : end + 1], lines, first)
            at = end
        elif token.type in ("fence", "code_block"):
            covered.update(range(first, last + 1))
            start = first + 1 if token.type == "fence" else first
            yield Code(start, last, token.content)
            if token.type == "fence" and not lines[last - 1].strip("> \t").startswith(token.markup):
                yield Unreadable(first, last, "a code block that begins here never ends")
        elif token.type == "html_block":
            covered.update(range(first, last + 1))
            yield from _html(token.content, first, last)
        elif token.type == "inline":
            covered.update(range(first, last + 1))
            yield from (Mark(first, name) for name in _ID.findall(token.content))
            text = _plain(token, line_break=" ")
            if text:
                yield Prose(first, text, strong=bool(_STRONG.fullmatch(token.content.strip())))
        elif token.type == "hr":
            covered.update(range(first, last + 1))
        at += 1
        if token.type == "heading_open":
            at += 2


def _plain(inline: Token, line_break: str = "\n") -> str:
    parts: list[str] = []
    for child in inline.children or []:
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "html_inline" and _BREAK.fullmatch(child.content):
            parts.append(line_break)
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts).strip()


def _heading(inline: Token, line: int, level: int) -> Heading:
    text = _plain(inline)
    names = _ID.findall(inline.content)
    written = re.search(r"\s*\{#([^\s}]+)\}$", text)
    if written:
        names.append(written[1])
        text = text[: written.start()]
    return Heading(line, level, text, tuple(names))


def _table(tokens: Sequence[Token], lines: Sequence[str], line: int) -> Iterator[Block]:
    header: tuple[str, ...] = ()
    rows: list[Cells] = []
    cells: list[str] = []
    number = line
    for token in tokens:
        if token.type == "tr_open" and token.map:
            cells, number = [], token.map[0] + 1
        elif token.type == "inline":
            cells.append(_plain(token))
        elif token.type == "tr_close":
            if not header:
                header = tuple(cells)
                continue
            written = _cell_count(lines[number - 1])
            if written != len(header):
                reason = f"this row has {written} cell(s) where the table has {len(header)} columns"
                yield Unreadable(number, number, reason)
            else:
                rows.append(Cells(number, tuple(cells)))
    yield Table(line, header, tuple(rows))


def _cell_count(line: str) -> int:
    """How many cells a table line has, before the parser cuts or fills it up."""
    inner = line.lstrip("> \t").strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return len(re.split(r"(?<!\\)\|", inner))


def _html(content: str, first: int, last: int) -> Iterator[Block]:
    yield from (Mark(first, name) for name in _ID.findall(content))
    if re.search(r"<pre\b", content, re.I):
        yield Code(first, last, html.unescape(_TAG.sub("", content)))
        return
    text = _TAG.sub("", _COMMENT.sub("", content))
    if re.search(r"<(table|script|style|iframe|object)\b", content, re.I):
        yield Unreadable(first, last, "HTML of this kind is not read; write it as Markdown")
    elif text.strip():
        yield Prose(first, html.unescape(text))


def _uncovered(lines: Sequence[str], covered: set[int]) -> Iterator[Unreadable]:
    for number, line in enumerate(lines, 1):
        if number not in covered and not _EMPTY.match(line):
            yield Unreadable(
                number, number, "this line belongs to no heading, table, code block or paragraph"
            )
