"""How often Python looks for garbage."""

from __future__ import annotations

import gc


def look_rarely() -> None:
    """Look for garbage rarely from now on: nearly all that a run loads and makes it keeps, and looking takes a tenth of
    its time."""
    gc.set_threshold(50_000, 20, 50)
