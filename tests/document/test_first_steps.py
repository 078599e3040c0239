"""The first steps of the reference, as a reader takes them, against the reference endpoint."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.reference.conftest import Server, running

from volcheck.contract import load_contract
from volcheck.document.render import LANGUAGES, render

#: No line of a shell may fail unseen.
_SHELL = "set -euo pipefail\n"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Server]:
    with running("--foreign=30", "--max-limit=7") as server:
        yield server


def environment(server: Server) -> dict[str, str]:
    """What the reader sets, and nothing else of OpenStack's."""
    facts = server.facts
    bare = {key: value for key, value in os.environ.items() if not key.startswith("OS_")}
    return {
        **bare,
        "OS_AUTH_URL": facts["identity"],
        "OS_USERNAME": facts["username"],
        "OS_PASSWORD": facts["password"],
        "OS_TENANT_NAME": facts["tenant_name"],
        "OS_REGION_NAME": facts["region"],
    }


def snippets(kind: str, language: str) -> list[str]:
    text = render(load_contract(), language)
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.M | re.S)


def done(command: list[str], server: Server, folder: Path) -> str:
    answer = subprocess.run(
        command,
        env=environment(server),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def names(server: Server) -> list[str]:
    return sorted(str(volume["name"]) for volume in server.main.walk("/volumes?limit=7"))


in_every_language = pytest.mark.parametrize("language", LANGUAGES)


@in_every_language
@pytest.mark.skipif(shutil.which("jq") is None, reason="the snippets of the shell read JSON with jq")
def test_the_shell_snippets_do_what_they_say(endpoint: Server, tmp_path: Path, language: str) -> None:
    before = names(endpoint)
    found = snippets("bash", language)
    assert len(found) == 3
    output = done(["bash", "-c", _SHELL + "".join(found)], endpoint, tmp_path)
    # The walk goes through every page; the volume of the step before may still be on its way out.
    listed = [line.partition(" ")[2] for line in output.splitlines() if line]
    assert sorted(name.replace("null", "None") for name in listed if name != "journal") == before
    gone(endpoint, before)


@in_every_language
@pytest.mark.parametrize("number", [0, 1], ids=["requests", "openstacksdk"])
def test_the_python_snippets_do_what_they_say(
    endpoint: Server, tmp_path: Path, language: str, number: int
) -> None:
    if number:
        pytest.importorskip("openstack")
    before = names(endpoint)
    found = snippets("python", language)
    assert len(found) == 2
    output = done([sys.executable, "-W", "ignore", "-c", found[number]], endpoint, tmp_path)
    assert output.split() == (["journal", "monday"] if number else ["journal", "available"])
    gone(endpoint, before)


def gone(server: Server, before: list[str]) -> None:
    """Wait until the volume of a snippet is gone."""
    for volume in server.main.walk("/volumes?limit=7"):
        if volume["name"] == "journal":
            for _ in range(1000):
                if server.main("GET", f"/volumes/{volume['id']}").status_code == 404:
                    break
    assert names(server) == before
