"""summary.md, read by a real Markdown reader."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.report import builders

from volcheck.report.summary import code, escape, fenced, summary


def tokens(text: str) -> list[Token]:
    flat: list[Token] = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        flat += [token, *(token.children or [])]
    return flat


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_it_tells_all(lang: str) -> None:
    result = builders.failing()
    text = summary(result, lang)
    for part in (
        "exchange.rule0",
        "echo.rule2",
        "sort.rule4",
        "access.rule3",
        "VOL",
        "at most 2 volumes",
        "curl -sS",
    ):
        assert part in text
    assert "volcheck run --endpoint http://127.0.0.1:8776/v2" in text
    assert ("Not conformant" in text) == (lang == "en")
    assert ("부적합" in text) == (lang == "ko")
    assert sum(token.type == "table_open" for token in tokens(text)) == 1


def test_a_hostile_endpoint_adds_no_markup() -> None:
    friendly, hostile = tokens(summary(builders.failing())), tokens(summary(builders.hostile()))
    assert [t.content for t in hostile if t.type in ("html_inline", "html_block", "link_open", "image")] == []
    for kind in ("heading_open", "fence", "table_open", "list_item_open", "blockquote_open", "hr"):
        assert sum(t.type == kind for t in hostile) == sum(t.type == kind for t in friendly), kind
    assert not any(ord(c) < 32 and c != "\n" for c in summary(builders.hostile()))


def test_nothing_is_lost_to_escaping() -> None:
    text = "a *b* _c_ `d` [e](f) <g> #h |i| 1. @j ~~k~~ &amp; \\l"
    plain = "".join(t.content for t in tokens(escape(text)) if t.type in ("text", "text_special"))
    assert plain == text


@pytest.mark.parametrize("text", ["a`b", "``", "`", "plain", "a```b", "` `"])
def test_code_holds_any_backticks(text: str) -> None:
    assert [t.content for t in tokens(f"x {code(text)} y") if t.type == "code_inline"] == [text]


def test_a_fence_holds_any_backticks() -> None:
    found = [t for t in tokens("\n".join(fenced("```\nx\n````", "sh"))) if t.type == "fence"]
    assert [t.content for t in found] == ["```\nx\n````\n"]


def test_many_failures_are_counted_not_listed() -> None:
    text = summary(builders.large())
    assert "more in the report" in text
    assert len(text) < 200_000
