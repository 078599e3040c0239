"""Each liberty has an effect that a client can see, says what allows it, and can be had with others."""

from __future__ import annotations

import asyncio
import functools
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.reference.test_defects import Caller, PartedError, battery

from volcheck.contract import load_contract
from volcheck.errors import UsageError
from volcheck.reference.command import check_options
from volcheck.reference.liberties import load, random_sets, settings_of
from volcheck.reference.liberties.registry import Liberty, enter
from volcheck.reference.settings import Settings

KNOWN = load()
#: What is seen of these is not in the answers to the requests of the test below.
ELSEWHERE = {
    *("wire-no-date", "wire-http-1.0", "wire-slow-bursts", "wire-gzip", "wire-connection-close"),
    *("list-page-20", "list-page-100", "limit-10", "limit-10-not-told", "limit-12-403", "limit-403"),
}


@functools.cache
def honest() -> list[str]:
    caller = Caller("")
    asyncio.run(beyond(caller))
    return caller.transcript


async def beyond(caller: Caller) -> None:
    """What the defects' requests don't ask for, and then those."""
    mine = caller.mine
    base = await caller.make("volume", size=2, name=" blank ")
    for name, value in (
        *(("name", text) for text in ("n" * 200, "n" * 300, "", "💾", "x" * 130)),
        *(("size", value) for value in ("5", "x")),
        *(("multiattach", value) for value in ("true", True)),
        *((name, "") for name in ("availability_zone", "imageRef", "snapshot_id", "source_volid")),
        ("volume_type", next(iter(caller.world.types))),
        ("metadata", {"é": "a"}),
        ("metadata", {"a": " b "}),
        ("source_volid", "not-a-uuid"),
    ):
        await caller.send("POST", f"{mine}/volumes", {"volume": {"size": 1, name: value}})
    for fields in (
        {"source_volid": base},
        {"source_volid": base, "size": 2},
        {"source_volid": base, "size": 1},
        {"source_volid": base, "size": 4, "volume_type": "General SSD"},
    ):
        await caller.send("POST", f"{mine}/volumes", {"volume": fields})
    for force in ("true", None):
        await caller.send("POST", f"{mine}/snapshots", {"snapshot": {"volume_id": base, "force": force}})
    snapshot = await caller.make("snapshot", volume_id=base)
    both = {"source_volid": base, "snapshot_id": snapshot, "size": 2}
    await caller.send("POST", f"{mine}/volumes", {"volume": both})
    for query in (
        *("sort=updated_at:asc", "sort=volume_type:asc", "sort=name,size", "limit=-1", "limit=", "zzz=1"),
        *("sort=size:asc", "limit=4", "sort=name:desc", "sort=name:asc,size:desc"),
    ):
        await caller.send("GET", f"{mine}/volumes?{query}")
        await caller.send("GET", f"{mine}/snapshots?{query}")
    await caller.send("HEAD", f"{mine}/volumes")
    await caller.send("GET", f"{mine}/volumes/not-a-uuid")
    await caller.send("GET", f"{mine}/limits")
    await caller.send("POST", f"{mine}/volumes", b'{"volume": {"size": 1}}', media="application/octet")
    for who in (mine, caller.theirs):
        await caller.send("GET", f"{who}/volumes/{base}", token="other")
    await caller.send("DELETE", f"{mine}/volumes/{await young(caller)}")
    caller.wait(0.6)
    await caller.send("GET", f"{mine}/types")
    await battery(caller)


async def young(caller: Caller) -> str:
    """A volume that is still creating."""
    before = set(caller.world.main.volumes)
    await caller.send("POST", f"{caller.mine}/volumes", {"volume": {"size": 1}})
    return next(iter(set(caller.world.main.volumes) - before), "none")


@pytest.mark.parametrize("name", sorted(KNOWN.keys() - ELSEWHERE))
def test_a_liberty_has_an_effect(name: str) -> None:
    with pytest.raises(PartedError):
        asyncio.run(beyond(Caller("", honest(), (name,))))


