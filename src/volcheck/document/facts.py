"""What a published document says, as plain data: no prose, every fact with its line.

Lines count from 1. Facts travel to and from YAML (`dump_facts`, `load_facts`); the wording of sentences does
not travel, only its digest, so that a file of facts holds none of the document's prose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import attrs
import yaml

from volcheck.contract.yamlfile import read_yaml
from volcheck.document.positions import field_lines
from volcheck.errors import UsageError

Kind = Literal["request", "response"]
Location = Literal["path", "query", "header", "body"]

#: Raised when the layout of a file of facts changes.
FACTS_FORMAT = 2


def digest(text: str) -> str:
    """Sixteen hex digits that stand for a sentence, whatever its spacing."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:16]


@attrs.frozen
class Row:
    """One row of a table of parameters or fields.

    name: as written, dots and colons included.
    written: the words of the cells `in`, `type`, `required` and `limits`.
    location, type: None when the document has no such cell or the reader doesn't know its word.
    required: None when the table has no such column.
    """

    name: str
    location: Location | None
    type: str | None
    required: bool | None
    line: int
    written: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class RequestLine:
    """One documented request line, such as `GET /v2/{projectId}/volumes`."""

    method: str
    path: str
    line: int


@attrs.frozen
class Header:
    """One header of a documented request, with its value as written."""

    name: str
    value: str
    line: int


@attrs.frozen
class BodyFact:
    """A sentence that says that there is no body: `kind` tells of which direction."""

    kind: Kind
    line: int


@attrs.define(frozen=True, slots=False)
class Example:
    """One example: its JSON as written, beginning at `line`."""

    kind: Kind
    line: int
    text: str

    @cached_property
    def value(self) -> Any:
        """The parsed example."""
        return json.loads(self.text)

    @cached_property
    def lines(self) -> Mapping[str, int]:
        """JSON pointer → line of the document where that value's key (or the value itself) stands."""
        return {pointer: self.line + at for pointer, at in field_lines(self.text).items()}


@attrs.frozen
class ResponseCode:
    """One documented HTTP status; `fault` is the documented name of its error, or None."""

    code: int
    fault: str | None
    line: int


@attrs.frozen
class Status:
    """One row of a table of resource statuses."""

    value: str
    line: int


@attrs.frozen
class StatusTable:
    """A table of resource statuses under the heading `title`, inside the section `section`."""

    title: str
    section: tuple[str, ...]
    line: int
    statuses: tuple[Status, ...]


@attrs.frozen
class Anchor:
    """A place that a link can point to: `explicit` when written by hand, else made from a heading.

    level: of the heading that it is made from, from 1; 0 for one that stands alone.
    """

    name: str
    line: int
    explicit: bool
    level: int = 0


@attrs.frozen
class Sentence:
    """One sentence of the document. `text` is empty when the facts came from YAML.

    operation: title of the section it stands in. subject: name of the row it describes, None in running text.
    """

    line: int
    sha: str
    operation: str | None
    subject: str | None
    text: str = ""


@attrs.frozen
class Unread:
    """Lines `line`..`end` that the reader could not read, and why. `operation` is None outside operations."""

    line: int
    end: int
    reason: str
    operation: str | None


@attrs.frozen
class Operation:
    """One documented operation, under the heading `title`."""

    title: str
    section: tuple[str, ...]
    line: int
    requests: tuple[RequestLine, ...]
    headers: tuple[Header, ...]
    request_rows: tuple[Row, ...]
    response_rows: tuple[Row, ...]
    examples: tuple[Example, ...]
    no_body: tuple[BodyFact, ...]
    codes: tuple[ResponseCode, ...] = ()

    def rows(self, kind: Kind) -> tuple[Row, ...]:
        """The rows of one direction."""
        return self.request_rows if kind == "request" else self.response_rows


@attrs.frozen
class Table:
    """The heading row of a table, and its cells where it stands in no operation and lists no statuses.

    operation: title of the section it stands in.
    """

    line: int
    operation: str | None
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


