"""Requests generated from the contract, operation by operation."""

import pytest

from volcheck.generation import schema

valid = schema("positive").exclude(operation_id=["deleteVolume", "deleteSnapshot"])
forbidden = schema("negative").exclude(operation_id=["listVolumeTypes"])


@valid.parametrize()
@pytest.mark.requirement("property.valid-served")
def test_a_valid_request_is_served(case, generated, standing):
    generated.serve(case)


@forbidden.parametrize()
@pytest.mark.requirement("property.invalid-refused")
def test_a_forbidden_request_is_refused(case, generated, standing):
    generated.refuse(case)
