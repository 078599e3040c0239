"""Deleting volumes."""

import pytest

from volcheck.fixtures.resources import GONE


@pytest.mark.requirement("delete.accepted")
def test_a_deletion_is_accepted(api, volumes, expect):
    volume = volumes.create()
    expect.accepted(api.delete_volume(volume["id"]), what="the deletion of an available volume")


@pytest.mark.smoke
@pytest.mark.requirement("delete.completes")
def test_a_deleted_volume_is_gone(api, volumes, expect):
    volume = volumes.create()
    volumes.remove(volume["id"])
    for _ in range(3):
        expect.status(api.show_volume(volume["id"]), 404)


@pytest.mark.requirement("delete.shows-deleting")
def test_a_volume_is_deleting_until_it_is_gone(api, volumes, expect):
    volume = volumes.create()
    expect.accepted(api.delete_volume(volume["id"]), what="the deletion of an available volume")
    exchange = api.show_volume(volume["id"])
    if exchange.status != 404:
        expect.equal(
            expect.body(exchange, "volume").get("status"),
            "deleting",
            "the volume shows another status",
            exchange,
        )


@pytest.mark.requirement("delete.twice-refused")
def test_two_deletions_at_once(api, volumes, expect):
    volume = volumes.create()
    both = api.at_once(*[lambda: api.delete_volume(volume["id"])] * 2)
    expect.one_accepted(both, what="of two simultaneous deletions of a volume")


@pytest.mark.requirement("delete.twice-refused")
def test_a_second_deletion(api, volumes, expect):
    volume = volumes.create()
    expect.accepted(api.delete_volume(volume["id"]), what="the first deletion")
    expect.refused(
        api.delete_volume(volume["id"]),
        400,
        404,
        what="a second deletion right after the first",
        cause="state",
    )
    volumes.until(volume["id"], GONE, since="deleting")
    expect.refused(
        api.delete_volume(volume["id"]), 404, what="a second deletion after the volume is gone", cause="path"
    )


@pytest.mark.smoke
@pytest.mark.requirement("delete.unknown-refused")
def test_an_unknown_volume(api, volumes, expect):
    expect.refused(
        api.delete_volume(api.unknown_id()), 404, what="the deletion of an unknown volume", cause="path"
    )


@pytest.mark.requirement("delete.malformed-refused")
def test_an_id_that_is_no_uuid(api, volumes, expect):
    exchange = api.delete_volume(api.nonsense_id("not-a-uuid"))
    expect.refused(exchange, 404, what="the deletion of an id that is no UUID", cause="path")


@pytest.mark.requirement("delete.with-snapshot-refused")
def test_a_volume_with_a_snapshot(api, volumes, snapshots, expect):
    volume = volumes.create()
    snapshots.create(volume_id=volume["id"])
    exchange = api.delete_volume(volume["id"])
    expect.refused(exchange, 400, what="the deletion of a volume with a snapshot", cause="state")
    shown = expect.body(exchange := api.show_volume(volume["id"]), "volume")
    expect.equal(shown.get("status"), "available", "the volume does not stay as it was", exchange)


@pytest.mark.requirement("delete.after-snapshot")
def test_a_volume_whose_snapshots_are_gone(api, volumes, snapshots, expect):
    volume = volumes.create()
    snapshot = snapshots.create(volume_id=volume["id"])
    snapshots.remove(snapshot["id"])
    expect.accepted(api.delete_volume(volume["id"]), what="the deletion of a volume whose snapshot is gone")
    seen = volumes.until(volume["id"], GONE, since="deleting")
    expect.status(seen.exchange, 404)


@pytest.mark.requirement("delete.leaves-others")
@pytest.mark.holds(volumes=2)
def test_the_others_stay(api, volumes, expect, lists):
    volume, other = volumes.create_all([{}, {}])
    volumes.remove(volume["id"])
    shown = expect.body(exchange := api.show_volume(other["id"]), "volume")
    expect.equal(shown.get("status"), "available", "another volume is not as it was", exchange)
    expect.that(
        other["id"] in lists.walk("list_volumes").ids,
        "another volume is no longer listed",
        expected=other["id"],
        got="not in the list",
    )


@pytest.mark.requirement("delete.attached-refused")
def test_an_attached_volume(api, volumes, expect, capabilities):
    attached = capabilities.attached_volume
    shown = expect.body(api.show_volume(attached), "volume")
    capabilities.still_attached(shown)
    expect.equal(shown.get("status"), "in-use", "the volume named is attached and does not say so")
    exchange = api.delete_volume(attached)
    expect.refused(exchange, 400, what="the deletion of an attached volume", cause="state")
    shown = expect.body(exchange := api.show_volume(attached), "volume")
    expect.equal(shown.get("status"), "in-use", "the attached volume is not as it was", exchange)


@pytest.mark.requirement("delete.while-creating-refused")
@pytest.mark.holds(volumes=2)
def test_a_volume_that_is_still_creating(api, volumes, expect):
    volume, attempt = volumes.while_creating(api.delete_volume)
    expect.refused(attempt, 400, what="the deletion of a volume that is still creating", cause="state")
    seen = volumes.until(volume["id"], "available", since="creating")
    expect.equal(seen.body.get("status"), "available", "the volume does not become available", seen.exchange)
