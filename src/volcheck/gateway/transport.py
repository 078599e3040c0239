"""HTTP underneath the gateway: one pooled session, and a hard deadline for every request.

`requests` bounds the wait for each packet, not for the answer: a server that sends one byte a second holds a
client for ever. So a watchdog shuts the sockets of this transport down once a request is overdue, and bodies are
read up to a limit (decoded size, so that a compressed bomb is cut as well).
"""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
import weakref
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from io import BytesIO
from types import FunctionType
from typing import Any, BinaryIO, Literal

import attrs
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse


@attrs.frozen
class Limits:
    """Bounds of one request: seconds to connect, between two packets and in all; bytes of a decoded body."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0
    body: int = 4 * 1024 * 1024


@attrs.frozen(slots=True)
class Answer:
    """A whole response as bytes; `truncated` when the body was cut at the limit."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    truncated: bool


class TransportError(Exception):
    """No whole answer came. `fault` says whose doing it may be, `sent` whether the endpoint may have acted."""

    def __init__(self, sentence: str, fault: Literal["network", "protocol"], *, sent: bool) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sent = sent


#: One that is made for each request takes longer than to choose its connection.
_NONE = urllib3.Retry(False, redirect=False)


class Transport:
    """One keep-alive session. Never follows redirects; ignores proxies, netrc and CA variables unless asked.

    verify: True, False, or the path of a CA bundle.
    use_environment: take proxies and CA bundles from the environment (`--use-proxy`).
    """

    def __init__(
        self, limits: Limits, *, verify: bool | str = True, use_environment: bool = False, pool: int = 16
    ) -> None:
        self._limits = limits
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._deadlines: dict[int, float] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watchdog: threading.Thread | None = None
        session = requests.Session()
        session.trust_env = use_environment
        session.verify = verify
        self._adapter = _Adapter(self._sockets, pool)
        session.mount("http://", self._adapter)
        session.mount("https://", self._adapter)
        self._session = session
        self._ways: dict[str, _Way] = {}
        self._timeout = urllib3.Timeout(connect=limits.connect, read=limits.read)

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send one request and read the whole answer. Raises TransportError where there is none."""
        key = threading.get_ident()
        started = time.monotonic()
        self._watch(key, started + self._limits.total)
        begun = False
        try:
            response = self._begin(method, url, headers, body)
            begun = True
            try:
                data, truncated = self._read(response)
            finally:
                # Read to its end, it has given its connection back; cut off, the connection is of no more use.
                response.close()
                response.release_conn()
            if time.monotonic() - started >= self._limits.total:
                # Cut off by the watchdog within the headers, it looks like an answer with few of them.
                raise TimeoutError
            length = response.headers.get("content-length")
            if length is not None and not length.strip().isdecimal():
                raise HTTPException(f"Content-Length is {length!r}, which is no number")
            return Answer(
                response.status,
                response.reason or "",
                {name.lower(): value for name, value in response.headers.items()},
                data,
                truncated,
            )
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            HTTPException,
            OSError,
            ValueError,
        ) as error:
            overdue = time.monotonic() - started >= self._limits.total
            raise _explain(error, begun=begun, overdue=overdue, limits=self._limits) from error
        finally:
            with self._lock:
                self._deadlines.pop(key, None)

    def _begin(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> BaseHTTPResponse:
        """Send a request and read the answer's head.

        The session keeps the connections, TLS and proxies. Its own way of sending prepares much that is not wanted here
        (defaults, cookies, redirects, spelling the URL anew) at twice the cost of the request itself.
        """
        origin = url[: url.index("/", url.index("//") + 2)]
        way = self._ways.get(origin)
        if way is None:
            way = self._ways[origin] = self._way(url)
        if body is None and method not in ("GET", "HEAD"):
            headers = {**headers, "Content-Length": "0"}
        return way.pool.urlopen(
            method,
            url if way.absolute else url[len(origin) :],
            body=body,
            headers=headers,
            retries=_NONE,
            redirect=False,
            assert_same_host=False,
            timeout=self._timeout,
            preload_content=False,
            decode_content=False,
        )

    def _way(self, url: str) -> _Way:
        """How requests to the origin of `url` go: through which pool, with the URL whole (for a proxy) or its path."""
        request = requests.Request("GET", url).prepare()
        settings = self._session.merge_environment_settings(url, {}, None, None, None)
        verify, proxies = settings["verify"], settings["proxies"]
        pool = self._adapter.get_connection_with_tls_context(request, verify, proxies=proxies)
        assert isinstance(pool, HTTPConnectionPool), "the adapter makes pools of connections"
        self._adapter.cert_verify(pool, url, verify, None)  # type: ignore[no-untyped-call]
        return _Way(pool, not self._adapter.request_url(request, proxies).startswith("/"))

    def close(self) -> None:
        """Close the session and let the watchdog end."""
        self._closed.set()
        self._session.close()

    def _read(self, response: BaseHTTPResponse) -> tuple[bytes, bool]:
        # One byte more than may be kept tells whether there is more; so much of it, and no more, is decompressed.
        data = response.read(self._limits.body + 1, decode_content=True)
        return data[: self._limits.body], len(data) > self._limits.body

    def _watch(self, key: int, deadline: float) -> None:
        with self._lock:
            self._deadlines[key] = deadline
            if self._watchdog is None:
                self._watchdog = threading.Thread(target=self._guard, name="volcheck-deadline", daemon=True)
                self._watchdog.start()

    def _guard(self) -> None:
        while not self._closed.wait(min(1.0, self._limits.total / 4)):
            now = time.monotonic()
            with self._lock:
                overdue = any(deadline <= now for deadline in self._deadlines.values())
            if overdue:
                for sock in list(self._sockets):
                    _shut(sock)


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Not connected any more: there is nothing to interrupt.
        return


@attrs.frozen
class _Way:
    """Where requests to one origin go. absolute: whether a proxy wants to be told the whole URL."""

    pool: HTTPConnectionPool
    absolute: bool


#: A header as all but broken or hostile servers write it: on one line, with a name that is one.
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)\r?\n")
#: More lines than this, and longer ones (bytes), the standard library refuses in a head.
_MOST_LINES, _LONGEST = 100, 65536


def _plain_headers(stream: BinaryIO) -> HTTPMessage:
    """What `http.client.parse_headers` makes of a head, for plain heads at a tenth of its cost.

    That has a parser of mails look for continuations, parts and a body. Whatever is not plain is left to it.
    """
    lines: list[bytes] = []
    headers = HTTPMessage()
    plain = True
    while len(lines) <= _MOST_LINES:
        line = stream.readline(_LONGEST + 1)
        lines.append(line)
        if line in (b"\r\n", b"\n", b"") or len(line) > _LONGEST:
            break
        found = _HEADER.fullmatch(line)
        if found is None:
            plain = False
        else:
            headers.set_raw(found[1].decode("ascii"), found[2].decode("iso-8859-1"))
    if plain and len(lines) <= _MOST_LINES and len(lines[-1]) <= _LONGEST:
        return headers
    return http.client.parse_headers(BytesIO(b"".join(lines)))


class _Head(http.client.HTTPResponse):
    """The standard library's response, but for the way in which it parses headers.

    `begin` has a name for that in its module only, so it is given a module of its own with another function of that name.
    """

    begin = FunctionType(
        http.client.HTTPResponse.begin.__code__, {**vars(http.client), "parse_headers": _plain_headers}
    )


class _Adapter(HTTPAdapter):
    """A pool whose sockets are known, so that the watchdog can reach the one in use."""

    def __init__(self, sockets: weakref.WeakSet[socket.socket], size: int) -> None:
        self._sockets = sockets
        super().__init__(pool_connections=2, pool_maxsize=size, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools with connections that register their sockets."""
        super().init_poolmanager(*args, **kwargs)
        sockets = self._sockets

        class Plain(HTTPConnection):
            response_class = _Head

            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class Secure(HTTPSConnection):
            response_class = _Head

            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


