"""Requests over real sockets: what leaves, what is made of the answer, and the sentence where there is none."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import certifi
import pytest

from volcheck.gateway.transport import Answer, Limits, Transport, TransportError

LIMITS = Limits(connect=5.0, read=10.0, total=20.0, body=1000)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
TAIL = 64 * 1024

Reply = bytes | Callable[[socket.socket], None]


class Wire:
    """A local server that gives its replies in order, one a request, over as many connections as it is asked for.

    A reply is what is sent, or a function that does what it likes with the connection, which is closed after it.
    requests: what came, as bytes. connections: how many there were.
    """

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._replies = list(replies)
        self._tls = tls
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/v2/volumes"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self.connections += 1
            with connection:
                while request := self._request(connection):
                    with self._lock:
                        self.requests.append(request)
                        reply = self._replies.pop(0)
                    if not isinstance(reply, bytes):
                        reply(connection)
                        return
                    connection.sendall(reply)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        """Let go of everything."""
        # Closing alone does not wake who waits for connections.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Start servers that end with the test."""
    with contextlib.ExitStack() as stack:

        def start(*replies: Reply, **more: object) -> Wire:
            server = Wire(*replies, **more)  # type: ignore[arg-type]
            stack.callback(server.close)
            return server

        yield start


@pytest.fixture
def transport() -> Iterator[Callable[..., Transport]]:
    """Make transports that are closed with the test. Their limits are LIMITS with the changes that are named."""
    with contextlib.ExitStack() as stack:

        def make(*, verify: bool | str = True, use_environment: bool = False, **limits: float) -> Transport:
            made = Transport(attrs.evolve(LIMITS, **limits), verify=verify, use_environment=use_environment)
            stack.callback(made.close)
            return made

        yield make


def get(transport: Transport, url: str, **headers: str) -> Answer:
    return transport.send("GET", url, headers, None)


def fails(transport: Transport, url: str) -> tuple[str, str, bool]:
    """The sentence, whose fault it is, and whether the endpoint may have acted."""
    with pytest.raises(TransportError) as failed:
        get(transport, url)
    return str(failed.value), failed.value.fault, failed.value.sent


def sleep(seconds: float, then: bytes = b"") -> Callable[[socket.socket], None]:
    def reply(connection: socket.socket) -> None:
        time.sleep(seconds)
        connection.sendall(then)

    return reply


