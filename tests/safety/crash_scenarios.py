"""Values that no engineer expects, wherever an answer may have them: none of them is a fault of the run's own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from hostile import REQUEST_ID, Action, Answer, Connection, Request
from scenarios import FAILED, INCONCLUSIVE, PASSED, Look, Place, Scenario

#: By name: JSON as it is put in the place of a value.
VALUES = {
    "half-a-pair": r'"\ud800"',
    "digits-of-another-script": '"²"',
    "four-thousand-digits": "9" * 4000,
    "five-thousand-digits": "9" * 5000,
    "beyond-all-numbers": "1e999",
    "minus": "-1",
    "a-long-fraction": "0." + "3" * 400,
    "true": "true",
    "null": "null",
    "nothing": '""',
    "null-byte": r'"\u0000"',
    "list": '[["a"]]',
    "object": '{"a": {"b": []}}',
    "nested": "[" * 800 + "]" * 800,
    "nested-beyond-reading": "[" * 100_000 + "]" * 100_000,
    "megabyte": '"' + "x" * 1_000_000 + '"',
}
RETRY_AFTER = (
    "²",
    "-1",
    "1.5",
    "9" * 5000,
    "",
    "soon",
    "Fri, 31 Dec 1999 23:59:59 GMT",
    "Fri, 99 Dec 1999",
    "0",
)
_MARK = "put-it-here"


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a value that something else can stand in, containers included."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], text: str) -> bytes:
    """The JSON of a value with `text` in one place."""
    if not path:
        return text.encode()
    node = value
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = _MARK
    return json.dumps(value).replace(f'"{_MARK}"', text).encode()


def strange(text: str) -> Callable[[Place], Action]:
    """Of every two answers to a GET one has this in the place of a value, each time of another one."""

    def make(place: Place) -> Action:
        counted = [0]
        lock = threading.Lock()

        def act(request: Request, connection: Connection) -> bool:
            if request.method != "GET":
                return False
            answer = connection.forward(request)
            with lock:
                counted[0] += 1
                number = counted[0]
            # The first looks, which decide whether a run begins, are left alone.
            if number > 12 and number % 2 and answer.status == 200 and answer.body:
                value = json.loads(answer.body)
                places = list(leaves(value))
                answer.body = put(value, places[number // 2 % len(places)], text)
            connection.send(answer.encode())
            return True

        return act

    return make


def busy(place: Place) -> Action:
    """Every fifth request is answered 429 or 503, with a Retry-After of every sort."""
    counted = [0]
    lock = threading.Lock()

    def act(request: Request, connection: Connection) -> bool:
        with lock:
            counted[0] += 1
            number = counted[0]
        if number % 5:
            return False
        after = RETRY_AFTER[number // 5 % len(RETRY_AFTER)]
        headers = {
            "Content-Type": "application/json",
            "x-openstack-request-id": REQUEST_ID,
            "Retry-After": after,
        }
        status = 429 if number // 5 // len(RETRY_AFTER) % 2 else 503
        connection.send(Answer(status, headers, b'{"overLimit": {"code": 429, "message": "slow"}}').encode())
        return True

    return act


def whole(look: Look) -> Iterator[str]:
    """No error of volcheck's own is among what went wrong."""
    if look.result is None:
        return
    yield from (f"it broke down: {text['en']}" for text in look.result["run"].get("breakdowns", ()))
    yield from (
        f"{test['id']} broke down: {test['reason'][:200]}"
        for test in look.result["tests"]
        if test["outcome"] == "error"
    )


SCENARIOS = (
    *(
        Scenario(
            f"value-{name}",
            f"answers to looks have {text if len(text) < 20 else text[:8] + '…'} in the place of a value, each of another",
            strange(text),
            frozenset({FAILED, INCONCLUSIVE}),
            seconds=300.0,
            more=whole,
        )
        for name, text in VALUES.items()
    ),
    Scenario(
        "retry-after-of-every-sort",
        "every fifth request is answered 429 or 503, with a Retry-After that is no number, no date, or beyond all patience",
        busy,
        frozenset({PASSED, FAILED, INCONCLUSIVE}),
        seconds=300.0,
        more=whole,
    ),
)
