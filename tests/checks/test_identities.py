"""Lists are held against what the asking identity has in its own project, and against nothing else."""

from __future__ import annotations

import attrs
import pytest
from tests.checks.bench import ANOTHER, OTHER_PROJECT, PROJECT, TWO, VOLUME, Bench, Step, listed, made, other

BOTH = {"main": PROJECT, "other": OTHER_PROJECT}
TENANT = "os-vol-tenant-attr:tenant_id"
THEIRS = {**ANOTHER, TENANT: OTHER_PROJECT}


def in_other_project(step: Step) -> Step:
    """The same request, with the other project in its path."""
    return attrs.evolve(step, request=attrs.evolve(step.request, path=f"/{OTHER_PROJECT}/volumes/detail"))


def broken(*steps: Step) -> list[tuple[str, str]]:
    bench = Bench(BOTH)
    bench.play((made(), made(resource_id=TWO, project=OTHER_PROJECT), *steps))
    return [
        (requirement, got) for requirement, _, _, got in bench.breaches if requirement.startswith("list.")
    ]


@pytest.mark.parametrize(
    "step", [listed(VOLUME), in_other_project(other(listed(THEIRS)))], ids=["the run's", "the other's"]
)
def test_what_lies_in_the_other_project_is_not_missed(step):
    assert broken(step) == []


@pytest.mark.parametrize(
    ("step", "missing"),
    [(listed(), VOLUME["id"]), (in_other_project(other(listed())), TWO)],
    ids=["the run's", "the other's"],
)
def test_what_lies_in_the_project_that_is_listed_is_missed(step, missing):
    assert broken(step) == [("list.complete", f"without {missing}")]


@pytest.mark.parametrize("step", [other(listed()), in_other_project(listed())], ids=["other", "main"])
def test_a_list_of_a_project_that_is_not_the_askers_own_lacks_nothing(step):
    assert broken(step) == []


@pytest.mark.parametrize(
    ("step", "stranger"),
    [
        (listed(VOLUME, {**ANOTHER, "id": TWO, TENANT: OTHER_PROJECT}), OTHER_PROJECT),
        (in_other_project(other(listed(THEIRS, {**VOLUME, TENANT: PROJECT}))), PROJECT),
    ],
    ids=["the run's", "the other's"],
)
def test_a_stranger_is_who_is_not_of_the_askers_project(step, stranger):
    assert broken(step) == [("list.no-strangers", stranger)]
