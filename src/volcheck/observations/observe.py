"""What the endpoint was seen to do, right or wrong: traits that two runs can be compared by.

Two runs against an unchanged endpoint must give equal traits, though no two runs meet the same moments: others
work in the same project, a poll comes a little sooner or later, generated requests follow another seed. So a
trait is taken only from what a test asked for itself, of resources that it or the run has made, while they are
at rest; texts only from tests whose requests are always the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import attrs

from volcheck.contract.jsontype import json_type
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.retry_after import is_busy
from volcheck.observations.pages import page_traits
from volcheck.results.model import Latency, Timing

_ENUMS = frozenset({"rel", "bootable", "replication_status", "os-extended-snapshot-attributes:progress"})
_ENUM_PLACES = frozenset({"/versions/*/id", "/versions/*/status"})
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
_TELLING_HEADERS = frozenset({"content-type", "allow", "vary"})
_ENVELOPES = frozenset({"volume", "snapshot"})
_ITEMS = frozenset({"/volumes/*", "/snapshots/*"})
#: An endpoint that never says the same twice: so many different values of a trait are kept, and no more.
_VALUES = 300
_NUMBER = re.compile(r"\d+")
_TAG = re.compile(r"volcheck-[0-9a-f]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|«[^»]*»")
_ID = re.compile(r"\b[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\b")


@attrs.define
class Shape:
    """How often a place of a body was seen, with which JSON types and (for enumerations) values.

    place: `/volumes/*/status`. free: its members may have any name. enum: its values are few, and worth remembering.
    """

    place: str
    count: int = 0
    types: set[str] = attrs.field(factory=set)
    values: set[str] = attrs.field(factory=set)
    free: bool = attrs.field(init=False)
    enum: bool = attrs.field(init=False)
    inner: dict[str, Shape] = attrs.field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """What the place alone decides, once for all that is seen there."""
        last = self.place.rpartition("/")[2]
        self.free = last in _FREE
        self.enum = self.place in _ENUM_PLACES or last in _ENUMS


class _Places(dict[str, Shape]):
    """The shape of each place of a body, made when it is first seen."""

    def __missing__(self, place: str) -> Shape:
        shape = self[place] = Shape(place)
        return shape

    def see(self, body: Any, wanted: Callable[[Mapping[str, Any]], bool] | None = None) -> None:
        """Note a body. wanted: which items of a list count; all by default."""
        self._walk(self[""], body, wanted)

    def _walk(self, shape: Shape, value: Any, wanted: Callable[[Mapping[str, Any]], bool] | None) -> None:
        # Written out instead of asking for each member in turn: it sees every field of every answer.
        shape.count += 1
        kind = json_type(value)
        shape.types.add(kind)
        if kind == "object":
            if shape.free:
                shape.values.update({f"of {json_type(item)}" for item in value.values()})
                return
            inner = shape.inner
            for key, item in value.items():
                member = inner.get(key)
                if member is None:
                    member = inner[key] = self[f"{shape.place}/{key}"]
                if type(item) in (dict, list) or member.enum:
                    self._walk(member, item, wanted)
                else:
                    member.count += 1
                    member.types.add(json_type(item))
        elif kind == "array":
            each = f"{shape.place}/*"
            for item in value:
                if wanted is None or each not in _ITEMS or not isinstance(item, dict) or wanted(item):
                    self._walk(self[each], item, wanted)
        elif kind in ("string", "null") and shape.enum:
            shape.values.add(str(value))


@attrs.frozen
class Sight:
    """Who saw an exchange: the requirement of the test that asked, and whether its requests are generated.

    own: whether an id belongs to that test, or to what stands through the whole run.
    """

    requirement: str
    generated: bool
    own: Callable[[str], bool]


class Observer:
    """Collects traits and timings of one run. Everything it keeps is free of ids, names and secrets.

    transient: the statuses in which a volume or snapshot is on its way to another one.
    """

    def __init__(self, transient: Collection[str] = ()) -> None:
        self._transient = frozenset(transient)
        self.statuses: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self.elapsed: dict[str, list[float]] = defaultdict(list)
        self.durations: dict[str, list[float]] = defaultdict(list)
        self._shapes: dict[tuple[str, int], _Places] = defaultdict(_Places)
        self._steady: dict[tuple[str, int], _Places] = defaultdict(_Places)
        self._unsettled: set[str] = set()
        self._courses: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._headers: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._faults: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.traits: dict[str, set[str]] = defaultdict(set)

    def __call__(self, exchange: Exchange, sight: Sight | None = None) -> None:
        """Look at one exchange. sight: who asked; without it, only statuses, times and fields are counted."""
        response = exchange.response
        if response is None:
            return
        operation, status = exchange.operation, response.status
        traits = sight is not None and not is_busy(exchange)
        settled = not self._unsettled.intersection(_ID.findall(_sent(exchange)))
        self._follow(exchange, sight)
        if sight is not None and traits and sight.requirement and settled:
            asked = operation or f"{exchange.request.method}-elsewhere"
            self.traits[f"answers to {sight.requirement} / {asked}"].add(str(status))
            if operation is None and not sight.generated:
                self._note_headers((asked, status), response.headers)
        if operation is None:
            return
        self.statuses[operation][status] += 1
        self.elapsed[operation].append(exchange.elapsed)
        traits = traits and sight is not None and not sight.generated
        key = (operation, status)
        body = exchange.json()
        if status < 400 and isinstance(body, dict):
            self._shapes[key].see(body)
        if sight is None or not traits or not settled:
            return
        self._note_headers(key, response.headers)
        if not isinstance(body, dict):
            return
        if status >= 400:
            self._fault(key, body)
        elif exchange.request.method != "GET" or not self._on_its_way(body):
            self._steady[key].see(body, lambda item: self._comparable(item, sight))
        for trait, value in page_traits(exchange, lambda item: self._comparable(item, sight)):
            self.traits[trait].add(value)

    def _note_headers(self, key: tuple[str, int], headers: Mapping[str, str]) -> None:
        for name, value in headers.items():
            if name not in _VOLATILE_HEADERS:
                self._headers[key][name].add(value.lower() if name in _TELLING_HEADERS else "")

    def _follow(self, exchange: Exchange, sight: Sight | None) -> None:
        """Keep in mind which resources are on their way: an answer about them depends on the moment.

        Only a test that has waited for a resource to be gone can count on that.
        """
        method, status = exchange.request.method, exchange.status
        named = exchange.request.path.rpartition("/")[2]
        if method == "DELETE" and status < 300:
            self._unsettled.add(named)
        elif method == "GET" and status == 404 and sight is not None:
            self._unsettled.discard(named)
        for name in _ENVELOPES:
            item = exchange.member(name) if exchange.ok else None
            if item is None or not isinstance(item.get("id"), str):
                continue
            if method == "POST" or self._moves(item):
                self._unsettled.add(item["id"])
            else:
                self._unsettled.discard(item["id"])

    def course(self, resource: str, chain: Iterable[str]) -> None:
        """Note the statuses that a volume or snapshot was seen to go through."""
        self._courses[resource, tuple(chain)] += 1

    def duration(self, name: str, seconds: float) -> None:
        """Note how long something took, such as `volume becomes available`."""
        self.durations[name].append(seconds)

    def trait(self, key: str, value: str) -> None:
        """Note a trait by hand, such as the reading of an erratum."""
        self.traits[key].add(value)

    def shapes(self) -> Mapping[tuple[str, int], Mapping[str, Shape]]:
        """By operation and status: place → shape."""
        return self._shapes

    def all_traits(self) -> dict[str, list[str]]:
        """Every trait, sorted, as result.json has it."""
        found: dict[str, list[str]] = {key: sorted(values) for key, values in self.traits.items()}
        for resource, course in usual_courses(self._courses):
            found.setdefault(f"{resource} / transitions", []).append(course)
        for (op, status), places in self._steady.items():
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

    def _on_its_way(self, body: Mapping[str, Any]) -> bool:
        """Whether a body shows one resource, and that in a status that will change by itself."""
        return any(isinstance(item := body.get(name), dict) and self._moves(item) for name in _ENVELOPES)

    def _moves(self, item: Mapping[str, Any]) -> bool:
        """Whether what is shown of a resource says that its status will change by itself."""
        status = item.get("status")
        return isinstance(status, str) and status in self._transient

    def _comparable(self, item: Mapping[str, Any], sight: Sight) -> bool:
        """Whether a listed item is one that a run like this one would find here again."""
        ident = str(item.get("id"))
        return sight.own(ident) and ident not in self._unsettled and not self._moves(item)

    def _fault(self, key: tuple[str, int], body: Mapping[str, Any]) -> None:
        for name, content in list(body.items())[:1]:
            fields = (
                [f"{normalise(field)} {json_type(value)}" for field, value in sorted(content.items())]
                if isinstance(content, dict)
                else [json_type(content)]
            )
            self._faults[key].add(f"{normalise(name)} ({', '.join(fields)})")
            message = content.get("message") if isinstance(content, dict) else None
            messages = self.traits[f"{key[0]} / {key[1]} / message"]
            if isinstance(message, str) and len(messages) < _VALUES:
                # What follows the first sentence quotes the request.
                messages.add(normalise(message.partition(". ")[0]))


def _sent(exchange: Exchange) -> str:
    return f"{exchange.request.url} {exchange.request.body or ''}"


def usual_courses(courses: Mapping[tuple[str, tuple[str, ...]], int]) -> list[tuple[str, str]]:
    """Which resource goes how from one status to another, as pairs of resource and `creating>available`.

    A poll that comes late misses a status, so those in between count only where most of the resources that
    went this way were seen in them.
    """
    between: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    number: Counter[tuple[str, str, str]] = Counter()
    for (resource, chain), count in courses.items():
        if len(chain) > 1:
            way = (resource, chain[0], chain[-1])
            number[way] += count
            for status in dict.fromkeys(chain[1:-1]):
                between[way][status] += count
    found = []
    for way, count in sorted(number.items()):
        resource, first, last = way
        usual = [status for status, seen in between[way].items() if 2 * seen > count]
        found.append((resource, ">".join([first, *sorted(usual), last])))
    return found


def normalise(text: str) -> str:
    """A text without what differs from run to run: ids, quoted values and numbers."""
    text = _QUOTED.sub("'…'", _ID.sub("ID", _TAG.sub("TAG", text)))
    return " ".join(_NUMBER.sub("N", text).split())[:120]


def quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` of an ordered, non-empty list lies (nearest rank), to the microsecond."""
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 6)
