#!/usr/bin/env python3
"""Runs the suites against a real Cinder and judges the results: check.py [--release 29] [--seed 1] …

Needs an environment in which volcheck is installed; installs and starts Cinder itself. Fails on a failed
requirement that known-faults.yaml doesn't list for the release, on a listed one that no longer shows, on an
operation that was never seen with success, on a run that broke down, and on anything left behind in Cinder's
own database.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faults
import install
from leftovers import remnants
from releases import CURRENT, HERE, RELEASES, LabError, Release, release

#: What `volcheck run` exits with when it came to a verdict: conformant, not conformant, inconclusive. It
#: exits with 3 for an endpoint that can't be tested, too, but then writes no result.
VERDICTS = (0, 1, 3)
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
    return [sys.executable, "-m", "volcheck.cli.main", *arguments]


@dataclass(frozen=True)
class Plan:
    """What to run, the same for every release.

    credentials: one of WAYS. token_lifetime: seconds. more: options for `volcheck run`.
    interrupt: seconds after which each run is interrupted (Ctrl-C) and `volcheck clean` called; None never.
    """

    seeds: tuple[int, ...]
    credentials: str
    token_lifetime: int
    interrupt: float | None
    reports: Path
    more: tuple[str, ...]

    @classmethod
    def add_options(cls, parser: argparse.ArgumentParser) -> None:
        """Declare the options that `read` reads."""
        add = parser.add_argument
        add(
            "--seed", type=int, action="append", help="seed of generated requests; repeat it for several runs"
        )
        add("--credentials", choices=WAYS, default="token", help="how volcheck gets its tokens")
        add(
            "--token-lifetime",
            type=int,
            default=14400,
            metavar="SECONDS",
            help="how long tokens last (14400)",
        )
        add(
            "--interrupt",
            type=float,
            metavar="SECONDS",
            help="interrupt each run after so long, and clean up",
        )
        add("--reports", type=Path, default=Path("reports"), help="folder for the reports")
        add(
            "more",
            nargs="*",
            metavar="OPTION",
            help="after --, options for `volcheck run`, such as -- --concurrency 2",
        )

    @classmethod
    def read(cls, options: argparse.Namespace) -> Plan:
        """The plan that the command line describes."""
        return cls(
            tuple(options.seed or [1]),
            options.credentials,
            options.token_lifetime,
            options.interrupt,
            options.reports,
            tuple(options.more),
        )


def run_suites(facts: dict[str, Any], plan: Plan, seed: int, reports: Path) -> list[str]:
    """One run of the suites, which leaves its result.json in `reports`; answers what went wrong."""
    access, variables = identity(facts, plan.credentials)
    lent = ["--attached-volume", facts["attached_volume"], "--endpoint-name", f"Cinder {facts['release']}"]
    command = volcheck("run", *access, *lent, "--seed", str(seed), "--reports", reports, *plan.more)
    with subprocess.Popen(command, env=environment(variables)) as process:
        try:
            code = process.wait(plan.interrupt)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()
            return clean_up(access, variables, reports)
    if plan.interrupt is not None:
        return [f"The run was over before it could be interrupted after {plan.interrupt:.0f} s; choose less."]
    if code not in VERDICTS or not (reports / "result.json").is_file():
        return [f"volcheck run ended with exit code {code} and no verdict."]
    return []


def clean_up(access: list[str], variables: dict[str, str], reports: Path) -> list[str]:
    """Let volcheck remove what an interrupted run left; answers what went wrong."""
    command = volcheck("clean", *access, "--reports", reports)
    code = subprocess.run(command, env=environment(variables)).returncode
    return [f"volcheck clean ended with exit code {code}."] if code else []


def check(wanted: Release, plan: Plan) -> tuple[list[str], dict[str, Path]]:
    """Install, serve, run with every seed, and judge; answers objections, and results by name of the run."""
    install.install(wanted)
    known = faults.load(HERE / "known-faults.yaml")
    found: list[str] = []
    results: dict[str, Path] = {}
    for seed in plan.seeds:
        name = f"cinder-{wanted.key}-seed-{seed}"
        reports = plan.reports / name
        shutil.rmtree(reports, ignore_errors=True)
        with server(wanted, ["--token-lifetime", str(plan.token_lifetime)]) as facts:
            say(f"{name}: Cinder {facts['release']} at {facts['endpoint']}, credentials: {plan.credentials}.")
            began = time.monotonic()
            wrong = run_suites(facts, plan, seed, reports)
            left = remnants(Path(facts["database"]), frozenset([facts["attached_volume"]]))
            say(f"{name}: {time.monotonic() - began:.0f} s, {len(left)} left behind.")
        found += [f"{name}: {sentence}" for sentence in wrong]
        found += [f"{name}: {one} was left behind in Cinder's database." for one in left]
        if not wrong and plan.interrupt is None:
            results[name] = reports / "result.json"
    if results:
        read = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in results.items()}
        found += faults.objections(wanted.key, known, read)
    return found, results


def report(found: list[str]) -> int:
    """Write the objections; answers the exit code."""
    for sentence in found:
        say(f"  ✗ {sentence}")
    say(f"Objections: {len(found)}." if found else "Nothing to object to.")
    return 1 if found else 0


def main() -> int:
    """Check what the command line asks for. Exit codes: 0 all is well, 1 objections, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        description="Run the suites against a real Cinder and judge the results."
    )
    parser.add_argument(
        "--release", default=CURRENT, help=f"one of {', '.join(RELEASES)} (default {CURRENT})"
    )
    Plan.add_options(parser)
    options = parser.parse_args()
    try:
        return report(check(release(options.release), Plan.read(options))[0])
    except LabError as error:
        return report([str(error)])


if __name__ == "__main__":
    sys.exit(main())
