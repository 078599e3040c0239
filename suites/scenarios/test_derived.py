"""Volumes made from snapshots, volumes and images."""

import pytest

sources = pytest.mark.parametrize("kind", ["snapshot", "volume"])


@pytest.mark.smoke
@pytest.mark.requirement("derive.from-snapshot")
@pytest.mark.holds(volumes=2)
def test_from_a_snapshot(volumes, demand, standing):
    _derived(volumes, demand, standing, "snapshot")


@pytest.mark.requirement("derive.from-volume")
@pytest.mark.holds(volumes=2)
def test_from_a_volume(volumes, demand, standing):
    _derived(volumes, demand, standing, "volume")


@pytest.mark.requirement("derive.from-image")
@pytest.mark.holds(volumes=1, gigabytes=20)
def test_from_an_image(volumes, demand, offer):
    exchange = volumes.request({"size": offer.image_size, "imageRef": offer.image})
    offer.image_taken(exchange)
    demand.accepted(exchange, what="a volume from an image")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    demand.equal(
        seen.body.get("bootable"), "true", "a volume from an image can't be booted from", seen.exchange
    )
    image = seen.body.get("volume_image_metadata")
    demand.that(
        isinstance(image, dict) and image.get("image_id") == offer.image,
        "the volume does not show the image's metadata",
        expected=f"volume_image_metadata with image_id {offer.image}",
        got=image,
        exchange=seen.exchange,
    )


@sources
@pytest.mark.requirement("derive.size-default")
@pytest.mark.parametrize("given", [{}, {"size": None}], ids=["absent", "null"])
@pytest.mark.holds(volumes=2)
def test_without_a_size(api, volumes, demand, standing, kind, given):
    source = _source(standing, kind, 1)
    volume = demand.body(exchange := volumes.request({**source["reference"], **given}), "volume")
    demand.equal(volume.get("size"), source["size"], "the volume has another size than its source", exchange)
    seen = volumes.until(volume["id"], "available", since="creating")
    demand.equal(
        seen.body.get("size"), source["size"], "the volume has another size than its source", seen.exchange
    )


@sources
@pytest.mark.requirement("derive.larger")
@pytest.mark.holds(volumes=2)
def test_larger_than_the_source(volumes, demand, standing, kind):
    source = _source(standing, kind)
    volume = volumes.make(size=source["size"] + 1, **source["reference"])
    demand.equal(volume.get("size"), source["size"] + 1, "the volume has another size than asked for")


@sources
@pytest.mark.requirement("derive.smaller-refused")
def test_smaller_than_the_source(volumes, snapshots, demand, standing, kind):
    larger = standing.volumes[4]
    reference = {"source_volid": larger["id"]}
    if kind == "snapshot":
        reference = {"snapshot_id": (snapshots.make(volume_id=larger["id"]))["id"]}
    exchange = volumes.request({"size": larger["size"] - 1, **reference})
    demand.refused(exchange, 400, what="a volume smaller than its source")


@pytest.mark.requirement("derive.while-creating-refused")
@pytest.mark.holds(volumes=6)
def test_a_volume_that_is_still_creating(volumes, demand):
    _, attempt = volumes.while_creating(lambda source: volumes.request({"source_volid": source}))
    demand.refused(attempt, 400, what="a copy of a volume that is still creating")


@pytest.mark.requirement("derive.while-creating-refused")
def test_a_snapshot_that_is_still_creating(volumes, snapshots, demand, standing):
    _, attempt = snapshots.while_creating(
        lambda source: volumes.request({"snapshot_id": source}), volume_id=standing.ids[0]
    )
    demand.refused(attempt, 400, what="a volume from a snapshot that is still creating")


