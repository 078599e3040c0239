"""Everything that stops a command before it can give a verdict.

    VolcheckError
    ├── UsageError            exit 2: the command line, a file given to it, or the configuration is wrong
    │   └── ContractError     exit 2: a file under spec/ (or an override) can't be read or contradicts itself
    ├── EndpointError         exit 3: the endpoint can't be tested (unreachable, credentials refused, no quota)
    └── BrokeDown             exit 3: an error of volcheck's own

Each carries one sentence that says what happened, where, and what to do next. The command line prints it and
exits with `exit_code`; nobody sees a traceback.
"""

from __future__ import annotations

import errno
from typing import ClassVar

#: What is said where the process may open no more files, connections among them.
TOO_MANY_FILES = "too many open files: raise the limit (ulimit -n, e.g. to 1024) and start again."
TOO_MANY_FILES_KOREAN = "열린 파일이 너무 많습니다. 한도를 올리고(ulimit -n, 예: 1024) 다시 시작하십시오."


class VolcheckError(Exception):
    """A sentence for a person, and the exit code that goes with it."""

    exit_code: ClassVar[int] = 2


class UsageError(VolcheckError):
    """The command line, the environment or a file the user gave is wrong. Exit 2."""


class ContractError(UsageError):
    """A file of the contract can't be read, or contradicts another one. Exit 2."""


class EndpointError(VolcheckError):
    """The endpoint can't be tested: unreachable, credentials refused, quota too small. Exit 3."""

    exit_code = 3


class BrokeDown(VolcheckError):
    """Volcheck itself made an error. Exit 3: nothing is known of the endpoint."""

    exit_code = 3


def out_of_files(error: BaseException | None) -> bool:
    """Whether an error, or one that it was raised from or meanwhile, is that no more files may be open."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return True
        seen.append(error)
        error = error.__cause__ or error.__context__
    return False
