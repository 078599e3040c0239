"""Whole runs with credentials from clouds.yaml: tokens expire in mid-run, and no secret is written anywhere."""

import json
import os
import subprocess
import sys

import pytest

from volcheck.runner.embedded import Embedded

pytest.importorskip("openstack")


def run(folder, *options, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    return subprocess.run(
        [sys.executable, "-m", "volcheck", "run", "--reports", str(folder), *options],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("concurrency", [[], ["--concurrency", "1"]], ids=["at once", "one after the other"])
def test_tokens_that_expire_in_mid_run_do_not_disturb_it(tmp_path, concurrency):
    embedded = Embedded(["--token-lifetime", "2", "--volume-delay", "2.5"])
    facts = embedded.facts

    def cloud(who=""):
        auth = {
            "auth_url": facts["identity"],
            "username": facts[f"{who}username"],
            "password": facts[f"{who}password"],
            "project_id": facts["project_id"] if not who else facts["other_project_id"],
        }
        return {"auth": auth, "identity_api_version": "2.0"}

    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"main": cloud(), "next": cloud("other_")}}))
    options = ["--cloud", "main", "--other-cloud", "next", "--image", facts["image"], "--image-size", "2"]
    options += ["--attached-volume", facts["attached_volume"], "--profile", "smoke", *concurrency]
    try:
        done = run(tmp_path / "r", *options, OS_CLIENT_CONFIG_FILE=str(tmp_path / "clouds.yaml"))
    finally:
        embedded.close()
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((tmp_path / "r/result.json").read_text())
    outcomes = {one["outcome"] for one in result["requirements"] if one["level"] == "must"}
    assert outcomes == {"passed", "not applicable"}
    assert not any(one["outcome"] == "failed" for one in result["requirements"])
    assert result["run"]["duration"] > 2
    written = done.stdout + done.stderr
    written += "".join(path.read_text() for path in (tmp_path / "r").rglob("*") if path.is_file())
    for secret in ("password", "username", "other_password", "other_username"):
        assert facts[secret] not in written


def test_a_refused_password_is_one_sentence(tmp_path, served, as_user):
    done = run(tmp_path, **{**as_user(OS_PASSWORD="wrong-password")})
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("volcheck: The identity service ")
    assert done.stderr.count("\n") == 1
    assert "wrong-password" not in done.stderr


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        (["--rate-limit", "20", "--rate-limit-status", "413"], {413}),
        (["--rate-limit", "20", "--outage", "0.1:2"], {429, 503}),
    ],
    ids=["413", "429 and 503"],
)
def test_a_busy_endpoint_is_borne_with(tmp_path, options, answers):
    passed_on = [f"--reference-option={option}" for option in options]
    done = run(tmp_path, "--only", "snapshot-delete", *passed_on)
    assert done.returncode == 0, done.stdout + done.stderr
    traffic = json.loads((tmp_path / "traffic.har").read_text())
    statuses = {entry["response"]["status"] for entry in traffic["log"]["entries"]}
    assert answers <= statuses
