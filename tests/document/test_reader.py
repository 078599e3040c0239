"""The reader, held against counts made without it and against guides of our own in other styles."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volcheck.document.facts import dump_facts, load_facts
from volcheck.document.positions import field_lines
from volcheck.document.reader import read_document, read_text
from volcheck.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("data")
FACTS_2020 = ROOT / "spec" / "editions" / "2020" / "facts.yaml"


def test_every_row_status_and_example_of_the_published_guide_is_read(published_guide: Path) -> None:
    lines = published_guide.read_text(encoding="utf-8").splitlines()
    table_lines = {n for n, line in enumerate(lines, 1) if line.startswith("|")}
    headings = {n for n in table_lines if n - 1 not in table_lines}
    data = table_lines - headings - {n + 1 for n in headings}
    examples = [n + 1 for n, line in enumerate(lines, 1) if line == "```json"]
    request_lines = [n for n, line in enumerate(lines, 1) if re.match(r"(GET|POST|PUT|DELETE) /", line)]
    headers = [n for n, line in enumerate(lines, 1) if line.startswith("X-Auth-Token:")]

    document = read_document(published_guide)

    rows = [r for o in document.operations for r in (*o.request_rows, *o.response_rows)]
    statuses = [s for t in document.status_tables for s in t.statuses]
    assert {r.line for r in rows} | {s.line for s in statuses} == data
    assert len(rows) + len(statuses) == len(data) == 213
    assert sorted(e.line for o in document.operations for e in o.examples) == examples
    assert [r.line for o in document.operations for r in o.requests] == request_lines
    assert [h.line for o in document.operations for h in o.headers] == headers
    assert len(request_lines) == 12
    assert document.unread == ()
    for row in rows:
        assert f"| {row.name} " in lines[row.line - 1]
    for status in statuses:
        assert f"`{status.value}`" in lines[status.line - 1]


def test_every_line_of_prose_of_the_published_guide_is_a_sentence(published_guide: Path) -> None:
    lines = published_guide.read_text(encoding="utf-8").splitlines()
    code = False
    prose: set[int] = set()
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            code = not code
        elif line and not code and not line.startswith(("#", "|", "<")):
            prose.add(number)
    document = read_document(published_guide)
    assert {s.line for s in document.sentences if s.subject is None} == prose


def test_the_facts_in_the_contract_are_those_of_the_published_guide(published_guide: Path) -> None:
    assert FACTS_2020.read_text(encoding="utf-8") == dump_facts(read_document(published_guide))


def test_facts_hold_no_prose_of_the_published_guide(published_guide: Path) -> None:
    facts = FACTS_2020.read_text(encoding="utf-8")
    for sentence in read_document(published_guide).sentences:
        if sentence.subject is None or len(sentence.text) > 16:
            assert sentence.text not in facts


def test_facts_survive_the_way_through_yaml(tmp_path: Path) -> None:
    document = read_document(DATA / "english-2031.en.md")
    path = tmp_path / "facts.yaml"
    path.write_text(dump_facts(document), encoding="utf-8")
    again = load_facts(path)
    assert dump_facts(again) == dump_facts(document)
    assert again.operations == document.operations


def test_another_edition_in_english() -> None:
    document = read_document(DATA / "english-2031.en.md")
    listing, create = document.operations
    assert document.edition == "2031"
    assert [(u.line, u.operation) for u in document.unread] == [(1, None), (2, None), (3, None)]
    assert listing.title == "List disks"
    assert listing.section == ("Sample Storage Guide", "Disks")
    assert [(r.method, r.path, r.line) for r in listing.requests] == [
        ("GET", "https://storage.example.test/v2/{tenantId}/disks?limit=10", 16),
        ("GET", "/v3/{tenantId}/disks", 17),
    ]
    assert [(h.name, h.line) for h in listing.headers] == [("X-Auth-Token", 18), ("Accept", 19)]
    assert [(r.name, r.location, r.type, r.required) for r in listing.request_rows] == [
        ("tenantId", "path", "string", True),
        ("tokenId", "header", "string", True),
        ("limit", "query", "integer", False),
    ]
    assert [(r.name, r.location, r.type, r.required, r.line) for r in listing.response_rows] == [
        ("disks", "body", "array", None, 35),
        ("disks.id", "body", "uuid", None, 36),
        ("disks.acme:zone.name", "body", "string", None, 37),
        ("disks.labels.owner", "body", "string", None, 38),
    ]
    (example,) = listing.examples
    assert (example.kind, example.line) == ("response", 44)
    assert example.lines["/disks/0/labels/owner"] == 47
    assert [(b.kind, b.line) for b in listing.no_body] == [("request", 23)]
    assert [(r.name, r.type, r.required) for r in create.request_rows] == [
        ("disk", None, True),
        ("disk.size", None, True),
    ]
    assert [(e.kind, e.line, e.value) for e in create.examples] == [
        ("request", 61, {"disk": {"size": 1}}),
        ("response", 80, {"disk": {"note": "a < b"}}),
    ]
    assert [(b.kind, b.line) for b in create.no_body] == [("response", 70)]
    (table,) = document.status_tables
    assert [(s.value, s.line) for s in table.statuses] == [("new", 87), ("ready", 88)]
    assert {(a.name, a.line) for a in document.anchors if a.explicit} == {("common", 7), ("disks", 8)}
    assert ("list-disks", 10) in {(a.name, a.line) for a in document.anchors}
    texts = {s.text: s.line for s in document.sentences}
    assert texts["Default is 50"] == 29
    assert texts["At most 50 are returned\nunless a limit is given."] == 12
    assert texts["Sizes count in GiB."] == 74


def test_another_edition_in_japanese_with_windows_line_ends() -> None:
    path = DATA / "japanese-2029.ja.md"
    assert b"\r\n" in path.read_bytes()
    document = read_document(path)
    (delete,) = document.operations
    assert [(r.method, r.path, r.line) for r in delete.requests] == [
        ("DELETE", "/v2/{projectId}/volumes/{volumeId}", 6)
    ]
    assert [(r.location, r.type, r.required) for r in delete.request_rows] == [
        ("path", "string", True),
        ("path", "uuid", True),
        ("header", "string", True),
    ]
    assert [(b.kind, b.line) for b in delete.no_body] == [("request", 11), ("response", 20)]
    assert len([s for s in document.sentences if s.line == 3]) == 2
    assert document.unread == ()


def test_what_can_not_be_read_is_said_line_by_line() -> None:
    document = read_document(DATA / "broken.md")
    said = {(u.line, u.reason.split(":")[0].split("“")[0].strip(), u.operation) for u in document.unread}
    show = "Show a disk"
    assert said == {
        (7, "a line of a request that is neither request line nor header", show),
        (10, "a column with the unknown heading", show),
        (12, "the unknown place", show),
        (13, "the unknown type", show),
        (14, "the unknown mark", show),
        (15, "a row without a name", show),
        (16, "this row has 6 cell(s) where the table has 5 columns", show),
        (18, "this line belongs to no heading, table, code block or paragraph", show),
        (22, "a table without a column of names", show),
        (27, "an example that isn't JSON", show),
        (31, "an example that is ambiguous", show),
        (34, "HTML of this kind is not read; write it as Markdown", show),
        (38, "a table that stands in no operation", None),
        (43, "a code block that stands in no operation", None),
        (46, "a code block that begins here never ends", None),
        (47, "a code block that stands in no operation", None),
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.md", b"", "is empty"),
        ("blank.md", b" \n\n", "is empty"),
        ("binary.md", b"\x89PNG\r\n\x1a\n\xff\xfe", "isn't UTF-8 text"),
        ("zero.md", b"## a\n\0\0", "binary"),
        ("garbage.md", b"lorem ipsum\n", "describes no operation"),
        ("large.md", b"a\n" * (2 * 1024 * 1024 + 1), "bytes"),
        ("missing.md", None, "Can't read"),
        ("garbage.yaml", b"- 1\n", "isn't a file of facts"),
        ("binary.yaml", b"\xff\x00", "not UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_what_is_no_guide_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        load_facts(path) if path.suffix == ".yaml" else read_document(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(alphabet=st.sampled_from("#|`<>-*[]():{}\n\t aGET/\"'&~\\\r0\x0b\u2028"), max_size=200))
def test_no_text_upsets_the_reader(text: str) -> None:
    document = read_text(text)
    assert all(u.line <= u.end for u in document.unread)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.sampled_from([None, 0, 2]))
def test_positions_cover_exactly_the_values_of_a_json_text(value: object, indent: int | None) -> None:
    def pointers(node: object, at: str) -> set[str]:
        items: list[tuple[str, object]] = []
        if isinstance(node, dict):
            items = [(str(k).replace("~", "~0").replace("/", "~1"), v) for k, v in node.items()]
        elif isinstance(node, list):
            items = [(str(i), v) for i, v in enumerate(node)]
        return {at}.union(*(pointers(v, f"{at}/{k}") for k, v in items))

    text = json.dumps(value, indent=indent)
    found = field_lines(text)
    assert found.keys() == pointers(value, "")
    assert max(found.values()) <= text.count("\n")


@pytest.mark.parametrize(
    "heading",
    [
        "| 名前 | 種類 | プロパティ | 説明 |",  # as in today's Japanese guide
        "| Name | Format | Type | Description |",  # as in old English guides: two headings the wrong way round
        "| 名称 | 类型 | 属性 | 说明 |",
        "| Nimi | Paikka | Tyyppi | Kuvaus |",  # no heading of it is known
    ],
)
def test_a_column_is_known_by_its_cells_where_its_heading_is_not(heading: str) -> None:
    text = (
        "### Show\n```\nGET /v2/disks\n```\n#### Response\n"
        f"{heading}\n|---|---|---|---|\n| disk | Body | Object | a disk |\n| disk.id | Body | UUID | its id |\n"
    )
    (operation,) = read_text(text).operations
    assert [(r.name, r.location, r.type) for r in operation.response_rows] == [
        ("disk", "body", "object"),
        ("disk.id", "body", "uuid"),
    ]


def test_a_table_outside_operations_is_kept_with_its_cells() -> None:
    text = "## About\nSome words.\n\n| Region | Endpoint |\n|---|---|\n| North | https://a.example<br>https://b.example |\n"
    document = read_text(text + "### Show\n```\nGET /v2/disks\n```\n")
    (table,) = document.tables
    assert (table.operation, table.header) == ("About", ("Region", "Endpoint"))
    assert table.rows == (("North", "https://a.example\nhttps://b.example"),)
    assert (document.unread, document.language) == ((), "en")
