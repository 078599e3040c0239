"""Answers and values in messages for people: on one line, and not endless."""

from __future__ import annotations

import json

from volcheck.gateway.exchange import Exchange

#: So many characters of a value are kept until it is written down, so that credentials of others are found in it before it
#: is shortened. Known secrets are removed from it already.
_READ = 10_000


def answer(exchange: Exchange) -> str:
    """A response in one line: status and the beginning of the body. Callers that write it down shorten it (`shorten`)."""
    if exchange.response is None:
        return exchange.error or "no answer"
    body = " ".join(exchange.response.body[:_READ].split())
    return f"{exchange.status} {body}".rstrip()


def show(value: object) -> str:
    """A value for a message: text as it is, everything else as JSON. Callers that write it down shorten it (`shorten`)."""
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
