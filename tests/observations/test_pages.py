"""Limits that a link or a test made up are numbers, or no limits at all."""

from __future__ import annotations

import pytest
from tests.checks.bench import VOLUME, listed

from volcheck.gateway.exchange import whole_number
from volcheck.observations.pages import page_traits


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), (" 07 ", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5000, None)]
    + [(text, None) for text in ("", "²", "٣", "-1", "+1", "1.5", "1_0")],
)
def test_whole_numbers_of_texts(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("limit", ["9" * 5000, "²", "٣"], ids=ascii)
def test_no_trait_of_a_page_comes_from_such_a_limit(limit: str) -> None:
    assert list(page_traits(listed(VOLUME, query=(("limit", limit),)), lambda item: True)) == []
