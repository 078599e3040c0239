"""openapi.yaml: complete, consistent with itself, and with examples that are true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from volcheck.contract import OPERATION_IDS, Contract, load_contract

CONTRACT = load_contract()
DOCUMENT = CONTRACT.document
SCHEMAS = DOCUMENT["components"]["schemas"]
SOURCES = {"published", "contract", "upstream"}


def validator(schema: Any) -> jsonschema_rs.Draft202012Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def walk(node: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*place, str(index)))


MEDIA = [
    (place, node)
    for place, node in walk(DOCUMENT)
    if place[-1:] == ("application/json",) and isinstance(node, dict)
]
EXAMPLES = [
    pytest.param(node["schema"], CONTRACT.resolve(example)["value"], id="/".join((*place[1:-2], name)))
    for place, node in MEDIA
    for name, example in node["examples"].items()
]


def test_the_operations_are_the_twelve() -> None:
    assert tuple(sorted(CONTRACT.operations)) == tuple(sorted(OPERATION_IDS))


@pytest.mark.parametrize(("schema", "value"), EXAMPLES)
def test_examples_are_valid(schema: Any, value: Any) -> None:
    assert [(list(one.instance_path), one.message) for one in validator(schema).iter_errors(value)] == []


def test_every_body_has_an_example() -> None:
    assert len(MEDIA) > 12
    for place, node in MEDIA:
        assert node["examples"], place


def test_every_example_is_used() -> None:
    used = {
        node["$ref"].rpartition("/")[2]
        for _, node in walk(DOCUMENT)
        if isinstance(node, dict) and "$ref" in node
    }
    for kind, components in DOCUMENT["components"].items():
        if kind != "securitySchemes":
            assert {name for name in components if name not in used} == set(), kind


def test_examples_of_parameters_are_valid() -> None:
    for parameter in DOCUMENT["components"]["parameters"].values():
        values = [parameter["example"]] if "example" in parameter else []
        values += [one["value"] for one in parameter.get("examples", {}).values()]
        assert values
        for value in values:
            assert validator(parameter["schema"]).is_valid(value), (parameter["name"], value)


def test_examples_hold_no_data_of_the_published_guide() -> None:
    published = Path(__file__).parents[3] / "shared" / "published" / "volume-api-2020.ko.md"
    if not published.is_file():
        pytest.skip("the published guide is not here")
    identifier = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}")
    ours = set(identifier.findall(CONTRACT.file.path.read_text("utf-8")))
    assert ours
    assert ours.isdisjoint(identifier.findall(published.read_text("utf-8")))


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    assert jsonschema_rs.meta.is_valid(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[name]}
    )
    assert SCHEMAS[name]["description"]


def test_everything_says_what_it_is_and_where_it_comes_from() -> None:
    for name, schema in SCHEMAS.items():
        for field, one in schema.get("properties", {}).items():
            assert one.get("description"), (name, field)
            assert one.get("x-source") in SOURCES, (name, field)
    for name, parameter in DOCUMENT["components"]["parameters"].items():
        assert parameter["description"], name
        assert parameter["x-source"] in SOURCES, name
    for operation in CONTRACT.operations.values():
        node = DOCUMENT["paths"][operation.path][operation.method.lower()]
        assert node["summary"], operation.id
        assert node["description"], operation.id
        assert node["x-source"] in SOURCES, operation.id


def test_null_is_an_alternative_not_a_type() -> None:
    for place, node in walk(DOCUMENT):
        if isinstance(node, dict) and "type" in node and place[-1:] != ("properties",):
            assert isinstance(node["type"], str | dict), place


def test_required_fields_are_described() -> None:
    for name, schema in SCHEMAS.items():
        fields = CONTRACT.properties(schema)
        for required in schema.get("required", ()):
            assert required in fields, (name, required)
            assert fields[required].required


def test_responses_allow_further_fields() -> None:
    for place, node in walk(SCHEMAS):
        if isinstance(node, dict) and node.get("additionalProperties") is False:
            assert place[0] in ("VolumeCreateRequest", "SnapshotCreateRequest", "NewSnapshot")


def test_both_versions_are_served_and_the_root_is_above_them() -> None:
    (server,) = DOCUMENT["servers"]
    assert server["variables"]["version"]["enum"] == ["v2", "v3"]
    (root,) = DOCUMENT["paths"]["/"]["servers"]
    assert root["url"] == "{origin}"


def test_token_is_needed_for_all_but_the_versions() -> None:
    assert [one.id for one in CONTRACT.operations.values() if not one.needs_token] == ["listVersions"]


def test_statuses() -> None:
    for operation in CONTRACT.operations.values():
        assert not [status for status in operation.statuses if status >= 500], operation.id
        expected = {"listVersions": {200, 300}}.get(operation.id) or {
            "GET": {200},
            "POST": {202},
            "DELETE": {202, 204},
        }[operation.method]
        assert operation.success == expected, operation.id
        assert operation.bodiless == ({202, 204} if operation.method == "DELETE" else set()), operation.id
        if operation.needs_token:
            assert {400, 401, 403, 404} <= operation.statuses


def test_fault_schemas_agree_with_the_fault_names() -> None:
    for operation in CONTRACT.operations.values():
        for status in operation.statuses - operation.success:
            schema = CONTRACT.response_schema(operation.id, status)
            if status == 413:
                schema = CONTRACT.resolve(schema)["anyOf"][0]
            fields = CONTRACT.properties(schema)
            assert set(fields) == CONTRACT.fault_names(status), (operation.id, status)
            for field in fields.values():
                codes = [one["const"] for place, one in walk(field.schema) if place[-1:] == ("code",)]
                assert codes == [status]


def test_links_lead_to_operations_and_fill_their_paths() -> None:
    links = [
        node
        for place, node in walk(DOCUMENT)
        if place[-2:-1] == ("links",) and isinstance(node, dict) and "operationId" in node
    ]
    assert len(links) >= 12
    for link in links:
        target = CONTRACT.operations[link["operationId"]]
        assert {f"path.{name}" for name in target.path_parameters} == set(link["parameters"])


@pytest.mark.parametrize("mode", ["all", "positive", "negative"])
def test_schemathesis_reads_it(mode: Any) -> None:
    for document in (DOCUMENT, CONTRACT.generation_schema(mode)):
        schema = schemathesis.openapi.from_dict(document)
        found = [result.ok() for result in schema.get_all_operations()]
        assert {one.definition.raw["operationId"] for one in found} == set(OPERATION_IDS)


def test_every_response_schema_compiles(contract: Contract) -> None:
    for operation in contract.operations.values():
        for status in operation.statuses:
            compiled = contract.validator(operation.id, status)
            assert (compiled is None) == (status in operation.bodiless)
            assert contract.validator(operation.id, status) is compiled


@pytest.fixture
def contract() -> Contract:
    return CONTRACT
