"""Pages of a list: limit, offset, marker, and the walk by next links."""

from urllib.parse import parse_qsl, urlsplit

import pytest

#: Each field that the guide sorts by, in each direction.
SORTS = [f"{key}:{way}" for key in ("name", "created_at", "size", "id") for way in ("asc", "desc")]
both = pytest.mark.parametrize("listing", ["list_volumes", "list_volumes_detail"])
both_of_snapshots = pytest.mark.parametrize("listing", ["list_snapshots", "list_snapshots_detail"])
NOT_WHOLE_NUMBERS = ["abc", "1.5"]
ODD_NUMBERS = ["-1", ""]
TWO_KEYS = "size:desc,name:asc"


@pytest.mark.smoke
@both
@pytest.mark.requirement("paging.limit")
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_page_holds_as_many_as_its_limit(expect, lists, shared, listing, limit):
    shared.volumes.need(limit)
    page = lists.look(listing, limit=limit)
    expect.status(page, 200)
    expect.equal(len(lists.items(page)), limit, "the page does not hold as many volumes as its limit", page)


@both
@pytest.mark.requirement("paging.limit-zero")
def test_a_limit_of_zero_gives_nothing(expect, lists, shared, listing):
    _, page = lists.quiet(listing, lambda: lists.look(listing, limit=0))
    expect.status(page, 200)
    expect.equal(lists.items(page), [], "a limit of 0 gives volumes", page)


@both
@pytest.mark.requirement("paging.limit-huge")
def test_a_limit_beyond_the_end_gives_all(expect, lists, shared, listing):
    before, page = lists.quiet(listing, lambda: lists.look(listing, limit=100_000))
    expect.status(page, 200)
    expect.equal(lists.ids(page), before[: len(lists.ids(page))], "a huge limit changes the list", page)
    expect.that(
        len(lists.ids(page)) == len(before) or lists.next_link(page) is not None,
        "a huge limit hides volumes",
        expected=len(before),
        got=len(lists.ids(page)),
        exchange=page,
    )


@pytest.mark.smoke
@both
@pytest.mark.requirement("paging.limit-refused")
@pytest.mark.parametrize("limit", NOT_WHOLE_NUMBERS, ids=repr)
def test_a_limit_that_is_no_whole_number(expect, lists, listing, limit):
    expect.refused(lists.look(listing, limit=limit), 400, what=f"the limit {limit!r}")


@both
@pytest.mark.requirement("paging.limit-odd-refused")
@pytest.mark.parametrize("limit", ODD_NUMBERS, ids=repr)
def test_a_limit_that_is_empty_or_negative(expect, lists, listing, limit):
    expect.refused(lists.look(listing, limit=limit), 400, what=f"the limit {limit!r}")


@both
@pytest.mark.requirement("paging.offset")
@pytest.mark.parametrize("offset", [0, 1, 3])
def test_an_offset_leaves_out_the_first(expect, lists, shared, listing, offset):
    before, page = lists.quiet(listing, lambda: lists.look(listing, offset=offset))
    expect.status(page, 200)
    _part(expect, lists, page, before[offset:], f"offset {offset} gives another part of the list")


@both
@pytest.mark.requirement("paging.offset-beyond")
def test_an_offset_beyond_the_end_gives_nothing(expect, lists, shared, listing):
    _, page = lists.quiet(listing, lambda: lists.look(listing, offset=1_000_000))
    expect.status(page, 200)
    expect.equal(lists.items(page), [], "an offset beyond the end gives volumes", page)


@both
@pytest.mark.requirement("paging.offset-refused")
@pytest.mark.parametrize("offset", NOT_WHOLE_NUMBERS, ids=repr)
def test_an_offset_that_is_no_whole_number(expect, lists, listing, offset):
    expect.refused(lists.look(listing, offset=offset), 400, what=f"the offset {offset!r}")


@both
@pytest.mark.requirement("paging.offset-odd-refused")
@pytest.mark.parametrize("offset", ODD_NUMBERS, ids=repr)
def test_an_offset_that_is_empty_or_negative(expect, lists, listing, offset):
    expect.refused(lists.look(listing, offset=offset), 400, what=f"the offset {offset!r}")


