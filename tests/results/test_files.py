"""Files appear whole or not at all, and a wrong one is told of in a sentence."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.results import files
from volcheck.results.files import read_json, read_result, replacing, write_json, write_result


@pytest.mark.parametrize("build", [builders.conformant, builders.failing])
def test_a_result_is_read_as_it_was_written(tmp_path: Path, build: object) -> None:
    result = build()  # type: ignore[operator]
    write_result(tmp_path / "a" / "result.json", result)
    assert read_result(tmp_path / "a" / "result.json") == json.loads(json.dumps(result))
    assert read_result(tmp_path / "a") == read_result(tmp_path / "a" / "result.json")


def test_a_hostile_result_stays_readable(tmp_path: Path) -> None:
    write_result(tmp_path / "result.json", builders.hostile())
    problem = read_result(tmp_path / "result.json")["problems"][0]
    assert problem == builders.HOSTILE.replace("\ud800", r"\ud800")


def test_infinity_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", float("inf"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        7,
        "text",
        {"a": {}},
        {"a": [], "b": None},
        {"a": [1, {"b": [2]}], "c": {"d": {"e": 3}}},
        [[1], [2, 3]],
    ],
)
def test_whatever_is_written_is_read_back(tmp_path: Path, value: object) -> None:
    write_json(tmp_path / "x.json", value)
    assert json.loads((tmp_path / "x.json").read_bytes()) == value


def test_each_item_has_a_line(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"a": [{"b": [1, 2]}, {"b": []}], "c": "d"})
    lines = (tmp_path / "x.json").read_text().splitlines()
    assert lines == ["{", '"a": [', '{"b": [1, 2]},', '{"b": []}', "],", '"c": "d"', "}"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def write_half() -> None:
        with replacing(path) as out:
            out.write(b"new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_written_files_have_ordinary_permissions(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {})
    (tmp_path / "y.json").write_text("{}")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("x.json", "y.json")}
    assert len(modes) == 1


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        write_json(tmp_path / "file" / "x.json", {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", r"result\.json:1: not JSON"),
        (b"\xff\xfe\x00", "not UTF-8|not JSON"),
        (b"", "not JSON"),
        (b"[]", "not a result of volcheck"),
        (b"{}", "not a result of volcheck"),
        (b'{"format": 99}', "format 99"),
        (b'{"format": 1}', "not a well-formed result"),
        (b"[" * 100_000, "can't be read here"),
        (b"1" * 10_000, "can't be read here"),
    ],
)
def test_a_wrong_file_is_told_of(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        read_result(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 700


def test_a_missing_file_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_result(tmp_path / "result.json")
    with pytest.raises(UsageError, match="no such file"):
        read_result(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "result.json").open("wb") as out:
        out.truncate(files.SIZE_LIMIT + 1)
    with pytest.raises(UsageError, match="more than a result"):
        read_result(tmp_path / "result.json")


def test_a_limit_holds(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('"123456789"')
    with pytest.raises(UsageError, match="more than a thing"):
        read_json(tmp_path / "x.json", "thing", limit=5)
