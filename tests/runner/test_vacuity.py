"""Endpoints that can show nothing: whatever is asked of them, the suites must not call them conformant."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import uvicorn

from volcheck.reference.app import create_app
from volcheck.reference.clock import Clock
from volcheck.reference.hooks import Hooks
from volcheck.reference.seed import new_world
from volcheck.reference.settings import Settings

SOURCE = Path(__file__).resolve().parents[2] / "src"
FORBIDDEN = {"forbidden": {"code": 403, "message": "No."}}
MALFORMED = {"badRequest": {"code": 400, "message": "No."}}
LISTS = {
    "volumes": {"volumes": []},
    "volumes/detail": {"volumes": []},
    "snapshots": {"snapshots": []},
    "snapshots/detail": {"snapshots": []},
}


def refuse_everything(method, tail):
    return (400, MALFORMED) if tail else None


def list_nothing(method, tail):
    return (200, LISTS[tail]) if method == "GET" and tail in LISTS else None


def only_read(method, tail):
    return (403, FORBIDDEN) if method in ("POST", "DELETE") else None


@pytest.fixture
def serve():
    """Serve a reference endpoint that answers some requests as `instead` says; give its facts."""
    servers = []

    def start(instead):
        clock = Clock()
        world = new_world(Settings(), clock.now())
        honest = create_app(world, Hooks(), clock)

        async def app(scope, receive, send):
            tail = scope["path"].split("/", 3)[3] if scope["path"].count("/") > 2 else ""
            answer = instead(scope["method"], tail)
            if answer is None:
                await honest(scope, receive, send)
                return
            status, body = answer
            headers = [
                (b"content-type", b"application/json"),
                (b"x-openstack-request-id", b"req-" + world.new_id().encode()),
            ]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": json.dumps(body).encode()})

        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        # Only a socket that names its protocol gets TCP_NODELAY from asyncio.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        servers.append((server, thread, listener))
        tokens = {token.tenant.project_id: ident for ident, token in world.tokens.items()}
        return {
            "endpoint": f"http://127.0.0.1:{listener.getsockname()[1]}/v2",
            "project": world.main.project_id,
            "token": tokens[world.main.project_id],
        }

    yield start
    for server, thread, listener in servers:
        server.should_exit = True
        thread.join()
        listener.close()


def run(facts, reports, *arguments):
    """The exit code and the result of a run against that endpoint."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "volcheck", "run", "--reports", str(reports), "--wait-timeout", "2"),
            *("--endpoint", facts["endpoint"], "--project-id", facts["project"], *arguments),
        ],
        env={**os.environ, "PYTHONPATH": str(SOURCE), "OS_TOKEN": facts["token"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (reports / "result.json").is_file(), done.stderr
    return done.returncode, json.loads((reports / "result.json").read_text())


def passed(result, *families):
    return [r["id"] for r in result["requirements"] if r["outcome"] == "passed" and (r["family"] in families)]


def test_an_endpoint_that_refuses_everything_is_not_conformant(serve, tmp_path):
    code, result = run(serve(refuse_everything), tmp_path)
    assert code != 0
    assert result["verdict"]["name"] != "conformant"
    assert passed(result, "persistence", "status", "paging", "sort", "list", "derive", "text", "model") == [
        "paging.limit-refused",
        "paging.limit-odd-refused",
        "paging.offset-refused",
        "paging.offset-odd-refused",
        "paging.snapshots-refused",
        "sort.key-refused",
        "sort.direction-refused",
        "sort.odd-refused",
        "sort.snapshots-refused",
    ]


def test_an_endpoint_that_lists_nothing_is_not_conformant(serve, tmp_path):
    code, result = run(serve(list_nothing), tmp_path)
    assert code == 1
    assert result["verdict"]["name"] == "not conformant"
    assert {"list.complete", "list.newest-included", "paging.walk", "sort.by-name", "model.agrees"} <= {
        r["id"] for r in result["requirements"] if r["outcome"] == "failed"
    }
    shown = passed(result, "list", "paging", "sort", "model")
    # What is refused is refused without a look at the list.
    assert [name for name in shown if not name.endswith("-refused")] == []


def test_an_endpoint_that_can_only_be_read_is_not_conformant(serve, tmp_path):
    code, result = run(serve(only_read), tmp_path)
    assert code != 0
    assert result["verdict"]["name"] != "conformant"
    assert passed(result, "derive", "text", "persistence", "model", "scenario") == []


def test_what_a_read_only_run_could_not_look_at_is_not_passed(serve, tmp_path):
    _, result = run(serve(only_read), tmp_path, "--read-only")
    assert passed(result, "create", "delete", "snapshot-create", "snapshot-delete", "derive", "model") == []
