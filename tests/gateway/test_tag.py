"""A tag says who wrote something, and that it is still what was written."""

import copy
from datetime import UTC, datetime

import pytest

from volcheck.gateway.tag import SLOT, began, tag_for, tag_of, tagged, written_by

RUN = "261126141726ebd7"
TAG = f"volcheck-{RUN}"
VOLUME = "5aa119a8-d25b-45a7-8d1b-88e127885635"

#: What tests ask for, and where the tag goes.
WISHES = [
    ("volume", {"size": 1}, "name"),
    ("volume", {"size": 1, "description": "Super volume."}, "name"),
    ("volume", {"size": 1, "metadata": {"a": "1"}}, "name"),
    ("volume", {"name": "n" * 255}, "description"),
    ("volume", {"name": None}, "description"),
    ("volume", {"name": f"{TAG}-refused"}, "description"),
    ("volume", {"name": "볼륨", "description": ""}, "metadata"),
    ("volume", {"name": "n", "description": "d", "metadata": {"a": "1", "volcheck": SLOT}}, "metadata"),
    ("volume", {"source_volid": VOLUME}, "name"),
    ("volume", {"snapshot_id": VOLUME, "name": "restored"}, "description"),
    ("snapshot", {"volume_id": VOLUME}, "name"),
    ("snapshot", {"volume_id": VOLUME, "name": "second"}, "description"),
    ("snapshot", {"volume_id": VOLUME, "name": "n", "description": f"Daily {SLOT}"}, "description"),
    ("snapshot", {"volume_id": VOLUME, "name": f"{SLOT} last", "description": "d"}, "name"),
]


def shown(kind, fields):
    """As a service shows what was asked for so."""
    item = {"id": VOLUME, "name": None, "description": None, "metadata": {}, "status": "available", "size": 1}
    origins = {"snapshot_id": None, "source_volid": None} if kind == "volume" else {"volume_id": None}
    return {**item, **origins, **fields}


@pytest.mark.parametrize(("kind", "wish", "place"), WISHES)
def test_what_a_run_asks_for_is_known_for_its_own(kind, wish, place):
    before = copy.deepcopy(wish)
    fields = tagged(kind, wish, TAG)
    assert wish == before
    assert f"{TAG}-" in str(fields[place])
    assert SLOT not in str(fields)
    assert {key: value for key, value in fields.items() if key != place} == {
        key: value for key, value in wish.items() if key != place
    }
    assert written_by(kind, shown(kind, fields)) == RUN
    assert written_by(kind, fields) == RUN


def test_the_tag_in_the_metadata_stands_under_the_tools_name():
    assert tagged("volume", {"name": "n", "description": "d"}, TAG)["metadata"].keys() == {"volcheck"}


def test_what_is_tagged_already_is_left_as_it_is():
    fields = tagged("volume", {"size": 1}, TAG)
    assert tagged("volume", fields, "volcheck-261126141726ffff") is fields


def test_what_is_tagged_and_of_a_wrong_type_is_left_as_it_is():
    fields = tagged("snapshot", {"name": f"refused {SLOT}", "description": 5}, TAG)
    assert tagged("snapshot", fields, TAG) is fields
    assert written_by("snapshot", fields) is None


@pytest.mark.parametrize("fields", [None, [1], "x", 5])
def test_what_is_no_object_gets_no_tag(fields):
    assert tagged("volume", fields, TAG) == fields


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("volume", {"name": "n", "description": "d", "metadata": {}}),
        # Not every service keeps metadata of snapshots.
        ("snapshot", {"name": "n", "description": "d"}),
    ],
)
def test_no_place_for_the_tag_is_a_mistake_of_the_test(kind, fields):
    with pytest.raises(ValueError, match="leave a place"):
        tagged(kind, fields, TAG)


def test_wrong_types_are_sent_as_they_are():
    wish = {"name": 5, "description": ["d"], "metadata": {"a": 1, "volcheck": SLOT}}
    fields = tagged("volume", wish, TAG)
    assert fields == {**wish, "metadata": {"a": 1, "volcheck": tag_for("volume", wish, TAG)}}


@pytest.mark.parametrize(
    "same",
    [
        lambda item: {**item, "name": item["name"] or ""},
        lambda item: {**item, "description": item["description"] or ""},
        lambda item: {**item, "description": f" {item['description'] or ''} "},
        lambda item: {**item, "metadata": item["metadata"] or None},
        lambda item: {key: value for key, value in item.items() if value is not None},
        lambda item: {**item, "status": "error", "size": 7, "user_id": "u"},
        lambda item: {key: value.upper() if key == "source_volid" else value for key, value in item.items()},
    ],
)
@pytest.mark.parametrize(
    "fields", [{"name": "n", "source_volid": VOLUME}, {"description": "d", "source_volid": VOLUME}]
)
def test_what_services_do_to_all_fields_changes_nothing(same, fields):
    item = shown("volume", tagged("volume", fields, TAG))
    assert written_by("volume", same(item)) == RUN


def _with(**more):
    return lambda item: {**item, **more}


