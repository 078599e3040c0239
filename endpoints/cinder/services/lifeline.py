"""Ends a service when the launcher is gone, however the launcher ended."""

import os
import threading


def hold() -> None:
    """Exit this process as soon as standard input, a pipe that the launcher holds open, is closed.

    Call it before eventlet patches anything: the watcher must be a thread of the operating system.
    """
    threading.Thread(target=_watch, args=(os.read, os._exit), daemon=True).start()


def _watch(read, leave) -> None:
    while read(0, 1):
        pass
    leave(0)
