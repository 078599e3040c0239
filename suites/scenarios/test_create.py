"""Creating volumes: what is asked for is what one gets."""

import pytest


@pytest.mark.smoke
@pytest.mark.requirement("create.minimal")
def test_a_size_is_enough(volumes, demand):
    exchange = volumes.request({"size": volumes.size})
    demand.accepted(exchange, what="a volume of which only the size is given")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    demand.equal(seen.body.get("status"), "available", "the volume does not become available", seen.exchange)


@pytest.mark.requirement("create.accepted")
def test_a_valid_creation_is_accepted(volumes, demand):
    demand.status(volumes.request({"size": volumes.size, "metadata": {"purpose": "test"}}), 202)


@pytest.mark.requirement("create.becomes-available")
@pytest.mark.holds(volumes=2)
def test_an_accepted_volume_becomes_available(volumes, demand):
    exchanges = [volumes.request({"size": volumes.size}) for _ in range(2)]
    for exchange in exchanges:
        volume = volumes.started(exchange)
        seen = volumes.until(volume["id"], "available", since=volume.get("status"))
        demand.equal(seen.chain[-1][0], "available", "the volume does not become available", seen.exchange)


@pytest.mark.requirement("create.document-example")
def test_null_counts_as_not_given(volumes, demand):
    exchange = volumes.request(
        {
            "size": volumes.size,
            "availability_zone": None,
            "source_volid": None,
            "description": None,
            "multiattach": False,
            "snapshot_id": None,
            "name": None,
            "imageRef": None,
            "volume_type": None,
            "consistencygroup_id": None,
        }
    )
    demand.accepted(exchange, what="the guide's example with every optional field null")
    volume = demand.body(exchange, "volume")
    demand.equal(
        {field: volume.get(field) for field in ("name", "description", "snapshot_id", "source_volid")},
        {"name": None, "description": None, "snapshot_id": None, "source_volid": None},
        "fields given as null are not null",
        exchange,
    )


@pytest.mark.requirement("create.starts-creating")
def test_a_new_volume_is_creating(volumes, demand):
    exchange = volumes.request({"size": volumes.size})
    demand.equal(
        demand.body(exchange, "volume").get("status"), "creating", "a new volume has another status", exchange
    )


@pytest.mark.requirement("create.ids-differ")
@pytest.mark.holds(volumes=3)
def test_every_volume_has_its_own_id(volumes, demand):
    ids = [demand.body(volumes.request({"size": volumes.size}), "volume")["id"] for _ in range(3)]
    demand.equal(len(set(ids)), len(ids), "two new volumes have the same id")


@pytest.mark.requirement("create.size-echo")
@pytest.mark.parametrize("extra", [0, 1, 3, 9])
def test_the_size_is_the_one_asked_for(api, volumes, demand, extra):
    _echo(api, volumes, demand, "size", volumes.size + extra)


@pytest.mark.requirement("create.name-echo")
@pytest.mark.parametrize("ending", ["plain", "with  two spaces", "UPPER and lower", "1234"])
def test_the_name_is_the_one_asked_for(api, volumes, demand, ending):
    _echo(api, volumes, demand, "name", volumes.name(ending))


@pytest.mark.requirement("create.description-echo")
@pytest.mark.parametrize(
    "description", ["Super volume.", "", "line one\nline two"], ids=["plain", "empty", "two lines"]
)
def test_the_description_is_the_one_asked_for(api, volumes, demand, description):
    _echo(api, volumes, demand, "description", description)


@pytest.mark.requirement("create.metadata-echo")
@pytest.mark.parametrize(
    "metadata",
    [{}, {"contents": "not junk"}, {"a": "1", "b": "2", "c": "3"}, {"key with spaces": "v", "k-_:.": "w"}],
    ids=["none", "one", "three", "signs"],
)
def test_the_metadata_is_the_one_asked_for(api, volumes, demand, metadata):
    _echo(api, volumes, demand, "metadata", metadata)


@pytest.mark.requirement("create.zone-echo")
def test_the_zone_is_the_one_asked_for(api, volumes, demand, standing):
    zone = standing.volumes[0].get("availability_zone")
    _echo(api, volumes, demand, "availability_zone", zone)


@pytest.mark.requirement("create.multiattach-false")
def test_a_volume_without_multiple_attachment(api, volumes, demand):
    _echo(api, volumes, demand, "multiattach", False)


@pytest.mark.requirement("create.multiattach-true")
def test_a_volume_with_multiple_attachment(api, volumes, demand):
    exchange = volumes.request({"size": volumes.size, "multiattach": True})
    demand.accepted(exchange, what="a volume with multiattach true")
    demand.equal(
        demand.body(exchange, "volume").get("multiattach"), True, "multiattach is not as asked for", exchange
    )


