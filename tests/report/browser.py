"""A headless Chromium, and a server that answers for every host of our tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import attrs
import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "headless_shell"))), None
)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)"
)


@attrs.define
class Web:
    """Serves one page under every name; `requests` are the hosts and paths that were asked for."""

    port: int
    requests: list[str] = attrs.field(factory=list)

    def others(self) -> list[str]:
        """Requests for anything but the page itself."""
        return [request for request in self.requests if request != "page.test/"]


@contextmanager
def web(page: bytes) -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.requests.append(f"{self.headers['Host']}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            """The requests are kept, not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Web(server.server_address[1])
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def chromium(profile: Path, *arguments: str) -> str:
    """Run Chromium on what `arguments` say and answer its standard output."""
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile}"),
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def visit(found: Web, profile: Path, *arguments: str) -> str:
    """The document as Chromium has it after loading and running the page from `found`."""
    # Whatever else Chromium asks for by itself (the time, updates) finds no host.
    rules = f"--host-resolver-rules=MAP *.test 127.0.0.1:{found.port}, MAP * ~NOTFOUND"
    return chromium(
        profile, rules, "--virtual-time-budget=3000", *arguments, "--dump-dom", "http://page.test/"
    )
