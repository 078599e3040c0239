"""An endpoint that asks to be left alone is judged by nothing: what it was asked for is blocked, in whatever words it asks."""

from types import SimpleNamespace

import pytest

from volcheck.contract import load_contract
from volcheck.exchange import Exchange, Request, Response
from volcheck.gateway.errors import Blocked, BudgetExhausted
from volcheck.run.demand import RequirementFailed
from volcheck.run.embedded import Embedded
from volcheck.run.lists import Lists
from volcheck.run.settings import Settings
from volcheck.run.setup import endpoint_of, open_run

BUSY = [(429, ""), (503, ""), (413, "7")]


def exchange(method, status, retry_after="", body="{}"):
    request = Request(method, "http://h/v2/p/volumes", "/p/volumes", (), {}, None)
    return Exchange(
        1, None, request, Response(status, "", {"retry-after": retry_after}, body), None, 0.01, 0.0
    )


@pytest.fixture
def run(tmp_path):
    embedded = Embedded([])
    facts = embedded.facts
    settings = Settings(
        run_id="test", base_url=facts["endpoint"], project_id=facts["project_id"], reports=str(tmp_path)
    )
    opened = open_run(settings, endpoint_of(settings, {"OS_TOKEN": facts["token"]}), load_contract())
    yield opened
    opened.gateway.ledger.close(settled=True)
    opened.recorder.close()
    opened.gateway.close()
    embedded.close()


@pytest.mark.parametrize(("status", "retry_after"), BUSY)
def test_a_deletion_is_blocked(run, monkeypatch, status, retry_after):
    violated = []
    monkeypatch.setattr(run, "violate", lambda *args, **more: violated.append(args))
    monkeypatch.setattr(run.api, "delete_volume", lambda _: exchange("DELETE", status, retry_after))
    with pytest.raises(Blocked, match=f"volume v could not be deleted: {status}"):
        run.resources("volume").delete("v")
    assert violated == []


def test_a_deletion_that_is_refused_for_a_quota_is_not(run, monkeypatch):
    violated = []
    monkeypatch.setattr(run, "violate", lambda *args, **more: violated.append(args))
    monkeypatch.setattr(run.api, "delete_volume", lambda _: exchange("DELETE", 413))
    with pytest.raises(Blocked):
        run.resources("volume").delete("v")
    assert [args[0] for args in violated] == ["delete.accepted"]


@pytest.mark.parametrize(("status", "retry_after"), BUSY)
def test_a_creation_is_blocked_and_counts_for_no_circuit(run, status, retry_after):
    with pytest.raises(Blocked, match=f"could not be made: {status}") as blocked:
        run.resources("volume").started(exchange("POST", status, retry_after))
    assert not isinstance(blocked.value, BudgetExhausted | RequirementFailed)


@pytest.mark.parametrize(("status", "retry_after"), BUSY)
def test_a_walk_through_a_list_is_blocked(status, retry_after):
    page = '{"volumes": [], "volumes_links": [{"rel": "next", "href": "http://h/next"}]}'
    api = SimpleNamespace(
        list_volumes=lambda query: exchange("GET", 200, body=page),
        follow=lambda href: exchange("GET", status, retry_after),
    )
    with pytest.raises(Blocked, match=f"the walk through the list stopped: {status}"):
        Lists(api).walk("list_volumes")


def test_a_walk_that_is_refused_has_trouble():
    page = '{"volumes": [], "volumes_links": [{"rel": "next", "href": "http://h/next"}]}'
    api = SimpleNamespace(
        list_volumes=lambda query: exchange("GET", 200, body=page),
        follow=lambda href: exchange("GET", 413),
    )
    assert Lists(api).walk("list_volumes").trouble.startswith("a next link was answered 413")
