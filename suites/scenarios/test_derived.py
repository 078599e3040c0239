"""Volumes made from snapshots, volumes and images."""

import pytest

sources = pytest.mark.parametrize("kind", ["snapshot", "volume"])


@pytest.mark.smoke
@pytest.mark.requirement("derive.from-snapshot")
@pytest.mark.holds(volumes=2)
def test_from_a_snapshot(volumes, expect, shared):
    _derived(volumes, expect, shared, "snapshot")


@pytest.mark.requirement("derive.from-volume")
@pytest.mark.holds(volumes=2)
def test_from_a_volume(volumes, expect, shared):
    _derived(volumes, expect, shared, "volume")


@pytest.mark.requirement("derive.from-image")
@pytest.mark.holds(volumes=1, gigabytes=20)
def test_from_an_image(volumes, expect, capabilities):
    exchange = volumes.request({"size": capabilities.image_size, "imageRef": capabilities.image})
    capabilities.image_taken(exchange)
    expect.accepted(exchange, what="a volume from an image")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    expect.equal(
        seen.body.get("bootable"), "true", "a volume from an image can't be booted from", seen.exchange
    )


@pytest.mark.requirement("derive.image-metadata")
@pytest.mark.holds(volumes=1, gigabytes=20)
def test_the_metadata_of_the_image(volumes, expect, capabilities):
    exchange = volumes.request({"size": capabilities.image_size, "imageRef": capabilities.image})
    capabilities.image_taken(exchange)
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    image = seen.body.get("volume_image_metadata")
    expect.that(
        isinstance(image, dict) and image.get("image_id") == capabilities.image,
        "the volume does not show the image's metadata",
        expected=f"volume_image_metadata with image_id {capabilities.image}",
        got=image,
        exchange=seen.exchange,
    )


@sources
@pytest.mark.requirement("derive.size-default")
@pytest.mark.parametrize("given", [{}, {"size": None}], ids=["absent", "null"])
@pytest.mark.holds(volumes=2)
def test_without_a_size(api, volumes, expect, shared, kind, given):
    source = _source(shared, kind, 1)
    volume = expect.body(exchange := volumes.request({**source["reference"], **given}), "volume")
    expect.equal(volume.get("size"), source["size"], "the volume has another size than its source", exchange)
    seen = volumes.until(volume["id"], "available", since="creating")
    expect.equal(
        seen.body.get("size"), source["size"], "the volume has another size than its source", seen.exchange
    )


@sources
@pytest.mark.requirement("derive.larger")
@pytest.mark.holds(volumes=2)
def test_larger_than_the_source(volumes, expect, shared, kind):
    source = _source(shared, kind)
    exchange = volumes.request(source["reference"] | {"size": source["size"] + 1})
    expect.accepted(exchange, what=f"a volume larger than the {kind} that it is made from")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    expect.equal(
        seen.body.get("size"), source["size"] + 1, "the volume has another size than asked for", seen.exchange
    )


@sources
@pytest.mark.requirement("derive.smaller-refused")
def test_smaller_than_the_source(volumes, snapshots, expect, shared, kind):
    larger = shared.volumes[4]
    reference = {"source_volid": larger["id"]}
    if kind == "snapshot":
        reference = {"snapshot_id": (snapshots.create(volume_id=larger["id"]))["id"]}
    exchange = volumes.request({"size": larger["size"] - 1, **reference})
    expect.refused(exchange, 400, what="a volume smaller than its source")


@pytest.mark.requirement("derive.while-creating-refused")
@pytest.mark.holds(volumes=6)
def test_a_volume_that_is_still_creating(volumes, expect):
    _, attempt = volumes.while_creating(
        lambda source: volumes.request({"size": volumes.size, "source_volid": source})
    )
    expect.refused(attempt, 400, what="a copy of a volume that is still creating", cause="state")


@pytest.mark.requirement("derive.while-creating-refused")
def test_a_snapshot_that_is_still_creating(volumes, snapshots, expect, shared):
    _, attempt = snapshots.while_creating(
        lambda source: volumes.request({"size": shared.volumes[0]["size"], "snapshot_id": source}),
        volume_id=shared.ids[0],
    )
    expect.refused(attempt, 400, what="a volume from a snapshot that is still creating", cause="state")


@pytest.mark.requirement("derive.image-too-small-refused")
def test_smaller_than_the_image_needs(volumes, expect, capabilities):
    if capabilities.image_size <= volumes.size:
        pytest.skip(
            f"it needs an image larger than {volumes.size} GiB: name one with --image and --image-size"
        )
    # An image that nothing can be made of is refused at every size.
    capabilities.image_taken(
        volumes.request({"size": capabilities.image_size, "imageRef": capabilities.image})
    )
    exchange = volumes.request({"size": capabilities.image_size - 1, "imageRef": capabilities.image})
    expect.refused(exchange, 400, what="a volume smaller than its image needs")


