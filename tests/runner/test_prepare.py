"""What a run is not begun with."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from volcheck.errors import UsageError
from volcheck.runner.prepare import prepare


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"volume_size": 0}, "--volume-size must be at least 1"),
        ({"concurrency": 0}, "--concurrency must be at least 1"),
        ({"concurrency": -3}, "--concurrency must be at least 1"),
        ({"rate_limit": 0.0}, "--rate-limit must be more than 0"),
        ({"rate_limit": -1.0}, "--rate-limit must be more than 0"),
    ],
)
def test_a_number_that_makes_no_sense_is_one_sentence(wrong: dict[str, float], says: str) -> None:
    usual = {"volume_size": 1, "concurrency": 8, "rate_limit": None, "waivers": None}
    with pytest.raises(UsageError, match=says):
        prepare(SimpleNamespace(**{**usual, **wrong}))