CHANGES = {
    "a note in the description": _with(description="keep this, Bob"),
    "a note before the tag": lambda item: {**item, "name": f"copy of {item['name']}"},
    "a note behind the tag": lambda item: {**item, "name": f"{item['name']} KEEP"},
    "a letter behind the tag": lambda item: {**item, "name": f"{item['name']}a"},
    "a note in the metadata": _with(metadata={"owner": "bob"}),
    "an empty note in the metadata": _with(metadata={"keep": ""}),
    "the tag in the metadata, too": lambda item: {**item, "metadata": {"volcheck": item["name"]}},
    "the tag moved to the description": lambda item: {**item, "name": None, "description": item["name"]},
    "the tag moved to the metadata": lambda item: {
        **item,
        "name": None,
        "metadata": {"volcheck": item["name"]},
    },
    "the tag in capitals": lambda item: {**item, "name": item["name"].upper()},
    "another run's id": lambda item: {**item, "name": item["name"].replace(RUN, "261126141726ebd8")},
    "another seal": lambda item: {**item, "name": f"{TAG}-00000000"},
    "no seal": _with(name=TAG),
    "half a seal": lambda item: {**item, "name": item["name"][:-1]},
    "no tag": _with(name=None),
    "the tag's place": _with(name=SLOT),
    "a clone under the same name": _with(source_volid=VOLUME),
    "made from its snapshot under the same name": _with(snapshot_id=VOLUME),
    "metadata that is a list": _with(metadata=["x"]),
    "metadata that is a text": _with(metadata="x"),
    "a number in the metadata": _with(metadata={"a": 1}),
    "a description that is no text": _with(description={}),
    "a description that is a number": _with(description=0),
    "a name that is a list": lambda item: {**item, "name": [item["name"]]},
    "an origin that is a number": _with(source_volid=0),
    "deep metadata": _with(metadata={"a": [[[{}]]]}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_anybody_has_changed_is_somebody_elses(change):
    item = shown("volume", tagged("volume", {"size": 1}, TAG))
    assert written_by("volume", item) == RUN
    assert written_by("volume", change(item)) is None


def test_the_order_of_the_metadata_does_not_count():
    fields = tagged("volume", {"metadata": {"b": "1", "a": "2", "c": "3"}}, TAG)
    turned = dict(reversed(fields["metadata"].items()))
    assert list(turned) == ["c", "a", "b"]
    assert written_by("volume", {**fields, "metadata": turned}) == RUN


@pytest.mark.parametrize("field", ["name", "description"])
@pytest.mark.parametrize("value", [0, False, [], {}])
def test_nothing_in_place_of_a_text_is_not_what_a_run_wrote(field, value):
    fields = tagged("volume", {"name": "", "description": ""}, TAG)
    assert written_by("volume", fields) == RUN
    assert written_by("volume", {**fields, field: value}) is None


def test_a_snapshot_of_the_same_name_is_no_volume_of_the_run():
    name = tagged("volume", {"size": 1}, TAG)["name"]
    assert written_by("snapshot", shown("snapshot", {"name": name})) is None
    assert written_by("volume", shown("volume", {"name": name})) == RUN


def test_a_snapshot_of_another_volume_is_somebody_elses():
    item = shown("snapshot", tagged("snapshot", {"volume_id": VOLUME}, TAG))
    assert written_by("snapshot", {**item, "volume_id": VOLUME.replace("5", "6")}) is None
    assert written_by("snapshot", {**item, "volume_id": VOLUME.replace("-", "")}) == RUN


@pytest.mark.parametrize(
    "run_id", ["262526141726ebd7", "261199141726ebd7", "261126251726ebd7", "000000000000ebd7"]
)
def test_a_run_that_began_at_no_time_has_made_nothing(run_id):
    item = shown("volume", tagged("volume", {"size": 1}, f"volcheck-{run_id}"))
    assert began(run_id) is None
    assert written_by("volume", item) is None


def test_a_run_began_when_its_id_says():
    assert began(RUN) == datetime(2026, 11, 26, 14, 17, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "x", RUN[:-1], RUN + "0", RUN.upper(), f"{TAG}", "٢٦١١٢٦١٤١٧٢٦ebd7", RUN + "\n"]
)
def test_what_is_no_id_of_a_run(text):
    assert began(text) is None


@pytest.mark.parametrize(
    "item",
    [
        {"name": TAG},
        {"name": f"{TAG}-ending"},
        {"name": f"볼륨 {TAG}"},
        {"name": "x", "description": TAG},
        {"name": f"refused {TAG}-0123abcd"},
        {"name": "x", "description": f"{TAG} KEEP"},
        {"name": "x", "description": f"Daily backup {TAG}-0123abcd"},
        {"name": None, "metadata": {"volcheck": TAG}},
    ],
)
def test_a_tag_is_found_where_runs_put_it(item):
    assert tag_of(item) == RUN


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"name": None, "description": None, "metadata": None},
        {"name": f"keep: not of {TAG}-x"},
        {"name": "volcheck"},
        {"name": "volcheck-backup"},
        {"name": f"{TAG}abc"},
        {"name": "x", "description": f"see {TAG}"},
        {"name": "x", "description": f"see {TAG}-0123abcd."},
        {"name": "x", "metadata": {"note": TAG}},
        {"name": 7, "description": ["volcheck"], "metadata": "volcheck"},
    ],
)
def test_what_only_mentions_a_run_carries_no_tag(item):
    assert tag_of(item) is None