def _explain(error: Exception, *, begun: bool, overdue: bool, limits: Limits) -> TransportError:
    """One sentence for an exception of requests, urllib3 or the socket layer."""
    chain = _chain(error)
    texts = " ".join(str(link) for link in chain)
    if overdue:
        if not begun:
            return TransportError(f"no answer within {limits.total:g} s", "network", sent=True)
        return TransportError(f"the answer was not complete after {limits.total:g} s", "protocol", sent=True)
    if begun:
        return TransportError(f"the answer broke off: {_short(chain[-1])}", "protocol", sent=True)
    if any(isinstance(link, urllib3.exceptions.NameResolutionError | socket.gaierror) for link in chain):
        return TransportError("the host name can't be resolved", "network", sent=False)
    if any(isinstance(link, urllib3.exceptions.SSLError) for link in chain):
        return TransportError(f"TLS failed: {_short(chain[-1])}", "network", sent=False)
    unmade = urllib3.exceptions.NewConnectionError
    # To urllib3 every connection that could not be made has taken too long.
    if any(
        isinstance(link, urllib3.exceptions.ConnectTimeoutError) and not isinstance(link, unmade)
        for link in chain
    ):
        return TransportError(f"no connection within {limits.connect:g} s", "network", sent=False)
    if any(isinstance(link, urllib3.exceptions.ReadTimeoutError | TimeoutError) for link in chain):
        return TransportError(f"no answer within {limits.read:g} s", "network", sent=True)
    if any(isinstance(link, ConnectionRefusedError) for link in chain):
        return TransportError("the connection was refused", "network", sent=False)
    if (
        any(isinstance(link, ConnectionError | BrokenPipeError) for link in chain)
        or "closed connection" in texts
    ):
        return TransportError("the connection was closed before an answer came", "network", sent=True)
    if any(isinstance(link, HTTPException) for link in chain):
        return TransportError(f"the answer is not HTTP: {_short(chain[-1])}", "protocol", sent=True)
    return TransportError(f"the request failed: {_short(chain[-1])}", "network", sent=True)


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in links:
        links.append(current)
        inner = next((part for part in current.args if isinstance(part, BaseException)), None)
        reason = getattr(current, "reason", None)
        current = (
            inner
            or (reason if isinstance(reason, BaseException) else None)
            or current.__cause__
            or current.__context__
        )
    return links


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "…"
