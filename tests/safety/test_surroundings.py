"""Whatever a command finds around it: closed pipes, other programs' variables, files that are none, links, broken settings.

Each is played to a real process. A command ends with the code of its own work, and says what is wrong in one sentence.
"""

import contextlib
import json
import os
import shlex
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from canaries import PROJECT, TOKEN
from lab import endpoint, environment, volcheck
from scenarios import certificate

VOLCHECK = f"{shlex.quote(sys.executable)} -m volcheck"
SMOKE = ("run", "--profile", "smoke", "--no-github")


@pytest.fixture(scope="module")
def lab():
    with endpoint("--foreign", "3", "--seed", "5") as running:
        yield running


def smoke(lab, tmp_path, *options, **variables):
    return volcheck(
        *SMOKE, *lab.options, "--reports", tmp_path / "reports", *options, cwd=tmp_path, **variables
    )


def result_of(tmp_path):
    return json.loads((tmp_path / "reports" / "result.json").read_bytes())


def refused(ended, *words):
    """It ended with 2 and one sentence, which has these words."""
    assert ended.returncode == 2, ended.stdout
    said = [line for line in ended.stdout.splitlines() if line.strip()]
    assert len(said) == 1, ended.stdout
    assert said[0].startswith("volcheck: ")
    assert "--debug" not in said[0]
    for word in words:
        assert word in said[0]


# -- pipes --------------------------------------------------------------------------------------------------------


