"""Files that only their owner may read: what a run writes while it is at work."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO


def open_private(path: Path, *, append: bool = False) -> IO[bytes]:
    """An unbuffered file for writing, 0600 in a folder of 0700, also where both were there with other rights.

    A symbolic link is not followed, as it would lead to a file that is not ours. Raises OSError.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(folder))
    folder.chmod(0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_APPEND if append else os.O_TRUNC)
    handle = os.open(path, flags, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "ab" if append else "wb", buffering=0)
