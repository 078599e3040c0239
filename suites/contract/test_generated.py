"""Requests generated from the contract, operation by operation."""

import pytest


@pytest.mark.requirement("property.valid-served")
@pytest.mark.generated("positive")
def test_a_valid_request_is_served(operation, generated, shared):
    generated.are_served(operation)


@pytest.mark.requirement("property.invalid-refused")
@pytest.mark.generated("negative")
def test_a_forbidden_request_is_refused(operation, generated, shared):
    generated.are_refused(operation)
