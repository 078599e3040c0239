"""Plays every fault of catalogue.py against a real run, and writes down what the run did.

    python tests/safety/faults.py [--only NAME]… [--jobs N] [--json FILE] [--markdown FILE]

Exits with 1 when a run did something else than it should.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from canaries import FOREIGN, OTHER, PROJECT, TOKEN, everything, told
from catalogue import SCENARIOS
from hostile import Request, Server
from scenarios import Look, Place, Scenario, certificate

#: Peak memory of a run must stay below this, MiB: eight answers of 4 MiB may be read at once, each several times over.
MEMORY = 500
REPORTS = ("result.json", "report.html", "junit.xml", "summary.md", "traffic.har")
#: What stands in the folder of reports when a run begins.
OLD = "conformant, said a run of last week"
#: What every run is told, so that the whole table is played in minutes.
OPTIONS = ("--profile", "smoke", "--request-timeout", "2", "--wait-timeout", "10", "--seed", "1")

#: What reorders, hides or covers text; a report shows it as an escape.
UNSEEN = re.compile(
    "[\x80-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\u3164\ufeff\U000e0000-\U000e0fff]|\u0301{5}"
)


@dataclass
class Played:
    """What a run did with a fault. wrong: what it should not have done."""

    name: str
    what: str
    exit_code: int | None
    sentence: str
    seconds: float
    mebibytes: int
    wrong: list[str] = field(default_factory=list)


def play(scenario: Scenario, folder: Path) -> Played:
    """One scenario, in a process of its own."""
    environment(folder)
    (folder / "reports").mkdir()
    for name in REPORTS:
        (folder / "reports" / name).write_text(OLD)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    port = listener.getsockname()[1]
    place = Place(folder, port)
    reference = Reference(scenario.reference_options) if scenario.reference else None
    tls = certificate(folder, scenario.certificate) if scenario.certificate else None
    before = reference.state() if reference else {}
    if reference:
        place.other_project = reference.facts["other_project_id"]
    if scenario.port_closed:
        listener.close()
    act = scenario.act(place) if scenario.act else (lambda request, connection: False)

    def run_it() -> int:
        listener.close()
        return volcheck(scenario, place, folder)

    # The run is forked before there are threads.
    began = time.monotonic()
    run = forked(run_it, folder / "console.txt")
    server = None
    if not scenario.port_closed:
        server = Server(
            listener, act, reference.address if reference else None, greet=scenario.greet, tls=tls
        )
        server.start()
    if scenario.moment == "restart" and reference and server:
        while len(server.seen) < 80:
            time.sleep(0.02)
        reference.stop()
        reference = Reference(scenario.reference_options)
        before = reference.state()
        server.behind = reference.address
    code, kibibytes = wait(run, scenario.seconds)
    seconds = time.monotonic() - began
    console = (folder / "console.txt").read_text(errors="replace")
    played = Played(scenario.name, scenario.what, code, "", round(seconds, 1), kibibytes // 1024)
    played.wrong += list(objections(scenario, folder, console, played, server.seen if server else []))
    if scenario.leaves and server:
        server.act = lambda request, connection: False
        code, _ = wait(forked(lambda: clean(scenario, place, folder), folder / "clean.txt"), scenario.seconds)
        if code != 0:
            played.wrong.append(f"volcheck clean ended with {code}")
        played.wrong += [
            f"volcheck clean left {path.name}" for path in (folder / "reports" / ".ledger").glob("*")
        ]
    before |= place.foreign
    played.wrong += named_in_changes(before, server.seen if server else [])
    if reference:
        after = reference.state()
        if after != before:
            played.wrong.append(f"the project's volumes and snapshots differ: {difference(before, after)}")
        reference.stop()
    return played


def named_in_changes(foreign: Iterable[str], requests: list[Request]) -> list[str]:
    """Requests of a run that would change or use what is somebody else's."""
    changes = [request for request in requests if request.method not in ("GET", "HEAD")]
    return [
        f"{request.method} {request.target} names the foreign {each}"
        for each in foreign
        for request in changes
        if each in request.target or each.encode() in request.body
    ]


def clean(scenario: Scenario, place: Place, folder: Path) -> int:
    """`volcheck clean` afterwards; answers its exit code."""
    from volcheck.cli.main import main

    os.environ.update(scenario.environment)
    endpoint = ["--endpoint", f"http://127.0.0.1:{place.port}/v2", "--project-id", PROJECT]
    if "OTHER_PROJECT" in scenario.options:
        endpoint += ["--other-project-id", place.other_project]
    try:
        main(["clean", *endpoint, "--reports", str(folder / "reports")])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 99
    return 0


