"""All reports of a run at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.report import builders

from volcheck.errors import UsageError
from volcheck.report.write import write_reports
from volcheck.results.files import read_result


def test_all_reports_are_written(tmp_path: Path) -> None:
    paths = write_reports(builders.failing(), tmp_path / "new", [builders.exchange(1)], "ko")
    assert [path.name for path in paths] == [
        "result.json",
        "report.html",
        "junit.xml",
        "summary.md",
        "traffic.har",
    ]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(p.name for p in paths)
    assert read_result(paths[0])["endpoint"]["name"] == "kr1"
    assert "부적합" in paths[3].read_text("utf-8")
    assert len(json.loads(paths[4].read_text("utf-8"))["log"]["entries"]) == 1


def test_no_exchanges_no_archive(tmp_path: Path) -> None:
    write_reports(builders.conformant(), tmp_path)
    assert not (tmp_path / "traffic.har").exists()


def test_the_same_result_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_reports(builders.failing(), tmp_path / name, [builders.exchange(1)])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def test_a_place_that_cant_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be written"):
        write_reports(builders.conformant(), tmp_path / "file")


def test_reports_know_nothing_of_how_a_run_is_made() -> None:
    """`report` reads results and nothing else."""
    folder = Path(__file__).parents[2] / "src" / "volcheck" / "report"
    for path in folder.glob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith(("from volcheck", "import volcheck")):
                allowed = (
                    "from volcheck.report",
                    "from volcheck.results",
                    "from volcheck.errors",
                    "from volcheck import __version__",
                )
                assert line.startswith(allowed), f"{path.name}: {line}"
