"""Tenants are kept apart."""

import pytest

LISTINGS = ["list_types", "list_volumes", "list_volumes_detail", "list_snapshots", "list_snapshots_detail"]


@pytest.mark.smoke
@pytest.mark.requirement("access.other-project-path")
@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("project", ["existing", "unknown"])
def test_the_path_of_another_project(api, expect, capabilities, listing, project):
    path = capabilities.other_project if project == "existing" else api.unknown_id().replace("-", "")
    exchange = getattr(api, listing)(project=path)
    what = f"{listing} in the path of another project"
    expect.refused(exchange, 400, 401, 403, 404, what=what, cause="path")


@pytest.mark.requirement("access.other-project-path")
def test_a_creation_in_the_path_of_another_project(api, volumes, expect, capabilities):
    exchange = api.create_volume({"size": volumes.size}, project=capabilities.other_project)
    what = "a creation in the path of another project"
    expect.refused(exchange, 400, 401, 403, 404, what=what, cause="path")


@pytest.mark.smoke
@pytest.mark.requirement("access.foreign-show")
def test_another_tenant_sees_nothing(api, expect, shared, capabilities):
    capabilities.need_second_identity()
    exchange = api.show_volume(shared.ids[0], who="other")
    expect.refused(exchange, 404, what="showing another tenant's volume", cause="path")
    exchange = api.show_snapshot(shared.snapshots[0]["id"], who="other")
    expect.refused(exchange, 404, what="showing another tenant's snapshot", cause="path")


@pytest.mark.requirement("access.foreign-delete")
def test_another_tenant_deletes_nothing(api, expect, volumes, shared, capabilities):
    capabilities.need_second_identity()
    exchange = api.delete_volume(shared.ids[4], who="other")
    expect.refused(exchange, 404, what="deleting another tenant's volume", cause="path")
    shown = expect.body(exchange := api.show_volume(shared.ids[4]), "volume")
    expect.equal(shown.get("status"), "available", "another tenant has deleted a volume", exchange)
    snapshot = shared.snapshots[2]["id"]
    exchange = api.delete_snapshot(snapshot, who="other")
    expect.refused(exchange, 404, what="deleting another tenant's snapshot", cause="path")
    shown = expect.body(exchange := api.show_snapshot(snapshot), "snapshot")
    expect.equal(shown.get("status"), "available", "another tenant has deleted a snapshot", exchange)


@pytest.mark.requirement("access.foreign-use")
@pytest.mark.parametrize("use", ["snapshot", "clone", "restore"])
def test_another_tenant_uses_nothing(api, expect, volumes, shared, capabilities, use):
    capabilities.need_second_identity()
    volume, snapshot = shared.volumes[0], shared.snapshots[0]
    exchange = {
        "snapshot": lambda: api.create_snapshot({"volume_id": volume["id"]}, who="other"),
        "clone": lambda: api.create_volume(
            {"size": volume["size"], "source_volid": volume["id"]}, who="other"
        ),
        "restore": lambda: api.create_volume(
            {"size": snapshot["size"], "snapshot_id": snapshot["id"]}, who="other"
        ),
    }[use]()
    expect.refused(exchange, 404, what=f"another tenant's {use}", cause="reference")


@pytest.mark.requirement("access.foreign-list")
@pytest.mark.parametrize("listing", LISTINGS[1:])
@pytest.mark.parametrize("query", ["plain", "all_tenants", "project_id"])
def test_another_tenant_lists_nothing(api, expect, lists, shared, capabilities, listing, query):
    capabilities.need_second_identity()
    asked = {
        "plain": {},
        "all_tenants": {"all_tenants": "1"},
        "project_id": {"project_id": capabilities.project},
    }[query]
    page = getattr(api, listing)(asked, who="other")
    mine = {*shared.ids, *(snapshot["id"] for snapshot in shared.snapshots)}
    shown = sorted(mine & set(lists.ids(page)))
    expect.equal(shown, [], "another tenant's list shows what is not its own", page)


@pytest.mark.requirement("access.foreign-marker")
@pytest.mark.parametrize("listing", ["list_volumes", "list_volumes_detail"])
def test_another_tenants_marker(api, expect, shared, capabilities, listing):
    capabilities.need_second_identity()
    page = getattr(api, listing)({"marker": shared.ids[0]}, who="other")
    refused = 400 <= page.status < 500
    shown = set() if refused else {item.get("id") for item in expect.body(page, "volumes")} & set(shared.ids)
    expect.equal(sorted(shown), [], "a marker of another tenant shows what follows it there", page)
