"""What a test that could not take an answer apart has shown."""

from types import SimpleNamespace

import pytest

from volcheck.fixtures.books import Books
from volcheck.fixtures.context import Context
from volcheck.runner.outcomes import judge


@pytest.fixture
def run():
    redactor = SimpleNamespace(written=lambda text: text.replace("secret", "…"))
    return SimpleNamespace(gateway=SimpleNamespace(redactor=redactor), books=Books())


def context(*broken):
    made = Context("suites/a.py::test", "a.b")
    made.broken += broken
    return made


@pytest.mark.parametrize(
    "error", [KeyError("id"), IndexError(), AttributeError("get"), TypeError(), ValueError()]
)
def test_an_answer_of_another_shape_leaves_the_requirement_open(run, error):
    broken = context("exchange.body-schema: /volume is a secret")
    outcome, reason = judge(run, broken, error)
    assert outcome == "inconclusive"
    assert reason == "it could not go on with an answer that is wrong: exchange.body-schema: /volume is a …"
    assert run.books.problems == []


@pytest.mark.parametrize(
    ("error", "broken"),
    [(KeyError("id"), ()), (RuntimeError("x"), ("a.c: wrong",)), (OSError(), ("a.c: wrong",))],
)
def test_whatever_else_ends_a_test_is_an_error_of_ours(run, error, broken):
    outcome, reason = judge(run, context(*broken), error)
    assert outcome == "error"
    assert type(error).__name__ in reason
    assert len(run.books.problems) == 1
