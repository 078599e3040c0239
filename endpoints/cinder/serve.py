#!/usr/bin/env python3
"""Serves a real Cinder and a real Keystone on loopback: serve.py [--release 29] [--ready json].

Keystone is one process, Cinder's API, scheduler and volume service another; both start fresh and end with
this one. Logs, databases and a clouds.yaml lie in `run-<release>` of the state folder until the next start.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from configuration import Ports, write_cinder, write_keystone
from identity import Account, Accounts, Token, call, expect
from processes import Service, free_ports
from releases import CURRENT, DATABASES, RELEASES, LabError, Release, clean_environment, release, state_folder

REGION = "RegionOne"
#: Seconds that a service may take to come up; a busy machine needs several times what an idle one does.
PATIENCE = 120


@contextmanager
def sole_instance(wanted: Release) -> Iterator[None]:
    """Hold the release's run folder; LabError when another instance holds it."""
    with (state_folder() / f"run-{wanted.key}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(
                f"Cinder {wanted.key} already runs from {wanted.run}. Stop it, or set VOLCHECK_CINDER_STATE "
                "to another folder and install there."
            ) from None
        yield


def fresh_state(wanted: Release, ports: Ports, token_lifetime: int) -> Accounts:
    """Lay out the run folder from the templates and answer the accounts that are in them."""
    if not (wanted.templates / ".finished").is_file():
        raise LabError(f"Cinder {wanted.key} is not installed. Run install.py --release {wanted.key} first.")
    shutil.rmtree(wanted.run, ignore_errors=True)
    wanted.run.mkdir(mode=0o700)
    for name in DATABASES:
        copy_database(wanted.templates / name, wanted.run / name)
    shutil.copytree(wanted.templates / "fernet-keys", wanted.run / "fernet-keys")
    accounts = Accounts.load(wanted.templates / "accounts.json")
    write_keystone(wanted.run, ports, token_lifetime)
    write_cinder(wanted.run, wanted.venv, ports, accounts.cinder.password)
    point_catalogue(wanted.run / "keystone.sqlite", ports)
    return accounts


def copy_database(source: Path, target: Path) -> None:
    """Copy a database with what is still in its write-ahead log."""
    with closing(sqlite3.connect(source)) as template, closing(sqlite3.connect(target)) as fresh:
        template.backup(fresh)


def point_catalogue(database: Path, ports: Ports) -> None:
    """Write this start's ports into the catalogue. Doing it in the database needs no running Keystone."""
    urls = {"identity": ports.identity_url, "volumev3": f"{ports.volume_url}/$(project_id)s"}
    urls["block-storage"] = urls["volumev3"]
    statement = "UPDATE endpoint SET url = ? WHERE service_id IN (SELECT id FROM service WHERE type = ?)"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(statement, [(url, kind) for kind, url in urls.items()])


