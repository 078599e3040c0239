"""report.html: one file that tells all, in both languages, and that no endpoint can take over."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.report import builders
from tests.report.browser import chromium, needs_chromium, visit, web

from volcheck.errors import UsageError
from volcheck.report.html import write_html
from volcheck.report.text import pretty_body, visible
from volcheck.results.model import Result

VOID = {"meta", "input", "br", "link", "img", "rect", "line", "circle"}


class Page(HTMLParser):
    """What the tests want to know of a page; `problems` are elements not closed as they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: list[str] = []
        self.fragments: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.contents: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.append((tag, values))
        self.ids += [values["id"]] if values.get("id") else []
        if tag == "a" and (values.get("href") or "").startswith("#"):
            self.fragments.append((values["href"] or "")[1:])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script"):
            self.contents[self.open[-1]] = self.contents.get(self.open[-1], "") + data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def rendered(tmp_path: Path, result: Result, lang: str = "en") -> str:
    write_html(tmp_path / "report.html", result, lang)
    return (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("build", [builders.conformant, builders.failing, builders.hostile])
def test_well_formed_with_unique_ids_and_no_dead_links(tmp_path: Path, build: object) -> None:
    page = Page(rendered(tmp_path, build()))  # type: ignore[operator]
    assert (page.problems, page.open) == ([], [])
    assert len(page.ids) == len(set(page.ids))
    assert set(page.fragments) - set(page.ids) == set()


def test_it_tells_all(tmp_path: Path) -> None:
    result = builders.failing()
    text = Page(rendered(tmp_path, result)).text
    for record in result["requirements"]:
        assert record["id"] in text
        assert record["statement"]["en"] in text
        assert record["statement"]["ko"] in text
    for part in (
        "Not conformant: 3 of 38",
        "부적합: 시험한 요구 사항 38개",
        "The endpoint closed the connection",
        "connection reset after 0.2 s",
        "at most 2 volumes",
        "curl -sS -H",
        "Fixed in the next release.",
        "VOL-12",
        "Worker gw1 was lost",
        "5f1c0d4e-0000-4000-8000-000000000001",
        "/volume/cluster_name",
        "E-DELETE-GET-VOLUME",
        "Deletion is sent with GET.",
        "20200301",
        "volcheck run --endpoint",
        "volume.field130: String",
        "error_deleting",
        "1,843",
    ):
        assert part in text, part


def test_failures_link_to_the_documents_lines(tmp_path: Path) -> None:
    page = Page(rendered(tmp_path, builders.failing()))
    assert {"line-120", "line-122"} <= set(page.fragments)
    assert "line-120" in page.ids


def test_self_contained_and_without_inline_handlers(tmp_path: Path) -> None:
    page = Page(rendered(tmp_path, builders.hostile()))
    for tag, values in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base"), tag
        assert not {name for name in values if name.startswith("on") or name in ("src", "style", "srcset")}
        assert (values.get("href") or "#").startswith("#")


def test_the_policy_allows_our_own_style_and_script_only(tmp_path: Path) -> None:
    page = Page(rendered(tmp_path, builders.failing()))
    policy = next(v["content"] for t, v in page.elements if t == "meta" and "http-equiv" in v) or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.contents[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
        assert sum(tag == kind for tag, _ in page.elements) == 1


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    text = rendered(tmp_path, builders.hostile())
    shown = " ".join(visible(builders.HOSTILE).split())
    assert Page(text).text.count(shown) > 10
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]", text)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_it_opens_in_the_language_asked_for(tmp_path: Path, lang: str) -> None:
    page = Page(rendered(tmp_path, builders.failing(), lang))
    assert dict(page.elements)["html"]["lang"] == lang
    chosen = [
        v["value"] for t, v in page.elements if t == "input" and v.get("name") == "lang" and "checked" in v
    ]
    assert chosen == [lang]


def test_an_unknown_language_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="en and ko"):
        write_html(tmp_path / "report.html", builders.conformant(), "fr")


def test_everything_has_both_languages(tmp_path: Path) -> None:
    page = Page(rendered(tmp_path, builders.failing()))
    english = sum(values.get("data-l") == "en" for _, values in page.elements)
    korean = sum(values.get("data-l") == "ko" for _, values in page.elements)
    assert english == korean > 200


