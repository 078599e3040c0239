"""All reports of a run at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from volcheck.report.har import write_har
from volcheck.report.html import write_html
from volcheck.report.junit import junit
from volcheck.report.summary import summary
from volcheck.results.files import replacing, write_result, write_text
from volcheck.results.model import Result
from volcheck.results.sieve import current


def write_reports(
    result: Result,
    folder: Path,
    exchanges: Iterable[Mapping[str, Any]] | None = None,
    lang: str = "en",
    *,
    failed: Callable[[Path, Exception], None] | None = None,
) -> list[Path]:
    """Write result.json, report.html, junit.xml, summary.md and, of `exchanges`, traffic.har into `folder`.

    Each file appears whole or not at all. `exchanges` are read once, one at a time (see `read_exchanges`).
    Where the sieve takes a secret out of one of them, that is added to the problems of `result`.
    failed: is told which file could not be made and why, and the others are written all the same; without it the error
    is raised (UsageError where something can't be written). Answers the paths of what was written.
    """
    makers: dict[str, Callable[[Path], None]] = {
        "result.json": lambda path: write_result(path, result),
        "report.html": lambda path: write_html(path, result, lang),
        "junit.xml": lambda path: _write_junit(path, result),
        "summary.md": lambda path: write_text(path, summary(result, lang)),
    }
    traffic = []
    if exchanges is not None:
        comment = f"volcheck run {result['run']['id']}"
        traffic = _make(
            {"traffic.har": lambda path: _write_traffic(path, exchanges, comment)}, folder, failed
        )
    written = _make(makers, folder, failed)
    remark = current().remark()
    if remark is not None:
        result["problems"].append(remark)
        written = _make(makers, folder, failed)
        # Once more the same has been taken out of the same files.
        current().remark()
    return [*written, *traffic]


def _make(
    makers: Mapping[str, Callable[[Path], None]],
    folder: Path,
    failed: Callable[[Path, Exception], None] | None,
) -> list[Path]:
    """Make each of these files; answers those that were made."""
    written = []
    for name, make in makers.items():
        path = folder / name
        try:
            make(path)
        except Exception as error:
            if failed is None:
                raise
            failed(path, error)
        else:
            written.append(path)
    return written


def _write_junit(path: Path, result: Result) -> None:
    with replacing(path) as out:
        out.write(junit(result))


def _write_traffic(path: Path, exchanges: Iterable[Mapping[str, Any]], comment: str) -> None:
    with replacing(path) as out:
        write_har(out, exchanges, comment=comment)
