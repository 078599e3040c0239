"""The end of a run: what it made goes, also what no answer told of."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from volcheck.gateway import cleanup, leftovers
from volcheck.gateway.core import Gateway
from volcheck.gateway.ledger import Resource
from volcheck.gateway.redaction import of_environment
from volcheck.results.files import write_json
from volcheck.results.model import Cleanup, Leftover
from volcheck.run.assemble import WorkerPart
from volcheck.run.observe import Observer
from volcheck.run.settings import Settings
from volcheck.run.signals import heard_from_keyboard

#: Seconds for looking through the project's lists for what carries the run's tag.
_SWEEP = 30.0
#: What is said where somebody would not wait for the removal.
CUT_SHORT = "cleaning up was interrupted: run `volcheck clean`, which goes on with it"


def remove_all(gateway: Gateway, run_id: str, *, patience: float, sweep: bool = True) -> Cleanup:
    """Remove everything in the gateway's ledger and whatever else carries the run's tag, and close the ledger.

    patience: seconds for the removal. sweep: whether to look for the tag; not in a worker, to which everything of the
    others would look like that. A Ctrl-C ends it early; what is left then is listed.
    """
    cleaned, settled = _remove_all(gateway, run_id, patience, sweep=sweep)
    gateway.ledger.close(settled=settled)
    return cleaned


def _remove_all(gateway: Gateway, run_id: str, patience: float, *, sweep: bool) -> tuple[Cleanup, bool]:
    """What came of it, and whether it is certain that nothing is left that isn't listed."""
    ledger = gateway.ledger
    doubts: list[str] = []
    notes: list[str] = []
    left: Sequence[cleanup.Left] = ()
    deadline = time.monotonic() + patience
    try:
        with heard_from_keyboard():
            gateway.try_again()
            if sweep:
                # First of all, as a snapshot that nobody knows of would keep its volume from going.
                _find_unknown(gateway, run_id, notes)
            outcome = cleanup.clean(gateway, patience=patience)
            left, doubts = outcome.left, [*outcome.problems]
            if sweep:
                doubts += _find_unknown(gateway, run_id, notes).problems
                if len(ledger.live()) > len(left):
                    outcome = cleanup.clean(gateway, patience=max(10.0, deadline - time.monotonic()))
                    left, doubts = outcome.left, [*doubts, *outcome.problems]
    except KeyboardInterrupt:
        doubts.append(CUT_SHORT)
        left = [
            cleanup.Left(resource, "unknown", "run `volcheck clean`, which tries again")
            for resource in ledger.live()
        ]
    cleaned: Cleanup = {
        "created": ledger.created,
        "removed": ledger.created - len(left),
        "leftovers": [_leftover(item) for item in left],
        "problems": [*doubts, *notes],
    }
    return cleaned, not doubts


def _find_unknown(gateway: Gateway, run_id: str, notes: list[str]) -> leftovers.Sweep:
    """Put into the ledger what carries the run's tag and isn't there, or only as gone."""
    swept = leftovers.sweep(gateway, run_id.__eq__, seconds=_SWEEP, pages=200)
    unknown = [tagged.resource for tagged in swept.found if _unaccounted(gateway, tagged.resource)]
    if unknown:
        notes.append(_told_of_by_none(unknown))
    for resource in unknown:
        gateway.ledger.made(resource)
    return swept


def _unaccounted(gateway: Gateway, resource: Resource) -> bool:
    known = gateway.ledger.get(resource.id)
    return known is None or known.gone


def _told_of_by_none(resources: Sequence[Resource]) -> str:
    names = ", ".join(f"{resource.kind} {resource.id}" for resource in resources[:3])
    more = f" and {len(resources) - 3} more" if len(resources) > 3 else ""
    return (
        f"the endpoint had {names}{more} of this run, although no answer had told of them, "
        "or an answer had said that they were gone"
    )


def _leftover(left: cleanup.Left) -> Leftover:
    return {
        "resource": left.resource.kind,
        "id": left.resource.id,
        "name": left.resource.name,
        "status": left.status,
        "advice": left.advice,
    }


# -- workers ------------------------------------------------------------------------------------------------------


