"""What the HTTP server below the application keeps to itself."""

from __future__ import annotations

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
