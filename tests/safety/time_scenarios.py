"""Endpoints on which nothing comes to an end: each run ends within one wait and its normal time, and leaves little behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from hostile import Action, Answer, Connection, Request, changing
from scenarios import FAILED, INCONCLUSIVE, PASSED, Look, Place, Scenario, hang

#: Runs of these scenarios wait for 10 s (faults.OPTIONS); the rest is for a normal run on a machine with other work.
_SECONDS = 13.0 + 60.0
#: No run of them may send more.
_EXCHANGES = 1500

BOTH = ("volume", "snapshot")


def showing(kind: str, status: str) -> Action:
    """Whatever is available is shown with another status."""

    def change(request: Request, answer: Answer) -> Answer:
        if f"/{kind}s" not in request.path or not answer.body.startswith(b"{"):
            return answer
        document = json.loads(answer.body)
        items = [document.get(kind), *(document.get(f"{kind}s") or ())]
        for item in items:
            if isinstance(item, dict) and item.get("status") == "available":
                item["status"] = status
        return Answer(answer.status, answer.headers, json.dumps(document).encode())

    return changing(change)


def answering(methods: tuple[str, ...], kinds: tuple[str, ...], status: int, **headers: str) -> Action:
    """Requests of these methods for these kinds are answered so, and nothing is done."""

    def act(request: Request, connection: Connection) -> bool:
        if request.method not in methods or not any(f"/{kind}s" in request.path for kind in kinds):
            return False
        fault = {"overLimit" if status == 429 else "computeFault": {"code": status, "message": "not now"}}
        body = b"" if status == 202 else json.dumps(fault).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.send(Answer(status, {"Content-Type": "application/json", **named}, body).encode())
        return True

    return act


def from_request(begin: int, act: Action) -> Action:
    """The first requests are let through; from then on `act` has them."""
    seen: list[Request] = []

    def later(request: Request, connection: Connection) -> bool:
        seen.append(request)
        return len(seen) >= begin and act(request, connection)

    return later


def few(at_most: int) -> Callable[[Look], Iterator[str]]:
    """No more resources are created than are needed to see that nothing comes of them."""

    def objections(look: Look) -> Iterator[str]:
        created = look.result["cleanup"]["created"]
        if created > at_most:
            yield f"{created} resources were created, more than {at_most}"

    return objections


def timed(
    name: str, what: str, act: Callable[[Place], Action] | None, exits: set[int], **more: object
) -> Scenario:
    settings: dict[str, object] = {"seconds": _SECONDS, "exchanges": _EXCHANGES, **more}
    return Scenario(name, what, act, frozenset(exits), **settings)  # type: ignore[arg-type]


SCENARIOS: tuple[Scenario, ...] = (
    timed(
        "time-volumes-never-available",
        "no volume ever becomes available",
        lambda place: showing("volume", "creating"),
        {FAILED},
        fails=("create.becomes-available",),
        says="have not become available after 10 s, one after the other",
        more=few(3),
    ),
    timed(
        "time-snapshots-never-available",
        "no snapshot ever becomes available",
        lambda place: showing("snapshot", "creating"),
        {FAILED},
        fails=("snapshot-create.becomes-available",),
        says="snapshots have not become available after 10 s",
    ),
    timed(
        "time-volumes-in-error",
        "every volume goes to an error status",
        lambda place: showing("volume", "error"),
        {FAILED},
        fails=("create.becomes-available",),
        says="go to an error status, one after the other",
        more=few(3),
    ),
    timed(
        "time-deletions-do-nothing",
        "deletions of volumes are accepted and do nothing",
        lambda place: answering(("DELETE",), ("volume",), 202),
        {FAILED},
        fails=("delete.completes",),
        says="not gone after 10 s",
        leaves=True,
        more=few(5),
    ),
    timed(
        "time-deletions-of-snapshots-do-nothing",
        "deletions of snapshots are accepted and do nothing",
        lambda place: answering(("DELETE",), ("snapshot",), 202),
        {FAILED},
        fails=("snapshot-delete.completes",),
        leaves=True,
    ),
    timed(
        "time-deletions-refused",
        "deletions of volumes are answered 500",
        lambda place: answering(("DELETE",), ("volume",), 500),
        {FAILED},
        fails=("delete.accepted",),
        says="deletions of volumes are answered 500, one after the other",
        leaves=True,
        more=few(5),
    ),
    timed(
        "time-writes-busy-for-a-minute",
        "creations and deletions are answered 503 with Retry-After: 60",
        lambda place: answering(("POST", "DELETE"), BOTH, 503, Retry_After="60"),
        {INCONCLUSIVE},
        says="times in a row that it is busy",
    ),
    timed(
        "time-writes-busy-for-a-second",
        "creations and deletions are answered 429 with Retry-After: 1",
        lambda place: answering(("POST", "DELETE"), BOTH, 429, Retry_After="1"),
        {INCONCLUSIVE},
        says="times in a row that it is busy",
    ),
    timed(
        "time-writes-fail",
        "creations and deletions are answered 500",
        lambda place: answering(("POST", "DELETE"), BOTH, 500),
        {FAILED},
        fails=("create.accepted",),
        says="requests to make a volume are answered 500, one after the other",
        more=few(0),
    ),
    timed(
        "time-hangs-from-request-100",
        "from the hundredth request on nothing is answered any more",
        lambda place: from_request(100, hang),
        {INCONCLUSIVE},
        says="has stopped answering",
        leaves=True,
        seconds=28.0,
        exchanges=200,
    ),
    timed(
        "time-busy-from-request-60",
        "from the sixtieth request on everything is answered 429 with Retry-After: 86400",
        lambda place: from_request(
            60, answering(("GET", "POST", "PUT", "DELETE"), BOTH, 429, Retry_After="86400")
        ),
        {INCONCLUSIVE},
        says="busy",
        leaves=True,
        exchanges=400,
    ),
    timed(
        "time-full-from-request-60",
        "from the sixtieth request on looks and deletions are answered 413 with Retry-After: 30",
        lambda place: from_request(60, answering(("GET", "DELETE"), BOTH, 413, Retry_After="30")),
        {INCONCLUSIVE},
        says="busy",
        leaves=True,
        exchanges=600,
    ),
    timed(
        "time-deadline",
        "nothing is wrong, and --deadline has passed",
        None,
        {INCONCLUSIVE},
        options=("--deadline", "0.001"),
        says="ended at the deadline of 0.001 minutes",
    ),
    timed(
        "time-max-failures",
        "no size is as asked for, and one failure is enough",
        None,
        {FAILED},
        options=("--max-failures", "1"),
        reference_options=("--defect", "shape-size-text"),
        says="ended after 1 requirement had failed",
    ),
    *(
        timed(
            f"time-quota-of-{volumes}{'-untold' if untold else ''}",
            f"the quota is {volumes} volumes" + (", and nobody can ask for it" if untold else ""),
            None,
            {PASSED, INCONCLUSIVE},
            reference_options=("--quota-volumes", str(volumes), *(("--no-limits",) if untold else ())),
            begins=untold or volumes > 9,
            says="" if untold or volumes > 9 else f"There is room for {volumes - 1} volumes",
            exchanges=0,
            seconds=180.0,
        )
        for volumes in range(8, 15)
        for untold in (False, True)
    ),
)
