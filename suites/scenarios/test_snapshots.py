"""Making and deleting snapshots."""

import pytest

from volcheck.fixtures.api import SLOT
from volcheck.fixtures.cases import BODIES_THAT_ARE_NO_OBJECT
from volcheck.fixtures.resources import GONE


@pytest.mark.smoke
@pytest.mark.requirement("snapshot-create.minimal")
def test_a_volume_id_is_enough(snapshots, expect, shared):
    expect.accepted(
        snapshots.request({"volume_id": shared.ids[1]}), what="a snapshot of which only the volume is given"
    )


@pytest.mark.requirement("snapshot-create.accepted")
def test_a_valid_creation_is_accepted(snapshots, expect, shared):
    exchange = snapshots.request({"volume_id": shared.ids[1], "description": "Daily backup"})
    expect.accepted(exchange, what="a valid request for a snapshot")
    expect.body(exchange, "snapshot")


@pytest.mark.requirement("snapshot-create.becomes-available")
def test_an_accepted_snapshot_becomes_available(snapshots, expect, shared):
    snapshot = snapshots.started(snapshots.request({"volume_id": shared.ids[1]}))
    seen = snapshots.until(snapshot["id"], "available", since=snapshot.get("status"))
    expect.equal(
        seen.body.get("status"), "available", "the snapshot does not become available", seen.exchange
    )


@pytest.mark.requirement("snapshot-create.starts-creating")
def test_a_new_snapshot_is_creating(volumes, snapshots, expect):
    volume = volumes.create()
    snapshot = expect.body(exchange := snapshots.request({"volume_id": volume["id"]}), "snapshot")
    expect.equal(snapshot.get("status"), "creating", "a new snapshot has another status", exchange)


@pytest.mark.requirement("snapshot-create.ids-differ")
def test_every_snapshot_has_its_own_id(snapshots, expect, shared):
    ids = [expect.body(snapshots.request({"volume_id": shared.ids[1]}), "snapshot")["id"] for _ in range(3)]
    expect.equal(len(set(ids)), 3, "two new snapshots have the same id")


@pytest.mark.requirement("snapshot-create.name-echo")
@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("snap-001", f"Daily backup {SLOT}"),
        ("n" * 64, f"{'d' * 64} {SLOT}"),
        ("Größe 7", SLOT),
        (SLOT, "weekly"),
    ],
    ids=["both", "long", "umlauts", "other way round"],
)
def test_name_and_description_are_those_asked_for(api, snapshots, expect, shared, name, description):
    fields = {"volume_id": shared.ids[1], "name": name, "description": description}
    fields = api.tagged("snapshot", fields)
    snapshot = expect.body(exchange := snapshots.request(fields), "snapshot")
    wanted = {key: fields[key] for key in ("name", "description")}
    expect.equal(
        {key: snapshot.get(key) for key in wanted}, wanted, "the creation answers other texts", exchange
    )
    shown = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
    expect.equal({key: shown.get(key) for key in wanted}, wanted, "show answers other texts", exchange)


@pytest.mark.requirement("snapshot-create.metadata-echo")
def test_the_metadata_is_the_one_asked_for(api, snapshots, expect, shared):
    metadata = {"contents": "daily", "empty": "", "number": "7"}
    exchange = snapshots.request({"volume_id": shared.ids[1], "metadata": metadata})
    snapshot = expect.body(exchange, "snapshot")
    expect.equal(snapshot.get("metadata"), metadata, "the creation answers other metadata", exchange)
    shown = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
    expect.equal(shown.get("metadata"), metadata, "show answers other metadata", exchange)


@pytest.mark.requirement("snapshot-create.defaults")
def test_what_is_not_given_is_null_or_empty(api, snapshots, expect, shared):
    snapshot = expect.body(exchange := snapshots.request({"volume_id": shared.ids[1]}), "snapshot")
    wanted = {"description": None, "metadata": {}}
    expect.equal(
        {key: snapshot.get(key) for key in wanted}, wanted, "the creation answers otherwise", exchange
    )
    shown = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
    expect.equal({key: shown.get(key) for key in wanted}, wanted, "show answers otherwise", exchange)


@pytest.mark.requirement("snapshot-create.defaults")
@pytest.mark.parametrize(
    ("name", "description"), [(None, SLOT), ("", SLOT), (SLOT, None)], ids=["null", "empty", "no description"]
)
def test_null_and_empty_texts_stay_as_they_are(api, snapshots, expect, shared, name, description):
    fields = {"volume_id": shared.ids[1], "name": name, "description": description}
    fields = api.tagged("snapshot", fields)
    snapshot = expect.body(exchange := snapshots.request(fields), "snapshot")
    wanted = {key: fields[key] for key in ("name", "description")}
    expect.equal(
        {key: snapshot.get(key) for key in wanted}, wanted, "the creation answers other texts", exchange
    )


