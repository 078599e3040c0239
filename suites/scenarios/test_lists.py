"""Lists of volumes and snapshots: complete, and in one order."""

import pytest

both = pytest.mark.parametrize("listing", ["list_volumes", "list_volumes_detail"])
both_of_snapshots = pytest.mark.parametrize("listing", ["list_snapshots", "list_snapshots_detail"])
all_four = pytest.mark.parametrize(
    "listing", ["list_volumes", "list_volumes_detail", "list_snapshots", "list_snapshots_detail"]
)


@pytest.mark.smoke
@both
@pytest.mark.requirement("list.newest-included")
def test_a_new_volume_is_listed_at_once(volumes, expect, lists, listing):
    volume = expect.body(volumes.request({"size": volumes.size}), "volume")
    page = lists.look(listing)
    ids = lists.walk(listing).ids if lists.next_link(page) else lists.ids(page)
    expect.that(
        volume["id"] in ids,
        "a new volume is not in the list",
        expected=volume["id"],
        got=ids[:5],
        exchange=page,
    )


@both
@pytest.mark.requirement("paging.up-to-date")
@pytest.mark.holds(volumes=3)
def test_a_page_shows_what_there_is_now(volumes, expect, lists, listing):
    query = {"limit": 20, "sort": "created_at:desc"}
    for _ in range(3):
        before = lists.look(listing, **query)
        expect.status(before, 200)
        volume = expect.body(volumes.request({"size": volumes.size}), "volume")
        page = lists.look(listing, **query)
        if volume["id"] in lists.ids(page) or set(lists.ids(page)) & set(lists.ids(before)):
            break
    else:
        pytest.skip("others make more volumes at the same time than a page holds")
    expect.that(
        volume["id"] in lists.ids(page),
        "the newest volume is not on the first page of the newest",
        expected=volume["id"],
        got=lists.ids(page)[:5],
        exchange=page,
    )


@both
@pytest.mark.requirement("list.in-use-included")
def test_an_attached_volume_is_listed(expect, lists, capabilities, listing):
    attached = capabilities.attached_volume
    walk = lists.walk(listing)
    expect.that(
        attached in walk.ids,
        "an attached volume is not in the list",
        expected=attached,
        got=walk.ids[:5],
        exchange=walk.last,
    )


@pytest.mark.requirement("list.deleted-gone")
def test_a_volume_that_is_gone_is_in_no_list(volumes, expect, lists):
    volume = volumes.create()
    listings = [
        each for each in ("list_volumes", "list_volumes_detail") if volume["id"] in lists.walk(each).ids
    ]
    if not listings:
        pytest.skip("it was in no list while it was there")
    volumes.remove(volume["id"])
    for listing in listings:
        _lacks(expect, lists.walk(listing), volume["id"], "a volume that is gone is listed")


@pytest.mark.requirement("list.same-order")
def test_lists_of_volumes_have_one_order(expect, lists, shared):
    for listing in ("list_volumes", "list_volumes_detail"):
        mine = [i for i in lists.walk(listing).ids if i in shared.ids]
        expect.equal(sorted(mine), sorted(shared.ids), "the list lacks volumes, or has them twice")
        for _ in range(3):
            again = [i for i in lists.walk(listing).ids if i in shared.ids]
            expect.equal(again, mine, "the order of an unchanged list has changed")


@pytest.mark.requirement("list.orders-agree")
def test_both_lists_of_volumes_have_the_same_order(expect, lists, shared):
    before, detailed = lists.quiet("list_volumes", lambda: lists.look("list_volumes_detail"))
    if lists.next_link(detailed) is not None:
        pytest.skip("there are more volumes than a page holds, and others may come in between")
    expect.equal(lists.ids(detailed), before, "the two lists differ in order or content", detailed)


@pytest.mark.requirement("list.default-order")
@both
@pytest.mark.holds(volumes=2)
def test_the_newest_come_first(volumes, expect, lists, listing):
    older = volumes.create()
    newer = volumes.create()
    # Where a database keeps whole seconds both may have the same time, and then the id decides.
    wanted = sorted((older, newer), key=lambda volume: (volume["created_at"], volume["id"]), reverse=True)
    ids = [i for i in lists.walk(listing).ids if i in (older["id"], newer["id"])]
    expect.equal(ids, [volume["id"] for volume in wanted], "the older volume comes first")


@all_four
@pytest.mark.requirement("list.unknown-query-ignored")
def test_an_unknown_query_parameter_is_ignored(expect, lists, shared, listing):
    before, page = lists.quiet(listing, lambda: lists.look(listing, zzz="1"))
    expect.status(page, 200)
    expect.equal(lists.ids(page), before[:1000], "an unknown parameter changes the list", page)


@both_of_snapshots
@pytest.mark.requirement("list.snapshots-newest-included")
def test_a_new_snapshot_is_listed_at_once(snapshots, expect, lists, shared, listing):
    snapshot = expect.body(snapshots.request({"volume_id": shared.ids[2]}), "snapshot")
    walk = lists.walk(listing)
    expect.that(
        snapshot["id"] in walk.ids,
        "a new snapshot is not in the list",
        expected=snapshot["id"],
        got=walk.ids[:5],
        exchange=walk.last,
    )


@pytest.mark.requirement("list.snapshots-deleted-gone")
def test_a_snapshot_that_is_gone_is_in_no_list(volumes, snapshots, expect, lists):
    volume = volumes.create()
    snapshot = snapshots.create(volume_id=volume["id"])
    both = ("list_snapshots", "list_snapshots_detail")
    listings = [each for each in both if snapshot["id"] in lists.walk(each).ids]
    if not listings:
        pytest.skip("it was in no list while it was there")
    snapshots.remove(snapshot["id"])
    for listing in listings:
        _lacks(expect, lists.walk(listing), snapshot["id"], "a snapshot that is gone is listed")


@pytest.mark.requirement("list.snapshots-same-order")
def test_lists_of_snapshots_have_one_order(expect, lists, shared):
    mine = {snapshot["id"] for snapshot in shared.snapshots}
    first = [i for i in lists.walk("list_snapshots").ids if i in mine]
    expect.equal(sorted(first), sorted(mine), "the list of snapshots lacks some, or has them twice")
    for listing in ("list_snapshots", "list_snapshots_detail"):
        again = [i for i in lists.walk(listing).ids if i in mine]
        expect.equal(again, first, "the order of an unchanged list has changed")


def _lacks(expect, walk, resource_id, message):
    expect.that(
        resource_id not in walk.ids,
        message,
        expected="not in the list",
        got=resource_id,
        exchange=walk.last,
    )
