"""The other pages and texts: comparison, endpoints, history. Held to what report.html is held to."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from rich.console import Console
from tests.report import builders
from tests.report.browser import needs_chromium, visit, web
from tests.report.test_html import Page

from volcheck.report.comparison import comparison_markdown, print_comparison, write_comparison_html
from volcheck.report.endpoints import endpoints_markdown, write_endpoints_html
from volcheck.report.history import write_history_html
from volcheck.results.compare import compare
from volcheck.results.comparison import Comparison
from volcheck.results.merge import EndpointMatrix, endpoint_matrix


def compared() -> Comparison:
    """A friendly run against a hostile one, with timings and observations that changed."""
    after = builders.hostile()
    after["observations"]["timings"][builders.HOSTILE] = {"count": 9, "p50": 9.0, "p90": 9.0, "max": 9.0}
    before = builders.conformant()
    before["observations"]["timings"][builders.HOSTILE] = {"count": 9, "p50": 1.0, "p90": 1.0, "max": 1.0}
    before["observations"]["traits"]["showVolume / 404 / fault"] = [builders.HOSTILE]
    return compare(before, after)


def many() -> EndpointMatrix:
    return endpoint_matrix([builders.conformant(), builders.failing(), builders.hostile()])


def comparison_page(path: Path, lang: str) -> None:
    write_comparison_html(path, compared(), lang)


def endpoints_page(path: Path, lang: str) -> None:
    write_endpoints_html(path, many(), lang)


def history_page(path: Path, lang: str) -> None:
    write_history_html(path, [builders.conformant(), builders.failing(), builders.hostile()], lang)


PAGES = [comparison_page, endpoints_page, history_page]


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("write", PAGES)
def test_pages_are_well_formed_and_self_contained(
    tmp_path: Path, write: Callable[[Path, str], None], lang: str
) -> None:
    write(tmp_path / "page.html", lang)
    text = (tmp_path / "page.html").read_text("utf-8")
    page = Page(text)
    assert (page.problems, page.open) == ([], [])
    assert len(page.ids) == len(set(page.ids))
    assert set(page.fragments) <= set(page.ids)
    assert dict(page.elements)["html"]["lang"] == lang
    for tag, values in page.elements:
        assert tag not in ("link", "img", "iframe")
        assert not {name for name in values if name.startswith("on") or name in ("src", "style")}
        if "aria-labelledby" in values:
            assert set((values["aria-labelledby"] or "").split()) <= set(page.ids)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]", text)


@needs_chromium
@pytest.mark.parametrize("write", PAGES)
def test_no_script_runs_and_no_request_leaves(tmp_path: Path, write: Callable[[Path, str], None]) -> None:
    write(tmp_path / "page.html", "en")
    with web((tmp_path / "page.html").read_bytes()) as found:
        dom = visit(found, tmp_path / "profile")
    assert "pwned</title>" not in dom
    assert found.requests == ["page.test/"]


def test_a_comparison_page_tells_all(tmp_path: Path) -> None:
    write_comparison_html(tmp_path / "page.html", compare(builders.conformant(), builders.failing()))
    text = Page((tmp_path / "page.html").read_text("utf-8")).text
    for part in (
        "Requirements that regressed: 4",
        "exchange.rule0",
        "at most 2 volumes",
        "waived",
        "before",
        "이전",
    ):
        assert part in text, part


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_markdown_stays_unbroken(lang: str) -> None:
    for text in (comparison_markdown(compared(), lang), endpoints_markdown(many(), lang)):
        flat = [
            t
            for token in MarkdownIt("commonmark").enable("table").parse(text)
            for t in (token, *(token.children or []))
        ]
        assert {t.type for t in flat} & {"html_inline", "html_block", "link_open", "image"} == set()
        assert sum(t.type == "heading_open" and t.tag == "h1" for t in flat) == 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_terminal_stays_unbroken(lang: str) -> None:
    out = io.StringIO()
    print_comparison(compared(), Console(file=out, width=80), lang)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out.getvalue())
    assert "exchange.rule0" in out.getvalue()
    assert "9 s" in out.getvalue()


def test_equal_runs_are_one_sentence() -> None:
    out = io.StringIO()
    print_comparison(compare(builders.failing(), builders.failing()), Console(file=out, width=80))
    assert out.getvalue().splitlines()[-1] == "The two runs saw the same."