@pytest.mark.requirement("create.defaults")
@pytest.mark.parametrize(
    ("given", "field", "default"),
    [({"description": ""}, "name", None), ({}, "description", None), ({}, "metadata", {})],
    ids=["name", "description", "metadata"],
)
def test_what_is_not_given_is_null_or_empty(api, volumes, demand, given, field, default):
    fields = {"size": volumes.size, **given}
    if field == "name":
        # The tag goes into the metadata, so that there is no name.
        fields.update(description="", name=None)
    volume = demand.body(exchange := volumes.request(fields), "volume")
    demand.equal(volume.get(field), default, f"{field} is not the default", exchange)
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get(field), default, f"{field} is not the default", exchange)


@pytest.mark.requirement("create.fresh-volume")
def test_a_new_volume_is_free_empty_and_on_its_own(volumes, demand):
    volume = volumes.make()
    demand.equal(
        {field: volume.get(field) for field in ("attachments", "bootable", "snapshot_id", "source_volid")},
        {"attachments": [], "bootable": "false", "snapshot_id": None, "source_volid": None},
        "a new empty volume shows otherwise",
    )


@pytest.mark.requirement("create.belongs-to-project")
def test_a_volume_shows_its_project(api, volumes, demand, offer):
    volume = demand.body(volumes.request({"size": volumes.size}), "volume")
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(
        shown.get("os-vol-tenant-attr:tenant_id"), offer.project, "the volume shows another project", exchange
    )


@pytest.mark.requirement("create.same-user")
def test_volumes_of_one_user_show_one_owner(api, demand, volumes, standing):
    owner = demand.body(api.show_volume(standing.ids[0]), "volume").get("user_id")
    volume = demand.body(exchange := volumes.request({"size": volumes.size}), "volume")
    demand.equal(volume.get("user_id"), owner, "two volumes of one user show two owners", exchange)


@pytest.mark.requirement("create.read-only-fields")
def test_fields_of_the_service_have_no_effect(api, volumes, demand):
    wished = api.unknown_id()
    exchange = volumes.request(
        {
            "size": volumes.size,
            "id": wished,
            "status": "error",
            "bootable": "true",
            "encrypted": True,
            "user_id": "root",
        }
    )
    demand.accepted(exchange, what="a volume with fields that only the service sets")
    volume = demand.body(exchange, "volume")
    demand.that(
        volume.get("id") != wished,
        "the id of the request is taken",
        expected="an id of the service",
        got=wished,
        exchange=exchange,
    )
    demand.equal(
        {field: volume.get(field) for field in ("status", "bootable")},
        {"status": "creating", "bootable": "false"},
        "a field that only the service sets is taken from the request",
        exchange,
    )
    demand.that(
        volume.get("user_id") != "root",
        "the owner is taken from the request",
        expected="the caller",
        got="root",
        exchange=exchange,
    )


@pytest.mark.requirement("create.unknown-property")
def test_an_unknown_property_is_ignored(volumes, demand):
    demand.accepted(
        volumes.request({"size": volumes.size, "colour": "green"}), what="a volume with an unknown property"
    )


@pytest.mark.requirement("create.name-255")
@pytest.mark.parametrize("letter", ["n", "가"], ids=["latin", "korean"])
def test_a_name_of_255_characters_is_kept(api, volumes, demand, letter):
    _echo(api, volumes, demand, "name", letter * 255)


@pytest.mark.requirement("create.description-255")
def test_a_description_of_255_characters_is_kept(api, volumes, demand):
    _echo(api, volumes, demand, "description", "설명" * 127 + "d")


@pytest.mark.requirement("create.metadata-bounds")
@pytest.mark.parametrize(
    "metadata",
    [{"k" * 255: "v"}, {"key": "v" * 255}, {"empty": ""}, {f"key{n}": str(n) for n in range(40)}],
    ids=["long key", "long value", "empty value", "many keys"],
)
def test_metadata_at_its_bounds_is_kept(api, volumes, demand, metadata):
    _echo(api, volumes, demand, "metadata", metadata)


def _echo(api, volumes, demand, field, value):
    """Demand that a field comes back as it was sent, from the creation and from show."""
    exchange = volumes.request({"size": volumes.size, field: value})
    demand.accepted(exchange, what=f"a volume with this {field}")
    volume = demand.body(exchange, "volume")
    demand.equal(volume.get(field), value, f"the creation answers another {field}", exchange)
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get(field), value, f"show answers another {field}", exchange)