def stop_workers(records: Callable[[], list[leftovers.Record]], *, patience: float) -> None:
    """Ask this run's workers to end, and wait until they have removed what they made (or until time is up).

    records: looks at the run's ledgers, which are locked as long as their workers live.
    """
    deadline = time.monotonic() + patience
    asked: set[int] = set()
    while time.monotonic() < deadline:
        pids = {record.pid for record in records() if record.alive and record.pid > 0}
        if not pids:
            return
        for pid in pids - asked:
            os.kill(pid, signal.SIGTERM)
        asked |= pids
        try:
            with heard_from_keyboard():
                time.sleep(0.1)
        except KeyboardInterrupt:
            for pid in pids:
                os.kill(pid, signal.SIGINT)


def cut_short(parts: Sequence[WorkerPart]) -> bool:
    """Whether somebody would not wait until everything was removed."""
    return any(CUT_SHORT in part.cleanup["problems"] for part in parts)


def clear_after_workers(
    gateway: Gateway,
    settings: Settings,
    records: Sequence[leftovers.Record],
    patience: float,
    *,
    sweep: bool,
) -> Cleanup:
    """Remove what ledgers of ended workers still list and, with `sweep`, what carries the run's tag.

    The ledgers of what is gone go too.
    """
    for record in records:
        for resource in record.resources:
            gateway.ledger.made(resource)
    cleaned, settled = _remove_all(gateway, settings.run_id, patience, sweep=sweep)
    if settled and not cleaned["leftovers"]:
        for record in records:
            record.path.unlink(missing_ok=True)
    return cleaned


def book(parts: Sequence[WorkerPart], cleaned: Cleanup) -> None:
    """Put what the controller removed or could not remove into the accounts of the workers.

    parts: at least one. What they had listed as left has been tried again: only what is left now counts.
    """
    known = 0
    for part in parts:
        known += len(part.cleanup["leftovers"])
        part.cleanup["removed"] = part.cleanup["created"]
        part.cleanup["leftovers"] = []
    last = parts[-1].cleanup
    last["created"] += max(0, cleaned["created"] - known)
    last["removed"] += max(0, cleaned["created"] - known) - len(cleaned["leftovers"])
    last["leftovers"] = cleaned["leftovers"]
    last["problems"] = [*last["problems"], *cleaned["problems"]]


def part_of_lost(worker: str) -> WorkerPart:
    """What stands for a worker that handed in nothing; its exchanges may still be on disk."""
    return WorkerPart(
        worker=worker,
        reached={},
        failures={},
        observer=Observer().to_plain(),
        transitions=[],
        problems=[],
        cleanup={"created": 0, "removed": 0, "leftovers": [], "problems": []},
        readings={},
        exchanges=0,
        first_failure=None,
    )


def put_part(reports: Path, settings: Settings, plain: Mapping[str, Any]) -> None:
    """In an interrupted worker: leave what it has seen where the controller looks for it."""
    write_json(_parts(reports, settings) / f"{settings.worker}.json", plain)


def take_parts(reports: Path, settings: Settings) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """In the controller: what interrupted workers have left, and remove it."""
    folder = _parts(reports, settings)
    for path in sorted(folder.glob("*.json")):
        yield path.stem, json.loads(path.read_bytes())
        path.unlink()
    if folder.is_dir():
        folder.rmdir()


def _parts(reports: Path, settings: Settings) -> Path:
    return reports / ".exchanges" / f"parts-{settings.run_id}"


# -- a breakdown --------------------------------------------------------------------------------------------------


def redact_known(text: str) -> str:
    """`text` without the secrets of the environment, for where no gateway is at hand."""
    return of_environment(os.environ).written(text)


def redact_traceback(excrepr: Any, redact: Callable[[str], str]) -> None:
    """Take secrets out of pytest's rendering of an exception, which --debug shows."""
    pairs = [(traceback, crash) for traceback, crash, _ in getattr(excrepr, "chain", ())]
    pairs.append((getattr(excrepr, "reprtraceback", None), getattr(excrepr, "reprcrash", None)))
    for traceback, crash in pairs:
        if crash is not None:
            crash.message = redact(crash.message)
        for entry in traceback.reprentries if traceback is not None else ():
            entry.lines = [redact(line) for line in entry.lines]
