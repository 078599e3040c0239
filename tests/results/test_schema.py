"""The published schema and the model say the same, and results are held to both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from tests.report import builders

from volcheck.results import model
from volcheck.results.files import first_fault

SCHEMA = json.loads(resources.files("volcheck.results").joinpath("result.schema.json").read_text("utf-8"))


def typed_dicts(kind: Any, seen: set[Any]) -> Iterator[Any]:
    """Every TypedDict that `kind` is made of."""
    if is_typeddict(kind):
        if kind in seen:
            return
        seen.add(kind)
        yield kind
        for inner in get_type_hints(kind, include_extras=True).values():
            yield from typed_dicts(inner, seen)
    for inner in get_args(kind):
        yield from typed_dicts(inner, seen)


DICTS = list(typed_dicts(model.Result, set()))


@pytest.mark.parametrize("kind", DICTS, ids=lambda kind: kind.__name__)
def test_schema_has_the_fields_of_the_model(kind: Any) -> None:
    published = SCHEMA if kind is model.Result else SCHEMA["$defs"][kind.__name__]
    hints = get_type_hints(kind, include_extras=True)
    assert set(published["properties"]) == set(hints)
    assert set(published["required"]) == {n for n, h in hints.items() if get_origin(h) is not NotRequired}
    assert published["additionalProperties"] is False


def test_schema_has_nothing_but_the_model() -> None:
    assert set(SCHEMA["$defs"]) == {kind.__name__ for kind in DICTS} - {"Result"} | {"Instant"}


def test_outcomes_agree() -> None:
    outcomes = SCHEMA["$defs"]["RequirementRecord"]["properties"]["outcome"]["enum"]
    assert tuple(outcomes) == get_args(model.Outcome)


@pytest.mark.parametrize("build", [builders.conformant, builders.failing, builders.large])
def test_results_are_valid(build: Any) -> None:
    assert first_fault("result.schema.json", json.loads(json.dumps(build()))) is None


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        (("requirements", 3, "outcome"), "green", "requirements/3/outcome"),
        (("requirements", 0, "level"), "may", "requirements/0/level"),
        (("run", "started"), "yesterday", "run/started"),
        (("contract", "sha256"), "1234", "contract/sha256"),
        (("exchanges",), -1, "exchanges"),
        (("transitions", 0, "chain", 0), ["creating"], "transitions/0/chain/0"),
        (("verdict", "exit_code"), 4, "verdict/exit_code"),
        (("surprise",), 1, "surprise"),
        (("cleanup", "surprise"), 1, "cleanup"),
    ],
)
def test_schema_refuses_and_says_where(place: tuple[Any, ...], value: object, fault: str) -> None:
    result: Any = json.loads(json.dumps(builders.conformant()))
    inner = result
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert fault in (first_fault("result.schema.json", result) or "")


def test_half_a_surrogate_pair_where_a_fault_is() -> None:
    result = builders.conformant()
    result["problems"] = "\ud800"  # type: ignore[typeddict-item]
    assert "surrogate" in (first_fault("result.schema.json", result) or "")
