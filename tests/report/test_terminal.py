"""The end of a run on the terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from tests.report import builders

from volcheck.report.terminal import print_result
from volcheck.results.model import Result


def printed(result: Result, terminal: bool = False, lang: str = "en", width: int = 80) -> str:
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=terminal, width=width, color_system="standard" if terminal else None
    )
    print_result(result, console, [Path("reports/report.html")], lang)
    return out.getvalue()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_it_tells_verdict_failures_and_how_to_repeat(lang: str) -> None:
    result = builders.failing()
    text = printed(result, lang=lang)
    assert result["verdict"]["sentence"]["ko" if lang == "ko" else "en"] in text
    for part in (
        "exchange.rule0",
        "at most 2 volumes",
        "3 volumes",
        "curl -sS",
        "VOL-12",
        "Worker gw1",
        "vc-7f3a-11",
    ):
        assert part in text
    assert "reports/report.html" in text
    assert "--seed 20200301" in text


def test_plain_lines_without_a_terminal() -> None:
    assert "\x1b" not in printed(builders.failing())


def test_colours_on_a_terminal() -> None:
    assert "\x1b[1;31m" in printed(builders.failing(), terminal=True)


@pytest.mark.parametrize("terminal", [False, True])
def test_no_control_character_gets_through(terminal: bool) -> None:
    text = printed(builders.hostile(), terminal=terminal)
    ours = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ours)
    assert r"\x1b[31mred" in ours


def test_square_brackets_are_no_markup() -> None:
    result = builders.failing()
    result["problems"] = ["[red]not red[/red] [/]"]
    assert "[red]not red[/red] [/]" in printed(result)


def test_a_narrow_encoding_is_no_reason_to_crash() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    print_result(builders.failing(), Console(file=out, width=80), lang="ko")
    out.flush()
    assert b"exchange.rule0" in raw.getvalue()


def test_many_failures_are_counted() -> None:
    text = printed(builders.large())
    assert "more in the report" in text
    assert text.count("\n") < 300


@pytest.mark.parametrize(
    ("cloud", "expected"),
    [
        ("kr1", "volcheck run --cloud kr1 "),
        (None, "volcheck run --endpoint http://127.0.0.1:8776/v2 --project-id "),
    ],
)
def test_a_run_is_repeated_with_the_credentials_it_had(cloud: str | None, expected: str) -> None:
    result = builders.failing()
    result["endpoint"]["cloud"] = cloud
    assert "repeat: " + expected in printed(result, width=400)


def test_a_problem_of_many_tests_is_told_once() -> None:
    result = builders.failing()
    sentence = "the test could not go on: TypeError: no order"
    result["problems"] = [f"suites/a.py::test_one[{way}]: {sentence}" for way in ("asc", "desc")]
    result["problems"] += [
        f"suites/a.py::test_two: {sentence}",
        "suites/b.py::test_three: other",
        "the disk is full",
    ]
    lines = printed(result, width=400).splitlines()
    assert f"  {sentence} (3 tests: suites/a.py::test_one, suites/a.py::test_two)" in lines
    assert "  suites/b.py::test_three: other" in lines
    assert "  the disk is full" in lines
