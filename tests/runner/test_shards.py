"""One endpoint's suite over several jobs: `--shard 1/3`, and `merge`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

from volcheck.errors import UsageError
from volcheck.runner.selection import elsewhere, parse_shard


@attrs.frozen
class Item:
    """What of a test a division looks at."""

    nodeid: str
    requirement: str

    def get_closest_marker(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(args=[self.requirement]) if name == "requirement" else None


def items(**tests: int) -> list[Item]:
    return [
        Item(f"{name}-{number}", name)
        for number in range(max(tests.values()))
        for name in tests
        if number < tests[name]
    ]


def part(all_items: list[Item], index: int, of: int) -> list[Item]:
    others = elsewhere(all_items, (index, of))  # type: ignore[arg-type]
    return [item for item in all_items if item not in others]


@pytest.mark.parametrize("of", [1, 2, 3, 7, 20])
def test_every_test_is_in_one_shard_with_all_of_its_requirement(of: int) -> None:
    everything = items(a=9, b=1, c=4, d=4, e=2, f=1, g=12)
    parts = [part(everything, index, of) for index in range(1, of + 1)]
    assert sorted(item.nodeid for each in parts for item in each) == sorted(
        item.nodeid for item in everything
    )
    homes = Counter(name for each in parts for name in {item.requirement for item in each})
    assert set(homes.values()) == {1}


def test_the_parts_are_of_about_the_same_number_of_tests() -> None:
    everything = items(a=9, b=1, c=4, d=4, e=2, f=1, g=12)
    assert sorted(len(part(everything, index, 3)) for index in (1, 2, 3)) == [10, 11, 12]


def test_the_division_does_not_depend_on_the_order_of_collection() -> None:
    everything = items(a=3, b=3, c=3, d=1)
    for index in (1, 2):
        assert set(part(everything, index, 2)) == set(part(everything[::-1], index, 2))


def test_without_a_shard_all_tests_are_here() -> None:
    assert elsewhere(items(a=2, b=1), None) == []  # type: ignore[arg-type]


def test_a_shard_is_read() -> None:
    assert parse_shard("2/3") == (2, 3)
    assert parse_shard("3/3") == (3, 3)
    assert parse_shard(None) is None


@pytest.mark.parametrize(
    "text", ["", "0/3", "4/3", "1", "1/0", "1/3/3", "-1/3", "a/b", "1/3 ", "1/3\n", "١/٣"]
)
def test_what_names_no_shard(text: str) -> None:
    with pytest.raises(UsageError, match="--shard"):
        parse_shard(text)


def volcheck(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "volcheck", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def outcomes(folder: Path) -> tuple[dict[str, str], set[str], str, int]:
    result = json.loads((folder / "result.json").read_text("utf-8"))
    return (
        {record["id"]: record["outcome"] for record in result["requirements"]},
        {test["id"] for test in result["tests"]},
        result["verdict"]["name"],
        len(result["tests"]),
    )


@pytest.mark.parametrize("defect", [None, "type-none"])
def test_shards_together_are_a_whole_run(tmp_path: Path, defect: str | None) -> None:
    common = ["run", "--profile", "smoke", *([f"--reference-option=--defect={defect}"] if defect else [])]
    whole = volcheck(*common, "--reports", str(tmp_path / "whole"))
    folders = [str(tmp_path / f"{n}") for n in (1, 2)]
    codes = []
    for n, folder in enumerate(folders, start=1):
        done = volcheck(*common, "--shard", f"{n}/2", "--endpoint-name", "ours", "--reports", folder)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        assert f"This is shard {n}/2 alone" in done.stdout
        assert f"--shard {n}/2" in done.stdout
        codes.append(done.returncode)
    assert sorted(codes) == ([0, 1] if defect else [0, 0])
    for folder in folders:
        # Embedded endpoints have ports and projects of their own.
        path = Path(folder) / "result.json"
        result = json.loads(path.read_text("utf-8"))
        result["endpoint"].update(url="http://127.0.0.1:1/v2", project_id="p")
        path.write_text(json.dumps(result), "utf-8")
    merged = volcheck("merge", *folders, "-o", str(tmp_path / "merged"))
    assert merged.returncode == whole.returncode == (1 if defect else 0), merged.stdout + merged.stderr
    of_whole, of_merged = outcomes(tmp_path / "whole"), outcomes(tmp_path / "merged")
    assert of_merged[:3] == of_whole[:3]
    partly = volcheck("merge", folders[codes.index(0)], "-o", str(tmp_path / "partly"))
    assert partly.returncode == 3
    assert f"the results of shard {2 - codes.index(0)}/2 are missing" in partly.stdout


def test_a_shard_that_is_none_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    done = volcheck("run", "--shard", "4/3", "--reports", str(tmp_path))
    assert done.returncode == 2
    assert "--shard 4/3 names no part" in done.stderr
