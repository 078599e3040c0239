import os
import time
from pathlib import Path

import pytest

from volcheck.qualify.forks import Lost, in_forks


def test_every_task_gets_its_answer():
    answers = dict(in_forks(["a", "bb", "ccc"], lambda task: {"length": len(task)}, jobs=2, patience=30))
    assert answers == {"a": {"length": 1}, "bb": {"length": 2}, "ccc": {"length": 3}}


def test_an_answer_may_be_long():
    ((_, answer),) = in_forks(["x"], lambda task: task * 500_000, jobs=1, patience=30)
    assert answer == "x" * 500_000


def test_work_is_done_in_another_process():
    ((_, answer),) = in_forks(["x"], lambda task: os.getpid(), jobs=1, patience=30)
    assert answer != os.getpid()


def test_no_more_than_jobs_at_the_same_time(tmp_path):
    def work(task):
        mark = tmp_path / task
        mark.touch()
        time.sleep(0.1)
        number = len(list(tmp_path.iterdir()))
        mark.unlink()
        return number

    assert max(answer for _, answer in in_forks(list("abcdef"), work, jobs=2, patience=30)) <= 2


def test_a_fork_that_fails_is_lost_with_its_last_words():
    def work(task):
        raise ValueError(f"no {task} today")

    ((_, answer),) = in_forks(["bread"], work, jobs=1, patience=30)
    assert answer == Lost("its process ended with code 1: ValueError: no bread today")


def test_a_fork_that_is_killed_is_lost():
    ((_, answer),) = in_forks(["x"], lambda task: os.kill(os.getpid(), 9), jobs=1, patience=30)
    assert answer == Lost("its process ended with code -9")


def test_a_fork_that_hangs_is_given_up_with_all_that_it_started(tmp_path):
    def work(task):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        (tmp_path / "child").write_text(str(child))
        time.sleep(60)

    began = time.monotonic()
    ((_, answer),) = in_forks(["x"], work, jobs=1, patience=1)
    assert answer == Lost("it had not ended after 1 s")
    assert time.monotonic() - began < 20
    end = time.monotonic() + 10
    while _lives(int((tmp_path / "child").read_text())):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_stops_listening_leaves_nothing_running(tmp_path):
    def work(task):
        (tmp_path / task).write_text(str(os.getpid()))
        (tmp_path / f"{task}.started").touch()
        if task == "slow":
            time.sleep(60)

    forks = in_forks(["quick", "slow"], work, jobs=2, patience=60)
    next(forks)
    while not (tmp_path / "slow.started").exists():
        time.sleep(0.01)
    forks.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "slow").read_text()), 0)


def _lives(pid):
    """Whether a process is at work; one that only waits for its parent to take note of its end is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