@pytest.mark.smoke
@pytest.mark.requirement("snapshot-create.of-volume")
@pytest.mark.parametrize("position", [0, 1, 4])
def test_a_snapshot_names_its_volume(api, snapshots, expect, lists, shared, position):
    _everywhere(api, snapshots, expect, lists, shared.volumes[position], "volume_id", shared.ids[position])


@pytest.mark.requirement("snapshot-create.size-of-volume")
@pytest.mark.parametrize("position", [0, 1, 4])
def test_a_snapshot_has_the_size_of_its_volume(api, snapshots, expect, lists, shared, position):
    _everywhere(
        api, snapshots, expect, lists, shared.volumes[position], "size", shared.volumes[position]["size"]
    )


@pytest.mark.requirement("snapshot-create.belongs-to-project")
def test_a_snapshot_shows_its_project(api, expect, shared, capabilities):
    shown = expect.body(exchange := api.show_snapshot(shared.snapshots[0]["id"]), "snapshot")
    expect.equal(
        shown.get("os-extended-snapshot-attributes:project_id"),
        capabilities.project,
        "the snapshot shows another project",
        exchange,
    )


@pytest.mark.requirement("snapshot-create.leaves-volume")
def test_the_volume_stays_available(api, snapshots, expect, shared):
    expect.accepted(snapshots.request({"volume_id": shared.ids[1]}), what="a snapshot")
    shown = expect.body(exchange := api.show_volume(shared.ids[1]), "volume")
    expect.equal(shown.get("status"), "available", "the volume of a new snapshot is not available", exchange)


@pytest.mark.requirement("snapshot-create.force-available")
@pytest.mark.parametrize("force", [True, False], ids=repr)
def test_force_on_an_available_volume(snapshots, expect, shared, force):
    expect.accepted(
        snapshots.request({"volume_id": shared.ids[1], "force": force}),
        what=f"a snapshot with force {force!r}",
    )


@pytest.mark.requirement("snapshot-create.force-text")
@pytest.mark.parametrize("force", ["true", "false"])
def test_force_as_a_text(snapshots, expect, shared, force):
    expect.accepted(
        snapshots.request({"volume_id": shared.ids[1], "force": force}),
        what=f"a snapshot with force {force!r}",
    )


@pytest.mark.requirement("snapshot-create.force-attached")
def test_force_on_an_attached_volume(snapshots, expect, capabilities):
    exchange = snapshots.request({"volume_id": capabilities.attached_volume, "force": True})
    expect.accepted(exchange, what="a snapshot of an attached volume with force")
    seen = snapshots.until(snapshots.started(exchange)["id"], "available", since="creating")
    expect.equal(
        seen.body.get("volume_id"),
        capabilities.attached_volume,
        "the snapshot names another volume",
        seen.exchange,
    )


@pytest.mark.requirement("snapshot-create.attached-refused")
@pytest.mark.parametrize("fields", [{}, {"force": False}], ids=["absent", "false"])
def test_an_attached_volume_without_force(snapshots, expect, capabilities, fields):
    expect.refused(
        snapshots.request({"volume_id": capabilities.attached_volume, **fields}),
        400,
        what="a snapshot of an attached volume without force",
        cause="state",
    )


@pytest.mark.requirement("snapshot-create.force-refused")
@pytest.mark.parametrize("force", ["invalid", 5, []], ids=repr)
def test_a_force_that_is_neither_true_nor_false(snapshots, expect, shared, force):
    expect.refused(
        snapshots.request({"volume_id": shared.ids[1], "force": force}), 400, what=f"force {force!r}"
    )


@pytest.mark.smoke
@pytest.mark.requirement("snapshot-create.unknown-volume-refused")
def test_an_unknown_volume(api, snapshots, expect):
    expect.refused(
        snapshots.request({"volume_id": api.unknown_id()}),
        404,
        what="a snapshot of an unknown volume",
        cause="reference",
    )


@pytest.mark.requirement("snapshot-create.unknown-volume-refused")
def test_a_snapshot_as_a_volume(snapshots, expect, shared):
    exchange = snapshots.request({"volume_id": shared.snapshots[0]["id"]})
    expect.refused(exchange, 404, what="a snapshot of a snapshot", cause="reference")


@pytest.mark.requirement("snapshot-create.unknown-volume-refused")
def test_a_volume_that_is_deleted(volumes, snapshots, expect):
    volume = volumes.create()
    volumes.remove(volume["id"])
    exchange = snapshots.request({"volume_id": volume["id"]})
    expect.refused(exchange, 404, what="a snapshot of a deleted volume", cause="reference")


