"""A published guide into facts: sections into operations, tables into rows, code into examples.

`read_document` takes a file, `read_text` a text. Nothing is dropped in silence: what can't be made sense of
stands in `Document.unread` with the reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from volcheck.contract.regularfile import open_regular
from volcheck.document import markdown as md
from volcheck.document.facts import (
    Anchor,
    BodyFact,
    Document,
    Example,
    Header,
    Kind,
    Operation,
    RequestLine,
    ResponseCode,
    Row,
    Sentence,
    Status,
    StatusTable,
    Table,
    Unread,
    digest,
)
from volcheck.document.positions import DuplicateKeyError, field_lines
from volcheck.document.vocabulary import (
    CELLS,
    COLUMNS,
    LOCATIONS,
    NO_BODY,
    REQUIRED,
    ROLES,
    TYPES,
    Column,
    normal,
)
from volcheck.errors import UsageError

#: A guide is text for people; a larger file is something else.
MAX_BYTES = 4 * 1024 * 1024

_REQUEST = re.compile(
    r"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+(/\S*|https?://\S+|\{\S+)(?:\s+HTTP/[\d.]+)?\s*"
)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):\s*(.*?)\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*")
_FIELD = re.compile(r"`?[A-Za-z][\w.:\-\[\]]*`?\s*\Z")
_EDITION = re.compile(r"(?<!\d)(20\d\d(?:-\d\d(?:-\d\d)?)?)(?!\d)")


def read_document(path: Path, edition: str | None = None) -> Document:
    """Read a published guide from a Markdown file.

    edition: its name; taken from a year in the file's name when None.
    Raises UsageError when the file can't be read, isn't UTF-8 text, or describes no operation.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"Can't read {path}: {error.strerror}. Name a Markdown file that exists.") from error
    if max(size, len(data)) > MAX_BYTES:
        raise UsageError(
            f"{path} has {size} bytes; a guide has at most {MAX_BYTES}. Name the guide's Markdown file."
        )
    if not data.strip():
        raise UsageError(f"{path} is empty. Name a file that holds a published guide in Markdown.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} isn't UTF-8 text (byte {error.start}). Name a Markdown file, or convert it to UTF-8."
        ) from error
    if "\0" in text:
        raise UsageError(f"{path} is a binary file. Name a file that holds a published guide in Markdown.")
    named = _EDITION.search(path.name)
    document = read_text(text, edition or (named[1] if named else None), hashlib.sha256(data).hexdigest())
    if not document.operations:
        raise UsageError(
            f"{path} describes no operation: no code block in it begins with a line like `GET /v2/…`. "
            "Name a file that holds a published guide in Markdown."
        )
    return document


def read_text(text: str, edition: str | None = None, sha256: str | None = None) -> Document:
    """Read a guide from its text. Finds no operation where there is none, and raises nothing."""
    reader = _Reader()
    for section in _sections(md.blocks(text)):
        reader.section(section)
    return Document(
        edition=edition,
        sha256=sha256 or hashlib.sha256(text.encode()).hexdigest(),
        operations=tuple(reader.operations),
        status_tables=tuple(reader.status_tables),
        anchors=tuple(sorted(reader.anchors, key=lambda a: (a.line, not a.explicit))),
        sentences=tuple(sorted(reader.sentences, key=lambda s: s.line)),
        unread=tuple(sorted(reader.unread, key=lambda u: u.line)),
        tables=tuple(reader.tables),
        language=_language(" ".join(sentence.text for sentence in reader.sentences)),
    )


@attrs.define
class _Section:
    """The blocks under one title, with the headings that divide an operation still among them."""

    path: tuple[str, ...]
    heading: md.Heading | None
    blocks: list[md.Block] = attrs.field(factory=list)

    @property
    def is_operation(self) -> bool:
        return any(isinstance(block, md.Code) and _is_request(block) for block in self.blocks)


def _sections(found: Sequence[md.Block]) -> Iterator[_Section]:
    sections = [_Section((), None)]
    titles: list[md.Heading] = []
    for block in found:
        if isinstance(block, md.Heading) and normal(block.text) not in ROLES:
            titles = [title for title in titles if title.level < block.level] + [block]
            sections.append(_Section(tuple(title.text for title in titles), block))
        else:
            sections[-1].blocks.append(block)
    merged: list[_Section] = []
    for section in sections:
        last = merged[-1] if merged else None
        inside = last and last.heading and section.heading and section.heading.level > last.heading.level
        # A remark below an operation belongs to it; one that holds a request line is an operation of its own.
        if inside and last and section.heading and last.is_operation and not section.is_operation:
            last.blocks.extend([section.heading, *section.blocks])
        else:
            merged.append(section)
    yield from merged