def volcheck(scenario: Scenario, place: Place, folder: Path) -> int:
    """The run itself; answers its exit code."""
    from volcheck.cli.main import main

    os.environ.update(scenario.environment)
    stand_ins = {"CERT": str(folder / "cert.pem"), "OTHER_PROJECT": place.other_project}
    options = [stand_ins.get(option, option) for option in scenario.options]
    arguments = [
        "run",
        *OPTIONS,
        "--endpoint",
        f"{scenario.scheme}://{scenario.host}:{place.port}/v2",
        "--project-id",
        PROJECT,
        "--reports",
        str(folder / "reports"),
        *options,
    ]
    try:
        main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 99
    return 0


def objections(
    scenario: Scenario, folder: Path, console: str, played: Played, requests: list[Request]
) -> Iterator[str]:
    """Everything that the run should have done otherwise. Fills in the sentence."""
    if played.exit_code is None:
        yield f"it had not ended after {scenario.seconds:g} s"
    elif played.exit_code not in scenario.exits:
        yield f"exit code {played.exit_code}, not {' or '.join(map(str, sorted(scenario.exits)))}"
    if played.mebibytes > MEMORY:
        yield f"it took {played.mebibytes} MiB"
    if "Traceback (most recent call last)" in console:
        yield "a traceback on the console"
    if "\x1b" in console or "\x07" in console:
        yield "escape sequences of the endpoint on the console"
    for shown in (
        folder / "console.txt",
        folder / "reports" / "junit.xml",
        folder / "reports" / "summary.md",
    ):
        if shown.is_file() and (hidden := UNSEEN.search(shown.read_text("utf-8", "replace"))):
            yield f"{shown.name} has {hidden[0][:5]!a}, which can't be seen or stands in the lines around"
    reports = folder / "reports"
    result: Any = None
    if scenario.begins:
        for name in REPORTS:
            if not (reports / name).is_file():
                yield f"no {name}"
                return
        result = json.loads((reports / "result.json").read_bytes())
        yield from malformed(reports)
        played.sentence = cause(result, scenario.fails)
        if scenario.leaves and not result["cleanup"]["leftovers"]:
            yield "what could not be removed is not listed"
        if result["cleanup"]["leftovers"] and not scenario.leaves:
            yield f"left behind: {result['cleanup']['leftovers'][:2]}"
        broken = [r["id"] for r in result["requirements"] if r["outcome"] == "failed"]
        for wanted in scenario.fails:
            if not any(fnmatch.fnmatchcase(name, each) for name in broken for each in wanted.split("|")):
                yield f"{wanted} was not found broken, but {', '.join(broken) or 'nothing'}"
    else:
        said = [line for line in console.splitlines() if line.startswith("volcheck: ")]
        played.sentence = said[-1].removeprefix("volcheck: ") if said else console[-300:]
        yield from unsaid(reports, played)
    if scenario.says and not re.search(scenario.says, console + json.dumps(result, ensure_ascii=False)):
        yield f"nothing says {scenario.says!r}"
    for path in (*reports.rglob("*"), *(folder / "tmp").rglob("*"), folder / "console.txt"):
        if path.is_file() and (found := told(path.read_bytes(), TOKEN, OTHER, FOREIGN)):
            yield f"{found[0]} stands in {path.relative_to(folder)}"
    for name in REPORTS:
        if (reports / name).is_file() and OLD in (reports / name).read_text(errors="replace"):
            yield f"{name} is last week's"
    certain = result is None or not (result["cleanup"]["problems"] or result["cleanup"]["leftovers"])
    for path in (reports / ".ledger").glob("*") if certain else ():
        yield f"{path.name} was not removed"
    if list(folder.rglob("forged")) or Path("forged").exists():
        yield "a text of the endpoint was executed"
    if scenario.exchanges and len(requests) > scenario.exchanges:
        yield f"{len(requests)} requests, more than {scenario.exchanges}"
    if scenario.more:
        yield from scenario.more(Look(folder, console, result, requests, played.exit_code))


