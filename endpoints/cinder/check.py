#!/usr/bin/env python3
"""Runs the suites against a real Cinder and judges the results: check.py [--release 29] [--seed 1] …

Needs an environment in which volcheck is installed; installs and starts Cinder itself. Fails on a failed
requirement that known-faults.yaml doesn't list for the release, on a listed one that no longer shows, on an
operation that was never seen with success, on a run that broke down, and on anything left behind in Cinder's own
database.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faults
import install
from leftovers import remnants
from releases import CURRENT, HERE, RELEASES, LabError, Release, release

#: What `volcheck run` exits with when it came to a verdict: conformant, not conformant, inconclusive.
VERDICTS = (0, 1, 4)
WAYS = ("token", "cloud", "environment")


def say(sentence: str) -> None:
    """Write one line for a person, at once."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


@contextmanager
def server(wanted: Release, arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A running Cinder; yields what serve.py says about it and takes it down in the end."""
    command: list[str | Path] = [
        sys.executable,
        HERE / "serve.py",
        "--release",
        wanted.key,
        "--ready",
        "json",
        "--exit-with-parent",
    ]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            if not ready:
                raise LabError(f"Cinder {wanted.key} didn't start; its reason stands above.")
            yield json.loads(ready)
        finally:
            process.terminate()


def identity(facts: dict[str, Any], way: str) -> tuple[list[str], dict[str, str]]:
    """Options and environment variables by which volcheck gets at the endpoint in one of WAYS."""
    if way == "cloud":
        options = ["--cloud", "volcheck-main", "--other-cloud", "volcheck-other"]
        return options, {"OS_CLIENT_CONFIG_FILE": facts["clouds_yaml"]}
    if way == "environment":
        return [], {
            "OS_AUTH_URL": facts["identity"],
            "OS_IDENTITY_API_VERSION": "3",
            "OS_REGION_NAME": facts["region"],
            "OS_USERNAME": facts["username"],
            "OS_PASSWORD": facts["password"],
            "OS_USER_DOMAIN_NAME": facts["user_domain_name"],
            "OS_PROJECT_NAME": facts["project_name"],
            "OS_PROJECT_DOMAIN_NAME": facts["project_domain_name"],
        }
    options = ["--endpoint", facts["endpoint"], "--project-id", facts["project_id"]]
    options += ["--other-project-id", facts["other_project_id"]]
    return options, {"OS_TOKEN": facts["token"], "OS_OTHER_TOKEN": facts["other_token"]}


def environment(extra: dict[str, str]) -> dict[str, str]:
    """The environment for volcheck: ours without anybody's OpenStack settings, and `extra`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OS_")} | extra


def volcheck(*arguments: str | Path) -> list[str | Path]:
    """The command line of volcheck in this environment."""
    return [sys.executable, "-m", "volcheck.cli", *arguments]


def run_suites(
    facts: dict[str, Any], way: str, seed: int, reports: Path, more: Sequence[str], interrupt: float | None
) -> tuple[list[str], Path | None]:
    """One run of the suites; answers what is wrong with it and where its result lies.

    interrupt: seconds after which the run is interrupted as by Ctrl-C, and `volcheck clean` called.
    """
    access, variables = identity(facts, way)
    options = [
        *access,
        "--seed",
        str(seed),
        "--reports",
        str(reports),
        "--attached-volume",
        facts["attached_volume"],
    ]
    (reports / "result.json").unlink(missing_ok=True)
    command = volcheck("run", *options, "--endpoint-name", f"Cinder {facts['release']}", *more)
    with subprocess.Popen(command, env=environment(variables)) as process:
        try:
            code = process.wait(interrupt)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()
            clean = subprocess.run(
                volcheck("clean", *access, "--reports", reports), env=environment(variables)
            )
            return (
                [f"volcheck clean ended with exit code {clean.returncode}."] if clean.returncode else []
            ), None
    if interrupt is not None:
        return [
            f"The run was over before it could be interrupted after {interrupt:.0f} s; choose less."
        ], None
    if code not in VERDICTS or not (reports / "result.json").is_file():
        return [f"volcheck run ended with exit code {code} and no verdict."], None
    return [], reports / "result.json"


def check(wanted: Release, options: argparse.Namespace) -> list[str]:
    """Install, serve, run with every seed, and judge; answers the objections."""
    install.install(wanted)
    known = faults.load(HERE / "known-faults.yaml")
    found: list[str] = []
    results: dict[str, dict[str, Any]] = {}
    for seed in options.seed:
        name = f"cinder-{wanted.key}-seed-{seed}"
        with server(wanted, ["--token-lifetime", str(options.token_lifetime)]) as facts:
            say(f"{name}: Cinder {facts['release']} at {facts['endpoint']}, by {options.credentials}.")
            began = time.monotonic()
            reports = options.reports / name
            wrong, result = run_suites(
                facts, options.credentials, seed, reports, options.volcheck_arguments, options.interrupt
            )
            found += [f"{name}: {sentence}" for sentence in wrong]
            if result:
                results[name] = json.loads(result.read_text(encoding="utf-8"))
            lent = frozenset([facts["attached_volume"]])
            left = remnants(Path(facts["database"]), lent)
            found += [f"{name}: {one} was left behind in Cinder's database." for one in left]
            say(f"{name}: {time.monotonic() - began:.0f} s, {len(left)} left behind.")
    if results:
        found += faults.objections(wanted.key, known, results)
    return found


def main() -> int:
    """Check what the command line asks for. Exit codes: 0 all is well, 1 objections, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        description="Run the suites against a real Cinder and judge the results."
    )
    parser.add_argument(
        "--release", default=CURRENT, help=f"one of {', '.join(RELEASES)} (default {CURRENT})"
    )
    parser.add_argument(
        "--seed", type=int, action="append", help="seed of the generated requests; repeat it for several runs"
    )
    parser.add_argument("--credentials", choices=WAYS, default="token", help="how volcheck gets its tokens")
    parser.add_argument(
        "--token-lifetime",
        type=int,
        default=14400,
        metavar="SECONDS",
        help="how long tokens last (default 14400)",
    )
    parser.add_argument(
        "--interrupt",
        type=float,
        metavar="SECONDS",
        help="interrupt each run after so long, clean up, and look",
    )
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="folder for the reports")
    parser.add_argument(
        "volcheck_arguments", nargs="*", help="after --, options for `volcheck run`, such as -- -n 2"
    )
    options = parser.parse_args()
    options.seed = options.seed or [1]
    try:
        found = check(release(options.release), options)
    except LabError as error:
        found = [str(error)]
    for sentence in found:
        say(f"  ✗ {sentence}")
    say(f"{len(found)} objections." if found else "Nothing to object to.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
