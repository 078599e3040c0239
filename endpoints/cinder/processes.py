"""Starts a service, watches it and takes it down."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from identity import Answer, call
from releases import SERVICES, LabError


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


class Service:
    """One service in a process of its own, which ends when this process does (services/lifeline.py)."""

    def __init__(
        self, name: str, python: Path, arguments: list[str], environment: Mapping[str, str], log: Path
    ):
        self.name = name
        self.log = log
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [python, SERVICES / f"run_{name}.py", *arguments],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                env=environment,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def check(self) -> None:
        """LabError when the service has ended."""
        if (code := self._process.poll()) is not None:
            raise LabError(
                f"{self.name} ended by itself (exit code {code}). Read {self.log} and the log beside it."
            )

    def wait_until(self, url: str, good: Callable[[Answer], bool], patience: float) -> None:
        """Ask `url` until the answer is good; LabError after `patience` seconds, or when the service ends."""
        deadline = time.monotonic() + patience
        while True:
            self.check()
            try:
                if good(call("GET", url)):
                    return
            except OSError:
                pass  # nobody listens yet
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} didn't answer {url} within {patience:.0f} s. Read {self.log}.")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the service: ask, wait five seconds, then make it."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run(command: list[str | Path], environment: Mapping[str, str], log: Path, doing: str) -> None:
    """Run a command to its end with its output in `log`; LabError with the last lines when it fails."""
    with log.open("ab") as sink:
        code = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment
        ).returncode
    if code:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        raise LabError(f"{doing} failed (exit code {code}). The end of {log}:\n  " + "\n  ".join(tail))