def unsaid(reports: Path, played: Played) -> Iterator[str]:
    """What the reports of a run that could not begin do not say, in place of an older run's."""
    for name in ("result.json", "report.html", "junit.xml", "summary.md"):
        if not (reports / name).is_file():
            yield f"no {name} of a run that could not begin"
            return
    from volcheck.errors import VolcheckError
    from volcheck.results.files import read_result

    try:
        verdict = read_result(reports / "result.json")["verdict"]
        errors = ElementTree.parse(reports / "junit.xml").getroot().get("errors")
    except (VolcheckError, ElementTree.ParseError) as error:
        yield f"a report is not well-formed: {error}"
        return
    if "could not begin" not in verdict["sentence"]["en"] or verdict["exit_code"] != played.exit_code:
        yield f"result.json says: {verdict}"
    if errors != "1":
        yield f"junit.xml counts {errors} errors"
    for name in ("report.html", "summary.md"):
        if "could not begin" not in (reports / name).read_text(encoding="utf-8"):
            yield f"{name} does not say that it could not begin"


def cause(result: Any, wanted: tuple[str, ...]) -> str:
    """The failure that matters, or the first reason why something could not be tested, else the verdict."""
    patterns = [pattern for each in wanted for pattern in each.split("|")] or ["*"]
    failures = [
        failure
        for pattern in patterns
        for requirement in result["requirements"]
        if fnmatch.fnmatchcase(requirement["id"], pattern)
        for failure in requirement["failures"]
    ]
    if failures:
        return str(failures[0]["message"])
    if result["verdict"]["name"] == "conformant":
        return str(result["verdict"]["sentence"]["en"]).split(". ")[0]
    reasons = [r["reason"] for r in result["requirements"] if r["outcome"] == "inconclusive"]
    verdict = str(result["verdict"]["sentence"]["en"]).split(". ")[0].removesuffix(".")
    return f"{verdict}: {reasons[0]}" if reasons else verdict


def malformed(reports: Path) -> Iterator[str]:
    """What is wrong with the form of the reports."""
    from volcheck.errors import VolcheckError
    from volcheck.results.files import read_result

    try:
        read_result(reports / "result.json")
        json.loads((reports / "traffic.har").read_bytes())
        ElementTree.parse(reports / "junit.xml")
    except (VolcheckError, ValueError, ElementTree.ParseError) as error:
        yield f"a report is not well-formed: {error}"
    html = (reports / "report.html").read_text(encoding="utf-8")
    if not html.rstrip().endswith("</html>"):
        yield "report.html is not whole"
    if "<script>document.title" in html or "<img src=x" in html:
        yield "report.html has markup of the endpoint"


# -- processes ----------------------------------------------------------------------------------------------------


class Reference:
    """The reference endpoint in a fork."""

    def __init__(self, options: tuple[str, ...]) -> None:
        read, write = os.pipe()

        def serve() -> int:
            os.close(read)
            os.dup2(write, 1)
            from volcheck.reference.command import serve as command

            fixed = ("--ready", "json", "--exit-with-parent", "--seed", "7")
            command.main([*fixed, *options], standalone_mode=False)
            return 0

        self._pid = forked(serve, None)
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as ready:
            self.facts = json.loads(ready.readline())
        host = self.facts["endpoint"].split("/")[2]
        self.address = (host.split(":")[0], int(host.split(":")[1]))

    def state(self) -> dict[str, str]:
        """Every volume and snapshot of both projects, as it is shown."""
        endpoint = self.facts["endpoint"]
        return everything(endpoint) | everything(endpoint, self.facts["other_project_id"], OTHER)

    def stop(self) -> None:
        """End it."""
        os.kill(self._pid, 15)
        os.waitpid(self._pid, 0)


def difference(before: Any, after: Any) -> str:
    """What of two states is not the same, in short."""
    names = [f"{'gone' if i in before else 'new'} {i}" for i in before.keys() ^ after.keys()]
    names += [f"changed {i}" for i in before.keys() & after.keys() if before[i] != after[i]]
    return ", ".join(names[:4])


def environment(folder: Path) -> None:
    """What the run and the reference endpoint find around them."""
    for name in list(os.environ):
        if name.startswith("OS_"):
            del os.environ[name]
    temporary = folder / "tmp"
    temporary.mkdir()
    os.environ.update(
        OS_TOKEN=TOKEN,
        TMPDIR=str(temporary),
        VOLCHECK_REFERENCE_TOKEN=TOKEN,
        VOLCHECK_REFERENCE_OTHER_TOKEN=OTHER,
        VOLCHECK_REFERENCE_PROJECT_ID=PROJECT,
    )
    os.chdir(temporary)


