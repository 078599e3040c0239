"""What all tests of the machinery share."""

import pytest


@pytest.fixture(autouse=True)
def _no_credentials_of_the_developer(monkeypatch):
    """Tests see none of the OS_* variables of whoever runs them."""
    import os

    for name in list(os.environ):
        if name.startswith("OS_"):
            monkeypatch.delenv(name)
