"""What the endpoint was seen to do, right or wrong: traits that two runs can be compared by."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from volcheck.exchange import Exchange
from volcheck.results.model import Latency, Timing

_ENUMS = frozenset({"rel", "bootable", "replication_status", "os-extended-snapshot-attributes:progress"})
_FREE = frozenset({"metadata", "volume_image_metadata", "extra_specs"})
_VOLATILE_HEADERS = frozenset(
    {
        "date",
        "content-length",
        "connection",
        "keep-alive",
        "server",
        "transfer-encoding",
        "content-encoding",
        "via",
        "age",
    }
)
_NUMBER = re.compile(r"\d+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»")
_ID = re.compile(r"\b[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\b")


@attrs.define
class Shape:
    """How often a place of a body was seen, with which JSON types and (for enumerations) values."""

    count: int = 0
    types: set[str] = attrs.field(factory=set)
    values: set[str] = attrs.field(factory=set)


class Observer:
    """Collects traits and timings of one worker. Everything it keeps is free of ids, names and secrets."""

    def __init__(self) -> None:
        self.statuses: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.elapsed: dict[str, list[float]] = defaultdict(list)
        self.durations: dict[str, list[float]] = defaultdict(list)
        self._shapes: dict[tuple[str, int], dict[str, Shape]] = defaultdict(lambda: defaultdict(Shape))
        self._headers: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._faults: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.traits: dict[str, set[str]] = defaultdict(set)

    def __call__(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        operation, response = exchange.operation, exchange.response
        if operation is None or response is None:
            return
        status = response.status
        self.statuses[operation][status] += 1
        self.elapsed[operation].append(exchange.elapsed)
        key = (operation, status)
        headers = self._headers[key]
        for name, value in response.headers.items():
            if name not in _VOLATILE_HEADERS:
                headers[name].add(value.lower() if name in ("content-type", "allow", "vary") else "")
        body = exchange.json()
        if status < 400:
            if isinstance(body, dict):
                self._walk(self._shapes[key], "", body)
        elif isinstance(body, dict):
            self._fault(key, body)

    def duration(self, name: str, seconds: float) -> None:
        """Note how long something took, such as `volume becomes available`."""
        self.durations[name].append(seconds)

    def trait(self, key: str, value: str) -> None:
        """Note a trait by hand, such as the reading of an erratum."""
        self.traits[key].add(value)

    def shapes(self) -> Mapping[tuple[str, int], Mapping[str, Shape]]:
        """By operation and status: place → shape."""
        return self._shapes

    def to_plain(self) -> dict[str, Any]:
        """As plain data, so that a worker can hand it to the controller."""
        return {
            "statuses": {op: {str(s): n for s, n in by.items()} for op, by in self.statuses.items()},
            "elapsed": dict(self.elapsed),
            "durations": dict(self.durations),
            "shapes": [
                [op, status, place, shape.count, sorted(shape.types), sorted(shape.values)]
                for (op, status), places in self._shapes.items()
                for place, shape in places.items()
            ],
            "headers": [
                [op, status, name, sorted(values)]
                for (op, status), names in self._headers.items()
                for name, values in names.items()
            ],
            "faults": [[op, status, sorted(values)] for (op, status), values in self._faults.items()],
            "traits": {key: sorted(values) for key, values in self.traits.items()},
        }

    def merge(self, plain: Mapping[str, Any]) -> None:
        """Add what another worker saw."""
        for op, by in plain["statuses"].items():
            for status, count in by.items():
                self.statuses[op][int(status)] += count
        for op, values in plain["elapsed"].items():
            self.elapsed[op].extend(values)
        for name, values in plain["durations"].items():
            self.durations[name].extend(values)
        for op, status, place, count, types, values in plain["shapes"]:
            shape = self._shapes[op, status][place]
            shape.count += count
            shape.types.update(types)
            shape.values.update(values)
        for op, status, name, values in plain["headers"]:
            self._headers[op, status][name].update(values)
        for op, status, values in plain["faults"]:
            self._faults[op, status].update(values)
        for key, values in plain["traits"].items():
            self.traits[key].update(values)

    def all_traits(self) -> dict[str, list[str]]:
        """Every trait, sorted, as result.json has it."""
        found: dict[str, list[str]] = {key: sorted(values) for key, values in self.traits.items()}
        for (op, status), places in self._shapes.items():
            for place, shape in places.items():
                base = f"{op} / {status} / body {place or '/'}"
                found[f"{base} / type"] = sorted(shape.types)
                parent = places.get(place.rpartition("/")[0].removesuffix("/*"))
                if parent is not None and not place.endswith("/*"):
                    found[f"{base} / presence"] = ["always" if shape.count >= parent.count else "sometimes"]
                if shape.values:
                    found[f"{base} / values"] = sorted(shape.values)
        for (op, status), names in self._headers.items():
            for name, values in names.items():
                found[f"{op} / {status} / header {name}"] = sorted(value or "present" for value in values)
        for (op, status), values in self._faults.items():
            found[f"{op} / {status} / fault"] = sorted(values)
        return dict(sorted(found.items()))

    def timings(self) -> dict[str, Timing]:
        """Quantiles of every duration and of every operation's latency, seconds."""
        found: dict[str, Timing] = {}
        for name, values in (
            *self.durations.items(),
            *((f"latency of {op}", values) for op, values in self.elapsed.items()),
        ):
            ordered = sorted(values)
            found[name] = {
                "count": len(ordered),
                "p50": quantile(ordered, 0.5),
                "p90": quantile(ordered, 0.9),
                "max": round(ordered[-1], 6),
            }
        return dict(sorted(found.items()))

    def latency(self, operation: str) -> Latency | None:
        """Quantiles of one operation's latency, or None where it was never called."""
        ordered = sorted(self.elapsed.get(operation, ()))
        if not ordered:
            return None
        return {
            "count": len(ordered),
            "p50": quantile(ordered, 0.5),
            "p90": quantile(ordered, 0.9),
            "p99": quantile(ordered, 0.99),
            "max": round(ordered[-1], 6),
        }

    def _walk(self, places: dict[str, Shape], place: str, value: Any) -> None:
        shape = places[place]
        shape.count += 1
        shape.types.add(json_type(value))
        name = place.rpartition("/")[2]
        if isinstance(value, dict):
            if name in _FREE:
                shape.values.update({f"of {json_type(item)}" for item in value.values()})
            else:
                for key, item in value.items():
                    self._walk(places, f"{place}/{key}", item)
        elif isinstance(value, list):
            for item in value:
                self._walk(places, f"{place}/*", item)
        elif name in _ENUMS and isinstance(value, str | None):
            shape.values.add(str(value))

    def _fault(self, key: tuple[str, int], body: Mapping[str, Any]) -> None:
        for name, content in list(body.items())[:1]:
            fields = sorted(content) if isinstance(content, dict) else [json_type(content)]
            self._faults[key].add(f"{normalise(name)} ({', '.join(map(normalise, fields))})")


def normalise(text: str) -> str:
    """A text without what differs from run to run: ids, quoted values and numbers."""
    return _NUMBER.sub("N", _QUOTED.sub("'…'", _ID.sub("ID", text)))[:120]


def json_type(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` of an ordered, non-empty list lies (nearest rank), to the microsecond."""
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 6)


def merged(parts: Iterable[Mapping[str, Any]]) -> Observer:
    """One observer out of what several workers saw."""
    whole = Observer()
    for part in parts:
        whole.merge(part)
    return whole
