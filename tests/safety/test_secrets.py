"""Canaries are put through every kind of run; none of them may be found anywhere afterwards."""

import base64
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.parse import quote

import pytest
from canaries import FOREIGN, FORMS, OTHER, PROJECT, TOKEN, told
from lab import endpoint, environment, made, start, until, volcheck

PASSWORD, USER = "canary-pass/wörd+3e", "canary-user-77"
SECRETS = [TOKEN, OTHER, PASSWORD]
VARIABLES = {"OS_OTHER_TOKEN": OTHER, "OS_PASSWORD": PASSWORD, "OS_USERNAME": USER}


def forms():
    for secret in [*SECRETS, USER]:
        yield secret.encode()
        yield quote(secret, safe="").encode()
        yield json.dumps(secret)[1:-1].encode()
    for secret in SECRETS:
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + secret.encode())
            yield encoded[(before * 8 + 5) // 6 : (before + len(secret.encode())) * 8 // 6]


def nowhere(folder, *texts):
    found = [
        f"{path.relative_to(folder)} holds {form!r}"
        for path in folder.rglob("*")
        if path.is_file()
        for form in forms()
        if form in path.read_bytes()
    ]
    found += [f"the console shows {form!r}" for text in texts for form in forms() if form in text.encode()]
    found += [
        f"{path.relative_to(folder)} holds {canary}"
        for path in folder.rglob("*")
        if path.is_file()
        for canary in told(path.read_bytes(), *SECRETS)
    ]
    found += [f"the console shows {canary}" for text in texts for canary in told(text.encode(), *SECRETS)]
    assert found == []


def run(lab, tmp_path, *options, **variables):
    other = ["--other-project-id", lab.facts["other_project_id"]]
    return volcheck(
        "run", *lab.options, *other, "--reports", tmp_path / "reports", *options,
        cwd=tmp_path, TMPDIR=str(tmp_path), HOME=str(tmp_path), **VARIABLES, **variables,
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [TOKEN, OTHER, FOREIGN])
def test_the_finder_of_canaries_finds_every_form(form, secret):
    text = json.dumps({"x": f"<{FORMS[form](secret)}>"})
    assert told(text.encode(), TOKEN, OTHER, FOREIGN)
    assert told(json.dumps({"log": text}).encode(), TOKEN, OTHER, FOREIGN)
    assert not told(json.dumps({"x": "<canary-token>, 5f3a9c71e2, an-other-token-of-16"}).encode())


@pytest.mark.parametrize("defect", ["", "error-tells-token", "header-token-returned"])
def test_a_run_tells_no_secret(tmp_path, defect):
    with endpoint(*(["--defect", defect] if defect else [])) as lab:
        ended = run(lab, tmp_path, "--debug", "--profile", "smoke")
        result = json.loads((tmp_path / "reports" / "result.json").read_bytes())
        outcome = next(r["outcome"] for r in result["requirements"] if r["id"] == "exchange.no-secret-echo")
        assert outcome == ("failed" if defect else "passed"), ended.stdout[-2000:]
        nowhere(tmp_path, ended.stdout)


def test_an_interrupted_run_and_its_command_lines_tell_no_secret(tmp_path):
    with endpoint("--defect", "header-token-returned") as lab:
        running = start(
            "run", *lab.options, "--reports", tmp_path / "reports", "--concurrency", "2", "--debug",
            cwd=tmp_path, output=tmp_path / "console", TMPDIR=str(tmp_path), HOME=str(tmp_path), **VARIABLES,
        )  # fmt: skip
        until(lambda: made(tmp_path / "reports") >= 5)
        lines = [
            path.read_bytes()
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if path.exists() and os.getpgid(int(path.parent.name)) == running.pid
        ]
        assert lines
        assert not any(form in line for line in lines for form in forms())
        os.kill(running.pid, signal.SIGTERM)
        running.wait(timeout=120)
        nowhere(tmp_path)


def test_a_breakdown_tells_no_secret(tmp_path):
    """A plugin of the user's own raises in plain pytest, with the token in its message and in its variables."""
    (tmp_path / "leaky.py").write_text(
        textwrap.dedent(
            """
            import os
            def pytest_runtest_logfinish(nodeid):
                if "paging" in nodeid:
                    token = os.environ["OS_TOKEN"]
                    raise RuntimeError("broken with " + token + " and " + os.environ["OS_PASSWORD"])
            """
        )
    )
    with endpoint() as lab:
        before = lab.state()
        suites = Path(__file__).parents[2] / "suites"
        words = ["-p", "leaky", "-p", "no:cacheprovider", *lab.options, "--profile", "smoke"]
        for more in ([], ["-v", "--tb=long"]):
            ended = subprocess.run(
                [sys.executable, "-m", "pytest", suites, *words, *more, "--reports", tmp_path / "reports"],
                cwd=suites.parent,
                env=environment(**VARIABLES, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path])),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=240,
            )
            assert ended.returncode in (1, 3), ended.stdout
            result = json.loads((tmp_path / "reports" / "result.json").read_bytes())
            assert any("leaky.py:6: broken with $OS_TOKEN" in problem for problem in result["problems"])
            assert result["verdict"]["name"] != "conformant"
            assert lab.state() == before
            nowhere(tmp_path, ended.stdout)


def test_clean_tells_no_secret(tmp_path):
    with endpoint() as lab:
        ended = volcheck("clean", *lab.options, cwd=tmp_path, **VARIABLES)
        assert ended.returncode == 0
        nowhere(tmp_path, ended.stdout)


def test_a_proxy_gets_the_token_only_when_it_is_asked_for(tmp_path):
    from socket import create_server

    from hostile import Answer, Server

    proxy = Server(
        create_server(("127.0.0.1", 0)),
        lambda request, connection: bool(connection.send(Answer(502, {}, b"").encode())) or True,
    )
    proxy.start()
    address = f"http://127.0.0.1:{proxy.listener.getsockname()[1]}"
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"), address) | {
        "no_proxy": ""
    }
    with endpoint() as lab:
        ended = volcheck(
            "run", *lab.options, "--profile", "smoke", "--only", "types", cwd=tmp_path, **proxies
        )
        assert ended.returncode in (0, 3), ended.stdout
        assert proxy.seen == []
        volcheck("run", *lab.options, "--profile", "smoke", "--use-proxy", cwd=tmp_path, **proxies)
        assert any(request.headers.get("X-Auth-Token") == TOKEN for request in proxy.seen)


def test_a_redirect_is_never_followed(tmp_path):
    from socket import create_server

    from hostile import Answer, Server

    elsewhere = Server(create_server(("127.0.0.1", 0)), lambda request, connection: False)
    elsewhere.start()
    target = f"http://127.0.0.1:{elsewhere.listener.getsockname()[1]}/stolen"

    def act(request, connection):
        connection.send(Answer(307, {"Location": target}, b"").encode())
        return True

    server = Server(create_server(("127.0.0.1", 0)), act)
    server.start()
    url = f"http://127.0.0.1:{server.listener.getsockname()[1]}/v2"
    ended = volcheck("run", "--endpoint", url, "--project-id", PROJECT, cwd=tmp_path)
    assert ended.returncode == 3
    assert "redirects to" in ended.stdout
    assert elsewhere.seen == []