@pytest.mark.requirement("snapshot-create.volume-missing-refused")
def test_no_volume(snapshots, expect):
    expect.refused(snapshots.request({"description": "of nothing"}), 400, what="a snapshot without a volume")


@pytest.mark.requirement("snapshot-create.volume-malformed-refused")
@pytest.mark.parametrize("volume_id", ["not-a-uuid", "", 5, None], ids=repr)
def test_a_volume_id_that_is_no_uuid(api, snapshots, expect, volume_id):
    api.nonsense_id("not-a-uuid")
    expect.refused(
        snapshots.request({"volume_id": volume_id}), 400, 404, what=f"a snapshot of the volume {volume_id!r}"
    )


@pytest.mark.requirement("snapshot-create.while-creating-refused")
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.holds(volumes=3)
def test_a_volume_that_is_still_creating(volumes, snapshots, expect, force):
    _, attempt = volumes.while_creating(
        lambda volume: snapshots.request({"volume_id": volume, "force": force})
    )
    expect.refused(attempt, 400, what="a snapshot of a volume that is still creating", cause="state")


@pytest.mark.requirement("snapshot-create.name-refused")
@pytest.mark.parametrize("name", [5, ["a"]], ids=["number", "list"])
def test_a_name_that_is_no_text(snapshots, expect, shared, name):
    exchange = snapshots.request({"volume_id": shared.ids[1], "name": name})
    expect.refused(exchange, 400, what=f"the name {name!r} of a snapshot")


@pytest.mark.requirement("snapshot-create.name-256-refused")
@pytest.mark.parametrize("letter", ["n", "가"], ids=["latin", "korean"])
def test_a_name_of_more_than_255_characters(snapshots, expect, shared, letter):
    exchange = snapshots.request({"volume_id": shared.ids[1], "name": letter * 256})
    expect.refused(exchange, 400, what="a name of a snapshot of 256 characters")


@pytest.mark.requirement("snapshot-create.description-refused")
@pytest.mark.parametrize("description", [5, {}], ids=["number", "object"])
def test_a_description_that_is_no_text(snapshots, expect, shared, description):
    exchange = snapshots.request({"volume_id": shared.ids[1], "description": description})
    expect.refused(exchange, 400, what=f"the description {description!r} of a snapshot")


@pytest.mark.requirement("snapshot-create.description-256-refused")
def test_a_description_of_more_than_255_characters(snapshots, expect, shared):
    exchange = snapshots.request({"volume_id": shared.ids[1], "description": "d" * 256})
    expect.refused(exchange, 400, what="a description of a snapshot of 256 characters")


@pytest.mark.requirement("snapshot-create.envelope-refused")
@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"snapshot": null}', b'{"snapshot": []}', b'{"snapshot": "x"}', b'{"volume": FIELDS}'],
    ids=bytes.decode,
)
def test_a_body_without_a_snapshot(api, snapshots, expect, body):
    expect.refused(
        api.call("POST", "/snapshots", body=api.filled(body)), 400, what=f"the body {body.decode()}"
    )


@pytest.mark.requirement("snapshot-create.malformed-body-refused")
@pytest.mark.parametrize("body", BODIES_THAT_ARE_NO_OBJECT.values(), ids=BODIES_THAT_ARE_NO_OBJECT.keys())
def test_a_body_that_is_no_object(api, snapshots, expect, body):
    expect.refused(
        api.call("POST", "/snapshots", body=api.filled(body)), 400, what="a body that is no JSON object"
    )


@pytest.mark.requirement("snapshot-create.empty-body-refused")
def test_an_empty_body(api, snapshots, expect):
    expect.refused(api.call("POST", "/snapshots", body=b""), 400, what="an empty body")


@pytest.mark.requirement("snapshot-create.unknown-property-refused")
def test_an_unknown_property(snapshots, expect, shared):
    expect.refused(
        snapshots.request({"volume_id": shared.ids[1], "colour": "green"}),
        400,
        what="a snapshot with an unknown property",
    )


@pytest.mark.requirement("snapshot-create.refused-makes-nothing")
@pytest.mark.parametrize(
    "wrong",
    [{"volume_id": None}, {"force": "invalid"}, {"description": 5}],
    ids=["volume", "force", "number"],
)
def test_a_refused_request_makes_no_snapshot(api, snapshots, expect, lists, shared, wrong):
    fields = api.tagged("snapshot", {"volume_id": shared.ids[1], "name": f"refused {SLOT}", **wrong})
    name = fields["name"]
    exchange = snapshots.request(fields)
    expect.refused(exchange, 400, 404, what="a request with a wrong field")
    found = [item for item in lists.walk("list_snapshots_detail").items if item.get("name") == name]
    expect.equal(found, [], "a request that was refused has made a snapshot")


