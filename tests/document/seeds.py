"""One-line mistakes for a guide: forty for each edition, as whoever edits it makes them.

A mistake names a line by a part of it, with the number of the occurrence, so that the guide itself need not be kept here.
`python tests/document/seeds.py GUIDE EDITION` lists what is found of each.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import attrs
import click


@attrs.frozen
class Mistake:
    """One edit: in the nth line (from 1) that has `line` in it, `old` becomes `new`."""

    what: str
    line: str
    old: str
    new: str
    nth: int = 1

    def made_in(self, text: str) -> str:
        """The text with the mistake. Raises LookupError when there is no such line."""
        lines = text.split("\n")
        found = [n for n, line in enumerate(lines) if self.line in line and self.old in line]
        if len(found) < self.nth:
            raise LookupError(f"{self.what}: no line {self.nth} with {self.line!r} and {self.old!r}")
        number = found[self.nth - 1]
        lines[number] = lines[number].replace(self.old, self.new, 1)
        return "\n".join(lines)


#: What can go wrong in both editions.
BOTH = [
    # Tables
    Mistake("type of a field", ".size | Body | Integer", "Integer", "String"),
    Mistake("type of a time", ".created_at | Body | Datetime", "Datetime", "Boolean", 2),
    Mistake("type of a parameter", "| limit | Query | Integer", "Integer", "UUID"),
    Mistake("type that is none", "volumes.id | Body | UUID", "UUID", "UUIDD"),
    Mistake("name of a field", "volume.encrypted | Body", "encrypted", "encripted"),
    Mistake("name of a list", "snapshots.volume_id | Body", "snapshots.", "snapshot."),
    Mistake("name of a parameter", "| marker | Query", "marker", "maker"),
    Mistake("place of a parameter", "| limit | Query", "Query", "Body", 2),
    Mistake("place of a header", "| tokenId | Header", "Header", "Query", 3),
    Mistake("required", "| volume.size | Body | Integer | O", "| O |", "| - |"),
    Mistake("not required", "| snapshot.name | Body | String | - ", "| - |", "| O |"),
    Mistake("a column's heading", "| 이름 | 종류 | 형식 | 필수 |", "필수", "선택", 2),
    # Examples
    Mistake("status in an example", '"status": "available"', "available", "availble"),
    Mistake("key in an example", '"replication_status"', "replication_status", "replication_state"),
    Mistake("null in an example", '"multiattach": false', "false", "null"),
    Mistake("JSON of an example", '"bootable": "false",', ",", ""),
    Mistake("boolean as text", '"encrypted": false', "false", '"false"'),
    Mistake("link in an example", '"rel": "self"', "self", "selv", 2),
    # Request lines
    Mistake("path", "/snapshots/detail", "/detail", "/details"),
    Mistake("path of one", "/volumes/{volumeId}", "/volumes/", "/volume/"),
    Mistake("header", "X-Auth-Token: {tokenId}", "X-Auth-Token", "X-Auth-Tokn", 4),
    Mistake("placeholder", "/snapshots/{snapshotId}", "{snapshotId}", "{snapshotID}"),
    # Prose
    Mistake("format of times", "YYYY-MM-DDThh:mm:ss.SSSSSS", "YYYY-MM-DD", "YYYY/MM/DD", 2),
    Mistake("fraction of times", "YYYY-MM-DDThh:mm:ss.SSSSSS", ".SSSSSS", ".SSS", 3),
    Mistake("refusal", "삭제할 수 없습니다", "없습니다", "있습니다"),
    Mistake("no body", "요청 본문을 요구하지 않습니다", "요구하지 않습니다", "요구합니다", 3),
    Mistake("what a field means", ".multiattach | Body", "true", "false"),
    # Statuses and headings
    Mistake("a status", "| `in-use`|", "in-use", "in_use"),
    Mistake("what a status means", "`error_deleting`|", "삭제", "생성"),
    Mistake("a status of snapshots", "| `unmanaging`|", "unmanaging", "unmanaged"),
    Mistake("level of a heading", "## 스냅숏", "## 스냅숏", "# 스냅숏"),
]

MISTAKES = {
    "2020": [
        *BOTH,
        Mistake("type in an example", '"size": 20', "20", '"20"'),
        Mistake("id in an example", '"id": "', '"id": "', '"id": "x', 6),
        Mistake("time in an example", '"created_at": "2', '"2', '"x2', 3),
        Mistake("method", "GET /v2/{projectId}/volumes/{volumeId}", "GET", "PUT"),
        Mistake("default", "기본 값은 1000", "1000", "100"),
        Mistake("unit", "볼륨 크기 (GB)", "GB", "MB"),
        Mistake("when it can be used", "`available` 상태로", "`available`", "`in-use`"),
        Mistake("title", "### 볼륨 삭제하기", "삭제", "제거"),
        Mistake("description", "원본 스냅숏 ID", "스냅숏", "볼륨"),
    ],
    "2026": [
        *BOTH,
        Mistake("type in an example", '"size": 50', "50", '"50"'),
        Mistake("id in an example", '"id": "f63af601-', "f63af601-", "f63af601"),
        Mistake("time in an example", '"created_at": "2020-03-03T11:03:40.000000"', "T11:03", " 11:03"),
        Mistake("method", "DELETE /v2/", "DELETE", "PUT"),
        Mistake("default", "기본값은 1000", "1000", "100"),
        Mistake("unit", "크기(GB)", "GB", "MB"),
        Mistake("when it can be used", "`available` 상태인 것을", "`available`", "`in-use`"),
        Mistake("title", "### 블록 스토리지 삭제하기", "삭제", "제거"),
        Mistake("address of a region", "https://kr2-api-", "kr2-api", "kr9-api"),
    ],
}


def main(guide: Path, edition: str) -> None:
    """Print what is found of each mistake."""
    from volcheck.document.assess import assess
    from volcheck.document.reader import read_document

    text = guide.read_text(encoding="utf-8")
    known = {each.message for each in assess(read_document(guide), "guide.md").errors}
    with tempfile.TemporaryDirectory() as folder:
        for mistake in MISTAKES[edition]:
            path = Path(folder) / "guide.md"
            path.write_text(mistake.made_in(text), encoding="utf-8")
            errors = assess(read_document(path), "guide.md").errors
            found = [each for each in errors if each.message not in known]
            lines = [f"{f.line}: {f.message}" for f in found[:3]]
            click.echo(" ".join(["found " if found else "LOST  ", mistake.what, "|", *lines]))
            if len(found) > 3:
                click.echo(f"       and {len(found) - 3} more")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