def shell(line, cwd):
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.parametrize("reader", ["head -1", "grep -q volcheck", "true"])
def test_a_closed_pipe_changes_no_verdict(lab, tmp_path, reader):
    before = lab.state()
    ended = shell(
        f"{VOLCHECK} {shlex.join([*SMOKE, *lab.options])} --reports reports | {reader}",
        tmp_path,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert result_of(tmp_path)["verdict"]["name"] == "conformant"
    assert lab.state() == before


@pytest.mark.parametrize("command", ["run --list", "serve --list-defects", "document check", "--help"])
def test_a_closed_pipe_is_no_error_of_other_commands(tmp_path, command):
    whole = shell(f"{VOLCHECK} {command} > /dev/null", tmp_path)
    cut = shell(f"{VOLCHECK} {command} | true", tmp_path)
    assert (cut.returncode, cut.stderr) == (whole.returncode, whole.stderr)


@pytest.mark.parametrize("streams", [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_verdict(lab, tmp_path, streams):
    line = f"{VOLCHECK} {shlex.join([*SMOKE, *lab.options])} --reports reports {streams}"
    assert shell(line, tmp_path).returncode == 0
    assert result_of(tmp_path)["cleanup"]["leftovers"] == []


def test_output_that_a_full_disk_does_not_take_is_told_of(lab, tmp_path):
    line = f"{VOLCHECK} {shlex.join([*SMOKE, *lab.options])} --reports reports > /dev/full"
    ended = shell(line, tmp_path)
    assert ended.returncode == 3
    assert ended.stderr == (
        "volcheck: Standard output could not be written whole (No space left on device).\n"
    )
    assert result_of(tmp_path)["verdict"]["name"] == "conformant"


# -- what is meant for other programs -----------------------------------------------------------------------------


def outcomes(tmp_path):
    result = result_of(tmp_path)
    return (
        result["verdict"]["sentence"]["en"],
        {each["id"]: each["outcome"] for each in result["requirements"]},
        sorted((each["id"], each["outcome"]) for each in result["tests"]),
    )


@pytest.fixture(scope="module")
def undisturbed(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    assert smoke(lab, folder).returncode == 0
    return outcomes(folder)


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTEST_ADDOPTS": "--color=yes"},
        {"PYTEST_ADDOPTS": "-v"},
        {"PYTEST_ADDOPTS": "-k paging"},
        {"PYTEST_ADDOPTS": "-x --no-such-option"},
        {"PYTEST_PLUGINS": "no_such_module"},
        {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        {"PYTEST_DEBUG": "1"},
        {"PY_COLORS": "1"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONOPTIMIZE": "2"},
        {"CI": "true"},
    ],
    ids=lambda variables: "=".join(*variables.items()),
)
def test_a_run_takes_nothing_that_is_meant_for_other_programs(lab, tmp_path, undisturbed, variables):
    ended = smoke(lab, tmp_path, **variables)
    assert ended.returncode == 0, ended.stdout
    assert outcomes(tmp_path) == undisturbed
    assert "\x1b" not in ended.stdout
    assert "Warning" not in ended.stdout


def test_nor_from_files_in_the_folder_it_is_started_from(lab, tmp_path, undisturbed):
    here = tmp_path / "project" / "below"
    here.mkdir(parents=True)
    for folder in (here, here.parent):
        (folder / "pytest.ini").write_text("[pytest]\naddopts = -k zzz --no-such-option\n")
        (folder / "tox.ini").write_text("[pytest]\naddopts = -k zzz\n")
        (folder / "conftest.py").write_text("raise RuntimeError('not yours')\n")
        (folder / "schemathesis.toml").write_text("[generation]\nmax-examples = 1\n")
        (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-k zzz'\n")
    ended = volcheck(*SMOKE, *lab.options, "--reports", tmp_path / "reports", cwd=here)
    assert ended.returncode == 0, ended.stdout
    assert outcomes(tmp_path) == undisturbed


def test_a_list_takes_nothing_of_it_either(tmp_path):
    plain = volcheck("run", "--list", cwd=tmp_path)
    tuned = volcheck(
        "run",
        "--list",
        cwd=tmp_path,
        PYTEST_ADDOPTS="-k zzz -v",
        PYTEST_PLUGINS="no_such",
        PYTHONWARNINGS="error",
    )
    assert (tuned.returncode, tuned.stdout) == (0, plain.stdout)


@pytest.mark.parametrize("options", [("-k", "not paging"), ("-m", "not smoke"), ("--deselect", "suites")])
def test_what_options_of_pytest_take_out_of_plain_pytest_is_never_called_conformant(lab, tmp_path, options):
    repository = Path(__file__).parents[2]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "suites", "-q", "-p", "no:cacheprovider", "--profile", "smoke"),
            *(*lab.options, "--reports", str(tmp_path / "reports"), *options),
        ],
        cwd=repository,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
    )
    assert ended.returncode == 3, ended.stdout
    result = result_of(tmp_path)
    assert result["run"]["deselected"] > 0
    assert result["verdict"]["sentence"]["en"].startswith("Inconclusive: options of pytest took ")
    reasons = {each["reason"] for each in result["tests"] if each["outcome"] == "inconclusive"}
    assert "an option of pytest (such as -k, -m or --deselect) took it out of the run" in reasons


# -- links --------------------------------------------------------------------------------------------------------


def test_no_file_of_a_run_is_written_through_a_link(lab, tmp_path):
    reports = tmp_path / "reports"
    reports.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("mine")
    names = ("result.json", "report.html", "junit.xml", "summary.md", "traffic.har")
    for name in names:
        (reports / name).symlink_to(precious)
    ended = smoke(lab, tmp_path)
    assert ended.returncode == 0, ended.stdout
    assert precious.read_text() == "mine"
    assert not any((reports / name).is_symlink() for name in names)


@pytest.mark.parametrize("name", [".exchanges", ".ledger"])
def test_a_folder_of_ours_that_is_a_link_is_refused(lab, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / name).symlink_to(elsewhere)
    before = lab.state()
    ended = smoke(lab, tmp_path)
    refused(ended, name, "is a link")
    assert list(elsewhere.iterdir()) == []
    assert lab.state() == before


def test_a_link_in_the_place_of_the_recording_is_not_followed(lab, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "reports" / ".exchanges").mkdir(parents=True)
    (tmp_path / "reports" / ".exchanges" / "main.jsonl").symlink_to(precious)
    before = lab.state()
    ended = smoke(lab, tmp_path)
    assert ended.returncode == 2, ended.stdout
    assert ".exchanges/main.jsonl: " in ended.stdout.splitlines()[-1]
    assert "Traceback" not in ended.stdout
    assert precious.read_text() == "mine"
    assert lab.state() == before


# -- files that are none ------------------------------------------------------------------------------------------


@pytest.fixture
def odd(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(tmp_path):
        server.bind("socket")
        yield {
            "pipe": tmp_path / "pipe",
            "folder": tmp_path / "folder",
            "socket": tmp_path / "socket",
            "zero": Path("/dev/zero"),
            "nothing": tmp_path / "nothing",
        }


@pytest.mark.parametrize("kind", ["pipe", "socket", "zero", "nothing", "folder"])
@pytest.mark.parametrize(
    "command",
    [
        "compare {} {}",
        "merge {} -o out",
        "badge {} -o out.json",
        "run --waivers {}",
        "run --openapi {}",
        "run --campaign {}",
        "document check {}",
        "document compare {} {}",
    ],
)
def test_what_is_no_file_is_not_read(tmp_path, odd, command, kind):
    words = [str(odd[kind]) if word == "{}" else word for word in command.split()]
    ended = volcheck(*words, cwd=tmp_path, timeout=60)
    assert ended.returncode == 2, ended.stdout
    assert "Traceback" not in ended.stdout
    assert str(odd[kind]) in ended.stdout


def test_a_history_reads_no_pipe(tmp_path):
    (tmp_path / "results").mkdir()
    os.mkfifo(tmp_path / "results" / "a.json")
    refused(volcheck("history", "results", "-o", "out.html", cwd=tmp_path, timeout=60), "a pipe", "a.json")


# -- settings -----------------------------------------------------------------------------------------------------

GOOD = {"auth_url": "http://127.0.0.1:9/v3", "username": "u", "password": "p", "project_name": "n"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clouds:\n\tmine: x\n", ["line 2", "not valid YAML"]),
        ("clouds: [\n", ["not valid YAML"]),
        ("- a\n- b\n", ["no `clouds:`"]),
        ("just words\n", ["no `clouds:`"]),
        ("", ["no `clouds:`"]),
        ("clouds: [mine]\n", ["no `clouds:`"]),
        ("clouds:\n  mine: [auth]\n", ["entry mine"]),
        ("clouds:\n  mine:\n    auth: secret\n", ["entry mine"]),
        ("clouds:\n  mine: {}\n", ["cloud mine", "OS_AUTH_URL"]),
        (json.dumps({"clouds": {"other": {"auth": GOOD}}}), ["no cloud mine", "other"]),
        (json.dumps({"clouds": {"mine": {"auth": GOOD, "auth_type": "nope"}}}), ["cloud mine"]),
        (json.dumps({"clouds": {"mine": {"auth": GOOD, "profile": 5}}}), ["cloud mine"]),
        (json.dumps({"clouds": {"mine": {"auth": GOOD, "cacert": "/nowhere.pem"}}}), ["/nowhere.pem"]),
        ("x: !!python/object/apply:os.system ['true']\n", ["not valid YAML"]),
    ],
)
def test_a_broken_clouds_yaml_is_told_of_in_a_sentence(tmp_path, text, words):
    (tmp_path / "clouds.yaml").write_text(text)
    refused(volcheck("run", "--cloud", "mine", cwd=tmp_path, OS_TOKEN=""), *words)


@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing"])
def test_a_clouds_yaml_that_is_no_file_is_told_of_in_a_sentence(tmp_path, odd, kind):
    named = str(odd[kind])
    refused(
        volcheck("run", "--cloud", "m", cwd=tmp_path, OS_CLIENT_CONFIG_FILE=named, OS_TOKEN="", timeout=60),
        named,
    )


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--defct=paging-none", ["No such option", "--defct"]),
        ("--defect=no-such", ["no defect called no-such"]),
        ("--quota-volumes=many", ["many"]),
        ("--list-defects", ["only prints"]),
        ("--help", ["only prints"]),
        ("--ready=text", ["only prints"]),
        ("stray", ["stray"]),
    ],
)
def test_a_wrong_reference_option_is_told_of_in_a_sentence(tmp_path, option, words):
    refused(volcheck("run", f"--reference-option={option}", cwd=tmp_path), "--reference-option", *words)


