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
def test_a_new_volume_is_listed_at_once(volumes, demand, lists, listing):
    volume = demand.body(volumes.request({"size": volumes.size}), "volume")
    page = lists.look(listing)
    ids = lists.walk(listing).ids if lists.next_link(page) else lists.ids(page)
    demand.that(
        volume["id"] in ids,
        "a new volume is not in the list",
        expected=volume["id"],
        got=ids[:5],
        exchange=page,
    )


@both
@pytest.mark.requirement("paging.up-to-date")
@pytest.mark.holds(volumes=3)
def test_a_page_shows_what_there_is_now(volumes, demand, lists, listing):
    query = {"limit": 20, "sort": "created_at:desc"}
    for _ in range(3):
        before = lists.look(listing, **query)
        demand.status(before, 200)
        volume = demand.body(volumes.request({"size": volumes.size}), "volume")
        page = lists.look(listing, **query)
        if volume["id"] in lists.ids(page) or set(lists.ids(page)) & set(lists.ids(before)):
            break
    else:
        pytest.skip("others make more volumes at the same time than a page holds")
    demand.that(
        volume["id"] in lists.ids(page),
        "the newest volume is not on the first page of the newest",
        expected=volume["id"],
        got=lists.ids(page)[:5],
        exchange=page,
    )


@both
@pytest.mark.requirement("list.in-use-included")
def test_an_attached_volume_is_listed(demand, lists, offer, listing):
    attached = offer.attached_volume
    walk = lists.walk(listing)
    demand.that(
        attached in walk.ids,
        "an attached volume is not in the list",
        expected=attached,
        got=walk.ids[:5],
        exchange=walk.last,
    )


@pytest.mark.requirement("list.deleted-gone")
def test_a_volume_that_is_gone_is_in_no_list(volumes, demand, lists):
    volume = volumes.make()
    listings = [
        each for each in ("list_volumes", "list_volumes_detail") if volume["id"] in lists.walk(each).ids
    ]
    if not listings:
        pytest.skip("it was in no list while it was there")
    volumes.remove(volume["id"])
    for listing in listings:
        _lacks(demand, lists.walk(listing), volume["id"], "a volume that is gone is listed")


@pytest.mark.requirement("list.same-order")
def test_lists_of_volumes_have_one_order(demand, lists, standing):
    before, detailed = lists.quiet("list_volumes", lambda: lists.look("list_volumes_detail"))
    if lists.next_link(detailed) is None:
        demand.equal(lists.ids(detailed), before, "the two lists differ in order or content", detailed)
    mine = [i for i in before if i in standing.ids]
    demand.equal(sorted(mine), sorted(standing.ids), "the list lacks volumes, or has them twice")
    for _ in range(3):
        again = [i for i in lists.walk("list_volumes").ids if i in standing.ids]
        demand.equal(again, mine, "the order of an unchanged list has changed")


@pytest.mark.requirement("list.default-order")
@both
@pytest.mark.holds(volumes=2)
def test_the_newest_come_first(volumes, demand, lists, listing):
    older = volumes.make()
    newer = volumes.make()
    # Where a database keeps whole seconds both may have the same time, and then the id decides.
    wanted = sorted((older, newer), key=lambda volume: (volume["created_at"], volume["id"]), reverse=True)
    ids = [i for i in lists.walk(listing).ids if i in (older["id"], newer["id"])]
    demand.equal(ids, [volume["id"] for volume in wanted], "the older volume comes first")


@all_four
@pytest.mark.requirement("list.unknown-query-ignored")
def test_an_unknown_query_parameter_is_ignored(demand, lists, standing, listing):
    before, page = lists.quiet(listing, lambda: lists.look(listing, zzz="1"))
    demand.status(page, 200)
    demand.equal(lists.ids(page), before[:1000], "an unknown parameter changes the list", page)


@both_of_snapshots
@pytest.mark.requirement("list.snapshots-newest-included")
def test_a_new_snapshot_is_listed_at_once(snapshots, demand, lists, standing, listing):
    snapshot = demand.body(snapshots.request({"volume_id": standing.ids[2]}), "snapshot")
    walk = lists.walk(listing)
    demand.that(
        snapshot["id"] in walk.ids,
        "a new snapshot is not in the list",
        expected=snapshot["id"],
        got=walk.ids[:5],
        exchange=walk.last,
    )


@pytest.mark.requirement("list.snapshots-deleted-gone")
def test_a_snapshot_that_is_gone_is_in_no_list(volumes, snapshots, demand, lists):
    volume = volumes.make()
    snapshot = snapshots.make(volume_id=volume["id"])
    both = ("list_snapshots", "list_snapshots_detail")
    listings = [each for each in both if snapshot["id"] in lists.walk(each).ids]
    if not listings:
        pytest.skip("it was in no list while it was there")
    snapshots.remove(snapshot["id"])
    for listing in listings:
        _lacks(demand, lists.walk(listing), snapshot["id"], "a snapshot that is gone is listed")


@pytest.mark.requirement("list.snapshots-same-order")
def test_lists_of_snapshots_have_one_order(demand, lists, standing):
    mine = {snapshot["id"] for snapshot in standing.snapshots}
    first = [i for i in lists.walk("list_snapshots").ids if i in mine]
    demand.equal(sorted(first), sorted(mine), "the list of snapshots lacks some, or has them twice")
    for listing in ("list_snapshots", "list_snapshots_detail"):
        again = [i for i in lists.walk(listing).ids if i in mine]
        demand.equal(again, first, "the order of an unchanged list has changed")


def _lacks(demand, walk, resource_id, message):
    demand.that(
        resource_id not in walk.ids,
        message,
        expected="not in the list",
        got=resource_id,
        exchange=walk.last,
    )
