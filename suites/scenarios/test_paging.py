"""Pages of a list: limit, offset, marker, and the walk by next links."""

from urllib.parse import parse_qsl, urlsplit

import pytest

both = pytest.mark.parametrize("listing", ["list_volumes", "list_volumes_detail"])
both_of_snapshots = pytest.mark.parametrize("listing", ["list_snapshots", "list_snapshots_detail"])
NOT_WHOLE_NUMBERS = ["-1", "abc", "", "1.5"]


@pytest.mark.smoke
@both
@pytest.mark.requirement("paging.limit")
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_page_holds_as_many_as_its_limit(demand, lists, standing, listing, limit):
    standing.volumes.need(limit)
    page = lists.look(listing, limit=limit)
    demand.status(page, 200)
    demand.equal(len(lists.items(page)), limit, "the page does not hold as many volumes as its limit", page)


@both
@pytest.mark.requirement("paging.limit-zero")
def test_a_limit_of_zero_gives_nothing(demand, lists, standing, listing):
    _, page = lists.quiet(listing, lambda: lists.look(listing, limit=0))
    demand.status(page, 200)
    demand.equal(lists.items(page), [], "a limit of 0 gives volumes", page)


@both
@pytest.mark.requirement("paging.limit-huge")
def test_a_limit_beyond_the_end_gives_all(demand, lists, standing, listing):
    before, page = lists.quiet(listing, lambda: lists.look(listing, limit=100_000))
    demand.status(page, 200)
    demand.equal(lists.ids(page), before[: len(lists.ids(page))], "a huge limit changes the list", page)
    demand.that(
        len(lists.ids(page)) >= min(len(before), 1000),
        "a huge limit hides volumes",
        expected=len(before),
        got=len(lists.ids(page)),
        exchange=page,
    )


@pytest.mark.smoke
@both
@pytest.mark.requirement("paging.limit-refused")
@pytest.mark.parametrize("limit", NOT_WHOLE_NUMBERS, ids=repr)
def test_a_limit_that_is_no_whole_number(demand, lists, listing, limit):
    demand.refused(lists.look(listing, limit=limit), 400, what=f"the limit {limit!r}")


@both
@pytest.mark.requirement("paging.offset")
@pytest.mark.parametrize("offset", [0, 1, 3])
def test_an_offset_leaves_out_the_first(demand, lists, standing, listing, offset):
    before, page = lists.quiet(listing, lambda: lists.look(listing, offset=offset))
    demand.status(page, 200)
    demand.equal(
        lists.ids(page),
        before[offset : offset + 1000],
        f"offset {offset} gives another part of the list",
        page,
    )


@both
@pytest.mark.requirement("paging.offset-beyond")
def test_an_offset_beyond_the_end_gives_nothing(demand, lists, standing, listing):
    _, page = lists.quiet(listing, lambda: lists.look(listing, offset=1_000_000))
    demand.status(page, 200)
    demand.equal(lists.items(page), [], "an offset beyond the end gives volumes", page)


@both
@pytest.mark.requirement("paging.offset-refused")
@pytest.mark.parametrize("offset", NOT_WHOLE_NUMBERS, ids=repr)
def test_an_offset_that_is_no_whole_number(demand, lists, listing, offset):
    demand.refused(lists.look(listing, offset=offset), 400, what=f"the offset {offset!r}")


@both
@pytest.mark.requirement("paging.offset-with-limit")
@pytest.mark.parametrize(("limit", "offset"), [(1, 1), (2, 1), (2, 3)])
def test_limit_and_offset_cut_out_a_part(demand, lists, standing, listing, limit, offset):
    before, page = lists.quiet(listing, lambda: lists.look(listing, limit=limit, offset=offset))
    demand.status(page, 200)
    demand.equal(
        lists.ids(page),
        before[offset : offset + limit],
        "limit and offset give another part of the list",
        page,
    )


@both
@pytest.mark.requirement("paging.marker")
@pytest.mark.parametrize("position", [0, 2, 4])
def test_a_marker_gives_what_comes_after(demand, lists, standing, listing, position):
    _after_marker(demand, lists, listing, standing.ids[position % len(standing.ids)])


@both
@pytest.mark.requirement("paging.marker-with-sort")
@pytest.mark.parametrize("sort", ["name:asc", "size:desc,name:asc"])
def test_a_marker_follows_the_order_of_sorting(demand, lists, standing, listing, sort):
    for marker in standing.ids[:3]:
        _after_marker(demand, lists, listing, marker, sort=sort)


@both
@pytest.mark.requirement("paging.marker-refused")
@pytest.mark.parametrize("kind", ["unknown", "malformed", "empty", "snapshot"])
def test_a_marker_that_names_no_volume(api, demand, lists, standing, listing, kind):
    if kind == "snapshot":
        marker = standing.snapshots[0]["id"]
    else:
        marker = {"unknown": api.unknown_id(), "malformed": "not-a-uuid", "empty": ""}[kind]
    demand.refused(lists.look(listing, marker=marker), 404, what=f"a marker that is {kind}")


@both
@pytest.mark.requirement("paging.next-link")
@pytest.mark.parametrize("limit", [1, 2])
def test_a_full_page_has_a_next_link(demand, lists, standing, listing, limit):
    standing.volumes.need(limit + 1)
    page = lists.look(listing, limit=limit)
    demand.that(
        lists.next_link(page) is not None,
        "a full page with more to follow has no next link",
        expected="volumes_links with rel next",
        got=page.json(),
        exchange=page,
    )


