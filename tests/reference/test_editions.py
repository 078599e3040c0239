"""The endpoint as an edition of the published document has it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def today(start):
    with start("--edition=2026") as server:
        yield server.main


def test_2026_has_a_reserved_and_an_encrypted_volume(today) -> None:
    volumes = {one["name"]: one for one in today.get("/volumes/detail")["volumes"]}
    assert (volumes["root"]["status"], volumes["root"]["bootable"]) == ("reserved", "true")
    secret = volumes["encrypted"]
    assert secret["encrypted"] is True
    assert set(secret["nhn_encryption"]) == {"skm_key_id", "skm_key_version"}
    assert today("DELETE", f"/volumes/{volumes['root']['id']}").status_code == 400


def test_2026_makes_an_encrypted_volume(today) -> None:
    key = {"skm_appkey": "app", "skm_key_id": "key-1"}
    volume = today.volume(size=1, nhn_encryption=key)
    shown = today.get(f"/volumes/{volume['id']}")["volume"]
    assert shown["nhn_encryption"] == {"skm_key_id": "key-1", "skm_key_version": 1}
    assert shown["encrypted"] is True
    copy = today.volume(size=1, source_volid=volume["id"])
    assert today.get(f"/volumes/{copy['id']}")["volume"]["nhn_encryption"]["skm_key_id"] == "key-1"
    for wrong in ({}, {"skm_key_id": 1, "skm_appkey": "a"}, "key"):
        answer = today("POST", "/volumes", json={"volume": {"size": 1, "nhn_encryption": wrong}})
        assert answer.status_code == 400
    plain = today.volume(size=1, nhn_encryption=None)
    assert plain["encrypted"] is False
    assert "nhn_encryption" not in plain


def test_2020_knows_neither(client) -> None:
    volume = client.volume(size=1, nhn_encryption={"skm_appkey": "app", "skm_key_id": "key-1"})
    assert volume["encrypted"] is False
    assert "nhn_encryption" not in volume
    assert "reserved" not in {one["status"] for one in client.get("/volumes/detail")["volumes"]}


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--edition=2026"], 0, None),
        (["--reference-option=--edition=2026"], 1, "try --edition 2026"),
    ],
    ids=["held to its own edition", "held to the one before"],
)
def test_a_run_holds_the_endpoint_to_an_edition(
    tmp_path: Path, options: list[str], code: int, says: str | None
) -> None:
    only = ["--only=listVolumesDetail", "--only=exchange.body-schema", "--profile=smoke"]
    command = [sys.executable, "-m", "volcheck", "run", *options, *only, f"--reports={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    result = json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert (done.returncode, result["verdict"]["exit_code"]) == (code, code), done.stdout + done.stderr
    if says is None:
        assert "other_edition" not in result["run"]
        assert result["contract"]["edition"] == "2026"
        assert "--edition 2026" in done.stdout
    else:
        assert says in result["run"]["other_edition"]["en"]
        assert "reserved" in result["run"]["other_edition"]["en"]
        assert "nhn_encryption" in result["run"]["other_edition"]["ko"]
        assert [f["edition"] for f in result["undocumented"]] == ["2026"] * len(result["undocumented"])
