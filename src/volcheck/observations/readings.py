"""Which reading an endpoint follows, wherever the published document is wrong or silent (spec/errata.yaml)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from volcheck.contract.errata import Erratum, Follows
from volcheck.gateway.errors import Blocked, GatewayRefusal
from volcheck.gateway.exchange import NOT_JSON, Exchange
from volcheck.gateway.tag import tagged
from volcheck.results.model import ErratumRecord, Reading
from volcheck.results.record import instant

#: Answers that are looked at for one erratum; more would hardly tell more.
_LOOKS = 12
_READINGS: dict[str, Reading] = {"contract": "contract", "document": "document", "neither": "neither"}


class Readings:
    """Watches answers for what they show of each erratum, and asks for what no test has shown."""

    def __init__(self, errata: Iterable[Erratum]) -> None:
        self._errata = tuple(errata)
        self._passive: dict[str, list[Erratum]] = defaultdict(list)
        for erratum in self._errata:
            if erratum.reading.probe == "passive" and erratum.reading.operation:
                self._passive[erratum.reading.operation].append(erratum)
        self._looks: dict[str, int] = defaultdict(int)
        self.seen: dict[str, dict[str, str]] = defaultdict(dict)

    def __call__(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        if exchange.operation is None or not exchange.ok:
            return
        for erratum in self._passive.get(exchange.operation, ()):
            if self._looks[erratum.id] < _LOOKS:
                self._look(erratum, exchange)

    def probe(self, send: Any, values: Mapping[str, str], *, read_only: bool) -> None:
        """Send the requests that show a reading and that no ordinary test sends.

        send: the gateway's `send`. values: what the templates of the errata may name (projectId, volumeId, …), and the
        run's tag: an endpoint that follows the document makes what some of them ask for.
        """
        for erratum in self._errata:
            reading = erratum.reading
            if reading.probe != "active" or (read_only and reading.method != "GET"):
                continue
            try:
                path, _, query = str(reading.path).format_map(values).partition("?")
                body = _filled(reading.body, values)
                if reading.method == "POST":
                    body = {kind: tagged(kind, fields, values["tag"]) for kind, fields in body.items()}
                options = {"json_body": body} if body is not None else {}
                self._look(erratum, send(reading.method, path, query=query, **options))
            except KeyError:
                # A template names a resource that this run does not have.
                continue
            except (Blocked, GatewayRefusal):
                continue

    def _look(self, erratum: Erratum, exchange: Exchange) -> None:
        response = exchange.response
        if response is None:
            return
        body = exchange.json()
        answer = {
            "status": response.status,
            "headers": dict(response.headers),
            "body": None if body is NOT_JSON else body,
        }
        follows: Follows | None = erratum.reading.follows(answer)
        if follows is not None:
            self._looks[erratum.id] += 1
            evidence = (
                f"{exchange.request.method} {exchange.operation or exchange.request.path} → {response.status}"
            )
            self.seen[erratum.id].setdefault(follows, f"{evidence} at {instant(exchange.started)}")


def records(
    errata: Iterable[Erratum], edition: str, seen: Mapping[str, Mapping[str, str]]
) -> list[ErratumRecord]:
    """Every erratum of an edition with the reading that was seen; an endpoint that shows both follows neither.

    seen: erratum id → reading → the first exchange that showed it (`Readings.seen`).
    """
    found: list[ErratumRecord] = []
    for erratum in errata:
        shown = seen.get(erratum.id, {})
        only = next(iter(shown)) if len(shown) == 1 else ""
        reading = _READINGS.get(only, "neither" if shown else "not seen")
        evidence = "; ".join(f"{name}: {text}" for name, text in shown.items()) if len(shown) > 1 else ""
        found.append(
            {
                "id": erratum.id,
                "operation": erratum.operations[0] if len(erratum.operations) == 1 else None,
                "lines": list(erratum.lines(edition)),
                "says": {"en": erratum.en.says, "ko": erratum.ko.says},
                "ruling": {"en": erratum.en.ruling, "ko": erratum.ko.ruling},
                "reading": reading,
                "evidence": evidence or next(iter(shown.values()), erratum.reading.reason),
            }
        )
    return found


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """A template body with its texts filled in."""
    if isinstance(value, str):
        return value.format_map(values)
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    return [_filled(item, values) for item in value] if isinstance(value, list) else value