@pytest.mark.parametrize("name", ["a-file", "a-file/below", "/proc/nowhere"])
def test_reports_that_can_not_be_written_are_told_of_in_a_sentence(lab, tmp_path, name):
    (tmp_path / "a-file").write_text("mine")
    before = lab.state()
    ended = volcheck(*SMOKE, *lab.options, "--reports", name, cwd=tmp_path)
    assert ended.returncode == 2, ended.stdout
    assert "Traceback" not in ended.stdout
    assert "--debug" not in ended.stdout
    assert ended.stdout.strip().splitlines()[-1].startswith("volcheck: ")
    assert name.split("/")[0] in ended.stdout.splitlines()[-1]
    assert lab.state() == before


# -- TLS ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def behind_tls(lab, tmp_path):
    """The lab's endpoint behind TLS, with a certificate of its own: a port, and the certificate as a CA bundle."""
    context = certificate(tmp_path, "self-signed")
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    host, port = lab.facts["endpoint"].split("//")[1].split("/")[0].split(":")

    def copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve(connection):
        with contextlib.suppress(OSError), connection:
            inside = context.wrap_socket(connection, server_side=True)
            with inside, socket.create_connection((host, int(port))) as outside:
                back = threading.Thread(target=copy, args=(outside, inside), daemon=True)
                back.start()
                copy(inside, outside)
                back.join()

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1], tmp_path / "cert.pem"
    listener.close()


