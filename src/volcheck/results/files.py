"""Reading and writing the files that results live in.

Every artifact is written here. It appears whole or not at all: it goes to a new file beside the old one, which then
takes its name; and it goes through the sieve of this process, so that it holds no secret. Whatever is read is held
to a JSON Schema first, so that reports and comparisons may trust its shape.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import jsonschema_rs

from volcheck.contract.regularfile import open_regular, other_kind
from volcheck.errors import TOO_MANY_FILES, UsageError, out_of_files
from volcheck.results.model import FORMAT, Result
from volcheck.results.sieve import SievedFile, current

#: Results of more bytes are refused unread. A run of 100,000 exchanges stays below a tenth of it.
SIZE_LIMIT = 256 * 1024 * 1024

_SURROGATE = re.compile("[\ud800-\udfff]")


@contextmanager
def replacing(path: Path) -> Iterator[SievedFile]:
    """A file behind the sieve that becomes `path` when the block ends well, and vanishes when it does not.

    The folder it is in is made if need be, but none above that, and none at the root. Raises UsageError when the folder or
    the file can't be written, and where `path` is there already and no regular file: that is never replaced.
    """
    _must_be_replaceable(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        make_folder(path.parent)
        handle = temporary.open("xb")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with handle:
            sieved = SievedFile(handle, path.name, current())
            yield sieved
            sieved.finish()
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8. Lone surrogates, which UTF-8 can't hold, become `\\udXXX` escapes."""
    with replacing(path) as handle:
        handle.write(text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON (see `json_bytes`), each member and item of the two outer levels on a line of its own.

    That can be read and compared by line, and takes a tenth of the time of indenting everything. Raises ValueError on
    NaN and infinities.
    """
    with replacing(path) as handle:
        handle.writelines(_lines(value, 2))
        handle.write(b"\n")


def _lines(value: object, depth: int) -> Iterator[bytes]:
    if depth == 0 or not value or not isinstance(value, dict | list):
        yield json_bytes(value)
        return
    opening, closing = (b"{", b"}") if isinstance(value, dict) else (b"[", b"]")
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    separator = opening
    for key, item in items:
        yield separator + b"\n" + (b"" if key is None else json_bytes(str(key)) + b": ")
        yield from _lines(item, depth - 1)
        separator = b","
    yield b"\n" + closing


def json_bytes(value: object) -> bytes:
    """`value` as JSON that every reader takes: lone surrogates, which many refuse, are spelt out as text."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _SURROGATE.sub(lambda match: f"\\\\u{ord(match.group()):04x}", text).encode()


def read_json(path: Path, what: str, limit: int = SIZE_LIMIT) -> Any:
    """The JSON value in `path`; `what` names such a file in messages, e.g. `result`.

    Raises UsageError when the file is missing, unreadable, larger than `limit` bytes, or not JSON.
    """
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(limit + 1) if size <= limit else b""
        # It may have grown meanwhile.
        if max(size, len(content)) > limit:
            raise UsageError(f"{path}: {size:,} bytes is more than a {what} can have ({limit:,}); is it one?")
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; name a {what} that volcheck wrote.") from error
    except OSError as error:
        if out_of_files(error):
            raise UsageError(f"{path}: can't be read: {TOO_MANY_FILES}") from error
        raise UsageError(f"{path}: can't be read ({error.strerror}); name a {what} that can be.") from error
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{path}:{error.lineno}: not JSON ({error.msg}); name a {what} that volcheck wrote."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text; name a {what} that volcheck wrote.") from error
    except (RecursionError, ValueError) as error:
        raise UsageError(f"{path}: JSON that can't be read here ({error}); is it a {what}?") from error


@cache
def validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """The compiled schema of that file name in this package."""
    text = resources.files("volcheck.results").joinpath(schema).read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))


def first_fault(schema: str, value: Any) -> str | None:
    """Where `value` breaks the schema (`requirements/3/outcome: "x" is not one of …`); None if nowhere."""
    try:
        fault = next(iter(validator(schema).iter_errors(value)), None)
    except UnicodeEncodeError as error:
        return f"half a surrogate pair ({error.object[error.start]!a}) in a text"
    if fault is None:
        return None
    where = "/".join(str(part) for part in fault.instance_path) or "(top)"
    message = fault.message if len(fault.message) <= 300 else fault.message[:300] + "…"
    return f"{where}: {message}"


def read_result(path: Path) -> Result:
    """The result in `path`, held to `result.schema.json`. A folder stands for the result.json in it.

    Raises UsageError: missing, too large, not JSON, another format, or not of the published shape (says
    where).
    """
    if path.is_dir():
        path = path / "result.json"
    value = read_json(path, "result.json")
    if not isinstance(value, dict) or "format" not in value:
        raise UsageError(f"{path}: not a result of volcheck (it has no `format`); name a result.json.")
    if value["format"] != FORMAT:
        raise UsageError(
            f"{path}: result format {value['format']!r}, but this volcheck reads format {FORMAT}; "
            "use the volcheck that wrote it."
        )
    fault = first_fault("result.schema.json", value)
    if fault is not None:
        raise UsageError(f"{path}: not a well-formed result: {fault}. Make it again with `volcheck run`.")
    return cast(Result, value)


def write_result(path: Path, result: Result) -> None:
    """Write `result` to `path`, whole or not at all. Raises UsageError when it can't be written."""
    write_json(path, result)


def _must_be_replaceable(path: Path) -> None:
    try:
        kind = other_kind(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unwritable(path, error) from error
    if kind is not None:
        raise UsageError(f"{path}: it is {kind} and no file, and is left as it is; name a file to write.")


def make_folder(folder: Path) -> None:
    """Make a folder inside one that exists, if it is not there.

    A path of which more is missing, or that begins anew at the root, is likely mistyped: UsageError.
    """
    try:
        if folder.exists():
            return
        above = folder.absolute().parent
        if not above.is_dir() or above == Path(above.anchor):
            raise UsageError(f"{folder}: no such folder; make it, or name a file in a folder that is there.")
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    if out_of_files(error):
        return UsageError(f"{path}: can't be written: {TOO_MANY_FILES}")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return UsageError(f"{path}: can't be written ({reason}); name a folder that can be.")
