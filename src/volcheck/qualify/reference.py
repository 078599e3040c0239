"""The reference endpoint as a fork of this process."""

from __future__ import annotations

import json
import os
import signal
import traceback
from typing import Any

from volcheck.errors import VolcheckError
from volcheck.reference import server
from volcheck.reference.defects import build_hooks
from volcheck.reference.liberties import settings_of
from volcheck.reference.settings import Settings

#: Seconds. Some requirements are about volumes that are caught while creating or deleting: with many runs at a time a
#: request may take a quarter of a second, and then that is to be long enough.
_DELAYS = Settings(volume_delay=0.5, snapshot_delay=0.5, delete_delay=0.3)


class ForkedReference:
    """A reference endpoint with the defects and liberties named, as long as this process lives or until it is closed."""

    def __init__(self, defects: tuple[str, ...], liberties: tuple[str, ...] = ()) -> None:
        read, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(read)
            _serve(defects, liberties, write)
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as pipe:
            line = pipe.readline()
        if not line:
            raise VolcheckError("The reference endpoint ended before it was ready.")
        self.facts: dict[str, Any] = json.loads(line)

    def close(self) -> None:
        """End it."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def _serve(defects: tuple[str, ...], liberties: tuple[str, ...], write: int) -> None:
    """What the fork does: it never returns."""

    def ready(facts: dict[str, Any]) -> None:
        with os.fdopen(write, "w", encoding="utf-8") as pipe:
            pipe.write(server.ready_json(facts) + "\n")

    code = 1
    try:
        server.serve(
            settings_of(_DELAYS, liberties),
            build_hooks(defects, liberties),
            ready=ready,
            exit_with_parent=True,
        )
        code = 0
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent would
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)
