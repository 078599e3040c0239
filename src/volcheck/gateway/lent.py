"""The volumes that the user lends: what a run may do to them, and what became of them.

One test asks whether an attached volume can be deleted, and has to ask it of a volume that somebody uses. So the DELETE is
sent only when the endpoint has just shown that the volume is in use, and what is then accepted is told before all else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from urllib.parse import unquote

from volcheck.gateway.errors import GatewayRefusal
from volcheck.gateway.exchange import Exchange

#: Seconds for which a look at a lent volume counts.
_FRESH = 5.0


class Lent:
    """Volumes lent with --attached-volume. May be used from several threads. clock: seconds on a monotonic clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ids: set[str] = set()
        self._seen: dict[str, float] = {}
        self._alarms: list[str] = []
        self._lock = threading.Lock()

    def add(self, volume_id: str) -> None:
        """Let a volume be looked at by tests, and be named by a DELETE while it is in use."""
        with self._lock:
            self._ids.add(volume_id)

    @property
    def alarms(self) -> list[str]:
        """What the user must know at once, in sentences: deletions of lent volumes that were not refused."""
        with self._lock:
            return list(self._alarms)

    def admit(self, method: str, path: str, decoded: str) -> None:
        """Raise GatewayRefusal where a changing request names a lent volume and is no DELETE of it, or comes without a look
        just before that showed it in use. A look lets one DELETE pass.

        path, decoded: of the request, below the base URL; decoded with its query, and all its encoding undone.
        """
        way, _, query = decoded.partition("?")
        segments = [part for part in way.split("/") if part]
        named = [each for each in self._ids if _mentions(way, segments, each) or _mentions(query, [], each)]
        for volume_id in named:
            if method != "DELETE" or segments[1:] != ["volumes", volume_id] or query:
                raise GatewayRefusal(
                    f"{method} {path} was not sent: it would change volume {volume_id}, which the user lends."
                )
            with self._lock:
                seen = self._seen.pop(volume_id, None)
            if seen is None or self._clock() - seen > _FRESH:
                raise GatewayRefusal(
                    f"{method} {path} was not sent: volume {volume_id} is lent by the user, and no look just before has shown "
                    "it in-use, so that the endpoint might delete it."
                )

    def heard(self, exchange: Exchange) -> None:
        """Note what an exchange tells of a lent volume."""
        request = exchange.request
        volume_id = unquote(request.path.rsplit("/", 1)[-1])
        if volume_id not in self._ids:
            return
        if exchange.operation == "showVolume":
            in_use = exchange.status == 200 and _status(exchange, volume_id) == "in-use"
            with self._lock:
                self._seen.pop(volume_id, None)
                if in_use:
                    self._seen[volume_id] = self._clock()
        elif request.method == "DELETE" and not 400 <= exchange.status < 500:
            said = f"answered {exchange.status}" if exchange.response is not None else "gave no answer"
            with self._lock:
                self._alarms.append(
                    f"THE LENT VOLUME {volume_id} MAY BE LOST: the endpoint {said} to the DELETE of a volume that is in use, "
                    "which it had to refuse: look after that volume now."
                )


def _mentions(text: str, segments: list[str], volume_id: str) -> bool:
    """Whether a text has an id in it: a UUID however it is spelt, any other as a whole segment."""
    bare = _bare(volume_id)
    return volume_id in segments or (len(bare) == 32 and bare in _bare(text))


def _bare(text: str) -> str:
    return text.lower().replace("-", "")


def _status(exchange: Exchange, volume_id: str) -> object:
    item = exchange.member("volume")
    return item.get("status") if item is not None and item.get("id") == volume_id else None
