"""The consistency checks on the bench: a real ledger, real status machines, and a judge that takes everything down.

A row is a short sequence of exchanges that meets one requirement, or that breaks it in exactly one way.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import attrs

from volcheck.checks.consistency import Consistency
from volcheck.contract import Contract, load_contract
from volcheck.gateway.exchange import Exchange, Request, Response
from volcheck.gateway.ledger import Kind, Ledger, Resource
from volcheck.gateway.redaction import OTHER_TOKEN, TOKEN

BASE = "http://endpoint.test:8776/v2"
PROJECT = "8d1f3a5c7e9b4026a1c3e5f708192a3b"
OTHER_PROJECT = "9e2a4b6c8d0f4137b2d4f60819203b4c"
VOL = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
TWO = "2b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
SNAP = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
NOW = "2026-11-23T09:29:10.952541"
#: The same moment as servers put it into the header Date.
DATE = "Mon, 23 Nov 2026 09:29:10 GMT"
Body = dict[str, Any]


def links(kind: Kind, resource_id: str) -> list[Body]:
    """The two links of a resource."""
    return [
        {"rel": "self", "href": f"{BASE}/{PROJECT}/{kind}s/{resource_id}"},
        {"rel": "bookmark", "href": f"http://endpoint.test:8776/{PROJECT}/{kind}s/{resource_id}"},
    ]


VOLUME: Body = {
    "id": VOL,
    "status": "available",
    "size": 1,
    "name": "one",
    "description": "of many",
    "volume_type": "General HDD",
    "availability_zone": "nova",
    "snapshot_id": None,
    "source_volid": None,
    "consistencygroup_id": None,
    "user_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "os-vol-tenant-attr:tenant_id": PROJECT,
    "multiattach": False,
    "encrypted": False,
    "metadata": {"a": "b"},
    "bootable": "false",
    "attachments": [],
    "created_at": NOW,
    "updated_at": None,
    "links": links("volume", VOL),
}
SNAPSHOT: Body = {
    "id": SNAP,
    "status": "available",
    "size": 1,
    "name": "one",
    "description": "of many",
    "volume_id": VOL,
    "metadata": {},
    "os-extended-snapshot-attributes:project_id": PROJECT,
    "os-extended-snapshot-attributes:progress": "100%",
    "created_at": NOW,
    "updated_at": None,
}
ANOTHER: Body = {**VOLUME, "id": TWO, "links": links("volume", TWO)}


class Bench:
    """Consistency checks with their books, and what the judge heard.

    breaches: (requirement, message, expected, got), each with the exchange that showed it in `shown_by`.
    """

    def __init__(self, projects: Mapping[str, str] | None = None) -> None:
        self.ledger = Ledger(None, run_id="261126141726ebd7")
        self.reached_ones: list[str] = []
        self.breaches: list[tuple[str, str, str, str]] = []
        self.shown_by: list[Exchange] = []
        machines = contract().machines
        self.consistency = Consistency(
            self,
            self.ledger,
            {"volume": machines["volume"], "snapshot": machines["snapshot"]},
            base_url=BASE,
            projects=projects or {"main": PROJECT},
        )

    def reached(self, requirement: str) -> None:
        """Take down that a requirement was looked at."""
        self.reached_ones.append(requirement)

    def violate(self, requirement: str, message: str, *, expected: str, got: str, exchange: Exchange) -> None:
        """Take down a breach."""
        self.breaches.append((requirement, message, expected, got))
        self.shown_by.append(exchange)

    def play(self, steps: tuple[Step, ...]) -> None:
        """Show exchanges to the checks; other steps change the books."""
        for step in steps:
            if isinstance(step, Exchange):
                # Rows are made long before they are played; those with times of their own lie far ahead.
                ahead = step.clock > time.monotonic()
                self.consistency(step if ahead else attrs.evolve(step, clock=time.monotonic()))
            else:
                step(self)


Step = Exchange | Callable[[Bench], None]


@cache
def contract() -> Contract:
    """The real contract, loaded once."""
    return load_contract()


@attrs.frozen
class Row:
    """Steps that meet a requirement, or break it in one way.

    breach: what is said of the last exchange (message, expected, got); None where nothing is wrong.
    looked: whether the requirement counts as looked at.
    """

    requirement: str
    name: str
    steps: tuple[Step, ...]
    breach: tuple[str, str, str] | None = None
    looked: bool = True


def check_row(row: Row) -> None:
    """Play a row on a bench of its own, and hold the checks to what the row says."""
    bench = Bench()
    bench.play(row.steps)
    assert bench.breaches == ([(row.requirement, *row.breach)] if row.breach else [])
    if row.breach:
        assert bench.shown_by == [row.steps[-1]]
    assert (row.requirement in bench.reached_ones) is row.looked


# -- steps that change the books ----------------------------------------------------------------------------------


def made(kind: Kind = "volume", resource_id: str = VOL, **more: Any) -> Step:
    """The run has made this."""
    return lambda bench: bench.ledger.register(Resource(kind, resource_id, "one", 1, **more))


def deleting(resource_id: str = VOL) -> Step:
    """The run has asked for its deletion."""
    return lambda bench: bench.ledger.deleting(resource_id)


def gone(resource_id: str = VOL) -> Step:
    """It was seen to be gone."""
    return lambda bench: bench.ledger.gone(resource_id)


def deletion(resource_id: str = VOL) -> Step:
    """Its deletion was accepted."""
    return exchange("deleteVolume", "DELETE", f"/volumes/{resource_id}", 202)


MADE = made()
SNAPPED = made("snapshot", SNAP, volume_id=VOL)


# -- exchanges ----------------------------------------------------------------------------------------------------


def exchange(
    operation: str | None,
    method: str,
    path: str,
    status: int,
    body: object = None,
    *,
    query: tuple[tuple[str, str], ...] = (),
    sent: str | None = None,
    token: str | None = TOKEN,
    headers: Mapping[str, str] | None = None,
) -> Exchange:
    """Any exchange. body: as JSON unless it is text. path: below the run's project."""
    path = f"/{PROJECT}{path}"
    url = BASE + path + ("?" + urlencode(query, errors="surrogatepass") if query else "")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return Exchange(
        number=1,
        operation=operation,
        request=Request(method, url, path, query, {"X-Auth-Token": token} if token else {}, sent),
        response=Response(status, "", headers or {}, text),
        error=None,
        elapsed=0.0,
        started=0.0,
        who={TOKEN: "main", OTHER_TOKEN: "other"}.get(token or ""),
    )


