"""The written reasons for what a qualification leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs

from volcheck.contract.yamlfile import YamlFile, read_yaml

PATH = Path(__file__).with_name("survivors.yaml")


@attrs.frozen
class Reasons:
    """Why defects may survive, and why requirements may catch nothing; both by name."""

    defects: Mapping[str, str] = attrs.field(factory=dict)
    requirements: Mapping[str, str] = attrs.field(factory=dict)


def reasons(path: Path = PATH) -> Reasons:
    """The reasons in a file. Raises ContractError where it is not two maps of names to sentences."""
    file = read_yaml(path)
    if not isinstance(file.data, dict) or set(file.data) != {"defects", "requirements"}:
        raise file.error((), "this is no map of `defects` and `requirements`", "Write both, empty or not.")
    return Reasons(_part(file, "defects"), _part(file, "requirements"))


def _part(file: YamlFile, name: str) -> Mapping[str, str]:
    part = file.data[name]
    if not isinstance(part, dict):
        raise file.error((name,), f"{name} is no map of names to reasons", "Write one `name: reason` a line.")
    for key, reason in part.items():
        if not isinstance(reason, str) or not reason.strip():
            raise file.error((name, key), f"{key} has no reason", "Write one sentence that says why.")
    return part
