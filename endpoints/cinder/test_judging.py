"""What check.py judges by: known faults and Cinder's database. `pytest endpoints/cinder`."""

# ruff: noqa: D103

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from faults import Fault, load, objections
from leftovers import remnants
from releases import HERE, LabError

EMPTY_BODY = Fault("errors.empty-body", frozenset({"29"}), "500")


def result(
    *failed: str, passed: tuple[str, ...] = (), success: int = 1, verdict: str = "not conformant"
) -> Any:
    def requirement(key: str, outcome: str) -> dict[str, Any]:
        failures = [{"message": "it answered 500"}] if outcome == "failed" else []
        return {"id": key, "level": "must", "outcome": outcome, "failures": failures}

    return {
        "requirements": [requirement(key, "failed") for key in failed]
        + [requirement(key, "passed") for key in passed],
        "operations": [{"id": "listTypes", "success": success, "statuses": {"404": 3}}],
        "problems": [],
        "verdict": {"name": verdict, "sentence": {"en": "It was interrupted."}},
    }


def test_a_known_fault_is_accepted() -> None:
    assert objections("29", [EMPTY_BODY], {"a": result("errors.empty-body")}) == []


def test_a_known_fault_with_another_sign_is_another_fault() -> None:
    signed = Fault("errors.empty-body", frozenset({"29"}), "500", (re.compile("answered 50[02]"),))
    assert objections("29", [signed], {"a": result("errors.empty-body")}) == []
    other = Fault("errors.empty-body", frozenset({"29"}), "500", (re.compile("answered 404"),))
    (objection,) = objections("29", [other], {"a": result("errors.empty-body")})
    assert "failed in another way than the known fault: it answered 500" in objection


def test_a_known_fault_may_show_with_one_seed_only() -> None:
    runs = {"a": result(), "b": result("errors.empty-body")}
    assert objections("29", [EMPTY_BODY], runs) == []


@pytest.mark.parametrize(
    ("release", "run", "says"),
    [
        (
            "29",
            result("errors.empty-body", "paging.limit"),
            "paging.limit (must) failed and is no known fault",
        ),
        ("29", result(passed=("errors.empty-body",)), "errors.empty-body did not show on 29"),
        ("26", result("errors.empty-body"), "errors.empty-body (must) failed and is no known fault"),
        ("29", result("errors.empty-body", success=0), "listTypes never answered with success"),
        ("29", result("errors.empty-body", verdict="inconclusive"), "It was interrupted."),
    ],
)
def test_anything_else_is_objected_to(release: str, run: Any, says: str) -> None:
    (objection,) = objections(release, [EMPTY_BODY], {"a": run})
    assert says in objection


def test_the_list_of_known_faults_can_be_read() -> None:
    assert load(HERE / "known-faults.yaml") is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nothing", "no list `faults`"),
        ("faults: [{requirement: a}]", "entry 1: an entry has requirement, releases"),
        ("faults: [{requirement: a, releases: ['1'], evidence: x}]", "entry 1: releases must be some of"),
        ("faults: [{requirement: a, releases: ['29'], evidence: ''}]", "entry 1: write down the evidence"),
        ("faults: [", "can't be read"),
    ],
)
def test_a_bad_list_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=says):
        load(path)


def test_remnants_are_what_is_not_deleted_and_not_lent(tmp_path: Path) -> None:
    path = tmp_path / "cinder.sqlite"
    with sqlite3.connect(path) as connection:
        for table in ("volumes", "snapshots"):
            connection.execute(
                f"CREATE TABLE {table} (id TEXT, display_name TEXT, status TEXT, deleted BOOLEAN)"
            )
        rows = [("lent", None, "in-use", 0), ("gone", "a", "deleted", 1), ("left", "b", "error", 0)]
        connection.executemany("INSERT INTO volumes VALUES (?, ?, ?, ?)", rows)
        connection.execute("INSERT INTO snapshots VALUES ('snap', 'c', 'available', 0)")
    connection.close()
    assert [str(one) for one in remnants(path, frozenset({"lent"}))] == [
        "volume left ('b', error)",
        "snapshot snap ('c', available)",
    ]
