"""Every snippet of the guides is executed: shell as it stands, CI files step by step, data by who reads it.

What stands for the reader's own (URL, project, tokens) is replaced by a reference endpoint's. volcheck comes from
a wheel that is built here and installed by the snippets' own `pip install`. Each `volcheck run` is given the smoke
profile, and `make` says what it would do instead of doing it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from volcheck.results.waivers import read_waivers
from volcheck.runner.campaign import read_campaign

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]
    if re.search(r"^```(sh|yaml)$", path.read_text("utf-8"), re.MULTILINE)
)
_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPRESSION = re.compile(r"\$\{\{ *(?P<name>[\w.-]+) *\}\}")

#: Actions that are the hosting service's own: what they do can't be shown here.
_HOSTED = ("actions/checkout@", "actions/setup-python@", "actions/upload-artifact@")


@attrs.frozen
class Snippet:
    """A fenced block: its language, text and the line it begins on."""

    language: str
    text: str
    line: int


def snippets(path: Path) -> Iterator[Snippet]:
    whole = path.read_text("utf-8")
    for match in _FENCE.finditer(whole):
        yield Snippet(match["language"], match["text"], whole.count("\n", 0, match.start()) + 1)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Mapping[str, str]]:
    command = [sys.executable, "-m", "volcheck.reference", "--ready", "json", "--exit-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel of this source tree, for pip to find."""
    pytest.importorskip("hatchling", reason="building the wheel needs hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
    ]
    subprocess.run([*words, str(ROOT)], check=True, cwd=folder)
    return folder


