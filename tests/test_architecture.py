"""Which package may use which: the contracts of import-linter in pyproject.toml, and what these can't express."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "volcheck"


def lint_imports(folder):
    """Check the contracts of pyproject.toml on the package that stands in this folder."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", ROOT / "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied(tmp_path):
    """The package once more, to be changed."""
    shutil.copytree(PACKAGE, tmp_path / "volcheck", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_all_contracts_are_kept():
    done = lint_imports(PACKAGE.parent)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("gateway/guard.py", "from volcheck.fixtures import api"),
        ("gateway/guard.py", "import pytest"),
        ("contract/model.py", "from volcheck.endpoint import trust"),
        ("checks/exchange.py", "from volcheck.observations import pages"),
        ("fixtures/api.py", "from volcheck.runner import session"),
        ("runner/session.py", "from volcheck.cli import options"),
        ("report/text.py", "from volcheck.gateway import tag"),
        ("reference/world.py", "from volcheck.gateway import tag"),
        ("document/reader.py", "from volcheck.endpoint import trust"),
    ],
)
def test_a_forbidden_arrow_is_found(copied, module, line):
    with (copied / "volcheck" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(copied)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_a_package_that_has_no_place_in_the_layers_is_found(copied):
    (copied / "volcheck" / "somewhere").mkdir()
    (copied / "volcheck" / "somewhere" / "__init__.py").touch()
    assert lint_imports(copied).returncode == 1


def test_only_the_agreed_modules_stand_beside_the_packages():
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py", "errors.py"}


@pytest.mark.parametrize("path", sorted((ROOT / "suites").rglob("*.py")), ids=lambda path: path.stem)
def test_suites_import_nothing_of_ours_but_fixtures(path):
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
    ours = [module for module in modules if module.split(".")[0] == "volcheck"]
    assert [module for module in ours if not module.startswith("volcheck.fixtures")] == []
