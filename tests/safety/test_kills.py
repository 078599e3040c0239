"""Whatever happens to a run, what it made goes away and nothing else is touched.

VOLCHECK_KILLS says how many random moments SIGKILL comes at (4; the full proof is 20).
"""

import json
import os
import random
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from lab import endpoint, made, start, until, volcheck

KILLS = int(os.environ.get("VOLCHECK_KILLS", "4"))


@pytest.fixture(scope="module")
def lab():
    with endpoint("--foreign", "30", "--seed", "5") as running:
        yield running


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports"


def begin(lab, tmp_path, reports, *options):
    return start("run", *lab.options, "--reports", reports, *options, cwd=tmp_path, output=tmp_path / "out")


def cleaned(lab, tmp_path, reports, *options):
    return volcheck("clean", *lab.options, "--reports", reports, *options, cwd=tmp_path)


def nothing_left(reports):
    assert list((reports / ".ledger").glob("*")) == []
    assert [path for path in (reports / ".exchanges").rglob("*") if path.suffix == ".json"] == []


@pytest.mark.parametrize("number", range(KILLS))
def test_after_a_kill_clean_removes_all_of_the_run_and_nothing_else(lab, tmp_path, reports, number):
    chance = random.Random(number)
    before = lab.state()
    run = begin(
        lab, tmp_path, reports, "--seed", str(number), *(["--concurrency", "2"] if number % 4 == 3 else [])
    )
    # From the first resource on, and now and then before it.
    wanted = chance.choice([0, 1, 5, 20, 60, 120])
    until(lambda: made(reports) >= wanted or run.poll() is not None)
    time.sleep(chance.uniform(0, 0.5))
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    dry = cleaned(lab, tmp_path, reports, "--dry-run")
    left = lab.state().keys() - before.keys()
    assert dry.returncode == (1 if left else 0), dry.stdout
    assert all(name in dry.stdout for name in left)
    assert lab.state().keys() - before.keys() == left, "a dry run changes nothing"
    clean = cleaned(lab, tmp_path, reports)
    assert clean.returncode == 0, clean.stdout
    assert lab.state() == before
    nothing_left(reports)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_an_interrupted_run_cleans_up_and_writes_its_reports(lab, tmp_path, reports, how, concurrency):
    before = lab.state()
    run = begin(lab, tmp_path, reports, "--concurrency", str(concurrency))
    until(lambda: made(reports) >= 12)
    os.kill(run.pid, how)
    assert run.wait(timeout=120) in (1, 3), (tmp_path / "out").read_text()
    assert lab.state() == before
    nothing_left(reports)
    result = json.loads((reports / "result.json").read_bytes())
    assert result["run"]["interrupted"]
    assert result["cleanup"]["created"] >= 12
    assert result["cleanup"]["leftovers"] == []
    assert "Traceback" not in (tmp_path / "out").read_text()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_the_embedded_endpoint_does_not_outlive_its_run(tmp_path, reports, how):
    run = start("run", "--reports", reports, cwd=tmp_path, output=tmp_path / "out")
    until(lambda: made(reports) >= 1)
    servers = subprocess.run(
        ["ps", "--ppid", str(run.pid), "-o", "pid="], capture_output=True, text=True
    ).stdout.split()
    assert servers
    os.kill(run.pid, how)
    run.wait(timeout=120)
    until(lambda: not any(_alive(int(pid)) for pid in servers), 10)


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_clean_leaves_a_run_alone_that_is_still_at_work(lab, tmp_path, reports):
    run = begin(lab, tmp_path, reports)
    try:
        until(lambda: made(reports) >= 5)
        os.kill(run.pid, signal.SIGSTOP)
        there = lab.state().keys()
        clean = cleaned(lab, tmp_path, reports)
        assert re.search(r"run \w+ is still at work \(process \d+\)", clean.stdout)
        assert lab.state().keys() == there
    finally:
        os.kill(run.pid, signal.SIGCONT)
        os.kill(run.pid, signal.SIGTERM)
        run.wait(timeout=120)


def test_without_its_ledger_a_run_is_cleaned_up_by_its_tag_when_it_is_named(lab, tmp_path, reports):
    before = lab.state()
    run = begin(lab, tmp_path, reports)
    until(lambda: made(reports) >= 8)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    [ledger] = (reports / ".ledger").glob("*.jsonl")
    run_id = ledger.name.split("-")[0]
    ledger.unlink()
    spared = cleaned(lab, tmp_path, reports)
    assert spared.returncode == 1
    assert f"volcheck clean --run {run_id}" in spared.stdout
    clean = cleaned(lab, tmp_path, reports, "--run", run_id)
    assert clean.returncode == 0, clean.stdout
    assert lab.state() == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--endpoint", "http://127.0.0.1:1/v2", "--project-id", "p"], 3, "connection was refused"),
        ([], 2, "--endpoint"),
        (["--endpoint", "http://127.0.0.1:1/v2", "--project-id", "p", "--run", "x"], 2, "twelve digits"),
    ],
)
def test_clean_says_why_it_can_not(tmp_path, arguments, code, says):
    clean = volcheck("clean", *arguments, cwd=tmp_path)
    assert clean.returncode == code
    assert says in clean.stdout
    assert "Traceback" not in clean.stdout
