from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import pytest


@pytest.fixture(scope="module")
def full(start):
    """A tenant with 40 foreign volumes, some of the same moment and name, and volumes of our own."""
    with start("--foreign", "40", "--volume-delay", "0", "--snapshot-delay", "0") as server:
        for name, size in (("bravo", 1), ("alpha", 2), ("delta", 1), ("charlie", 2), ("Bravo", 3), (None, 2)):
            server.main.create("volume", name=name, size=size, metadata={"n": str(size)})
        server.main.get("/volumes")
        yield server.main


def names(client, path):
    return [each["name"] for each in client.get(path)["volumes"]]


@pytest.mark.parametrize("kind", ["volumes", "volumes/detail", "snapshots", "snapshots/detail"])
@pytest.mark.parametrize(
    "sort", ["", "name:asc", "name", "created_at:asc", "status:desc,id:asc", "updated_at"]
)
@pytest.mark.parametrize("limit", [3, 100])
def test_walks_are_complete(full, kind, sort, limit):
    query = f"sort={sort}" if sort else ""
    whole = full.get(f"/{kind}?{query}")[kind.partition("/")[0]]
    assert full.walk(f"/{kind}?limit={limit}&{query}") == whole
    assert full.walk(f"/{kind}?limit={limit}&offset=2&{query}") == whole[2:]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_sort_by_two_keys(full, size):
    items = full.get(f"/volumes/detail?sort=size:asc,name:desc&size={size}")["volumes"]
    found = [each["name"] for each in items]
    assert found == sorted((name for name in found if name), reverse=True) + [None] * found.count(None)
    sizes = [each["size"] for each in full.get("/volumes/detail?sort=size:desc,name")["volumes"]]
    assert sizes == sorted(sizes, reverse=True)


def test_default_order_is_newest_first_then_id(full):
    items = [(each["created_at"], each["id"]) for each in full.get("/volumes/detail")["volumes"]]
    assert items == sorted(items, reverse=True)


def test_next_link_is_there_when_there_is_more(full):
    total = len(full.get("/volumes")["volumes"])
    assert "volumes_links" not in full.get("/volumes")
    assert "volumes_links" not in full.get(f"/volumes?limit={total}")
    assert "volumes_links" not in full.get("/volumes?limit=0")
    (link,) = full.get("/volumes/detail?limit=2&zzz=1&sort=name:asc&offset=1")["volumes_links"]
    assert link["rel"] == "next"
    assert link["href"].startswith(f"{full.base}/volumes/detail?")
    assert [key for key, _ in parse_qsl(urlsplit(link["href"]).query)] == ["limit", "zzz", "sort", "marker"]


REFUSED = [
    ("limit=-1", 400), ("limit=abc", 400), ("limit=", 400), ("limit=1.5", 400),
    ("offset=-1", 400), ("offset=abc", 400), ("offset=", 400), ("offset=1.5", 400),
    ("offset=9223372036854775808", 400),
    ("marker=00000000-0000-0000-0000-000000001234", 404), ("marker=not-a-uuid", 404), ("marker=", 404),
    ("sort=bogus", 400), ("sort=bogus:asc", 400), ("sort=name:bogus", 400), ("sort=name:ASC", 400),
    ("sort=:asc", 400), ("sort=", 400), ("sort=,", 400), ("sort=name:asc:desc", 400), ("sort=metadata", 400),
    ("sort=description", 400), ("sort=name:asc&sort_key=name", 400),
    ("sort_key=bogus", 400), ("sort_dir=bogus", 400),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["volumes", "volumes/detail", "snapshots", "snapshots/detail"])
@pytest.mark.parametrize(("query", "status"), REFUSED)
def test_refused_queries(full, kind, query, status):
    answer = full("GET", f"/{kind}?{query}")
    assert answer.status_code == status
    assert next(iter(answer.json().values()))["code"] == status


@pytest.mark.parametrize(
    "query",
    ["limit=100000", "limit=99999999999999999999", "zzz=1", "all_tenants=bogus", "LIMIT=1", "offset=0",
     "id=x", "sort=created_at", "sort=created_at:",
     "sort=%20created_at%20:%20desc", "sort_key=created_at&sort_dir=desc"],
)  # fmt: skip
def test_queries_that_change_nothing(full, query):
    assert full.get(f"/volumes?{query}") == full.get("/volumes")