def _is_request(code: md.Code) -> bool:
    return any(_REQUEST.fullmatch(line.strip()) for line in code.text.splitlines()[:3])


@attrs.define
class _Draft:
    """An operation in the making."""

    title: str
    section: tuple[str, ...]
    line: int
    requests: list[RequestLine] = attrs.field(factory=list)
    headers: list[Header] = attrs.field(factory=list)
    request_rows: list[Row] = attrs.field(factory=list)
    response_rows: list[Row] = attrs.field(factory=list)
    examples: list[Example] = attrs.field(factory=list)
    no_body: list[BodyFact] = attrs.field(factory=list)
    codes: list[ResponseCode] = attrs.field(factory=list)

    def finished(self) -> Operation:
        return Operation(
            self.title,
            self.section,
            self.line,
            tuple(self.requests),
            tuple(self.headers),
            tuple(self.request_rows),
            tuple(self.response_rows),
            tuple(self.examples),
            tuple(self.no_body),
            tuple(self.codes),
        )


class _Reader:
    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.status_tables: list[StatusTable] = []
        self.anchors: list[Anchor] = []
        self.sentences: list[Sentence] = []
        self.unread: list[Unread] = []
        self.tables: list[Table] = []
        self._slugs: dict[str, int] = {}
        self._title: str | None = None

    def section(self, section: _Section) -> None:
        if section.heading:
            self._anchor_heading(section.heading)
        title = section.path[-1] if section.path else None
        self._title = title
        if section.is_operation:
            line = section.heading.line if section.heading else section.blocks[0].line
            draft = _Draft(title or "", section.path[:-1], line)
            self._operation(section, draft)
            self.operations.append(draft.finished())
            return
        for block in section.blocks:
            if isinstance(block, md.Table):
                columns = self._columns(block)
                if "status" in columns:
                    self.tables.append(Table(block.line, title, block.header))
                    self._statuses(block, columns, section)
                else:
                    cells = tuple(row.cells for row in block.rows)
                    self.tables.append(Table(block.line, title, block.header, cells))
                    if "name" in columns:
                        self._lost(block.line, _last(block), "a table that stands in no operation", None)
            elif isinstance(block, md.Code):
                self._lost(block.line, block.end, "a code block that stands in no operation", None)
            else:
                self._common(block, None)

    def _operation(self, section: _Section, draft: _Draft) -> None:
        kind: Kind | None = None
        for block in section.blocks:
            role = self._role(block)
            if role:
                kind = "request" if "request" in role else "response" if "response" in role else kind
                if isinstance(block, md.Heading):
                    self._anchor_heading(block)
            elif isinstance(block, md.Heading):
                self._anchor_heading(block)
            elif isinstance(block, md.Table):
                self._table(block, kind, draft)
            elif isinstance(block, md.Code):
                self._code(block, kind, draft)
            else:
                if isinstance(block, md.Prose):
                    draft.no_body.extend(
                        BodyFact(direction, block.line + block.text.count("\n", 0, match.start()))
                        for direction, pattern in NO_BODY
                        if (match := pattern.search(block.text))
                    )
                self._common(block, draft.title)

    @staticmethod
    def _role(block: md.Block) -> str | None:
        if isinstance(block, md.Heading) or (isinstance(block, md.Prose) and block.strong):
            return ROLES.get(normal(block.text))
        return None

    def _common(self, block: md.Block, operation: str | None) -> None:
        """What means the same inside and outside operations."""
        if isinstance(block, md.Prose):
            self._prose(block.text, block.line, None)
        elif isinstance(block, md.Mark):
            self.anchors.append(Anchor(block.name, block.line, explicit=True))
        elif isinstance(block, md.Unreadable):
            self._lost(block.line, block.end, block.reason, operation)
        elif isinstance(block, md.Heading):
            self._anchor_heading(block)

    def _lost(self, line: int, end: int, reason: str, operation: str | None) -> None:
        self.unread.append(Unread(line, end, reason, operation))

    def _anchor_heading(self, heading: md.Heading) -> None:
        """A heading's own ids, and the id that renderers derive from its text."""
        self.anchors.extend(Anchor(name, heading.line, explicit=True) for name in heading.anchors)
        slug = re.sub(r"[^\w\- ]", "", heading.text.casefold()).strip().replace(" ", "-")
        seen = self._slugs.get(slug, 0)
        self._slugs[slug] = seen + 1
        if slug:
            self.anchors.append(
                Anchor(f"{slug}-{seen}" if seen else slug, heading.line, False, heading.level)
            )

    def _prose(self, text: str, line: int, subject: str | None, *, one_line: bool = False) -> None:
        at = 0
        for match in [*_SENTENCE_END.finditer(text), None]:
            end = match.start() if match else len(text)
            sentence = text[at:end].strip()
            if sentence:
                start = at + (len(text[at:end]) - len(text[at:end].lstrip()))
                number = line if one_line else line + text.count("\n", 0, start)
                self.sentences.append(Sentence(number, digest(sentence), self._title, subject, sentence))
            at = match.end() if match else end

    def _describe(self, text: str, line: int, subject: str) -> None:
        for piece in text.split("\n"):
            self._prose(piece, line, subject, one_line=True)

    def _columns(self, table: md.Table) -> dict[Column, int]:
        """Column → its place: by its cells where they tell, else by its heading.

        A heading that could mean two things takes what no other heading claims.
        """
        by_cells = _told_by_cells(table)
        wanted = sorted(enumerate(table.header), key=lambda item: len(COLUMNS.get(normal(item[1]), ())))
        columns = dict(by_cells)
        for index, heading in wanted:
            if index in columns.values():
                continue
            free = [column for column in COLUMNS.get(normal(heading), ()) if column not in columns]
            if free:
                columns[free[0]] = index
        first = [row.cells[0] for row in table.rows]
        if by_cells and "name" not in columns and 0 not in columns.values() and all(map(_FIELD.match, first)):
            columns["name"] = 0
        return columns

    def _unknown_columns(self, table: md.Table, columns: dict[Column, int], operation: str | None) -> None:
        for index, heading in enumerate(table.header):
            if index not in columns.values():
                self._lost(
                    table.line, table.line, f"a column with the unknown heading “{heading}”", operation
                )

    def _statuses(self, table: md.Table, columns: dict[Column, int], section: _Section) -> None:
        self._unknown_columns(table, columns, None)
        statuses = []
        for row in table.rows:
            value = row.cells[columns["status"]]
            if not value:
                self._lost(row.line, row.line, "a row of a status table without a status", None)
                continue
            statuses.append(Status(value, row.line))
            if "description" in columns:
                self._describe(row.cells[columns["description"]], row.line, value)
        self.status_tables.append(
            StatusTable(
                section.path[-1] if section.path else "", section.path[:-1], table.line, tuple(statuses)
            )
        )

    def _table(self, table: md.Table, kind: Kind | None, draft: _Draft) -> None:
        self.tables.append(Table(table.line, draft.title, table.header))
        columns = self._columns(table)
        if "code" in columns:
            self._codes(table, columns, draft)
            return
        if kind is None:
            kind = "request" if "required" in columns else None
        if "name" not in columns or kind is None:
            reason = (
                "a table without a column of names"
                if "name" not in columns
                else "a table under neither a request nor a response heading"
            )
            self._lost(table.line, _last(table), reason, draft.title)
            return
        self._unknown_columns(table, columns, draft.title)
        rows = draft.request_rows if kind == "request" else draft.response_rows
        for row in table.rows:
            read = self._row(row, columns, kind, draft.title)
            if read:
                rows.append(read)

    def _codes(self, table: md.Table, columns: dict[Column, int], draft: _Draft) -> None:
        self._unknown_columns(table, columns, draft.title)
        for row in table.rows:
            code = row.cells[columns["code"]].strip("` ")
            if not re.fullmatch(r"[1-5]\d\d", code):
                self._lost(row.line, row.line, f"“{code}” is no HTTP status", draft.title)
                continue
            fault = row.cells[columns["fault"]].strip("`- ") if "fault" in columns else ""
            draft.codes.append(ResponseCode(int(code), fault or None, row.line))
            if "description" in columns:
                self._describe(row.cells[columns["description"]], row.line, code)

    def _row(self, row: md.Cells, columns: dict[Column, int], kind: Kind, title: str) -> Row | None:
        def cell(column: Column) -> str | None:
            return row.cells[columns[column]] if column in columns else None

        def word(column: Column) -> str:
            return normal(cell(column) or "")

        name = _name(cell("name") or "")
        if not name:
            self._lost(row.line, row.line, "a row without a name", title)
            return None
        place, written_type, required = cell("in"), cell("type"), cell("required")
        if place is not None and word("in") not in LOCATIONS:
            self._lost(row.line, row.line, f"the unknown place “{place}” of {name}", title)
        if written_type is not None and word("type") not in TYPES:
            self._lost(row.line, row.line, f"the unknown type “{written_type}” of {name}", title)
        # `normal` would strip nothing that matters here but "-", which is a word of this column.
        mark = " ".join((required or "").strip(" `*").casefold().split())
        if required is not None and mark not in REQUIRED:
            self._lost(
                row.line, row.line, f"the unknown mark “{required}” for whether {name} is required", title
            )
        self._describe(cell("description") or "", row.line, name)
        words = {"in": place, "type": written_type, "required": required, "limits": cell("limits")}
        default = "body" if place is None and kind == "response" else None
        return Row(
            name=name,
            location=LOCATIONS.get(word("in")) or default,  # type: ignore[arg-type]
            type=TYPES.get(word("type")),
            required=REQUIRED.get(mark) if required is not None else None,
            line=row.line,
            written={column: text for column, text in words.items() if text is not None},
        )

    def _code(self, code: md.Code, kind: Kind | None, draft: _Draft) -> None:
        if not _is_request(code):
            if code.text.strip():
                self._example(code.text, code.line, code.end, kind, draft)
            return
        lines = code.text.splitlines()
        for index, line in enumerate(lines):
            number = code.line + index
            if request := _REQUEST.fullmatch(line.strip()):
                draft.requests.append(RequestLine(request[1], request[2], number))
            elif line.lstrip().startswith(("{", "[")):
                self._example("\n".join(lines[index:]), number, code.end, "request", draft)
                return
            elif header := _HEADER.fullmatch(line.strip()):
                draft.headers.append(Header(header[1], header[2], number))
            elif line.strip():
                self._lost(
                    number, number, "a line of a request that is neither request line nor header", draft.title
                )

    def _example(self, text: str, line: int, end: int, kind: Kind | None, draft: _Draft) -> None:
        text = text.rstrip("\n")
        while text.startswith("\n"):
            text, line = text[1:], line + 1
        if kind is None:
            reason = "an example under neither a request nor a response heading"
            self._lost(line, end, reason, draft.title)
            return
        try:
            field_lines(text)
        except DuplicateKeyError as error:
            self._lost(line, end, f"an example that is ambiguous: {error}", draft.title)
        except json.JSONDecodeError as error:
            reason = f"an example that isn't JSON: {error.msg} (line {line + error.lineno - 1})"
            self._lost(line, end, reason, draft.title)
        except RecursionError:
            self._lost(line, end, "an example that is nested too deeply", draft.title)
        else:
            draft.examples.append(Example(kind, line, text))


