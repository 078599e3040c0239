"""Whatever asks a run to end, and whenever: what it made goes away, and it says that it was interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lab import endpoint, environment, made, start, until, volcheck

#: Everything but what Python can't hear (SIGKILL) and what is a crash of its own (SIGSEGV and its like).
ENDING = ["SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM"]


@pytest.fixture(scope="module")
def lab():
    with endpoint("--foreign", "12", "--seed", "5") as running:
        yield running


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports"


def begin(lab, tmp_path, *options, **variables):
    arguments = [*lab.options, "--reports", tmp_path / "reports", *options]
    return start("run", *arguments, cwd=tmp_path, output=tmp_path / "out", **variables)


def said(tmp_path):
    return (tmp_path / "out").read_text()


def result_of(reports):
    return json.loads((reports / "result.json").read_bytes())


def ignores(process, name):
    """Whether a process has a signal handled or ignored by now."""
    bit = 1 << (signal.Signals[name] - 1)
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return any(int(line.split()[1], 16) & bit for line in lines if line.startswith(("SigCgt", "SigIgn")))


@pytest.mark.parametrize("name", ENDING)
def test_each_signal_that_ends_a_process_ends_a_run_that_cleans_up(lab, tmp_path, reports, name):
    before = lab.state()
    run = begin(lab, tmp_path)
    until(lambda: made(reports) >= 8)
    os.kill(run.pid, signal.Signals[name])
    assert run.wait(timeout=120) == 3, said(tmp_path)
    assert lab.state() == before
    assert list((reports / ".ledger").glob("*")) == []
    result = result_of(reports)
    assert result["run"]["interrupted"]
    assert result["cleanup"]["created"] >= 8
    assert result["cleanup"]["leftovers"] == []
    assert "interrupted before it was done" in said(tmp_path)
    assert "Traceback" not in said(tmp_path)
    assert (reports / "report.html").is_file()


def test_a_terminal_that_closes_tells_all_that_a_run_has_started(lab, tmp_path, reports):
    before = lab.state()
    run = begin(lab, tmp_path)
    until(lambda: made(reports) >= 12)
    os.killpg(run.pid, signal.SIGHUP)
    assert run.wait(timeout=120) == 3, said(tmp_path)
    assert lab.state() == before
    assert result_of(reports)["cleanup"]["leftovers"] == []
    assert "Traceback" not in said(tmp_path)


def test_under_nohup_a_closed_terminal_is_nothing(lab, tmp_path, reports):
    arguments = ["run", *lab.options, "--profile", "smoke", "--reports", str(reports)]
    with (tmp_path / "out").open("wb") as out:
        run = subprocess.Popen(
            ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-m", "volcheck", *arguments],
            cwd=tmp_path,
            env=environment(),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    until(lambda: made(reports) >= 2)
    os.killpg(run.pid, signal.SIGHUP)
    assert run.wait(timeout=120) == 0, said(tmp_path)
    assert result_of(reports)["verdict"]["name"] == "conformant"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("seconds", [0, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_before_anything_is_made_an_interrupt_is_one_sentence_and_3(lab, tmp_path, seconds, name):
    before = lab.state()
    run = begin(lab, tmp_path)
    until(lambda: ignores(run, "SIGHUP") or run.poll() is not None)
    time.sleep(seconds)
    os.kill(run.pid, signal.Signals[name])
    assert run.wait(timeout=120) == 3, said(tmp_path)
    assert "Aborted" not in said(tmp_path)
    assert "Traceback" not in said(tmp_path)
    assert "nterrupted" in said(tmp_path)
    assert lab.state() == before
    assert list((tmp_path / "reports" / ".ledger").glob("*")) == []


@pytest.mark.parametrize(
    "command", [["compare", "a", "b"], ["run", "--list"], ["document", "check"], ["qualify"]]
)
def test_other_commands_say_it_too(tmp_path, command):
    run = start(*command, cwd=tmp_path, output=tmp_path / "out")
    until(lambda: ignores(run, "SIGHUP") or run.poll() is not None)
    os.kill(run.pid, signal.SIGINT)
    assert run.wait(timeout=60) == 3, said(tmp_path)
    assert [line for line in said(tmp_path).splitlines() if line] == [
        "volcheck: Interrupted (SIGINT) before it was done: start it again."
    ]


def test_a_failure_stays_one_and_the_sentence_says_both(tmp_path, reports):
    with endpoint("--defect", "header-html", "--volume-delay", "3") as broken:
        run = begin(broken, tmp_path)
        until(lambda: made(reports) >= 4 and "FAILED" in said(tmp_path))
        os.kill(run.pid, signal.SIGTERM)
        assert run.wait(timeout=120) == 1, said(tmp_path)
    sentence = result_of(reports)["verdict"]["sentence"]
    assert sentence["en"].startswith("Not conformant: ")
    assert "The run was interrupted before it was done." in sentence["en"]
    assert "could not be tested" in sentence["en"]
    assert "중단되었습니다" in sentence["ko"]
    assert sentence["en"] in said(tmp_path)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_second_ctrl_c_leaves_the_rest_to_clean_and_says_so(tmp_path, reports, concurrency):
    with endpoint("--delete-delay", "20", "--seed", "5") as slow:
        before = slow.state()
        run = begin(slow, tmp_path, "--concurrency", str(concurrency))
        until(lambda: made(reports) >= 8)
        os.killpg(run.pid, signal.SIGINT)
        until(lambda: "Interrupted: removing" in said(tmp_path))
        time.sleep(3)
        os.killpg(run.pid, signal.SIGINT)
        began = time.monotonic()
        assert run.wait(timeout=60) == 3, said(tmp_path)
        assert time.monotonic() - began < 15
        assert result_of(reports)["cleanup"]["leftovers"]
        assert "volcheck clean" in said(tmp_path)
        assert "Traceback" not in said(tmp_path)
        cleaned = volcheck("clean", *slow.options, "--reports", reports, cwd=tmp_path)
        assert cleaned.returncode == 0, cleaned.stdout
        assert slow.state() == before


def test_a_second_sigterm_does_not_keep_it_from_cleaning_up(tmp_path, reports):
    with endpoint("--delete-delay", "2", "--seed", "5") as slow:
        before = slow.state()
        run = begin(slow, tmp_path)
        until(lambda: made(reports) >= 8)
        for name in ("SIGTERM", "SIGHUP", "SIGTERM", "SIGHUP"):
            os.kill(run.pid, signal.Signals[name])
            time.sleep(0.4)
        assert run.wait(timeout=120) == 3, said(tmp_path)
        assert slow.state() == before
        assert result_of(reports)["cleanup"]["leftovers"] == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_campaign_hands_it_to_each_of_its_runs(lab, tmp_path, name):
    before = lab.state()
    endpoints = [
        {"name": f"e{n}", "endpoint": lab.facts["endpoint"], "project_id": lab.options[-1]} for n in (1, 2)
    ]
    (tmp_path / "campaign.yaml").write_text(json.dumps({"endpoints": endpoints}))
    reports = tmp_path / "reports"
    run = start(
        "run", "--campaign", "campaign.yaml", "--reports", reports, cwd=tmp_path, output=tmp_path / "out"
    )
    until(lambda: all(made(reports / each["name"]) >= 5 for each in endpoints))
    os.kill(run.pid, signal.Signals[name])
    assert run.wait(timeout=120) == 3, said(tmp_path)
    assert lab.state() == before
    assert all(result_of(reports / each["name"])["run"]["interrupted"] for each in endpoints)
    assert "Traceback" not in said(tmp_path)
