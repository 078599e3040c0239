"""What is shown again is not taken for known where anything differs."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from volcheck.contract import load_contract
from volcheck.exchange import Exchange, Request, Response
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.redaction import TOKEN
from volcheck.run.oracle import Oracle
from volcheck.run.pages import page_traits, whole_number

ID = "6f2c64d4-8f0c-4b0e-9f5e-3f2b1f0a9c11"
PROJECT = "1f056df3ce654bc19a12bd522d6a2147"
VOLUME = {"id": ID, "size": 1, "name": "one", "status": "available", "metadata": {}, "attachments": []}


class Judge:
    """Takes down what is broken."""

    def __init__(self) -> None:
        self.broken: list[str] = []

    def violate(self, requirement: str, message: str, **_: Any) -> None:
        self.broken.append(requirement)

    def reached(self, requirement: str) -> None:
        """Nothing is asked about that here."""


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger(None, run_id="r")
    ledger.made(Resource("volume", ID, "one", 1))
    return ledger


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def oracle(judge: Judge, ledger: Ledger) -> Oracle:
    machines = load_contract().machines
    return Oracle(
        judge,
        ledger,
        {"volume": machines["volume"], "snapshot": machines["snapshot"]},
        base_url="http://localhost/v2",
        project_id=PROJECT,
    )


def shown(volume: dict[str, Any]) -> Exchange:
    """A list that shows this volume."""
    path = f"/{PROJECT}/volumes/detail"
    return Exchange(
        number=1,
        operation="listVolumesDetail",
        request=Request("GET", f"http://localhost/v2{path}", path, (), {"X-Auth-Token": TOKEN}, None),
        response=Response(200, "OK", {}, json.dumps({"volumes": [volume]})),
        error=None,
        elapsed=0.1,
        started=0.0,
    )


def test_the_same_again_breaks_nothing(oracle: Oracle, judge: Judge) -> None:
    for _ in range(3):
        oracle(shown(VOLUME))
    assert judge.broken == []


@pytest.mark.parametrize(
    "changed", [{"name": "two"}, {"size": 2}, {"size": 1.0}, {"size": True}, {"metadata": {"a": "b"}}]
)
def test_a_field_that_changes_later_is_seen(oracle: Oracle, judge: Judge, changed: dict[str, Any]) -> None:
    oracle(shown(VOLUME))
    oracle(shown(VOLUME))
    oracle(shown(VOLUME | changed))
    assert judge.broken == ["persistence.volume-fields-stay"]


def test_a_wrong_item_is_wrong_every_time(oracle: Oracle, judge: Judge) -> None:
    oracle(shown(VOLUME))
    for _ in range(2):
        oracle(shown(VOLUME | {"name": "two"}))
    assert judge.broken == ["persistence.volume-fields-stay"] * 2


def test_the_way_of_statuses_is_looked_at_every_time(oracle: Oracle, judge: Judge) -> None:
    oracle(shown(VOLUME))
    oracle.expect_status(ID, "deleting")
    oracle(shown(VOLUME))
    assert judge.broken == ["status.legal-transitions"]


def test_what_was_gone_may_not_be_shown_again(oracle: Oracle, judge: Judge, ledger: Ledger) -> None:
    oracle(shown(VOLUME))
    ledger.gone(ID)
    oracle(shown(VOLUME))
    assert judge.broken == ["delete.stays-gone"]


@pytest.mark.parametrize("limit", ["9" * 5000, "²", "٣", "-1", "1.5", "", "\ud800"], ids=ascii)
def test_a_limit_that_a_link_made_up_is_no_limit(oracle: Oracle, judge: Judge, limit: str) -> None:
    oracle(asked(limit))
    assert judge.broken == []


@pytest.mark.parametrize("limit", ["0", " 0 ", "000"])
def test_a_page_longer_than_its_limit_is_seen(oracle: Oracle, judge: Judge, limit: str) -> None:
    oracle(asked(limit))
    assert judge.broken == ["paging.limit-respected"]


def asked(limit: str) -> Exchange:
    """A list that was asked for with this limit, by a link perhaps, and shows one volume."""
    exchange = shown(VOLUME)
    return attrs.evolve(exchange, request=attrs.evolve(exchange.request, query=(("limit", limit),)))


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), (" 07 ", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5000, None)]
    + [(text, None) for text in ("", "²", "٣", "-1", "+1", "1.5", "1_0")],
)
def test_whole_numbers_of_texts(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("limit", ["9" * 5000, "²", "٣"], ids=ascii)
def test_no_trait_of_a_page_comes_from_such_a_limit(limit: str) -> None:
    assert list(page_traits(asked(limit), lambda item: True)) == []
