from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def published_guide() -> Path:
    """The guide of 2020; it isn't ours to keep in the repository, so tests that need it skip without it."""
    named = os.environ.get("VOLCHECK_DOCUMENT")
    beside = Path(__file__).resolve().parents[3] / "shared" / "published" / "volume-api-2020.ko.md"
    path = Path(named) if named else beside
    if not path.is_file():
        pytest.skip(f"the published guide isn't at {path}; set VOLCHECK_DOCUMENT to where it is")
    return path


@pytest.fixture(scope="session")
def published_guides(published_guide: Path) -> dict[str, Path]:
    """The Korean guide of each edition, by edition; those beside the one of 2020."""
    guides = {"2020": published_guide, "2026": published_guide.with_name("volume-api-2026.ko.md")}
    if not guides["2026"].is_file():
        pytest.skip(f"today's guide isn't at {guides['2026']}")
    return guides
