"""Nothing but a file is read."""

import os
import socket
from pathlib import Path

import pytest

from volcheck.contract.regularfile import open_regular


def test_a_file_is_read_also_through_a_link(tmp_path):
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link"):
        with open_regular(tmp_path / name) as file:
            assert file.read() == b"text"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("folder", "a folder"), ("pipe", "a pipe"), ("socket", "a socket"), ("null", "a device")],
)
def test_what_is_none_is_told_by_its_kind(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("null").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(OSError, match=f"it is {kind} and no file") as refusal:
            open_regular(Path(name))
    assert refusal.value.strerror == f"it is {kind} and no file"


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "nothing")


def test_what_became_a_pipe_after_the_look_is_not_waited_for(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    looked = (tmp_path / "file").stat()
    monkeypatch.setattr(Path, "stat", lambda self: looked)
    with pytest.raises(OSError, match="it is a pipe"):
        open_regular(tmp_path / "pipe")
