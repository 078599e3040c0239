"""The last look at whatever leaves this process: no artifact and no line on the console holds a secret.

Exchanges are redacted where they are recorded. Should a secret get past that, it is caught here, taken out, and told
of: `remark` says where it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import BinaryIO

from volcheck.endpoint.resolve import SECRET_VARIABLES
from volcheck.gateway.redaction import Redactor, of_environment

#: So many bytes are looked through at once, and so many at their end once more with what follows them.
_BLOCK, _KEPT = 1024 * 1024, 64 * 1024
_CONSOLE = "the console"


class Sieve:
    """Takes the secrets that a redactor knows out of what is written, and remembers where there were any."""

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor
        self._found: dict[str, int] = {}

    def console(self, text: str) -> str:
        """`text` as it may be printed."""
        return self.data(text.encode("utf-8", "surrogatepass"), _CONSOLE).decode("utf-8", "surrogatepass")

    def data(self, data: bytes, where: str) -> bytes:
        """`data` as it may be written. where: what it is written to, for `remark`."""
        clean, _, number = self.redactor.portion(data)
        self.note(where, number)
        return clean

    def note(self, where: str, number: int) -> None:
        """Remember that so many secrets were taken out."""
        if number:
            self._found[where] = self._found.get(where, 0) + number

    def remark(self) -> str | None:
        """Where secrets were taken out since this was last asked, in one sentence; None where there were none."""
        found, self._found = self._found, {}
        if not found:
            return None
        places = ", ".join(f"{where} ({number} times)" for where, number in found.items())
        return (
            f"a secret of this run was about to be written to {places}: it was taken out, and stands in none of them. "
            "It should have been noticed before (an error of volcheck: please report it)"
        )


class SievedFile:
    """A binary file behind a sieve. What is written goes on in large blocks; `finish` sends the last of them."""

    def __init__(self, out: BinaryIO, name: str, sieve: Sieve) -> None:
        self._out = out
        self._name = name
        self._sieve = sieve
        self._waiting: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _BLOCK + _KEPT:
            self._pass_on(_KEPT)
        return len(data)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Take the bytes of each."""
        for line in lines:
            self.write(line)

    def finish(self) -> None:
        """Write what is left."""
        self._pass_on(0)

    def _pass_on(self, keep: int) -> None:
        clean, rest, number = self._sieve.redactor.portion(b"".join(self._waiting), keep)
        self._sieve.note(self._name, number)
        self._waiting, self._size = [rest], len(rest)
        self._out.write(clean)


class _Process:
    """What this process writes goes through one sieve: that of its run, else one that knows the environment."""

    sieve: Sieve | None = None
    given: bool = False
    environment: tuple[str | None, ...] = ()


def use(redactor: Redactor) -> Sieve:
    """Let everything that is written from now on go through a sieve that knows what this redactor knows."""
    before = _Process.sieve
    if before is None or before.redactor is not redactor:
        _Process.sieve = Sieve(redactor)
    _Process.given = True
    assert _Process.sieve is not None
    return _Process.sieve


def forget() -> None:
    """Go back to the secrets of the environment."""
    _Process.sieve, _Process.given = None, False


def current() -> Sieve:
    """The sieve of this process."""
    environment = tuple(os.environ.get(variable) for variable in SECRET_VARIABLES)
    if _Process.sieve is None or (not _Process.given and environment != _Process.environment):
        _Process.sieve, _Process.environment = Sieve(of_environment(os.environ)), environment
    return _Process.sieve
