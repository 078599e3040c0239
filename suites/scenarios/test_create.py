"""Creating volumes: what is asked for is what one gets."""

import pytest


@pytest.mark.smoke
@pytest.mark.requirement("create.minimal")
def test_a_size_is_enough(volumes, expect):
    exchange = volumes.request({"size": volumes.size})
    expect.accepted(exchange, what="a volume of which only the size is given")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    expect.equal(seen.body.get("status"), "available", "the volume does not become available", seen.exchange)


@pytest.mark.requirement("create.accepted")
def test_a_valid_creation_is_accepted(volumes, expect):
    exchange = volumes.request({"size": volumes.size, "metadata": {"purpose": "test"}})
    expect.accepted(exchange, what="a valid request for a volume")
    expect.body(exchange, "volume")


@pytest.mark.requirement("create.becomes-available")
@pytest.mark.holds(volumes=2)
def test_an_accepted_volume_becomes_available(volumes, expect):
    exchanges = [volumes.request({"size": volumes.size}) for _ in range(2)]
    for exchange in exchanges:
        volume = volumes.started(exchange)
        seen = volumes.until(volume["id"], "available", since=volume.get("status"))
        expect.equal(seen.chain[-1][0], "available", "the volume does not become available", seen.exchange)


@pytest.mark.requirement("create.document-example")
def test_null_counts_as_not_given(volumes, guide, expect):
    # The metadata is left to the run, which marks what is its own with it.
    fields = {**guide.request_example("createVolume")["volume"], "size": volumes.size}
    del fields["metadata"]
    exchange = volumes.request(fields)
    expect.accepted(exchange, what="the guide's example with every optional field null")
    volume = expect.body(exchange, "volume")
    expect.equal(
        {field: volume.get(field) for field in ("snapshot_id", "source_volid")},
        {"snapshot_id": None, "source_volid": None},
        "a volume without a source names one",
        exchange,
    )


@pytest.mark.requirement("create.starts-creating")
def test_a_new_volume_is_creating(volumes, expect):
    exchange = volumes.request({"size": volumes.size})
    expect.equal(
        expect.body(exchange, "volume").get("status"), "creating", "a new volume has another status", exchange
    )


@pytest.mark.requirement("create.ids-differ")
@pytest.mark.holds(volumes=3)
def test_every_volume_has_its_own_id(volumes, expect):
    ids = [expect.body(volumes.request({"size": volumes.size}), "volume")["id"] for _ in range(3)]
    expect.equal(len(set(ids)), len(ids), "two new volumes have the same id")


@pytest.mark.requirement("create.size-echo")
@pytest.mark.parametrize("extra", [0, 1, 3, 9])
def test_the_size_is_the_one_asked_for(api, volumes, expect, extra):
    _echo(api, volumes, expect, "size", volumes.size + extra)


@pytest.mark.requirement("create.name-echo")
@pytest.mark.parametrize("ending", ["plain", "with  two spaces", "UPPER and lower", "1234"])
def test_the_name_is_the_one_asked_for(api, volumes, expect, ending):
    _echo(api, volumes, expect, "name", volumes.name(ending))


@pytest.mark.requirement("create.description-echo")
@pytest.mark.parametrize("description", ["Super volume.", "line one\nline two"], ids=["plain", "two lines"])
def test_the_description_is_the_one_asked_for(api, volumes, expect, description):
    _echo(api, volumes, expect, "description", description)


@pytest.mark.requirement("create.metadata-echo")
@pytest.mark.parametrize(
    "metadata",
    [{}, {"contents": "not junk"}, {"a": "1", "b": "2", "c": "3"}, {"key with spaces": "v", "k-_:.": "w"}],
    ids=["none", "one", "three", "signs"],
)
def test_the_metadata_is_the_one_asked_for(api, volumes, expect, metadata):
    _echo(api, volumes, expect, "metadata", metadata)


@pytest.mark.requirement("create.zone-echo")
def test_the_zone_is_the_one_asked_for(api, volumes, expect, shared):
    zone = shared.volumes[0].get("availability_zone")
    _echo(api, volumes, expect, "availability_zone", zone)


@pytest.mark.requirement("create.multiattach-false")
def test_a_volume_without_multiple_attachment(api, volumes, expect):
    _echo(api, volumes, expect, "multiattach", False)


@pytest.mark.requirement("create.multiattach-true")
def test_a_volume_with_multiple_attachment(api, volumes, expect):
    exchange = volumes.request({"size": volumes.size, "multiattach": True})
    expect.accepted(exchange, what="a volume with multiattach true")
    expect.equal(
        expect.body(exchange, "volume").get("multiattach"), True, "multiattach is not as asked for", exchange
    )


