"""A campaign and a qualification on a Dask cluster: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.runner.test_campaign import reference

pytest.importorskip("distributed")
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "GITHUB_"))}
TOKEN = "GOOD"


class Cluster:
    """A scheduler, and workers to be started and killed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.file = folder / "scheduler.json"
        self.workers: list[psutil.Process] = []
        self._folder = folder
        self._stack = stack
        self._dask("scheduler", "--scheduler-file", str(self.file), "--host", "127.0.0.1", "--port", "0")
        _until(lambda: self.file.exists() and self.file.read_text("utf-8").endswith("}"))
        self.address: str = json.loads(self.file.read_text("utf-8"))["address"]

    def _dask(self, *words: str, **environment: str) -> psutil.Process:
        with (self._folder / f"{words[0]}-{len(self.workers)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--no-dashboard"],
                cwd=self._folder,
                env={**ENVIRONMENT, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._stack.callback(self._end, process)
        return psutil.Process(process.pid)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            kill_tree(psutil.Process(process.pid))
        process.wait()

    def worker(self, **environment: str) -> None:
        """Start a worker, which has these variables of its own."""
        words = (
            "--nthreads",
            "1",
            "--no-nanny",
            "--host",
            "127.0.0.1",
            "--local-directory",
            str(self._folder),
        )
        log = self._folder / f"worker-{len(self.workers)}.log"
        self.workers.append(self._dask("worker", self.address, *words, **environment))
        _until(lambda: "Registered to" in log.read_text("utf-8"))


def kill_tree(process: psutil.Process) -> None:
    """Kill a process and all that it has started, as the end of its machine would."""
    for each in [process, *process.children(recursive=True)]:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


def calls_of(worker: psutil.Process) -> list[psutil.Process]:
    return [each for each in worker.children() if "volcheck" in each.cmdline()]


def _until(condition: Any, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.1)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


def volcheck(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "volcheck", *arguments],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=500)
    return process.returncode, said


def outcomes(folder: Path, name: str) -> dict[str, str]:
    result = json.loads((folder / name / "result.json").read_text("utf-8"))
    return {record["id"]: record["outcome"] for record in result["requirements"]}


def campaign(folder: Path, **endpoints: Any) -> None:
    lines = [
        f"  - {{name: {name}, endpoint: '{facts['endpoint']}', project_id: {facts['project_id']}, token: T_{name.upper()}}}"
        for name, facts in endpoints.items()
    ]
    (folder / "campaign.yaml").write_text("endpoints:\n" + "\n".join(lines), "utf-8")


def test_a_campaign_gives_there_what_it_gives_here_and_no_token_travels(
    tmp_path: Path, cluster: Cluster
) -> None:
    with reference() as good, reference("--defect=type-none") as bad:
        campaign(tmp_path, good=good, bad=bad)
        tokens = {"T_GOOD": good["token"], "T_BAD": bad["token"]}
        for _ in range(2):
            cluster.worker(**tokens)
        words = ("run", "--campaign", "campaign.yaml", "--profile", "smoke")
        here, said = finished(volcheck(tmp_path, *words, "--reports", "here", **tokens))
        assert here == 1, said
        # Without any token: the workers have them.
        there, said = finished(volcheck(tmp_path, *words, "--reports", "there", "--dask", cluster.address))
    assert there == here, said
    for name in ("good", "bad"):
        assert outcomes(tmp_path / "there", name) == outcomes(tmp_path / "here", name)
        assert (tmp_path / "there" / name / "report.html").is_file()
        assert f"{name}: " in said
    matrices = [
        json.loads((tmp_path / folder / "endpoints.json").read_text("utf-8")) for folder in ("here", "there")
    ]
    assert matrices[0]["rows"] == matrices[1]["rows"]
    everything = said + "".join(
        path.read_text("utf-8") for path in (tmp_path / "there").rglob("*.*") if path.is_file()
    )
    assert not any(token in everything for token in tokens.values())


def test_a_worker_without_the_token_says_so(tmp_path: Path, cluster: Cluster) -> None:
    campaign(tmp_path, dead={"endpoint": "http://127.0.0.1:9/v2", "project_id": "p"})
    cluster.worker()
    code, said = finished(
        volcheck(tmp_path, "run", "--campaign", "campaign.yaml", "--dask", cluster.address, T_DEAD="abcdefgh")
    )
    assert code == 2
    assert "On the worker: The token of dead is missing: set T_DEAD in the environment." in said


