"""Showing one resource, and what lists show of it."""

import pytest

NEVER_AN_ID = ["not-a-uuid", "x" * 300, "0", "00000000-0000-0000-0000-000000000000 "]


@pytest.mark.smoke
@pytest.mark.requirement("show.unknown-refused")
def test_an_unknown_volume(api, expect):
    expect.status(
        api.show_volume(api.unknown_id()), 404, message="an unknown volume is not answered with 404"
    )


@pytest.mark.requirement("show.malformed-refused")
@pytest.mark.parametrize("volume_id", NEVER_AN_ID, ids=["text", "long", "digit", "space"])
def test_a_volume_id_that_is_no_uuid(api, expect, volume_id):
    exchange = api.show_volume(volume_id)
    expect.refused(exchange, 404, what=f"the volume id {volume_id[:20]!r}", cause="path")


@pytest.mark.smoke
@pytest.mark.requirement("show.snapshot-unknown-refused")
def test_an_unknown_snapshot(api, expect):
    exchange = api.show_snapshot(api.unknown_id())
    expect.status(exchange, 404, message="an unknown snapshot is not answered with 404")


@pytest.mark.requirement("show.snapshot-malformed-refused")
@pytest.mark.parametrize("snapshot_id", NEVER_AN_ID, ids=["text", "long", "digit", "space"])
def test_a_snapshot_id_that_is_no_uuid(api, expect, snapshot_id):
    exchange = api.show_snapshot(snapshot_id)
    expect.refused(exchange, 404, what=f"the snapshot id {snapshot_id[:20]!r}", cause="path")


@pytest.mark.requirement("show.kinds-apart")
def test_a_volume_is_no_snapshot(api, expect, shared):
    exchange = api.show_snapshot(shared.ids[0])
    expect.refused(exchange, 404, what="a volume's id as a snapshot", cause="path")
    exchange = api.show_volume(shared.snapshots[0]["id"])
    expect.refused(exchange, 404, what="a snapshot's id as a volume", cause="path")


@pytest.mark.smoke
@pytest.mark.requirement("show.agrees-with-detail")
@pytest.mark.parametrize("position", range(3))
def test_the_detailed_list_shows_a_volume_as_show_does(api, expect, lists, shared, position):
    volume_id = shared.ids[position]
    shown = expect.body(exchange := api.show_volume(volume_id), "volume")
    listed = _in_list(lists, "list_volumes_detail", volume_id)
    expect.equal(listed, [shown], "the detailed list shows the volume otherwise than show", exchange)


@pytest.mark.requirement("show.agrees-with-list")
@pytest.mark.parametrize("position", range(3))
def test_the_short_list_shows_a_volume_as_show_does(api, expect, lists, shared, position):
    volume_id = shared.ids[position]
    shown = expect.body(exchange := api.show_volume(volume_id), "volume")
    listed = _in_list(lists, "list_volumes", volume_id)
    wanted = {field: shown.get(field) for field in ("id", "name", "links")}
    got = [{field: item.get(field) for field in wanted} for item in listed]
    expect.equal(got, [wanted], "the short list shows the volume otherwise than show", exchange)


@pytest.mark.smoke
@pytest.mark.requirement("show.snapshot-agrees-with-detail")
@pytest.mark.parametrize("position", range(3))
def test_the_detailed_list_shows_a_snapshot_as_show_does(api, expect, lists, shared, position):
    snapshot_id = shared.snapshots[position]["id"]
    shown = expect.body(exchange := api.show_snapshot(snapshot_id), "snapshot")
    listed = _in_list(lists, "list_snapshots_detail", snapshot_id)
    expect.equal(listed, [shown], "the detailed list shows the snapshot otherwise than show", exchange)


@pytest.mark.requirement("show.snapshot-agrees-with-list")
@pytest.mark.parametrize("position", range(3))
def test_the_short_list_shows_a_snapshot_as_show_does(api, expect, lists, shared, position):
    snapshot_id = shared.snapshots[position]["id"]
    shown = expect.body(exchange := api.show_snapshot(snapshot_id), "snapshot")
    listed = _in_list(lists, "list_snapshots", snapshot_id)
    expect.equal(len(listed), 1, "the short list does not hold the snapshot once", exchange)
    wanted = {field: shown.get(field) for field in listed[0]}
    expect.equal(listed[0], wanted, "the short list shows the snapshot otherwise than show", exchange)


@pytest.mark.requirement("show.stays")
def test_what_nobody_touches_stays_the_same(api, expect, shared):
    volume = expect.body(api.show_volume(shared.ids[2]), "volume")
    snapshot = expect.body(api.show_snapshot(shared.snapshots[2]["id"]), "snapshot")
    for _ in range(8):
        again = expect.body(exchange := api.show_volume(volume["id"]), "volume")
        expect.equal(again, volume, "a volume that nobody touched has changed", exchange)
        again = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
        expect.equal(again, snapshot, "a snapshot that nobody touched has changed", exchange)


def _in_list(lists, listing, resource_id):
    """What the list shows of it, on its first page or, in a project with many others, on a later one."""
    listed = [item for item in lists.items(lists.look(listing)) if item.get("id") == resource_id]
    return listed or [item for item in lists.walk(listing).items if item.get("id") == resource_id]
