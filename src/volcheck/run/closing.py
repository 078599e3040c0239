"""The end of a run: what it made goes, also what no answer told of."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from volcheck.gateway import cleanup, leftovers
from volcheck.gateway.core import Gateway
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.redaction import of_environment
from volcheck.results.files import write_json
from volcheck.results.model import Cleanup, Leftover, Unproved
from volcheck.run.assemble import WorkerPart
from volcheck.run.observe import Observer
from volcheck.run.settings import Settings
from volcheck.run.signals import heard_from_keyboard

#: Seconds for looking through the project's lists for what carries the run's tag.
_SWEEP = 30.0
#: What is said where somebody would not wait for the removal.
CUT_SHORT = "cleaning up was interrupted: run `volcheck clean`, which goes on with it"
#: Seconds for what was asked for and not answered to appear in them.
_SETTLING = 1.0


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
    strays: Sequence[leftovers.Stray] = ()
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
                _let_settle(gateway, deadline)
                swept = _find_unknown(gateway, run_id, notes)
                strays, doubts = swept.strays, [*doubts, *swept.problems]
                if len(ledger.live()) > len(left):
                    outcome = cleanup.clean(gateway, patience=max(10.0, deadline - time.monotonic()))
                    left, doubts = outcome.left, [*doubts, *outcome.problems]
                if not swept.problems:
                    ledger.settle()
    except KeyboardInterrupt:
        doubts.append(CUT_SHORT)
        left = [
            cleanup.Left(resource, "unknown", "run `volcheck clean`, which tries again")
            for resource in ledger.live()
        ]
    lost = _unaddressed(ledger, strays, left) if sweep else []
    listed = [*(_leftover(item) for item in left), *lost]
    cleaned: Cleanup = {
        "created": ledger.created + len(lost),
        "removed": ledger.created - len(left),
        "leftovers": listed,
        "unproved": _foreign(ledger),
        "problems": [*doubts, *notes],
    }
    return cleaned, not doubts and not strays


def _let_settle(gateway: Gateway, deadline: float) -> None:
    """Give what was asked for and not answered a little time to appear in the lists."""
    if gateway.ledger.open():
        time.sleep(max(0.0, min(_SETTLING, deadline - time.monotonic())))


def _find_unknown(gateway: Gateway, run_id: str, notes: list[str]) -> leftovers.Sweep:
    """Put into the ledger what carries the run's tag and isn't there, or only as gone."""
    swept = leftovers.sweep(gateway, run_id.__eq__, seconds=_SWEEP, pages=200)
    unknown = [tagged.resource for tagged in swept.found if gateway.ledger.adopt(tagged.resource)]
    if unknown:
        notes.append(_told_of_by_none(unknown))
    return swept


def _unaddressed(
    ledger: Ledger, strays: Sequence[leftovers.Stray], left: Sequence[cleanup.Left]
) -> list[Leftover]:
    """What the run made, or may have made, and can't remove as it can't name it: all that is known of it.

    strays: what the lists show with the run's tag. Open creations that none of them can be of stand for themselves; an id
    that may be somebody else's is not among what is known of them. left: what is listed anyway, and may be shown with an
    id that is not its own.
    """
    known = [(item.resource.kind, item.resource.name) for item in left]
    unknown = []
    for stray in strays:
        if (stray.kind, stray.name) in known:
            known.remove((stray.kind, stray.name))
        else:
            unknown.append(stray)
    listed: list[Leftover] = [
        {
            "resource": stray.kind,
            "id": stray.id,
            "name": stray.name,
            "status": stray.status,
            "advice": "no request can name its id: delete it by other means, or run `volcheck clean` once the endpoint "
            "gives ids that can be named",
        }
        for stray in unknown
    ]
    unmatched = [stray.kind for stray in unknown]
    for intent in ledger.open():
        if intent.kind in unmatched:
            unmatched.remove(intent.kind)
            continue
        listed.append(
            {
                "resource": intent.kind,
                "id": "" if ledger.is_unproved(intent.id) else intent.id,
                "name": intent.name or intent.shown_name,
                "status": intent.status,
                "advice": "the endpoint took the request to make it, and no list shows it with the run's tag: look for it "
                "in the project, then run `volcheck clean`"
                if intent.accepted
                else "whether it was made is unknown, as the lists could not be read: run `volcheck clean`",
            }
        )
    return listed


def _foreign(ledger: Ledger) -> list[Unproved]:
    """What creations were answered with that is not proved to be the run's, for the result."""
    return [
        {
            "resource": each.kind,
            "id": each.id,
            "name": each.name,
            "status": each.status,
            "reason": each.reason,
        }
        for each in ledger.unproved()
    ]


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
            # The numbers of its creations are those of another ledger.
            gateway.ledger.made(attrs.evolve(resource, intent=None))
        gateway.ledger.take_over(record.open)
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
    last["unproved"] = [*last.get("unproved", []), *cleaned.get("unproved", [])]
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
        cleanup={"created": 0, "removed": 0, "leftovers": [], "unproved": [], "problems": []},
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
