"""All reports of a run at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    result: Result, folder: Path, exchanges: Iterable[Mapping[str, Any]] | None = None, lang: str = "en"
) -> list[Path]:
    """Write result.json, report.html, junit.xml, summary.md and, of `exchanges`, traffic.har into `folder`.

    Each file appears whole or not at all. `exchanges` are read once, one at a time (see `read_exchanges`).
    Where the sieve takes a secret out of one of them, that is added to the problems of `result`.
    Answers the paths. Raises UsageError when something can't be written.
    """
    paths = [folder / name for name in ("result.json", "report.html", "junit.xml", "summary.md")]
    if exchanges is not None:
        har = folder / "traffic.har"
        with replacing(har) as out:
            write_har(out, exchanges, comment=f"volcheck run {result['run']['id']}")
    _write(result, paths, lang)
    remark = current().remark()
    if remark is not None:
        result["problems"].append(remark)
        _write(result, paths, lang)
        # Once more the same has been taken out of the same files.
        current().remark()
    return paths if exchanges is None else [*paths, har]


def _write(result: Result, paths: list[Path], lang: str) -> None:
    write_result(paths[0], result)
    write_html(paths[1], result, lang)
    with replacing(paths[2]) as out:
        out.write(junit(result))
    write_text(paths[3], summary(result, lang))
