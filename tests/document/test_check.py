"""The guide of 2020 against the contract: every known contradiction, and every change by hand."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from volcheck.cli.document import document as group
from volcheck.contract import load_contract
from volcheck.document.check import Divergence, Stale, check_document, errata_of
from volcheck.document.facts import Document, Example
from volcheck.document.places import Places
from volcheck.document.reader import read_document, read_text
from volcheck.errors import UsageError

CONTRACT = load_contract()
EDITION = "2020"
ERRATA = errata_of(CONTRACT, EDITION)


def divergences(document: Document) -> list[Divergence]:
    return [divergence for divergence, _ in check_document(document, CONTRACT, []).divergences]


def findings(document: Document) -> tuple[Divergence | Stale, ...]:
    return check_document(document, CONTRACT, ERRATA).findings


def test_the_guide_has_no_finding_with_the_errata(published_guide: Path) -> None:
    assert [finding.sentence() for finding in findings(read_document(published_guide))] == []


#: What a person finds by reading the guide: code, operation, subject, line.
KNOWN = [
    ("method", "deleteVolume", "", 565),
    ("method", "deleteSnapshot", "", 845),
    ("path", "createVolume", "", 436),
    ("path", "createSnapshot", "", 771),
    ("placeholder", "createSnapshot", "snapshotId", 771),
    ("placeholder", "listVolumeTypes", "projectid", 53),
    ("type", "listVolumes", "marker", 141),
    ("type", "listVolumesDetail", "marker", 217),
    ("type", "listVolumes", "volumes.links", 149),
    ("type", "listVolumes", "volumes_links", 151),
    ("type", "listVolumesDetail", "volumes.attachments", 224),
    ("type", "listVolumesDetail", "volumes.links", 230),
    ("type", "showVolume", "volume.attachments", 362),
    ("type", "showVolume", "volume.links", 368),
    ("type", "createVolume", "volume.attachments", 489),
    ("type", "createVolume", "volume.links", 495),
    ("type", "showSnapshot", "snapshot", 731),
    ("type", "createSnapshot", "snapshot", 809),
    ("row-unknown", "listVolumesDetail", "volumes.attachments.device_id", 228),
    ("row-unknown", "showVolume", "volume.attachments.device_id", 366),
    ("row-unknown", "createVolume", "volume.attachments.device_id", 493),
    ("row-unknown", "listVolumesDetail", "volumes.volumes_links", 251),
    ("row-unknown", "createVolume", "volumes.id", 501),
    ("type", "listVolumesDetail", "volumes.name", 246),
    ("type", "showVolume", "volume.name", 384),
    ("type", "createVolume", "volume.name", 511),
    ("type", "listVolumesDetail", "volumes.bootable", 247),
    ("type", "showVolume", "volume.bootable", 385),
    ("type", "createVolume", "volume.bootable", 512),
    ("type", "deleteVolume", "volumeId", 575),
    ("type", "deleteSnapshot", "snapshotId", 855),
    ("example-lacks", "createVolume", "volume.os-vol-tenant-attr:tenant_id", 504),
    ("example-lacks", "showVolume", "volume.user_id", 376),
    ("example-link", "listVolumes", "volumes_links.href", 190),
    ("example-undocumented", "listVolumeTypes", "volume_types.os-volume-type-access:is_public", 82),
    ("example-undocumented", "listVolumeTypes", "volume_types.description", 88),
    ("example-undocumented", "listVolumesDetail", "volumes.attachments.host_name", 271),
    ("example-undocumented", "listVolumesDetail", "volumes.attachments.device", 273),
    ("example-undocumented", "listVolumesDetail", "volumes.volume_image_metadata", 301),
    ("example-undocumented", "showVolume", "volume.os-vol-host-attr:host", 411),
    ("example-undocumented", "createVolume", "volume.migration_status", 525),
    ("example-undocumented", "createVolume", "volume.updated_at", 543),
]


def test_every_known_contradiction_shows_without_the_errata(published_guide: Path) -> None:
    found = {(d.code, d.operation, d.subject, d.line) for d in divergences(read_document(published_guide))}
    assert [known for known in KNOWN if known not in found] == []
    types = sorted(entry for entry in found if entry[0] in ("type", "row-unknown", "method", "path"))
    listed = {entry for entry in KNOWN if entry[0] in ("type", "row-unknown", "method", "path")}
    # Nothing of these kinds that a person didn't find, but the ids of attachments.
    assert {entry[2].rpartition(".")[2] for entry in types if entry not in listed} == {"id"}


@pytest.mark.parametrize("edition", CONTRACT.editions)
def test_errata_tell_the_lines_of_what_they_explain(published_guides: dict[str, Path], edition: str) -> None:
    contract = load_contract(edition=edition)
    document = read_document(published_guides[edition], edition)
    errata = errata_of(contract, edition)
    lines: dict[str, set[int]] = {erratum.id: set() for erratum in errata}
    for divergence, erratum in check_document(document, contract, errata).divergences:
        if erratum and divergence.line:
            lines[erratum].add(divergence.line)
    for entry in errata:
        lines[entry.id] |= {s.line for s in document.sentences if s.sha in entry.spoken(edition)}
    assert {entry.id: set(entry.lines(edition)) for entry in errata} == lines


def test_the_facts_in_the_contract_check_like_the_guide(published_guide: Path) -> None:
    from volcheck.document.facts import load_facts

    facts = load_facts(CONTRACT.edition.facts)
    assert check_document(facts, CONTRACT) == check_document(read_document(published_guide), CONTRACT)


@cache
def guide_lines(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8").split("\n"))


@cache
def pristine(path: Path) -> Document:
    return read_document(path)


TYPE_WORDS = ("UUID", "String", "Integer", "Boolean", "Object", "Array", "Datetime", "Enum")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_row_changed_by_hand_is_found(published_guide: Path, data: st.DataObject) -> None:
    lines = list(guide_lines(published_guide))
    document = pristine(published_guide)
    rows = [r for o in document.operations for r in (*o.request_rows, *o.response_rows)]
    statuses = [s.line for t in document.status_tables for s in t.statuses]
    kind = data.draw(st.sampled_from(["type", "name", "required", "location", "remove", "repeat", "status"]))
    if kind == "status":
        number = data.draw(st.sampled_from(statuses))
        lines[number - 1] = re.sub(r"`([^`]+)`", r"`\1x`", lines[number - 1])
    else:
        row = data.draw(st.sampled_from([r for r in rows if kind != "required" or r.required is not None]))
        number = row.line
        cells = lines[number - 1].split("|")
        if kind == "type":
            other = st.sampled_from([w for w in TYPE_WORDS if w != cells[3].strip()])
            cells[3] = f" {data.draw(other)} "
        elif kind == "name":
            cells[1] = f" {row.name}{data.draw(st.sampled_from(['s', '_x', '.x']))} "
        elif kind == "required":
            cells[4] = " - " if row.required else " O "
        elif kind == "location":
            cells[2] = " Query " if cells[2].strip() != "Query" else " Body "
        lines[number - 1] = "|".join(cells)
        if kind == "remove":
            del lines[number - 1]
        elif kind == "repeat":
            lines.insert(number, lines[number - 1])
    changed = read_text("\n".join(lines))
    assert findings(changed), f"{kind} of line {number} went unnoticed"


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_method_path_or_header_changed_by_hand_is_found(
    published_guide: Path, data: st.DataObject
) -> None:
    lines = list(guide_lines(published_guide))
    operation = data.draw(st.sampled_from(pristine(published_guide).operations))
    number = operation.requests[0].line
    kind = data.draw(
        st.sampled_from(["method", "path", "header"] if operation.headers else ["method", "path"])
    )
    if kind == "method":
        methods = [m for m in ("GET", "POST", "PUT", "DELETE") if m != operation.requests[0].method]
        lines[number - 1] = re.sub(r"^\w+", data.draw(st.sampled_from(methods)), lines[number - 1])
    elif kind == "path":
        lines[number - 1] += data.draw(st.sampled_from(["/x", "s/{other}"]))
    else:
        del lines[operation.headers[0].line - 1]
    assert findings(read_text("\n".join(lines)))


def declared(example: Example, names: set[str]) -> list[str]:
    """Pointers of an example's fields that the contract knows; free maps have fields that nobody demands."""
    return [
        pointer
        for pointer in example.lines
        if ".".join(t for t in pointer.split("/")[1:] if not t.isdigit()) in names
    ]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_field_of_an_example_changed_by_hand_is_found(published_guide: Path, data: st.DataObject) -> None:
    lines = list(guide_lines(published_guide))
    document = pristine(published_guide)
    places = Places(CONTRACT.document)
    names = {
        name for operation in places.operations.values() for name in (*operation.request, *operation.response)
    }
    example = data.draw(st.sampled_from([e for o in document.operations for e in o.examples]))
    pointer = data.draw(st.sampled_from([p for p in declared(example, names) if not p[-1].isdigit()]))
    value = json.loads(example.text)
    parent = value
    *path, key = (t.replace("~1", "/").replace("~0", "~") for t in pointer.split("/")[1:])
    for token in path:
        parent = parent[int(token)] if isinstance(parent, list) else parent[token]
    change = data.draw(st.sampled_from(["rename", "remove", "retype"]))
    if change == "rename":
        parent[f"{key}_x"] = parent.pop(key)
    elif change == "remove":
        del parent[key]
    else:
        parent[key] = [parent[key]] if not isinstance(parent[key], list) else {"was": "a list"}
    text = json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    lines[example.line - 1 : example.line - 1 + len(example.text.split("\n"))] = text
    assert findings(read_text("\n".join(lines))), (
        f"{change} of {pointer} in line {example.line} went unnoticed"
    )


