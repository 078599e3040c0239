"""Files appear whole or not at all, and a wrong one is told of in a sentence."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Callable
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


# -- what is there already, and is no file ------------------------------------------------------------------------


def _device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make devices")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def _link(path: Path) -> None:
    path.with_name("elsewhere").write_text("kept")
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (os.mkfifo, "a pipe"),
        (_device, "a device"),
        (_socket, "a socket"),
        (Path.mkdir, "a folder"),
        (_link, "a link"),
    ],
)
def test_what_is_no_file_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    path = Path("x.json")
    make(path)
    before = (path.lstat().st_mode, path.lstat().st_ino, sorted(tmp_path.iterdir()))
    with pytest.raises(UsageError, match=f"^x.json: it is {kind} and no file, .*; name a file to write.$"):
        write_json(path, {})
    assert (path.lstat().st_mode, path.lstat().st_ino, sorted(tmp_path.iterdir())) == before


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_path_that_names_no_file_is_one_sentence(name: str) -> None:
    with pytest.raises(UsageError, match="it is a folder and no file"):
        write_json(Path(name), {})


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("old")
    write_json(tmp_path / "x.json", 1)
    assert (tmp_path / "x.json").read_text() == "1\n"


def test_only_the_last_folder_of_a_path_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "a" / "x.json", 1)
    assert read_json(tmp_path / "a" / "x.json", "number") == 1
    with pytest.raises(UsageError, match="no such folder; make it, or name a file in a folder that is there"):
        write_json(tmp_path / "b" / "c" / "x.json", 1)
    assert not (tmp_path / "b").exists()
    monkeypatch.chdir(tmp_path)
    write_json(Path("d/x.json"), 1)
    assert (tmp_path / "d" / "x.json").is_file()


def test_no_folder_is_made_at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr(Path, "mkdir", lambda self, **_: made.append(self))
    with pytest.raises(UsageError, match=r"^/volcheck-is-not-here: no such folder"):
        write_json(Path("/volcheck-is-not-here/x.json"), 1)
    assert made == []


def test_a_file_in_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        write_json(tmp_path / "a" / "x.json", 1)
