"""The ledger is on disk before anything exists, and readable after anything."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys

import pytest
from tests.gateway.scripted import PROJECT, TAG, Scripted, gateway

from volcheck.errors import UsageError
from volcheck.gateway.errors import LedgerUnwritable
from volcheck.gateway.ledger import Intent, Ledger, Resource, Unproved
from volcheck.gateway.records import Records, read_record, read_records

RUN = "261126141726ebd7"


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".ledger" / f"{RUN}-main.jsonl"


def opened(path):
    return Ledger(path, run_id=RUN, base_url="http://h/v2", project_id="p")


def test_what_is_about_to_be_made_is_on_disk_at_once(path):
    ledger = opened(path)
    ledger.intend("volume", "volcheck-x")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[-1] == {"event": "intend", "number": 1, "kind": "volume", "name": "volcheck-x"}
    ledger.close(settled=False)


def test_a_ledger_goes_with_what_it_lists(path):
    ledger = opened(path)
    ledger.register(Resource("volume", "a", "n", 1))
    ledger.gone("a")
    ledger.close()
    assert not path.exists()


@pytest.mark.parametrize("settled", [True, False])
def test_a_ledger_stays_while_something_may_be_left(path, settled):
    ledger = opened(path)
    if settled:
        ledger.register(Resource("volume", "a", "n", 1))
    ledger.close(settled=settled)
    assert path.exists()


@pytest.mark.parametrize("settled", [True, False])
def test_a_ledger_that_stays_says_that_its_run_is_over(path, settled):
    ledger = opened(path)
    if settled:
        ledger.register(Resource("volume", "a", "n", 1))
    copy = path.with_name(f"{RUN}-copy.jsonl")
    shutil.copy(path, copy)
    assert (read_record(copy).alive, read_record(copy).elsewhere) == (True, False)
    ledger.close(settled=settled)
    assert (read_record(path).alive, read_record(path).elsewhere, read_record(path).unread) == (
        False,
        False,
        0,
    )
    assert json.loads(path.read_text().splitlines()[-1]) == {"event": "end"}


def test_what_is_made_again_under_an_id_that_was_gone_is_there_again(path):
    ledger = opened(path)
    for _ in range(2):
        ledger.register(Resource("volume", "a", "n", 1))
        assert [r.id for r in ledger.live()] == ["a"]
        ledger.gone("a")
        assert ledger.live() == []
    ledger.close()


def test_a_record_says_what_is_left_and_whose_it_was(path):
    ledger = opened(path)
    for name in "abc":
        ledger.intend("volume", name)
    ledger.register(Resource("volume", "1", "a", 2, intent=1))
    ledger.register(Resource("snapshot", "2", "b", 3, intent=2))
    ledger.gone("1")
    assert read_record(path).alive
    ledger.close()
    record = read_record(path)
    assert (record.run_id, record.base_url, record.project_id, record.pid) == (
        RUN,
        "http://h/v2",
        "p",
        os.getpid(),
    )
    assert [(r.kind, r.id, r.name, r.size) for r in record.resources] == [("snapshot", "2", "b", 3)]
    assert [intent.number for intent in record.open] == [3]
    assert not record.alive


def test_a_killed_owner_leaves_the_ledger_unlocked(path):
    code = (
        "import os, sys; from pathlib import Path; from volcheck.gateway.ledger import Ledger;"
        f"Ledger(Path(sys.argv[1]), run_id='{RUN}').intend('volume', 'x'); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == -9
    record = read_record(path)
    assert not record.alive
    assert [intent.number for intent in record.open] == [1]


def test_a_ledger_damaged_by_a_power_cut_is_read_as_far_as_it_goes(path):
    ledger = opened(path)
    ledger.register(Resource("volume", "1", "a", 2))
    ledger.close()
    with path.open("ab") as file:
        file.write(b'\0\0\0\0\n{"event": "made", "kind": "vol')
    record = read_record(path)
    assert [r.id for r in record.resources] == ["1"]
    assert record.unread == 2


def test_other_files_are_no_ledgers(path):
    path.parent.mkdir(parents=True)
    (path.parent / "notes.jsonl").write_text("{}\n")
    assert read_records(path.parent) == Records((), ())
    assert read_records(path.parent / "none") == Records((), ())


# -- a disk that takes no more ------------------------------------------------------------------------------------


@pytest.fixture
def full_from_now(path):
    """A ledger with one volume, whose file takes nothing more; and its file's handle, to make room again."""
    ledger = opened(path)
    ledger.register(Resource("volume", "a", "first", 1, intent=ledger.intend("volume", "first")))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
    yield ledger
    ledger.close(settled=False)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


