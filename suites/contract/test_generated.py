"""Requests made from the contract, operation by operation.

Provocations have one thing out of the ordinary and are the same in every run; the others are drawn at random by its seed.
"""

import pytest


@pytest.mark.requirement("property.valid-served")
@pytest.mark.generated("provocations", "positive")
def test_a_provocation_that_is_allowed_is_served(operation, generated, shared):
    generated.provocations_are_served(operation)


@pytest.mark.requirement("property.invalid-refused")
@pytest.mark.generated("provocations", "negative")
def test_a_provocation_that_is_forbidden_is_refused(operation, generated, shared):
    generated.provocations_are_refused(operation)


@pytest.mark.requirement("property.valid-served")
@pytest.mark.generated("drawn", "positive")
def test_a_valid_request_drawn_at_random_is_served(operation, generated, shared):
    generated.drawn_are_served(operation)


@pytest.mark.requirement("property.invalid-refused")
@pytest.mark.generated("drawn", "negative")
def test_a_forbidden_request_drawn_at_random_is_refused(operation, generated, shared):
    generated.drawn_are_refused(operation)
