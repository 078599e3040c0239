"""YAML files, read safely and with the line of everything in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import yaml

from volcheck.contract.regularfile import open_regular
from volcheck.errors import ContractError, UsageError

#: Larger files are refused: the contract itself is far below.
MAX_BYTES = 2 * 1024 * 1024
#: Deeper nesting is refused: OpenAPI and its examples need about twenty levels.
MAX_DEPTH = 64

Place = tuple[str | int, ...]

_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]{1,32}\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]{1,3})?\Z")
# libyaml is much faster, and PyYAML's wheels have it; a PyYAML built without it still works.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@attrs.frozen
class Kind:
    """What a file is, in words (`a file of the contract`), and the error that tells of its faults."""

    name: str
    error: type[UsageError]


CONTRACT = Kind("a file of the contract", ContractError)


@attrs.frozen(eq=False)
class YamlFile:
    """What a file says: plain `data`, and the 1-based line where each place of it begins."""

    path: Path
    data: Any
    lines: Mapping[Place, int]
    kind: Kind

    def line(self, place: Place = ()) -> int:
        """The line of a place, such as `("paths", "/", "get")`, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def error(self, place: Place, problem: str, remedy: str) -> UsageError:
        """An error of the file's kind that names the file and the line of `place`."""
        return self.kind.error(f"{self.path}, line {self.line(place)}: {problem}. {remedy}")


def read_yaml(path: Path, kind: Kind = CONTRACT) -> YamlFile:
    """Reads one YAML (or JSON) document into plain data, by the rules of the YAML 1.2 core schema.

    Aliases, tags and repeated keys are refused, as are files above `MAX_BYTES` and nesting above `MAX_DEPTH`;
    keys are always strings. Raises the error of `kind` (ContractError) with file, line and what to do.
    """
    try:
        with open_regular(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise kind.error(f"{path} can't be read: {reason}. Check the path and its permissions.") from error
    if len(raw) > MAX_BYTES:
        raise kind.error(f"{path} is larger than {MAX_BYTES // 1024} KiB. Give {kind.name}.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise kind.error(f"{path}, line {line}: not UTF-8. Save the file as UTF-8 text.") from error
    reader = _Reader(path, kind)
    try:
        data = reader.document(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise kind.error(f"{path}{where}: not valid YAML: {problem}. Correct the file.") from error
    return YamlFile(path, data, reader.lines, kind)


class _Reader:
    """Builds plain data from the parser's events, so that size and depth stay in our hands."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self._path = path
        self._kind = kind
        self.lines: dict[Place, int] = {}

    def document(self, events: Iterator[Any]) -> Any:
        found: list[Any] = []
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise self._error(event, "a second document begins", "Keep one document in the file.")
                found.append(self._value(next(events), events, ()))
        if not found or found[0] is None:
            raise self._kind.error(f"{self._path} is empty. Give {self._kind.name}.")
        return found[0]

    def _value(self, event: Any, events: Iterator[Any], place: Place) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise self._error(event, f"the alias *{event.anchor}", "Write the value out instead of an alias.")
        if event.tag is not None and event.tag != "!":
            raise self._error(event, f"the tag {event.tag}", "Remove the tag; only plain data is read.")
        if len(place) > MAX_DEPTH:
            raise self._error(event, f"nesting deeper than {MAX_DEPTH} levels", "Make the file flatter.")
        self.lines.setdefault(place, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._value(event, events, (*place, len(items))))
            return items
        return self._mapping(events, place)

    def _mapping(self, events: Iterator[Any], place: Place) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error(event, "a key that is not a plain word", "Use strings as keys.")
            key = event.value
            if key in members:
                raise self._error(event, f"the key {key!r} appears twice", "Remove one of the two.")
            self.lines[(*place, key)] = _line(event)
            members[key] = self._value(next(events), events, (*place, key))
        return members

    def _error(self, event: Any, problem: str, remedy: str) -> UsageError:
        return self._kind.error(f"{self._path}, line {_line(event)}: {problem}. {remedy}")


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        return text
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
