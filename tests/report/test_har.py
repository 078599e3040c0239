"""traffic.har: complete, valid, and written in constant memory."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.report.har import read_exchanges, write_har


def written(records: Any) -> Any:
    out = io.BytesIO()
    write_har(out, records, "a run")
    return json.loads(out.getvalue())["log"]


def test_an_entry_holds_the_exchange() -> None:
    record = {**builders.exchange(7), "test": "suites/x.py::test_y", "path": "/p/volumes"}
    log = written([record])
    assert (log["version"], log["creator"]["name"], log["comment"]) == ("1.2", "volcheck", "a run")
    (entry,) = log["entries"]
    assert entry["startedDateTime"] == "2026-03-01T10:00:01.250000Z"
    assert entry["time"] == pytest.approx(12.3)
    assert entry["request"]["method"] == "GET"
    assert entry["request"]["queryString"] == [
        {"name": "limit", "value": "2"},
        {"name": "sort", "value": "name:asc"},
    ]
    assert "postData" not in entry["request"]
    assert entry["response"]["status"] == 200
    assert entry["response"]["content"]["mimeType"] == "application/json"
    assert "가나다" in entry["response"]["content"]["text"]
    assert (entry["_number"], entry["_operation"], entry["_test"]) == (
        7,
        "listVolumes",
        "suites/x.py::test_y",
    )
    for part, keys in {
        "request": "method url httpVersion cookies headers queryString headersSize bodySize",
        "response": "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
        "timings": "send wait receive",
    }.items():
        assert set(keys.split()) <= set(entry[part])


def test_a_request_without_answer() -> None:
    (entry,) = written([builders.exchange(response=None, error="connection refused")])["entries"]
    assert entry["response"]["status"] == 0
    assert entry["_error"] == "connection refused"


def test_a_body_is_posted() -> None:
    record = builders.exchange()
    record["request"].update(
        method="POST", body='{"volume": {}}', headers={"Content-Type": "application/json"}
    )
    (entry,) = written([record])["entries"]
    assert entry["request"]["postData"] == {"mimeType": "application/json", "text": '{"volume": {}}'}


def test_no_exchange_is_a_valid_archive() -> None:
    assert written([])["entries"] == []


def test_hostile_text_stays_json() -> None:
    record = builders.exchange()
    record["request"].update(url=f"http://[{builders.HOSTILE}", body=builders.HOSTILE)
    assert record["response"] is not None
    record["response"].update(body=builders.HOSTILE, headers={builders.HOSTILE: builders.HOSTILE})
    (entry,) = written([record])["entries"]
    assert entry["response"]["content"]["text"] == builders.HOSTILE.replace("\ud800", r"\ud800")
    assert entry["request"]["queryString"] == []


def test_memory_does_not_grow_with_the_run() -> None:
    class Sink(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, content: Any) -> int:
            return len(content)

    def records() -> Iterator[Any]:
        for number in range(5000):
            yield builders.exchange(number)

    tracemalloc.start()
    try:
        assert write_har(Sink(), records()) == 5000  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_several_recordings_are_merged_in_order_of_time(tmp_path: Path) -> None:
    for name, seconds in (("gw0", (1, 4)), ("gw1", (2, 3))):
        lines = [
            json.dumps(builders.exchange(second, started=f"2026-03-01T10:00:0{second}Z"))
            for second in seconds
        ]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    records = read_exchanges([tmp_path / "gw0", tmp_path / "gw1"])
    assert [record["number"] for record in records] == [1, 2, 3, 4]


def test_the_half_line_of_a_killed_run_is_passed_over(tmp_path: Path) -> None:
    line = json.dumps(builders.exchange(1))
    (tmp_path / "gw0").write_text(f"{line}\n{line[:50]}")
    assert len(list(read_exchanges([tmp_path / "gw0"]))) == 1


@pytest.mark.parametrize("line", ["nonsense", "[]"])
def test_a_wrong_line_is_told_of(tmp_path: Path, line: str) -> None:
    (tmp_path / "gw0").write_text(f"{json.dumps(builders.exchange(1))}\n{line}\n")
    with pytest.raises(UsageError, match="gw0:2"):
        list(read_exchanges([tmp_path / "gw0"]))


def test_a_missing_file_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        list(read_exchanges([tmp_path / "none"]))
