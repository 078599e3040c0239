"""How long comparing and rendering take with results of 100,000 exchanges, and how much memory.

    python benchmarks/report_scale.py [EXCHANGES]

Ends with 1 beyond the limits: comparing two of them 3 s, rendering a report 5 s and 300 MiB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = {"compare": 3.0, "render": 5.0}
MEBIBYTES = 300.0

#: What is measured, each in a process of its own, so that memory is its alone.
WORK = {
    "compare": """
from volcheck.results.compare import compare
from volcheck.results.files import read_result
compare(read_result(folder / "before.json"), read_result(folder / "after.json"))
""",
    "render": """
from volcheck.report.html import write_html
from volcheck.results.files import read_result
write_html(folder / "report.html", read_result(folder / "before.json"))
""",
}
FRAME = """
import json, resource, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
began = time.perf_counter()
{work}
spent = time.perf_counter() - began
print(json.dumps([spent, time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measure(name: str, folder: Path) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of the processor, and MiB of one kind of work."""
    words = [sys.executable, "-c", FRAME.replace("{work}", WORK[name]), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, processor, mebibytes = json.loads(done.stdout)
    return seconds, processor, mebibytes


def main() -> int:
    """Make the results, measure, and answer the exit code."""
    sys.path.insert(0, str(ROOT))
    from tests.report import builders

    from volcheck.results.files import write_result

    exchanges = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    beyond = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        began = time.perf_counter()
        for name in ("before", "after"):
            write_result(folder / f"{name}.json", builders.large(exchanges))
        size = (folder / "before.json").stat().st_size / 1024**2
        sys.stdout.write(f"two results of {exchanges:,} exchanges: {size:.1f} MiB each, ")
        sys.stdout.write(f"made in {time.perf_counter() - began:.1f} s\n")
        for name, limit in SECONDS.items():
            seconds, processor, mebibytes = measure(name, folder)
            # On a machine that is busy with others the clock says little.
            beyond |= processor > limit or (name == "render" and mebibytes > MEBIBYTES)
            sys.stdout.write(
                f"{name}: {seconds:.2f} s, of the processor {processor:.2f} s (at most {limit:g}), peak {mebibytes:.0f} MiB\n"
            )
    return int(beyond)


if __name__ == "__main__":
    sys.exit(main())
