"""Generated requests from a process of their own, which makes them while the run sets out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cached_property
from typing import Any

from volcheck.errors import VolcheckError
from volcheck.generation.request import Brief, GeneratedRequest, Kind
from volcheck.surroundings import UTF8


class NotGenerated(VolcheckError):
    """The requests of an operation could not be made."""


class Beside:
    """Starts at once to make the requests of a brief, and is waited for when the first are asked for."""

    def __init__(self, brief: Brief) -> None:
        # Closed with the process.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        options = [f"--seed={brief.seed}", f"--volume-size={brief.volume_size}"]
        if brief.openapi is not None:
            options.append(f"--openapi={brief.openapi}")
        self._process = subprocess.Popen(
            # Modules that happen to lie in the user's folder are not ours.
            [sys.executable, "-P", "-m", "volcheck.generation", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, **UTF8},
        )

    def load(self) -> None:
        """Wait until all requests are made; see `Source`. Raises NotGenerated where they can't be."""
        _ = self._made

    def play(self, kind: Kind, operation: str, send: Callable[[GeneratedRequest], None]) -> None:
        """Call `send` for each request of an operation; see `Source`. Raises NotGenerated."""
        made = self._made[kind][operation]
        if made["problem"]:
            raise NotGenerated(made["problem"])
        failures = []
        for request in made["requests"]:
            try:
                send(request)
            except AssertionError as failure:
                failures.append(failure)
        if len(failures) > 1:
            raise ExceptionGroup(f"{len(failures)} of the requests failed", failures)
        if failures:
            raise failures[0]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._stderr.close()

    @cached_property
    def _made(self) -> dict[str, dict[str, Any]]:
        text, _ = self._process.communicate()
        if self._process.returncode:
            self._stderr.seek(0)
            lines = self._stderr.read().decode("utf-8", "replace").split("\n")
            last = next((line for line in reversed(lines) if line.strip()), "it said nothing")
            raise NotGenerated(
                f"the process that makes requests from the contract ended with code {self._process.returncode} ({last}); "
                "start `python -m volcheck.generation` to see why"
            )
        made: dict[str, dict[str, Any]] = json.loads(text)
        for operations in made.values():
            for one in operations.values():
                one["requests"] = [GeneratedRequest.from_plain(each) for each in one["requests"]]
        return made
