"""A look through the lists is bounded, says where it ended, and judges each item by its own project."""

import pytest
from tests.gateway.scripted import (
    BASE,
    OTHER,
    OTHER_PROJECT,
    PROJECT,
    RUN,
    SEALED,
    A,
    B,
    Scripted,
    answer,
    gateway,
)

from volcheck.gateway import leftovers
from volcheck.gateway.leftovers import sweep


@pytest.fixture
def transport():
    return Scripted()


def pages(transport, last=5):
    """Lists of volumes of so many pages, each with one volume of a run."""

    def page(sent):
        number = int(sent.query.get("marker", "1"))
        project = OTHER_PROJECT if OTHER_PROJECT in sent.url else PROJECT
        href = f"{BASE}/{project}/volumes/detail?marker={number + 1}"
        links = {"volumes_links": [{"rel": "next", "href": href}]} if number < last else {}
        item = {"id": f"v{number}", "name": SEALED, "os-vol-tenant-attr:tenant_id": project}
        return answer(200, {"volumes": [item], **links})

    transport.on("GET", "/volumes/detail", page)


def looked(transport, *, seconds=9.0, other=None, **more):
    return sweep(gateway(transport, other=other), RUN.__eq__, seconds=seconds, **more)


def test_all_pages_are_looked_at(transport):
    pages(transport)
    swept = looked(transport)
    assert [each.resource.id for each in swept.found] == ["v1", "v2", "v3", "v4", "v5"]
    assert (swept.problems, swept.found[0].status) == ((), "unknown")


def test_so_many_pages_and_no_more(transport):
    pages(transport)
    swept = looked(transport, pages=2)
    assert [each.resource.id for each in swept.found] == ["v1", "v2"]
    assert swept.problems[-1] == "the list of volumes was looked at for 2 pages and not to its end"


def test_so_many_seconds_and_no_more(transport):
    pages(transport)
    swept = looked(transport, seconds=-1)
    assert [each.resource.id for each in swept.found] == ["v1"]
    assert swept.problems[-1] == "the list of volumes was looked at for 1 pages and not to its end"


def test_so_many_resources_and_no_more(transport, monkeypatch):
    monkeypatch.setattr(leftovers, "_MOST", 2)
    pages(transport)
    swept = looked(transport)
    assert [each.resource.id for each in swept.found] == ["v1", "v2", "v3"]
    assert swept.problems == ("the list of volumes was looked at for 3 pages and not to its end",)


def test_a_link_that_leads_away_ends_the_look_and_is_told_of(transport):
    links = [{"rel": "next", "href": "http://elsewhere.test/v2/x"}]
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [], "volumes_links": links}))
    [problem] = looked(transport).problems
    assert problem.startswith("the list of volumes was looked at for 1 pages and not to its end: the link")


def test_a_list_that_nobody_answers_is_told_of(transport):
    transport.on("GET", "*", answer(401))
    assert (
        looked(transport)
        .problems[0]
        .startswith("the list of snapshots was looked at for 0 pages and not to its end: ")
    )


def test_each_project_is_held_to_its_own(transport):
    pages(transport, last=1)
    swept = looked(transport, other=OTHER)
    # The same id in both: the first counts.
    assert [(each.resource.id, each.resource.project) for each in swept.found] == [("v1", None)]
    item = {"id": A, "name": SEALED, "os-vol-tenant-attr:tenant_id": OTHER_PROJECT}
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": [item]}))
    swept = looked(transport)
    assert swept.found == ()
    assert [each.objection for each in swept.changed] == [
        f"it says that it belongs to project {OTHER_PROJECT}"
    ]


def test_what_carries_no_tag_is_not_remembered(transport):
    items = [{"id": B, "name": "db"}, {"id": A, "name": None}, 5, {"id": A, "name": "volcheck-backup"}]
    transport.on("GET", "/volumes/detail", answer(200, {"volumes": items}))
    assert looked(transport) == leftovers.Sweep((), ())
