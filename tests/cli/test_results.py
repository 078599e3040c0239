"""The commands that work on results, as a user calls them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from tests.report import builders

from volcheck.cli.results import badge, compare, history, merge
from volcheck.errors import UsageError
from volcheck.results.files import first_fault, read_result, write_result
from volcheck.results.model import Result

BY_NAME = {command.name: command for command in (compare, merge, history, badge)}
Save = Callable[[str, Result], Path]


def run(name: str, *arguments: object) -> Ran:
    return CliRunner().invoke(BY_NAME[name], [str(argument) for argument in arguments])


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def save_result(name: str, result: Result) -> Path:
        (tmp_path / name).mkdir(parents=True)
        write_result(tmp_path / name / "result.json", result)
        return tmp_path / name

    return save_result


def test_compare_tells_and_exits_1_on_a_regression(save: Save, tmp_path: Path) -> None:
    one, two = save("one", builders.conformant()), save("two", builders.failing())
    outputs = [tmp_path / name for name in ("c.html", "c.md", "c.json")]
    ran = run(
        "compare",
        one,
        two / "result.json",
        "--html",
        outputs[0],
        "--markdown",
        outputs[1],
        "--json",
        outputs[2],
    )
    assert ran.exit_code == 1, ran.output
    assert "exchange.rule0" in ran.output
    assert "Requirements that regressed: 4" in ran.output
    assert "exchange.rule0" in outputs[0].read_text("utf-8")
    assert "exchange.rule0" in outputs[1].read_text("utf-8")
    assert first_fault("comparison.schema.json", json.loads(outputs[2].read_text("utf-8"))) is None


def test_compare_of_equal_results(save: Save) -> None:
    one = save("one", builders.failing())
    ran = run("compare", one, one, "--fail-on", "drift")
    assert ran.exit_code == 0, ran.output
    assert "The two runs saw the same." in ran.output


def test_compare_fails_on_drift_when_asked(save: Save) -> None:
    changed = builders.conformant()
    changed["observations"]["traits"]["showVolume / 404 / fault"] = ["other"]
    one, two = save("one", builders.conformant()), save("two", changed)
    assert run("compare", one, two).exit_code == 0
    ran = run("compare", one, two, "--fail-on", "drift", "--lang", "ko")
    assert ran.exit_code == 1
    assert "showVolume / 404 / fault" in ran.output
    assert "나빠진 요구 사항이 없습니다" in ran.output


def test_a_missing_result_is_told_of(save: Save, tmp_path: Path) -> None:
    ran = run("compare", save("one", builders.conformant()), tmp_path / "none")
    assert isinstance(ran.exception, UsageError)


def test_merge_of_one_endpoint(save: Save, tmp_path: Path) -> None:
    ran = run(
        "merge",
        save("a", builders.conformant()),
        save("b", builders.failing()),
        "-o",
        tmp_path / "out",
    )
    assert ran.exit_code == 1, ran.output
    assert "Not conformant" in ran.output
    assert read_result(tmp_path / "out")["exchanges"] == 2 * 1843
    assert ElementTree.parse(tmp_path / "out" / "junit.xml").getroot().get("failures") != "0"


def test_merge_of_many_endpoints(save: Save, tmp_path: Path) -> None:
    other = builders.failing()
    other["endpoint"].update(name="kr2", url="http://kr2/v2")
    ran = run("merge", save("a", builders.conformant()), save("b", other), "-o", tmp_path / "out")
    assert ran.exit_code == 1, ran.output
    assert "kr2" in ran.output
    assert "✕" in (tmp_path / "out" / "endpoints.html").read_text("utf-8")
    assert "exchange.rule0" in (tmp_path / "out" / "endpoints.md").read_text("utf-8")
    assert len(json.loads((tmp_path / "out" / "endpoints.json").read_text("utf-8"))["endpoints"]) == 2
    assert read_result(tmp_path / "out" / "endpoint-2")["endpoint"]["name"] == "kr2"


def test_history(save: Save, tmp_path: Path) -> None:
    for number in range(5):
        result = builders.failing() if number % 2 else builders.conformant()
        result["run"].update(started=f"2026-03-0{number + 1}T10:00:00Z", id=f"run-{number}")
        save(f"runs/{number}", result)
    ran = run("history", tmp_path / "runs", "-o", tmp_path / "history.html")
    assert ran.exit_code == 0, ran.output
    page = (tmp_path / "history.html").read_text("utf-8")
    assert page.index("run-4") != -1
    assert page.count("<polyline") == 2


@pytest.mark.parametrize("name", ["empty", "none"])
def test_history_of_nothing_is_told_of(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("history", tmp_path / name, "-o", tmp_path / "history.html")
    assert isinstance(ran.exception, UsageError)


@pytest.mark.parametrize(
    ("build", "message", "color"),
    [
        (builders.conformant, "conformant 30/30", "brightgreen"),
        (builders.failing, "not conformant 26/30", "red"),
    ],
)
def test_badge(save: Save, tmp_path: Path, build: Callable[[], Result], message: str, color: str) -> None:
    ran = run("badge", save("one", build()), "-o", tmp_path / "badge.json", "--label", "kr1")
    assert ran.exit_code == 0, ran.output
    made = json.loads((tmp_path / "badge.json").read_text("utf-8"))
    assert made == {
        "schemaVersion": 1,
        "label": "kr1",
        "message": message,
        "color": color,
        "isError": color != "brightgreen",
    }