@both
@pytest.mark.requirement("paging.offset-with-limit")
@pytest.mark.parametrize(("limit", "offset"), [(1, 1), (2, 1), (2, 3)])
def test_limit_and_offset_cut_out_a_part(expect, lists, shared, listing, limit, offset):
    before, page = lists.quiet(listing, lambda: lists.look(listing, limit=limit, offset=offset))
    expect.status(page, 200)
    expect.equal(
        lists.ids(page),
        before[offset : offset + limit],
        "limit and offset give another part of the list",
        page,
    )


@both
@pytest.mark.requirement("paging.marker")
@pytest.mark.parametrize("position", [0, 2, 4])
def test_a_marker_gives_what_comes_after(expect, lists, shared, listing, position):
    _after_marker(expect, lists, listing, shared.ids[position % len(shared.ids)])


@both
@pytest.mark.requirement("paging.marker-with-sort")
@pytest.mark.parametrize("sort", SORTS)
def test_a_marker_follows_the_order_of_sorting(expect, lists, shared, listing, sort):
    for marker in shared.ids[:2]:
        _after_marker(expect, lists, listing, marker, sort=sort)


@both
@pytest.mark.requirement("paging.marker-refused")
@pytest.mark.parametrize("kind", ["unknown", "malformed", "empty", "snapshot"])
def test_a_marker_that_names_no_volume(api, expect, lists, shared, listing, kind):
    if kind == "snapshot":
        marker = shared.snapshots[0]["id"]
    else:
        marker = {"unknown": api.unknown_id(), "malformed": "not-a-uuid", "empty": ""}[kind]
    expect.refused(
        lists.look(listing, marker=marker), 404, what=f"a marker that is {kind}", cause="reference"
    )


@both
@pytest.mark.requirement("paging.marker-refused")
def test_a_marker_that_is_deleted(volumes, expect, lists, listing):
    volume = volumes.create()
    volumes.remove(volume["id"])
    exchange = lists.look(listing, marker=volume["id"])
    expect.refused(exchange, 404, what="a marker that is deleted", cause="reference")


@both
@pytest.mark.requirement("paging.next-link")
@pytest.mark.parametrize("limit", [1, 2])
def test_a_full_page_has_a_next_link(expect, lists, shared, listing, limit):
    shared.volumes.need(limit + 1)
    page = lists.look(listing, limit=limit)
    expect.that(
        lists.next_link(page) is not None,
        "a full page with more to follow has no next link",
        expected="volumes_links with rel next",
        got=page.json(),
        exchange=page,
    )


@both
@pytest.mark.requirement("paging.no-link-at-end")
def test_a_page_that_is_not_full_has_no_next_link(expect, lists, shared, listing):
    ids = lists.walk(listing, limit=500).ids
    if len(ids) < 2:
        pytest.skip("the list is as good as empty, so nothing can be seen of it")
    for marker in ids[-1], ids[-2]:
        page = lists.look(listing, marker=marker, limit=5)
        if len(lists.items(page)) < 5:
            expect.equal(lists.next_link(page), None, "the last page has a next link", page)


@both
@pytest.mark.requirement("paging.link-keeps-query")
@pytest.mark.parametrize(
    "query", [{"limit": "2"}, {"limit": "2", "sort": "name:asc"}], ids=["limit", "limit and sort"]
)
def test_a_next_link_keeps_the_query_and_moves_the_marker(expect, lists, shared, listing, query):
    shared.volumes.need(3)
    page = lists.look(listing, **query)
    href = lists.next_link(page)
    expect.that(
        href is not None, "there is no next link", expected="a next link", got=page.json(), exchange=page
    )
    link = dict(parse_qsl(urlsplit(href).query))
    expect.equal(link, {**query, "marker": lists.ids(page)[-1]}, "the next link has another query", page)
    same_list = urlsplit(href).path.endswith("/volumes/detail" if listing.endswith("detail") else "/volumes")
    expect.that(same_list, "the next link leads to another list", expected=listing, got=href, exchange=page)


@pytest.mark.smoke
@both
@pytest.mark.requirement("paging.walk")
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_a_walk_visits_every_volume_once(expect, lists, shared, listing, limit):
    _whole_walk(expect, lists.walk(listing, limit=limit), shared.ids)


@both
@pytest.mark.requirement("paging.walk-sorted")
@pytest.mark.parametrize("sort", SORTS)
def test_a_sorted_walk_keeps_the_order(expect, lists, shared, listing, sort):
    _sorted_walk(expect, lists, shared, listing, sort)


