"""Each defect has an effect that a client can see, and no two have the same.

The application is called in this process, with fixed ids and a clock of our own, so that two endpoints
without a difference give the same transcript, byte for byte.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import itertools
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

import pytest

from volcheck.contract import load_contract
from volcheck.fixtures.generation.provocations import Provocations
from volcheck.fixtures.generation.request import PROJECT, SNAPSHOT, VOLUME, GeneratedRequest
from volcheck.reference.app import create_app
from volcheck.reference.clock import Clock, micros
from volcheck.reference.defects import build_hooks, load
from volcheck.reference.liberties import settings_of
from volcheck.reference.seed import new_world
from volcheck.reference.settings import Settings
from volcheck.reference.wire import SPELT

KNOWN = load()
_CONTRACT = load_contract()
_MADE = Provocations(_CONTRACT, volume_size=1)
PROVOCATIONS = [each.request for name in _CONTRACT.operations for each in _MADE.of(name)]
#: Those that only requests show which are under way at the same time; all others show in one request after the other.
RACES = [name for name, defect in KNOWN.items() if defect.takes]
DEFECTS = {name: defect for name, defect in KNOWN.items() if name not in RACES}
UNKNOWN = "00000000-0000-4000-8000-000000001234"


class HandClock(Clock):
    """Time goes on by a millisecond with every look, and further only when told."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 1_800_000_000_000_000

    def now(self) -> int:
        self.moment += 1000
        return self.moment


class PartedError(Exception):
    """An answer was not that of the honest endpoint."""


class Caller:
    """Sends requests to an application and writes down all that comes back.

    With `honest`, another's transcript, it stops at the first answer that is different.
    """

    def __init__(self, name: str, honest: list[str] | None = None, liberties: tuple[str, ...] = ()) -> None:
        self.honest = honest
        self.clock = HandClock()
        settings = settings_of(Settings(seed=7, token="main", other_token="other"), liberties)
        self.world = new_world(settings, self.clock.now())
        self.app = create_app(self.world, build_hooks((name,) if name else (), liberties), self.clock)
        self.transcript: list[str] = []
        self.mine = f"/v2/{self.world.main.project_id}"
        self.theirs = next(f"/v2/{each}" for each in self.world.tenants if each not in self.mine)

    async def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str = "main",
        media: str = "application/json",
        token_header: str = "X-Auth-Token",
        **headers: str,
    ) -> Any:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        head = {"host": "cinder.example", "accept": "application/json", **headers}
        if token:
            head["x-auth-token"] = token
        if raw and media:
            head["content-type"] = media
        location, _, query = path.partition("?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(location),
            "raw_path": location.encode(),
            "query_string": quote(query, safe="=&:,%").encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in head.items()],
            "server": ("cinder.example", 80),
            "client": ("127.0.0.1", 1),
            "state": {SPELT: (token_header, *head)},
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def keep(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, keep)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        shown = sorted((name.decode(), value.decode()) for name, value in sent[0]["headers"])
        self.transcript.append(f"{method} {path} {sent[0]['status']} {shown} {content!r}")
        if self.honest is not None and self.transcript[-1] != self.honest[len(self.transcript) - 1]:
            raise PartedError
        try:
            return json.loads(content)
        except ValueError:
            return None

    def wait(self, seconds: float) -> None:
        self.clock.moment += micros(seconds)

    async def make(self, kind: str, **fields: Any) -> str:
        """Create, watch until time has passed, and give the id that the endpoint really holds."""
        tenant = self.world.main
        before = set(tenant.volumes) | set(tenant.snapshots)
        await self.send("POST", f"{self.mine}/{kind}s", {kind: fields})
        new = (set(tenant.volumes) | set(tenant.snapshots)) - before
        ident = new.pop() if new else UNKNOWN
        await self.send("GET", f"{self.mine}/{kind}s/{ident}")
        await self.send("GET", f"{self.mine}/{kind}s/detail?limit=2")
        self.wait(0.06)
        for _ in range(2):
            await self.send("GET", f"{self.mine}/{kind}s/{ident}")
        return ident

    async def drop(self, kind: str, ident: str) -> None:
        for pause in (0.0, 0.06, 0.2):
            await self.send("DELETE", f"{self.mine}/{kind}s/{ident}")
            self.wait(pause)
            await self.send("GET", f"{self.mine}/{kind}s/{ident}")
            for path in (f"/{kind}s", f"/{kind}s/detail"):
                await self.send("GET", self.mine + path)


