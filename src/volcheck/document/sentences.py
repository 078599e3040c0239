"""What the sentences of a guide demand: spec/editions/<edition>/sentences.yaml.

The file names sentences by digest and lines and says them in our own words, so that it holds no line of the
guide.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import attrs

from volcheck.contract.yamlfile import YamlFile, read_yaml

_NEEDED = ("sha", "lines", "kind", "en")
_OPTIONAL = ("requirements", "places", "reason")


@attrs.frozen
class Demand:
    """One sentence in our words.

    kind: "demands" when a service can break it, "names" when it only says what a row or a status is.
    requirements: ids of what tests it. places: pointers into openapi.yaml. reason: why nothing can test it.
    """

    sha: str
    lines: tuple[int, ...]
    kind: Literal["demands", "names"]
    en: str
    requirements: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    reason: str = ""


def load_demands(path: Path, requirements: Collection[str]) -> dict[str, Demand]:
    """The sentences by digest. Raises ContractError, with file and line, also for an unknown requirement."""
    file = read_yaml(path)
    if not isinstance(file.data, list):
        raise file.error((), "a list of sentences is expected", "Begin each entry with '- sha:'.")
    found: dict[str, Demand] = {}
    for index, node in enumerate(file.data):
        demand = _demand(file, index, node, requirements)
        if demand.sha in found:
            raise file.error((index,), f"the sentence {demand.sha} stands twice", "Remove one of them.")
        found[demand.sha] = demand
    return found


def _demand(file: YamlFile, index: int, node: Any, requirements: Collection[str]) -> Demand:
    if not isinstance(node, dict) or not set(_NEEDED) <= set(node) <= {*_NEEDED, *_OPTIONAL}:
        problem = f"a sentence needs {', '.join(_NEEDED)} and may have {', '.join(_OPTIONAL)}"
        raise file.error((index,), problem, "Correct the entry.")
    if node["kind"] not in ("demands", "names"):
        raise file.error((index, "kind"), f"the kind {node['kind']} is not known", "Use demands or names.")
    for key in ("lines", "requirements", "places"):
        if not isinstance(node.get(key, []), list):
            raise file.error((index, key), f"{key} must be a list", "Write [a, b].")
    for requirement in node.get("requirements", []):
        if requirement not in requirements:
            raise file.error((index, "requirements"), f"there is no requirement {requirement}", "Correct it.")
    return Demand(
        sha=str(node["sha"]),
        lines=tuple(node["lines"]),
        kind=node["kind"],
        en=str(node["en"]),
        requirements=tuple(node.get("requirements", ())),
        places=tuple(node.get("places", ())),
        reason=str(node.get("reason", "")),
    )
