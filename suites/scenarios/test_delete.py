"""Deleting volumes."""

import pytest

from volcheck.fixtures.resources import GONE


@pytest.mark.requirement("delete.accepted")
def test_a_deletion_is_accepted(api, volumes, demand):
    volume = volumes.make()
    demand.status(api.delete_volume(volume["id"]), 202)


@pytest.mark.smoke
@pytest.mark.requirement("delete.completes")
def test_a_deleted_volume_is_gone(api, volumes, demand):
    volume = volumes.make()
    volumes.remove(volume["id"])
    for _ in range(3):
        demand.status(api.show_volume(volume["id"]), 404)


@pytest.mark.requirement("delete.shows-deleting")
def test_a_volume_is_deleting_until_it_is_gone(api, volumes, demand):
    volume = volumes.make()
    demand.accepted(api.delete_volume(volume["id"]), what="the deletion of an available volume")
    exchange = api.show_volume(volume["id"])
    if exchange.status != 404:
        demand.equal(
            demand.body(exchange, "volume").get("status"),
            "deleting",
            "the volume shows another status",
            exchange,
        )


@pytest.mark.requirement("delete.twice-refused")
def test_a_second_deletion(api, volumes, demand):
    volume = volumes.make()
    demand.accepted(api.delete_volume(volume["id"]), what="the first deletion")
    demand.refused(api.delete_volume(volume["id"]), 400, 404, what="a second deletion right after the first")
    volumes.until(volume["id"], GONE, since="deleting")
    demand.refused(api.delete_volume(volume["id"]), 404, what="a second deletion after the volume is gone")


@pytest.mark.smoke
@pytest.mark.requirement("delete.unknown-refused")
def test_an_unknown_volume(api, volumes, demand):
    demand.refused(api.delete_volume(api.unknown_id()), 404, what="the deletion of an unknown volume")


@pytest.mark.requirement("delete.malformed-refused")
def test_an_id_that_is_no_uuid(api, volumes, demand):
    demand.refused(
        api.delete_volume(api.nonsense_id("not-a-uuid")), 404, what="the deletion of an id that is no UUID"
    )


@pytest.mark.requirement("delete.with-snapshot-refused")
def test_a_volume_with_a_snapshot(api, volumes, snapshots, demand):
    volume = volumes.make()
    snapshots.make(volume_id=volume["id"])
    demand.refused(api.delete_volume(volume["id"]), 400, what="the deletion of a volume with a snapshot")
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get("status"), "available", "the volume does not stay as it was", exchange)


@pytest.mark.requirement("delete.after-snapshot")
def test_a_volume_whose_snapshots_are_gone(api, volumes, snapshots, demand):
    volume = volumes.make()
    snapshot = snapshots.make(volume_id=volume["id"])
    snapshots.remove(snapshot["id"])
    demand.accepted(api.delete_volume(volume["id"]), what="the deletion of a volume whose snapshot is gone")
    seen = volumes.until(volume["id"], GONE, since="deleting")
    demand.status(seen.exchange, 404)


@pytest.mark.requirement("delete.leaves-others")
@pytest.mark.holds(volumes=2)
def test_the_others_stay(api, volumes, demand, lists):
    volume, other = volumes.make_all([{}, {}])
    volumes.remove(volume["id"])
    shown = demand.body(exchange := api.show_volume(other["id"]), "volume")
    demand.equal(shown.get("status"), "available", "another volume is not as it was", exchange)
    demand.that(
        other["id"] in lists.walk("list_volumes").ids,
        "another volume is no longer listed",
        expected=other["id"],
        got="not in the list",
    )


@pytest.mark.requirement("delete.attached-refused")
def test_an_attached_volume(api, volumes, demand, offer):
    attached = offer.attached_volume
    shown = demand.body(api.show_volume(attached), "volume")
    offer.still_attached(shown)
    demand.equal(shown.get("status"), "in-use", "the volume named is attached and does not say so")
    demand.refused(api.delete_volume(attached), 400, what="the deletion of an attached volume")
    shown = demand.body(exchange := api.show_volume(attached), "volume")
    demand.equal(shown.get("status"), "in-use", "the attached volume is not as it was", exchange)


@pytest.mark.requirement("delete.while-creating-refused")
@pytest.mark.holds(volumes=2)
def test_a_volume_that_is_still_creating(api, volumes, demand):
    volume, attempt = volumes.while_creating(api.delete_volume)
    demand.refused(attempt, 400, what="the deletion of a volume that is still creating")
    seen = volumes.until(volume["id"], "available", since="creating")
    demand.equal(seen.body.get("status"), "available", "the volume does not become available", seen.exchange)