def test_limit_offset_marker_and_filters(full):
    whole = full.get("/volumes")["volumes"]
    assert full.get("/volumes?limit=3&limit=5")["volumes"] == whole[:3]
    assert full.get("/volumes?limit=%203")["volumes"] == whole[:3]
    assert full.get("/volumes?offset=100")["volumes"] == []
    assert full.get(f"/volumes?marker={whole[4]['id']}")["volumes"] == whole[5:]
    assert full.get(f"/volumes?marker={whole[4]['id']}&offset=1&limit=2")["volumes"] == whole[6:8]
    assert full.get(f"/volumes?marker={whole[-1]['id']}")["volumes"] == []
    assert names(full, "/volumes?name=alpha") == ["alpha"]
    assert names(full, "/volumes?name=%EA%B0%80") == []
    assert names(full, '/volumes?metadata={"n":"3"}') == ["Bravo"]
    assert names(full, "/volumes?metadata={'n':'3'}") == ["Bravo"]
    assert names(full, "/volumes?metadata=bogus") == names(full, "/volumes?status=bogus") == []
    assert names(full, "/volumes?bootable=true") == names(full, "/volumes?size=abc") == []
    marker = full.get("/volumes?name=alpha")["volumes"][0]["id"]
    assert names(full, f"/volumes?name=bravo&marker={marker}") == ["bravo"]
    volume = full.get("/snapshots")["snapshots"][0]["volume_id"]
    assert [each["volume_id"] for each in full.get(f"/snapshots?volume_id={volume}")["snapshots"]] == [volume]


def test_types_and_zones(full):
    types = full.get("/types")["volume_types"]
    assert [each["name"] for each in types] == ["General HDD", "General SSD", "__DEFAULT__"]
    assert types[0]["extra_specs"] == {"volume_backend_name": "hdd_general"}
    page = full.get("/types?limit=1")
    assert page["volume_types"] == types[:1]
    assert "volume_type_links" in page
    assert full.get("/types?marker=00000000-0000-0000-0000-000000001234")["volume_types"] == types
    assert full("GET", "/types?sort=bogus").status_code == 400
    zones = full.get("/os-availability-zone")["availabilityZoneInfo"]
    assert [each["zoneName"] for each in zones] == ["nova", "kr-pub-a", "kr-pub-b"]


def test_the_maximum_page(start):
    with start("--max-limit", "2", "--foreign", "4") as server:
        page = server.main.get("/volumes?limit=3")
        assert len(page["volumes"]) == 2
        assert len(server.main.walk("/volumes?limit=3")) == len(server.main.walk("/volumes")) == 5


def test_foreign_volumes_come_and_go(start):
    with start("--churn", "100", "--volume-delay", "0", "--delete-delay", "0") as server:
        seen = set()
        end = time.monotonic() + 0.6
        while time.monotonic() < end:
            items = server.main.get("/volumes/detail")["volumes"]
            assert len(items) <= 12
            seen |= {each["id"] for each in items}
            time.sleep(0.01)
        assert len(seen) > 20
        assert len(server.main.get("/volumes")["volumes"]) < len(seen)


def test_fifty_clients_at_once(start):
    with start() as server:
        client = server.main

        def life(index):
            made = client.create("volume", size=1 + index % 3, name=f"볼륨 {index}")
            shown = client.wait("volume", made["id"])
            snapshot = client.snapshot(volume_id=made["id"], name=f"s{index}")
            assert shown["name"] == f"볼륨 {index}"
            assert made["id"] in {each["id"] for each in client.get("/volumes")["volumes"]}
            client.remove("snapshot", snapshot["id"])
            client.remove("volume", made["id"])
            return made["id"]

        before = client.get("/volumes/detail")
        with ThreadPoolExecutor(50) as pool:
            idents = list(pool.map(life, range(50)))
        assert len(set(idents)) == 50
        assert client.get("/volumes/detail") == before
        assert client.get("/snapshots")["snapshots"] == []
