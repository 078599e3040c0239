"""Text of every script, there and back."""

import pytest

from volcheck.cases import TEXTS

texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


@texts
@pytest.mark.requirement("text.name-round-trip")
def test_a_name_comes_back_unchanged(api, volumes, demand, lists, text):
    api.nonsense_id(text)
    volume = demand.body(exchange := volumes.request({"size": volumes.size, "name": text}), "volume")
    demand.equal(volume.get("name"), text, "the creation answers another name", exchange)
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get("name"), text, "show answers another name", exchange)
    for listing in ("list_volumes", "list_volumes_detail"):
        page = lists.look(listing)
        listed = [item.get("name") for item in lists.items(page) if item.get("id") == volume["id"]]
        demand.equal(listed, [text], "a list shows another name", page)


@texts
@pytest.mark.requirement("text.description-round-trip")
def test_a_description_comes_back_unchanged(api, volumes, demand, text):
    api.nonsense_id(text)
    volume = demand.body(exchange := volumes.request({"size": volumes.size, "description": text}), "volume")
    demand.equal(volume.get("description"), text, "the creation answers another description", exchange)
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get("description"), text, "show answers another description", exchange)


@texts
@pytest.mark.requirement("text.metadata-round-trip")
def test_a_metadata_value_comes_back_unchanged(api, volumes, demand, text):
    api.nonsense_id(text)
    metadata = {"text": text, "plain": "plain"}
    volume = demand.body(exchange := volumes.request({"size": volumes.size, "metadata": metadata}), "volume")
    demand.equal(volume.get("metadata"), metadata, "the creation answers other metadata", exchange)
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get("metadata"), metadata, "show answers other metadata", exchange)


@pytest.mark.requirement("text.snapshot-round-trip")
@pytest.mark.parametrize("kind", ["korean", "emoji", "markup", "umlauts", "korean first"])
def test_text_of_a_snapshot_comes_back_unchanged(api, snapshots, demand, lists, standing, kind):
    fields = {"volume_id": standing.ids[1], "name": TEXTS[kind], "description": snapshots.name(TEXTS[kind])}
    snapshot = demand.body(exchange := snapshots.request(fields), "snapshot")
    wanted = {"name": fields["name"], "description": fields["description"]}
    demand.equal(_texts(snapshot), wanted, "the creation answers other texts", exchange)
    shown = demand.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
    demand.equal(_texts(shown), wanted, "show answers other texts", exchange)
    for listing in ("list_snapshots", "list_snapshots_detail"):
        page = lists.look(listing)
        listed = [_texts(item) for item in lists.items(page) if item.get("id") == snapshot["id"]]
        demand.equal(listed, [wanted], "a list shows other texts", page)


@pytest.mark.requirement("text.empty-kept")
def test_an_empty_name_stays_empty(api, volumes, demand):
    volume = demand.body(exchange := volumes.request({"size": volumes.size, "name": ""}), "volume")
    demand.equal(volume.get("name"), "", "the creation answers another name", exchange)
    shown = demand.body(exchange := api.show_volume(volume["id"]), "volume")
    demand.equal(shown.get("name"), "", "show answers another name", exchange)


def _texts(snapshot):
    return {"name": snapshot.get("name"), "description": snapshot.get("description")}
