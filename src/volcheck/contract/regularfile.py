"""Files and nothing else: reading never waits for a pipe, and never ends in a device."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import IO

_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file to read its bytes. Raises OSError, also for whatever else has that name (says what it is)."""
    # Looked at before it is opened, as opening a device may set it going; and after, as it may be another one by then.
    _must_be_regular(path, path.stat().st_mode)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    file = io.BufferedReader(io.FileIO(handle))
    try:
        _must_be_regular(path, os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def _must_be_regular(path: Path, mode: int) -> None:
    if (kind := other_kind(mode)) is not None:
        raise OSError(errno.EINVAL, f"it is {kind} and no file", str(path))


def other_kind(mode: int) -> str | None:
    """What has that mode, e.g. "a device"; None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    return next((name for test, name in _KINDS if test(mode)), "something else")