def write_clouds(path: Path, identity: str, accounts: Accounts) -> None:
    """Write clouds.yaml with the clouds `volcheck-main` and `volcheck-other` (JSON is YAML)."""

    def cloud(account: Account) -> dict[str, Any]:
        return {
            "auth": {
                "auth_url": identity,
                "username": account.username,
                "password": account.password,
                "project_name": account.project_name,
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "region_name": REGION,
            "identity_api_version": "3",
            "volume_api_version": "3",
        }

    clouds = {account.project_name: cloud(account) for account in (accounts.main, accounts.other)}
    path.touch(mode=0o600)
    path.write_text(json.dumps({"clouds": clouds}, indent=2) + "\n", encoding="utf-8")


def attach_a_volume(url: str, token: Token) -> str:
    """Make a volume and bring it into the status in-use, as Nova would; answers its id."""
    base = f"{url}/{token.project_id}/volumes"

    def act(action: dict[str, Any]) -> None:
        expect(
            call("POST", f"{base}/{volume}/action", action, token.value), 202, doing=f"The action {action}"
        )

    body = {"volume": {"size": 1, "name": "attached to a server", "volume_type": "General HDD"}}
    made = expect(call("POST", base, body, token.value), 202, doing="Making a volume to attach")
    volume = str(made["volume"]["id"])
    wait_for_status(base, volume, token, "available")
    act({"os-reserve": {}})
    act({"os-attach": {"instance_uuid": str(uuid.uuid4()), "mountpoint": "/dev/vdb", "mode": "rw"}})
    wait_for_status(base, volume, token, "in-use")
    return volume


def wait_for_status(base: str, volume: str, token: Token, wanted: str) -> None:
    """Wait until the volume has the status; LabError on an error status or when PATIENCE is over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        shown = expect(call("GET", f"{base}/{volume}", token=token.value), 200, doing="Showing a volume")
        status = shown["volume"]["status"]
        if status == wanted:
            return
        if status.startswith("error") or time.monotonic() > deadline:
            raise LabError(
                f"Volume {volume} is {status} and not {wanted}. Read cinder.log in the state folder."
            )
        time.sleep(0.1)


def start(
    wanted: Release, ports: Ports, accounts: Accounts, running: ExitStack
) -> tuple[list[Service], dict[str, Any]]:
    """Start both services, wait until they work, and answer them with everything a client needs to know."""
    environment = clean_environment()
    settings = environment | {"OS_KEYSTONE_CONFIG_FILES": str(wanted.run / "keystone.conf")}
    keystone_arguments = [str(ports.identity)]
    keystone = Service("keystone", wanted.python, keystone_arguments, settings, wanted.run / "keystone.out")
    running.callback(keystone.stop)
    cinder_arguments = ["--config-file", str(wanted.run / "cinder.conf")]
    cinder = Service("cinder", wanted.python, cinder_arguments, environment, wanted.run / "cinder.out")
    running.callback(cinder.stop)

    keystone.wait_until(ports.identity_url, lambda answer: answer.status == 200, PATIENCE)
    main, other = accounts.main.token(ports.identity_url), accounts.other.token(ports.identity_url)
    cinder.wait_until(f"http://127.0.0.1:{ports.volume}/", lambda answer: answer.status == 300, PATIENCE)
    clouds = wanted.run / "clouds.yaml"
    write_clouds(clouds, ports.identity_url, accounts)
    return [keystone, cinder], {
        "release": wanted.pinned("cinder"),
        "endpoint": ports.volume_url,
        "project_id": main.project_id,
        "token": main.value,
        "other_project_id": other.project_id,
        "other_token": other.value,
        "token_expires": main.expires,
        "identity": ports.identity_url,
        "username": accounts.main.username,
        "password": accounts.main.password,
        "user_domain_name": "Default",
        "project_name": accounts.main.project_name,
        "project_domain_name": "Default",
        "other_username": accounts.other.username,
        "other_password": accounts.other.password,
        "other_project_name": accounts.other.project_name,
        "region": REGION,
        "clouds_yaml": str(clouds),
        "attached_volume": attach_a_volume(ports.volume_url, main),
        "image": None,
        "database": str(wanted.run / "cinder.sqlite"),
        "logs": str(wanted.run),
        "pid": os.getpid(),
        "keystone_pid": keystone.pid,
        "cinder_pid": cinder.pid,
    }


def describe(facts: dict[str, Any], seconds: float) -> str:
    """What a person needs to use the endpoint."""
    return f"""\
Cinder {facts["release"]} and Keystone are up after {seconds:.1f} s. Ctrl-C stops them.

  endpoint    {facts["endpoint"]}
  project id  {facts["project_id"]}
  in-use      {facts["attached_volume"]}  (a volume that is attached)
  database    {facts["database"]}
  logs        {facts["logs"]}

With a token (valid until {facts["token_expires"]}):
  export OS_TOKEN={facts["token"]}
  export OS_OTHER_TOKEN={facts["other_token"]}    # project {facts["other_project_id"]}

With a user, tokens from Keystone:
  export OS_AUTH_URL={facts["identity"]} OS_IDENTITY_API_VERSION=3 OS_REGION_NAME={facts["region"]}
  export OS_USERNAME={facts["username"]} OS_PASSWORD={facts["password"]} OS_USER_DOMAIN_NAME=Default
  export OS_PROJECT_NAME={facts["project_name"]} OS_PROJECT_DOMAIN_NAME=Default

With clouds.yaml (clouds volcheck-main and volcheck-other):
  export OS_CLIENT_CONFIG_FILE={facts["clouds_yaml"]}
"""


class StopAsked(Exception):
    """Somebody asked the launcher to stop."""


def stop(number: int, frame: FrameType | None) -> None:
    """Handle SIGTERM, SIGINT and SIGHUP: leave through the `with` blocks, which end the services."""
    for again in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    raise StopAsked


def watch(services: list[Service], parent: int | None) -> None:
    """Stay until a service ends (LabError) or, where `parent` is given, that process is gone (StopAsked)."""
    while True:
        for service in services:
            service.check()
        if parent is not None and os.getppid() != parent:
            raise StopAsked
        time.sleep(0.3)


def serve(options: argparse.Namespace) -> None:
    """Start, say so, and stay. Raises StopAsked or LabError; the services are down by then."""
    began = time.monotonic()
    parent = os.getppid() if options.exit_with_parent else None
    wanted = release(options.release)
    state_folder().mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    with sole_instance(wanted), ExitStack() as running:
        free = free_ports(2)
        ports = Ports(options.identity_port or free[0], options.port or free[1])
        accounts = fresh_state(wanted, ports, options.token_lifetime)
        services, facts = start(wanted, ports, accounts, running)
        if options.ready == "json":
            sys.stdout.write(json.dumps(facts) + "\n")
        else:
            sys.stdout.write(describe(facts, time.monotonic() - began))
        sys.stdout.flush()
        watch(services, parent)


def main() -> int:
    """Serve what the command line asks for. Exit codes: 0 stopped on request, 1 not started or broken."""
    parser = argparse.ArgumentParser(
        description="Serve a real Cinder and a real Keystone on loopback.",
        epilog="Environment: CINDER_LAB_DELAY=SECONDS makes each volume and snapshot take that long; "
        "VOLCHECK_CINDER_STATE=FOLDER is where everything lies (default: .state beside this script).",
    )
    parser.add_argument(
        "--release", default=CURRENT, help=f"one of {', '.join(RELEASES)} (default {CURRENT})"
    )
    parser.add_argument("--port", type=int, default=0, help="Cinder's port (default: a free one)")
    parser.add_argument("--identity-port", type=int, default=0, help="Keystone's port (default: a free one)")
    parser.add_argument(
        "--token-lifetime",
        type=int,
        default=14400,
        metavar="SECONDS",
        help="how long tokens last (default 14400)",
    )
    parser.add_argument(
        "--ready", choices=("text", "json"), default="text", help="what to print when it works"
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when the starting process is gone"
    )
    try:
        serve(parser.parse_args())
    except StopAsked:
        return 0
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    raise AssertionError("serve() only ends by raising")


if __name__ == "__main__":
    sys.exit(main())
