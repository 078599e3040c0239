"""A process is told from all others, and seen to be over."""

import json
import os
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from volcheck.gateway import process
from volcheck.gateway.process import is_at_work, this_process


@pytest.fixture
def child():
    """A process that waits for its end, and what it says of itself."""
    code = "import attrs, json; from volcheck.gateway.process import this_process as p; print(json.dumps(attrs.asdict(p())))"
    command = [sys.executable, "-c", f"{code}; import sys; sys.stdout.flush(); sys.stdin.read()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as running:
        yield running, process.Process(**json.loads(running.stdout.readline()))
        running.kill()


def test_a_process_is_at_work_until_it_ends(child):
    running, told = child
    assert told.pid == running.pid
    assert is_at_work(told) is True
    running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    # It is over, though nobody has waited for it.
    assert Path(f"/proc/{running.pid}/stat").exists()
    assert is_at_work(told) is False
    running.wait()
    assert is_at_work(told) is False


def test_a_process_says_all_that_tells_it_from_others():
    told = this_process()
    assert (told.host, told.pid) == (os.uname().nodename, os.getpid())
    assert told.boot == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert told.space == str(Path("/proc/self/ns/pid").readlink())
    # The name of a program may hold blanks; field 22 is the 20th behind it.
    assert told.started == Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]


def test_a_name_of_a_program_says_nothing(monkeypatch, tmp_path):
    stat = tmp_path / str(os.getpid()) / "stat"
    stat.parent.mkdir()
    stat.write_bytes(b"7 (a) Z b\xff) S " + b" ".join(b"%d" % number for number in range(4, 53)))
    monkeypatch.setattr(process, "_PROC", tmp_path)
    assert this_process().started == "22"


@pytest.mark.parametrize("state", ["Z", "X", "x"])
def test_a_process_that_nobody_has_waited_for_is_over(monkeypatch, tmp_path, state):
    told = this_process()
    monkeypatch.setattr(process, "_PROC", tmp_path)
    stat = tmp_path / str(os.getpid()) / "stat"
    stat.parent.mkdir()
    stat.write_text(f"7 (a) {state} " + " ".join(["1"] * 49))
    assert is_at_work(attrs.evolve(told, boot="", space="")) is False


def test_where_nothing_tells_a_number_must_do(monkeypatch, tmp_path):
    """Without /proc a process of that number is taken for the one that is meant."""
    monkeypatch.setattr(process, "_PROC", tmp_path)
    told = this_process()
    assert (told.boot, told.space, told.started) == ("", "", "")
    assert is_at_work(told) is True
    assert is_at_work(attrs.evolve(told, started="77")) is True
    assert is_at_work(attrs.evolve(told, pid=2**22 + 1)) is False
    assert is_at_work(attrs.evolve(told, host="elsewhere")) is None


def test_a_process_of_somebody_else_is_at_work(monkeypatch):
    def refuse(pid, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert is_at_work(this_process()) is True


def test_a_group_of_processes_is_none():
    """A number below 1 means many to kill()."""
    for pid in (0, -1):
        assert is_at_work(attrs.evolve(this_process(), pid=pid)) is False
