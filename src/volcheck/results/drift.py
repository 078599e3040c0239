"""How observations changed, and how much each change hurts a client.

A client breaks on what it relied on: a field that is gone, of another type, null or missing where it never
was; a success that has another status or media type. It may stumble over what it didn't expect: another
fault name, a new value of an enumeration, another life cycle. What is merely added, or narrower than
before, it doesn't notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import attrs

from volcheck.results.comparison import Drift, Severity

_ORDER: tuple[Severity, ...] = ("breaking", "risky", "harmless")
_BODY = re.compile(r"(?P<answer>\S+ / \d+) / body (?P<place>/.*) / (?P<what>type|presence|values)", re.DOTALL)
_ANSWER = re.compile(r"(?P<operation>\S+) / (?P<status>\d+) / ")
_ANSWERS = re.compile(r"answers to (?P<requirement>\S+) / (?P<operation>.+)", re.DOTALL)
#: Traits that a test more or less makes richer or poorer, without the endpoint having changed.
_PARTIAL = re.compile(r" / (message|values|type|page|next link|sorted .*|[45]\d\d / (fault|header .*))\Z")
#: These show the service and not what a test has made: every look at them shows all of it.
_SERVICE = ("listVersions /", "listVolumeTypes /")
_HEADER = re.compile(r"\S+ / \d+ / header (?P<name>.+)", re.DOTALL)

Traits = Mapping[str, Sequence[str]]
Stopped = Mapping[str, Sequence[str]]


@attrs.define
class _Group:
    """Observations that appeared or disappeared together, under the name of the outermost."""

    severity: Severity
    members: list[str] = attrs.field(factory=list)


def drifts(
    before: Traits,
    after: Traits,
    stopped_before: Stopped | None = None,
    stopped_after: Stopped | None = None,
) -> list[Drift]:
    """Every observation that changed, those first that hurt a client most.

    A whole answer (operation and status), or a field with all that is in it, that appeared or disappeared is
    told of once; so are equal changes of the answers to several requirements' requests.

    stopped_before, stopped_after: requirements, with their operations, whose tests ended early in that run. What
    those did not come to see did not disappear, and is left out.
    """
    before, after = (
        _without_unseen(before, after, stopped_after or {}),
        _without_unseen(after, before, stopped_before or {}),
    )
    return _together(_changes(before, after))


def _changes(before: Traits, after: Traits) -> list[Drift]:
    found = [
        *_one_sided(before, after, "disappeared"),
        *_one_sided(after, before, "appeared"),
        *(
            _drift(key, before[key], after[key])
            for key in before.keys() & after.keys()
            if list(before[key]) != list(after[key])
        ),
    ]
    return sorted(found, key=lambda drift: (_ORDER.index(drift["severity"]), drift["key"]))


def _without_unseen(here: Traits, there: Traits, stopped: Stopped) -> Traits:
    """`here` without the values that the other run lacks because tests of it ended early."""
    if not stopped:
        return here
    operations = {operation for names in stopped.values() for operation in names}
    kept: dict[str, Sequence[str]] = {}
    for key, values in here.items():
        answers = _ANSWERS.fullmatch(key)
        if answers is not None:
            unsure = answers["requirement"] in stopped
        else:
            unsure = key.split(" / ")[0] in operations and _PARTIAL.search(key) is not None
            # A field that is gone altogether is no matter of how much was asked.
            unsure = unsure and (key in there or not key.endswith(" / type"))
            unsure = unsure and not (key.startswith(_SERVICE) and " / body " in key)
        others = there.get(key, ())
        if unsure and set(others) <= set(values):
            values = others
        elif unsure:
            values = [value for value in values if value in others] or values
        if values or not unsure:
            kept[key] = values
    return kept


def _together(found: Sequence[Drift]) -> list[Drift]:
    """Equal changes of the answers to several requirements as one; none that a whole new answer tells already."""
    whole = {drift["key"] for drift in found if drift["change"] == "appeared"}
    told: dict[tuple[str, ...], Drift] = {}
    kept: list[Drift] = []
    for drift in found:
        answers = _ANSWERS.fullmatch(drift["key"])
        if answers is None:
            kept.append(drift)
            continue
        operation = answers["operation"]
        gained = set(drift["after"]) - set(drift["before"])
        if gained and all(f"{operation} / {status}" in whole for status in gained):
            continue
        lost = set(drift["before"]) - set(drift["after"])
        like = (operation, drift["change"], *sorted(gained), "-", *sorted(lost))
        if like in told:
            told[like]["also"] += 1
        else:
            told[like] = drift
            kept.append(drift)
    return kept


def _one_sided(here: Traits, there: Traits, change: str) -> list[Drift]:
    """What `here` has and `there` has not, grouped."""
    answers = {match.group() for key in there if (match := _ANSWER.match(key))}
    operations = {answer.partition(" / ")[0] for answer in answers}
    places = {(m["answer"], m["place"]) for key in there if (m := _BODY.fullmatch(key))}
    groups: dict[str, _Group] = {}
    for key in sorted(here.keys() - there.keys()):
        name, severity = _home(key, change, answers, operations, places)
        groups.setdefault(name, _Group(severity)).members.append(key)
    return [_grouped(name, group, here, change) for name, group in groups.items()]


def _home(
    key: str,
    change: str,
    answers: set[str],
    operations: set[str],
    places: set[tuple[str, str]],
) -> tuple[str, Severity]:
    """Under which name a one-sided observation is told of, and how severe that is.

    answers, operations, places: what the other side saw at all.
    """
    gone = change == "disappeared"
    answer = _ANSWER.match(key)
    if answer is not None and answer.group() not in answers:
        success = int(answer["status"]) < 400
        # An operation that the other run never called says nothing of the endpoint.
        severity: Severity = "breaking" if success and answer["operation"] in operations else "risky"
        return f"{answer['operation']} / {answer['status']}", severity
    body = _BODY.fullmatch(key)
    if body is not None:
        place = body["place"]
        if (body["answer"], place) in places:
            return key, "risky"
        while (parent := place.rpartition("/")[0]) and (body["answer"], parent) not in places:
            place = parent
        return f"{body['answer']} / body {place}", "breaking" if gone else "harmless"
    if _HEADER.fullmatch(key):
        return key, "risky" if gone else "harmless"
    return key, "risky"


def _grouped(name: str, group: _Group, here: Traits, change: str) -> Drift:
    key = name if name in here else f"{name} / type"
    seen = list(here.get(key, ["seen"]))
    gone = change == "disappeared"
    return {
        "key": name,
        "severity": group.severity,
        "change": "disappeared" if gone else "appeared",
        "before": seen if gone else [],
        "after": [] if gone else seen,
        "also": len(group.members) - 1,
    }


def _drift(key: str, before: Sequence[str], after: Sequence[str]) -> Drift:
    gained, lost = set(after) - set(before), set(before) - set(after)
    body, header = _BODY.fullmatch(key), _HEADER.fullmatch(key)
    if body is not None:
        severity = _RULES[body["what"]](gained, lost, set(after))
    elif header is not None:
        severity = "breaking" if header["name"] == "content-type" and gained else "risky"
    elif key.startswith("erratum "):
        severity = "breaking"
    else:
        severity = "risky"
    return {
        "key": key,
        "severity": severity,
        "change": "changed",
        "before": list(before),
        "after": list(after),
        "also": 0,
    }


def _type(gained: set[str], lost: set[str], now: set[str]) -> Severity:
    if gained:
        return "breaking"
    return "risky" if now == {"null"} else "harmless"


def _presence(gained: set[str], lost: set[str], now: set[str]) -> Severity:
    return "breaking" if "sometimes" in gained else "harmless"


def _values(gained: set[str], lost: set[str], now: set[str]) -> Severity:
    return "risky" if gained else "harmless"


_RULES: dict[str, Callable[[set[str], set[str], set[str]], Severity]] = {
    "type": _type,
    "presence": _presence,
    "values": _values,
}