def slowly(data: bytes, pause: float = 0.05) -> Callable[[socket.socket], None]:
    """Byte by byte."""

    def reply(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(pause)

    return reply


def cut(data: bytes = b"") -> Callable[[socket.socket], None]:
    """Send this, and close."""
    return lambda connection: connection.sendall(data)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def body(data: bytes, *headers: str, length: object = None, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(data) if length is None else length}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


# -- what leaves --------------------------------------------------------------------------------------------------


def test_a_request_leaves_as_it_was_given(wire, transport) -> None:
    server = wire(OK, OK)
    target = "/v2/p%2Fq/volumes/../x?a=%20&b=1+2&c=%EB%B3%BC"
    client = transport()
    client.send(
        "POST", f"http://127.0.0.1:{server.port}{target}", {"X-Auth-Token": "t", "Accept": "a"}, b"{}"
    )
    get(client, server.url, Accept="b")
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    assert sent == b"{}"
    first, *headers = head.decode().split("\r\n")
    assert first == f"POST {target} HTTP/1.1"
    assert {"X-Auth-Token: t", "Accept: a", "Content-Length: 2"} <= set(headers)
    # What an earlier request carried is not carried on.
    assert b"X-Auth-Token" not in server.requests[1]
    assert b"Content-Length" not in server.requests[1]


def test_connections_are_used_again(wire, transport) -> None:
    server = wire(*[OK] * 5)
    client = transport()
    for _ in range(5):
        get(client, server.url)
    assert server.connections == 1


def test_threads_that_send_in_turn_share_a_connection(wire, transport) -> None:
    """Cinder gives each connection one of 100 workers as long as it lasts: one a thread would use them up."""
    server = wire(*[OK] * 6)
    client = transport()
    for _ in range(5):
        thread = threading.Thread(target=get, args=(client, server.url))
        thread.start()
        thread.join()
    get(client, server.url)
    assert server.connections == 1


def test_requests_at_the_same_time_have_a_connection_each_which_later_ones_use(wire, transport) -> None:
    both = threading.Barrier(2, timeout=30)

    def meet(connection: socket.socket) -> None:
        both.wait()
        connection.sendall(OK)
        connection.recv(65536)
        connection.sendall(OK)

    server = wire(meet, meet)
    client = transport()
    thread = threading.Thread(target=get, args=(client, server.url))
    thread.start()
    assert get(client, server.url).status == 200
    thread.join()
    assert get(client, server.url).status == 200
    assert server.connections == 2


def test_a_request_that_failed_leaves_its_session_to_the_next(wire, transport) -> None:
    server = wire(b"no HTTP at all\r\n\r\n", OK, OK)
    client = transport()
    fails(client, server.url)
    get(client, server.url)
    get(client, server.url)
    assert server.connections == 2


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(wire, transport, status: str) -> None:
    elsewhere = wire(OK)
    server = wire(body(b"", f"Location: {elsewhere.url}", status=status))
    answer = get(transport(), server.url)
    assert answer.status == int(status[:3])
    assert answer.headers["location"] == elsewhere.url
    assert elsewhere.requests == []


def test_cookies_are_not_kept(wire, transport) -> None:
    server = wire(body(b"", "Set-Cookie: session=1; Path=/"), OK)
    client = transport()
    assert get(client, server.url).headers["set-cookie"] == "session=1; Path=/"
    get(client, server.url)
    assert b"cookie" not in server.requests[1].lower()


def test_neither_proxies_nor_netrc_of_the_environment_are_used_unless_asked(
    wire, transport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proxy, server = wire(OK), wire(OK)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    get(transport(), server.url)
    assert b"authorization" not in server.requests[0].lower()
    assert proxy.requests == []
    get(transport(use_environment=True), server.url)
    assert proxy.requests[0].startswith(f"GET {server.url} HTTP/1.1\r\n".encode())
    assert b"authorization" not in proxy.requests[0].lower()


# -- what is made of an answer ------------------------------------------------------------------------------------


def test_an_answer_is_handed_on_whole(wire, transport) -> None:
    server = wire(
        body(b'{"a": 1}', "X-Request-ID: r1", "x-twice: 1", "X-Twice: 2", status="404 Gone Fishing")
    )
    assert get(transport(), server.url) == Answer(
        404,
        "Gone Fishing",
        {"x-request-id": "r1", "x-twice": "1, 2", "content-length": "8"},
        b'{"a": 1}',
        False,
        b"",
    )


def test_an_answer_needs_no_reason_and_no_body(wire, transport) -> None:
    server = wire(b"HTTP/1.1 204\r\n\r\n")
    assert get(transport(), server.url) == Answer(204, "", {}, b"", False)


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX-Early: 1\r\n\r\n"
PROCESSING = b"HTTP/1.1 102\r\nConnection: close\r\nContent-Length: 7\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n"


@pytest.mark.parametrize(
    "interim",
    [
        EARLY,
        PROCESSING,
        CONTINUE,
        b"HTTP/1.1 199 Whatever\r\n\r\n",
        EARLY + CONTINUE + PROCESSING + EARLY,
        EARLY * 20,
    ],
    ids=["103", "102", "100", "199", "several", "many"],
)
def test_the_answer_is_the_final_one(wire, transport, interim: bytes) -> None:
    server = wire(interim + body(b"{}", "X-Late: 1", status="202 Accepted"), interim + body(b"b"))
    client = transport()
    assert get(client, server.url) == Answer(
        202, "Accepted", {"x-late": "1", "content-length": "2"}, b"{}", False
    )
    assert get(client, server.url).body == b"b"
    assert server.connections == 1


def test_interim_answers_come_before_chunks_and_before_what_has_no_body(wire, transport) -> None:
    server = wire(
        EARLY + b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        EARLY + b"HTTP/1.1 204\r\n\r\n",
        OK,
    )
    client = transport()
    assert get(client, server.url).body == b"ab"
    assert get(client, server.url) == Answer(204, "", {}, b"", False)
    assert get(client, server.url).status == 200


def test_a_change_of_protocols_is_final(wire, transport) -> None:
    server = wire(cut(EARLY + b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + OK))
    answer = get(transport(), server.url)
    assert (answer.status, answer.headers["upgrade"]) == (101, "x")


def test_a_body_without_a_length_ends_with_the_connection(wire, transport) -> None:
    server = wire(cut(b"HTTP/1.1 200 OK\r\n\r\nabc"))
    assert get(transport(), server.url).body == b"abc"


def test_chunks_are_put_together(wire, transport) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    assert get(transport(), wire(chunks).url).body == b"abc"


def test_gzip_is_undone(wire, transport) -> None:
    server = wire(body(gzip.compress(b"a" * 500), "Content-Encoding: gzip"))
    assert get(transport(), server.url).body == b"a" * 500


@pytest.mark.parametrize(
    ("length", "kept", "tail"),
    [
        (999, 999, 0),
        (1000, 1000, 0),
        (1001, 1000, 1),
        (1500, 1000, 500),
        (1001 + TAIL, 1000, 1 + TAIL),
        (5000 + TAIL, 1000, 1 + TAIL),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_body_is_kept_up_to_its_limit(
    wire, transport, compressed: bool, length: int, kept: int, tail: int
) -> None:
    data = bytes(i % 251 for i in range(length))
    sent = body(gzip.compress(data), "Content-Encoding: gzip") if compressed else body(data)
    answer = get(transport(), wire(sent).url)
    assert answer.body == data[:kept]
    assert answer.tail == data[kept : kept + tail]
    assert answer.truncated is bool(tail)


def test_a_body_that_breaks_off_beyond_its_limit_is_cut_all_the_same(wire, transport) -> None:
    answer = get(transport(), wire(cut(body(b"a" * 1200, length=5000))).url)
    assert (answer.body, answer.truncated) == (b"a" * 1000, True)
    assert answer.tail == b"a"


def test_what_was_cut_off_leaves_the_next_answer_alone(wire, transport) -> None:
    server = wire(body(b"a" * (3000 + TAIL)), body(b"b"))
    client = transport()
    assert get(client, server.url).truncated
    assert get(client, server.url).body == b"b"


# -- where there is none ------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_nobody_listens(transport) -> None:
    assert fails(transport(), f"http://127.0.0.1:{free_port()}/v2") == (
        "the connection was refused",
        "network",
        False,
    )


def test_no_such_host(transport) -> None:
    assert fails(transport(), "http://volcheck-test.invalid/v2") == (
        "the host name can't be resolved",
        "network",
        False,
    )


def test_no_connection_in_time(transport) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            # Nobody accepts them, and no more fit into the queue.
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
        assert fails(transport(connect=0.3), url) == ("no connection within 0.3 s", "network", False)


@pytest.mark.parametrize(
    ("reply", "limits", "sentence", "fault"),
    [
        (sleep(2), {"read": 0.3}, "no answer within 0.3 s", "network"),
        (sleep(2), {"total": 0.4}, "no answer within 0.4 s", "network"),
        (slowly(OK), {"total": 0.4}, "no answer within 0.4 s", "network"),
        (
            slowly(body(b"a" * 100)),
            {"total": 3.0},
            "the answer was not complete after 3 s",
            "protocol",
        ),
        (cut(), {}, "the connection was closed before an answer came", "network"),
        (reset, {}, "the connection was closed before an answer came", "network"),
        pytest.param(
            EARLY * 21 + OK,
            {},
            "the answer is not HTTP: more than 20 interim answers came (the last: 103), and no final one",
            "protocol",
            id="too many interim answers",
        ),
        (slowly(EARLY * 20), {"total": 0.4}, "no answer within 0.4 s", "network"),
        (cut(EARLY), {}, "the connection was closed before an answer came", "network"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", {}, "the answer is not HTTP: SSH-2.0-OpenSSH_9.2p1", "protocol"),
        (
            cut(body(b"", length="many")),
            {},
            "the answer broke off: Content-Length is 'many', which is no number",
            "protocol",
        ),
        (
            cut(body(b"", length="-1")),
            {},
            "the answer broke off: Content-Length is '-1', which is no number",
            "protocol",
        ),
        (
            cut(body(b"abc", length=10)),
            {},
            "the answer broke off: IncompleteRead(3 bytes read, 7 more expected)",
            "protocol",
        ),
        (
            cut(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            {},
            "the answer broke off: invalid literal for int() with base 16: b'zz\\r\\n'",
            "protocol",
        ),
        (
            body(b"no gzip", "Content-Encoding: gzip"),
            {},
            "the answer broke off: Error -3 while decompressing data: incorrect header check",
            "protocol",
        ),
    ],
)
def test_one_sentence_says_why_there_is_no_answer(
    wire, transport, reply: Reply, limits: dict[str, float], sentence: str, fault: str
) -> None:
    assert fails(transport(**limits), wire(reply).url) == (sentence, fault, True)


def test_a_body_that_stands_still_is_not_waited_for(wire, transport) -> None:
    server = wire(lambda connection: (connection.sendall(body(b"a", length=2)), time.sleep(2))[0])
    sentence, fault, sent = fails(transport(read=0.3), server.url)
    assert sentence.startswith("the answer broke off: ")
    assert (fault, sent) == ("protocol", True)


def test_a_failure_leaves_the_next_request_alone(wire, transport) -> None:
    server = wire(sleep(1.5), cut(), OK)
    client = transport(total=0.4)
    assert fails(client, server.url)[0] == "no answer within 0.4 s"
    assert fails(client, server.url)[0] == "the connection was closed before an answer came"
    assert get(client, server.url).status == 200


def test_a_deadline_is_that_of_its_own_request(wire, transport) -> None:
    """While one request is overdue, another in another thread goes on, and the next one has its own time again."""
    overdue = threading.Event()

    def hold(connection: socket.socket) -> None:
        overdue.wait(60)
        connection.sendall(OK)

    server = wire(hold, hold, sleep(1.5, OK))
    client = transport(total=4.0)
    later: list[Answer] = []

    def look_later() -> None:
        time.sleep(3.0)
        later.append(get(client, server.url))

    thread = threading.Thread(target=look_later)
    thread.start()
    assert fails(client, server.url)[0] == "no answer within 4 s"
    overdue.set()
    assert get(client, server.url).status == 200
    thread.join()
    assert [answer.status for answer in later] == [200]


def test_an_interruption_breaks_off_what_is_under_way_and_nothing_later(wire, transport) -> None:
    server = wire(sleep(5), OK)
    client = transport()
    client.interrupt()
    timer = threading.Timer(0.3, client.interrupt)
    timer.start()
    began = time.monotonic()
    assert fails(client, server.url) == ("the connection was closed before an answer came", "network", True)
    assert time.monotonic() - began < 4
    timer.join()
    assert get(client, server.url).status == 200


def test_who_is_in_a_hurry_gives_later_requests_less_time(wire, transport) -> None:
    server = wire(sleep(5), slowly(OK), OK)
    client = transport()
    client.hurry(0.5)
    began = time.monotonic()
    assert fails(client, server.url)[0] == "no answer within 0.5 s"
    assert "0.5 s" in fails(client, server.url)[0]
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("bound", [{"total": 0.4}, {"read": 0.4}])
def test_who_is_in_a_hurry_gives_no_request_more_time(wire, transport, bound) -> None:
    server = wire(sleep(5))
    client = transport(**bound)
    client.hurry(3.0)
    began = time.monotonic()
    assert fails(client, server.url)[0] == "no answer within 0.4 s"
    assert time.monotonic() - began < 2.5


def test_closing_ends_the_watchdog(wire) -> None:
    def watching() -> bool:
        return any(thread.name == "volcheck-deadline" for thread in threading.enumerate())

    client = Transport(attrs.evolve(LIMITS, total=0.4))
    get(client, wire(OK).url)
    assert watching()
    client.close()
    deadline = time.monotonic() + 5
    while watching() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not watching()


# -- TLS ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ("-subj", "/CN=volcheck", "-keyout", str(path), "-out", f"{path}.crt")
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            *made,
        ],
        check=True,
        capture_output=True,
    )
    with path.open("ab") as file:
        file.write(path.with_name(path.name + ".crt").read_bytes())
    return path


@pytest.fixture
def secure(wire, certificate: Path) -> Wire:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server: Wire = wire(OK, OK, tls=context)
    return server


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(secure: Wire, transport) -> None:
    sentence, fault, sent = fails(transport(), secure.url)
    assert sentence.startswith(
        "TLS failed: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed"
    )
    assert sentence.endswith("; where the endpoint has a CA of its own, name its bundle with --cacert")
    assert "\n" not in sentence
    assert (fault, sent) == ("network", False)
    assert secure.requests == []


def test_a_certificate_that_the_user_vouches_for_is_trusted(
    secure: Wire, transport, certificate: Path
) -> None:
    client = transport(verify=f"{certificate}.crt")
    assert [get(client, secure.url).status for _ in range(2)] == [200, 200]
    assert secure.connections == 1


def test_where_nothing_is_verified_every_certificate_will_do(secure: Wire, transport) -> None:
    with pytest.warns(match="Unverified HTTPS request"):
        assert get(transport(verify=False), secure.url).status == 200


def test_variables_for_requests_change_nothing_of_what_is_trusted_where_proxies_are_asked_for(
    secure: Wire, transport, certificate: Path, monkeypatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    client = transport(verify=f"{certificate}.crt", use_environment=True)
    assert get(client, secure.url).status == 200
    with pytest.warns(match="Unverified HTTPS request"):
        assert get(transport(verify=False, use_environment=True), secure.url).status == 200


def test_deadlines_hold_over_tls_too(wire, transport, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = wire(sleep(2), tls=context)
    assert fails(transport(verify=f"{certificate}.crt", total=0.6), server.url)[0] == "no answer within 0.6 s"


def test_the_answer_is_the_final_one_over_tls_too(wire, transport, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = wire(EARLY + OK, tls=context)
    assert get(transport(verify=f"{certificate}.crt"), server.url).status == 200


def test_a_server_that_speaks_no_tls_is_told(transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        sentence, fault, sent = fails(transport(), f"https://127.0.0.1:{listener.getsockname()[1]}/v2")
    assert sentence.startswith("TLS failed: [SSL")
    assert (fault, sent) == ("network", False)
