"""What a run may touch and how much it may hold at once, seen from the endpoint's side."""

import json
import os
import threading
import time

import pytest
from lab import endpoint, volcheck

SEEDS = [int(seed) for seed in os.environ.get("VOLCHECK_SEEDS", "1 2").split()]


class Watch:
    """Counts what exists, again and again."""

    def __init__(self, lab, before):
        self.volumes = self.gigabytes = self.looks = 0
        self._lab, self._before, self._over = lab, before, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.is_set():
            ours = [json.loads(text) for key, text in self._lab.state().items() if key not in self._before]
            self.volumes = max(self.volumes, sum("volume_id" not in item for item in ours))
            self.gigabytes = max(self.gigabytes, sum(item["size"] for item in ours))
            self.looks += 1
            time.sleep(0.03)


@pytest.mark.parametrize(
    ("options", "volumes", "gigabytes"),
    [
        (["--max-volumes", "9", "--max-gigabytes", "40", "--concurrency", "1"], 9, 40),
        (["--max-volumes", "20", "--max-gigabytes", "80", "--concurrency", "2"], 20, 80),
    ],
    ids=["one after the other", "two at once"],
)
def test_a_run_never_holds_more_than_it_may(tmp_path, options, volumes, gigabytes):
    with endpoint("--delete-delay", "1", "--foreign", "3") as lab:
        before = lab.state()
        with Watch(lab, before) as watch:
            ended = volcheck("run", *lab.options, "--profile", "smoke", *options, cwd=tmp_path)
        assert ended.returncode == 0, ended.stdout
        assert watch.looks > 20
        assert 5 <= watch.volumes <= volumes
        assert watch.gigabytes <= gigabytes
        assert lab.state() == before


@pytest.mark.parametrize("options", [["--quota-volumes", "9"], ["--quota-gigabytes", "20"]])
def test_a_run_that_has_no_room_does_not_begin(tmp_path, options):
    with endpoint(*options) as lab:
        before = lab.state()
        ended = volcheck("run", *lab.options, cwd=tmp_path)
        assert ended.returncode == 3
        assert "There is room for" in ended.stdout
        assert "quota" in ended.stdout
        verdict = json.loads((tmp_path / "reports" / "result.json").read_bytes())["verdict"]
        assert (verdict["name"], verdict["exit_code"]) == ("inconclusive", 3)
        assert "could not begin: There is room for" in verdict["sentence"]["en"]
        assert lab.state() == before


@pytest.mark.parametrize("seed", SEEDS)
def test_a_full_project_is_the_same_afterwards(tmp_path, seed):
    """60 foreign volumes and their snapshots, byte for byte. VOLCHECK_SEEDS and VOLCHECK_PROFILE ask for more."""
    with endpoint("--foreign", "60", "--seed", "9") as lab:
        before = lab.state()
        assert len(before) > 60
        profile = os.environ.get("VOLCHECK_PROFILE", "default")
        ended = volcheck(
            "run", *lab.options, "--attached-volume", lab.facts["attached_volume"], "--seed", str(seed),
            "--profile", profile, cwd=tmp_path, timeout=3000,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout
        assert lab.state() == before


def test_a_read_only_run_sends_nothing_but_get_and_head(tmp_path):
    with endpoint("--foreign", "12") as lab:
        before = lab.state()
        ended = volcheck("run", *lab.options, "--read-only", cwd=tmp_path)
        assert ended.returncode in (0, 3), ended.stdout
        har = json.loads((tmp_path / "reports" / "traffic.har").read_bytes())["log"]["entries"]
        assert len(har) > 50
        assert {entry["request"]["method"] for entry in har} <= {"GET", "HEAD"}
        assert list((tmp_path / "reports" / ".ledger").glob("*")) == []
        assert lab.state() == before