def test_nothing_is_made_that_the_ledger_cant_note(full_from_now):
    with pytest.raises(LedgerUnwritable, match=r"nothing more is made, as the ledger .* \(File too large\)"):
        full_from_now.intend("volume", "second")
    assert full_from_now.unwritable == "File too large"


def test_what_is_there_stays_known_and_goes_when_the_ledger_cant_be_written(full_from_now, path):
    full_from_now.register(Resource("volume", "b", "second", 1))
    assert [r.id for r in full_from_now.live()] == ["a", "b"]
    full_from_now.gone("a")
    full_from_now.gone("b")
    assert full_from_now.live() == []
    full_from_now.close()
    assert not path.exists()


def test_a_ledger_that_broke_off_is_readable_and_nothing_more_is_written_to_it(full_from_now, path):
    full_from_now.gone("a")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.getrlimit(resource.RLIMIT_FSIZE)[1],) * 2)
    # Room again does not mend a broken line: still nothing is made.
    with pytest.raises(LedgerUnwritable):
        full_from_now.intend("volume", "second")
    full_from_now.close(settled=False)
    record = read_record(path)
    assert [r.id for r in record.resources] == ["a"]
    assert (record.open, record.unread) == ((), 1)


@pytest.mark.parametrize("blocker", ["a file", "a folder", "a link"])
def test_a_ledger_that_cant_be_begun_is_one_sentence(path, blocker):
    if blocker == "a file":
        path.parent.write_text("")
    else:
        path.parent.mkdir()
        path.mkdir() if blocker == "a folder" else path.symlink_to("/dev/full")
    with pytest.raises(UsageError, match=r"the ledger of the run can't be written .*--reports"):
        opened(path)


def test_a_creation_is_not_sent_where_it_cant_be_noted(full_from_now):
    transport = Scripted()
    door = gateway(transport, ledger=full_from_now)
    with pytest.raises(LedgerUnwritable):
        door.send("POST", f"/{PROJECT}/volumes", json_body={"volume": {"name": TAG, "size": 1}})
    assert not [request for request in transport.sent if request.method == "POST"]


# -- creations whose outcome is not known -------------------------------------------------------------------------


def numbers(intents):
    return [intent.number for intent in intents]


def doubted(resource_id, intent=None):
    return Unproved("volume", resource_id, "db", "in-use", "it is not", intent)


@pytest.mark.parametrize("how", ["made", "refused", "settled", "adopted"])
def test_each_creation_is_open_until_its_own_outcome_is_known(path, how):
    ledger = opened(path)
    assert [ledger.intend("volume", name) for name in ("x", "y", "z")] == [1, 2, 3]
    if how == "made":
        ledger.register(Resource("volume", "a", "y", 1, intent=2))
    elif how == "refused":
        ledger.refused(2)
    elif how == "adopted":
        assert ledger.adopt(Resource("volume", "a", "y", 1))
    else:
        for number in (1, 3):
            ledger.accepted(number, id="", name="", status="unknown")
        ledger.settle()
    assert numbers(ledger.open()) == [1, 3]
    ledger.gone("a")
    ledger.close()
    assert path.exists()
    assert numbers(read_record(path).open) == [1, 3]


def test_a_ledger_goes_when_every_outcome_is_known(path):
    ledger = opened(path)
    ledger.refused(ledger.intend("volume", "x"))
    ledger.intend("volume", "y")
    ledger.settle()
    ledger.close()
    assert not path.exists()


