"""The reference endpoint as a process of its own, for runs that name no endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

from volcheck.errors import VolcheckError
from volcheck.gateway.process import UTF8
from volcheck.reference.settings import EDITIONS


class ReferenceProcess(Protocol):
    """A reference endpoint that runs beside this process."""

    @property
    def facts(self) -> dict[str, Any]:
        """What it said when it was ready."""

    def close(self) -> None:
        """End the process."""


def options_for(edition: str, options: Sequence[str]) -> list[str]:
    """The options of a reference endpoint that serves an edition, unless they name another one themselves.

    One that the endpoint can't serve is left to the contract, which knows them all.
    """
    return [f"--edition={edition}", *options] if edition in EDITIONS[1:] else list(options)


class Embedded:
    """A reference endpoint that lives as long as the run. It starts at once, and is waited for when its facts are read."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        if options:
            # Imported here, as hardly any run has some.
            from volcheck.reference.command import check_options

            check_options(options)
        # Its own session: an interrupt at the terminal is the run's, which still needs the endpoint to clean up.
        self._process = subprocess.Popen(
            # Modules that happen to lie in the user's folder are not ours: hence -P.
            [
                sys.executable,
                "-P",
                "-m",
                "volcheck.reference",
                "--ready",
                "json",
                "--exit-with-parent",
                *options,
            ],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **UTF8},
            encoding="utf-8",
            start_new_session=True,
        )

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What it said when it was ready. Raises VolcheckError where it ended before."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise VolcheckError(
                f"The embedded reference endpoint ended with code {self._process.wait()} before it was ready; "
                "start it with `volcheck serve` to see why."
            )
        facts: dict[str, Any] = json.loads(line)
        return facts

    def close(self) -> None:
        """Kill the process: it keeps everything in memory, so that there is nothing to shut down in order."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
