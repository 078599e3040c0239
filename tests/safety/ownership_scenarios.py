"""Faults that name what is not the run's as its own, or that hide what is."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from canaries import OTHER, PROJECT, TOKEN, everything
from hostile import Action, Answer, Connection, Request
from scenarios import FAILED, INCONCLUSIVE, PASSED, Look, Place, Scenario

KINDS = ("volumes", "snapshots")


# -- what others make meanwhile -----------------------------------------------------------------------------------


def somebody_makes(place: Place, connection: Connection, path: str, body: dict[str, Any]) -> Answer:
    """Make something in the name of another user of the project, remember it, and answer what its creation answered."""
    assert connection.server.behind is not None
    host, port = connection.server.behind
    upstream = http.client.HTTPConnection(host, port, timeout=30)
    headers = {"X-Auth-Token": TOKEN, "Content-Type": "application/json"}
    upstream.request("POST", path, json.dumps(body), headers)
    response = upstream.getresponse()
    answer = Answer(response.status, {"Content-Type": "application/json"}, response.read())
    upstream.close()
    made = next(iter(json.loads(answer.body).values()))["id"]
    endpoint = f"http://{host}:{port}/v2"
    while json.loads((shown := everything(endpoint)).get(made, "{}")).get("status") != "available":
        time.sleep(0.05)
    place.foreign[made] = shown[made]
    return answer


def creation(request: Request) -> str:
    """`volume` or `snapshot` for a request that makes one, else nothing."""
    kind = request.path.rstrip("/").rsplit("/", 1)[-1]
    return kind[:-1] if request.method == "POST" and kind in KINDS else ""


def swapped(wanted: str, every: int) -> Callable[[Place], Action]:
    """A balancer swaps the answers of two creations: the run gets that of somebody else's."""

    def make(place: Place) -> Action:
        counted = [0]
        lock = threading.Lock()

        def act(request: Request, connection: Connection) -> bool:
            if creation(request) != wanted:
                return False
            answer = connection.forward(request)
            with lock:
                counted[0] += answer.status == 202
                if answer.status == 202 and counted[0] % every == 0:
                    body: dict[str, Any] = {"volume": {"size": 1, "name": "db-primary"}}
                    path = f"/v2/{PROJECT}/volumes"
                    answer = somebody_makes(place, connection, path, body)
                    if wanted == "snapshot":
                        volume = json.loads(answer.body)["volume"]["id"]
                        body = {"snapshot": {"volume_id": volume, "name": "nightly"}}
                        answer = somebody_makes(place, connection, f"/v2/{PROJECT}/snapshots", body)
                        # The volume is shown otherwise now, if anything of it has changed.
                        host, port = connection.server.behind or ("", 0)
                        place.foreign[volume] = everything(f"http://{host}:{port}/v2")[volume]
            connection.send(answer.encode())
            return True

        return act

    return make


def old_one_named(lists: str) -> Callable[[Place], Action]:
    """Creations answer with the id of an old volume.

    lists: `hide` it (its page is never reached), or are `broken` until the first creation.
    """

    def make(place: Place) -> Action:
        old: list[str] = []
        begun = [False]

        def act(request: Request, connection: Connection) -> bool:
            if not old:
                assert connection.server.behind is not None
                host, port = connection.server.behind
                old.extend(sorted(everything(f"http://{host}:{port}/v2")))
            is_list = request.method == "GET" and request.path.split("/")[3:4] in (["volumes"], ["snapshots"])
            if lists == "broken" and is_list and not begun[0] and "limit" not in request.target:
                connection.json(b'{"computeFault": {"code": 500, "message": "later"}}', 500)
                return True
            begun[0] = begun[0] or request.method == "POST"
            answer = connection.forward(request)
            try:
                document = json.loads(answer.body)
            except ValueError:
                return False
            if creation(request) == "volume" and answer.status == 202:
                mine = document["volume"]["id"]
                answer.body = answer.body.replace(mine.encode(), old[0].encode())
            elif lists == "hide" and is_list and isinstance(document.get("volumes"), list):
                document["volumes"] = [each for each in document["volumes"] if each["id"] not in old]
                answer.body = json.dumps(document).encode()
            connection.send(answer.encode())
            return True

        return act

    return make


