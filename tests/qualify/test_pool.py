import os
import socket
import time
from urllib.parse import urlsplit

import pytest

from volcheck.qualify.pool import Lost, in_processes
from volcheck.qualify.reference import ForkedReference


def test_every_task_gets_its_answer():
    answers = dict(in_processes(["a", "bb", "ccc"], lambda task: {"length": len(task)}, jobs=2, patience=30))
    assert answers == {"a": {"length": 1}, "bb": {"length": 2}, "ccc": {"length": 3}}


def test_an_answer_may_be_long():
    ((_, answer),) = in_processes(["x"], lambda task: task * 500_000, jobs=1, patience=30)
    assert answer == "x" * 500_000


def test_work_is_done_in_another_process():
    ((_, answer),) = in_processes(["x"], lambda task: os.getpid(), jobs=1, patience=30)
    assert answer != os.getpid()


def test_no_more_than_jobs_at_the_same_time(tmp_path):
    def work(task):
        mark = tmp_path / task
        mark.touch()
        time.sleep(0.1)
        number = len(list(tmp_path.iterdir()))
        mark.unlink()
        return number

    assert max(answer for _, answer in in_processes(list("abcdef"), work, jobs=2, patience=30)) <= 2


def test_a_fork_that_fails_is_lost_with_its_last_words():
    def work(task):
        raise ValueError(f"no {task} today")

    ((_, answer),) = in_processes(["bread"], work, jobs=1, patience=30)
    assert answer == Lost("ValueError: no bread today")


def test_a_fork_that_is_killed_again_and_again_is_lost(tmp_path):
    def work(task):
        (tmp_path / str(os.getpid())).touch()
        os.kill(os.getpid(), 9)

    ((_, answer),) = in_processes(["x"], work, jobs=1, patience=30)
    assert answer == Lost("its process ended with code -9")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_task_whose_fork_is_killed_in_the_middle_is_not_lost(tmp_path):
    def work(task):
        if task == "b" and not (tmp_path / "killed").exists():
            (tmp_path / "killed").touch()
            os.kill(os.getpid(), 9)
        return task.upper()

    answers = dict(in_processes(["a", "b", "c"], work, jobs=2, patience=30))
    assert answers == {"a": "A", "b": "B", "c": "C"}
    assert (tmp_path / "killed").exists()


def test_a_task_may_be_followed_by_another_in_its_place():
    answers = list(
        in_processes(
            [1, 5],
            lambda task: task * 2,
            jobs=2,
            patience=30,
            follow=lambda task, answer: task + 1 if answer < 6 else None,
        )
    )
    assert sorted(answers) == [(3, 6), (5, 10)]


def test_a_fork_that_hangs_is_given_up_and_the_endpoint_that_it_started_ends(tmp_path):
    def work(task):
        (tmp_path / "endpoint").write_text(ForkedReference(()).facts["endpoint"])
        time.sleep(60)

    began = time.monotonic()
    ((_, answer),) = in_processes(["x"], work, jobs=1, patience=3)
    assert answer == Lost("it had not ended after 3 s")
    assert time.monotonic() - began < 40
    address = urlsplit((tmp_path / "endpoint").read_text())
    end = time.monotonic() + 20
    while _answers(address.hostname, address.port):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_who_stops_listening_leaves_nothing_running(tmp_path):
    def work(task):
        (tmp_path / task).write_text(str(os.getpid()))
        (tmp_path / f"{task}.started").touch()
        if task == "slow":
            time.sleep(60)

    forks = in_processes(["quick", "slow"], work, jobs=2, patience=60)
    next(forks)
    while not (tmp_path / "slow.started").exists():
        time.sleep(0.01)
    forks.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "slow").read_text()), 0)


def _answers(host, port):
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
