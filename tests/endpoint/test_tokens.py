"""Tokens from a running identity service: replaced in time, once after a 401, from several threads at once."""

import os
import threading
import time

import pytest
import requests

from volcheck.contract import load_contract
from volcheck.endpoint.resolve import Wanted, resolve
from volcheck.errors import EndpointError
from volcheck.fixtures.settings import Settings
from volcheck.gateway.errors import Blocked
from volcheck.runner.embedded import Embedded
from volcheck.runner.setup import gateway_of

pytest.importorskip("openstack")


@pytest.fixture
def short():
    """An endpoint whose tokens last two seconds."""
    embedded = Embedded(["--token-lifetime", "2"])
    yield embedded
    embedded.close()


@pytest.fixture
def found(short, monkeypatch):
    facts = short.facts
    monkeypatch.setenv("OS_AUTH_URL", facts["identity"])
    monkeypatch.setenv("OS_USERNAME", facts["username"])
    monkeypatch.setenv("OS_PASSWORD", facts["password"])
    monkeypatch.setenv("OS_TENANT_NAME", facts["tenant_name"])
    monkeypatch.setenv("OS_IDENTITY_API_VERSION", "2.0")
    return resolve(Wanted(), os.environ)


def status(endpoint, token):
    url = f"{endpoint.base_url}/{endpoint.identity.project_id}/types"
    return requests.get(url, headers={"X-Auth-Token": token}, timeout=5).status_code


def gateway(endpoint):
    settings = Settings(
        run_id="t",
        base_url=endpoint.base_url,
        project_id=endpoint.identity.project_id,
        credentials="environment",
    )
    return gateway_of(settings, endpoint, load_contract())


def test_a_token_is_replaced_before_it_expires(found):
    source = found.identity.source
    first = source.token()
    assert source.token() == first
    seen = {first}
    end = time.monotonic() + 3
    while time.monotonic() < end:
        token = source.token()
        assert status(found, token) == 200
        seen.add(token)
        time.sleep(0.05)
    assert 2 <= len(seen) <= 5
    assert status(found, first) == 401


def test_a_token_is_replaced_once_after_a_401(found):
    source = found.identity.source
    first = source.token()
    # As if its life were longer than the service keeps it: only the 401 tells.
    source._good_until = float("inf")
    time.sleep(2.1)
    door = gateway(found)
    sent = door.send("GET", f"/{found.identity.project_id}/types")
    assert sent.status == 200
    # It was refused, tried on something else, and the request sent again with the new one.
    assert door.sent == 3
    assert source.token() != first


def test_a_new_token_is_not_replaced_again(found):
    assert found.identity.source.renew() is None


def test_threads_share_one_new_token(found):
    source = found.identity.source
    source._good_until = 0.0
    got = []
    threads = [threading.Thread(target=lambda: got.append(source.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1


def test_an_identity_service_that_has_gone_blocks(found, short):
    short.close()
    found.identity.source._good_until = 0.0
    with pytest.raises(EndpointError, match="can't be reached"):
        found.identity.source.token()
    with pytest.raises(Blocked, match="can't be reached"):
        gateway(found).send("GET", f"/{found.identity.project_id}/types")