@both
@pytest.mark.requirement("paging.several-keys")
def test_pages_keep_an_order_of_several_keys(expect, lists, shared, listing):
    for marker in shared.ids[:3]:
        _after_marker(expect, lists, listing, marker, sort=TWO_KEYS)
    _sorted_walk(expect, lists, shared, listing, TWO_KEYS)


def _sorted_walk(expect, lists, shared, listing, sort):
    whole = [i for i in lists.walk(listing, sort=sort).ids if i in shared.ids]
    walk = lists.walk(listing, sort=sort, limit=2)
    _whole_walk(expect, walk, shared.ids)
    expect.equal(
        [i for i in walk.ids if i in shared.ids],
        whole,
        "the pages are in another order than the list",
        walk.last,
    )


@pytest.mark.requirement("paging.walk-while-changing")
@pytest.mark.holds(volumes=3)
def test_a_walk_while_volumes_come_and_go(api, volumes, expect, lists, shared):
    made = []

    def come():
        made.append(volumes.started(volumes.request({"size": volumes.size}))["id"])

    def go():
        api.delete_volume(made[0])

    steps = [come, come, come, go]

    def change():
        if steps:
            steps.pop(0)()

    walk = lists.walk("list_volumes", limit=3, sort="created_at:asc", between=change)
    _whole_walk(expect, walk, shared.ids)
    _whole_walk(expect, lists.walk("list_volumes_detail", limit=4, between=change), shared.ids)


@both
@pytest.mark.requirement("paging.offset-walk")
def test_a_walk_from_an_offset_skips_nothing(expect, lists, shared, listing):
    before, walk = lists.quiet(listing, lambda: lists.walk(listing, limit=2, offset=1))
    expect.equal(
        walk.ids, before[1:], "following the links of a page with an offset skips volumes", walk.last
    )


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-limit")
def test_pages_of_snapshots(expect, lists, shared, listing):
    shared.snapshots.need(2)
    page = lists.look(listing, limit=2)
    expect.equal(len(lists.items(page)), 2, "the page does not hold as many snapshots as its limit", page)
    _whole_walk(expect, lists.walk(listing, limit=1), [snapshot["id"] for snapshot in shared.snapshots])
    _whole_walk(expect, lists.walk(listing, limit=2), [snapshot["id"] for snapshot in shared.snapshots])


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-offset")
@pytest.mark.parametrize("offset", [1, 2])
def test_an_offset_leaves_out_the_first_snapshots(expect, lists, shared, listing, offset):
    before, page = lists.quiet(listing, lambda: lists.look(listing, offset=offset))
    _part(expect, lists, page, before[offset:], f"offset {offset} gives another part of the list")


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-marker")
def test_a_marker_among_snapshots(api, expect, lists, shared, listing):
    _after_marker(expect, lists, listing, shared.snapshots[1]["id"])
    exchange = lists.look(listing, marker=api.unknown_id())
    expect.refused(exchange, 404, what="an unknown marker", cause="reference")


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-refused")
@pytest.mark.parametrize(
    "query", [{"limit": "abc"}, {"limit": "-1"}, {"offset": "abc"}, {"offset": "-1"}], ids=str
)
def test_a_page_of_snapshots_that_is_no_whole_number(expect, lists, listing, query):
    expect.refused(lists.look(listing, **query), 400, what=f"the query {query}")


def _after_marker(expect, lists, listing, marker, **query):
    before, page = lists.quiet(listing, lambda: lists.look(listing, marker=marker, **query), **query)
    expect.status(page, 200)
    expect.that(
        marker in before, "the marker is not in the list", expected=marker, got=before[:5], exchange=page
    )
    after = before[before.index(marker) + 1 :]
    _part(expect, lists, page, after, "the marker gives another part of the list")


def _part(expect, lists, page, wanted, message):
    """Expect all that is wanted on a page, or its beginning and a link: a service may have a largest page."""
    ids = lists.ids(page)
    whole = len(ids) if lists.next_link(page) is not None and ids else len(wanted)
    expect.equal(ids, wanted[:whole], message, page)


def _whole_walk(expect, walk, wanted):
    expect.equal(walk.trouble, "", "the walk does not come to its end", walk.last)
    met = [i for i in walk.ids if i in wanted]
    expect.equal(sorted(met), sorted(wanted), "the walk does not meet every resource exactly once", walk.last)
