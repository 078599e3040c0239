"""How a test says what it demands. Every demand that is reached counts; a test that reached none has shown nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from volcheck.exchange import Exchange
from volcheck.gateway.errors import Blocked, BudgetExhausted
from volcheck.gateway.retry_after import is_busy, retry_after

#: So many characters of a value are looked through for credentials before it is cut to a size for people. Secrets that
#: are known are out of it already.
_READ = 10_000


class RequirementFailed(AssertionError):
    """A demand was not met. Carries what was expected, what came, and the exchange that shows it."""

    def __init__(
        self, message: str, *, expected: str, got: str, exchange: Exchange | None, erratum: str | None = None
    ) -> None:
        super().__init__(f"{message}: expected {expected}, got {got}")
        self.message = message
        self.expected = expected
        self.got = got
        self.exchange = exchange
        self.erratum = erratum


class Demand:
    """The demands of one test. `reached` counts them."""

    def __init__(self, on_reached: Callable[[], None]) -> None:
        self._on_reached = on_reached

    def that(
        self,
        condition: bool,
        message: str,
        *,
        expected: object,
        got: object,
        exchange: Exchange | None = None,
        erratum: str | None = None,
    ) -> None:
        """Demand a condition. `message` says what is wrong when it does not hold."""
        self._answered(exchange)
        self._on_reached()
        if not condition:
            if exchange is not None and exchange.request.method == "POST" and refused_by_quota(exchange):
                raise BudgetExhausted(
                    "the project's quota is used up, which says nothing about the endpoint: raise it, or remove what is not "
                    f"needed ({answer(exchange)})"
                )
            raise RequirementFailed(
                message, expected=show(expected), got=show(got), exchange=exchange, erratum=erratum
            )

    def equal(self, got: object, expected: object, message: str, exchange: Exchange | None = None) -> None:
        """Demand equality of value and JSON type (`1`, `1.0` and `true` are three things)."""
        self.that(same(got, expected), message, expected=expected, got=got, exchange=exchange)

    def status(self, exchange: Exchange, *wanted: int, message: str | None = None) -> None:
        """Demand one of these statuses."""
        self.that(
            exchange.status in wanted,
            message or f"{exchange.request.method} {exchange.request.path} has the wrong status",
            expected=" or ".join(map(str, wanted)),
            got=answer(exchange),
            exchange=exchange,
        )

    def refused(self, exchange: Exchange, *wanted: int, what: str) -> None:
        """Demand that a request was refused with one of these statuses. `what` names the request."""
        self.status(exchange, *wanted, message=f"{what} is not refused as it must be")

    def accepted(self, exchange: Exchange, *, what: str) -> None:
        """Demand that a request was accepted (2xx). `what` names the request."""
        self.that(
            200 <= exchange.status < 300,
            f"{what} is not accepted",
            expected="a 2xx status",
            got=answer(exchange),
            exchange=exchange,
        )

    def body(self, exchange: Exchange, key: str) -> Any:
        """Demand that an answer is 200 or 202 and holds `key`, and return what stands there."""
        self.that(
            exchange.status in (200, 202),
            "the request failed",
            expected="200 or 202",
            got=answer(exchange),
            exchange=exchange,
        )
        document = exchange.json()
        self.that(
            isinstance(document, dict) and key in document,
            f"the answer has no {key!r}",
            expected=f"an object with {key!r}",
            got=answer(exchange),
            exchange=exchange,
        )
        return document[key]

    def _answered(self, exchange: Exchange | None) -> None:
        if exchange is None:
            return
        if exchange.response is None:
            raise Blocked(
                f"{exchange.request.method} {exchange.request.path} got no answer: {exchange.error}"
            )
        if is_busy(exchange):
            raise Blocked(
                f"{exchange.request.method} {exchange.request.path} is answered {exchange.status} all the time: it is busy"
            )


def refused_by_quota(exchange: Exchange) -> bool:
    """Whether a creation was refused as the project may have no more: 413 that names no time to wait, or 403 that says so."""
    if exchange.response is None:
        return False
    if exchange.status == 413:
        return not retry_after(exchange.response.headers)
    text = exchange.response.body.lower()
    return exchange.status == 403 and ("quota" in text or "exceed" in text)


def same(got: object, expected: object) -> bool:
    """Equality as JSON has it: `1`, `1.0` and `true` differ, and so on down."""
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(same(got[key], expected[key]) for key in got)
    if isinstance(got, list | tuple) and isinstance(expected, list | tuple):
        return len(got) == len(expected) and all(same(a, b) for a, b in zip(got, expected, strict=True))
    return type(got) is type(expected) and got == expected


def answer(exchange: Exchange) -> str:
    """A response in one line: status and the beginning of the body. Whoever writes it down cuts it to a size for people."""
    if exchange.response is None:
        return exchange.error or "no answer"
    body = " ".join(exchange.response.body[:_READ].split())
    return f"{exchange.status} {body}".rstrip()


def show(value: object) -> str:
    """A value for a message: text as it is, everything else as JSON. Whoever writes it down cuts it to a size for people."""
    if isinstance(value, str):
        return value[:_READ]
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:_READ]
    except (TypeError, ValueError):
        return repr(value)[:_READ]


def shorten(text: str, length: int) -> str:
    """`text`, cut in the middle where it is longer than `length` characters."""
    if len(text) <= length:
        return text
    half = (length - 3) // 2
    return f"{text[:half]} … {text[-half:]}"