@contextmanager
def served(*names: str) -> Iterator[dict[str, Any]]:
    """A reference endpoint in a process of its own, with liberties."""
    options = [part for name in names for part in ("--liberty", name)]
    command = [sys.executable, "-m", "volcheck", "serve", "--ready", "json", "--exit-with-parent", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def ask(facts: dict[str, Any], path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """An answer, read."""
    place = urlsplit(facts["endpoint"])
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    named = {"X-Auth-Token": facts["token"], **headers}
    connection.request(method, f"{place.path}/{facts['project_id']}{path}", headers=named)
    response = connection.getresponse()
    response.content = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def test_what_is_only_seen_on_the_wire() -> None:
    with served("wire-no-date", "wire-http-1.0", "wire-gzip", "wire-path-prefix") as facts:
        assert urlsplit(facts["endpoint"]).path == "/volume/v2"
        plain = ask(facts, "/volumes")
        assert (plain.version, plain.status) == (10, 200)
        assert plain.getheader("Date") is None
        assert plain.getheader("Connection") == "close"
        assert b"/volume/v2/" in plain.content  # type: ignore[attr-defined]
        packed = ask(facts, "/volumes", **{"Accept-Encoding": "gzip"})
        assert packed.getheader("Content-Encoding") == "gzip"
        assert packed.content[:2] == b"\x1f\x8b"  # type: ignore[attr-defined]
    with served("wire-chunked") as facts:
        assert ask(facts, "/types").getheader("Transfer-Encoding") == "chunked"


@pytest.mark.parametrize("one", KNOWN.values(), ids=lambda one: one.name)
def test_each_says_what_it_does_and_what_allows_it(one: Liberty) -> None:
    assert one.description.endswith(".")
    assert one.allowed_by.endswith(".")
    named = set(re.findall(r"\bE(?:-[A-Z]+)+\b", one.allowed_by))
    assert named <= set(load_contract().errata)
    assert named or re.search(r"guide|row|RFC|client|Cinder|Integer|table", one.allowed_by)


def test_there_are_at_least_sixty() -> None:
    assert len(KNOWN) >= 60


def test_random_sets_are_those_of_their_seed_and_hold_nothing_that_excludes_something() -> None:
    sets = random_sets(30, 5, 1)
    assert sets == random_sets(30, 5, 1)
    assert sets != random_sets(30, 5, 2)
    assert len(set(sets)) == 30
    for names in sets:
        assert len(set(names)) == 5
        subjects = [KNOWN[name].instead_of for name in names if KNOWN[name].instead_of]
        assert len(subjects) == len(set(subjects))


def test_settings_are_those_of_all_liberties() -> None:
    settings = settings_of(Settings(seed=3), ("wire-no-date", "list-page-20"))
    assert (settings.seed, settings.date_header, settings.max_limit) == (3, False, 20)
    with pytest.raises(KeyError):
        settings_of(Settings(), ("no-such",))


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (Liberty("wire-gzip", "x", "y", settings={"seed": 1}), "two liberties are called wire-gzip"),
        (Liberty("x-y", "x", "y"), "x-y changes nothing"),
        (Liberty("x-y", "x", "y", filters=(("nowhere", max),)), "asks for hook 'nowhere'"),  # type: ignore[arg-type]
    ],
)
def test_what_can_be_no_liberty(one: Liberty, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        enter(one)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--liberty", "no-such"], "There is no liberty called no-such"),
        (["--liberty", "list-page-20", "--liberty", "list-page-100"], "both are about largest pages"),
        (["--list-liberties"], "Leave out what only prints"),
    ],
)
def test_options_that_no_embedded_endpoint_takes(options: list[str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        check_options(options)


def test_the_list_of_liberties() -> None:
    command = [sys.executable, "-m", "volcheck", "serve", "--list-liberties"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert (
        "  wire-gzip: Bodies are compressed for clients that take gzip. [RFC 9110, 8.4 and 12.5.3.]" in text
    )
    plain = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    listed = json.loads(plain)
    assert [each["name"] for each in listed] == list(KNOWN)
    assert set(listed[0]) == {"name", "family", "description", "allowed_by", "instead_of"}
