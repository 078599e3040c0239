"""What the HTTP server below the application keeps to itself."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Under this key of a request's state stand the names of its headers as the client wrote them.
SPELT = "spelt"


class SpellingProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which hands on how header names were spelt; the application sees small letters only."""

    def on_message_begin(self) -> None:
        """Begin a request, with no header read yet."""
        super().on_message_begin()
        self._spelt: list[str] = []
        self.scope["state"][SPELT] = self._spelt

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and note its spelling."""
        self._spelt.append(name.decode("latin-1"))
        super().on_header(name, value)


class Http10Protocol(SpellingProtocol):
    """The same for a server that answers in HTTP/1.0."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        super().connection_made(_Older(transport))


class _Older(asyncio.Transport):
    """A connection on which status lines say HTTP/1.0. uvicorn sends a status line with its headers in one piece."""

    def __init__(self, inner: asyncio.Transport) -> None:
        self._inner = inner

    def write(self, data: Any) -> None:
        newer, older = b"HTTP/1.1 ", b"HTTP/1.0 "
        self._inner.write(older + data[len(newer) :] if data.startswith(newer) else data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)

    def close(self) -> None:
        self._inner.close()

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._inner.set_protocol(protocol)
