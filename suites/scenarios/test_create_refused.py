"""Creations that must be refused: each is a good request with one thing wrong."""

import pytest

from volcheck.fixtures.cases import BODIES_THAT_ARE_NO_OBJECT, CONTENT_TYPES_THAT_ARE_NOT_JSON


def _refused(volumes, expect, what, *statuses, cause="value", **fields):
    expect.refused(volumes.request({"size": volumes.size, **fields}), *statuses, what=what, cause=cause)


@pytest.mark.smoke
@pytest.mark.requirement("create.size-below-one-refused")
@pytest.mark.parametrize("size", [0, -1, "0"])
def test_a_size_below_one(volumes, expect, size):
    _refused(volumes, expect, f"the size {size!r}", 400, size=size)


@pytest.mark.requirement("create.size-type-refused")
@pytest.mark.parametrize(
    "size", ["abc", "", " 1 ", "1.5", "1e1", "0x1", "+1", 1.5, True, False, [], {}, [1]], ids=repr
)
def test_a_size_that_is_no_whole_number(volumes, expect, size):
    _refused(volumes, expect, f"the size {size!r}", 400, size=size)


@pytest.mark.smoke
@pytest.mark.requirement("create.size-missing-refused")
@pytest.mark.parametrize("fields", [{}, {"size": None}], ids=["absent", "null"])
def test_no_size_and_no_source(volumes, expect, fields):
    expect.refused(volumes.request(fields), 400, what="a volume without a size")


@pytest.mark.requirement("create.size-huge-refused")
@pytest.mark.parametrize("size", [2**31, 2**63, 10**30], ids=["2**31", "2**63", "10**30"])
def test_a_size_beyond_every_storage(volumes, expect, size):
    _refused(volumes, expect, f"the size {size}", 400, 413, size=size)


@pytest.mark.requirement("create.name-256-refused")
@pytest.mark.parametrize("name", ["n" * 256, "가" * 256, "n" * 300], ids=["256 latin", "256 korean", "300"])
def test_a_name_of_more_than_255_characters(volumes, expect, name):
    _refused(volumes, expect, f"a name of {len(name)} characters", 400, name=name)


@pytest.mark.requirement("create.name-type-refused")
@pytest.mark.parametrize("name", [5, True, ["a"], {}], ids=repr)
def test_a_name_that_is_no_text(volumes, expect, name):
    _refused(volumes, expect, f"the name {name!r}", 400, name=name)


@pytest.mark.requirement("create.description-256-refused")
def test_a_description_of_more_than_255_characters(volumes, expect):
    _refused(volumes, expect, "a description of 256 characters", 400, description="d" * 256)


@pytest.mark.requirement("create.description-type-refused")
@pytest.mark.parametrize("description", [5, False, ["d"]], ids=repr)
def test_a_description_that_is_no_text(volumes, expect, description):
    _refused(volumes, expect, f"the description {description!r}", 400, description=description)


@pytest.mark.requirement("create.metadata-type-refused")
@pytest.mark.parametrize("metadata", ["x", 5, True], ids=repr)
def test_metadata_that_is_no_object(volumes, expect, metadata):
    _refused(volumes, expect, f"the metadata {metadata!r}", 400, metadata=metadata)


@pytest.mark.requirement("create.metadata-value-refused")
@pytest.mark.parametrize("value", [1, None, True, {"b": "c"}, ["b"]], ids=repr)
def test_a_metadata_value_that_is_no_text(volumes, expect, value):
    _refused(volumes, expect, f"the metadata value {value!r}", 400, metadata={"a": value})


@pytest.mark.requirement("create.metadata-bounds-refused")
@pytest.mark.parametrize(
    "metadata", [{"": "v"}, {"k" * 256: "v"}, {"a": "v" * 256}], ids=["empty key", "long key", "long value"]
)
def test_metadata_beyond_its_bounds(volumes, expect, metadata):
    _refused(volumes, expect, "metadata beyond its bounds", 400, metadata=metadata)


@pytest.mark.requirement("create.multiattach-type-refused")
@pytest.mark.parametrize("value", ["invalid", "", [], 2], ids=repr)
def test_a_multiattach_that_is_neither_true_nor_false(volumes, expect, value):
    _refused(volumes, expect, f"multiattach {value!r}", 400, multiattach=value)


@pytest.mark.requirement("create.zone-refused")
@pytest.mark.parametrize("zone", ["no-such-zone", 5], ids=repr)
def test_an_unknown_zone(volumes, expect, zone):
    _refused(volumes, expect, f"the zone {zone!r}", 400, availability_zone=zone)


@pytest.mark.requirement("create.empty-refused")
@pytest.mark.parametrize(
    "field", ["availability_zone", "imageRef", "snapshot_id", "source_volid", "consistencygroup_id"]
)
def test_an_empty_text_that_names_nothing(volumes, expect, field):
    _refused(volumes, expect, f"{field} ''", 400, **{field: ""})


@pytest.mark.smoke
@pytest.mark.requirement("create.unknown-source-refused")
@pytest.mark.parametrize("field", ["snapshot_id", "source_volid", "consistencygroup_id"])
def test_an_unknown_source(api, volumes, expect, field):
    _refused(volumes, expect, f"an unknown {field}", 404, cause="reference", **{field: api.unknown_id()})


