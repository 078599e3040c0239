"""What the program finds around it when it is started: streams that close, and variables meant for other programs."""

from __future__ import annotations

import io
import os
import select
import sys
import warnings
from typing import TextIO

_NAMES = {1: "standard output", 2: "standard error"}
#: By stream, a sentence that says what could not be written. A reader that closed its pipe (`| head`) lost nothing.
_lost: dict[int, str] = {}
#: Variables by which people tune the Python and the pytest of their own work.
_NOT_OURS = ("PYTHONWARNINGS", "PYTHONASYNCIODEBUG", "PY_COLORS")


def settle() -> None:
    """Free this process, and all that it starts, of other programs' variables, and make its output streams safe to use.

    To be called before any file is opened.
    """
    for name in list(os.environ):
        if name in _NOT_OURS or name.startswith("PYTEST_"):
            del os.environ[name]
    # Our users can do nothing about the warnings of libraries.
    warnings.simplefilter("ignore")
    keep_open()


def keep_open() -> None:
    """Fill in streams that are closed, so that no file of ours takes their place, and let writing to them never raise.

    `volcheck run | head -1` closes the pipe after a line. The run has volumes to remove and a verdict to give all the same.
    """
    null = os.open(os.devnull, os.O_RDWR)
    while null <= 2:
        null = os.dup(null)
    os.close(null)
    sys.stdout, sys.stderr = _stream(sys.stdout, 1), _stream(sys.stderr, 2)


def lost() -> list[str]:
    """What of the output could not be written although somebody may want it, in sentences."""
    return list(_lost.values())


def _stream(given: TextIO | None, number: int) -> TextIO:
    # What the encoding of the terminal can't hold is shown as an escape.
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(number)),
        encoding=given.encoding if given is not None else "utf-8",
        errors="backslashreplace",
        line_buffering=given is not None and bool(getattr(given, "line_buffering", False)),
    )


class _Patient(io.FileIO):
    """A stream that swallows what nobody can receive, and waits for whoever is slow."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)
        # One that has gone away can't be asked any more.
        self._is_terminal = self.isatty()

    def write(self, data: object) -> int:
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        try:
            # None from a pipe that does not block and is full.
            while (written := super().write(view)) is None:
                select.select([], [self], [])
        except OSError as error:
            self._let_go(error)
            return len(view)
        return written

    def _let_go(self, error: OSError) -> None:
        """Write to nowhere from now on, as Python's documentation has it for a broken pipe."""
        number = self.fileno()
        if not isinstance(error, BrokenPipeError) and not self._is_terminal:
            reason = os.strerror(error.errno or 0)
            _lost[number] = f"{_NAMES[number].capitalize()} could not be written whole ({reason})."
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)