NAMES = (
    "Bravo",
    "alpha  a",
    "볼륨-ü-😀",
    "<b>&",
    "12345",
    "",
    None,
    "n" * 255,
    "가" * 255,
    " x ",
    "Bravo",
    "é",
)
TEXTS = ("설명 😀", "", None, "d" * 150)
FIELDS = (
    {"metadata": {"Key": "1", "c": "", "b": "값 😀"}, "volume_type": "General HDD"},
    {"metadata": {"a": "v" * 255}, "availability_zone": "kr-pub-a", "multiattach": True},
    {"metadata": {}, "source_volid": None, "no_such_property": 1},
    {},
)
SIZES = (1, 2, 10, 3)
QUERIES = (
    "",
    "limit=0",
    "limit=1",
    "limit=3",
    "limit=1000",
    "limit=abc",
    "limit=-1",
    "offset=1",
    "offset=100",
    "offset=x",
    "offset=-1",
    "limit=2&offset=1",
    f"marker={UNKNOWN}",
    "sort=name:asc",
    "sort=name",
    "sort=size:asc",
    "sort=size:asc,name:desc",
    "sort=size:asc,name:asc",
    "sort=created_at:asc",
    "sort=id:asc",
    "sort=status:asc",
    "sort=bogus",
    "sort=name:up",
    "all_tenants=1",
    "limit=2&name=Bravo",
    "limit=2&sort=name:asc",
    "limit=2&sort=name:asc&offset=1",
)
WRONG_VOLUMES: tuple[Any, ...] = (
    *({"size": size} for size in (0, -1, "abc", None, 1.5, True, [], 2147483647)),
    {},
    *({"size": 1, "name": name} for name in ("n" * 256, 5)),
    {"size": 1, "description": "d" * 256},
    *(
        {"size": 1, "metadata": value}
        for value in ({"a": 1}, {"k" * 256: "v"}, {"a": "v" * 256}, {"": "v"}, "x")
    ),
    {"size": 1, "availability_zone": "nowhere"},
    {"size": 1, "volume_type": "none"},
    {"size": 1, "multiattach": "x"},
    {"snapshot_id": UNKNOWN},
    {"source_volid": UNKNOWN, "size": 1},
    {"size": 2, "imageRef": UNKNOWN},
)


async def lists(caller: Caller) -> None:
    volumes = [
        *itertools.product(("volumes",), QUERIES),
        *itertools.product(("volumes/detail",), QUERIES[::3]),
    ]
    snapshots = itertools.product(("snapshots", "snapshots/detail"), ("", "limit=1", "sort=created_at:asc"))
    for kind, query in itertools.chain(volumes, snapshots):
        found = await caller.send("GET", f"{caller.mine}/{kind}?{query}")
        for _ in range(2):  # further pages
            name = f"{kind.partition('/')[0]}_links"
            links = found.get(name) if isinstance(found, dict) else None
            if not isinstance(links, list) or not links or "marker=" not in links[0]["href"]:
                break
            found = await caller.send("GET", links[0]["href"].removeprefix("http://cinder.example"))