def show(item: object = VOLUME, kind: Kind = "volume", *, asked: str | None = None, **more: Any) -> Exchange:
    """A look at one resource. asked: the id in the path."""
    status = more.pop("status", 200)
    asked = asked or (item["id"] if isinstance(item, dict) else VOL)
    return exchange(f"show{kind.capitalize()}", "GET", f"/{kind}s/{asked}", status, {kind: item}, **more)


def listed(
    *items: object, kind: Kind = "volume", detail: bool = True, next_href: str | None = None, **more: Any
) -> Exchange:
    """A list of resources."""
    body: Body = {f"{kind}s": list(items)}
    if next_href is not None:
        body[f"{kind}s_links"] = [{"rel": "next", "href": next_href}]
    operation = f"list{kind.capitalize()}s" + ("Detail" if detail else "")
    return exchange(operation, "GET", f"/{kind}s" + ("/detail" if detail else ""), 200, body, **more)


def create(
    asked: object = None,
    item: object = VOLUME,
    kind: Kind = "volume",
    *,
    date: str | None = None,
    **more: Any,
) -> Exchange:
    """A creation. asked: the fields that were sent, or the whole body as text."""
    more.setdefault("sent", asked if isinstance(asked, str) else json.dumps({kind: asked}))
    if isinstance(item, dict):
        item = {**item, "status": item.get("status") if item.get("status") != "available" else "creating"}
    headers = {"date": date} if date is not None else {}
    status = more.pop("status", 202)
    return exchange(
        f"create{kind.capitalize()}", "POST", f"/{kind}s", status, {kind: item}, headers=headers, **more
    )


def delete(resource_id: str = VOL, kind: Kind = "volume", *, status: int = 202, **more: Any) -> Exchange:
    """A deletion."""
    return exchange(f"delete{kind.capitalize()}", "DELETE", f"/{kind}s/{resource_id}", status, **more)


def other(one: Exchange) -> Exchange:
    """The same, asked by the second identity."""
    request = attrs.evolve(one.request, headers={"X-Auth-Token": OTHER_TOKEN})
    return attrs.evolve(one, request=request, who="other")
