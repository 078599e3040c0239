"""A call of volcheck as a task: what a pool of threads, or a worker of a cluster, is asked to do.

Every call is a process of its own: a run that is asked to end by a signal cleans up first, and neither pool would wait for
that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import attrs

from volcheck import __version__
from volcheck.errors import UsageError
from volcheck.gateway.process import UTF8

#: Seconds between two looks at whether a call is to end.
_LOOK = 0.5
#: Seconds that a call may take to clean up and report once it was asked to end.
_GRACE = 300.0


@attrs.frozen
class Call:
    """What is to be called, without any secret.

    name: what it is called in messages. words: the command line behind `volcheck`; it is called in a folder where `inputs`
    are, by file name. variables: of its environment, each with the name of the variable that has its value where it is
    performed. without: variables of that environment that it does not get. outputs: names of the files that it is expected
    to write, below the folder. patience: seconds after which it is asked to end; None for never.
    version: of the volcheck that asks.
    """

    name: str
    words: tuple[str, ...]
    variables: Mapping[str, str] = attrs.field(factory=dict)
    without: tuple[str, ...] = ()
    inputs: Mapping[str, str] = attrs.field(factory=dict)
    outputs: tuple[str, ...] = ()
    patience: float | None = None
    version: str = __version__

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of its process. Raises UsageError where one of the variables is not set."""
        found = {name: value for name, value in environ.items() if name not in self.without}
        for name, source in self.variables.items():
            if not environ.get(source):
                raise UsageError(f"The token of {self.name} is missing: set {source} in the environment.")
            found[name] = environ[source]
        return found


@attrs.frozen
class Answer:
    """How a call ended: its exit code, the last line that it said, and what it wrote, by file name."""

    code: int
    last: str
    files: Mapping[str, str] = attrs.field(factory=dict)


def perform(
    call: Call,
    *,
    environ: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    stopped: Callable[[], int] = lambda: 0,
    say: Callable[[str], None] = lambda line: None,
) -> Answer:
    """Call volcheck, and wait for its end.

    folder: where it is called, and its outputs stay; without one they come with the answer, out of a temporary folder.
    stopped: asked now and then; 1: it is to end and to clean up before that, 2: it is not to clean up either.
    say: given each line as it comes. Raises UsageError where a variable that it needs is not set.
    """
    environment = call.environment(environ)
    if folder is not None:
        return _perform(call, folder, environment, stopped, say)
    with tempfile.TemporaryDirectory(prefix="volcheck-call-") as name:
        there = Path(name)
        for file, text in call.inputs.items():
            (there / file).write_text(text, encoding="utf-8")
        answer = _perform(call, there, environment, stopped, say)
        files = {
            file: (there / file).read_text(encoding="utf-8")
            for file in call.outputs
            if (there / file).is_file()
        }
        return attrs.evolve(answer, files=files)


def _perform(
    call: Call,
    folder: Path,
    environment: Mapping[str, str],
    stopped: Callable[[], int],
    say: Callable[[str], None],
) -> Answer:
    lines = [""]

    def read(stream: IO[str]) -> None:
        for line in stream:
            if line.strip():
                lines[0] = line.rstrip()
                say(lines[0])

    # Modules that happen to lie in the user's folder are not ours: hence -P. A session of its own: an interrupt at the
    # terminal reaches it once, from here.
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "volcheck", *call.words],
        cwd=folder,
        env={**environment, **UTF8},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=read, args=(process.stdout,), daemon=True)
        reader.start()
        _wait(process, call.patience, stopped)
        # Processes that it has started may hold its output open beyond its end.
        reader.join(_LOOK * 10)
    return Answer(process.returncode, lines[0])


def _wait(process: subprocess.Popen[str], patience: float | None, stopped: Callable[[], int]) -> None:
    """Wait for the end of a process; kill it where it does not end within `_GRACE` seconds after it was asked to."""
    began = time.monotonic()
    asked, since = 0, 0.0
    while True:
        try:
            process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
            over = patience is not None and now - began > patience
            wanted = max(stopped(), 1 if over else 0)
            if wanted > asked:
                # To a run a second signal from the keyboard means that it shall not clean up.
                process.send_signal(signal.SIGTERM if wanted == 1 else signal.SIGINT)
                asked, since = wanted, now
            elif asked and now - since > _GRACE:
                process.kill()
        else:
            return
