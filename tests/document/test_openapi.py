"""The contract as one OpenAPI file: whole, without what is only ours, with examples that validate, for one endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from volcheck.cli.document import document as group
from volcheck.contract import load_contract
from volcheck.document.openapi import openapi
from volcheck.errors import UsageError

PROJECT = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
EDITIONS = list(load_contract().editions)

in_every_edition = pytest.mark.parametrize("edition", EDITIONS)


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from keys(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys(item)


@in_every_edition
@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_is_the_contract_without_what_is_only_ours(edition: str, language: str) -> None:
    contract = load_contract(edition=edition)
    found = openapi(contract, language)
    assert {name for name in keys(found) if name.startswith("x-")} == {"x-source"}
    assert list(found["paths"]) == list(contract.document["paths"])
    assert set(found["components"]["schemas"]) == set(contract.document["components"]["schemas"])
    assert bool(re.search("[가-힣]", json.dumps(found, ensure_ascii=False))) == (language == "ko")
    assert found["info"]["version"].endswith(edition)
    # What is handed on is a copy.
    assert "x-fault-names" in contract.document
    for one in (found["info"]["description"], *(tag["description"] for tag in found["tags"])):
        assert "volcheck" not in one


@in_every_edition
@pytest.mark.parametrize("project_id", [None, PROJECT])
def test_every_parameter_and_header_has_an_example_that_validates(
    edition: str, project_id: str | None
) -> None:
    found = openapi(load_contract(edition=edition), project_id=project_id)
    components = found["components"]
    nodes = {**components["parameters"], **components["headers"]}
    assert len(nodes) == len(components["parameters"]) + len(components["headers"])
    for name, node in nodes.items():
        shown = [one["value"] for one in node.get("examples", {}).values()]
        shown += [node["example"]] if "example" in node else []
        assert shown, f"{name} has no example"
        validator = Draft202012Validator(node["schema"], format_checker=Draft202012Validator.FORMAT_CHECKER)
        for value in shown:
            assert validator.is_valid(value), (name, value)


def test_it_can_be_for_one_endpoint_and_project() -> None:
    found = openapi(load_contract(), server="https://volumes.example.com:8776/x/v2/", project_id=PROJECT)
    assert [one["url"] for one in found["servers"]] == ["https://volumes.example.com:8776/x/v2"]
    assert found["paths"]["/"]["servers"] == [
        {
            "url": "https://volumes.example.com:8776/x",
            "description": load_contract().document["paths"]["/"]["servers"][0]["description"],
        }
    ]
    parameter = found["components"]["parameters"]["ProjectId"]
    assert (parameter["schema"]["enum"], parameter["example"]) == ([PROJECT], PROJECT)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"server": "volumes.example.com/v2"}, "is no base URL"),
        ({"server": "ftp://h/v2"}, "is no base URL"),
        ({"server": "https://h/v2?x=1"}, "is no base URL"),
        ({"server": "https://h/"}, "does not end in a version"),
        ({"project_id": "mine"}, "is no id of a project"),
    ],
)
def test_what_cannot_be_an_endpoint_or_a_project_is_refused(options: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        openapi(load_contract(), **options)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["openapi", *arguments])


def test_the_command_writes_yaml_or_json(tmp_path: Path) -> None:
    whole = openapi(load_contract(edition="2026"), "ko", "http://h/v2", PROJECT)
    options = ["--edition=2026", "--lang=ko", "--server=http://h/v2", f"--project-id={PROJECT}"]
    assert yaml.safe_load(run(*options).output) == whole
    for name, read in (("api.json", json.loads), ("api.yaml", yaml.safe_load)):
        path = tmp_path / name
        assert run(*options, "-o", str(path)).exit_code == 0
        assert read(path.read_text("utf-8")) == whole
    assert isinstance(run("--server=x").exception, UsageError)
