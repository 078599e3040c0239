"""The reference to browse at /docs, over HTTP and in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPENAPI = Path(__file__).resolve().parents[2] / "spec" / "openapi.yaml"


def get(server: Any, path: str) -> requests.Response:
    return requests.get(f"{server.origin}{path}", timeout=10)


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs?lang=ko"])
def test_the_page_needs_no_token_and_nothing_from_elsewhere(server: Any, path: str) -> None:
    page = get(server, path)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "://" not in page.text
    for needed in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert get(server, needed).status_code == 200


def test_the_document_is_the_contract_served_from_here(server: Any) -> None:
    document = get(server, "/docs/openapi.json").json()
    contract = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    for node in (contract, contract["paths"]["/"]):
        node["servers"][0]["variables"]["origin"]["default"] = server.origin
    assert document == contract


def test_the_document_speaks_korean(server: Any) -> None:
    document = get(server, "/docs/openapi.json?lang=ko").json()
    assert document["paths"]["/{projectId}/volumes"]["post"]["summary"] == "볼륨 생성하기"


def test_the_document_is_of_the_edition_asked_for(server: Any, start: Any) -> None:
    def statuses(where: Any, query: str) -> list[str]:
        schemas = get(where, f"/docs/openapi.json{query}").json()["components"]["schemas"]
        return list(schemas["VolumeStatus"]["enum"])

    assert "reserved" not in statuses(server, "")
    assert "reserved" in statuses(server, "?edition=2026")
    assert "reserved" in statuses(server, "?edition=2026&lang=ko")
    page = get(server, "/docs?lang=ko&edition=2026").text
    assert "openapi.json?lang=ko&edition=2026" in page
    assert 'href="/docs?lang=ko&amp;edition=2020"' in page
    with start("--edition=2026") as today:
        assert "reserved" in statuses(today, "")
    answer = get(server, "/docs?edition=1999")
    assert (answer.status_code, answer.text) == (
        404,
        "There is no edition '1999'. Ask for one of 2020, 2026.",
    )


@pytest.mark.parametrize("path", ["/docs?lang=ja", "/docs/openapi.json?lang=ja"])
def test_another_language_is_one_sentence(server: Any, path: str) -> None:
    answer = get(server, path)
    assert answer.status_code == 404
    assert answer.text == "There is no reference in 'ja'. Ask for one of en, ko."


def test_the_api_beside_it_is_as_before(server: Any) -> None:
    assert get(server, "/docsx").status_code == 401
    assert get(server, "/docs/nothing").status_code == 404
    assert get(server, "/").status_code == 300


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt-get install chromium)")
def test_a_browser_shows_every_operation(server: Any, tmp_path: Path) -> None:
    assert CHROMIUM is not None
    shown = subprocess.run(
        [
            CHROMIUM,
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update", f"--user-data-dir={tmp_path}"),
            # Whatever isn't on this machine finds no host.
            *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=10000"),
            *("--dump-dom", f"{server.origin}/docs?lang=ko"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    contract = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    methods = [m for item in contract["paths"].values() for m in item if m in ("get", "post", "delete")]
    assert len(re.findall(r'class="opblock opblock-', shown)) == len(methods) == 12
    assert "볼륨 생성하기" in shown
    assert server.origin in shown
