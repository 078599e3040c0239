"""Clients that we did not write do the documented life cycle against the endpoint, unmodified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

CINDER = "import sys; from cinderclient.shell import main; sys.argv[0] = 'cinder'; main()"
SDK = """
import json, sys
import openstack

facts, version = json.load(sys.stdin), sys.argv[1]
cloud = openstack.connect(
    load_yaml_config=False, load_envvars=False, auth_type="v2password", region_name=facts["region"],
    auth={"auth_url": facts["identity"], "username": facts["username"], "password": facts["password"],
          "tenant_id": facts["project_id"]},
    identity_api_version="2", volume_api_version=version,
)
storage = cloud.block_storage
assert type(storage).__module__ == f"openstack.block_storage.v{version}._proxy"
assert "General HDD" in [each.name for each in storage.types()]
volume = storage.create_volume(size=2, name="볼륨 😀", metadata={"a": "b"}, volume_type="General HDD")
volume = storage.wait_for_status(volume, "available", interval=0.05, wait=10)
assert (volume.name, volume.size, volume.metadata) == ("볼륨 😀", 2, {"a": "b"})
assert volume.id in [each.id for each in storage.volumes(limit=1)]
snapshot = storage.create_snapshot(volume_id=volume.id, name="snap-001")
snapshot = storage.wait_for_status(snapshot, "available", interval=0.05, wait=10)
assert (snapshot.volume_id, snapshot.size) == (volume.id, 2)
clone = storage.create_volume(snapshot_id=snapshot.id, size=3)
clone = storage.wait_for_status(clone, "available", interval=0.05, wait=10)
for what, delete in (
    (snapshot, storage.delete_snapshot), (clone, storage.delete_volume), (volume, storage.delete_volume)
):
    delete(what)
    storage.wait_for_delete(what, interval=0.05, wait=10)
print(json.dumps([each.id for each in storage.volumes()]))
"""


def run(*command: str, given: str = "", **variables: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", *command],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment, **variables},
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line]


@pytest.mark.parametrize("version", ["2", "3"])
def test_openstacksdk(server, version):
    pytest.importorskip("openstack")
    left = json.loads(run(SDK, version, given=json.dumps(server.facts)))
    assert left == [server.facts["attached_volume"]]


def test_cinder_command_line(server):
    pytest.importorskip("cinderclient")
    facts = server.facts
    variables = {
        "OS_AUTH_URL": facts["identity"],
        "OS_USERNAME": facts["username"],
        "OS_PASSWORD": facts["password"],
        "OS_TENANT_NAME": facts["tenant_name"],
        "OS_PROJECT_NAME": facts["tenant_name"],
        "OS_REGION_NAME": facts["region"],
        "OS_VOLUME_API_VERSION": "3",
    }

    def cinder(*arguments: str) -> dict[str, str]:
        return {row[0]: row[1] for row in rows(run(CINDER, *arguments, **variables)) if len(row) > 1}

    volume = cinder("create", "2", "--name", "hello", "--metadata", "a=b")["id"]
    server.main.wait("volume", volume)
    assert volume in cinder("list", "--sort", "name:asc")
    snapshot = cinder("snapshot-create", volume, "--name", "s1")["id"]
    server.main.wait("snapshot", snapshot)
    assert cinder("snapshot-list")[snapshot] == volume
    cinder("snapshot-delete", snapshot)
    while server.main("GET", f"/snapshots/{snapshot}").status_code != 404:
        time.sleep(0.01)
    cinder("delete", volume)
    # The command does not wait for the end of what it asked for, either.
    while server.main("GET", f"/volumes/{volume}").status_code != 404:
        time.sleep(0.01)
    assert volume not in cinder("list")