# -- ids that can't be used ---------------------------------------------------------------------------------------


def ids(change: Callable[[dict[str, Any], int], None], *, everywhere: bool) -> Callable[[Place], Action]:
    """Creations (and lists and looks, with `everywhere`) show ids that no request can name."""

    def make(place: Place) -> Action:
        numbers: dict[str, int] = {}

        def act(request: Request, connection: Connection) -> bool:
            answer = connection.forward(request)
            if not (creation(request) and answer.status == 202) and not (
                everywhere and request.method == "GET" and answer.status == 200
            ):
                connection.send(answer.encode())
                return True
            document = json.loads(answer.body)
            for kind in KINDS:
                for item in [*document.get(kind, ()), *filter(None, [document.get(kind[:-1])])]:
                    # What was there before is left as it is.
                    if "volcheck-" in json.dumps(item):
                        change(item, numbers.setdefault(item["id"], len(numbers) + 1))
            answer.body = json.dumps(document).encode()
            connection.send(answer.encode())
            return True

        return act

    return make


def number(item: dict[str, Any], count: int) -> None:
    item["id"] = count


def empty(item: dict[str, Any], count: int) -> None:
    item["id"] = ""


def missing(item: dict[str, Any], count: int) -> None:
    del item["id"]


# -- answers that are lost ----------------------------------------------------------------------------------------


def made_in_silence(how: str, *, lists: bool) -> Callable[[Place], Action]:
    """Every creation is carried out; its answer is `lost` on the way, or a `500`. lists: whether lists can be read."""

    def make(place: Place) -> Action:
        made = [False]

        def act(request: Request, connection: Connection) -> bool:
            is_list = request.method == "GET" and request.path.split("/")[3:4] in (["volumes"], ["snapshots"])
            if not lists and made[0] and is_list:
                connection.json(b'{"computeFault": {"code": 500, "message": "later"}}', 500)
                return True
            if not creation(request):
                return False
            answer = connection.forward(request)
            if answer.status != 202:
                connection.send(answer.encode())
                return True
            made[0] = True
            if how == "lost":
                connection.reset()
            connection.json(b'{"computeFault": {"code": 500, "message": "The server has erred."}}', 500)
            return True

        return act

    return make


# -- the second identity ------------------------------------------------------------------------------------------


def other_makes(place: Place) -> Action:
    """What the second identity makes of the run's volumes is made, and out of nothing, in its own project."""

    def act(request: Request, connection: Connection) -> bool:
        token = next((v for k, v in request.headers.items() if k.lower() == "x-auth-token"), "")
        if creation(request) != "volume" or token != OTHER:
            return False
        body = json.loads(request.body)
        for source in ("source_volid", "snapshot_id"):
            body["volume"].pop(source, None)
        text = json.dumps(body).encode()
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
        connection.send(
            connection.forward(
                Request("POST", request.target, {**headers, "Content-Length": str(len(text))}, text)
            ).encode()
        )
        return True

    return act


# -- what is looked at --------------------------------------------------------------------------------------------


def is_named(look: Look) -> Iterator[str]:
    """The result names what was left alone."""
    if look.result is None:
        return
    unproved = look.result["cleanup"].get("unproved", [])
    if not unproved:
        yield "nothing says what was answered to a creation and left alone"
    # No more are sent after the third; up to seven others may be under way by then, in as many threads.
    if len(unproved) > 10:
        yield f"{len(unproved)} creations were answered with something else, and more were sent"