@pytest.mark.requirement("create.defaults")
@pytest.mark.parametrize(
    ("given", "field", "default"),
    [({"description": ""}, "name", None), ({}, "description", None), ({}, "metadata", {})],
    ids=["name", "description", "metadata"],
)
def test_what_is_not_given_is_null_or_empty(api, volumes, expect, given, field, default):
    fields = {"size": volumes.size, **given}
    if field == "name":
        # The tag goes into the metadata, so that there is no name.
        fields.update(description="", name=None)
    volume = expect.body(exchange := volumes.request(fields), "volume")
    expect.equal(volume.get(field), default, f"{field} is not the default", exchange)
    shown = expect.body(exchange := api.show_volume(volume["id"]), "volume")
    expect.equal(shown.get(field), default, f"{field} is not the default", exchange)


@pytest.mark.requirement("create.fresh-volume")
def test_a_new_volume_is_free_empty_and_on_its_own(volumes, expect):
    volume = volumes.create()
    expect.equal(
        {field: volume.get(field) for field in ("attachments", "bootable", "snapshot_id", "source_volid")},
        {"attachments": [], "bootable": "false", "snapshot_id": None, "source_volid": None},
        "a new empty volume shows otherwise",
    )


@pytest.mark.requirement("create.belongs-to-project")
def test_a_volume_shows_its_project(api, volumes, expect, capabilities):
    volume = expect.body(volumes.request({"size": volumes.size}), "volume")
    shown = expect.body(exchange := api.show_volume(volume["id"]), "volume")
    expect.equal(
        shown.get("os-vol-tenant-attr:tenant_id"),
        capabilities.project,
        "the volume shows another project",
        exchange,
    )


@pytest.mark.requirement("create.same-user")
def test_volumes_of_one_user_show_one_owner(api, expect, volumes, shared):
    owner = expect.body(api.show_volume(shared.ids[0]), "volume").get("user_id")
    volume = expect.body(exchange := volumes.request({"size": volumes.size}), "volume")
    expect.equal(volume.get("user_id"), owner, "two volumes of one user show two owners", exchange)


@pytest.mark.requirement("create.read-only-fields")
def test_fields_of_the_service_have_no_effect(api, volumes, expect):
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
    expect.unless_refused(exchange, what="a volume with fields that only the service sets")
    volume = expect.body(exchange, "volume")
    expect.that(
        volume.get("id") != wished,
        "the id of the request is taken",
        expected="an id of the service",
        got=wished,
        exchange=exchange,
    )
    expect.equal(
        {field: volume.get(field) for field in ("status", "bootable")},
        {"status": "creating", "bootable": "false"},
        "a field that only the service sets is taken from the request",
        exchange,
    )
    expect.that(
        volume.get("user_id") != "root",
        "the owner is taken from the request",
        expected="the caller",
        got="root",
        exchange=exchange,
    )


@pytest.mark.requirement("create.read-only-accepted")
@pytest.mark.parametrize("field", ["id", "status", "bootable", "encrypted", "user_id"])
def test_fields_of_the_service_are_ignored(api, volumes, expect, field):
    value = {
        "id": api.unknown_id(),
        "status": "error",
        "bootable": "true",
        "encrypted": True,
        "user_id": "root",
    }
    expect.accepted(
        volumes.request({"size": volumes.size, field: value[field]}), what=f"a volume with {field}"
    )


@pytest.mark.requirement("create.unknown-property")
def test_an_unknown_property_is_ignored(volumes, expect):
    expect.accepted(
        volumes.request({"size": volumes.size, "colour": "green"}), what="a volume with an unknown property"
    )


@pytest.mark.requirement("create.name-255")
@pytest.mark.parametrize("letter", ["n", "가"], ids=["latin", "korean"])
def test_a_name_of_255_characters_is_kept(api, volumes, expect, letter):
    _echo(api, volumes, expect, "name", letter * 255)


@pytest.mark.requirement("create.description-255")
def test_a_description_of_255_characters_is_kept(api, volumes, expect):
    _echo(api, volumes, expect, "description", "설명" * 127 + "d")


@pytest.mark.requirement("create.metadata-bounds")
@pytest.mark.parametrize(
    "metadata",
    [{"k" * 255: "v"}, {"key": "v" * 255}, {"empty": ""}, {f"key{n}": str(n) for n in range(40)}],
    ids=["long key", "long value", "empty value", "many keys"],
)
def test_metadata_at_its_bounds_is_kept(api, volumes, expect, metadata):
    _echo(api, volumes, expect, "metadata", metadata)


def _echo(api, volumes, expect, field, value):
    """Demand that a field comes back as it was sent, from the creation and from show."""
    exchange = volumes.request({"size": volumes.size, field: value})
    expect.accepted(exchange, what=f"a volume with this {field}")
    volume = expect.body(exchange, "volume")
    expect.equal(volume.get(field), value, f"the creation answers another {field}", exchange)
    shown = expect.body(exchange := api.show_volume(volume["id"]), "volume")
    expect.equal(shown.get(field), value, f"show answers another {field}", exchange)