def test_what_an_answer_showed_of_an_open_creation_is_on_disk(path):
    ledger = opened(path)
    ledger.intend("snapshot", "x", "q")
    ledger.accepted(1, id="7", name="n", status="creating")
    ledger.accepted(2, id="8", name="n", status="creating")
    ledger.close()
    wanted = Intent(1, "snapshot", "x", "q", accepted=True, id="7", shown_name="n", status="creating")
    assert ledger.open() == [wanted]
    assert read_record(path).open == (wanted,)


def test_what_is_disproved_opens_its_creation_again(path):
    ledger = opened(path)
    ledger.intend("volume", "x")
    ledger.register(Resource("volume", "a", "x", 1, intent=1, project="q"))
    ledger.doubt(doubted("a", 1))
    assert (ledger.live(), ledger.get("a"), ledger.is_unproved("a")) == ([], None, True)
    ledger.close()
    wanted = Intent(1, "volume", "x", "q", accepted=True, id="a", shown_name="db", status="in-use")
    assert ledger.open() == [wanted]
    record = read_record(path)
    assert (record.open, record.resources) == ((wanted,), ())


def test_what_was_never_registered_is_remembered_as_unproved_and_opens_nothing():
    ledger = Ledger(None, run_id=RUN)
    ledger.doubt(doubted("a"))
    ledger.doubt(Unproved("snapshot", "b", "", "", ""))
    assert ledger.open() == []
    assert [each.id for each in ledger.unproved()] == ["a", "b"]
    assert [each.id for each in ledger.unproved("snapshot")] == ["b"]
    assert not ledger.is_unproved("c")
    ledger.register(Resource("volume", "a", "x", 1))
    assert [each.id for each in ledger.unproved()] == ["b"]


def test_what_is_found_is_of_the_creation_that_is_likeliest():
    ledger = Ledger(None, run_id=RUN)
    for kind, name in (("volume", "x"), ("volume", "x"), ("volume", "x"), ("snapshot", "x"), ("volume", "y")):
        ledger.intend(kind, name)
    ledger.accepted(2, id="7", name="x", status="")
    ledger.accepted(3, id="c", name="x", status="")
    assert ledger.adopt(Resource("volume", "c", " x", 1))
    assert ledger.get("c").intent == 3
    assert ledger.adopt(Resource("volume", "b", "x", 1))
    assert ledger.get("b").intent == 2
    assert ledger.adopt(Resource("volume", "a", "x", 1))
    assert ledger.adopt(Resource("volume", "d", "another", 1))
    assert numbers(ledger.open()) == [4, 5]


def test_what_is_known_is_not_found_anew_and_is_where_it_is_shown():
    ledger = Ledger(None, run_id=RUN)
    ledger.intend("volume", "x")
    ledger.intend("volume", "x")
    ledger.register(Resource("volume", "a", "x", 1, intent=1, project="q", proved=True))
    assert not ledger.adopt(Resource("volume", "a", "x", 1))
    assert (ledger.get("a").project, ledger.get("a").proved) == (None, True)
    assert numbers(ledger.open()) == [2]
    ledger.gone("a")
    assert ledger.adopt(Resource("volume", "a", "x", 1))
    assert ([r.id for r in ledger.live()], numbers(ledger.open())) == (["a"], [2])


def test_a_ledger_of_an_older_edition_is_counted(path):
    path.parent.mkdir()
    events = [
        {"event": "intend", "kind": "volume", "name": "x"},
        {"event": "intend", "kind": "volume", "name": "y"},
        {"event": "made", "kind": "volume", "id": "a", "name": "x", "size": 1},
        {"event": "accepted", "number": 9, "id": "", "name": "", "status": ""},
        {"event": "refused", "number": 9},
        {"event": "doubted", "id": "z"},
    ]
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    record = read_record(path)
    assert (record.unnumbered, record.open, [r.id for r in record.resources]) == (1, (), ["a"])