async def battery(caller: Caller) -> None:
    """All that a client might do in a run, in a fixed order."""
    mine, theirs = caller.mine, caller.theirs
    attached = next(each.id for each in caller.world.main.volumes.values())
    image = next(iter(caller.world.images))
    for token in ("", "main"):
        await caller.send("GET", "/", token=token)
    await caller.send("GET", f"{mine}/types", accept="application/xml")
    await caller.send("GET", f"{mine}/types", token_header="x-auth-token")
    await caller.send("GET", f"{mine}/types")
    await caller.send("GET", f"{mine}/volumes/{attached}")
    unseen = {"volume": {"size": 1, "name": "never shown"}}
    await caller.send("POST", f"{mine}/volumes", unseen)
    await caller.send("GET", f"{theirs}/volumes/{next(reversed(caller.world.main.volumes))}", token="other")

    volumes = []
    for index, name in enumerate(NAMES):
        fields = {
            "size": SIZES[index % 4],
            "name": name,
            "description": TEXTS[index % 4],
            **FIELDS[index % 4],
        }
        volumes.append(await caller.make("volume", **fields))
    base = volumes[1]
    first = await caller.make(
        "snapshot", volume_id=base, name="스냅 😀", description="설명", metadata={"a": "b"}
    )
    second = await caller.make("snapshot", volume_id=base)
    forced = await caller.make("snapshot", volume_id=attached, force=True, name="f")
    clone = await caller.make("volume", source_volid=base, size=4, name="clone")
    restored = await caller.make("volume", snapshot_id=first, name="restored", metadata={"m": "n"})
    larger = await caller.make("volume", snapshot_id=first, size=5)
    typed = await caller.make("volume", size=2, volume_type="General SSD")
    typed_snapshot = await caller.make("snapshot", volume_id=typed)
    typed_copy = await caller.make("volume", snapshot_id=typed_snapshot)
    imaged = await caller.make("volume", imageRef=image, size=2)
    cloned_snapshot = await caller.make("snapshot", volume_id=clone)
    await caller.make("volume", source_volid=attached, size=2)
    await lists(caller)

    for fields in (
        *WRONG_VOLUMES,
        {"snapshot_id": first, "size": 1},
        {"source_volid": base, "size": 1},
        {"snapshot_id": first, "source_volid": base},
        {"imageRef": image, "size": 1},
    ):
        await caller.send("POST", f"{mine}/volumes", {"volume": fields})
    for fields in (
        {},
        {"volume_id": UNKNOWN},
        {"volume_id": None},
        {"volume_id": attached},
        {"volume_id": attached, "force": False},
        {"volume_id": base, "force": "maybe"},
        {"volume_id": base, "name": "n" * 256},
        {"volume_id": base, "zzz": 1},
        {"volume_id": base, "description": "d" * 256},
        {"volume_id": base, "name": 5},
    ):
        await caller.send("POST", f"{mine}/snapshots", {"snapshot": fields})
        caller.wait(0.06)
    plain = b'{"volume": {"size": 1}}'
    for raw, media in (
        (b"", ""),
        (b"{x", "application/json"),
        (plain + b" x", "application/json"),
        (b"[]", "application/json"),
        (plain, "text/plain"),
        (plain, ""),
        (plain, "application/json; charset=utf-8"),
        (b'{"size": 1}', "application/json"),
    ):
        await caller.send("POST", f"{mine}/volumes", raw, media=media)
    await caller.send("POST", f"{mine}/snapshots", {"volume_id": base})
    for method, path in (
        ("PUT", "/volumes"),
        ("DELETE", "/volumes"),
        ("PATCH", "/volumes"),
        ("POST", f"/volumes/{base}"),
        ("POST", "/snapshots/detail"),
        ("PUT", "/types"),
        ("POST", "/volumes/detail"),
        ("GET", "/nonsense"),
        ("DELETE", f"/volumes/{UNKNOWN}"),
        ("DELETE", f"/snapshots/{UNKNOWN}"),
        ("GET", f"/snapshots/{UNKNOWN}"),
        ("GET", f"/snapshots/{second}"),
        ("DELETE", f"/volumes/{attached}"),
    ):
        await caller.send(
            method, mine + path, {"snapshot": {"volume_id": base}} if path == "/snapshots/detail" else None
        )
    await caller.send("POST", f"{mine}/volumes/detail", {"volume": {"size": 1}})

    for token in ("", "garbage", "mainx"):
        for method, path in (
            ("GET", "/volumes"),
            ("GET", "/types"),
            ("POST", "/volumes"),
            ("DELETE", f"/volumes/{volumes[0]}"),
            ("GET", f"/snapshots/{second}"),
        ):
            await caller.send(method, mine + path, token=token)
    for method, path in (
        ("GET", f"/volumes/{volumes[0]}"),
        ("GET", "/volumes"),
        ("GET", f"/snapshots/{second}"),
        ("DELETE", f"/volumes/{volumes[2]}"),
        ("DELETE", f"/snapshots/{second}"),
        ("GET", "/volumes?all_tenants=1"),
    ):
        await caller.send(method, theirs + path, token="other")
        await caller.send(method, mine + path, token="other")
    for fields in ({"source_volid": volumes[3], "size": 2}, {"snapshot_id": second, "size": 2}):
        await caller.send("POST", f"{theirs}/volumes", {"volume": fields}, token="other")
    await caller.send("POST", f"{theirs}/snapshots", {"snapshot": {"volume_id": volumes[3]}}, token="other")
    await caller.send("POST", f"{mine}/volumes", {"volume": {"size": 1}}, token="other")

    early = (await caller.send("POST", f"{mine}/volumes", {"volume": {"size": 1}})) or {}
    ident = early.get("volume", {}).get("id", UNKNOWN)
    await caller.send("POST", f"{mine}/snapshots", {"snapshot": {"volume_id": ident}})
    await caller.send("POST", f"{mine}/volumes", {"volume": {"source_volid": ident}})
    await caller.send("DELETE", f"{mine}/volumes/{ident}")
    early = (await caller.send("POST", f"{mine}/snapshots", {"snapshot": {"volume_id": volumes[3]}})) or {}
    ident = (
        early.get("snapshot", {}).get("id", UNKNOWN) if isinstance(early.get("snapshot"), dict) else UNKNOWN
    )
    await caller.send("POST", f"{mine}/volumes", {"volume": {"snapshot_id": ident}})
    await caller.send("DELETE", f"{mine}/snapshots/{ident}")
    caller.wait(0.06)
    await caller.send("DELETE", f"{mine}/volumes/{base}")
    for ident in (cloned_snapshot, first, forced):
        await caller.drop("snapshot", ident)
    for ident in (typed_snapshot, second):
        await caller.send("DELETE", f"{mine}/snapshots/{ident}")
    caller.wait(0.06)
    for ident in (restored, larger, clone, base, typed, typed_copy, imaged):
        await caller.send("GET", f"{mine}/volumes/{ident}")
    for ident in (base, volumes[0], attached):
        await caller.drop("volume", ident)
    caller.wait(3)
    for query in ("", "limit=3"):
        await caller.send("GET", f"{mine}/volumes/detail?{query}")
    await oddities(caller)


