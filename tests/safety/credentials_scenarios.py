"""Tokens that end, links and redirects that would lead them away, and creations that are lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

from hostile import Action, Connection, Request
from scenarios import FAILED, INCONCLUSIVE, Look, Place, Scenario

REFUSED = json.dumps(
    {"error": {"code": 401, "title": "Unauthorized", "message": "The token has expired."}}
).encode()


def refuse(connection: Connection) -> None:
    """Answer as a service does whose token has ended."""
    connection.json(REFUSED, 401, **{"WWW-Authenticate": 'Keystone uri="http://identity.test/v2.0"'})


def ends_after(number: int) -> Callable[[Place], Action]:
    """From the given request on no token is accepted."""

    def make(place: Place) -> Action:
        lock, seen = threading.Lock(), [0]

        def act(request: Request, connection: Connection) -> bool:
            with lock:
                seen[0] += 1
                ended = seen[0] >= number
            if not ended or request.path == "/":
                return False
            refuse(connection)
            return True

        return act

    return make


def of_one_operation(ending: str) -> Callable[[Place], Action]:
    """One operation alone refuses every token."""

    def make(place: Place) -> Action:
        def act(request: Request, connection: Connection) -> bool:
            if request.method != "GET" or not request.path.endswith(ending):
                return False
            refuse(connection)
            return True

        return act

    return make


def nothing_blamed(number: int) -> Callable[[Look], Iterator[str]]:
    """No requirement is failed by the 401 that a dead token gets, and few requests are made with it."""

    def look(look: Look) -> Iterator[str]:
        failed = [r["id"] for r in look.result["requirements"] if r["outcome"] == "failed"]
        if failed:
            yield f"the end of the token failed {', '.join(failed)}"
        if "stopped" not in look.result["run"]:
            yield "the result does not say that the run stopped"
        more = len(look.requests) - number
        if more > 40:
            yield f"{more} requests were made with a token that had ended"
        advice = [left["advice"] for left in look.result["cleanup"]["leftovers"]]
        if not all("fresh" in each for each in advice):
            yield f"what is left is not said to need a fresh token: {advice[:1]}"

    return look


SCENARIOS: tuple[Scenario, ...] = (
    *(
        Scenario(
            f"token-ends-after-{number}",
            f"from the {number}th request on the token is refused",
            ends_after(number),
            frozenset({INCONCLUSIVE}),
            says="It was last accepted at 2.*start again with a fresh one in OS_TOKEN",
            leaves=True,
            more=nothing_blamed(number),
        )
        for number in (40, 150)
    ),
    Scenario(
        "one-operation-401",
        "a good token is refused by the short list of volumes alone",
        of_one_operation("/volumes"),
        frozenset({FAILED}),
        fails=("exchange.*|list.*|show.*|paging.*|snapshot*",),
    ),
    Scenario(
        "types-401",
        "a good token is refused by the list of types alone",
        of_one_operation("/types"),
        frozenset({FAILED}),
        fails=("types.*|type.*|list.*",),
    ),
)
