"""A server that misbehaves: a proxy in front of the reference endpoint that spoils what a scenario says.

Raw sockets and threads, so that it can do what no HTTP library would: stop in the middle of a line, send one byte a
second, reset the connection.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass
class Request:
    """What a client sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.split("?")[0]

    def is_list(self) -> bool:
        """Whether it asks for a detailed list of volumes."""
        return self.method == "GET" and self.path.endswith("/volumes/detail")


class Closed(Exception):
    """The connection is over."""


@dataclass
class Answer:
    """A whole answer, to be sent with a correct length."""

    status: int
    headers: dict[str, str]
    body: bytes

    def encode(self) -> bytes:
        """As bytes on the wire."""
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Strange')}"]
        names = {name.lower() for name in self.headers}
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if "content-length" not in names:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + self.body


@dataclass
class Connection:
    """One client's connection, and what an action may do with it."""

    raw: socket.socket
    server: Server

    def send(self, data: bytes) -> None:
        """Send bytes; a client that has gone ends the connection."""
        try:
            self.raw.sendall(data)
        except OSError as error:
            raise Closed from error

    def json(self, body: bytes, status: int = 200, **headers: str) -> None:
        """Send a whole JSON answer with a request id."""
        given = {"Content-Type": "application/json", "x-openstack-request-id": REQUEST_ID, **headers}
        self.send(Answer(status, given, body).encode())

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Closed

    def forward(self, request: Request) -> Answer:
        """What the reference endpoint answers."""
        return self.server.forward(request)


REQUEST_ID = "req-00000000-0000-4000-8000-000000000000"
#: Does something with a request and answers True, or leaves it to the reference endpoint and answers False.
Action = Callable[[Request, Connection], bool]
#: Changes an answer of the reference endpoint.
Change = Callable[[Request, Answer], Answer]


@dataclass
class Server:
    """The hostile server on a listening socket. `behind` is host and port of the reference endpoint, if there is one.

    greet: called with each new connection before anything is read; True ends it. seen: every request, for looking at
    what was sent.
    """

    listener: socket.socket
    act: Action
    behind: tuple[str, int] | None = None
    greet: Callable[[Connection], bool] | None = None
    tls: ssl.SSLContext | None = None
    seen: list[Request] = field(default_factory=list)

    def start(self) -> None:
        """Serve in threads that end with the process."""
        threading.Thread(target=self._accept, daemon=True).start()

    def forward(self, request: Request) -> Answer:
        """What the reference endpoint answers to a request; Closed when it isn't there."""
        assert self.behind is not None
        upstream = http.client.HTTPConnection(*self.behind, timeout=30)
        try:
            headers = {k: v for k, v in request.headers.items() if k.lower() not in ("connection",)}
            upstream.request(request.method, request.target, body=request.body or None, headers=headers)
            response = upstream.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Closed from error
        finally:
            upstream.close()
        kept = {
            k: v
            for k, v in response.getheaders()
            if k.lower() not in ("content-length", "connection", "transfer-encoding")
        }
        return Answer(response.status, kept, body)

    def _accept(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                raw, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(raw, self)
            if self.greet is not None and self.greet(connection):
                return
            if self.tls is not None:
                raw = connection.raw = self.tls.wrap_socket(raw, server_side=True)
            with raw.makefile("rb") as stream:
                while (request := _read(stream, connection)) is not None:
                    self.seen.append(request)
                    if not self.act(request, connection):
                        connection.send(self.forward(request).encode())
        except (OSError, Closed):
            # Clients of this server break off all the time.
            return
        finally:
            raw.close()


def _read(stream: BinaryIO, connection: Connection) -> Request | None:
    readline = stream.readline
    first = readline(65536)
    if not first:
        return None
    if not first.rstrip().endswith(b"HTTP/1.1"):
        connection.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        return None
    method, target, _ = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := readline(65536).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    length = int(next((v for k, v in headers.items() if k.lower() == "content-length"), "0"))
    return Request(method, target, headers, stream.read(length))


def changing(change: Change) -> Action:
    """An action that forwards everything and changes the answers."""

    def act(request: Request, connection: Connection) -> bool:
        connection.send(change(request, connection.forward(request)).encode())
        return True

    return act


def on_lists(spoil: Callable[[Request, Connection], None]) -> Action:
    """An action that spoils detailed lists of volumes and leaves all else alone."""

    def act(request: Request, connection: Connection) -> bool:
        if not request.is_list():
            return False
        spoil(request, connection)
        return True

    return act


def drip(connection: Connection, data: bytes, pause: float = 1.0) -> None:
    """Send one byte after the other."""
    for number in range(len(data)):
        connection.send(data[number : number + 1])
        time.sleep(pause)