@attrs.frozen
class Document:
    """Everything that was read from one document; `sha256` is of its bytes as they lie in the file.

    language: "ko", "en", "ja" or "zh", told by the script; None where there is no prose.
    """

    edition: str | None
    sha256: str
    operations: tuple[Operation, ...]
    status_tables: tuple[StatusTable, ...]
    anchors: tuple[Anchor, ...]
    sentences: tuple[Sentence, ...]
    unread: tuple[Unread, ...]
    tables: tuple[Table, ...] = ()
    language: str | None = None

    def counts(self) -> dict[str, int]:
        """How much was read, for messages and tests."""
        return {
            "operations": len(self.operations),
            "request rows": sum(len(o.request_rows) for o in self.operations),
            "response rows": sum(len(o.response_rows) for o in self.operations),
            "status rows": sum(len(t.statuses) for t in self.status_tables),
            "examples": sum(len(o.examples) for o in self.operations),
            "anchors": len(self.anchors),
            "sentences": len(self.sentences),
            "unread": len(self.unread),
        }


class _Inline(dict[str, Any]):
    """A mapping that takes one line of YAML."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _represent_inline(dumper: yaml.SafeDumper, data: _Inline) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(_Inline, _represent_inline)


def to_data(document: Document) -> dict[str, Any]:
    """The facts as JSON-like data."""

    def keep(attribute: attrs.Attribute[Any], value: Any) -> bool:
        # An Example's text is a fact (its JSON); a Sentence's text is prose and stays behind.
        return not (attribute.name == "text" and attribute.default == "")

    data = attrs.asdict(document, filter=keep)
    return {"format": FACTS_FORMAT, **_lists(data)}


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        kind = (
            dict if "text" in value or any(isinstance(v, (list, tuple)) for v in value.values()) else _Inline
        )
        return kind({k: _lists(v) for k, v in value.items()})
    return [_lists(v) for v in value] if isinstance(value, (list, tuple)) else value


def dump_facts(document: Document) -> str:
    """The facts as YAML."""
    text: str = yaml.dump(
        to_data(document),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=200,
    )
    return text


def from_data(data: Any) -> Document:
    """The reverse of `to_data`. Raises ValueError, KeyError or TypeError when the data has another layout."""
    if data["format"] != FACTS_FORMAT:
        raise ValueError(f"format {data['format']!r} where {FACTS_FORMAT} is known")
    return Document(
        edition=data["edition"],
        sha256=data["sha256"],
        operations=tuple(
            Operation(
                title=o["title"],
                section=tuple(o["section"]),
                line=o["line"],
                requests=tuple(RequestLine(**r) for r in o["requests"]),
                headers=tuple(Header(**h) for h in o["headers"]),
                request_rows=tuple(Row(**r) for r in o["request_rows"]),
                response_rows=tuple(Row(**r) for r in o["response_rows"]),
                examples=tuple(Example(**e) for e in o["examples"]),
                no_body=tuple(BodyFact(**b) for b in o["no_body"]),
                codes=tuple(ResponseCode(**c) for c in o["codes"]),
            )
            for o in data["operations"]
        ),
        status_tables=tuple(
            StatusTable(t["title"], tuple(t["section"]), t["line"], tuple(Status(**s) for s in t["statuses"]))
            for t in data["status_tables"]
        ),
        anchors=tuple(Anchor(**a) for a in data["anchors"]),
        sentences=tuple(Sentence(**s) for s in data["sentences"]),
        unread=tuple(Unread(**u) for u in data["unread"]),
        tables=tuple(
            Table(t["line"], t["operation"], tuple(t["header"]), tuple(map(tuple, t["rows"])))
            for t in data["tables"]
        ),
        language=data["language"],
    )


def load_facts(path: Path) -> Document:
    """Read a file of facts that `dump_facts` wrote. Raises UsageError when it is something else."""
    data = read_yaml(path).data
    try:
        return from_data(data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} isn't a file of facts ({type(error).__name__}). "
            "Make one with `volcheck document read GUIDE.md -o FACTS.yaml`."
        ) from error