def test_operations_are_recognised_whatever_is_wrong_with_them(published_guide: Path) -> None:
    text = "\n".join(guide_lines(published_guide))
    start, end = text.index("### 볼륨 삭제하기"), text.index("## 스냅숏\n")
    without = read_text(text[:start] + text[end:])
    assert ("operation-missing", "deleteVolume") in {(d.code, d.operation) for d in divergences(without)}
    added = text + "\n### Reboot\n```\nPATCH /v2/{projectId}/reboots\n```\n"
    assert ("operation-unknown", "Reboot") in {(d.code, d.operation) for d in divergences(read_text(added))}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"size": 20,\n      "user_id"', '"size": 0,\n      "user_id"', "example-invalid"),
        (
            '"status": "creating",\n        "migration',
            '"status": "gone",\n        "migration',
            "example-invalid",
        ),
        ('"encrypted": false,\n      "os-vol', '"encrypted": null,\n      "os-vol', "example-invalid"),
        ("volumes/5aa119a8-d25b-45a7-8d1b-88e127885635", "volumes/other", "example-link"),
        ("이 API는 응답 본문을 반환하지 않습니다.", "```json\n{}\n```", "body"),
        ("#### 예제\n<details>", "#### 예제\n```json\n{'a': 1}\n```\n<details>", "unread"),
    ],
)
def test_other_kinds_of_differences(published_guide: Path, old: str, new: str, expected: str) -> None:
    text = published_guide.read_text(encoding="utf-8")
    assert old in text
    changed = read_text(text.replace(old, new, 1))
    fresh = set(divergences(changed)) - set(divergences(pristine(published_guide)))
    assert expected in {d.code for d in fresh}


