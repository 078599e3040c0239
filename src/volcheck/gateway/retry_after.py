"""When an answer asks for another attempt: by its status, and by its Retry-After header (RFC 9110, 10.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from volcheck.gateway.exchange import Exchange

#: Seconds in a day: a longer Retry-After counts as this much.
LONGEST = 86_400.0
#: Statuses that ask for another attempt, whether they name a time or not.
BUSY = frozenset({429, 503})


def is_busy(exchange: Exchange) -> bool:
    """Whether an answer says no more than that the endpoint asks to be left alone for a while: 429, 503, 413 with Retry-After.

    It says nothing about any requirement. Without a time to wait, 413 means that a quota is used up.
    """
    if exchange.response is None:
        return False
    return exchange.status in BUSY or (
        exchange.status == 413 and bool(retry_after(exchange.response.headers))
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds for which an answer asks to wait, from 0 to `LONGEST`; None where it names no time that can be read.

    headers: of the answer, names in lower case. A date is held against the answer's own Date, as the endpoint's clock
    may be years off ours; without one, against ours. Raises nothing.
    """
    text = headers.get("retry-after", "").strip()
    # Python takes digits of all scripts for numbers, and some that it then can't read.
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST)
    moment = _moment(text)
    if moment is None:
        return None
    answered = _moment(headers.get("date", "")) or datetime.now(UTC)
    return min(max((moment - answered).total_seconds(), 0.0), LONGEST)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # The form without a zone is in UTC, too.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