class Desk:
    """A folder with what a reader of one guide has: volcheck on the PATH, an endpoint, a token."""

    def __init__(self, folder: Path, wheel: Path, endpoint: Mapping[str, str]) -> None:
        self.folder = folder
        self._endpoint = endpoint
        (self._bin, self._site) = (folder / ".bin", folder / ".site")
        self._bin.mkdir()
        self._command(
            "volcheck",
            'smoke="--profile=smoke"; [ "$1" = run ] && set -- "$@" $smoke; exec python -m volcheck "$@"',
        )
        self._command("make", f'exec {shutil.which("make")} --dry-run -C {ROOT} "$@"')
        self._command("python", f'exec {sys.executable} "$@"')
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("OS_", "GITHUB_", "PYTHON"))},
            "PATH": f"{self._bin}:{os.environ['PATH']}",
            # What is installed by a snippet comes first, else the source tree.
            "PYTHONPATH": f"{self._site}:{ROOT / 'src'}",
            "PIP_TARGET": str(self._site),
            "PIP_UPGRADE": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheel),
            "PIP_NO_BUILD_ISOLATION": "0",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def _command(self, name: str, line: str) -> None:
        path = self._bin / name
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def own(self, text: str) -> str:
        """A snippet with the reader's own in place of the examples."""
        facts = self._endpoint
        for example, real in (
            ("https://volume.example.com/v2", facts["endpoint"]),
            ("https://volume.example.com/v3", facts["endpoint_v3"]),
            ("19eeb40d58684543aef29cbb5ebfe8f0", facts["project_id"]),
            ("_TOKEN=…", f"_TOKEN={facts['token']}"),
        ):
            text = text.replace(example, real)
        return text

    def shell(self, script: str, where: str, more: Mapping[str, str] | None = None, *, ends: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-eu", "-c", self.own(script)],
            cwd=self.folder,
            env={**self._environment, **(more or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == ends, (
            f"{where}: code {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
        assert "Traceback" not in done.stderr, f"{where}: {done.stderr}"
        return done.stdout

    def value(self, expression: str, inputs: Mapping[str, str]) -> str:
        """What an expression of a workflow stands for."""
        kind, _, name = expression.partition(".")
        if kind == "inputs":
            return inputs[name]
        return {
            "vars.VOLUME_PROJECT_ID": self._endpoint["project_id"],
            "secrets.VOLUME_TOKEN": self._endpoint["token"],
        }[expression]

    def filled(self, values: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
        return {
            name: self.own(_EXPRESSION.sub(lambda match: self.value(match["name"], inputs), str(value)))
            for name, value in values.items()
        }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_snippets(document: Path, tmp_path: Path, wheel: Path, endpoint: Mapping[str, str]) -> None:
    desk = Desk(tmp_path, wheel, endpoint)
    tokens: dict[str, str] = {}
    for snippet in snippets(document):
        where = f"{document.name}, line {snippet.line}"
        if snippet.language == "sh":
            # A reader has one shell, so that what was exported stays.
            marker = "\nenv | grep -E '^(OS_|KR)' > .environment || true\n"
            desk.shell(snippet.text + marker, where, tokens)
            lines = (tmp_path / ".environment").read_text().splitlines()
            tokens |= dict(line.split("=", 1) for line in lines)
        elif snippet.language == "yaml":
            _yaml(desk, snippet.text, where)


def _yaml(desk: Desk, text: str, where: str) -> None:
    data = yaml.safe_load(text)
    name = re.match(r"# (\S+)\n", text)
    assert name is not None, f"{where}: the first line must say how the file is called"
    path = desk.folder / name[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(desk.own(text), "utf-8")
    if "waivers" in data:
        assert read_waivers(path), where
    elif "endpoints" in data:
        assert read_campaign(path), where
    elif "jobs" in data:
        # YAML 1.1 takes `on` for a truth value.
        assert {"name", True, "jobs"} == set(data), where
        for job in data["jobs"].values():
            _github_steps(desk, job["steps"], where, {})
        assert (desk.folder / "reports" / "report.html").is_file(), where
    else:
        for job in data.values():
            more = desk.filled(job.get("variables", {}), {})
            facts = {"VOLUME_PROJECT_ID": desk.value("vars.VOLUME_PROJECT_ID", {})}
            token = {"OS_TOKEN": desk.value("secrets.VOLUME_TOKEN", {})}
            desk.shell("\n".join(job["script"]), where, {**more, **facts, **token})
            assert (desk.folder / job["artifacts"]["reports"]["junit"]).is_file(), where


def _github_steps(
    desk: Desk,
    steps: list[dict[str, Any]],
    where: str,
    inputs: Mapping[str, str],
    more: Mapping[str, str] | None = None,
) -> None:
    for step in steps:
        environment = {**(more or {}), **desk.filled(step.get("env", {}), inputs)}
        if "run" in step:
            assert "${{" not in step["run"], f"{where}: an expression in a script can become a command"
            service = {
                "GITHUB_ACTIONS": "true",
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_STEP_SUMMARY": str(desk.folder / "summary.md"),
                "GITHUB_OUTPUT": str(desk.folder / "output"),
            }
            said = desk.shell(step["run"], where, {**environment, **service})
            if "volcheck run" in step["run"]:
                assert "::stop-commands::" in said, where
                assert "Conformant" in (desk.folder / "summary.md").read_text("utf-8"), where
        elif step["uses"].startswith("OWNER/volcheck@"):
            action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
            given = desk.filled(step.get("with", {}), {})
            assert given.keys() <= action["inputs"].keys(), where
            defaults = {name: str(entry["default"]) for name, entry in action["inputs"].items()}
            _github_steps(desk, action["runs"]["steps"], where, {**defaults, **given}, environment)
            assert (desk.folder / "output").read_text() == "exit-code=0\n", where
        else:
            assert step["uses"].startswith(_HOSTED), f"{where}: {step['uses']}"


def test_the_action_fails_as_the_run_does(tmp_path: Path, wheel: Path, endpoint: Mapping[str, str]) -> None:
    desk = Desk(tmp_path, wheel, endpoint)
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    inputs = {name: str(entry["default"]) for name, entry in action["inputs"].items()}
    inputs["arguments"] = "--only=versions\n--reference-option=--defect=version-v2-missing\n"
    step = action["runs"]["steps"][-1]
    more = {
        **desk.filled(step["env"], inputs),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    said = desk.shell(step["run"], "action.yml", more, ends=1)
    assert (tmp_path / "output").read_text() == "exit-code=1\n"
    commands = [line for line in said.splitlines() if line.startswith("::error ")]
    assert any("version" in line for line in commands)
    assert "version" in (tmp_path / "summary.md").read_text("utf-8")
