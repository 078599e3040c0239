"""Nothing that a disk or a terminal does, and no error of ours, ends a run without cleaning up, reports and a true exit code."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import resource
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from lab import endpoint, environment, made, until, volcheck

REPORTS = ("result.json", "report.html", "junit.xml", "summary.md", "traffic.har")
SMOKE = ("--profile", "smoke")
OLD = "conformant, said a run of last week"


def run(lab, cwd, *options, before="", shell="", **more):
    """A run of the smoke profile; `shell` is put behind it on a command line, `before` ahead of it."""
    command = " ".join(
        [before, f"exec {sys.executable} -m volcheck run", *SMOKE, *lab.options, *map(str, options), shell]
    )
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=cwd,
        env=environment(**more.pop("variables", {})),
        timeout=300,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more,
    )


def result_in(folder):
    return json.loads((folder / "reports" / "result.json").read_bytes())


def nothing_left(lab, before, folder):
    assert lab.state() == before
    ledgers = folder / "reports" / ".ledger"
    assert not ledgers.is_dir() or list(ledgers.glob("*")) == []


@pytest.fixture(scope="module")
def lab():
    with endpoint("--seed", "3") as running:
        yield running


# -- streams and terminals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shell",
    [
        ">&-",
        "2>&-",
        ">&- 2>&-",
        "<&- >&- 2>&-",
        ">/dev/full",
        "2>/dev/full",
        ">/dev/full 2>&1",
        "| head -c 1",
    ],
)
def test_a_stream_that_takes_nothing_changes_neither_verdict_nor_cleaning_up(lab, tmp_path, shell):
    before = lab.state()
    ended = run(lab, tmp_path, shell=shell)
    # Of a file that can't be written whole, something may be missed: that is said, and the run is not taken for good.
    # Nothing is written to standard error by such a run.
    assert ended.returncode == (3 if ">/dev/full" in shell and not shell.startswith("2") else 0), ended
    assert b"Traceback" not in (ended.stdout or b"") + (ended.stderr or b"")
    assert result_in(tmp_path)["verdict"]["name"] == "conformant"
    nothing_left(lab, before, tmp_path)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-16", "ascii:strict"])
def test_a_console_of_any_encoding_is_written_to(lab, tmp_path, encoding, language):
    before = lab.state()
    variables = {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ended = run(lab, tmp_path, "--language", language, variables=variables)
    assert ended.returncode == 0, ended
    assert b"Traceback" not in ended.stdout + ended.stderr
    nothing_left(lab, before, tmp_path)


def test_a_terminal_that_goes_away_ends_nothing(lab, tmp_path):
    before = lab.state()
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "volcheck", "run", *SMOKE, *lab.options],
        cwd=tmp_path,
        env=environment(TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        until(lambda: made(tmp_path / "reports") >= 2 or process.poll() is not None)
        # It is not the terminal of that session, so that no SIGHUP comes: only writing to it fails.
        os.close(ours)
        assert process.wait(200) == 0
    assert result_in(tmp_path)["verdict"]["name"] == "conformant"
    nothing_left(lab, before, tmp_path)


# -- disks --------------------------------------------------------------------------------------------------------


def limited(size):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("kibibytes", [6, 40, 200])
def test_files_that_may_not_grow_leave_nothing_behind(lab, tmp_path, kibibytes):
    before = lab.state()
    ended = subprocess.run(
        [sys.executable, "-m", "volcheck", "run", *SMOKE, *lab.options],
        cwd=tmp_path,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=limited(kibibytes * 1024),
        text=True,
        timeout=300,
    )
    assert ended.returncode == 3, ended.stdout
    assert "Traceback" not in ended.stdout
    assert "File too large" in ended.stdout
    assert lab.state() == before
    for name in REPORTS:
        # What is there is whole.
        if (path := tmp_path / "reports" / name).exists() and name.endswith(("json", "har")):
            json.loads(path.read_bytes())
    if kibibytes == 6:
        assert not (tmp_path / "reports" / "result.json").exists()


@pytest.fixture
def small(tmp_path):
    """A disk of so many KiB, mounted on a folder."""
    mounted = []

    def mount(kibibytes):
        folder = tmp_path / "reports"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "none", folder], capture_output=True
        )
        if done.returncode:
            pytest.skip("mounting is not permitted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("kibibytes", [64, 400, 1000])
def test_a_disk_that_fills_up_in_mid_run_leaves_nothing_behind(lab, tmp_path, small, kibibytes):
    before = lab.state()
    folder = small(kibibytes)
    (folder / "result.json").write_text(OLD)
    ended = run(lab, tmp_path)
    said = (ended.stdout + ended.stderr).decode()
    assert ended.returncode == 3, said
    assert "Traceback" not in said
    assert "No space left on device" in said
    assert lab.state() == before
    if (folder / "result.json").exists():
        assert result_in(tmp_path)["verdict"]["exit_code"] == 3


def test_a_disk_without_any_room_is_noticed_before_the_first_request(lab, tmp_path, small):
    folder = small(16)
    filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while os.write(filler, b"x" * 4096):
            pass
    os.close(filler)
    ended = run(lab, tmp_path)
    assert ended.returncode == 2, ended
    assert b"No space left on device" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == b""


@pytest.mark.parametrize(
    "name", ["result.json", "report.html", "junit.xml", "traffic.har", ".exchanges", ".ledger"]
)
def test_what_is_in_the_way_of_a_report_is_noticed_before_the_first_request(tmp_path, name):
    reports = tmp_path / "reports"
    reports.mkdir()
    if name.startswith("."):
        (reports / name).write_text("")
    else:
        (reports / name).mkdir()
    ended = volcheck("run", "--endpoint", "http://127.0.0.1:9/v2", "--project-id", "p", cwd=tmp_path)
    assert ended.returncode == 2, ended.stdout
    (line,) = ended.stdout.splitlines()
    assert "reports can't be written there" in line
    # It was not tried to reach anybody.
    assert "127.0.0.1" not in line


def test_reports_that_cant_be_written_at_the_end_are_told_of(lab, tmp_path):
    before = lab.state()
    reports = tmp_path / "reports"
    with subprocess.Popen(
        [sys.executable, "-m", "volcheck", "run", *SMOKE, *lab.options],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        until(lambda: made(reports) >= 1 or process.poll() is not None)
        for name in ("report.html", "result.json"):
            (reports / name).mkdir()
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 3, said
    assert "Inconclusive: The report" in said
    assert "report.html" in said
    assert "Traceback" not in said
    assert (reports / "junit.xml").is_file()
    nothing_left(lab, before, tmp_path)


# -- folders ------------------------------------------------------------------------------------------------------


def test_a_second_run_in_a_folder_is_refused_and_the_first_goes_on(lab, tmp_path):
    before = lab.state()
    with subprocess.Popen(
        [sys.executable, "-m", "volcheck", "run", *SMOKE, *lab.options],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as first:
        until(lambda: made(tmp_path / "reports") >= 1 or first.poll() is not None)
        second = volcheck("run", *SMOKE, *lab.options, cwd=tmp_path)
        assert second.returncode == 2, second.stdout
        (line,) = second.stdout.splitlines()
        assert f"another run (process {first.pid}) writes its reports there" in line
        said, _ = first.communicate(timeout=300)
    assert first.returncode == 0, said
    assert result_in(tmp_path)["verdict"]["name"] == "conformant"
    nothing_left(lab, before, tmp_path)


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--endpoint", "http://127.0.0.1:9/v2", "--project-id", "p"], 3, "can't be reached"),
        (["--endpoint", "http://127.0.0.1:9/v2"], 2, "project is missing"),
        (["--endpoint", "http://127.0.0.1:9/v2", "--project-id", "p", "--cacert", "none.pem"], 2, "none.pem"),
        (["--cloud", "nowhere"], 2, "nowhere"),
        (["--waivers", "none.yaml"], 2, "none.yaml"),
        (["--openapi", "none.yaml"], 2, "none.yaml"),
        (["--only", "nonsense"], 2, "nonsense"),
    ],
)
@pytest.mark.parametrize("way", ["volcheck", "pytest"])
def test_a_run_that_could_not_begin_says_so_where_an_old_one_stood(tmp_path, way, options, code, says):
    reports = tmp_path / "reports"
    reports.mkdir()
    for name in REPORTS:
        (reports / name).write_text(OLD)
    if way == "volcheck":
        ended = volcheck("run", *options, cwd=tmp_path)
        assert len(ended.stdout.splitlines()) == 1
    else:
        suites = Path(__file__).parents[2] / "suites"
        words = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            suites,
            "--reports",
            reports,
            *options,
        ]
        ended = subprocess.run(
            words,
            cwd=tmp_path,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    assert ended.returncode == code, ended.stdout
    assert says in ended.stdout
    verdict = result_in(tmp_path)["verdict"]
    assert (verdict["name"], verdict["exit_code"]) == ("inconclusive", code)
    assert "could not begin" in verdict["sentence"]["en"]
    assert says in verdict["sentence"]["en"]
    assert ElementTree.parse(reports / "junit.xml").getroot().get("errors") == "1"
    assert not [name for name in REPORTS if (reports / name).exists() and OLD in (reports / name).read_text()]
    assert not (reports / "traffic.har").exists()


# -- errors of ours -----------------------------------------------------------------------------------------------

#: Where an error is put, as `module:name`; and whether the run comes to its tests.
BROKEN = {
    "volcheck.fixtures.run:check": True,
    "volcheck.observations.observe:Observer.__call__": True,
    "volcheck.observations.readings:Readings.__call__": True,
    "volcheck.checks.consistency:Consistency.__call__": True,
    "volcheck.results.record:Recorder.__call__": True,
    "volcheck.observations.readings:Readings.probe": True,
    "volcheck.gateway.leftovers:sweep": True,
    "volcheck.runner.session:assemble": True,
    "volcheck.runner.session:judge": True,
    "volcheck.runner.session:Guide": True,
    "volcheck.report.write:write_html": True,
    "volcheck.report.write:junit": True,
    "volcheck.report.write:write_result": True,
    "volcheck.report.har:entry": True,
    "volcheck.runner.session:Session.pytest_runtest_setup": True,
    "volcheck.runner.session:Session.pytest_collection_modifyitems": True,
    "volcheck.runner.prepare:preflight": False,
    "volcheck.runner.prepare:endpoint_of": False,
    "volcheck.runner.session:open_run": False,
}


@pytest.mark.parametrize("place", BROKEN)
def test_an_error_of_ours_is_one_sentence_and_leaves_nothing_behind(lab, tmp_path, place):
    before = lab.state()
    module, _, name = place.partition(":")
    owner, _, attribute = f".{name}".rpartition(".")
    breaking = (
        f"import {module} as module\n"
        "import sys\n"
        "from volcheck.cli.main import main\n"
        "def broken(*given, **more):\n"
        "    raise RuntimeError('put there by a test')\n"
        f"setattr(module{owner}, {attribute!r}, broken)\n"
        "main(sys.argv[1:])\n"
    )
    if place.startswith("volcheck.runner.session:Session.pytest"):
        breaking = breaking.replace("*given, **more", "self")
    ended = subprocess.run(
        [sys.executable, "-c", breaking, "run", *SMOKE, *lab.options],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 3, ended.stdout
    assert "Traceback" not in ended.stdout
    assert "put there by a test" in ended.stdout + (tmp_path / "reports" / "summary.md").read_text()
    if not place.endswith("write_result"):
        verdict = result_in(tmp_path)["verdict"]
        assert (verdict["name"], verdict["exit_code"]) == ("inconclusive", 3)
        assert ("could not begin" in verdict["sentence"]["en"]) is not BROKEN[place]
    assert lab.state() == before
    # Where nobody could look through the lists, the ledger stays for `volcheck clean`.
    left = list((tmp_path / "reports" / ".ledger").glob("*"))
    assert len(left) == (1 if place.endswith("sweep") else 0)


def test_with_debug_an_error_of_ours_shows_where_it_came_from(lab, tmp_path):
    breaking = (
        "import sys, volcheck.runner.prepare\n"
        "def preflight(*given, **more):\n"
        "    raise RuntimeError('put there by a test')\n"
        "volcheck.runner.prepare.preflight = preflight\n"
        "from volcheck.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", breaking, "run", "--debug", *SMOKE, *lab.options],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 3
    assert "Traceback" in ended.stdout
