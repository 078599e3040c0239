"""The program: `volcheck`, and `python -m volcheck`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from volcheck.runner.signals import note_signals


def script() -> NoReturn:
    """Listen to signals first of all, as everything else takes a while to load; then do what the command line says."""
    if os.name != "posix":
        sys.stderr.write(
            "volcheck: needs a POSIX system (Linux, macOS, or WSL on Windows), as it locks files and handles signals.\n"
        )
        sys.exit(2)
    note_signals()
    from volcheck.cli import main

    main.script()


if __name__ == "__main__":
    script()