async def oddities(caller: Caller) -> None:
    """What only few clients do."""
    mine, theirs = caller.mine, caller.theirs
    kept = await caller.make("volume", size=1, description="d" * 255, status="error")
    first_type = next(iter(caller.world.types))
    for fields in (
        {"description": 5},
        {"source_volid": "not-a-uuid"},
        {"volume_type": 5},
        {"volume_type": first_type},
        {"colour": "green"},
        {"size": 2**31},
        {"description": "d" * 200_000},
    ):
        await caller.send("POST", f"{mine}/volumes", {"volume": {"size": 1, **fields}})
    forced = await caller.make("snapshot", volume_id=kept, force=True)
    for path in (
        "/volumes?limit=100000",
        "/volumes?zzz=1",
        f"/volumes/{forced}",
        "/volumes/not-a-uuid",
        "/snapshots/not-a-uuid",
        "/VOLUMES",
    ):
        await caller.send("GET", mine + path)
    await caller.send("GET", f"{theirs}/volumes?marker={kept}", token="other")
    claimed = {"x-identity-status": "Confirmed", "x-project-id": caller.world.main.project_id}
    await caller.send("GET", f"{mine}/volumes", token="", **claimed)
    await pages(caller)
    await provocations(caller, kept, forced)


async def pages(caller: Caller) -> None:
    """Every sort order, page by page, and what is deleted as marker and source."""
    gone = await caller.make("volume", size=1)
    lost = await caller.make("snapshot", volume_id=gone)
    await caller.drop("snapshot", lost)
    await caller.drop("volume", gone)
    await caller.send("GET", f"{caller.mine}/volumes?marker={gone}")
    await caller.send("POST", f"{caller.mine}/snapshots", {"snapshot": {"volume_id": gone}})
    await caller.send("POST", f"{caller.mine}/volumes", {"volume": {"size": 1, "source_volid": gone}})
    await caller.send("POST", f"{caller.mine}/volumes", {"volume": {"size": 1, "snapshot_id": lost}})
    for key, way in itertools.product(
        ("name", "created_at", "size", "id", "status", "availability_zone"), ("asc", "desc")
    ):
        found = await caller.send("GET", f"{caller.mine}/volumes?sort={key}:{way}&limit=2")
        if isinstance(found, dict) and found.get("volumes"):
            marker = found["volumes"][-1]["id"]
            await caller.send("GET", f"{caller.mine}/volumes?sort={key}:{way}&marker={marker}")


async def provocations(
    caller: Caller, volume: str, snapshot: str, chosen: list[GeneratedRequest] = PROVOCATIONS
) -> None:
    """Every field and parameter with every kind of value."""
    ids = {PROJECT: caller.world.main.project_id, VOLUME: volume, SNAPSHOT: snapshot}
    ids |= {VOLUME[:-1]: volume[:-1], SNAPSHOT[:-1]: snapshot[:-1]}

    def filled(text: str) -> str:
        for placeholder, ident in ids.items():
            text = text.replace(placeholder, ident)
        return text

    for each in chosen:
        body = None if each.body is None else filled(each.body).encode()
        await caller.send(each.method, filled(f"/v2{each.path}?{each.query}"), body)
        caller.wait(0.06)


@functools.cache
def transcript(name: str) -> list[str]:
    """All that is answered."""
    caller = Caller(name)
    asyncio.run(battery(caller))
    return caller.transcript


