"""Text of every script, there and back."""

import pytest

from volcheck.fixtures.api import SLOT
from volcheck.fixtures.cases import TEXTS

texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


#: Volumes that are made together and looked up in the same lists.
TOGETHER = 3


@pytest.fixture(scope="module")
def seen():
    """What was seen of the volume of each text, so that name and description need not be made apart."""
    return {}


@texts
@pytest.mark.requirement("text.name-round-trip")
@pytest.mark.holds(volumes=TOGETHER)
def test_a_name_comes_back_unchanged(api, volumes, expect, lists, seen, text):
    created, shown, listed = _everywhere(api, volumes, lists, seen, text)
    expect.unless_refused(created, what="a volume of this name and description")
    _same(expect, "name", text, created, shown)
    for page in listed:
        names = [item.get("name") for item in lists.items(page) if item.get("id") == _id(created)]
        expect.equal(names, [text], "a list shows another name", page)


@texts
@pytest.mark.requirement("text.description-round-trip")
@pytest.mark.holds(volumes=TOGETHER)
def test_a_description_comes_back_unchanged(api, volumes, expect, lists, seen, text):
    created, shown, _ = _everywhere(api, volumes, lists, seen, text)
    expect.unless_refused(created, what="a volume of this name and description")
    _same(expect, "description", text, created, shown)


@texts
@pytest.mark.requirement("text.any-script-accepted")
@pytest.mark.holds(volumes=TOGETHER)
def test_a_text_is_accepted(api, volumes, expect, lists, seen, text):
    created, _, _ = _everywhere(api, volumes, lists, seen, text)
    expect.accepted(created, what=f"a volume with the name and description {text!r}")


@pytest.mark.requirement("text.metadata-round-trip")
@pytest.mark.parametrize("count", [1, len(TEXTS)], ids=["one", "all"])
def test_metadata_values_come_back_unchanged(api, volumes, expect, count):
    for text in TEXTS.values():
        api.nonsense_id(text)
    metadata = dict(list(TEXTS.items())[:count])
    created = volumes.request({"size": volumes.size, "metadata": metadata})
    expect.unless_refused(created, what="a volume with this metadata")
    volume = expect.body(created, "volume")
    _same(expect, "metadata", metadata, created, api.show_volume(volume["id"]))


@pytest.mark.requirement("text.snapshot-round-trip")
@pytest.mark.parametrize("kind", ["korean", "emoji", "markup", "umlauts", "korean first"])
def test_text_of_a_snapshot_comes_back_unchanged(api, snapshots, expect, lists, shared, kind):
    texts = {"name": TEXTS[kind], "description": f"{TEXTS[kind]} {SLOT}"}
    fields = api.tagged("snapshot", {"volume_id": shared.ids[1], **texts})
    exchange = snapshots.request(fields)
    expect.unless_refused(exchange, what="a snapshot of this name and description")
    snapshot = expect.body(exchange, "snapshot")
    wanted = {"name": fields["name"], "description": fields["description"]}
    expect.equal(_texts(snapshot), wanted, "the creation answers other texts", exchange)
    shown = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
    expect.equal(_texts(shown), wanted, "show answers other texts", exchange)
    for listing in ("list_snapshots", "list_snapshots_detail"):
        page = lists.look(listing)
        listed = [_texts(item) for item in lists.items(page) if item.get("id") == snapshot["id"]]
        expect.equal(listed, [wanted], "a list shows other texts", page)


@pytest.mark.requirement("text.empty-kept")
@pytest.mark.parametrize("field", ["name", "description"])
def test_an_empty_text_stays_empty(api, volumes, expect, field):
    created = volumes.request({"size": volumes.size, field: ""})
    volume = expect.body(created, "volume")
    _same(expect, field, "", created, api.show_volume(volume["id"]))


def _everywhere(api, volumes, lists, seen, text):
    """A volume with this name and description, as its creation, show and both lists answer it.

    Those of the next texts are made with it, as one look at the lists shows them all.
    """
    if text not in seen:
        following = list(TEXTS.values())
        made = {}
        for each in following[following.index(text) :][:TOGETHER]:
            api.nonsense_id(each)
            created = volumes.request({"size": volumes.size, "name": each, "description": each})
            made[each] = created, api.show_volume(_id(created)) if _id(created) else created
        listed = [lists.look("list_volumes"), lists.look("list_volumes_detail")]
        seen |= {each: (created, shown, listed) for each, (created, shown) in made.items()}
    return seen[text]


def _id(created):
    body = created.json()
    volume = body.get("volume") if isinstance(body, dict) else None
    return volume.get("id") if isinstance(volume, dict) else None


def _same(expect, field, wanted, created, shown):
    """Demand a field from the creation's answer and from show."""
    got = expect.body(created, "volume").get(field)
    expect.equal(got, wanted, f"the creation answers another {field}", created)
    got = expect.body(shown, "volume").get(field)
    expect.equal(got, wanted, f"show answers another {field}", shown)


def _texts(snapshot):
    return {"name": snapshot.get("name"), "description": snapshot.get("description")}