def _told_by_cells(table: md.Table) -> dict[Column, int]:
    """The columns whose cells are, for the most part, words that only one kind of column has.

    A column without a known heading is told so, and one whose heading is that of another kind. The first one holds names.
    """
    found: dict[Column, int] = {}
    for index in range(1, len(table.header)):
        cells = [" ".join(row.cells[index].strip(" `*").casefold().split()) for row in table.rows]
        for column, words in CELLS.items():
            fitting = sum(cell in words for cell in cells)
            # An empty cell fits what may be left out; alone it tells nothing.
            if any(cells) and fitting * 3 >= len(cells) * 2 and column not in found:
                found[column] = index
                break
    return found


def _language(text: str) -> str | None:
    """The language of a guide, told by its script."""
    if re.search(r"[\uac00-\ud7a3]", text):
        return "ko"
    if re.search(r"[\u3040-\u30ff]", text):
        return "ja"
    if re.search(r"[\u4e00-\u9fff]", text):
        return "zh"
    return "en" if re.search(r"[A-Za-z]", text) else None


def _name(cell: str) -> str:
    """A field's name as a dotted path: list brackets and the marks of indented names taken off."""
    name = re.sub(r"\[\w*\]", "", cell.replace("\N{NO-BREAK SPACE}", " "))
    return re.sub(r"\s*[>/]\s*", ".", name.strip(" \n└├─ㄴ")).strip(". ")


def _last(table: md.Table) -> int:
    return table.rows[-1].line if table.rows else table.line