@sources
@pytest.mark.requirement("derive.type-inherited")
@pytest.mark.holds(volumes=3)
def test_the_type_of_the_source(volumes, snapshots, expect, capabilities, kind):
    # Not the type that a volume gets anyway, where there is another.
    default = (volumes.create()).get("volume_type")
    wanted = next((name for name in capabilities.types if name != default), capabilities.types[0])
    source = volumes.create(volume_type=wanted)
    reference = {"source_volid": source["id"]}
    if kind == "snapshot":
        reference = {"snapshot_id": (snapshots.create(volume_id=source["id"]))["id"]}
    volume = volumes.create(**reference)
    expect.equal(volume.get("volume_type"), wanted, "the volume has another type than its source")


@sources
@pytest.mark.requirement("derive.other-fields-own")
@pytest.mark.holds(volumes=2)
def test_nothing_else_is_copied(api, volumes, expect, shared, kind):
    source = _source(shared, kind)
    fields = api.tagged("volume", source["reference"] | {"size": source["size"]})
    volume = volumes.create(**fields)
    expect.equal(volume.get("name"), fields["name"], "the volume has another name than asked for")
    metadata = volume.get("metadata")
    expect.that(
        not (isinstance(metadata, dict) and {"number", "purpose"} & set(metadata)),
        "the volume has taken over the metadata of its source",
        expected="none of it",
        got=metadata,
    )


@sources
@pytest.mark.requirement("derive.defaults")
@pytest.mark.holds(volumes=2)
def test_what_is_not_given_is_null_or_empty(api, volumes, expect, shared, kind):
    source = _source(shared, kind)
    volume = volumes.create(**api.tagged("volume", source["reference"] | {"size": source["size"]}))
    wanted = {"description": None, "metadata": {}}
    expect.equal({key: volume.get(key) for key in wanted}, wanted, "the volume shows otherwise")


@pytest.mark.requirement("derive.snapshot-of-copy")
@pytest.mark.holds(volumes=2)
def test_a_snapshot_of_a_copy_is_the_copys(api, volumes, snapshots, expect, shared):
    source = _source(shared, "volume")
    copy = volumes.create(size=source["size"], **source["reference"])
    snapshot = snapshots.create(volume_id=copy["id"])
    expect.equal(snapshot.get("volume_id"), copy["id"], "the snapshot of a copy names another volume")


@pytest.mark.requirement("derive.survives-source")
@pytest.mark.holds(volumes=3)
def test_the_copy_survives_its_source(api, volumes, expect):
    source = volumes.create()
    copy = volumes.create(source_volid=source["id"])
    volumes.remove(source["id"])
    shown = expect.body(exchange := api.show_volume(copy["id"]), "volume")
    wanted = {"status": "available", "source_volid": source["id"]}
    expect.equal({key: shown.get(key) for key in wanted}, wanted, "the copy is not as it was", exchange)


@pytest.mark.requirement("derive.survives-snapshot")
@pytest.mark.holds(volumes=3)
def test_the_copy_survives_its_snapshot(api, volumes, snapshots, expect):
    source = volumes.create()
    snapshot = snapshots.create(volume_id=source["id"])
    copy = volumes.create(snapshot_id=snapshot["id"])
    snapshots.remove(snapshot["id"])
    shown = expect.body(exchange := api.show_volume(copy["id"]), "volume")
    wanted = {"status": "available", "snapshot_id": snapshot["id"]}
    expect.equal({key: shown.get(key) for key in wanted}, wanted, "the copy is not as it was", exchange)


def _derived(volumes, expect, shared, kind):
    source = _source(shared, kind)
    exchange = volumes.request(source["reference"] | {"size": source["size"]})
    expect.accepted(exchange, what=f"a volume from a {kind}")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    both = {"snapshot_id": None, "source_volid": None} | source["reference"]
    expect.equal(
        {key: seen.body.get(key) for key in both}, both, "the volume names another source", seen.exchange
    )


def _source(shared, kind, position=0):
    """A shared source: how a request names it, and its size."""
    if kind == "snapshot":
        snapshot = shared.snapshots[position]
        return {"reference": {"snapshot_id": snapshot["id"]}, "size": snapshot["size"]}
    volume = shared.volumes[position]
    return {"reference": {"source_volid": volume["id"]}, "size": volume["size"]}
