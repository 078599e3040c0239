"""A whole life, as the guide tells it."""

import pytest

from volcheck.fixtures.resources import GONE


@pytest.mark.smoke
@pytest.mark.requirement("scenario.whole-life")
def test_a_whole_life(api, volumes, snapshots, expect, lists):
    created = volumes.request(
        {"size": volumes.size, "name": volumes.name("life"), "metadata": {"contents": "not junk"}}
    )
    volume = expect.body(created, "volume")
    volumes.until(volume["id"], "available", since=volume["status"])
    for listing in ("list_volumes", "list_volumes_detail"):
        walk = lists.walk(listing)
        expect.that(
            volume["id"] in walk.ids,
            "the volume is not listed",
            expected=volume["id"],
            got="not in the list",
            exchange=walk.last,
        )

    taken = snapshots.request({"volume_id": volume["id"], "name": snapshots.name("life")})
    snapshot = expect.body(taken, "snapshot")
    snapshots.until(snapshot["id"], "available", since=snapshot["status"])
    for listing in ("list_snapshots", "list_snapshots_detail"):
        walk = lists.walk(listing)
        expect.that(
            snapshot["id"] in walk.ids,
            "the snapshot is not listed",
            expected=snapshot["id"],
            got="not in the list",
            exchange=walk.last,
        )
    exchange = api.delete_volume(volume["id"])
    expect.refused(exchange, 400, what="the deletion of a volume with a snapshot", cause="state")

    expect.accepted(api.delete_snapshot(snapshot["id"]), what="the deletion of the snapshot")
    snapshots.until(snapshot["id"], GONE, since="deleting")
    expect.accepted(api.delete_volume(volume["id"]), what="the deletion of the volume")
    volumes.until(volume["id"], GONE, since="deleting")
    expect.status(api.show_volume(volume["id"]), 404)
    expect.status(api.show_snapshot(snapshot["id"]), 404)
