"""Tenants are kept apart."""

import pytest

LISTINGS = ["list_types", "list_volumes", "list_volumes_detail", "list_snapshots", "list_snapshots_detail"]


@pytest.mark.smoke
@pytest.mark.requirement("access.other-project-path")
@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("project", ["existing", "unknown"])
def test_the_path_of_another_project(api, demand, offer, listing, project):
    path = offer.other_project if project == "existing" else api.unknown_id().replace("-", "")
    exchange = getattr(api, listing)(project=path)
    demand.refused(exchange, 400, 401, 403, 404, what=f"{listing} in the path of another project")


@pytest.mark.requirement("access.other-project-path")
def test_a_creation_in_the_path_of_another_project(api, volumes, demand, offer):
    exchange = api.create_volume({"size": volumes.size}, project=offer.other_project)
    demand.refused(exchange, 400, 401, 403, 404, what="a creation in the path of another project")


@pytest.mark.smoke
@pytest.mark.requirement("access.foreign-show")
def test_another_tenant_sees_nothing(api, demand, standing, offer):
    _ = offer.other_project
    demand.refused(api.show_volume(standing.ids[0], who="other"), 404, what="showing another tenant's volume")
    snapshot = standing.snapshots[0]["id"]
    demand.refused(api.show_snapshot(snapshot, who="other"), 404, what="showing another tenant's snapshot")


@pytest.mark.requirement("access.foreign-delete")
def test_another_tenant_deletes_nothing(api, demand, volumes, standing, offer):
    _ = offer.other_project
    demand.refused(
        api.delete_volume(standing.ids[4], who="other"), 404, what="deleting another tenant's volume"
    )
    shown = demand.body(exchange := api.show_volume(standing.ids[4]), "volume")
    demand.equal(shown.get("status"), "available", "another tenant has deleted a volume", exchange)
    snapshot = standing.snapshots[2]["id"]
    demand.refused(api.delete_snapshot(snapshot, who="other"), 404, what="deleting another tenant's snapshot")
    shown = demand.body(exchange := api.show_snapshot(snapshot), "snapshot")
    demand.equal(shown.get("status"), "available", "another tenant has deleted a snapshot", exchange)


@pytest.mark.requirement("access.foreign-use")
@pytest.mark.parametrize("use", ["snapshot", "clone", "restore"])
def test_another_tenant_uses_nothing(api, demand, volumes, standing, offer, use):
    _ = offer.other_project
    volume, snapshot = standing.volumes[0], standing.snapshots[0]
    exchange = {
        "snapshot": lambda: api.create_snapshot({"volume_id": volume["id"]}, who="other"),
        "clone": lambda: api.create_volume(
            {"size": volume["size"], "source_volid": volume["id"]}, who="other"
        ),
        "restore": lambda: api.create_volume(
            {"size": snapshot["size"], "snapshot_id": snapshot["id"]}, who="other"
        ),
    }[use]()
    demand.refused(exchange, 404, what=f"another tenant's {use}")


@pytest.mark.requirement("access.foreign-list")
@pytest.mark.parametrize("listing", LISTINGS[1:])
@pytest.mark.parametrize("query", ["plain", "all_tenants", "project_id"])
def test_another_tenant_lists_nothing(api, demand, lists, standing, offer, listing, query):
    _ = offer.other_project
    asked = {"plain": {}, "all_tenants": {"all_tenants": "1"}, "project_id": {"project_id": offer.project}}[
        query
    ]
    page = getattr(api, listing)(asked, who="other")
    mine = {*standing.ids, *(snapshot["id"] for snapshot in standing.snapshots)}
    shown = sorted(mine & set(lists.ids(page)))
    demand.equal(shown, [], "another tenant's list shows what is not its own", page)


@pytest.mark.requirement("access.foreign-marker")
@pytest.mark.parametrize("listing", ["list_volumes", "list_volumes_detail"])
def test_another_tenants_marker(api, demand, standing, offer, listing):
    _ = offer.other_project
    page = getattr(api, listing)({"marker": standing.ids[0]}, who="other")
    demand.status(page, 200, 404)
    body = page.json()
    shown = {item.get("id") for item in body.get("volumes", [])} & set(standing.ids)
    demand.equal(sorted(shown), [], "a marker of another tenant shows what follows it there", page)
