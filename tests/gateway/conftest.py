import pytest

from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Ledger, Resource

OWN = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def ledger():
    made = Ledger(None, run_id="261126141726ebd7")
    made.register(Resource("volume", OWN, "volcheck-261126141726ebd7", 1))
    return made


@pytest.fixture
def guard(ledger):
    return Guard(ledger)
