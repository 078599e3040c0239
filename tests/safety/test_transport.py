"""How requests leave: by which way, spelt as they were given, over connections that are used again."""

from __future__ import annotations

import errno
from pathlib import Path
from socket import create_server

import pytest
from hostile import Answer, Connection, Request, Server
from scenarios import certificate

from volcheck.gateway.transport import Limits, Transport, TransportError

LIMITS = Limits(connect=2.0, read=5.0, total=10.0)


def served(request: Request, connection: Connection) -> bool:
    connection.send(Answer(200, {"Content-Type": "application/json"}, b"{}").encode())
    return True


def started(**given: object) -> tuple[Server, str, list[Connection]]:
    """A server, its address, and the connections that were made to it."""
    made: list[Connection] = []
    server = Server(
        create_server(("127.0.0.1", 0)),
        served,
        greet=lambda connection: bool(made.append(connection)),  # type: ignore[func-returns-value]
        **given,  # type: ignore[arg-type]
    )
    server.start()
    return server, f"127.0.0.1:{server.listener.getsockname()[1]}", made


@pytest.fixture
def secure(tmp_path: Path) -> tuple[str, str]:
    """The URL of a server with a certificate of its own, and where that certificate lies."""
    _, address, _ = started(tls=certificate(tmp_path, "self-signed"))
    return f"https://{address}/v2", str(tmp_path / "cert.pem")


def test_a_target_leaves_as_it_was_given() -> None:
    server, address, made = started()
    transport = Transport(LIMITS)
    targets = ["/", "/v2/p/volumes/a%2Fb%41", "/v2/p/volumes/..", "/v2/p?a=%20&b=1+2&a=", "/v2/p/%EB%B3%BC"]
    for target in targets:
        assert transport.send("GET", f"http://{address}{target}", {}, None).status == 200
    assert [request.target for request in server.seen] == targets
    assert len(made) == 1


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("GET", None, None),
        ("HEAD", None, None),
        ("DELETE", None, "0"),
        ("POST", None, "0"),
        ("POST", b"{}", "2"),
    ],
)
def test_a_request_says_how_long_its_body_is(method: str, body: bytes | None, length: str | None) -> None:
    server, address, _ = started()
    Transport(LIMITS).send(method, f"http://{address}/v2", {"X-Auth-Token": "t"}, body)
    headers = {name.lower(): value for name, value in server.seen[0].headers.items()}
    assert headers.get("content-length") == length
    assert headers["x-auth-token"] == "t"


def test_a_proxy_is_told_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, address, _ = started()
    monkeypatch.setenv("http_proxy", f"http://{address}")
    monkeypatch.setenv("no_proxy", "")
    transport = Transport(LIMITS, use_environment=True)
    assert transport.send("GET", "http://volumes.test:8776/v2/p?limit=1", {}, None).status == 200
    assert proxy.seen[0].target == "http://volumes.test:8776/v2/p?limit=1"


def test_a_certificate_that_is_vouched_for_is_trusted(secure: tuple[str, str]) -> None:
    url, bundle = secure
    transport = Transport(LIMITS, verify=bundle)
    assert [transport.send("GET", url, {}, None).status for _ in range(2)] == [200, 200]


def test_a_bundle_of_the_environment_counts_where_it_is_asked_for(
    secure: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, bundle = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    assert Transport(LIMITS, use_environment=True).send("GET", url, {}, None).status == 200
    with pytest.raises(TransportError, match="TLS failed"):
        Transport(LIMITS).send("GET", url, {}, None)


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_without_verifying_any_certificate_will_do(secure: tuple[str, str]) -> None:
    assert Transport(LIMITS, verify=False).send("GET", secure[0], {}, None).status == 200


def test_a_bundle_that_is_not_there_is_one_sentence(secure: tuple[str, str]) -> None:
    with pytest.raises(TransportError, match=r"no-such\.pem"):
        Transport(LIMITS, verify="no-such.pem").send("GET", secure[0], {}, None)


def explained(url: str, **given: object) -> TransportError:
    """What a request that gets no answer is told to have met with."""
    with pytest.raises(TransportError) as caught:
        Transport(Limits(connect=1.0, read=1.0, total=5.0), **given).send("POST", url, {}, b"{}")  # type: ignore[arg-type]
    return caught.value


def test_who_could_not_be_reached_is_told_from_who_did_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = create_server(("127.0.0.1", 0))
    port = refusing.getsockname()[1]
    refusing.close()
    refused = explained(f"http://127.0.0.1:{port}/v2")
    assert (str(refused), refused.fault, refused.sent) == ("the connection was refused", "network", False)
    unknown = explained("http://no-such-host.invalid/v2")
    assert (str(unknown), unknown.sent) == ("the host name can't be resolved", False)
    with create_server(("127.0.0.1", 0), backlog=5) as silent:
        mute = explained(f"http://127.0.0.1:{silent.getsockname()[1]}/v2")
    assert (str(mute), mute.fault, mute.sent) == ("no answer within 1 s", "network", True)

    def unreachable(*_: object, **__: object) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr("urllib3.util.connection.create_connection", unreachable)
    far = explained("http://192.0.2.1/v2")
    assert "Network is unreachable" in str(far)
    assert "within" not in str(far)
