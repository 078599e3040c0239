"""What the gateway costs: the same calls through it, with recording and checking, and through a bare session.

Prints the ratio of the two, taken in alternating rounds so that a machine that changes its speed does not matter.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests

from volcheck.contract import load_contract
from volcheck.fixtures.settings import Settings
from volcheck.results.record import Recorder
from volcheck.runner.embedded import Embedded
from volcheck.runner.setup import endpoint_of, gateway_of

ROUNDS = 15
CALLS = 200


def main() -> int:
    """Measure and print; the exit code is always 0, as figures are not a verdict."""
    embedded = Embedded()
    try:
        os.environ["OS_TOKEN"] = embedded.facts["token"]
        settings = Settings(
            run_id="bench", base_url=embedded.facts["endpoint"], project_id=embedded.facts["project_id"]
        )
        gateway = gateway_of(settings, endpoint_of(settings, os.environ), load_contract())
        path = f"/{settings.project_id}/volumes/{embedded.facts['attached_volume']}"
        url = settings.base_url + path
        session = requests.Session()
        session.trust_env = False
        session.headers.update({"X-Auth-Token": embedded.facts["token"], "Accept": "application/json"})
        with tempfile.TemporaryDirectory() as folder:
            recorder = Recorder(Path(folder) / "exchanges.jsonl")
            gateway.listeners.append(recorder)
            ratios, bare_rate = [], []
            for _ in range(ROUNDS):
                bare = _timed(lambda: session.get(url, timeout=30).json())
                ours = _timed(lambda: gateway.send("GET", path).json())
                ratios.append(ours / bare)
                bare_rate.append(CALLS / bare)
            recorder.close()
    finally:
        embedded.close()
    sys.stdout.write(
        f"gateway / bare session, {ROUNDS} rounds of {CALLS} calls: median {statistics.median(ratios):.3f} "
        f"(min {min(ratios):.3f}, max {max(ratios):.3f}); bare {statistics.median(bare_rate):.0f} calls/s\n"
    )
    return 0


def _timed(call: object) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        call()  # type: ignore[operator]
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
