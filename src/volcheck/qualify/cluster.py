"""A qualification on the workers of a Dask cluster: each task is a few defects, and the matrices are put together here."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from typing import cast

from volcheck.errors import VolcheckError
from volcheck.qualify.model import FORMAT, DefectRecord, LibertyRecord, Matrix, Silent
from volcheck.qualify.perform import Plan
from volcheck.runner.call import Call
from volcheck.runner.cluster import Cluster

_MATRIX, _LAST = "matrix.json", "last.json"
#: Tasks for each thread of the workers, so that none of them waits long for the others at the end.
_TASKS_EACH = 4
#: Defects of one task at the most: so much has to be done again where a worker is lost.
_AT_MOST = 20


def calls(plan: Plan, threads: int) -> list[Call]:
    """The tasks of a plan. threads: how many are performed at the same time.

    The first plays the honest endpoint, too, and so does each of liberties, which are compared with it.
    """
    common = ["qualify", "--profile", plan.profile, "--seed", str(plan.seed), "--json", _MATRIX]
    common += ["--timeout", f"{plan.patience:g}", *["--first"] * plan.first]
    made: list[Call] = []
    for chosen in _shares([defect.name for defect in plan.defects], threads):
        words = [*common, *["--no-control"] * bool(made)]
        words += [word for name in chosen for word in ("--defects", name)]
        inputs = {}
        if plan.first and plan.last is not None:
            words += ["--last", _LAST]
            known = [each for each in plan.last["defects"] if each["name"] in chosen]
            inputs[_LAST] = json.dumps({**plan.last, "defects": known})
        made.append(Call(chosen[0], tuple(words), inputs=inputs, outputs=(_MATRIX,)))
    sets = sum(len(names) > 1 for names in plan.liberties)
    for chosen in _shares([names[0] for names in plan.liberties if len(names) == 1], threads):
        words = [*common, *(word for name in chosen for word in ("--liberties", name))]
        # They follow from their number and the seed, so that they can't be shared out.
        words += ["--sets", str(sets)]
        sets = 0
        made.append(Call(chosen[0], tuple(words), outputs=(_MATRIX,)))
    return made


def _shares(names: Sequence[str], threads: int) -> list[Sequence[str]]:
    """The names in as many groups as tasks are made of them."""
    size = max(1, min(_AT_MOST, math.ceil(len(names) / (threads * _TASKS_EACH))))
    return [names[start : start + size] for start in range(0, len(names), size)]


def perform_there(
    cluster: Cluster,
    plan: Plan,
    *,
    on_result: Callable[[DefectRecord], None] = lambda record: None,
    on_liberty: Callable[[LibertyRecord], None] = lambda record: None,
) -> Matrix:
    """The matrix of a plan, as `perform` has it, by the workers of a cluster.

    Raises VolcheckError where a task gave no matrix.
    """
    began = time.monotonic()
    matrices: list[Matrix] = []
    threads = cluster.threads
    for call, answer in cluster.perform(calls(plan, threads)):
        if _MATRIX not in answer.files:
            raise VolcheckError(
                f"The task {call.name} gave no matrix: {answer.last or f'it ended with code {answer.code}'}"
            )
        matrix = cast(Matrix, json.loads(answer.files[_MATRIX]))
        control = [] if matrix["control"]["fate"] == "left out" else [matrix["control"]]
        matrices.append(matrix)
        for record in control + matrix["defects"]:
            on_result(record)
        for liberty in matrix["liberties"]:
            on_liberty(liberty)
    return merged(plan, matrices, threads=threads, duration=time.monotonic() - began)


def merged(plan: Plan, matrices: Sequence[Matrix], *, threads: int, duration: float) -> Matrix:
    """One matrix out of those of the tasks of a plan; what failed at the honest endpoint in any failed."""
    records = {each["name"]: each for matrix in matrices for each in matrix["defects"]}
    liberties = {tuple(each["liberties"]): each for matrix in matrices for each in matrix["liberties"]}
    played = [matrix["control"] for matrix in matrices if matrix["control"]["fate"] != "left out"]
    control = next((each for each in played if each["fate"] != "survived"), played[0])
    quiet: list[dict[str, Silent]] = [
        {each["requirement"]: each for each in matrix["silent"]} for matrix in matrices
    ]
    return {
        "format": FORMAT,
        "version": matrices[0]["version"],
        "profile": plan.profile,
        "seed": plan.seed,
        "jobs": threads,
        "startup": max(matrix["startup"] for matrix in matrices),
        "duration": round(duration, 1),
        "cpu": round(sum(matrix["cpu"] for matrix in matrices), 1),
        "control": control,
        "defects": [records[defect.name] for defect in plan.defects],
        # What has caught nothing in any of the tasks.
        "silent": [each for name, each in quiet[0].items() if all(name in other for other in quiet)],
        "liberties": [liberties[names] for names in plan.liberties],
    }