@pytest.mark.requirement("snapshot-delete.accepted")
def test_a_deletion_is_accepted(api, snapshots, expect, shared):
    snapshot = snapshots.create(volume_id=shared.ids[3])
    expect.accepted(api.delete_snapshot(snapshot["id"]), what="the deletion of an available snapshot")


@pytest.mark.requirement("snapshot-delete.completes")
def test_a_deleted_snapshot_is_gone(api, snapshots, expect, shared):
    snapshot = snapshots.create(volume_id=shared.ids[3])
    snapshots.remove(snapshot["id"])
    for _ in range(3):
        expect.status(api.show_snapshot(snapshot["id"]), 404)


@pytest.mark.requirement("snapshot-delete.shows-deleting")
def test_a_snapshot_is_deleting_until_it_is_gone(api, snapshots, expect, shared):
    snapshot = snapshots.create(volume_id=shared.ids[3])
    expect.accepted(api.delete_snapshot(snapshot["id"]), what="the deletion of an available snapshot")
    exchange = api.show_snapshot(snapshot["id"])
    if exchange.status != 404:
        shown = expect.body(exchange, "snapshot")
        expect.equal(shown.get("status"), "deleting", "the snapshot shows another status", exchange)


@pytest.mark.requirement("snapshot-delete.twice-refused")
def test_two_deletions_at_once(api, snapshots, expect, shared):
    snapshot = snapshots.create(volume_id=shared.ids[3])
    both = api.at_once(*[lambda: api.delete_snapshot(snapshot["id"])] * 2)
    expect.one_accepted(both, what="of two simultaneous deletions of a snapshot")


@pytest.mark.requirement("snapshot-delete.twice-refused")
def test_a_second_deletion(api, snapshots, expect, shared):
    snapshot = snapshots.create(volume_id=shared.ids[3])
    expect.accepted(api.delete_snapshot(snapshot["id"]), what="the first deletion")
    exchange = api.delete_snapshot(snapshot["id"])
    expect.refused(exchange, 400, 404, what="a second deletion right after the first", cause="state")
    snapshots.until(snapshot["id"], GONE, since="deleting")
    exchange = api.delete_snapshot(snapshot["id"])
    expect.refused(exchange, 404, what="a second deletion after the snapshot is gone", cause="path")


@pytest.mark.requirement("snapshot-delete.unknown-refused")
def test_an_unknown_snapshot(api, snapshots, expect):
    exchange = api.delete_snapshot(api.unknown_id())
    expect.refused(exchange, 404, what="the deletion of an unknown snapshot", cause="path")


@pytest.mark.requirement("snapshot-delete.malformed-refused")
def test_a_snapshot_id_that_is_no_uuid(api, snapshots, expect):
    exchange = api.delete_snapshot(api.nonsense_id("not-a-uuid"))
    expect.refused(exchange, 404, what="the deletion of an id that is no UUID", cause="path")


@pytest.mark.requirement("snapshot-delete.leaves-volume")
def test_volume_and_other_snapshots_stay(api, volumes, snapshots, expect):
    volume = volumes.create()
    snapshot, other = snapshots.create_all([{"volume_id": volume["id"]}, {"volume_id": volume["id"]}])
    snapshots.remove(snapshot["id"])
    shown = expect.body(exchange := api.show_volume(volume["id"]), "volume")
    expect.equal(shown.get("status"), "available", "the volume is not as it was", exchange)
    shown = expect.body(exchange := api.show_snapshot(other["id"]), "snapshot")
    expect.equal(shown.get("status"), "available", "the other snapshot is not as it was", exchange)


@pytest.mark.requirement("snapshot-delete.while-creating-refused")
def test_a_snapshot_that_is_still_creating(api, snapshots, expect, shared):
    _, attempt = snapshots.while_creating(api.delete_snapshot, volume_id=shared.ids[3])
    expect.refused(attempt, 400, what="the deletion of a snapshot that is still creating", cause="state")


def _everywhere(api, snapshots, expect, lists, volume, field, wanted):
    """Demand a field of a new snapshot from its creation, from show and from both lists."""
    snapshot = expect.body(exchange := snapshots.request({"volume_id": volume["id"]}), "snapshot")
    expect.equal(snapshot.get(field), wanted, f"the creation answers another {field}", exchange)
    shown = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
    expect.equal(shown.get(field), wanted, f"show answers another {field}", exchange)
    for listing in ("list_snapshots", "list_snapshots_detail"):
        walk = lists.walk(listing)
        listed = [item.get(field) for item in walk.items if item.get("id") == snapshot["id"]]
        expect.equal(listed, [wanted], f"a list shows another {field}", walk.last)
