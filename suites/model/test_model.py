"""Volumes and snapshots in any order, against a model that keeps its own truth."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from volcheck.fixtures.resources import GONE

SORTS = ("name:asc", "name:desc", "size:asc", "created_at:asc", "id:asc", "size:desc")
NAMES = ("model", "모델", "Model  two", "7")
AT_MOST = 3


@pytest.mark.requirement("model.agrees")
@pytest.mark.parametrize("part", range(4))
@pytest.mark.holds(volumes=AT_MOST, snapshots=AT_MOST)
def test_whatever_the_order(sequences, api, volumes, snapshots, expect, lists, part):
    sequences.play(lambda steps: Model(api, volumes, snapshots, expect, lists, steps), part)


class Model(RuleBasedStateMachine):
    """What must be there after each step: by id, the fields that never change."""

    def __init__(self, api, volumes, snapshots, expect, lists, steps):
        super().__init__()
        self.api, self.expect, self.lists, self.steps = api, expect, lists, steps
        self.create = {"volume": volumes, "snapshot": snapshots}
        self.show = {"volume": api.show_volume, "snapshot": api.show_snapshot}
        self.erase = {"volume": api.delete_volume, "snapshot": api.delete_snapshot}
        self.truth = {"volume": {}, "snapshot": {}}
        self.gone = {"volume": [], "snapshot": []}

    @initialize(name=st.sampled_from(NAMES))
    def begin(self, name):
        self._make("volume", f"make a volume named {name!r}", {"size": self._size(0), "name": name})

    @precondition(lambda self: len(self.truth["volume"]) < AT_MOST)
    @rule(name=st.sampled_from(NAMES), extra=st.integers(0, 1), purpose=st.sampled_from(("", "a", "값")))
    def create_volume(self, name, extra, purpose):
        fields = {"size": self._size(extra), "name": name, "metadata": {"purpose": purpose}}
        self._make("volume", f"make a volume of {fields['size']} GiB named {name!r}", fields)
        self._compare()

    @precondition(lambda self: self.truth["volume"] and len(self.truth["snapshot"]) < AT_MOST)
    @rule(which=st.integers(0, 9), name=st.sampled_from(NAMES))
    def create_snapshot(self, which, name):
        volume = self._pick("volume", which)
        self._make(
            "snapshot",
            f"make a snapshot of volume {self._number('volume', volume)}",
            {"volume_id": volume["id"], "name": name},
            size=volume["size"],
        )
        self._compare()

    @precondition(lambda self: 0 < len(self.truth["volume"]) < AT_MOST)
    @rule(which=st.integers(0, 9))
    def clone(self, which):
        source = self._pick("volume", which)
        fields = {"size": source["size"], "source_volid": source["id"], "name": "clone"}
        self._make("volume", f"clone volume {self._number('volume', source)}", fields)
        self._compare()

    @precondition(lambda self: self.truth["snapshot"] and len(self.truth["volume"]) < AT_MOST)
    @rule(which=st.integers(0, 9))
    def restore(self, which):
        source = self._pick("snapshot", which)
        fields = {"size": source["size"], "snapshot_id": source["id"], "name": "restored"}
        what = f"make a volume from snapshot {self._number('snapshot', source)}"
        self._make("volume", what, fields)
        self._compare()

    @precondition(lambda self: self.truth["snapshot"])
    @rule(which=st.integers(0, 9))
    def delete_snapshot(self, which):
        self._delete("snapshot", self._pick("snapshot", which))
        self._compare()

    @precondition(lambda self: self.truth["volume"])
    @rule(which=st.integers(0, 9))
    def delete_volume(self, which):
        volume = self._pick("volume", which)
        taken = [s for s in self.truth["snapshot"].values() if s["volume_id"] == volume["id"]]
        if not taken:
            self._delete("volume", volume)
        else:
            self.steps.say(f"try to delete volume {self._number('volume', volume)}, which has a snapshot")
            exchange = self.api.delete_volume(volume["id"])
            self.expect.refused(exchange, 400, what="the deletion of a volume with a snapshot", cause="state")
        self._compare()

    @precondition(lambda self: len(self.truth["volume"]) > 1)
    @rule(sort=st.sampled_from(SORTS), limit=st.integers(1, 4))
    def page(self, sort, limit):
        self.steps.say(f"walk through the volumes by {limit}, sorted by {sort}")
        whole = [
            i for i in self.lists.walk("list_volumes_detail", sort=sort).ids if i in self.truth["volume"]
        ]
        walk = self.lists.walk("list_volumes", sort=sort, limit=limit)
        paged = [i for i in walk.ids if i in self.truth["volume"]]
        self.expect.equal(
            sorted(whole), sorted(self.truth["volume"]), "the list holds other volumes", walk.last
        )
        self.expect.equal(paged, whole, "the pages hold the volumes otherwise than the list", walk.last)

    # -- what the steps are made of -------------------------------------------------------------------------------

    def _size(self, extra):
        return self.create["volume"].size + extra

    def _number(self, kind, item):
        return list(self.truth[kind]).index(item["id"]) + 1

    def _pick(self, kind, which):
        """One that is there, once it is available."""
        item = list(self.truth[kind].values())[which % len(self.truth[kind])]
        self.create[kind].until(item["id"], "available")
        return item

    def _make(self, kind, what, fields, **derived):
        self.steps.say(what)
        exchange = self.create[kind].request(fields)
        made = self.create[kind].started(exchange)
        wanted = {"name": fields["name"], **derived}
        wanted |= {
            key: fields[key] for key in ("size", "volume_id", "snapshot_id", "source_volid") if key in fields
        }
        if "metadata" in fields:
            wanted["metadata"] = fields["metadata"]
        self.expect.equal(
            {key: made.get(key) for key in wanted}, wanted, "the creation answers otherwise", exchange
        )
        self.truth[kind][made["id"]] = {"id": made["id"], **wanted}

    def _delete(self, kind, item):
        self.steps.say(f"delete {kind} {self._number(kind, item)}")
        self.expect.accepted(self.erase[kind](item["id"]), what=f"the deletion of a {kind}")
        self.create[kind].until(item["id"], GONE, since="deleting")
        del self.truth[kind][item["id"]]
        self.gone[kind].append(item["id"])

    def _compare(self):
        """Hold show and the detailed lists against the truth."""
        for kind, listing in (("volume", "list_volumes_detail"), ("snapshot", "list_snapshots_detail")):
            truth = self.truth[kind]
            walk = self.lists.walk(listing)
            listed = {item["id"]: item for item in walk.items if item.get("id") in truth}
            self._same(listed, truth, f"the list of {kind}s", walk.last)
            back = sorted(set(walk.ids) & set(self.gone[kind]))
            self.expect.equal(back, [], f"the list shows {kind}s that are gone", walk.last)
        for kind, truth in self.truth.items():
            for item in list(truth.values())[-1:]:
                exchange = self.show[kind](item["id"])
                shown = self.expect.body(exchange, kind)
                self._same({item["id"]: shown}, {item["id"]: item}, f"the {kind}", exchange)

    def _same(self, got, truth, what, exchange):
        cut = {i: {key: item.get(key) for key in truth[i]} for i, item in got.items()}
        self.expect.equal(cut, truth, f"{what} is not as it must be by now", exchange)