def test_documented_statuses_and_faults_are_held_against_the_contract(published_guide: Path) -> None:
    text = published_guide.read_text(encoding="utf-8")
    table = "\n| 상태 코드 | 오류 |\n|---|---|\n| 205 | - |\n| 404 | notHere |\n| 400 | `badRequest` |\n"
    marker = "이 API는 응답 본문을 반환하지 않습니다.\n"
    found = [
        d
        for d in divergences(read_text(text.replace(marker, marker + table, 1)))
        if d.operation == "deleteVolume"
    ]
    assert {(d.code, d.subject) for d in found if d.code.startswith(("code", "fault", "silent"))} == {
        ("code-unknown", "205"),
        ("code-missing", "202"),
        ("code-missing", "204"),
        ("code-missing", "401"),
        ("code-missing", "403"),
        ("code-missing", "429"),
        ("fault", "404"),
        ("silent", "X-Openstack-Request-Id"),
    }


def written_from_the_contract() -> str:
    """A guide in the plainest form, made of what the contract says and nothing else."""
    openapi = CONTRACT.document
    places = Places(openapi)
    lines: list[str] = []
    for operation in places.operations.values():
        prefix = "" if operation.path == "/" else "/v2"
        lines += ["", f"### {operation.id}", "", "```", f"{operation.method} {prefix}{operation.path}"]
        lines += ["X-Auth-Token: {tokenId}"] * operation.token + ["```", ""]
        node = openapi["paths"][operation.path][operation.method.lower()]
        for kind in ("request", "response"):
            lines += [f"#### {kind}", ""]
            if kind not in operation.bodies:
                verb = {"request": "requires", "response": "returns"}[kind]
                lines += [f"It {verb} no {kind} body."]
            table = operation.places(kind)  # type: ignore[arg-type]
            if table:
                lines += ["", "| Name | In | Type | Required | Limits |", "|---|---|---|---|---|"]
            for place in table.values():
                required = "O" if place.required else "-"
                limits = place.node.limits_word() or "-"
                cells = (place.name, place.location, place.node.type_word(), required, limits)
                lines.append(f"| {' | '.join(cells)} |")
            if kind in operation.bodies:
                body = (
                    node["requestBody"] if kind == "request" else node["responses"][str(operation.codes[0])]
                )
                for example in body["content"]["application/json"]["examples"].values():
                    value = CONTRACT.resolve(example)["value"]
                    lines += ["", "#### example", "```json", json.dumps(value, indent=2), "```"]
        lines += ["", "| Status code | Fault |", "|---|---|"]
        for code in operation.codes:
            lines.append(f"| {code} | {', '.join(sorted(CONTRACT.fault_names(code))) or '-'} |")
    for title, machine in CONTRACT.machines.items():
        lines += ["", f"### {title} statuses", "", "| Status | Meaning |", "|---|---|"]
        lines += [f"| `{status}` | {status} |" for status in machine.statuses]
    return "\n".join(lines)


