"""The published document against the contract. Needs no endpoint."""

import pytest

pytestmark = [pytest.mark.needs_no_endpoint, pytest.mark.smoke]


@pytest.mark.requirement("document.explained")
def test_every_difference_is_explained(expect, guide):
    expect.equal(guide.unexplained, [], "document and contract differ where no erratum says why")


@pytest.mark.requirement("document.errata-current")
def test_every_erratum_explains_something(expect, guide):
    expect.equal(guide.stale, [], "an erratum explains nothing that the document says")


@pytest.mark.requirement("document.traced")
def test_every_row_and_sentence_is_traced(expect, guide):
    lost = [f"line {row.line}: {row.subject}" for row in guide.trace() if not row.covered]
    expect.equal(lost, [], "the contract does not answer for something the document says")