def counts_are_true(look: Look) -> Iterator[str]:
    """What is left was made."""
    if look.result is None:
        return
    cleanup = look.result["cleanup"]
    if cleanup["created"] - cleanup["removed"] != len(cleanup["leftovers"]):
        yield f"created {cleanup['created']}, removed {cleanup['removed']}, left {len(cleanup['leftovers'])}"
    if any(left["id"] and left["id"].count("-") == 4 for left in cleanup["leftovers"]):
        yield f"what has an id was left behind: {cleanup['leftovers']}"


def lists_are_whole(look: Look) -> Iterator[str]:
    """No list is blamed for what lies in the other project."""
    if look.result is None:
        return
    broken = {r["id"] for r in look.result["requirements"] if r["outcome"] == "failed"}
    if broken & {"list.complete", "list.no-strangers"}:
        yield f"the lists are blamed: {sorted(broken)}"
    if not look.result["cleanup"]["created"] > 9:
        yield "the second identity made nothing"


AS_ASKED = ("create.as-asked",)


def foreign(name: str, what: str, act: Callable[[Place], Action], **more: Any) -> Scenario:
    return Scenario(name, what, act, frozenset({FAILED}), fails=AS_ASKED, more=is_named, **more)


def unnamed(name: str, what: str, change: Callable[[dict[str, Any], int], None]) -> tuple[Scenario, Scenario]:
    broken = frozenset({FAILED, INCONCLUSIVE})
    return (
        Scenario(
            f"{name}-of-creations",
            f"{what} in the answers of creations",
            ids(change, everywhere=False),
            broken,
        ),
        Scenario(
            f"{name}-everywhere",
            f"{what} wherever the run's volumes are shown",
            ids(change, everywhere=True),
            broken,
            leaves=True,
            more=counts_are_true,
        ),
    )


SCENARIOS: tuple[Scenario, ...] = (
    foreign(
        "creation-swapped",
        "a creation is answered with somebody else's new volume",
        swapped("volume", 3),
    ),
    foreign(
        "every-creation-swapped",
        "every creation is answered with somebody else's new volume",
        swapped("volume", 1),
    ),
    foreign(
        "snapshot-swapped",
        "a creation is answered with somebody else's new snapshot",
        swapped("snapshot", 1),
    ),
    foreign(
        "old-volume-unseen",
        "creations are answered with an old volume that no list had shown",
        old_one_named("hide"),
        reference_options=("--foreign", "3"),
    ),
    foreign(
        "old-volume-behind-broken-lists",
        "the same, and lists answer 500 until the first creation",
        old_one_named("broken"),
        reference_options=("--foreign", "3"),
    ),
    *unnamed("numeric-ids", "ids that are numbers", number),
    *unnamed("empty-ids", "ids that are empty", empty),
    *unnamed("missing-ids", "no ids", missing),
    Scenario(
        "every-creation-lost",
        "every creation is carried out and its answer lost",
        made_in_silence("lost", lists=True),
        frozenset({INCONCLUSIVE}),
    ),
    Scenario(
        "every-creation-500",
        "every creation is carried out and answered with 500",
        made_in_silence("500", lists=True),
        frozenset({FAILED}),
    ),
    Scenario(
        "creations-lost-and-lists-500",
        "every creation's answer is lost, and from then on lists answer 500",
        made_in_silence("lost", lists=False),
        frozenset({FAILED, INCONCLUSIVE}),
        leaves=True,
    ),
    Scenario(
        "other-project-makes",
        "the second identity is given what it should be refused, in its own project",
        other_makes,
        frozenset({FAILED}),
        fails=("access.*",),
        options=(
            "--other-project-id",
            "OTHER_PROJECT",
            "--only",
            "access.*",
            "--only",
            "list.*",
            "--profile",
            "default",
        ),
        environment=(("OS_OTHER_TOKEN", OTHER),),
        more=lists_are_whole,
    ),
    Scenario(
        "second-identity",
        "nothing is wrong, and there is a second identity",
        None,
        frozenset({PASSED}),
        options=("--other-project-id", "OTHER_PROJECT"),
        environment=(("OS_OTHER_TOKEN", OTHER),),
    ),
)