@pytest.mark.requirement("create.unknown-source-refused")
@pytest.mark.parametrize("field", ["snapshot_id", "source_volid"])
def test_a_source_of_the_other_kind(volumes, expect, shared, field):
    wrong = shared.ids[0] if field == "snapshot_id" else shared.snapshots[0]["id"]
    _refused(
        volumes,
        expect,
        f"a {field} that is the id of something else",
        404,
        cause="reference",
        size=volumes.size + 3,
        **{field: wrong},
    )


@pytest.mark.requirement("create.unknown-source-refused")
@pytest.mark.parametrize("field", ["snapshot_id", "source_volid"])
@pytest.mark.holds(volumes=2, snapshots=1)
def test_a_source_that_is_deleted(volumes, snapshots, expect, shared, field):
    if field == "snapshot_id":
        source = snapshots.create(volume_id=shared.ids[0])
        snapshots.remove(source["id"])
    else:
        source = volumes.create()
        volumes.remove(source["id"])
    _refused(
        volumes,
        expect,
        f"a {field} that is deleted",
        404,
        cause="reference",
        size=volumes.size + 3,
        **{field: source["id"]},
    )


@pytest.mark.requirement("create.malformed-source-refused")
@pytest.mark.parametrize("field", ["snapshot_id", "source_volid", "consistencygroup_id"])
@pytest.mark.parametrize("value", ["not-a-uuid", 5], ids=repr)
def test_a_source_that_is_no_uuid(api, volumes, expect, field, value):
    api.nonsense_id("not-a-uuid")
    _refused(volumes, expect, f"{field} {value!r}", 400, **{field: value})


@pytest.mark.requirement("create.unknown-image-refused")
@pytest.mark.parametrize("kind", ["unknown", "malformed", "number"])
def test_an_unknown_image(api, volumes, expect, kind):
    image = {"unknown": api.unknown_id(), "malformed": "not-a-uuid", "number": 5}[kind]
    _refused(volumes, expect, f"the image {image!r}", 400, cause="reference", imageRef=image)


@pytest.mark.requirement("create.two-sources-refused")
def test_two_sources(volumes, expect, shared):
    source = shared.snapshots[0]
    _refused(
        volumes,
        expect,
        "a volume from a snapshot and a volume at once",
        400,
        size=source["size"],
        snapshot_id=source["id"],
        source_volid=source["volume_id"],
    )


@pytest.mark.smoke
@pytest.mark.requirement("create.envelope-refused")
@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"FIELDS",
        b'{"volume": null}',
        b'{"volume": []}',
        b'{"volume": "x"}',
        b'{"volume": NAME}',
        b'{"server": FIELDS}',
    ],
    ids=bytes.decode,
)
def test_a_body_without_a_volume(api, volumes, expect, body):
    expect.refused(api.call("POST", "/volumes", body=api.filled(body)), 400, what=f"the body {body.decode()}")


@pytest.mark.requirement("create.malformed-body-refused")
@pytest.mark.parametrize("body", BODIES_THAT_ARE_NO_OBJECT.values(), ids=BODIES_THAT_ARE_NO_OBJECT.keys())
def test_a_body_that_is_no_object(api, volumes, expect, body):
    expect.refused(
        api.call("POST", "/volumes", body=api.filled(body)), 400, what="a body that is no JSON object"
    )


@pytest.mark.requirement("create.empty-body-refused")
def test_an_empty_body(api, volumes, expect):
    expect.refused(api.call("POST", "/volumes", body=b""), 400, what="an empty body")


@pytest.mark.requirement("create.content-type-refused")
@pytest.mark.parametrize("content_type", CONTENT_TYPES_THAT_ARE_NOT_JSON)
def test_a_body_that_is_not_declared_as_json(api, volumes, expect, content_type):
    exchange = api.create_volume({"size": volumes.size}, headers={"Content-Type": content_type})
    expect.refused(exchange, 415, 400, what=f"a body declared as {content_type}", cause="media type")


@pytest.mark.requirement("create.content-type-refused")
def test_a_body_that_is_not_declared_at_all(api, volumes, expect):
    exchange = api.create_volume({"size": volumes.size}, headers={"Content-Type": None})
    expect.refused(exchange, 415, 400, what="a body without a Content-Type", cause="media type")


@pytest.mark.requirement("create.quota-refused")
def test_a_volume_beyond_the_quota(volumes, expect, capabilities):
    size = capabilities.gigabytes_left + 1
    _refused(volumes, expect, "a volume larger than the quota leaves", 413, cause="quota", size=size)


@pytest.mark.requirement("create.large-body-refused")
def test_a_body_of_200_kilobytes(api, volumes, expect):
    exchange = api.create_volume({"size": volumes.size, "description": "d" * 200_000})
    expect.refused(exchange, 413, 400, what="a body of 200 KB", cause="quota")


@pytest.mark.requirement("create.refused-makes-nothing")
@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"size": "abc"},
        {"metadata": "x"},
        {"availability_zone": "no-such-zone"},
        {"description": 5},
    ],
    ids=["size", "size type", "metadata", "zone", "description"],
)
def test_a_refused_request_makes_no_volume(api, volumes, expect, lists, wrong):
    name = volumes.name("refused")
    exchange = volumes.request({"size": volumes.size, "name": name, **wrong})
    expect.refused(exchange, 400, what="a request with a wrong field")
    found = [item for item in lists.walk("list_volumes").items if item.get("name") == name]
    expect.equal(found, [], "a request that was refused has made a volume")
