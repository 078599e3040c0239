"""Ledgers are read within bounds, and no link is followed."""

import fcntl
import json
import os

import attrs
import pytest

from volcheck.gateway import records
from volcheck.gateway.process import this_process
from volcheck.gateway.records import MOST_BYTES, MOST_BYTES_OF_A_LINE, read_record, read_records

RUN = "261126141726ebd7"


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / ".ledger"
    folder.mkdir()
    return folder / f"{RUN}-main.jsonl"


def write(path, *events):
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def made(resource_id, **more):
    return {"event": "made", "kind": "volume", "id": resource_id, "name": "n", "size": 2, "number": 1, **more}


def test_the_oldest_comes_first(path):
    other = write(path.with_name("251126141726ebd7-main.jsonl"))
    assert [record.path for record in read_records(write(path).parent).found] == [other, path]


def test_a_link_to_a_ledger_is_not_followed(path, tmp_path):
    path.symlink_to(write(tmp_path / "real.jsonl", made("a")))
    read = read_records(path.parent)
    assert read.found == ()
    assert read.problems[0].startswith(f"{path} is not read as a ledger: ")


def test_a_link_to_a_folder_is_not_followed(path, tmp_path):
    write(path, made("a"))
    link = tmp_path / "link"
    link.symlink_to(path.parent)
    assert read_records(link) == records.Records(
        (), (f"{link} is a link and was not followed: no ledger was read",)
    )


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_no_ledger(path, make):
    make(path)
    assert read_records(path.parent).problems == (f"{path} is not read as a ledger: it is no ordinary file",)


def test_one_that_can_not_be_read_does_not_hide_the_others(path):
    write(path, made("a"))
    os.mkfifo(path.with_name(f"{RUN}-a.jsonl"))
    read = read_records(path.parent)
    assert ([record.path for record in read.found], len(read.problems)) == ([path], 1)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 60_000,
        b'{"event": "made", "number": ' + b"9" * 5000 + b', "kind": "volume", "id": "x"}',
        b"\xff\xfe",
        b"[]",
        b'"x"',
        b'{"event": "made", "kind": "backup", "id": "x"}',
        b'{"event": "made", "kind": "volume", "id": 7}',
        b'{"event": "accepted", "number": 9}',
        b'{"event": "gone", "id": null}',
        b"{}",
    ],
)
def test_a_line_that_says_nothing_is_counted(path, line):
    path.write_bytes(line + b"\n" + json.dumps(made("a")).encode())
    record = read_record(path)
    assert ([each.id for each in record.resources], record.unread) == (["a"], 1)


def test_wrong_types_are_as_if_they_were_not_there(path):
    opening = {"event": "run", "endpoint": [1], "project": {}, "pid": True}
    record = read_record(write(path, opening, made("a", name=5, size=True, project=7, number="1")))
    assert (record.base_url, record.project_id, record.pid) == ("", "", 0)
    (resource,) = record.resources
    assert (resource.name, resource.size, resource.project, resource.intent) == ("", 0, None, None)


def test_right_types_are_kept(path):
    opening = {"event": "run", "endpoint": "http://h/v2", "project": "p", "pid": 77}
    intent = {"event": "intend", "kind": "volume", "number": 1, "name": "n", "project": "q"}
    record = read_record(write(path, opening, intent, made("a", project="q")))
    assert (record.run_id, record.base_url, record.project_id, record.pid, record.open) == (
        RUN,
        "http://h/v2",
        "p",
        77,
        (),
    )
    (resource,) = record.resources
    assert (resource.kind, resource.name, resource.size, resource.project, resource.intent) == (
        "volume",
        "n",
        2,
        "q",
        1,
    )


OVER = {"event": "end"}


def opening(**more):
    """What this process writes first."""
    return {"event": "run", **attrs.asdict(this_process()), **more}


@pytest.mark.parametrize(
    ("more", "alive", "elsewhere"),
    [
        ({}, True, False),
        ({"started": "1"}, False, False),
        ({"pid": 2**22 + 1}, False, False),
        ({"pid": 2**80}, False, False),
        ({"pid": 0}, False, False),
        ({"host": "elsewhere"}, False, True),
        ({"boot": "5f0b6ea4-0000-4000-8000-000000000000"}, False, True),
        ({"space": "pid:[1]"}, False, True),
        ({"host": None}, False, True),
        ({"started": None}, True, False),
    ],
)
def test_a_copy_of_a_ledger_tells_whether_its_run_is_at_work(path, more, alive, elsewhere):
    """The copy isn't locked."""
    record = read_record(write(path, opening(**more)))
    assert (record.alive, record.elsewhere) == (alive, elsewhere)
    record = read_record(write(path, opening(**more), OVER))
    assert (record.alive, record.elsewhere, record.unread) == (False, False, 0)


def test_a_ledger_that_is_locked_is_of_a_run_at_work_whatever_it_says(path):
    write(path, opening(host="elsewhere"), OVER)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        record = read_record(path)
    assert (record.alive, record.elsewhere) == (True, False)


def test_a_ledger_says_which_machine_it_is_of(path):
    assert read_record(write(path, opening(host="somewhere"))).host == "somewhere"
    assert read_record(write(path, {"event": "run", "host": 5})).host == ""


def test_a_long_line_is_read_in_pieces_that_say_nothing(path):
    with path.open("wb") as file:
        file.write(b'{"event": "' + b"x" * (3 * MOST_BYTES_OF_A_LINE) + b'"}\n')
        file.write(json.dumps(made("a")).encode())
    record = read_record(path)
    assert ([each.id for each in record.resources], record.unread) == (["a"], 4)


def test_what_lies_beyond_the_bound_is_told_of(path, monkeypatch):
    monkeypatch.setattr(records, "MOST_BYTES", 200)
    write(path, *(made(str(number)) for number in range(10)))
    record = read_record(path)
    assert 0 < len(record.resources) < 10
    assert record.unread == 1
    path.write_bytes(path.read_bytes()[:200].rpartition(b"\n")[0])
    assert read_record(path).unread == 0


@pytest.mark.parametrize(("over", "unread"), [(0, 0), (1, 1)])
def test_a_ledger_of_just_the_bound_is_whole(path, monkeypatch, over, unread):
    write(path, made("a"), made("b"))
    monkeypatch.setattr(records, "MOST_BYTES", path.stat().st_size - over)
    # What is read of a line does not stop at the bound, and the bound is not within a line.
    with path.open("ab") as file:
        file.write(b"x" * over)
    record = read_record(path)
    assert ([each.id for each in record.resources], record.unread) == (["a", "b"], unread)


def test_what_was_accepted_without_a_word_is_nothing_known(path):
    record = read_record(
        write(
            path,
            {"event": "intend", "kind": "volume", "number": 1},
            {"event": "accepted", "number": 1, "id": 5, "name": None},
        )
    )
    (intent,) = record.open
    assert (intent.accepted, intent.id, intent.shown_name, intent.status) == (True, "", "", "unknown")


def test_a_folder_that_can_not_be_read_is_told_of(path, monkeypatch):
    def refuse(self, pattern):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "glob", refuse)
    assert read_records(path.parent) == records.Records(
        (), (f"{path.parent} can't be read: Permission denied",)
    )


def test_a_file_of_another_name_has_no_run(path):
    assert read_record(write(path.with_name("notes-of-mine.jsonl"))).run_id == ""


def test_the_bounds_leave_room_for_the_largest_run():
    assert (MOST_BYTES, MOST_BYTES_OF_A_LINE) == (64 * 1024 * 1024, 64 * 1024)
