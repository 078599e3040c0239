"""Whatever is written or printed goes through the sieve, and what it catches is told of."""

from __future__ import annotations

import ast
import io
import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.report import builders

from volcheck.cli.results import badge, compare, history, merge
from volcheck.gateway.redaction import Redactor
from volcheck.report.console import say, say_what_was_taken_out
from volcheck.report.github import write_job_summary
from volcheck.report.write import write_reports
from volcheck.results import sieve
from volcheck.results.files import write_json, write_result, write_text

TOKEN = "gAAAAABn-The_Token.of/the+Run=Z9y8X7w6V5u4"
HTML = "a \"b\" <c> & 'd' of the secret"
SOURCES = Path(__file__).parents[2] / "src" / "volcheck"


@pytest.fixture(autouse=True)
def mine(monkeypatch):
    """A sieve of this test's own."""
    monkeypatch.setenv("OS_TOKEN", TOKEN)
    monkeypatch.setenv("OS_PASSWORD", HTML)
    sieve.forget()
    yield
    sieve.forget()


def leaky():
    """A result in which a secret has got past everything."""
    result = builders.failing()
    failed = next(r for r in result["requirements"] if r["failures"])
    failure = failed["failures"][0]
    failure["message"] = f"<{TOKEN}> and {HTML}"
    failure["got"] = json.dumps({TOKEN: HTML}).replace("/", "\\/")
    failure["exchange"] = builders.exchange(1)
    failure["exchange"]["response"]["headers"] = {TOKEN: TOKEN.upper()}
    failure["exchange"]["response"]["body"] = "".join(f"\\u{ord(c):04x}" for c in TOKEN)
    return result


def holds(data: bytes) -> bool:
    return Redactor([TOKEN, HTML]).holds_secret(data)


# -- artifacts ----------------------------------------------------------------------------------------------------


def test_reports_hold_no_secret_and_say_that_they_would_have(tmp_path):
    exchanges = [builders.exchange(1)]
    exchanges[0]["response"]["body"] = json.dumps({"x": TOKEN})
    result = leaky()
    for path in write_reports(result, tmp_path, exchanges):
        assert not holds(path.read_bytes()), path.name
    problem = result["problems"][-1]
    assert problem.startswith(
        "a secret of this run was about to be written to traffic.har (1 times), result.json ("
    )
    for name in ("report.html", "junit.xml", "summary.md"):
        assert name in problem
    written = json.loads((tmp_path / "result.json").read_bytes())
    assert written["problems"][-1] == problem
    assert "about to be written" in (tmp_path / "report.html").read_text("utf-8")
    assert sieve.current().remark() is None


def test_reports_without_secrets_say_nothing(tmp_path):
    result = builders.failing()
    before = list(result["problems"])
    write_reports(result, tmp_path, [builders.exchange(1)])
    assert result["problems"] == before
    assert sieve.current().remark() is None


@pytest.mark.parametrize(
    "place", [0, 1, 1000, sieve._BLOCK - 20, sieve._BLOCK, sieve._BLOCK + sieve._KEPT - 20]
)
@pytest.mark.parametrize("piece", [7, 70_000, 10_000_000])
def test_a_secret_is_found_across_whatever_pieces_are_written(place, piece):
    data = b"." * place + TOKEN.encode() + b"." * (2 * sieve._BLOCK - place)
    out = io.BytesIO()
    file = sieve.SievedFile(out, "x", sieve.current())
    file.writelines(data[at : at + piece] for at in range(0, len(data), piece))
    file.finish()
    assert out.getvalue() == data.replace(TOKEN.encode(), b"$OS_TOKEN")
    assert "x (1 times)" in str(sieve.current().remark())


def test_what_is_written_does_not_wait_for_its_end():
    out = io.BytesIO()
    file = sieve.SievedFile(out, "x", sieve.current())
    assert file.write(b"." * (sieve._BLOCK + sieve._KEPT)) == sieve._BLOCK + sieve._KEPT
    assert len(out.getvalue()) == sieve._BLOCK
    file.finish()
    assert len(out.getvalue()) == sieve._BLOCK + sieve._KEPT
    assert sieve.current().remark() is None


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o002])
def test_reports_go_by_the_umask(tmp_path, umask):
    (tmp_path / "summary.md").write_text("old")
    (tmp_path / "summary.md").chmod(0o600)
    before = os.umask(umask)
    try:
        paths = write_reports(builders.failing(), tmp_path, [builders.exchange(1)])
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o666 & ~umask}


def test_texts_and_json_go_through_it(tmp_path):
    write_text(tmp_path / "x.md", f"# {TOKEN}")
    write_json(tmp_path / "x.json", {TOKEN: [HTML]})
    assert (tmp_path / "x.md").read_text() == "# $OS_TOKEN"
    assert json.loads((tmp_path / "x.json").read_bytes()) == {"$OS_TOKEN": ["[OS_PASSWORD]"]}
    assert "x.md (1 times), x.json (2 times)" in str(sieve.current().remark())


