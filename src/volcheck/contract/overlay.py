"""The OpenAPI document in another edition or language: OpenAPI Overlays 1.0 laid over it.

The overlay of an edition changes what that edition promises. The one of a language translates every text and changes
nothing else. Knows only the files, so everybody may use it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from volcheck.contract.pointer import escape
from volcheck.contract.yamlfile import read_yaml
from volcheck.errors import ContractError

#: The keys of an OpenAPI document that hold words for people.
_TEXTS: Final = frozenset(("title", "summary", "description"))
#: Below these keys the names are the author's own, whatever they look like.
_NAMED: Final = frozenset(
    (
        "callbacks",
        "content",
        "examples",
        "headers",
        "links",
        "parameters",
        "paths",
        "properties",
        "requestBodies",
        "responses",
        "schemas",
        "securitySchemes",
        "variables",
    )
)
#: Below these keys there is data.
_DATA: Final = frozenset(("const", "default", "enum", "example", "value"))
#: A text of this language has at least one such letter.
_LETTERS: Final = {"ko": re.compile("[가-힣]")}

#: A target that is a path, or one of its operations.
_PATH: Final = re.compile(r"\$\.paths\['([^']+)'\](?:\.([a-z]+))?")


#: The edition that openapi.yaml itself describes.
BASE_EDITION: Final = "2020"


def edition_folder(spec_dir: Path, edition: str) -> Path:
    """Where everything that belongs to one edition lies in the folder of the contract."""
    return spec_dir / "editions" / edition


def edition_overlay(spec_dir: Path, edition: str) -> Path | None:
    """The overlay that makes an edition of openapi.yaml; None for an edition that needs none."""
    path = edition_folder(spec_dir, edition) / "overlay.yaml"
    return path if path.is_file() else None


def overlay_path(spec_dir: Path, language: str) -> Path:
    """Where the overlay of a language over openapi.yaml lies in the folder of the contract."""
    return spec_dir / "overlays" / f"{language}.yaml"


def language_overlays(spec_dir: Path, language: str, edition: str = BASE_EDITION) -> list[Path]:
    """The overlays that translate an edition: the one of openapi.yaml, then the edition's own, where there is one."""
    own = edition_folder(spec_dir, edition) / "overlays" / f"{language}.yaml"
    return [overlay_path(spec_dir, language), *([own] if own.is_file() else [])]


def edition_document(document: Mapping[str, Any], spec_dir: Path, edition: str) -> dict[str, Any]:
    """The OpenAPI document as an edition has it. Raises ContractError when its overlay doesn't fit."""
    overlay = edition_overlay(spec_dir, edition)
    if overlay is None:
        return dict(document)
    return lay_over(document, load_document(overlay), str(overlay))


def translated(document: Mapping[str, Any], overlays: Sequence[Path], language: str) -> dict[str, Any]:
    """The OpenAPI document with the overlays of a language applied.

    Raises ContractError when an overlay can't be read or changes more than texts, when one of its targets matches
    nothing, or when a text is left in another language.
    """
    found = dict(document)
    for overlay in overlays:
        found = apply(found, load_document(overlay), str(overlay))
    missing = untranslated(document, found, language)
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise ContractError(
            f"{overlays[-1]} leaves texts of openapi.yaml untranslated: {', '.join(missing[:3])}{more}. "
            "Add an action for each."
        )
    return found


def lay_over(document: Mapping[str, Any], overlay: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A copy of an OpenAPI document with the actions of an overlay applied in turn; `name` is for messages.

    Raises ContractError when a target is no JSONPath or matches nothing.
    """
    # Imported here because it brings a command line along, which other commands need not wait for.
    from jsonpath_ng.exceptions import JSONPathError
    from jsonpath_ng.ext.parser import parse
    from oas_patch import apply_overlay  # type: ignore[import-untyped]

    changed: dict[str, Any] = copy.deepcopy(dict(document))
    for action in overlay.get("actions", ()):
        try:
            matches = parse(action["target"]).find(changed)
        except JSONPathError as error:
            raise ContractError(
                f"{name}: the target {action['target']} is no JSONPath: {error}. Correct it."
            ) from error
        if not matches:
            raise ContractError(
                f"{name}: the target {action['target']} matches nothing. Correct or remove it."
            )
        # The library puts what the action holds into the document itself, where a later action may change it.
        changed = apply_overlay(changed, {"actions": [copy.deepcopy(action)]})
    return changed


def apply(document: Mapping[str, Any], overlay: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A copy of an OpenAPI document with the texts of an overlay; `name` is for messages.

    Raises ContractError when a target matches nothing, or when something else than a text would change.
    """
    changed = lay_over(document, overlay, name)
    before, after = dict(texts(document)), dict(texts(changed))
    strange = sorted(before.keys() ^ after.keys())
    if strange:
        raise ContractError(f"{name}: there is no text at {strange[0]}. Correct or remove it.")
    if _without_texts(document) != _without_texts(changed):
        raise ContractError(f"{name}: it changes more than texts. Compare what it writes with the original.")
    return changed


def summaries(document: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, str]:
    """The summary of each operation in the language of an overlay, by operationId.

    Reads only actions whose target is a path or an operation, as `$.paths['/volumes'].get`: to apply an overlay takes a
    good part of a second, which a run that needs twelve texts of it should not wait for.
    """
    found: dict[str, str] = {}
    for action in overlay.get("actions", ()):
        target = _PATH.fullmatch(action["target"])
        if target is None or "update" not in action:
            continue
        path, method = target.groups()
        nodes = {method: action["update"]} if method else action["update"]
        for name, node in nodes.items():
            if isinstance(node, dict) and "summary" in node:
                found[document["paths"][path][name]["operationId"]] = node["summary"]
    return found


def untranslated(document: Mapping[str, Any], changed: Mapping[str, Any], language: str) -> list[str]:
    """Where a changed document still has a text that isn't in the language, as JSON pointers."""
    known = _LETTERS[language]
    return [pointer for pointer, text in texts(changed) if not known.search(text)]


def texts(document: Any) -> Iterator[tuple[str, str]]:
    """Every title, summary and description of an OpenAPI document with its JSON pointer."""
    for pointer, text, is_text in _leaves(document, "", named=False):
        if is_text:
            yield pointer, text


def _without_texts(document: Any) -> dict[str, Any]:
    return {pointer: value for pointer, value, is_text in _leaves(document, "", named=False) if not is_text}


def _leaves(node: Any, pointer: str, *, named: bool) -> Iterator[tuple[str, Any, bool]]:
    if isinstance(node, dict):
        for key, value in node.items():
            at = f"{pointer}/{escape(str(key))}"
            if named:
                yield from _leaves(value, at, named=False)
            elif key in _DATA or str(key).startswith("x-"):
                yield at, value, False
            elif key in _TEXTS and isinstance(value, str):
                yield at, value, True
            else:
                yield from _leaves(value, at, named=key in _NAMED)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _leaves(item, f"{pointer}/{index}", named=False)
    else:
        yield pointer, node, False


def load_document(path: Path) -> dict[str, Any]:
    """An OpenAPI document or an overlay as plain data. Raises ContractError when it can't be read."""
    file = read_yaml(path)
    if not isinstance(file.data, dict):
        raise file.error((), "a mapping is expected", "Begin it with openapi: or overlay:.")
    return file.data
