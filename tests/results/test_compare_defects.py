"""Real runs against the reference endpoint: unchanged ones compare empty, a defect shows as what it is.

benchmarks/compare_defects.py does the same for all of its table, with the default profile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.compare_defects import misses, result_of, table, told

DEFECTS = ("version-v2-missing", "shape-detail-tenant-missing")


def test_a_comparison_tells_of_the_defect_and_of_nothing_else(tmp_path: Path) -> None:
    options = ("--profile=smoke",)
    with ThreadPoolExecutor(2) as pool:
        honest = pool.submit(result_of, tmp_path / "honest", None, *options)
        unchanged = pool.submit(result_of, tmp_path / "unchanged", None, *options)
        broken = {name: pool.submit(result_of, tmp_path / name, name, *options) for name in DEFECTS}
    before = honest.result()
    assert told(before, unchanged.result()) == {"requirements": [], "observations": [], "timings": []}
    expected = table()
    for name, run in broken.items():
        found = told(before, run.result())
        assert not [miss for miss in misses(found, expected[name]) if miss.startswith("told")], name
        assert found["requirements"], name
        assert found["observations"], name
