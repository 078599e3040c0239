"""Volume types, and what a volume does with them."""

import pytest


@pytest.mark.smoke
@pytest.mark.requirement("types.listed")
def test_types_are_listed(api, expect):
    types = expect.body(exchange := api.list_types(), "volume_types")
    expect.that(
        len(types) > 0 and all(each.get("id") and each.get("name") for each in types),
        "the types are not listed with ids and names",
        expected="at least one type with id and name",
        got=types,
        exchange=exchange,
    )


@pytest.mark.requirement("types.differ")
@pytest.mark.parametrize("field", ["id", "name"])
def test_types_differ(api, expect, field):
    types = expect.body(exchange := api.list_types(), "volume_types")
    values = [each[field] for each in types]
    expect.equal(sorted(values), sorted(set(values)), f"two types have the same {field}", exchange)


@pytest.mark.requirement("types.same-twice")
def test_types_are_the_same_twice(api, expect):
    first = expect.body(api.list_types(), "volume_types")
    for _ in range(3):
        again = expect.body(exchange := api.list_types(), "volume_types")
        expect.equal(again, first, "the types differ from the last look", exchange)


@pytest.mark.requirement("types.extra-specs")
def test_types_show_their_extra_specs(api, expect):
    types = expect.body(exchange := api.list_types(), "volume_types")
    expect.that(
        all(isinstance(each.get("extra_specs"), dict) for each in types),
        "a type lacks its extra_specs",
        expected="an object of texts",
        got=types,
        exchange=exchange,
    )


@pytest.mark.requirement("types.usable")
@pytest.mark.parametrize("position", [0, -1], ids=["first", "last"])
def test_a_listed_type_can_be_used_by_name(volumes, expect, capabilities, position):
    name = capabilities.types[position]
    _usable(volumes, expect, name, name)


@pytest.mark.requirement("types.usable-by-id")
def test_a_listed_type_can_be_used_by_id(api, volumes, expect):
    wanted = expect.body(api.list_types(), "volume_types")[0]
    _usable(volumes, expect, wanted["id"], wanted["name"])


@pytest.mark.requirement("types.default-listed")
def test_a_volume_without_a_type_has_a_listed_one_or_none(volumes, expect, capabilities):
    volume = volumes.create()
    shown = volume.get("volume_type")
    expect.that(
        shown is None or shown in capabilities.types,
        "the volume has a type that is not listed",
        expected=f"null or one of {', '.join(capabilities.types)}",
        got=shown,
    )


@pytest.mark.requirement("types.unknown-refused")
@pytest.mark.parametrize("kind", ["name", "id"])
def test_an_unknown_type_is_refused(api, volumes, expect, kind):
    unknown = "no such type" if kind == "name" else api.unknown_id()
    expect.refused(
        volumes.request({"size": volumes.size, "volume_type": unknown}),
        404,
        what=f"a type of unknown {kind}",
        cause="reference",
    )


@pytest.mark.requirement("types.malformed-refused")
@pytest.mark.parametrize("value", [5, True, ["General HDD"]], ids=["number", "boolean", "list"])
def test_a_type_that_is_no_text_is_refused(volumes, expect, value):
    exchange = volumes.request({"size": volumes.size, "volume_type": value})
    expect.refused(exchange, 400, 404, what=f"the type {value!r}")


def _usable(volumes, expect, given, name):
    """Demand that a volume of a type can be made, and shows the type's name."""
    exchange = volumes.request({"size": volumes.size, "volume_type": given})
    expect.accepted(exchange, what=f"a volume of the listed type {given}")
    seen = volumes.until(volumes.started(exchange)["id"], "available", since="creating")
    expect.equal(seen.body.get("volume_type"), name, "the volume shows another type", seen.exchange)
