"""A reference endpoint and runs of volcheck as processes, for tests that kill and watch them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from canaries import OTHER, PROJECT, TOKEN, everything


def environment(**more: str) -> dict[str, str]:
    """The environment of every process: nobody's credentials but the canaries."""
    trust = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("OS_") and name not in trust
    }
    fixed = {
        "VOLCHECK_REFERENCE_TOKEN": TOKEN,
        "VOLCHECK_REFERENCE_OTHER_TOKEN": OTHER,
        "VOLCHECK_REFERENCE_PROJECT_ID": PROJECT,
        "OS_TOKEN": TOKEN,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return kept | fixed | more


class Endpoint:
    """A running reference endpoint."""

    def __init__(self, facts: dict[str, Any], process: subprocess.Popen[str]) -> None:
        self.facts = facts
        self.process = process
        self.options = ["--endpoint", facts["endpoint"], "--project-id", PROJECT]

    def state(self) -> dict[str, str]:
        """Every volume and snapshot of the project as it is shown, byte for byte."""
        return everything(self.facts["endpoint"])


@contextlib.contextmanager
def endpoint(*options: str) -> Iterator[Endpoint]:
    """Serve the reference endpoint for the time of the block."""
    command = [sys.executable, "-m", "volcheck.reference", "--ready", "json", "--exit-with-parent", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            yield Endpoint(json.loads(process.stdout.readline()), process)
        finally:
            process.terminate()


def volcheck(
    *arguments: str | Path, cwd: Path, timeout: float = 240, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command of volcheck to its end; standard error goes with standard output."""
    return subprocess.run(
        [sys.executable, "-m", "volcheck", *map(str, arguments)],
        cwd=cwd,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )


def start(*arguments: str | Path, cwd: Path, output: Path, **variables: str) -> subprocess.Popen[bytes]:
    """Start a command of volcheck in a session of its own."""
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "volcheck", *map(str, arguments)],
            cwd=cwd,
            env=environment(**variables),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def made(reports: Path) -> int:
    """How many resources the ledgers in a folder say were made."""
    return sum(path.read_bytes().count(b'"made"') for path in (reports / ".ledger").glob("*.jsonl"))


def until(condition: Any, seconds: float = 120) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