def test_the_summary_of_a_job_is_cut_when_secrets_are_out(tmp_path):
    target = tmp_path / "summary"
    for before in range(1024 * 1024 - 180, 1024 * 1024 - 60, 7):
        target.unlink(missing_ok=True)
        write_job_summary(
            [f"{'.' * 10}\n{'.' * (before - 11)}{TOKEN}\n" * 2], {"GITHUB_STEP_SUMMARY": str(target)}
        )
        assert not holds(target.read_bytes())
        assert TOKEN[:8].encode() not in target.read_bytes()
    assert "the job's summary" in str(sieve.current().remark())


# -- the console --------------------------------------------------------------------------------------------------


def test_the_console_shows_no_secret(capsys):
    say(f"a {TOKEN}, \ud800")
    say(f"b {TOKEN[:20]}", err=True)
    shown = capsys.readouterr()
    assert shown.out == "a $OS_TOKEN, \\ud800\n"
    assert shown.err == "b $OS_TOKEN\n"
    say_what_was_taken_out()
    assert "about to be written to the console (2 times)" in capsys.readouterr().err
    say_what_was_taken_out()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", ["compare", "merge", "history", "badge"])
def test_commands_on_results_sieve_with_the_secrets_of_the_environment(tmp_path, command):
    for name in ("a", "b"):
        result = leaky()
        result["endpoint"]["name"] = result["verdict"]["sentence"]["en"] = f"at {TOKEN}"
        sieve.use(Redactor())
        write_result(tmp_path / name / "result.json", result)
        sieve.forget()
    a, b, out = str(tmp_path / "a"), str(tmp_path / "b"), tmp_path / "out"
    calls = {
        "compare": (
            compare,
            [a, b, "--html", out / "x.html", "--markdown", out / "x.md", "--json", out / "x.json"],
        ),
        "merge": (merge, [a, b, "-o", out]),
        "history": (history, [str(tmp_path), "-o", out / "x.html"]),
        "badge": (badge, [a, "-o", out / "x.json", "--label", TOKEN]),
    }
    of, words = calls[command]
    assert holds((tmp_path / "a" / "result.json").read_bytes())
    ended = CliRunner().invoke(of, [str(word) for word in words])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    written = [path for path in out.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert not holds(path.read_bytes()), path
    assert not holds(ended.output.encode())
    assert command == "merge" or "a secret of this run was about to be written" in ended.output


# -- which secrets ------------------------------------------------------------------------------------------------


def test_the_sieve_of_a_run_learns_with_its_redactor():
    redactor = Redactor()
    used = sieve.use(redactor)
    assert sieve.use(redactor) is used
    assert sieve.current() is used
    assert used.console(TOKEN) == TOKEN
    redactor.add(TOKEN)
    assert used.console(TOKEN) == "[redacted]"
    assert sieve.use(Redactor()) is not used


def test_without_a_run_it_knows_the_environment_as_it_is(monkeypatch):
    first = sieve.current()
    assert sieve.current() is first
    monkeypatch.setenv("OS_TOKEN", "another-token-0123456789")
    assert sieve.current().console(f"{TOKEN} another-token-0123456789") == f"{TOKEN} $OS_TOKEN"


# -- nothing goes past --------------------------------------------------------------------------------------------

#: Who writes files or prints by itself, and why.
_EXCEPTIONS = {
    "results/files.py": "the writer",
    "report/console.py": "the console",
    "report/github.py": "the summary of a job, which is appended to; sieved there",
    "gateway/private.py": "recordings and ledgers",
    "gateway/records.py": "opens ledgers to read them",
    "runner/display.py": "the progress of a run, sieved there",
    "report/terminal.py": "the result of a run, sieved there",
    "cli/main.py": "how a command ended",
    "reference": "serves no credentials of others",
    "document": "reads the published document, without an endpoint",
    "cli/document.py": "the same",
    "qualify": "runs against our own endpoint only",
    "cli/qualify.py": "the same",
    "runner/call.py": "the inputs of a run on a cluster, which hold no secrets (test_cluster.py)",
    "runner/listing.py": "the table of provocations, made from the contract",
    "runner/start.py": "fixed lines for GitHub, and the list of requirements",
    "runner/embedded.py": "starts our own endpoint",
    "__main__.py": "starts the command line",
    "results/folder.py": "the lock of a folder",
    "cli/surroundings.py": "settles what standard output is",
}  # fmt: skip
_WRITERS = {"write_text", "write_bytes", "print", "echo", "NamedTemporaryFile", "mkstemp", "fdopen"}


def _calls(path: Path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        modes = [
            a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)
        ]
        if isinstance(node.func, ast.Name) and name == "write_text":
            # Ours.
            continue
        if name in _WRITERS or (name == "open" and any(str(mode)[:1] in ("w", "a", "x") for mode in modes)):
            yield f"{path.relative_to(SOURCES)}:{node.lineno} {name}"
        value = getattr(node.func, "value", None)
        if (
            name.startswith("write")
            and isinstance(value, ast.Attribute)
            and value.attr in ("stdout", "stderr")
        ):
            yield f"{path.relative_to(SOURCES)}:{node.lineno} {value.attr}"


def test_nothing_is_written_or_printed_past_the_sieve():
    found = [
        call
        for path in sorted(SOURCES.rglob("*.py"))
        if not any(str(path.relative_to(SOURCES)).startswith(known) for known in _EXCEPTIONS)
        for call in _calls(path)
    ]
    assert found == []
