"""report.html: the whole result on one self-contained page."""

from __future__ import annotations

from pathlib import Path

from volcheck.report.failures import document_lines, failed_requirements, kind
from volcheck.report.figures import latency_chart, timelines
from volcheck.report.matrix import matrix
from volcheck.report.page import write_page
from volcheck.report.text import grouped, repeat_command
from volcheck.results.model import Result, Text

# A page of tens of megabytes helps nobody: the first failures are shown in full, the others in short, and
# what goes beyond is counted. result.json has them all.
_PER_REQUIREMENT = 25
_IN_FULL = 200
_OPEN = 12


def write_html(path: Path, result: Result, lang: str = "en") -> None:
    """Write the report of `result` to `path`, opening in `lang` (`en` or `ko`; the page holds both).

    Raises UsageError when the file can't be written or the language isn't one of the two.
    """
    failed = failed_requirements(result)
    shown_before = 0
    blocks = []
    for requirement in failed:
        failures = requirement.record["failures"]
        shown = failures[:_PER_REQUIREMENT]
        limits = [4000 if shown_before + index < _IN_FULL else 200 for index in range(len(shown))]
        opened = [shown_before + index < _OPEN for index in range(len(shown))]
        blocks.append(
            (requirement, list(zip(shown, limits, opened, strict=True)), len(failures) - len(shown))
        )
        shown_before += len(shown)
    chains, chains_left = timelines(result["transitions"])
    headline, remarks = _headline(result["verdict"]["sentence"])
    write_page(
        path,
        "report.html.j2",
        lang,
        {
            "result": result,
            "headline": headline,
            "remarks": remarks,
            "blocks": blocks,
            "broken": {requirement.record["id"] for requirement in failed},
            "lines": document_lines(result),
            "traced": {row["line"] for row in result["trace"]},
            "matrix": matrix(result),
            "chains": chains,
            "chains_left": chains_left,
            "chart": latency_chart(result["operations"]),
            "families": list(dict.fromkeys(r["family"] for r in result["requirements"])),
            "kind": lambda record: kind(record, result["run"]["strict"]),
            "grouped": grouped,
            "repeat": lambda only=None: repeat_command(result, only),
        },
    )


def _headline(sentence: Text) -> tuple[Text, Text]:
    """The verdict's first sentence, which is its heading, and the remarks that follow it."""
    english, _, more_english = sentence["en"].partition(". ")
    korean, _, more_korean = sentence["ko"].partition(". ")
    return (
        {
            "en": english if not more_english else f"{english}.",
            "ko": korean if not more_korean else f"{korean}.",
        },
        {"en": more_english, "ko": more_korean},
    )
