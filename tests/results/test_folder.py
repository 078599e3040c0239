"""A run has its folder for itself, and no older result stands beside it."""

import errno
import os
import subprocess
import sys

import pytest

from volcheck.errors import UsageError
from volcheck.results.folder import REPORTS, named, take, taken


def test_what_an_earlier_run_wrote_goes_and_everything_else_stays(tmp_path):
    for name in (*REPORTS, "notes.txt", "endpoints.json"):
        (tmp_path / name).write_text("old")
    take(tmp_path).release()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "endpoints.json", "notes.txt"]


def test_a_link_goes_and_not_what_it_leads_to(tmp_path):
    target = tmp_path / "precious"
    target.write_text("keep")
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "result.json").symlink_to(target)
    take(reports).release()
    assert target.read_text() == "keep"
    assert not (reports / "result.json").is_symlink()


def test_a_lock_that_is_a_link_is_not_written_through(tmp_path):
    target = tmp_path / "precious"
    target.write_text("keep")
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / ".lock").symlink_to(target)
    with pytest.raises(UsageError, match="reports can't be written there"):
        take(reports)
    assert target.read_text() == "keep"


def test_a_second_run_is_refused_and_changes_nothing(tmp_path):
    first = take(tmp_path)
    (tmp_path / "result.json").write_text("of the first")
    with pytest.raises(UsageError, match=rf"another run \(process {os.getpid()}\) .* --reports"):
        take(tmp_path)
    assert (tmp_path / "result.json").read_text() == "of the first"
    first.release()
    first.release()
    take(tmp_path).release()


def test_a_lock_without_a_number_is_respected_all_the_same(tmp_path):
    with taken(tmp_path):
        (tmp_path / ".lock").write_text("x")
        with pytest.raises(UsageError, match=": another run writes its reports there"):
            take(tmp_path)


def test_a_run_that_was_killed_holds_nothing(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from volcheck.results.folder import take;"
        "take(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == -9
    take(tmp_path).release()
    assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"


def test_a_fork_does_not_hold_it_for_us(tmp_path):
    folder = take(tmp_path)
    read, write = os.pipe()
    if not (pid := os.fork()):
        os.close(write)
        os.read(read, 1)
        os._exit(0)
    folder.release()
    take(tmp_path).release()
    os.close(write)
    os.close(read)
    os.waitpid(pid, 0)


def test_folders_inside_are_made_for_their_owner(tmp_path):
    before = os.umask(0)
    try:
        take(tmp_path, within=(".ledger",)).release()
    finally:
        os.umask(before)
    assert (tmp_path / ".ledger").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".lock").stat().st_mode & 0o777 == 0o600
    assert list((tmp_path / ".ledger").iterdir()) == []


@pytest.mark.parametrize("way", ["a file", "below a file", "inside a file", "a report is a folder", "gone"])
def test_a_folder_that_cant_be_used_is_one_sentence(tmp_path, way):
    reports = tmp_path / "reports"
    match way:
        case "a file":
            reports.write_text("")
        case "below a file":
            reports.write_text("")
            reports = reports / "deeper"
        case "inside a file":
            reports.mkdir()
            (reports / ".ledger").write_text("")
        case "a report is a folder":
            (reports / "junit.xml" / "x").mkdir(parents=True)
        case "gone":
            reports = tmp_path / ("x" * 300)
    with pytest.raises(
        UsageError, match=r"reports can't be written there \(.+\); name another folder with --reports\."
    ):
        take(reports, within=(".ledger",))


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "junit.xml").mkdir()
    with pytest.raises(UsageError, match=r"junit\.xml: "):
        take(tmp_path)
    (tmp_path / "junit.xml").rmdir()
    # Refused, it holds nothing.
    take(tmp_path).release()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        take(tmp_path)


def test_a_disk_without_room_is_noticed_at_once(tmp_path):
    code = (
        "import resource, signal, sys; from pathlib import Path; from volcheck.results.folder import take;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "take(Path(sys.argv[1]))"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert "UsageError" in ended.stderr
    assert "File too large" in ended.stderr
    take(tmp_path).release()


@pytest.mark.parametrize("nothing", ["", " ", "\t"])
def test_an_empty_name_is_no_folder(nothing):
    with pytest.raises(UsageError, match=r"--reports names no folder: it is empty .*; name one\.$"):
        named(nothing)


def test_a_name_is_the_folder_of_that_name(tmp_path):
    assert named(str(tmp_path)) == tmp_path
    assert str(named(".")) == "."


def test_too_few_files_that_may_be_open_are_not_the_folders_fault(tmp_path, monkeypatch):
    def refuse(*arguments, **more):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match=r"too many open files: raise the limit .ulimit -n"):
        take(tmp_path)
