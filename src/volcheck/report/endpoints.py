"""Many endpoints side by side: which requirement holds where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from volcheck.report.page import write_page
from volcheck.report.summary import code, escape
from volcheck.report.text import in_language
from volcheck.report.words import word
from volcheck.results.merge import EndpointMatrix, MatrixRow

_MARKS = {
    "passed": "✓",
    "failed": "✕",
    "waived": "◇",
    "inconclusive": "?",
    "not applicable": "–",
    None: "",
}


def endpoints_markdown(matrix: EndpointMatrix, lang: str = "en") -> str:
    """The verdicts, and every requirement that didn't come out alike or didn't pass, as Markdown."""
    return "\n".join(_markdown(matrix, lang)) + "\n"


def write_endpoints_html(
    path: Path, matrix: EndpointMatrix, lang: str = "en", folders: Sequence[str] = ()
) -> None:
    """Write the matrix as one self-contained page. Raises UsageError when it can't be written.

    folders: beside the page, the folder with the reports of each endpoint, to link to.
    """
    rows = sorted(matrix["rows"], key=lambda row: (not _notable(row), row["id"]))
    write_page(
        path,
        "endpoints.html.j2",
        lang,
        {"matrix": matrix, "rows": rows, "notable": _notable, "folders": folders},
    )


def _notable(row: MatrixRow) -> bool:
    """Whether a requirement tells endpoints apart, or failed somewhere."""
    return len(set(row["outcomes"])) > 1 or row["outcomes"][0] in ("failed", "waived")


def _markdown(matrix: EndpointMatrix, lang: str) -> Iterator[str]:
    yield f"# {word('endpoints', lang)}"
    yield ""
    for side in matrix["endpoints"]:
        sentence = in_language(side["sentence"], lang)
        yield f"- **{escape(side['endpoint'], 200)}**: {escape(sentence, 1000)}"
    for silent in matrix["silent"]:
        yield f"- **{escape(silent['endpoint'], 200)}**: {word('no_result', lang)}: {escape(silent['sentence'], 1000)}"
    rows = [row for row in matrix["rows"] if _notable(row)]
    if not rows:
        return
    yield ""
    names = [escape(side["endpoint"], 60) for side in matrix["endpoints"]]
    yield f"| {word('requirement', lang)} | " + " | ".join(names) + " |"
    yield "|---|" + ":-:|" * len(names)
    for row in rows[:300]:
        cells = [
            f"{_MARKS[outcome]} {word(outcome, lang)}" if outcome else word("absent", lang)
            for outcome in row["outcomes"]
        ]
        yield f"| {code(row['id'])} | " + " | ".join(cells) + " |"
    if len(rows) > 300:
        yield from ("", word("more_in_report", lang, number=len(rows) - 300))
