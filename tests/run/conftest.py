"""A gateway to a reference endpoint of its own, for tests of the machinery."""

import contextlib

import pytest

from volcheck.contract import load_contract
from volcheck.run.embedded import Embedded
from volcheck.run.settings import Settings
from volcheck.run.setup import endpoint_of, gateway_of


@contextlib.contextmanager
def serving(*options):
    """Facts and a gateway of a reference endpoint with these options."""
    embedded = Embedded(options)
    gateway = None
    try:
        facts = embedded.facts
        settings = Settings(run_id="test", base_url=facts["endpoint"], project_id=facts["project_id"])
        gateway = gateway_of(settings, endpoint_of(settings, {"OS_TOKEN": facts["token"]}), load_contract())
        yield facts, gateway
    finally:
        if gateway is not None:
            gateway.close()
        embedded.close()


@pytest.fixture
def serve():
    """Start reference endpoints that end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(serving(*options))
