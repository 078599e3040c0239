"""How often a wait looks, and how much may exist at once: as fits the pace and the quota of the endpoint."""

import pytest

from volcheck.contract import load_contract
from volcheck.errors import EndpointError
from volcheck.fixtures.settings import Settings
from volcheck.gateway.waiting import Pace, wait
from volcheck.runner.preflight import AMPLE_VOLUMES, preflight


def settings_of(facts):
    return Settings(run_id="t", base_url=facts["endpoint"], project_id=facts["project_id"])


def looks(until, usual, cost=0.0, jitter=0.9):
    """The moments at which a wait looks, the first at once, when what it waits for comes at `until`."""
    pace, moment, pause, seen = Pace(), 0.0, 0.0, [0.0]
    while moment < until:
        pause = pace.pause(pause, moment, usual, cost)
        moment += pause * jitter
        seen.append(moment)
    return seen


@pytest.mark.parametrize("usual", [2.0, 20.0, 300.0])
def test_what_usually_takes_long_is_looked_at_seldom_and_seen_soon(usual):
    seen = looks(usual * 1.02, usual)
    assert len(seen) <= 20
    assert seen[-1] - usual * 1.02 < max(usual * 0.05, 0.5)
    assert len([moment for moment in seen if 0 < moment < usual / 2]) >= 1


def test_what_takes_short_is_seen_at_once():
    assert looks(0.05, 0.05)[-1] < 0.1
    assert looks(0.05, None)[-1] < 0.1


def test_the_pause_keeps_step_with_the_time_waited():
    seen = looks(600.0, None)
    assert len(seen) < 400
    assert seen[-1] - seen[-2] <= Pace().ceiling


def test_looks_by_many_leave_time_for_other_requests():
    seen = looks(20.0, None, cost=1.2)
    assert len(seen) <= 20 / (3 * 1.2 * 0.9) + 2


def test_a_wait_that_knows_its_time_sends_few_requests(serve):
    _, gateway = serve("--volume-delay", "2")
    project = gateway.endpoint.identity.project_id
    made = gateway.send(
        "POST",
        f"/{project}/volumes",
        json_body={"volume": {"size": 1, "name": f"volcheck-{gateway.ledger.run_id}"}},
    )
    before = gateway.sent
    machine = load_contract().machines["volume"]
    volume_id = made.json()["volume"]["id"]
    seen = wait(gateway, machine, "volume", volume_id, "available", pace=Pace(timeout=10), usual=lambda: 2.0)
    assert seen.chain[-1][0] == "available"
    assert gateway.sent - before <= 12


def test_the_budget_grows_with_an_ample_quota(serve):
    facts, gateway = serve()
    settings = settings_of(facts)
    assert preflight(gateway, settings, may_grow=True).max_volumes == AMPLE_VOLUMES
    assert preflight(gateway, settings).max_volumes == settings.max_volumes


def test_the_budget_takes_no_more_than_half_of_a_middling_quota(serve):
    facts, gateway = serve("--quota-volumes", "81")
    settings = settings_of(facts)
    grown = preflight(gateway, settings, may_grow=True)
    # One volume of the quota is the one that stands attached.
    assert grown.max_volumes == 40
    assert grown.max_gigabytes == 40 * (settings.max_gigabytes // settings.max_volumes)


def test_the_budget_keeps_to_a_small_quota(serve):
    facts, gateway = serve("--quota-volumes", "10")
    settings = settings_of(facts)
    assert preflight(gateway, settings, may_grow=True).max_volumes == 9


def test_a_quota_that_is_too_small_is_one_sentence(serve):
    facts, gateway = serve("--quota-volumes", "5")
    settings = settings_of(facts)
    with pytest.raises(EndpointError, match="There is room for 4 volumes"):
        preflight(gateway, settings, may_grow=True)
