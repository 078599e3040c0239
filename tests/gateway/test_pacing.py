"""Requests that are spaced out."""

from __future__ import annotations

import pytest

from volcheck.gateway.pacing import Pacing


def test_without_a_limit_nobody_waits() -> None:
    pacing = Pacing(None, clock=lambda: 7.0)
    assert [pacing.turn() for _ in range(3)] == [0.0, 0.0, 0.0]


def test_turns_come_one_interval_after_the_other() -> None:
    pacing = Pacing(4.0, clock=lambda: 100.0)
    assert [pacing.turn() for _ in range(4)] == [0.0, 0.25, 0.5, 0.75]


def test_a_late_request_waits_for_nothing_and_earns_nothing() -> None:
    now = 100.0
    pacing = Pacing(2.0, clock=lambda: now)
    assert pacing.turn() == 0.0
    now = 110.0
    assert [pacing.turn(), pacing.turn()] == [0.0, 0.5]


@pytest.mark.parametrize(("per_second", "second"), [(0.5, 2.0), (10.0, 0.1)])
def test_the_interval_is_one_second_over_the_rate(per_second: float, second: float) -> None:
    pacing = Pacing(per_second, clock=lambda: 0.0)
    pacing.turn()
    assert pacing.turn() == pytest.approx(second)