def test_a_guide_written_from_the_contract_differs_in_nothing() -> None:
    document = read_text(written_from_the_contract())
    assert len(document.operations) == len(CONTRACT.operations)
    assert [d.sentence() for d in divergences(document)] == []


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(group, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_command_checks_our_own_facts_without_any_argument() -> None:
    code, out, _ = run("check")
    assert code == 0
    assert "the guide of 2020 in Korean, byte for byte as published" in out
    assert ", 0 new finding(s) in 0 place(s)" in out


def test_the_command_says_where_a_finding_is(published_guide: Path, tmp_path: Path) -> None:
    copy = tmp_path / "guide-2020.md"
    text = published_guide.read_text(encoding="utf-8")
    copy.write_text(
        text.replace("| volume.size | Body | Integer | O |", "| volume.size | Body | String | O |")
    )
    code, out, _ = run("check", str(copy))
    assert code == 1
    assert (
        f"{copy}:447: `volume.size` of createVolume has the type String; the contract says integer.\n" in out
    )
    code, out, _ = run("check", "--json", "--edition", "2020", str(copy))
    (finding,) = json.loads(out)["findings"]
    assert finding["spots"] == [
        {"line": 447, "operation": "createVolume", "subject": "volume.size (request)"}
    ]
    nameless = tmp_path / "guide.md"
    nameless.write_text("nothing here")
    with pytest.raises(UsageError, match="describes no operation"):
        run("check", str(nameless))