def test_a_worker_killed_in_the_middle_of_a_campaign_loses_nothing(tmp_path: Path, cluster: Cluster) -> None:
    with reference("--request-delay=0.05") as one, reference("--request-delay=0.05") as two:
        campaign(tmp_path, one=one, two=two)
        for _ in range(2):
            cluster.worker(T_ONE=one["token"], T_TWO=two["token"])
        words = ("run", "--campaign", "campaign.yaml", "--profile", "smoke", "--reports", "out")
        running = volcheck(tmp_path, *words, "--dask", cluster.address)
        _until(lambda: all(calls_of(worker) for worker in cluster.workers))
        # In the middle of its run.
        time.sleep(3)
        assert calls_of(cluster.workers[0])
        kill_tree(cluster.workers[0])
        code, said = finished(running)
    assert code == 0, said
    for name in ("one", "two"):
        found = outcomes(tmp_path / "out", name)
        assert "passed" in found.values()
        assert "failed" not in found.values()
        result = json.loads((tmp_path / "out" / name / "result.json").read_text("utf-8"))
        assert not result["run"]["interrupted"]


def test_a_campaign_that_is_interrupted_lets_its_runs_clean_up(tmp_path: Path, cluster: Cluster) -> None:
    with reference("--request-delay=0.05") as one:
        campaign(tmp_path, one=one)
        cluster.worker(T_ONE=one["token"])
        words = ("run", "--campaign", "campaign.yaml", "--reports", "out", "--dask", cluster.address)
        running = volcheck(tmp_path, *words)
        _until(lambda: calls_of(cluster.workers[0]))
        time.sleep(8)
        running.terminate()
        code, said = finished(running)
    assert code == 3, said
    result = json.loads((tmp_path / "out" / "one" / "result.json").read_text("utf-8"))
    assert result["run"]["interrupted"]
    assert result["cleanup"]["leftovers"] == []


def test_a_qualification_gives_there_what_it_gives_here_though_a_worker_is_killed(
    tmp_path: Path, cluster: Cluster
) -> None:
    names = ("version-none", "type-none", "version-v2-missing", "error-token-403", "error-name-other")
    words = ["qualify", "--profile", "smoke", *(f"--defects={name}" for name in names)]
    here, said = finished(volcheck(tmp_path, *words, "--json", "here.json"))
    assert "caught" in said, said
    for _ in range(2):
        cluster.worker()
    running = volcheck(tmp_path, *words, "--json", "there.json", "--dask", cluster.address)
    _until(lambda: all(calls_of(worker) for worker in cluster.workers))
    time.sleep(1)
    kill_tree(cluster.workers[0])
    there, said = finished(running)
    assert there == here, said
    first, second = (json.loads((tmp_path / f"{name}.json").read_text("utf-8")) for name in ("here", "there"))
    assert [each["name"] for each in second["defects"]] == [each["name"] for each in first["defects"]]
    for one, other in zip(
        [first["control"], *first["defects"]], [second["control"], *second["defects"]], strict=True
    ):
        assert one["fate"] == other["fate"]
        assert {each["requirement"] for each in one["catches"]} == {
            each["requirement"] for each in other["catches"]
        }
    assert first["silent"] == second["silent"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("qualify", "--dask", "tcp://127.0.0.1:9"), "no Dask scheduler answers there"),
        (("qualify", "--dask", "nonsense://x"), "no Dask scheduler answers there"),
        (("run", "--dask", "tcp://127.0.0.1:9"), "--dask is for several endpoints"),
    ],
)
def test_what_a_cluster_cannot_be_asked(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    code, said = finished(volcheck(tmp_path, *arguments))
    assert code == 2, said
    assert message in said


def test_a_scheduler_without_workers_is_told_at_once(tmp_path: Path, cluster: Cluster) -> None:
    code, said = finished(volcheck(tmp_path, "qualify", "--dask", cluster.address))
    assert code == 2, said
    assert "the scheduler has no worker" in said
