"""Sorting lists."""

import pytest

both = pytest.mark.parametrize("listing", ["list_volumes", "list_volumes_detail"])
both_of_snapshots = pytest.mark.parametrize("listing", ["list_snapshots", "list_snapshots_detail"])
directions = pytest.mark.parametrize("direction", ["asc", "desc"])


@pytest.mark.smoke
@both
@directions
@pytest.mark.requirement("sort.by-name")
def test_by_name(expect, lists, shared, listing, direction):
    _in_order(expect, lists, listing, f"name:{direction}", shared.volumes, [("name", direction)])


@both
@directions
@pytest.mark.requirement("sort.by-creation")
def test_by_creation(expect, lists, shared, listing, direction):
    _in_order(expect, lists, listing, f"created_at:{direction}", shared.volumes, [("created_at", direction)])


@both
@directions
@pytest.mark.requirement("sort.by-size")
def test_by_size(expect, lists, shared, listing, direction):
    _in_order(expect, lists, listing, f"size:{direction}", shared.volumes, [("size", direction)])


@both
@directions
@pytest.mark.requirement("sort.by-id")
def test_by_id(expect, lists, shared, listing, direction):
    _in_order(expect, lists, listing, f"id:{direction}", shared.volumes, [("id", direction)])


@both
@pytest.mark.requirement("sort.several-keys")
@pytest.mark.parametrize("first", ["asc", "desc"])
@pytest.mark.parametrize("second", ["asc", "desc"])
def test_by_several_keys(expect, lists, shared, listing, first, second):
    sort = f"size:{first},name:{second}"
    _in_order(expect, lists, listing, sort, shared.volumes, [("size", first), ("name", second)])


@both
@pytest.mark.requirement("sort.other-keys")
@pytest.mark.parametrize("key", ["status", "availability_zone", "bootable", "updated_at", "volume_type"])
def test_by_other_keys(expect, lists, shared, listing, key):
    page = lists.look(listing, sort=f"{key}:asc")
    expect.status(page, 200)
    walk = lists.walk(listing, sort=f"{key}:asc")
    expect.equal(
        sorted(set(walk.ids) & set(shared.ids)),
        sorted(shared.ids),
        f"sorted by {key} the list lacks volumes",
        page,
    )


@directions
@pytest.mark.requirement("sort.other-keys")
@pytest.mark.parametrize("key", ["status", "availability_zone", "bootable", "updated_at"])
def test_pages_by_other_keys(expect, lists, shared, key, direction):
    walk = lists.walk("list_volumes", sort=f"{key}:{direction}", limit=4)
    expect.equal(walk.trouble, "", f"the pages sorted by {key} do not come to their end", walk.last)
    met = sorted(one for one in walk.ids if one in shared.ids)
    expect.equal(
        met, sorted(shared.ids), f"the pages sorted by {key} do not show each volume once", walk.last
    )


@both
@pytest.mark.requirement("sort.default-direction")
def test_without_a_direction(expect, lists, shared, listing):
    _in_order(expect, lists, listing, "name", shared.volumes, [("name", "desc")])


@both
@pytest.mark.requirement("sort.key-refused")
@pytest.mark.parametrize("sort", ["bogus", "bogus:asc"], ids=repr)
def test_a_key_that_is_no_field(expect, lists, listing, sort):
    expect.refused(lists.look(listing, sort=sort), 400, what=f"the sort {sort!r}")


@both
@pytest.mark.requirement("sort.direction-refused")
@pytest.mark.parametrize("sort", ["name:bogus", "size:up"], ids=repr)
def test_a_direction_that_is_none(expect, lists, listing, sort):
    expect.refused(lists.look(listing, sort=sort), 400, what=f"the sort {sort!r}")


@both
@pytest.mark.requirement("sort.odd-refused")
@pytest.mark.parametrize(
    "sort", ["", ":asc", "metadata", "name:asc:desc", "name:asc,bogus:asc", "size:asc,name:up"], ids=repr
)
def test_an_odd_sort(expect, lists, listing, sort):
    expect.refused(lists.look(listing, sort=sort), 400, what=f"the sort {sort!r}")


@both
@pytest.mark.requirement("sort.keeps-all")
@pytest.mark.parametrize("sort", ["name:asc", "size:desc", "created_at:asc"])
def test_sorting_leaves_nothing_out(expect, lists, shared, listing, sort):
    before, walk = lists.quiet(listing, lambda: lists.walk(listing, sort=sort))
    expect.equal(sorted(walk.ids), sorted(before), "the sorted list holds other volumes", walk.last)


@both_of_snapshots
@directions
@pytest.mark.requirement("sort.snapshots-by-creation")
def test_snapshots_by_creation(expect, lists, shared, listing, direction):
    _in_order(
        expect, lists, listing, f"created_at:{direction}", shared.snapshots, [("created_at", direction)]
    )


@both_of_snapshots
@pytest.mark.requirement("sort.snapshots-refused")
@pytest.mark.parametrize("sort", ["bogus", "created_at:bogus"])
def test_an_unknown_sort_of_snapshots(expect, lists, listing, sort):
    expect.refused(lists.look(listing, sort=sort), 400, what=f"the sort {sort!r}")


def _in_order(expect, lists, listing, sort, known, keys):
    """Demand that the resources known come in the order of the keys; equal ones may come in any."""
    if any(field == "name" for field, _ in keys):
        known = [item for item in known if _sortable(item["name"])]
    walk = lists.walk(listing, sort=sort)
    by_id = {item["id"]: item for item in known}
    met = [by_id[i] for i in walk.ids if i in by_id]
    expect.equal(
        sorted(item["id"] for item in met),
        sorted(by_id),
        "the sorted list lacks resources, or has them twice",
        walk.last,
    )
    got = [tuple(item[field] for field, _ in keys) for item in met]
    types = [int if field == "size" else str for field, _ in keys]
    if any(type(value) is not wanted for row in got for value, wanted in zip(row, types, strict=True)):
        pytest.skip(
            "what stands here does not show the values it was made with, so that its order tells nothing"
        )
    if len(set(got)) < 2:
        pytest.skip(
            "the project has no two that differ in what is sorted by, so that their order tells nothing"
        )
    # Databases compare letters by code or without case, with marks or first without them; all are an order of names.
    orders = [_sorted(got, keys, fold) for fold in (str, str.casefold, str.upper, _unmarked, _hangul_first)]
    expect.that(
        got in orders,
        f"the list is not in the order of {sort}",
        expected=orders[0],
        got=got,
        exchange=walk.last,
    )


def _sortable(name):
    """Whether databases agree about the letters of a name: of its marks and its case they may think as they like."""
    if not isinstance(name, str):
        return name is not None
    return all((char.isascii() and char.isprintable()) or "가" <= char <= "힣" for char in name)


def _unmarked(name):
    return "".join(char for char in name.casefold() if char.isalnum()), name.casefold()


def _hangul_first(name):
    return [(char < "가", part) for char, part in zip(name, name.casefold(), strict=False)]


def _sorted(rows, keys, fold):
    for position, (_, direction) in reversed(list(enumerate(keys))):
        rows = sorted(
            rows,
            key=lambda row: fold(row[position]) if isinstance(row[position], str) else row[position],
            reverse=direction == "desc",
        )
    return rows