@pytest.mark.requirement("derive.image-too-small-refused")
def test_smaller_than_the_image_needs(volumes, demand, offer):
    if offer.image_size <= volumes.size:
        pytest.skip(
            f"it needs an image larger than {volumes.size} GiB: name one with --image and --image-size"
        )
    # An image that nothing can be made of is refused at every size.
    offer.image_taken(volumes.request({"size": offer.image_size, "imageRef": offer.image}))
    exchange = volumes.request({"size": offer.image_size - 1, "imageRef": offer.image})
    demand.refused(exchange, 400, what="a volume smaller than its image needs")


@sources
@pytest.mark.requirement("derive.type-inherited")
@pytest.mark.holds(volumes=3)
def test_the_type_of_the_source(volumes, snapshots, demand, offer, kind):
    # Not the type that a volume gets anyway, where there is another.
    default = (volumes.make()).get("volume_type")
    wanted = next((name for name in offer.types if name != default), offer.types[0])
    source = volumes.make(volume_type=wanted)
    reference = {"source_volid": source["id"]}
    if kind == "snapshot":
        reference = {"snapshot_id": (snapshots.make(volume_id=source["id"]))["id"]}
    volume = volumes.make(**reference)
    demand.equal(volume.get("volume_type"), wanted, "the volume has another type than its source")


@sources
@pytest.mark.requirement("derive.other-fields-own")
@pytest.mark.holds(volumes=2)
def test_nothing_else_is_copied(api, volumes, demand, standing, kind):
    source = _source(standing, kind)
    fields = api.tagged("volume", source["reference"])
    volume = volumes.make(**fields)
    wanted = {"name": fields["name"], "description": None, "metadata": {}}
    demand.equal(
        {key: volume.get(key) for key in wanted}, wanted, "the volume has taken over fields of its source"
    )


@pytest.mark.requirement("derive.snapshot-of-copy")
@pytest.mark.holds(volumes=2)
def test_a_snapshot_of_a_copy_is_the_copys(api, volumes, snapshots, demand, standing):
    source = _source(standing, "volume")
    copy = volumes.make(**source["reference"])
    snapshot = snapshots.make(volume_id=copy["id"])
    demand.equal(snapshot.get("volume_id"), copy["id"], "the snapshot of a copy names another volume")


@pytest.mark.requirement("derive.survives-source")
@pytest.mark.holds(volumes=3)
def test_the_copy_survives_its_source(api, volumes, demand):
    source = volumes.make()
    copy = volumes.make(source_volid=source["id"])
    volumes.remove(source["id"])
    shown = demand.body(exchange := api.show_volume(copy["id"]), "volume")
    wanted = {"status": "available", "source_volid": source["id"]}
    demand.equal({key: shown.get(key) for key in wanted}, wanted, "the copy is not as it was", exchange)


@pytest.mark.requirement("derive.survives-snapshot")
@pytest.mark.holds(volumes=3)
def test_the_copy_survives_its_snapshot(api, volumes, snapshots, demand):
    source = volumes.make()
    snapshot = snapshots.make(volume_id=source["id"])
    copy = volumes.make(snapshot_id=snapshot["id"])
    snapshots.remove(snapshot["id"])
    shown = demand.body(exchange := api.show_volume(copy["id"]), "volume")
    wanted = {"status": "available", "snapshot_id": snapshot["id"]}
    demand.equal({key: shown.get(key) for key in wanted}, wanted, "the copy is not as it was", exchange)


def _derived(volumes, demand, standing, kind):
    source = _source(standing, kind)
    exchange = volumes.request(source["reference"] | {"size": source["size"]})
    demand.accepted(exchange, what=f"a volume from a {kind}")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    both = {"snapshot_id": None, "source_volid": None} | source["reference"]
    demand.equal(
        {key: seen.body.get(key) for key in both}, both, "the volume names another source", seen.exchange
    )


def _source(standing, kind, position=0):
    """A standing source: how a request names it, and its size."""
    if kind == "snapshot":
        snapshot = standing.snapshots[position]
        return {"reference": {"snapshot_id": snapshot["id"]}, "size": snapshot["size"]}
    volume = standing.volumes[position]
    return {"reference": {"source_volid": volume["id"]}, "size": volume["size"]}
