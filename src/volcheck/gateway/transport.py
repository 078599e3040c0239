"""HTTP underneath the gateway: a session of `requests` for each request at a time, and a hard deadline for every request.

`requests` bounds the wait for each packet, not for the answer: a server that sends one byte a second holds a
client for ever. So a watchdog shuts the sockets of this transport down once a request is overdue, and bodies are
read up to a limit (decoded size, so that a compressed bomb is cut as well).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal

import attrs
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

#: So many bytes beyond the limit of a body are read: more than a token takes in any form.
_TAIL = 64 * 1024
#: More interim answers than that before the final one are a fault.
_INTERIM = 20


@attrs.frozen
class Limits:
    """Bounds of one request: seconds to connect, between two packets and in all; bytes of a decoded body."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0
    body: int = 4 * 1024 * 1024


@attrs.frozen(slots=True)
class Answer:
    """A whole response as bytes; `truncated` when the body was cut at the limit. tail: what was read beyond it."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    tail: bytes = b""


class TransportError(Exception):
    """No whole answer came. `fault` says whose doing it may be, `sent` whether the endpoint may have acted."""

    def __init__(self, sentence: str, fault: Literal["network", "protocol"], *, sent: bool) -> None:
        super().__init__(sentence)
        self.fault = fault
        self.sent = sent


class Transport:
    """Keep-alive sessions. Never follows redirects, keeps no cookies; ignores netrc, and proxies unless asked.

    `requests` promises nothing about sessions that threads share, so a session is used by one request at a time and
    then by the next. There are as many connections as there were requests at once, however many threads send: an
    endpoint may give each connection one of its own few workers (Cinder under eventlet has 100) for as long as it lasts.

    verify: True, False, or the path of a CA bundle.
    use_environment: take proxies from the environment (`--use-proxy`).
    """

    def __init__(self, limits: Limits, *, verify: bool | str = True, use_environment: bool = False) -> None:
        self._limits = limits
        self._verify = verify
        self._use_environment = use_environment
        self._lanes: list[_Lane] = []
        self._idle: list[_Lane] = []
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watchdog: threading.Thread | None = None

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send one request and read the whole answer. Raises TransportError where there is none."""
        lane = self._take()
        try:
            return self._send(lane, method, url, headers, body)
        finally:
            lane.deadline = None
            with self._lock:
                self._idle.append(lane)

    def _send(
        self, lane: _Lane, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        limits = self._limits
        started = time.monotonic()
        self._watch(lane, started + limits.total)
        begun = False
        try:
            with self._begin(lane.session, method, url, headers, body) as response:
                begun = True
                data, tail = self._read(response)
            if time.monotonic() - started >= limits.total:
                # Cut off by the watchdog within the headers, it looks like an answer with few of them.
                raise TimeoutError
            length = response.headers.get("content-length")
            if length is not None and not length.strip().isdecimal():
                raise HTTPException(f"Content-Length is {length!r}, which is no number")
            return Answer(
                response.status_code,
                response.reason or "",
                {name.lower(): value for name, value in response.headers.items()},
                data,
                bool(tail),
                tail,
            )
        except (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            HTTPException,
            OSError,
            ValueError,
        ) as error:
            overdue = time.monotonic() - started >= limits.total
            raise _explain(error, begun=begun, overdue=overdue, limits=limits) from error

    def _begin(
        self,
        session: requests.Session,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> requests.Response:
        """Send a request and read the answer's head."""
        request = requests.Request(method, url, headers=dict(headers), data=body).prepare()
        # The target leaves as it was given; preparing spells some characters anew.
        request.url = url
        settings = session.merge_environment_settings(url, {}, True, self._verify, None)
        return session.send(
            request,
            allow_redirects=False,
            timeout=(self._limits.connect, self._limits.read),
            **settings,
        )

    def _take(self) -> _Lane:
        """The session that was used last of those that nothing uses, or a new one."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            lane = _Lane(requests.Session(), _Sockets())
            self._lanes.append(lane)
        lane.session.trust_env = self._use_environment
        lane.session.verify = self._verify
        lane.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(lane.sockets)
        lane.session.mount("http://", adapter)
        lane.session.mount("https://", adapter)
        return lane

    def hurry(self, seconds: float) -> None:
        """Bound every request from now on to so many seconds in all, where it is not bound tighter already."""
        usual = self._limits
        self._limits = attrs.evolve(
            usual,
            connect=min(usual.connect, seconds),
            read=min(usual.read, seconds),
            total=min(usual.total, seconds),
        )

    def interrupt(self) -> None:
        """Break off every request that is under way, in whichever thread."""
        with self._lock:
            lanes = list(self._lanes)
        for lane in lanes:
            lane.sockets.shut()

    def close(self) -> None:
        """Close the sessions and let the watchdog end."""
        self._closed.set()
        with self._lock:
            for lane in self._lanes:
                lane.session.close()

    def _read(self, response: requests.Response) -> tuple[bytes, bytes]:
        """The body up to the limit, and what was read beyond it, in which a secret that begins before may end."""
        # One byte more than may be kept tells whether there is more; so much of it, and no more, is decompressed.
        data = response.raw.read(self._limits.body + 1, decode_content=True)
        if len(data) > self._limits.body:
            try:
                data += response.raw.read(_TAIL, decode_content=True)
            except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError):
                # The answer is cut in any case.
                return data[: self._limits.body], data[self._limits.body :]
        return data[: self._limits.body], data[self._limits.body :]

    def _watch(self, lane: _Lane, deadline: float) -> None:
        lane.deadline = deadline
        with self._lock:
            if self._watchdog is None:
                self._watchdog = threading.Thread(target=self._guard, name="volcheck-deadline", daemon=True)
                self._watchdog.start()

    def _guard(self) -> None:
        while not self._closed.wait(min(1.0, self._limits.total / 4)):
            now = time.monotonic()
            with self._lock:
                overdue = [lane for lane in self._lanes if lane.deadline is not None and lane.deadline <= now]
            for lane in overdue:
                lane.sockets.shut()


@attrs.define(eq=False)
class _Lane:
    """A session, its sockets, and when the request that is under way is overdue (on the monotonic clock)."""

    session: requests.Session
    sockets: _Sockets
    deadline: float | None = None


class _Sockets:
    """The open sockets of one session, so that another thread can shut them down."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()

    def add(self, sock: socket.socket) -> None:
        """Remember a socket as long as it lives."""
        with self._lock:
            self._open.add(sock)

    def shut(self) -> None:
        """Shut all of them down: whoever waits for one of them gets an error."""
        with self._lock:
            known = list(self._open)
        for sock in known:
            with contextlib.suppress(OSError):
                # One that is not connected any more has nothing to interrupt.
                sock.shutdown(socket.SHUT_RDWR)


class _Final(HTTPResponse):
    """The final answer to a request. Interim ones (RFC 9110, 15.2) that come before are passed over.

    `http.client` passes over 100 only. 101 ends what is HTTP, and is as final as any other.
    """

    def begin(self) -> None:
        """Read the heads up to that of the final answer. Raises HTTPException where there are too many."""
        super().begin()
        for _ in range(_INTERIM):
            if not self._is_interim():
                return
            # Where there are headers, nothing more is read.
            self.headers = None  # type: ignore[assignment]
            super().begin()
        if self._is_interim():
            raise HTTPException(
                f"more than {_INTERIM} interim answers came (the last: {self.status}), and no final one"
            )

    def _is_interim(self) -> bool:
        return 100 <= self.status < 200 and self.status != HTTPStatus.SWITCHING_PROTOCOLS


class _Adapter(HTTPAdapter):
    """A pool whose sockets are known, so that the watchdog can reach the one in use."""

    def __init__(self, sockets: _Sockets) -> None:
        self._sockets = sockets
        super().__init__(pool_connections=2, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools with connections that register their sockets."""
        super().init_poolmanager(*args, **kwargs)
        sockets = self._sockets

        class Plain(HTTPConnection):
            response_class = _Final

            def connect(self) -> None:
                super().connect()
                sockets.add(self.sock)

        class Secure(HTTPSConnection):
            response_class = _Final

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
        return TransportError(f"the answer broke off: {_one_line(chain[-1])}", "protocol", sent=True)
    if any(isinstance(link, urllib3.exceptions.NameResolutionError | socket.gaierror) for link in chain):
        return TransportError("the host name can't be resolved", "network", sent=False)
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
        return TransportError(
            f"TLS failed: {_one_line(chain[-1])}; where the endpoint has a CA of its own, name its bundle with --cacert",
            "network",
            sent=False,
        )
    if any(isinstance(link, urllib3.exceptions.SSLError) for link in chain):
        return TransportError(f"TLS failed: {_one_line(chain[-1])}", "network", sent=False)
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
        return TransportError(f"the answer is not HTTP: {_one_line(chain[-1])}", "protocol", sent=True)
    return TransportError(f"the request failed: {_one_line(chain[-1])}", "network", sent=True)


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


def _one_line(error: BaseException) -> str:
    """One line, of whatever length: it may quote the answer, and is cut when secrets are out of it."""
    return " ".join(str(error).split()) or type(error).__name__
