"""What a test's end means for its requirement, and how to say it in pytest's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from volcheck.fixtures.context import CURRENT, Context, NotApplicable
from volcheck.fixtures.expect import RequirementFailed
from volcheck.fixtures.run import Run
from volcheck.gateway.errors import Blocked, GatewayRefusal
from volcheck.gateway.messages import shorten
from volcheck.report.text import visible

Outcome = Literal["passed", "failed", "inconclusive", "not applicable", "error"]


def judge(run: Run, context: Context, raised: BaseException | None) -> tuple[Outcome, str]:
    """The outcome of a test and the reason, without secrets. Books what failed, and what broke down.

    raised: what ended the test, or None.
    """
    redact = run.gateway.redactor.written
    error = None if raised is None else _own(raised)
    match error:
        case None:
            if context.reached == 0:
                return "inconclusive", "it ended before it demanded anything"
            return "passed", ""
        case RequirementFailed():
            token = CURRENT.set(context)
            run.violate(
                context.requirement or "",
                error.message,
                expected=error.expected,
                got=error.got,
                exchange=error.exchange,
                erratum=error.erratum,
            )
            CURRENT.reset(token)
            return "failed", shorten(redact(str(error)), 2000)
        case NotApplicable():
            return "not applicable", redact(str(error))
        case Blocked():
            return "inconclusive", redact(str(error))
        case pytest.skip.Exception():
            return "inconclusive", redact(str(error.msg))
        case GatewayRefusal():
            run.books.problems.append(f"{context.test}: {redact(str(error))}")
            return "error", redact(str(error))
        case LookupError() | AttributeError() | TypeError() | ValueError() if context.broken:
            # It could not take apart what was seen already to be of another shape than the contract has.
            return "inconclusive", redact(
                f"it could not go on with an answer that is wrong: {context.broken[0]}"
            )[:500]
        case _:
            sentence = redact(f"the test could not go on: {type(error).__name__}: {error}")[:500]
            run.books.problems.append(f"{context.test}: {sentence}")
            return "error", sentence


def word(
    report: pytest.TestReport,
    context: Context,
    outcome: Outcome,
    reason: str,
    counts: Callable[[str], bool],
) -> None:
    """Say it as pytest does: a broken `must` fails the test, a broken `should` is an expected failure.

    counts: whether a requirement, if broken, fails the run.
    """
    broken = [text for text in context.broken if counts(text.split(":")[0])]
    lines = list(broken)
    if outcome == "failed":
        lines.insert(0, f"{context.requirement}: {reason}")
        if not counts(context.requirement or "") and not broken:
            report.outcome = "skipped"
            report.wasxfail = f"should: {visible(reason)}"
            report.longrepr = visible("\n".join(lines))
            return
    if outcome == "error":
        lines.insert(0, reason)
    if lines:
        report.outcome = "failed"
        report.longrepr = visible("\n".join(lines))
    elif outcome in ("inconclusive", "not applicable"):
        report.outcome = "skipped"
        report.longrepr = (context.test.split("::")[0], 0, visible(f"{outcome}: {reason}"))


def _own(error: BaseException) -> BaseException:
    """The exception of the test itself, where several were raised together, or Hypothesis has wrapped it."""
    while isinstance(error, BaseExceptionGroup):
        error = next((e for e in error.exceptions if isinstance(e, RequirementFailed)), error.exceptions[0])
    return error
