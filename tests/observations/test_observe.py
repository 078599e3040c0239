"""What is observed of an endpoint is what every run would see of it again, and nothing else."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from volcheck.gateway.exchange import Exchange, Request, Response
from volcheck.observations.observe import Observer, Sight, normalise, usual_courses
from volcheck.observations.pages import page_traits

OWN = "11111111-2222-4333-8444-555555555555"
OTHERS = "99999999-2222-4333-8444-555555555555"


def exchange(
    operation: str | None,
    body: Any = None,
    *,
    status: int = 200,
    method: str = "GET",
    target: str = "/p/volumes",
    headers: dict[str, str] | None = None,
) -> Exchange:
    parts = urlsplit(target)
    return Exchange(
        number=1,
        operation=operation,
        request=Request(method, f"http://h/v2{target}", parts.path, tuple(parse_qsl(parts.query)), {}, None),
        response=Response(status, "", headers or {}, "" if body is None else json.dumps(body)),
        error=None,
        elapsed=0.1,
        started=0.0,
    )


def shown(status: str = "available", id: str = OWN, **fields: Any) -> Exchange:
    return exchange(
        "showVolume", {"volume": {"id": id, "status": status, **fields}}, target=f"/p/volumes/{id}"
    )


def sight(requirement: str = "show.x", *, generated: bool = False) -> Sight:
    return Sight(requirement, generated, lambda id: id == OWN)


@pytest.fixture
def observer() -> Observer:
    return Observer(["creating", "deleting"])


def test_shapes_of_own_resources_at_rest(observer: Observer) -> None:
    observer(shown(size=1), sight())
    observer(shown("creating", later=None), sight())
    traits = observer.all_traits()
    assert traits["showVolume / 200 / body /volume/size / type"] == ["integer"]
    assert traits["showVolume / 200 / body /volume/size / presence"] == ["always"]
    assert not any("later" in key for key in traits)


def test_items_of_others_are_no_trait_but_their_fields_are_seen(observer: Observer) -> None:
    items = [
        {"id": OWN, "status": "available", "a": 1},
        {"id": OTHERS, "status": "error", "b": 1},
        {"id": OWN, "status": "deleting", "c": 1},
    ]
    observer(exchange("listVolumesDetail", {"volumes": items}), sight())
    keys = " ".join(observer.all_traits())
    assert "/volumes/*/a" in keys
    assert "/volumes/*/b" not in keys
    assert "/volumes/*/c" not in keys
    assert {"/volumes/*/b", "/volumes/*/c"} <= set(observer.shapes()["listVolumesDetail", 200])


def test_what_no_test_asked_for_is_only_counted(observer: Observer) -> None:
    observer(exchange("deleteVolume", {"badRequest": {"code": 400, "message": "busy"}}, status=400))
    assert observer.all_traits() == {}
    assert observer.statuses["deleteVolume"][400] == 1


def test_the_answer_to_a_provocation(observer: Observer) -> None:
    refusal = {"badRequest": {"code": 400, "message": f"Volume {OWN} of 12 GB, see 'x'. Value: 7"}}
    observer(exchange("createVolume", refusal, status=400, method="POST"), sight("create.size"))
    observer(exchange(None, status=405, method="PUT", headers={"allow": "GET, POST"}), sight("methods.put"))
    traits = observer.all_traits()
    assert traits["answers to create.size / createVolume"] == ["400"]
    assert traits["answers to methods.put / PUT-elsewhere"] == ["405"]
    assert traits["PUT-elsewhere / 405 / header allow"] == ["get, post"]
    assert traits["createVolume / 400 / fault"] == ["badRequest (code integer, message string)"]
    assert traits["createVolume / 400 / message"] == ["Volume ID of N GB, see '…'"]


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (503, {}), (413, {"retry-after": "7"})])
def test_an_endpoint_that_asks_for_patience_shows_nothing(
    observer: Observer, status: int, headers: dict[str, str]
) -> None:
    fault = {"overLimit": {"message": "slow down"}}
    observer(exchange("listVolumes", fault, status=status, headers=headers), sight())
    assert observer.all_traits() == {}


def test_of_generated_requests_only_the_statuses_count(observer: Observer) -> None:
    refusal = {"badRequest": {"message": "tuqx"}}
    observer(
        exchange("createVolume", refusal, status=400, method="POST"), sight("property.x", generated=True)
    )
    assert observer.all_traits() == {"answers to property.x / createVolume": ["400"]}


def test_an_answer_about_what_is_on_its_way_depends_on_the_moment(observer: Observer) -> None:
    made = exchange("createVolume", {"volume": {"id": OWN, "status": "creating"}}, status=202, method="POST")
    target = f"/p/volumes/{OWN}"
    removal = exchange("deleteVolume", status=202, method="DELETE", target=target)
    refusal = exchange("deleteVolume", {"badRequest": {}}, status=400, method="DELETE", target=target)
    gone = exchange("showVolume", {"itemNotFound": {}}, status=404, target=target)
    key = "answers to delete.x / deleteVolume"
    observer(made, sight("delete.x"))
    observer(refusal, sight("delete.x"))
    assert key not in observer.all_traits()
    observer(shown(), sight("delete.x"))
    observer(removal, sight("delete.x"))
    observer(refusal, sight("delete.x"))
    assert observer.all_traits()[key] == ["202"]
    # Housekeeping may find out at any time that it is gone; only a test that waited for it can count on that.
    observer(gone)
    observer(refusal, sight("delete.x"))
    assert observer.all_traits()[key] == ["202"]
    observer(gone, sight("delete.x"))
    observer(refusal, sight("delete.x"))
    assert observer.all_traits()[key] == ["202", "400"]


def test_statuses_in_between_count_where_most_were_seen_in_them() -> None:
    way = ("creating", "downloading", "available")
    assert usual_courses({("volume", way): 3, ("volume", ("creating", "available")): 2}) == [
        ("volume", "creating>downloading>available")
    ]
    assert usual_courses({("volume", way): 2, ("volume", ("creating", "available")): 2}) == [
        ("volume", "creating>available")
    ]


def test_messages_lose_what_differs_from_run_to_run() -> None:
    assert normalise("Volume volcheck-2611261400a0ff-x") == "Volume TAG-x"
    assert normalise("at 2026-11-26T10:00:01") == normalise("at 2025-01-02T23:59:59")


def page(query: str, names: list[Any], **more: Any) -> list[tuple[str, str]]:
    items = [{"id": OWN, "name": name} for name in names]
    found = exchange("listVolumes", {"volumes": items, **more}, target=f"/p/volumes?{query}")
    return list(page_traits(found, lambda item: True))


@pytest.mark.parametrize(
    ("query", "names", "value"),
    [
        ("sort=name:asc", [None, "a", "B", "c"], "in order"),
        ("sort=name:asc", ["B", "a", "c"], "in order"),
        ("sort=name:desc", ["c", "b", "a"], "in order"),
        ("sort_key=name&sort_dir=asc", ["c", "b", "a"], "out of order"),
    ],
)
def test_order(query: str, names: list[Any], value: str) -> None:
    asked = "name desc" if "desc" in query else "name asc"
    assert page(query, names) == [(f"listVolumes / sorted {asked}", value)]


def test_equal_values_show_no_order() -> None:
    assert page("sort=name:asc", ["a", "a"]) == []


def test_pages_and_their_links() -> None:
    link = [{"rel": "next", "href": "http://h/v2/p/volumes?limit=2&marker=x"}]
    assert page("limit=2", ["a", "a"], volumes_links=link) == [
        ("listVolumes / page", "within its limit"),
        ("listVolumes / next link", "limit marker"),
    ]
    assert page("limit=1", ["a", "a"]) == [("listVolumes / page", "too long")]


@pytest.mark.parametrize("status", [[], {}, [["creating"]], None, 7, True, 1e999, "\ud800"], ids=ascii)
def test_a_status_that_is_no_text_is_no_status(status: Any) -> None:
    observer = Observer(["creating"])
    for method in ("GET", "POST"):
        volume = {"volume": {"id": OWN, "status": status}}
        observer(exchange("showVolume", volume, method=method, target=f"/p/volumes/{OWN}"), sight())
    listed = {"volumes": [{"id": OWN, "status": status, "name": status}]}
    observer(exchange("listVolumesDetail", listed, target="/p/volumes/detail?sort=name:asc"), sight())
    assert observer.statuses == {"showVolume": {200: 2}, "listVolumesDetail": {200: 1}}
    observer.all_traits()
