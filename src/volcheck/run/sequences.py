"""Plays sequences of steps that Hypothesis makes up, and tells the steps of one that went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from volcheck.gateway.errors import Blocked
from volcheck.run.demand import RequirementFailed
from volcheck.run.settings import Profile
from volcheck.run.state import Run

#: How many sequences one test plays, and of how many steps at most, by profile. The first is always the shortest there is.
_EXTENT: dict[Profile, tuple[int, int]] = {"smoke": (1, 4), "default": (2, 6), "deep": (6, 25)}
#: Seconds from which on a volume takes long, and the steps of a sequence then: one may wait in each, and none can overlap.
_LONG, _FEW = 1.0, 4


def warm() -> None:
    """Have Hypothesis do what it does once, so that processes forked from here need not: it reads the sources of all that
    is loaded, in search of telling numbers, as soon as it draws a few."""

    @hypothesis.seed(0)
    @hypothesis.settings(
        # The first has the shortest list that there is.
        max_examples=3,
        phases=[hypothesis.Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategies.lists(strategies.integers(0, 9), min_size=200))
    def draw(numbers: list[int]) -> None:
        """Draw so many that there is one among them for which it does."""

    draw()


class Steps:
    """What one sequence has done so far, a sentence a step."""

    def __init__(self) -> None:
        self._said: list[str] = []

    def say(self, sentence: str) -> None:
        """Take down a step before it is taken."""
        self._said.append(sentence)

    def __str__(self) -> str:
        return "; ".join(f"{number}. {sentence}" for number, sentence in enumerate(self._said, 1))


class Sequences:
    """The sequences of one test. What each has made is asked to go when the next begins."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def play(self, machine: Callable[[Steps], RuleBasedStateMachine], part: int) -> None:
        """Play as many sequences as the profile asks for; the run's seed and the number of the part decide which.

        machine: makes a machine for a new sequence, which says its steps. Raises
        RequirementFailed with the steps of the shortest failing sequence that was found (looked for in the deep profile
        only, as each try makes volumes).
        """
        run = self._run
        if run.quickest("volume", "available") is None:
            run.resources("volume").make()
        examples, steps = _EXTENT[run.settings.profile]
        if run.settings.profile != "deep" and (run.quickest("volume", "available") or 0.0) > _LONG:
            steps = min(steps, _FEW)
        self._play(machine, part, examples, steps)

    def _play(
        self, machine: Callable[[Steps], RuleBasedStateMachine], part: int, examples: int, steps: int
    ) -> None:
        settings = self._run.settings
        phases = [hypothesis.Phase.generate]
        if settings.profile == "deep":
            phases.append(hypothesis.Phase.shrink)
        current = Steps()

        def begin() -> RuleBasedStateMachine:
            nonlocal current
            self._run.turn_over()
            current = Steps()
            return machine(current)

        try:
            # It takes whatever makes machines, though it says that it wants a class.
            makes: Any = hypothesis.seed(f"{settings.seed}/{part}")(begin)
            run_state_machine_as_test(
                makes,
                settings=hypothesis.settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    phases=phases,
                    deadline=None,
                    database=None,
                    print_blob=False,
                    report_multiple_bugs=False,
                    suppress_health_check=list(hypothesis.HealthCheck),
                ),
            )
        except (hypothesis.errors.FlakyReplay, hypothesis.errors.FlakyStrategyDefinition) as reason:
            raise Blocked(f"the same steps went otherwise the second time (after: {current})") from reason
        except RequirementFailed as failure:
            raise RequirementFailed(
                f"{failure.message} (after: {current})",
                expected=failure.expected,
                got=failure.got,
                exchange=failure.exchange,
                erratum=failure.erratum,
            ) from None
