"""The written reasons for survivors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from volcheck.yamlfile import read_yaml

PATH = Path(__file__).with_name("survivors.yaml")


def reasons(path: Path = PATH) -> Mapping[str, str]:
    """Why each named defect may survive. Raises ContractError where the file is not a map of names to sentences."""
    file = read_yaml(path)
    data = file.data or {}
    if not isinstance(data, dict):
        raise file.error((), "this is no map of defects to reasons", "Write one `name: reason` a line.")
    for name, reason in data.items():
        if not isinstance(reason, str) or not reason.strip():
            raise file.error(
                (name,), f"{name} has no reason", "Write one sentence that says why it may survive."
            )
    return data
