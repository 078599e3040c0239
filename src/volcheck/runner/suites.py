"""Where the suites are, and whether pytest was asked to run them."""

from __future__ import annotations

from pathlib import Path

import pytest

_PACKAGE = Path(__file__).resolve().parents[1]


def suites_directory() -> Path:
    """The folder of the suites: inside an installed wheel, or beside `src` in a source tree."""
    installed = _PACKAGE / "_data" / "suites"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "suites"


def is_suites(config: pytest.Config) -> bool:
    """Whether any path that pytest was given lies in the suites."""
    return any(path.is_relative_to(suites_directory()) for path in _paths(config))


def only_documents(config: pytest.Config) -> bool:
    """Whether pytest was asked for nothing but the suites that need no endpoint."""
    return all(path.is_relative_to(suites_directory() / "document") for path in _paths(config))


def _paths(config: pytest.Config) -> list[Path]:
    here = config.invocation_params.dir
    return [(here / argument.split("::")[0]).resolve() for argument in config.args]
