"""The folder that a run writes into: it has it for itself, and nothing of an earlier run stands there beside it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from volcheck.errors import TOO_MANY_FILES, UsageError, out_of_files

#: The folders within it that a run writes into, too.
WITHIN = (".ledger", ".exchanges")
#: What a run writes; of an earlier run these go when a new one takes the folder.
REPORTS = ("result.json", "report.html", "junit.xml", "summary.md", "traffic.har")
#: The same of a campaign.
MATRIX = ("endpoints.html", "endpoints.md", "endpoints.json")
_LOCK = ".lock"


class Folder:
    """A folder that this process has taken. It is let go by `release`, and with the process in any case."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle: int | None = handle

    def release(self) -> None:
        """Let others have the folder. What was released stays so."""
        if self._handle is not None:
            # Not only closed: a fork of this process may have it open, too.
            fcntl.flock(self._handle, fcntl.LOCK_UN)
            os.close(self._handle)
            self._handle = None


def named(reports: str) -> Path:
    """The folder that --reports names. Raises UsageError where it names none, as with a variable that is not set."""
    if not reports.strip():
        raise UsageError("--reports names no folder: it is empty (a variable that is not set?); name one.")
    return Path(reports)


def take(path: Path, *, supersede: Collection[str] = REPORTS, within: Collection[str] = ()) -> Folder:
    """Take a folder for a run, made if need be, and remove what the run will write anew.

    within: folders inside it that the run will write into, too; for its owner alone.
    Raises UsageError where another run has it, and where files can't be made or removed in it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        _lock(path, handle)
        for name in within:
            if (path / name).is_symlink():
                raise UsageError(
                    f"{path / name} is a link, and what a run writes there is for its owner alone: remove the link, or name "
                    "another folder with --reports."
                )
            (path / name).mkdir(mode=0o700, exist_ok=True)
        for folder in (path, *(path / name for name in within)):
            _try(folder)
        for name in supersede:
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        os.close(handle)
        raise _unusable(path, error) from error
    except UsageError:
        os.close(handle)
        raise
    return Folder(path, handle)


@contextmanager
def taken(path: Path, *, supersede: Collection[str] = REPORTS) -> Iterator[Folder]:
    """`take`, for the time of a block."""
    folder = take(path, supersede=supersede)
    try:
        yield folder
    finally:
        folder.release()


def _lock(path: Path, handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode("ascii", "replace").strip()
        by = f" (process {holder})" if holder.isdecimal() else ""
        raise UsageError(
            f"{path}: another run{by} writes its reports there: wait for its end, or name another folder with --reports."
        ) from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)


def _try(folder: Path) -> None:
    """Make a file and remove it, as the only way to know that files can be made. Raises OSError."""
    probe = folder / f".{secrets.token_hex(8)}"
    try:
        with probe.open("xb", buffering=0) as file:
            file.write(b"\n")
    finally:
        probe.unlink(missing_ok=True)


def _unusable(path: Path, error: OSError) -> UsageError:
    if out_of_files(error):
        return UsageError(f"{path}: reports can't be written there: {TOO_MANY_FILES}")
    # The file that is in the way, where it is not the folder itself.
    inside = str(error.filename) if error.filename and str(error.filename) != str(path) else str(path)
    if Path(inside).name == _LOCK or Path(inside).name.startswith("."):
        inside = str(Path(inside).parent)
    return UsageError(
        f"{inside}: reports can't be written there ({os.strerror(error.errno or 0)}); "
        "name another folder with --reports."
    )
