"""Streams that close, and variables meant for other programs. Real commands are in tests/safety/test_surroundings.py."""

import errno
import json
import os
import subprocess
import sys

import pytest

from volcheck.errors import out_of_files
from volcheck.runner.embedded import Embedded

PROGRAM = """
import json, os, sys, warnings
from volcheck.cli import surroundings
surroundings.settle()
warnings.warn("nobody can act on it", DeprecationWarning)
{}
sys.stdout.flush()
with open(sys.argv[1], "w") as file:
    json.dump({{"lost": surroundings.lost(), "variables": sorted(os.environ)}}, file)
"""


def play(tmp_path, act, *, redirect="", **variables):
    """Run an act after settling; answers what was lost, and the variables that were left."""
    noted = tmp_path / "noted"
    command = f'exec "$0" -c "$1" "$2" {redirect}'
    ended = subprocess.run(
        ["bash", "-c", command, sys.executable, PROGRAM.format(act), str(noted)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(noted.read_text()), ended


def test_variables_of_pytest_and_of_pythons_warnings_are_taken_out(tmp_path):
    noted, ended = play(
        tmp_path, "", PYTEST_ADDOPTS="-v", PYTEST_PLUGINS="x", PY_COLORS="1", PYTHONWARNINGS="error", MINE="1"
    )
    assert not [name for name in noted["variables"] if name.startswith(("PYTEST", "PY_", "PYTHONWARN"))]
    assert "MINE" in noted["variables"]
    assert ended.stderr == ""


def test_a_reader_that_is_gone_is_no_loss_and_more_can_be_written(tmp_path):
    act = "for n in range(20000): print('line', n, flush=n % 1000 == 0)"
    noted, ended = play(tmp_path, act, redirect="> >(head -1)")
    assert noted["lost"] == []
    assert ended.stderr == ""


def test_a_full_disk_is_a_loss_that_is_named(tmp_path):
    noted, _ = play(tmp_path, "print('x', flush=True); print('y', flush=True)", redirect="> /dev/full")
    assert noted["lost"] == ["Standard output could not be written whole (No space left on device)."]
    noted, _ = play(tmp_path, "print('x', file=sys.stderr, flush=True)", redirect="2> /dev/full")
    assert noted["lost"] == ["Standard error could not be written whole (No space left on device)."]


def test_a_stream_that_is_closed_is_filled_in_so_that_no_file_of_ours_takes_its_place(tmp_path):
    act = "file = open(sys.argv[1] + '2', 'w'); assert file.fileno() > 2; print('x'); print('y', file=sys.stderr)"
    noted, ended = play(tmp_path, act, redirect="<&- >&- 2>&-")
    assert noted["lost"] == []
    assert (ended.stdout, ended.stderr) == ("", "")
    assert (tmp_path / "noted2").read_text() == ""


def test_what_the_encoding_can_not_hold_is_shown_as_an_escape(tmp_path):
    _, ended = play(tmp_path, r"print('가 \ud800')", PYTHONIOENCODING="ascii")
    assert ended.stdout == "\\uac00 \\ud800\n"


def test_a_slow_reader_of_a_pipe_that_does_not_block_gets_all(tmp_path):
    act = "os.set_blocking(1, False); print('x' * 1_000_000)"
    _, ended = play(tmp_path, act, redirect="> >(sleep 0.5; wc -c)")
    assert ended.stdout.strip() == "1000001"


# -- what may be open -------------------------------------------------------------------------------------------------


def from_another(error, other, *, cause):
    """An error that was raised from another one, or while another one was handled."""
    setattr(error, "__cause__" if cause else "__context__", other)
    return error


FULL = OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, False),
        (FULL, True),
        (OSError(errno.ENFILE, "Too many open files in system"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (ValueError("EMFILE"), False),
        (from_another(ValueError(), FULL, cause=True), True),
        (from_another(ValueError(), from_another(KeyError(), FULL, cause=False), cause=True), True),
        (from_another(ValueError(), KeyError(), cause=False), False),
    ],
)
def test_whether_too_many_files_are_open_is_seen_from_what_an_error_came_from(error, expected):
    assert out_of_files(error) is expected


def test_errors_that_came_from_each_other_are_looked_at_once():
    one, other = ValueError(), KeyError()
    one.__context__, other.__context__ = other, one
    assert out_of_files(one) is False


# -- encodings --------------------------------------------------------------------------------------------------------


def test_the_embedded_endpoint_is_understood_whatever_encoding_is_asked_for(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-16")
    embedded = Embedded()
    try:
        assert embedded.facts["endpoint"].startswith("http://127.0.0.1:")
    finally:
        embedded.close()