def over_tls(tmp_path, port, *options, **variables):
    target = ["--endpoint", f"https://127.0.0.1:{port}/v2", "--project-id", PROJECT]
    command = ["clean", *target, "--dry-run", "--reports", str(tmp_path / "reports"), *options]
    return volcheck(*command, cwd=tmp_path, **variables)


def test_a_certificate_that_is_not_trusted_names_the_option_that_cures_it(tmp_path, behind_tls):
    ended = over_tls(tmp_path, behind_tls[0])
    assert ended.returncode == 3, ended.stdout
    assert "certificate verify failed" in ended.stdout
    assert "--cacert" in ended.stdout
    assert len(ended.stdout.splitlines()) == 1


@pytest.mark.parametrize("variable", ["OS_CACERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
@pytest.mark.parametrize("proxies", [(), ("--use-proxy",)], ids=["", "use-proxy"])
def test_the_bundle_that_the_environment_names_is_trusted(tmp_path, behind_tls, variable, proxies):
    port, bundle = behind_tls
    ended = over_tls(tmp_path, port, *proxies, **{variable: str(bundle)})
    assert ended.returncode == 0, ended.stdout


def test_the_option_counts_more_than_the_environment_and_openstacks_variable_more_than_others(
    tmp_path, behind_tls
):
    port, bundle = behind_tls
    system = ssl.get_default_verify_paths().cafile or __import__("certifi").where()
    other = {"REQUESTS_CA_BUNDLE": system, "CURL_CA_BUNDLE": system}
    assert over_tls(tmp_path, port, "--cacert", bundle, OS_CACERT=system, **other).returncode == 0
    assert over_tls(tmp_path, port, "--cacert", bundle, "--use-proxy", **other).returncode == 0
    assert over_tls(tmp_path, port, "--insecure", "--use-proxy", **other).returncode == 0
    assert over_tls(tmp_path, port, OS_CACERT=str(bundle), **other).returncode == 0
    assert over_tls(tmp_path, port, OS_CACERT=system, REQUESTS_CA_BUNDLE=str(bundle)).returncode == 3


@pytest.mark.parametrize("content", [None, "", "no certificate\n"], ids=["missing", "empty", "text"])
@pytest.mark.parametrize("named_by", ["--cacert", "OS_CACERT", "SSL_CERT_FILE"])
def test_a_bundle_that_is_none_is_told_of_in_a_sentence(tmp_path, named_by, content):
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    if named_by == "--cacert":
        ended = over_tls(tmp_path, 9, "--cacert", bundle)
    else:
        ended = over_tls(tmp_path, 9, **{named_by: str(bundle)})
    refused(ended, named_by, str(bundle))


def test_the_token_stays_the_only_secret_that_is_sent(lab, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login netrc-user password netrc-password\n")
    (tmp_path / ".netrc").chmod(0o600)
    ended = smoke(lab, tmp_path, "--use-proxy", HOME=str(tmp_path), NETRC=str(tmp_path / ".netrc"))
    assert ended.returncode == 0, ended.stdout
    assert TOKEN not in ended.stdout
    assert "Authorization" not in (tmp_path / "reports" / "traffic.har").read_text()
