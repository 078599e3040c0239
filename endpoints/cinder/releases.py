"""The OpenStack releases this folder can install, and where their files lie.

Standard library only: these scripts run before anything is installed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVICES = HERE / "services"
DATABASES = ("cinder.sqlite", "keystone.sqlite")


class LabError(Exception):
    """Why the laboratory can't be installed or started, as one sentence for a person."""


@dataclass(frozen=True)
class Release:
    """One Cinder release with the Keystone of its time. `key` is its major version."""

    key: str
    series: str

    @property
    def constraints(self) -> Path:
        """Every package of the release's venv, pinned (`pip freeze`)."""
        return HERE / f"constraints-{self.key}.txt"

    @property
    def venv(self) -> Path:
        """The release's own virtual environment."""
        return state_folder() / f"venv-{self.key}"

    @property
    def python(self) -> Path:
        """The interpreter of the release's venv."""
        return self.venv / "bin" / "python"

    @property
    def templates(self) -> Path:
        """Migrated databases, keys and accounts, copied at each start."""
        return state_folder() / f"templates-{self.key}"

    @property
    def run(self) -> Path:
        """Databases, configuration and logs of the running (or last) instance."""
        return state_folder() / f"run-{self.key}"

    def pinned(self, package: str) -> str:
        """The version of `package` in the constraints file; LabError when it is not pinned there."""
        for line in self.constraints.read_text(encoding="utf-8").splitlines():
            name, _, version = line.partition("==")
            if name.strip().lower() == package:
                return version.strip()
        raise LabError(f"{self.constraints} pins no {package}; add a line '{package}==<version>'.")


RELEASES = {
    "29": Release("29", "2026.2"),
    "26": Release("26", "2025.1"),
}
CURRENT = "29"


def release(key: str) -> Release:
    """The release called `key`; LabError names the ones there are."""
    try:
        return RELEASES[key]
    except KeyError:
        known = ", ".join(RELEASES)
        raise LabError(f"There is no release {key!r} here. Choose one of: {known}.") from None


def state_folder() -> Path:
    """Where venvs, templates and running instances lie: VOLCHECK_CINDER_STATE, or .state beside this file."""
    override = os.environ.get("VOLCHECK_CINDER_STATE")
    return Path(override).expanduser().resolve() if override else HERE / ".state"


def clean_environment() -> dict[str, str]:
    """The environment for the services: no proxies, and nobody's OpenStack settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("OS_", "PYTHONPATH"))
    }
