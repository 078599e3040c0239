"""Loading: what can be wrong with a contract is one sentence with file, line and remedy."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from volcheck.contract import load_contract, read_yaml, spec_directory
from volcheck.errors import ContractError

SPEC = spec_directory()


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    folder = tmp_path / "spec"
    folder.mkdir()
    for name in ("openapi.yaml", "statuses.yaml", "requirements.yaml"):
        shutil.copy(SPEC / name, folder / name)
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def refusal(spec: Path, openapi: Path | None = None) -> str:
    with pytest.raises(ContractError) as caught:
        load_contract(spec, openapi)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_read_once() -> None:
    assert load_contract() is load_contract(SPEC) is load_contract(SPEC, SPEC / "openapi.yaml")


def test_override_of_the_openapi_file(spec: Path) -> None:
    other = spec.parent / "other.yaml"
    shutil.copy(SPEC / "openapi.yaml", other)
    change(other, "List the API versions", "Versions, please")
    assert load_contract(openapi=other).operations["listVersions"].summary == "Versions, please"
    assert load_contract().operations["listVersions"].summary == "List the API versions"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("openapi: 3.1.0", "openapi: 3.0.3", r"line 1: not an OpenAPI 3\.1 document"),
        (
            "get:\n      operationId: showVolume",
            "get:\n      operationId: seeVolume",
            r"line \d+: no operation showVolume",
        ),
        (
            "get:\n      operationId: showVolume",
            "get:\n      operationId: showSnapshot",
            "showSnapshot is there twice",
        ),
        (
            "get:\n      operationId: showVolume",
            "get:",
            r"GET /\{projectId\}/volumes/\{volumeId\} has no operationId",
        ),
        ("schemas/VersionList", "schemas/Versions", r"#/components/schemas/Versions leads nowhere"),
        ("#/components/schemas/VersionList", "other.yaml", r"the reference other\.yaml leads nowhere"),
        ('"429": {', '"4XX": {', r"4XX is not one status"),
        ("x-fault-names:", "x-names:", "no x-fault-names"),
        ('"404": [itemNotFound]', '"404": itemNotFound', r"404 is not a status with a list"),
        ("        - downloading\n", "", r"statuses\.yaml, line \d+: .*disagree about downloading"),
        ("openapi: 3.1.0", "openapi: 3.1.0\nopenapi: 3.1.0", r"line 2: the key 'openapi' appears twice"),
        ("openapi: 3.1.0", "openapi: &a 3.1.0\nx-a: *a", r"line 2: the alias \*a"),
        ("openapi: 3.1.0", "openapi: !!str 3.1.0", r"line 1: the tag tag:yaml\.org,2002:str"),
        ("openapi: 3.1.0", "openapi: !!python/name:os.system x", r"line 1: the tag"),
        ("openapi: 3.1.0", "openapi: 3.1.0\n[a]: b", r"line 2: a key that is not a plain word"),
        ("openapi: 3.1.0", "openapi: 3.1.0\nx: [", r"line \d+: not valid YAML"),
        ("openapi: 3.1.0", "openapi: 3.1.0\n---\na: b", r"line \d+: a second document begins"),
        ("openapi: 3.1.0", "openapi: 3.1.0\nx: " + "[" * 100, "nesting deeper than 64 levels"),
        ("  /:\n", "  /:\n    get: 1\n  /a:\n", r"GET / has no operationId"),
    ],
)
def test_faulty_openapi(spec: Path, old: str, new: str, problem: str) -> None:
    change(spec / "openapi.yaml", old, new)
    message = refusal(spec)
    assert re.search(problem, message)
    assert str(spec) in message


def test_schema_that_does_not_compile(spec: Path) -> None:
    change(spec / "openapi.yaml", 'pattern: "^v[0-9]+', 'pattern: "^(v[0-9]+')
    contract = load_contract(spec)
    with pytest.raises(ContractError, match=r"line \d+: a schema of listVersions is not valid"):
        contract.validator("listVersions", 200)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"null\n", "is empty"),
        (b"just words\n", "not an OpenAPI 3.1 document"),
        (b"[1, 2]\n", "not an OpenAPI 3.1 document"),
        (b"openapi: 3.1.0\n\xff\n", "line 2: not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not UTF-8"),
        (b"openapi: 3.1.0\nx: \x00\n", "not valid YAML"),
        (b"openapi: 3.1.0\n", "has no paths"),
        (b"openapi: 3.1.0\npaths: {/: 1}\n", "line 2: / must be a mapping"),
        (b"#" * (2 * 1024 * 1024 + 1), "larger than 2048 KiB"),
        (b"[" * 1_000_000, "nesting"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", r"line 2: the alias \*a"),
    ],
    ids=lambda value: value[:20].decode("ascii", "replace") if isinstance(value, bytes) else "",
)
def test_what_is_no_contract(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_bytes(content)
    assert re.search(problem, refusal(SPEC, file))


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "can't be read: No such file" in refusal(SPEC, tmp_path / "none.yaml")
    assert "can't be read: it is a folder" in refusal(SPEC, tmp_path)
    assert "is not a folder" in refusal(tmp_path / "none")
    assert "openapi.yaml can't be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("level: must", "level: shall", r"line \d+: the level shall is not known"),
        ("source: standard", "source: rumour", "the source rumour is not known"),
        ("level: should", "level: must", "has the level must, which the source upstream does not give"),
        ("level: must", "level: should", "has the level should, which the source standard does not give"),
        ("  section: RFC 9110, 15\n", "", "has no section, and its source is standard"),
        ("  section: RFC 9110, 15\n", "  section: x\n  client: gophercloud\n", "has a client"),
        ('lines: {"2020": [65-92,', "lines: {2020: [seventy,", "are no lines"),
        ('lines: {"2020": [65-92,', 'lines: ["2020"] #', "lines must name an edition"),
        ("operations: all", "operations: [flyVolume]", "there is no operation flyVolume"),
        ("operations: all", "operations: every", "operations must be a list"),
        ("  operations: all\n", "", "has no operations"),
        ("- id: exchange.documented-status", "- id: Exchange", "Exchange is no requirement id"),
        ("- id: exchange.no-server-error", "- id: exchange.documented-status", r"is already on line \d+"),
        ("level: must", "levle: must", "has no level"),
        ("level: must", "level: must\n  colour: red", r"line \d+: the key colour is not known"),
        ("level: must", "level: must\n  erratum: 12", "erratum must be text"),
        ("level: must", "level: must\n  erratum: some", "some is no erratum id"),
    ],
)
def test_faulty_requirements(spec: Path, old: str, new: str, problem: str) -> None:
    change(spec / "requirements.yaml", old, new)
    message = refusal(spec)
    assert "requirements.yaml, line" in message
    assert re.search(problem, message)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kind: transient", "kind: wobbly", "the kind of creating is not known"),
        ("next: [downloading,", "next: [flying,", "'flying' is not known here"),
        ("initial: [creating]", "initial: creating", "initial must be a list"),
        ("  initial: [creating]\n", "", "volume has no initial status"),
        ("allows: [delete,", "allows: [paint,", "'paint' is not known here"),
        ("kind: transient", "kind: transient\n      colour: red", "must have kind, next and perhaps allows"),
        ("snapshot:\n", "snap:\n", "one machine each"),
        ("    downloading:\n", "    loading:\n", "disagree about downloading"),
    ],
)
def test_faulty_statuses(spec: Path, old: str, new: str, problem: str) -> None:
    change(spec / "statuses.yaml", old, new)
    message = refusal(spec)
    assert "statuses.yaml, line" in message
    assert problem in message


def test_scalars_follow_yaml_1_2(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "a: [no, on, 2020-03-02, 1, -1, 1.5, 3.1.0, 1e3, true, False, null, ~, 010, '1', .inf]\n"
        "404: {}\nb:\n",
        "utf-8",
    )
    read = read_yaml(file)
    values = ["no", "on", "2020-03-02", 1, -1, 1.5, "3.1.0", 1000.0, True, False, None, None, 10, "1", ".inf"]
    assert read.data == {"a": values, "404": {}, "b": None}
    assert [type(one) for one in read.data["a"]] == [type(one) for one in values]
    assert (read.line(("404",)), read.line(("b",)), read.line(("b", "c", 3)), read.line()) == (2, 3, 3, 1)


def test_lines_lead_to_the_place() -> None:
    contract = load_contract()
    lines = contract.file.path.read_text("utf-8").splitlines()
    for operation in contract.operations.values():
        place = ("paths", operation.path, operation.method.lower())
        assert lines[operation.line - 1].strip() == f"{operation.method.lower()}:"
        assert operation.id in lines[contract.file.line((*place, "operationId")) - 1]
    lines = (contract.spec_dir / "requirements.yaml").read_text("utf-8").splitlines()
    for requirement in contract.requirements.values():
        assert lines[requirement.line - 1] == f"- id: {requirement.id}"
