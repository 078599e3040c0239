"""The kill matrix as one self-contained page."""

from __future__ import annotations

from pathlib import Path

from volcheck.qualify.model import Matrix, catches_by_requirement, median_first_catch, rate, survivors
from volcheck.report.page import write_page


def write_matrix_html(path: Path, matrix: Matrix, lang: str = "en") -> None:
    """Write the matrix to `path`. Raises UsageError when it can't be written."""
    write_page(
        path,
        "qualification.html.j2",
        lang,
        {
            "matrix": matrix,
            "strict": rate(matrix, must_only=False),
            "must": rate(matrix, must_only=True),
            "first": median_first_catch(matrix),
            "survivors": survivors(matrix),
            "by_requirement": sorted(
                catches_by_requirement(matrix).items(), key=lambda pair: (-pair[1], pair[0])
            ),
            "families": list(dict.fromkeys(each["family"] for each in matrix["defects"])),
        },
    )
