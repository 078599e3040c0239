"""`volcheck run --list --provocations`: what is provoked of each operation, and what is not and why."""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict

from volcheck.contract import load_contract
from volcheck.fixtures.generation.provocations import Provocation, Provocations
from volcheck.fixtures.generation.situations import Situation, situations
from volcheck.runner.suites import suites_directory


def list_provocations(edition: str, volume_size: int) -> None:
    """Print the table of an edition. Needs no endpoint. volume_size: GiB."""
    contract = load_contract(edition=edition)
    provocations = Provocations(contract, volume_size)
    found = situations(contract, suites_directory() / "situations.yaml")
    total = requests = 0
    for operation in contract.operations.values():
        made = provocations.of(operation.id)
        sent = sum(len(provocations.of_kind(kind, operation.id)) for kind in ("positive", "negative"))
        total, requests = total + len(made), requests + sent
        _say(f"{operation.id}  ({operation.method} {operation.path})")
        _say(f"    {len(made)} provocations in {sent} requests")
        for place, group in itertools.groupby(made, key=lambda each: each.place):
            _say(f"    · {place}")
            for line in _kinds(list(group)):
                _say(f"        {line}")
        for what, why in provocations.left_out(operation.id).items():
            _say(f"    · not sent: {what}. {why}")
    _say("situations")
    for each in found:
        _say(f"    · {each.cell}: {_told(each)}")
    tried = sum(bool(each.tests) for each in found)
    holes = sum(not each.tests and not each.why for each in found)
    _say(
        f"{total} provocations in {requests} requests; {len(found)} situations, {tried} of them tried, "
        f"{len(found) - tried - holes} not for a reason, {holes} without one"
    )


def _kinds(provocations: list[Provocation]) -> list[str]:
    """The kinds of values of one place, by what must become of them and the requirement that says so."""
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in provocations:
        kinds[each.request.expected, each.request.requirement].append(each.kind)
    return [
        f"{expected} ({requirement}): {', '.join(names)}"
        for (expected, requirement), names in sorted(kinds.items(), reverse=True)
    ]


def _told(situation: Situation) -> str:
    if situation.tests:
        return ", ".join(f"suites/{test}" for test in situation.tests)
    return f"not tried. {situation.why}" if situation.why else "NOT TRIED, and nothing says why"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
