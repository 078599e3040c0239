"""The kill matrix as plain data, and what can be asked of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Literal, NotRequired, TypedDict, cast

from volcheck.errors import UsageError

FORMAT = 1

#: So many must requirements at most may become untestable by a liberty.
FEW = 6

LibertyFate = Literal["left alone", "called wrong", "unseen", "refused", "lost"]
Fate = Literal["caught", "survived", "refused", "lost", "left out"]


class Catch(TypedDict):
    """A requirement that failed, and how many seconds after the run's start it did so first.

    test: the pytest id of the test during which it failed; absent where none was at work.
    """

    requirement: str
    level: str
    seconds: float
    message: str
    test: NotRequired[str]


class DefectRecord(TypedDict):
    """One defect and what became of it.

    fate: `caught` (a requirement failed), `survived`, `refused` (the endpoint was found unfit before the first test)
    or `lost` (the run gave no result); `left out` is the honest endpoint where another task plays it. catches: in the order
    of time. reason: why a survivor may survive.
    """

    name: str
    family: str
    description: str
    fate: Fate
    note: str
    reason: str
    duration: float
    catches: list[Catch]


class LibertyRecord(TypedDict):
    """One liberty, or several at once, and what the suites said of it.

    fate: `left alone`, `called wrong` (a must requirement failed), `unseen` (more requirements than `FEW` could not be
    tested that the honest endpoint shows), `refused` or `lost`. breaches: of must requirements; warnings: of should ones.
    inconclusive: must requirements that were tested at the honest endpoint and could not be here.
    """

    name: str
    liberties: list[str]
    description: str
    allowed_by: str
    fate: LibertyFate
    note: str
    duration: float
    breaches: list[Catch]
    warnings: list[Catch]
    inconclusive: list[str]


class Silent(TypedDict):
    """A requirement that caught nothing. reason: why it may."""

    requirement: str
    level: str
    reason: str


class Matrix(TypedDict):
    """A whole qualification.

    cpu: processor seconds of all runs and their endpoints, which a busy machine lengthens less than the duration.
    startup: seconds that a run takes before its first request (loading and collecting), done once here and counted
    into all times to the first catch. control: what failed at the honest endpoint; anything there is a false alarm.
    silent: requirements that caught nothing. liberties: what was tried of the lawful departures, one by one and in sets.
    All times are in seconds.
    """

    format: int
    version: str
    profile: str
    seed: int
    jobs: int
    startup: float
    duration: float
    cpu: float
    control: DefectRecord
    defects: list[DefectRecord]
    silent: list[Silent]
    liberties: list[LibertyRecord]


class Rate(TypedDict):
    """So many of all, and the part that this is."""

    caught: int
    defects: int
    rate: float


def read_matrix(path: Path) -> Matrix:
    """The matrix in a file that `--json` wrote. Raises UsageError where it can't be read or is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be read ({error.strerror}); name a file that `qualify --json` wrote."
        ) from None
    except ValueError:
        data = None
    if (
        not isinstance(data, dict)
        or data.get("format") != FORMAT
        or not isinstance(data.get("defects"), list)
    ):
        raise UsageError(f"{path} is no kill matrix: name a file that `volcheck qualify --json` wrote.")
    return cast(Matrix, data)


def rate(matrix: Matrix, *, must_only: bool) -> Rate:
    """How many defects were caught: by `must` requirements alone, or by any (`--strict`)."""
    defects = matrix["defects"]
    caught = sum(
        any(catch["level"] == "must" or not must_only for catch in each["catches"]) for each in defects
    )
    return {
        "caught": caught,
        "defects": len(defects),
        "rate": round(caught / len(defects), 4) if defects else 0.0,
    }


def survivors(matrix: Matrix) -> list[DefectRecord]:
    """The defects that no requirement caught."""
    return [each for each in matrix["defects"] if each["fate"] != "caught"]


def unexplained(matrix: Matrix) -> list[DefectRecord]:
    """The survivors without a written reason."""
    return [each for each in survivors(matrix) if not each["reason"]]


def median_first_catch(matrix: Matrix) -> float | None:
    """The median of the times from a run's start, loading included, to its first failure."""
    firsts = [each["catches"][0]["seconds"] for each in matrix["defects"] if each["catches"]]
    return round(matrix["startup"] + median(firsts), 2) if firsts else None


def catches_by_requirement(matrix: Matrix) -> Counter[str]:
    """How many defects each requirement caught."""
    return Counter(catch["requirement"] for each in matrix["defects"] for catch in each["catches"])


def called_wrong(matrix: Matrix) -> list[LibertyRecord]:
    """The liberties that the suites did not leave alone."""
    return [each for each in matrix["liberties"] if each["fate"] != "left alone"]
