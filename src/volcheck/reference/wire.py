"""What the HTTP server below the application keeps to itself."""

from __future__ import annotations

from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Under this key of a request's state stand the names of its headers as the client wrote them.
SPELT = "spelt"


class SpellingProtocol(H11Protocol):
    """uvicorn's protocol, which hands on how header names were spelt; the application sees small letters only."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # uvicorn copies it into each request, right after the request was read.
        self.app_state = dict(self.app_state)
        self.conn.next_event = self._spelling(self.conn.next_event)  # type: ignore[method-assign]

    def _spelling(self, next_event: Any) -> Any:
        def spelling() -> Any:
            event = next_event()
            if isinstance(event, h11.Request):
                raw = event.headers.raw_items()
                self.app_state[SPELT] = tuple(name.decode("latin-1") for name, _ in raw)
            return event

        return spelling
