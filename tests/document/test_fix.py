"""`document fix`: what is put right, what is left alone, and that git takes the diff."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from volcheck.cli.document import document as group
from volcheck.document.assess import assess
from volcheck.document.fix import unified_diff
from volcheck.document.reader import read_document


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [*map(str, arguments)], catch_exceptions=False)


@pytest.fixture(params=["2020.ko", "2026.ko", "2026.en", "2026.ja"])
def guide(published_guides: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    return published_guides["2026"].with_name(f"volume-api-{request.param}.md")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_git_applies_the_diff_and_what_was_fixed_is_clean(guide: Path, tmp_path: Path, ending: str) -> None:
    copy = tmp_path / "guide.md"
    published = guide.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ending.encode())
    copy.write_bytes(published)
    before = assess(read_document(copy), "guide.md")
    diff = run("fix", copy, "--diff", "--reasons", tmp_path / "why.md")
    assert diff.exit_code == 0
    assert copy.read_bytes() == published
    name = copy.as_posix().lstrip("/").encode()
    (tmp_path / "fix.diff").write_bytes(diff.stdout_bytes.replace(name, b"guide.md"))
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "apply", "fix.diff"], check=True)
    patched = copy.read_bytes()
    copy.write_bytes(published)
    assert run("fix", copy).exit_code == 0
    assert copy.read_bytes() == patched

    after = assess(read_document(copy), "guide.md")
    fixed = {
        line.partition("(")[2].rstrip(")")
        for line in (tmp_path / "why.md").read_text().splitlines()
        if "(E-" in line
    }
    assert len(fixed) >= 6
    right = {each.erratum for each in after.corrected if not each.since}
    assert fixed <= right
    # Nothing new comes of it.
    assert {f.message for f in after.errors} <= {f.message for f in before.errors}
    assert len(after.standing) < len(before.standing)


def test_only_lines_with_a_ruling_are_touched(published_guides: dict[str, Path]) -> None:
    guide = published_guides["2020"]
    diff = run("fix", guide, "--diff").stdout
    removed = [line[1:] for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]
    added = [line[1:] for line in diff.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert len(removed) == len(added) > 25
    assert "POST /v2/{projectId}/volumes/detail" in removed
    assert "POST /v2/{projectId}/volumes" in added
    for old, new in zip(removed, added, strict=False):
        # One word of a line changes, and the description never.
        assert old.split("|")[5:] == new.split("|")[5:]


def test_a_guide_without_an_erratum_is_left_alone(tmp_path: Path) -> None:
    text = "### Show\n```\nGET /v2/disks/{id}\n```\n"
    guide = tmp_path / "guide.md"
    guide.write_text(text, encoding="utf-8")
    answer = run("fix", guide, "--diff")
    assert (answer.exit_code, answer.stdout, guide.read_text(encoding="utf-8")) == (0, "", text)


def test_a_diff_tells_where_the_last_newline_is_missing() -> None:
    assert unified_diff("a\nb", "a\nc", "x") == (
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )
    assert unified_diff("b\n", "c\n", "x") == "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-b\n+c\n"


def test_reasons_name_the_erratum_the_line_and_the_ruling(
    published_guides: dict[str, Path], tmp_path: Path
) -> None:
    why = tmp_path / "why.md"
    run("fix", published_guides["2020"], "--diff", "--reasons", why, "--lang", "ko")
    text = why.read_text(encoding="utf-8")
    assert "볼륨 생성은 /volumes로" in text
    assert "- line 436: /v2/{projectId}/volumes/detail → /v2/{projectId}/volumes" in text