@functools.cache
def parting(name: str) -> str | None:
    """Where a defect first shows, and how; None if it never does."""
    caller = Caller(name, transcript(""))
    try:
        asyncio.run(battery(caller))
    except PartedError:
        return f"{len(caller.transcript)} {caller.transcript[-1]}"
    return None


def test_the_honest_endpoint_repeats_itself():
    assert transcript("") == transcript.__wrapped__("")
    assert not any(" 500 " in line for line in transcript(""))


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_shows(name):
    assert parting(name) is not None


def test_no_two_defects_are_the_same():
    alike: dict[str | None, list[str]] = {}
    for name in DEFECTS:
        alike.setdefault(parting(name), []).append(name)
    for names in alike.values():
        for one, other in itertools.combinations(names, 2):
            assert transcript(one) != transcript(other), f"{one} does what {other} does"


#: Defects that a single odd value shows; the others of their family take several requests.
VALUES = [
    name
    for name in DEFECTS
    if name.startswith("value-") and not name.startswith(("value-deleted", "value-pages"))
]


async def objections(name: str) -> list[str]:
    """What is wrong with the answers to the provocations, by what must become of them."""
    caller = Caller(name)
    volume = await caller.make("volume", size=1)
    snapshot = await caller.make("snapshot", volume_id=volume)
    found = []
    for each in PROVOCATIONS:
        await provocations(caller, volume, snapshot, [each])
        status = int(caller.transcript[-1].removeprefix(f"{each.method} ").split(" ")[1])
        wrong = {"served": status >= 400, "refused": status < 400, "either": False}[each.expected]
        if wrong or status >= 500 or (status == 202 and not _as_asked(caller, each)):
            found.append(f"{each.method} {each.query} {each.body} should be {each.expected}: {status}")
            break
    return found


def _as_asked(caller: Caller, request: Any) -> bool:
    [(kind, fields)] = json.loads(request.body).items()
    asked = fields.get("metadata")
    made = list(getattr(caller.world.main, f"{kind}s").values())[-1]
    return not isinstance(asked, dict) or made.metadata == asked


def test_the_honest_endpoint_answers_every_provocation_as_it_must():
    assert asyncio.run(objections("")) == []


@pytest.mark.parametrize("name", VALUES)
def test_a_provocation_catches_an_odd_value(name):
    assert asyncio.run(objections(name)) != []


async def two_of_each(caller: Caller, kind: str, *, at_once: bool) -> tuple[int, int]:
    """Create two and delete one of them twice: how many ids there are, and how many deletions were accepted."""

    async def both(*requests: Any) -> list[Any]:
        if at_once:
            return list(await asyncio.gather(*requests))
        return [await request for request in requests]

    volume = await caller.make("volume", size=1)
    fields = {"size": 1} if kind == "volume" else {"volume_id": volume}
    path = f"{caller.mine}/{kind}s"
    created = await both(*(caller.send("POST", path, {kind: fields}) for _ in range(2)))
    ids = {each[kind]["id"] for each in created}
    caller.wait(1)
    before = len(caller.transcript)
    await both(*(caller.send("DELETE", f"{path}/{min(ids)}") for _ in range(2)))
    return len(ids), sum(" 202 " in line for line in caller.transcript[before:])


@pytest.mark.parametrize("name", RACES)
def test_a_race_shows_in_simultaneous_requests_alone(name):
    kind = name.split("-")[1]
    wrong = (1, 1) if name.endswith("-ids") else (2, 2)
    assert asyncio.run(two_of_each(Caller(name), kind, at_once=True)) == wrong
    assert asyncio.run(two_of_each(Caller(name), kind, at_once=False)) == (2, 1)


@pytest.mark.parametrize("kind", ["volume", "snapshot"])
def test_the_honest_endpoint_tells_simultaneous_requests_apart(kind):
    caller = Caller("")
    caller.world.settings = dataclasses.replace(caller.world.settings, request_delay=0.05)
    assert asyncio.run(two_of_each(caller, kind, at_once=True)) == (2, 1)


def test_names_and_descriptions():
    described: Callable[[str], str] = lambda name: KNOWN[name].description  # noqa: E731
    assert len({described(name) for name in KNOWN}) == len(KNOWN)
    for name in KNOWN:
        assert name == name.lower()
        assert " " not in name
        assert described(name).endswith(".")


def test_a_server_with_a_defect(start):
    with start("--defect", "shape-size-text", "--defect", "version-none") as server:
        assert server.main.session.get(f"{server.origin}/", timeout=10).json() == {"versions": []}
        ident = server.facts["attached_volume"]
        assert server.main.get(f"/volumes/{ident}")["volume"]["size"] == "2"