def forked(work: Callable[[], int], output: Path | None) -> int:
    """Run `work` in a fork that ends with what it answers; answers the fork's process id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 98
    try:
        if output is not None:
            handle = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
        code = work()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - a fork must not run its parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


def wait(pid: int, seconds: float) -> tuple[int | None, int]:
    """The exit code of a fork (None where it had to be killed) and its peak memory, KiB."""
    deadline = time.monotonic() + seconds
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss
        if time.monotonic() > deadline:
            os.kill(pid, 9)
            _, _, usage = os.wait4(pid, 0)
            return None, usage.ru_maxrss
        time.sleep(0.05)


@contextmanager
def workplace(keep: str | None) -> Iterator[Path]:
    """A folder for all scenarios."""
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
        yield Path(keep).resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="volcheck-faults-") as made:
            yield Path(made)


def play_all(scenarios: list[Scenario], jobs: int, folder: Path) -> list[Played]:
    """Play scenarios side by side, in forks of this process, which has loaded everything already."""
    import volcheck.fixtures.properties
    import volcheck.reference.server
    import volcheck.runner.plugin
    import volcheck.runner.start  # noqa: F401

    waiting, running, done = list(scenarios), dict[int, Scenario](), dict[str, Played]()

    def one(scenario: Scenario) -> int:
        own = folder / scenario.name
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir()
        (own / "played.json").write_text(json.dumps(asdict(play(scenario, own))))
        return 0

    while waiting or running:
        while waiting and len(running) < jobs:
            scenario = waiting.pop(0)
            running[forked(lambda scenario=scenario: one(scenario), None)] = scenario  # type: ignore[misc]
        pid, status = os.wait()
        scenario = running.pop(pid)
        file = folder / scenario.name / "played.json"
        if os.waitstatus_to_exitcode(status) or not file.exists():
            played = Played(scenario.name, scenario.what, None, "", 0, 0, ["the scenario itself broke down"])
        else:
            played = Played(**json.loads(file.read_text()))
        done[scenario.name] = played
        sys.stdout.write(
            f"{'ok   ' if not played.wrong else 'WRONG'} {played.name}: exit {played.exit_code}, "
            f"{played.seconds} s, {played.mebibytes} MiB: {played.sentence[:150]}\n"
        )
        for each in played.wrong:
            sys.stdout.write(f"      {each}\n")
        sys.stdout.flush()
    return [done[scenario.name] for scenario in scenarios]


def markdown(played: list[Played]) -> str:
    """The table for docs/faults.md."""
    from volcheck.report.text import one_line

    outcome = {0: "conformant", 1: "not conformant", 2: "usage", 3: "inconclusive", None: "did not end"}
    lines = [
        "# What a run makes of faults",
        "",
        "Written by `make faults` from actual runs of the smoke profile: each of these faults was played to",
        "`volcheck run` by a hostile server (`tests/safety`), with two seconds for an answer. In every run it is also",
        "checked that it ends in time and below "
        f"{MEMORY} MiB, that the reports are complete and well-formed, that nothing",
        "is left behind or changed in the project, and that the token stands nowhere.",
        "",
        "| fault | what the server does | outcome | what the run says | seconds | peak MiB |",
        "|---|---|---|---|---:|---:|",
    ]
    for each in played:
        said = re.sub(r"(://[^/:]+):\d+", r"\1:PORT", one_line(each.sentence, 200))
        said = said.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
        result = outcome.get(each.exit_code, "broke down") + ("" if not each.wrong else " (**wrong**)")
        lines.append(
            f"| {each.name} | {each.what} | {result} | {said} | {each.seconds:.0f} | {each.mebibytes} |"
        )
    most = max(each.mebibytes for each in played)
    lines += ["", f"{len(played)} faults; at most {max(e.seconds for e in played):.0f} s and {most} MiB.", ""]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Play faults to real runs.")
    parser.add_argument("--only", action="append", help="a scenario's name or pattern; may be repeated")
    parser.add_argument("--jobs", type=int, default=4, help="how many side by side (4)")
    parser.add_argument("--json", type=Path, help="write what the runs did as JSON")
    parser.add_argument("--markdown", type=Path, help="write it as a table")
    parser.add_argument("--keep", help="a folder that keeps consoles and reports")
    options = parser.parse_args()
    chosen = [
        s for s in SCENARIOS if not options.only or any(fnmatch.fnmatch(s.name, p) for p in options.only)
    ]
    with workplace(options.keep) as folder:
        played = play_all(chosen, options.jobs, folder)
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in played], indent=1))
    if options.markdown:
        options.markdown.write_text(markdown(played), encoding="utf-8")
    return 1 if any(each.wrong for each in played) else 0


if __name__ == "__main__":
    sys.exit(main())
