from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

SOURCE = Path(__file__).resolve().parents[2] / "src"
COMMAND = [sys.executable, "-m", "volcheck.reference"]
PATIENCE = 10.0


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCE)}


class Client:
    """A member of a tenant of a running reference endpoint."""

    def __init__(self, facts: dict[str, Any], project_id: str, token: str) -> None:
        self.facts = facts
        self.project_id = project_id
        self.base = f"{facts['endpoint']}/{project_id}"
        self.session = requests.Session()
        self.session.headers["X-Auth-Token"] = token

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=PATIENCE, **options)

    def get(self, path: str, **options: Any) -> Any:
        answer = self("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = self("POST", f"/{kind}s", json={kind: fields})
        assert answer.status_code == 202, answer.text
        made: dict[str, Any] = answer.json()[kind]
        return made

    def volume(self, **fields: Any) -> dict[str, Any]:
        return self.wait("volume", self.create("volume", **{"size": 1, **fields})["id"])

    def snapshot(self, **fields: Any) -> dict[str, Any]:
        return self.wait("snapshot", self.create("snapshot", **fields)["id"])

    def wait(self, kind: str, ident: str, status: str = "available") -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            item: dict[str, Any] = self.get(f"/{kind}s/{ident}")[kind]
            if item["status"] == status:
                return item
            time.sleep(0.01)
        raise AssertionError(f"{kind} {ident} is still {item['status']}")

    def remove(self, kind: str, ident: str) -> None:
        answer = self("DELETE", f"/{kind}s/{ident}")
        assert answer.status_code == 202, answer.text
        end = time.monotonic() + PATIENCE
        while self("GET", f"/{kind}s/{ident}").status_code != 404:
            assert time.monotonic() < end, f"{kind} {ident} does not go away"
            time.sleep(0.01)

    def walk(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, by its next links."""
        kind = path.strip("/").partition("?")[0].partition("/")[0]
        items: list[dict[str, Any]] = []
        url = self.base + path
        for _ in range(1000):
            answer = self.session.get(url, timeout=PATIENCE)
            assert answer.status_code == 200, answer.text
            items += answer.json()[kind]
            links = answer.json().get(f"{kind}_links", [])
            if not links:
                return items
            url = links[0]["href"]
        raise AssertionError(f"the list {path} has no end")


class Server:
    """A reference endpoint in a process of its own."""

    def __init__(self, facts: dict[str, Any], process: subprocess.Popen[str]) -> None:
        self.facts = facts
        self.process = process
        self.origin = facts["endpoint"].removesuffix("/v2")
        self.main = Client(facts, facts["project_id"], facts["token"])
        self.other = Client(facts, facts["other_project_id"], facts["other_token"])


@contextlib.contextmanager
def running(*options: str) -> Iterator[Server]:
    command = [*COMMAND, "--ready", "json", "--exit-with-parent", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            server = Server(json.loads(line), process)
            yield server
            server.main.session.close()
            server.other.session.close()
        finally:
            process.terminate()
            _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert errors == ""


@pytest.fixture(scope="session")
def start() -> Callable[..., contextlib.AbstractContextManager[Server]]:
    return running


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running() as running_server:
        yield running_server


@pytest.fixture(scope="session")
def slow() -> Iterator[Server]:
    """An endpoint on which nothing ever becomes available or goes away."""
    with running(
        "--volume-delay", "3600", "--snapshot-delay", "3600", "--delete-delay", "3600"
    ) as slow_server:
        yield slow_server


@pytest.fixture(scope="session")
def client(server: Server) -> Client:
    return server.main


@pytest.fixture
def volume(client: Client) -> Iterator[dict[str, Any]]:
    made = client.volume(name="base", size=2, volume_type="General HDD")
    yield made
    if client("GET", f"/volumes/{made['id']}").status_code == 200:
        client.remove("volume", made["id"])
