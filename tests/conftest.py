"""What all tests of the machinery share."""

import contextlib

import pytest

from volcheck.contract import load_contract
from volcheck.fixtures.settings import Settings
from volcheck.runner.embedded import Embedded
from volcheck.runner.setup import endpoint_of, gateway_of


@pytest.fixture(autouse=True)
def _no_credentials_of_the_developer(monkeypatch):
    """Tests see none of the OS_* variables of whoever runs them."""
    import os

    for name in list(os.environ):
        if name.startswith("OS_"):
            monkeypatch.delenv(name)


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
