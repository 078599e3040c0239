#!/usr/bin/env python3
"""Installs one release of Cinder and Keystone: install.py [--release 29] [--again].

A venv from the pinned constraints, then the templates: both databases migrated and filled, so that a start
only copies them. What is there already, from the same constraints and the same scripts, is left alone.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from configuration import Ports, write_cinder, write_keystone
from identity import Account, Accounts, make_accounts
from processes import Service, free_ports, run
from releases import (
    CURRENT,
    DATABASES,
    HERE,
    RELEASES,
    SERVICES,
    LabError,
    Release,
    clean_environment,
    release,
)

#: What the templates are made of; a change in one of them makes new ones.
TEMPLATE_SOURCES = ("configuration.py", "identity.py", "install.py", "services/prepare_cinder.py")


def fingerprint(paths: list[Path]) -> str:
    """One digest over the contents of `paths`."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(folder: Path, wanted: str) -> bool:
    """Whether `folder` was finished with this fingerprint."""
    stamp = folder / ".finished"
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted


def make_venv(wanted: Release, say: Say) -> str:
    """Make the release's venv unless it is there; answers its fingerprint."""
    mark = fingerprint([wanted.constraints]) + sys.version
    if is_current(wanted.venv, mark):
        return mark
    shutil.rmtree(wanted.venv, ignore_errors=True)
    wanted.venv.parent.mkdir(parents=True, exist_ok=True)
    log = wanted.venv.with_suffix(".log")
    log.write_bytes(b"")
    say(f"Making a venv for Cinder {wanted.pinned('cinder')} and Keystone {wanted.pinned('keystone')}.")
    # pip needs the caller's proxy and index settings: this is the one step that leaves the machine.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    run([sys.executable, "-m", "venv", wanted.venv], environment, log, "Making the venv")
    # The constraints name every package, so there is nothing to resolve.
    install: list[str | Path] = [
        "-m",
        "pip",
        "install",
        "--no-input",
        "--no-deps",
        "--progress-bar",
        "off",
        "-r",
        wanted.constraints,
    ]
    run([wanted.python, *install], environment, log, "pip install")
    (wanted.venv / ".finished").write_text(mark, encoding="utf-8")
    return mark


def make_templates(wanted: Release, venv_mark: str, say: Say) -> None:
    """Migrate and fill both databases unless they are there."""
    mark = venv_mark + fingerprint([HERE / source for source in TEMPLATE_SOURCES])
    folder = wanted.templates
    if is_current(folder, mark):
        return
    say("Migrating and filling the databases.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    log = folder / "install.log"
    environment = clean_environment()
    identity_port, volume_port = free_ports(2)
    ports = Ports(identity_port, volume_port)
    accounts = Accounts(
        Account("admin", secrets.token_urlsafe(16), "admin"),
        Account("cinder", secrets.token_urlsafe(16), "service"),
        Account("volcheck-main", secrets.token_urlsafe(16), "volcheck-main"),
        Account("volcheck-other", secrets.token_urlsafe(16), "volcheck-other"),
    )
    cinder_conf: list[str | Path] = [
        "--config-file",
        write_cinder(folder, wanted.venv, ports, accounts.cinder.password),
    ]
    keystone_conf: list[str | Path] = ["--config-file", write_keystone(folder, ports, token_lifetime=3600)]

    for name in DATABASES:
        make_database(folder / name)
    with subprocess.Popen(
        [wanted.venv / "bin" / "cinder-manage", *cinder_conf, "db", "sync"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    ) as cinder_sync:
        make_keystone_templates(wanted, accounts, ports, keystone_conf, environment, log)
    if cinder_sync.returncode:
        raise LabError(
            f"cinder-manage db sync failed (exit code {cinder_sync.returncode}). Read {folder}/cinder.log."
        )
    run(
        [wanted.python, SERVICES / "prepare_cinder.py", *cinder_conf],
        environment,
        log,
        "Filling Cinder's database",
    )
    accounts.save(folder / "accounts.json")
    (folder / ".finished").write_text(mark, encoding="utf-8")


def make_database(path: Path) -> None:
    """Make an empty SQLite file in which readers don't stand in a writer's way (a write-ahead log).

    Keystone leaves reading transactions open in other threads; without the log, some writes answer 500.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def make_keystone_templates(
    wanted: Release,
    accounts: Accounts,
    ports: Ports,
    configuration: list[str | Path],
    environment: dict[str, str],
    log: Path,
) -> None:
    """Migrate Keystone's database, make its keys, bootstrap it, and let it make the accounts itself."""
    manage: list[str | Path] = [wanted.venv / "bin" / "keystone-manage", *configuration]
    run([*manage, "db_sync"], environment, log, "keystone-manage db_sync")
    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    run([*manage, "fernet_setup", *owner], environment, log, "keystone-manage fernet_setup")
    # Clients look for the public endpoint, Cinder's middleware for the internal one.
    urls = [
        "--bootstrap-public-url",
        "http://127.0.0.1:0/v3",
        "--bootstrap-internal-url",
        "http://127.0.0.1:0/v3",
    ]
    bootstrap = ["bootstrap", "--bootstrap-region-id", "RegionOne", *urls]
    secret = {"OS_BOOTSTRAP_PASSWORD": accounts.admin.password}
    run([*manage, *bootstrap], environment | secret, log, "keystone-manage bootstrap")
    settings = environment | {"OS_KEYSTONE_CONFIG_FILES": str(configuration[1])}
    keystone = Service("keystone", wanted.python, [str(ports.identity)], settings, log)
    try:
        keystone.wait_until(ports.identity_url, lambda answer: answer.status == 200, patience=60)
        make_accounts(ports.identity_url, accounts)
    finally:
        keystone.stop()


class Say:
    """Writes progress for a person to standard error, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, sentence: str) -> None:
        """Write one sentence."""
        sys.stderr.write(f"[{time.monotonic() - self._start:5.1f} s] {sentence}\n")
        sys.stderr.flush()


def install(wanted: Release) -> None:
    """Bring venv and templates of one release up to date; LabError says what stood in the way."""
    say = Say()
    make_templates(wanted, make_venv(wanted, say), say)
    say(f"Cinder {wanted.pinned('cinder')} is installed in {wanted.venv.parent}.")


def main() -> int:
    """Install what the command line asks for. Exit codes: 0 done, 1 not done, 2 wrong usage."""
    parser = argparse.ArgumentParser(description="Install one release of Cinder and Keystone for the suites.")
    parser.add_argument(
        "--release", default=CURRENT, help=f"one of {', '.join(RELEASES)} (default {CURRENT})"
    )
    parser.add_argument("--again", action="store_true", help="throw away what is installed and start over")
    options = parser.parse_args()
    try:
        wanted = release(options.release)
        if options.again:
            shutil.rmtree(wanted.venv, ignore_errors=True)
            shutil.rmtree(wanted.templates, ignore_errors=True)
        install(wanted)
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
