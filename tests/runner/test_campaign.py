"""Many endpoints at once: the file, the processes, the combined report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from volcheck.errors import UsageError
from volcheck.results.folder import taken
from volcheck.runner.campaign import of_clouds, read_campaign


@contextmanager
def reference(*options: str) -> Iterator[Mapping[str, str]]:
    command = [sys.executable, "-m", "volcheck.reference", "--ready", "json", "--exit-with-parent", *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def volcheck(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "GITHUB_"))}
    return subprocess.run(
        [sys.executable, "-m", "volcheck", *arguments],
        cwd=folder,
        env={**inherited, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def written(folder: Path, *entries: str) -> Path:
    path = folder / "campaign.yaml"
    path.write_text("endpoints:\n" + "\n".join(f"  - {{{entry}}}" for entry in entries), "utf-8")
    return path


def test_endpoints_are_tested_side_by_side(tmp_path: Path) -> None:
    with reference() as good, reference("--defect=version-v2-missing") as bad:
        written(
            tmp_path,
            f"name: good, endpoint: '{good['endpoint']}', project_id: {good['project_id']}, token: GOOD",
            f"name: bad, endpoint: '{bad['endpoint']}', project_id: {bad['project_id']}, token: BAD",
            "name: dead, endpoint: 'http://127.0.0.1:9/v2', project_id: abc, token: GOOD",
        )
        (tmp_path / "waivers.yaml").write_text("not even YAML: [", "utf-8")
        tokens = {"GOOD": good["token"], "BAD": bad["token"]}
        done = volcheck(
            tmp_path,
            "run",
            "--campaign",
            "campaign.yaml",
            "--only=versions",
            "--reports=out",
            "--github",
            **tokens,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "out/endpoints.json").read_text("utf-8"))
    assert [side["endpoint"] for side in matrix["endpoints"]] == ["good", "bad"]
    assert [side["verdict"] for side in matrix["endpoints"]] == ["conformant", "not conformant"]
    (silent,) = matrix["silent"]
    assert silent["endpoint"] == "dead"
    assert "can't be reached" in silent["sentence"]
    failed = [row["id"] for row in matrix["rows"] if row["outcomes"] == ["passed", "failed"]]
    assert failed
    assert all(id.startswith(("version", "exchange.")) for id in failed)
    for name in ("good", "bad"):
        assert (
            json.loads((tmp_path / f"out/{name}/result.json").read_text("utf-8"))["endpoint"]["name"] == name
        )
        assert (tmp_path / f"out/{name}/report.html").is_file()
    page = (tmp_path / "out/endpoints.html").read_text("utf-8")
    assert "can&#39;t be reached" in page
    assert '<a href="bad/report.html">bad</a>' in page
    everything = done.stdout + done.stderr + "".join(p.read_text("utf-8") for p in tmp_path.rglob("*.json"))
    assert not any(token in everything for token in tokens.values())
    assert re.search(r"^::error title=bad%3A version", done.stdout, re.MULTILINE)
    assert re.search(r"^::error title=dead", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["name: a, cloud: x", "name: A, cloud: y"], "line 3.*name A is taken already"),
        (["name: a"], "line 2"),
        (["name: a, cloud: x, endpoint: 'http://h/v2', project_id: p"], "line 2"),
        (["name: a, endpoint: 'http://h/v2'"], "line 2"),
        (["name: ../a, cloud: x"], "line 2"),
        (["name: a, cloud: x, tokn: T"], "line 2.*tokn"),
        (["name: a, endpoint: 'http://h/v2', project_id: p, token: 'a secret'"], "line 2"),
        (["name: a, cloud: *x"], "alias"),
    ],
)
def test_a_campaign_that_is_wrong(tmp_path: Path, entries: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_campaign(written(tmp_path, *entries))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--campaign", "campaign.yaml"], "The token of a is missing: set T"),
        (["--campaign", "campaign.yaml", "--endpoint", "http://h/v2"], "--endpoint names one endpoint"),
        (["--campaign", "campaign.yaml", "--cloud", "x"], "--campaign and --cloud"),
        (["--campaign", "nowhere.yaml"], "nowhere.yaml can't be read"),
        (["--cloud", "x", "--cloud", "x"], "--cloud x is named twice"),
    ],
)
def test_what_a_campaign_cannot_be_asked(tmp_path: Path, arguments: list[str], message: str) -> None:
    written(tmp_path, "name: a, endpoint: 'http://h/v2', project_id: p, token: T")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "endpoints.html").write_text("last week's")
    done = volcheck(tmp_path, "run", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    # What last week's campaign has left does not stand for this one.
    (silent,) = json.loads((tmp_path / "reports" / "endpoints.json").read_text("utf-8"))["silent"]
    assert silent["endpoint"] == "campaign"
    assert message in silent["sentence"]
    page = (tmp_path / "reports" / "endpoints.html").read_text("utf-8")
    assert "last week" not in page


def test_a_campaign_leaves_no_older_result_and_takes_none_for_its_own(tmp_path: Path) -> None:
    old = tmp_path / "out" / "dead" / "result.json"
    old.parent.mkdir(parents=True)
    old.write_text("last week's")
    (tmp_path / "out" / "endpoints.json").write_text("last week's")
    written(tmp_path, "name: dead, endpoint: 'http://127.0.0.1:9/v2', project_id: abc, options: [--nonsense]")
    done = volcheck(tmp_path, "run", "--campaign", "campaign.yaml", "--reports=out", OS_TOKEN="abcdefgh")
    assert done.returncode == 2, done.stdout + done.stderr
    assert not old.exists()
    (silent,) = json.loads((tmp_path / "out/endpoints.json").read_text("utf-8"))["silent"]
    assert "--nonsense" in silent["sentence"]


def test_the_result_of_a_run_that_is_at_work_is_left_to_it(tmp_path: Path) -> None:
    mine = tmp_path / "out" / "dead"
    written(tmp_path, "name: dead, endpoint: 'http://127.0.0.1:9/v2', project_id: abc")
    with taken(mine):
        (mine / "result.json").write_text("of the run that is at work")
        done = volcheck(tmp_path, "run", "--campaign", "campaign.yaml", "--reports=out", OS_TOKEN="abcdefgh")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "another run" in done.stdout
    assert (mine / "result.json").read_text() == "of the run that is at work"


def test_two_campaigns_do_not_share_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "name: dead, endpoint: 'http://127.0.0.1:9/v2', project_id: abc")
    with taken(tmp_path / "out", supersede=()):
        done = volcheck(tmp_path, "run", "--campaign", "campaign.yaml", "--reports=out", OS_TOKEN="abcdefgh")
    assert done.returncode == 2
    assert "another run" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_clouds_have_folders_of_their_own() -> None:
    targets: list[Any] = of_clouds(["kr1", "seoul/2"])
    assert [(t.name, t.cloud) for t in targets] == [("kr1", "kr1"), ("seoul_2", "seoul/2")]