@both
@pytest.mark.requirement("paging.no-link-at-end")
def test_a_page_that_is_not_full_has_no_next_link(demand, lists, standing, listing):
    ids = lists.walk(listing, limit=500).ids
    if len(ids) < 2:
        pytest.skip("the list is as good as empty, so nothing can be seen of it")
    for marker in ids[-1], ids[-2]:
        page = lists.look(listing, marker=marker, limit=5)
        if len(lists.items(page)) < 5:
            demand.equal(lists.next_link(page), None, "the last page has a next link", page)


@both
@pytest.mark.requirement("paging.link-keeps-query")
@pytest.mark.parametrize(
    "query", [{"limit": "2"}, {"limit": "2", "sort": "name:asc"}], ids=["limit", "limit and sort"]
)
def test_a_next_link_keeps_the_query_and_moves_the_marker(demand, lists, standing, listing, query):
    standing.volumes.need(3)
    page = lists.look(listing, **query)
    href = lists.next_link(page)
    demand.that(
        href is not None, "there is no next link", expected="a next link", got=page.json(), exchange=page
    )
    link = dict(parse_qsl(urlsplit(href).query))
    demand.equal(link, {**query, "marker": lists.ids(page)[-1]}, "the next link has another query", page)
    same_list = urlsplit(href).path.endswith("/volumes/detail" if listing.endswith("detail") else "/volumes")
    demand.that(same_list, "the next link leads to another list", expected=listing, got=href, exchange=page)


@pytest.mark.smoke
@both
@pytest.mark.requirement("paging.walk")
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_a_walk_visits_every_volume_once(demand, lists, standing, listing, limit):
    _whole_walk(demand, lists.walk(listing, limit=limit), standing.ids)


@both
@pytest.mark.requirement("paging.walk-sorted")
@pytest.mark.parametrize(
    "sort", ["name:asc", "name:desc", "created_at:asc", "size:asc", "size:desc,name:asc", "id:desc"]
)
def test_a_sorted_walk_keeps_the_order(demand, lists, standing, listing, sort):
    whole = [i for i in lists.walk(listing, sort=sort).ids if i in standing.ids]
    walk = lists.walk(listing, sort=sort, limit=2)
    _whole_walk(demand, walk, standing.ids)
    demand.equal(
        [i for i in walk.ids if i in standing.ids],
        whole,
        "the pages are in another order than the list",
        walk.last,
    )


@pytest.mark.requirement("paging.walk-while-changing")
@pytest.mark.holds(volumes=3)
def test_a_walk_while_volumes_come_and_go(api, volumes, demand, lists, standing):
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
    _whole_walk(demand, walk, standing.ids)
    _whole_walk(demand, lists.walk("list_volumes_detail", limit=4, between=change), standing.ids)


@both
@pytest.mark.requirement("paging.offset-walk")
def test_a_walk_from_an_offset_skips_nothing(demand, lists, standing, listing):
    before, walk = lists.quiet(listing, lambda: lists.walk(listing, limit=2, offset=1))
    demand.equal(
        walk.ids, before[1:], "following the links of a page with an offset skips volumes", walk.last
    )


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-limit")
def test_pages_of_snapshots(demand, lists, standing, listing):
    standing.snapshots.need(2)
    page = lists.look(listing, limit=2)
    demand.equal(len(lists.items(page)), 2, "the page does not hold as many snapshots as its limit", page)
    _whole_walk(demand, lists.walk(listing, limit=1), [snapshot["id"] for snapshot in standing.snapshots])
    _whole_walk(demand, lists.walk(listing, limit=2), [snapshot["id"] for snapshot in standing.snapshots])


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-offset")
@pytest.mark.parametrize("offset", [1, 2])
def test_an_offset_leaves_out_the_first_snapshots(demand, lists, standing, listing, offset):
    before, page = lists.quiet(listing, lambda: lists.look(listing, offset=offset))
    demand.equal(lists.ids(page), before[offset:], f"offset {offset} gives another part of the list", page)


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-marker")
def test_a_marker_among_snapshots(api, demand, lists, standing, listing):
    _after_marker(demand, lists, listing, standing.snapshots[1]["id"])
    demand.refused(lists.look(listing, marker=api.unknown_id()), 404, what="an unknown marker")


@both_of_snapshots
@pytest.mark.requirement("paging.snapshots-refused")
@pytest.mark.parametrize(
    "query", [{"limit": "abc"}, {"limit": "-1"}, {"offset": "abc"}, {"offset": "-1"}], ids=str
)
def test_a_page_of_snapshots_that_is_no_whole_number(demand, lists, listing, query):
    demand.refused(lists.look(listing, **query), 400, what=f"the query {query}")


def _after_marker(demand, lists, listing, marker, **query):
    before, page = lists.quiet(listing, lambda: lists.look(listing, marker=marker, **query), **query)
    demand.status(page, 200)
    demand.that(
        marker in before, "the marker is not in the list", expected=marker, got=before[:5], exchange=page
    )
    after = before[before.index(marker) + 1 :]
    demand.equal(lists.ids(page), after[:1000], "the marker gives another part of the list", page)


def _whole_walk(demand, walk, wanted):
    demand.equal(walk.trouble, "", "the walk does not come to its end", walk.last)
    met = [i for i in walk.ids if i in wanted]
    demand.equal(sorted(met), sorted(wanted), "the walk does not meet every resource exactly once", walk.last)