def test_tables_have_headers_and_fields_have_labels(tmp_path: Path) -> None:
    page = Page(rendered(tmp_path, builders.failing()))
    for tag, values in page.elements:
        if tag == "th":
            assert values.get("scope") in ("col", "row")
        if values.get("role") in ("group", "img"):
            assert values.get("aria-labelledby") or values.get("aria-label")
        if "aria-labelledby" in values:
            assert set((values["aria-labelledby"] or "").split()) <= set(page.ids)


def test_a_large_result_makes_a_page_of_bearable_size_in_time(tmp_path: Path) -> None:
    result = builders.large()
    before = time.process_time()
    text = rendered(tmp_path, result)
    assert time.process_time() - before < 5
    assert len(text) < 6_000_000
    assert "more in result.json" in text


@needs_chromium
def test_no_script_of_an_endpoint_runs_and_no_request_leaves(tmp_path: Path) -> None:
    with web(rendered(tmp_path, builders.hostile()).encode()) as found:
        dom = visit(found, tmp_path / "profile")
    assert "<title>not conformant" in dom
    assert found.requests == ["page.test/"]


@needs_chromium
def test_that_browser_and_server_would_notice(tmp_path: Path) -> None:
    """The same hostile text, put into a page by someone careless."""
    with web(f"<title>x</title><p>{visible(builders.HOSTILE)}".encode()) as found:
        dom = visit(found, tmp_path / "profile")
    assert "<title>pwned</title>" in dom
    assert "evil.test/leak.png" in found.others()


@needs_chromium
def test_the_policy_holds_even_if_escaping_failed(tmp_path: Path) -> None:
    text = rendered(tmp_path, builders.failing()).replace("Worker gw1 was lost", visible(builders.HOSTILE))
    with web(text.encode()) as found:
        dom = visit(found, tmp_path / "profile")
    assert "<title>not conformant" in dom
    assert found.others() == []


@needs_chromium
def test_our_own_script_runs(tmp_path: Path) -> None:
    with web(rendered(tmp_path, builders.failing()).encode()) as found:
        dom = visit(found, tmp_path / "profile")
    assert re.search(r'<form class="filter">', dom), "the filter stays hidden: the script did not run"


@needs_chromium
@pytest.mark.parametrize("build", [builders.failing, builders.hostile])
def test_a_phone_has_nothing_to_scroll_sideways(tmp_path: Path, build: object) -> None:
    """A copy without policy measures itself: the page must not be wider than 390 pixels."""
    text = rendered(tmp_path, build())  # type: ignore[operator]
    text = re.sub(r"<meta http-equiv[^>]*>", "", text)
    text = text.replace(
        "</body>", "<script>document.title=document.documentElement.scrollWidth</script></body>"
    )
    with web(text.encode()) as found:
        dom = visit(found, tmp_path / "profile", "--window-size=390,800")
    width = re.search(r"<title>(\d+)</title>", dom)
    assert width is not None
    assert int(width.group(1)) <= 500, "Chromium's smallest window is 500 wide"


@needs_chromium
def test_it_prints(tmp_path: Path) -> None:
    write_html(tmp_path / "report.html", builders.failing())
    chromium(
        tmp_path / "profile", f"--print-to-pdf={tmp_path / 'report.pdf'}", (tmp_path / "report.html").as_uri()
    )
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_bodies_are_laid_out_for_reading() -> None:
    links = [{"rel": "self", "href": "http://h/" + "a" * 90}, {"rel": "bookmark", "href": "http://h/b"}]
    body = json.dumps({"volume": {"id": "x", "links": links, "metadata": {}}})
    laid_out = pretty_body(body)
    assert json.loads(laid_out) == json.loads(body)
    assert laid_out.count("\n") == 9
    assert pretty_body('{"a": [1, {"b": null}]}') == '{"a": [1, {"b": null}]}'


def test_many_failures_have_an_index(tmp_path: Path) -> None:
    page = rendered(tmp_path, builders.large(5000, 500))
    assert page.count('<ul class="index">') == 1
    assert 'class="index"' not in rendered(tmp_path, builders.conformant())
