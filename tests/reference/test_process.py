from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
COMMAND = [sys.executable, "-m", "volcheck.reference"]


def run(*options, **variables):
    return subprocess.run(
        [*COMMAND, *options], capture_output=True, text=True, timeout=20,
        env={**os.environ, "PYTHONPATH": SOURCE, **variables}, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_goes_quietly(number):
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": SOURCE, "VOLCHECK_REFERENCE_TOKEN": "abc", "PYTHONUNBUFFERED": "1"},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[0].startswith("Reference endpoint ready at http://127.0.0.1:")
        assert lines[2] == "export OS_TOKEN=abc\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_exits_with_its_parent():
    command = [*COMMAND, "--ready", "json", "--exit-with-parent"]
    script = (
        "import subprocess, sys\n"
        f"p = subprocess.Popen({command!r}, stdout=subprocess.PIPE)\n"
        "sys.stdout.buffer.write(p.stdout.readline())\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20,
        env={**os.environ, "PYTHONPATH": SOURCE}, check=True,
    )  # fmt: skip
    host, port = json.loads(answer.stdout)["endpoint"].removeprefix("http://").removesuffix("/v2").split(":")
    end = time.monotonic() + 5
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))):
                return
        time.sleep(0.05)
    raise AssertionError("the endpoint outlived its parent")


def test_one_sentence_for_bad_input():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for answer in (
            run("--port", port),
            run("--port", "99999"),
            run("--defect", "no-such-defect"),
            run("--no-such-option"),
            run(VOLCHECK_REFERENCE_TOKEN="not a token"),
            run(VOLCHECK_REFERENCE_TOKEN="x", VOLCHECK_REFERENCE_OTHER_TOKEN="x"),
        ):
            assert answer.returncode == 2
            assert answer.stdout == ""
            assert "Error: " in answer.stderr
            assert "Traceback" not in answer.stderr
