"""What went wrong in volcheck itself, or on the disk it writes to: noted where it happens, reported at the end.

A request has been sent by the time that its exchange is looked at, and what it made must be removed whatever breaks
then. So errors of ours end neither a request nor the cleaning up; they make the run inconclusive.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from volcheck.errors import TOO_MANY_FILES, TOO_MANY_FILES_KOREAN, out_of_files

#: So many different errors are kept.
_KEPT = 20
_LENGTH = 300


@attrs.frozen
class Breakdown:
    """One kind of trouble, as a sentence in English and in Korean. traceback: for `--debug`, "" where there is none."""

    english: str
    korean: str
    traceback: str = ""


class Breakdowns:
    """All that broke down in one run. Thread-safe.

    redact: takes secrets out of a text; error messages may quote what an endpoint has sent.
    """

    def __init__(self, redact: Callable[[str], str] = str) -> None:
        self._redact = redact
        self._found: dict[str, Breakdown] = {}
        self._lock = threading.Lock()

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Inside, an exception ends the block and nothing else, and is noted."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on without it and says so
            self.error(error)

    def error(self, error: BaseException) -> None:
        """Note an error of volcheck's own. Too many open files is a limit of the system, and is noted as such."""
        if out_of_files(error):
            self.trouble(
                f"volcheck could not go on: {TOO_MANY_FILES}",
                f"volcheck가 계속할 수 없습니다: {TOO_MANY_FILES_KOREAN}",
            )
            return
        what = f"{type(error).__name__} in {_place(error)}"
        if message := self._text(" ".join(str(error).split())):
            what += f": {message}"
        whole = self._redact("".join(traceback.format_exception(error)))
        self._keep(
            Breakdown(
                f"volcheck itself broke down ({what}): this is an error of volcheck, please report it.",
                f"volcheck 자체가 오류로 멈췄습니다({what}). volcheck의 오류이므로 신고해 주십시오.",
                whole,
            )
        )

    def trouble(self, english: str, korean: str) -> None:
        """Note what the system (disk, limits) kept the run from doing, in whole sentences."""
        self._keep(Breakdown(self._redact(english), self._redact(korean)))

    def all(self) -> list[Breakdown]:
        """What was noted so far, oldest first, each kind once."""
        with self._lock:
            return list(self._found.values())

    def _keep(self, breakdown: Breakdown) -> None:
        with self._lock:
            if len(self._found) < _KEPT:
                self._found.setdefault(breakdown.english, breakdown)

    def _text(self, message: str) -> str:
        # Cut when secrets are out of it, never before.
        clean = self._redact(message)
        return clean if len(clean) <= _LENGTH else clean[: _LENGTH - 1] + "…"


def _place(error: BaseException) -> str:
    """File and line where an error came up."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
