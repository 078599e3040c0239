"""The end of a run: removes what it made, also what was made although no answer said so, and lists what is left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from volcheck.gateway import cleanup, leftovers
from volcheck.gateway.core import Gateway
from volcheck.gateway.ledger import Intent, Ledger, Resource
from volcheck.gateway.redaction import of_environment
from volcheck.results.model import Cleanup, Leftover, Unproved
from volcheck.runner.signals import heard_from_keyboard

#: Seconds for looking through the project's lists for what carries the run's tag.
_SWEEP = 30.0
#: Seconds for each request at the end of a run, and where the endpoint has left requests hanging that were broken off.
_REQUEST, _REQUEST_AFTER_HANGING = 10.0, 5.0
#: The problem that the result names where a Ctrl-C ended the removal early.
CUT_SHORT = "cleaning up was interrupted: run `volcheck clean`, which goes on with it"
#: Seconds to wait for resources of unanswered creations to appear in those lists.
_SETTLING = 1.0


def remove_all(gateway: Gateway, run_id: str, *, patience: float, sweep: bool = True) -> Cleanup:
    """Remove everything in the gateway's ledger and whatever else carries the run's tag, and close the ledger.

    patience: seconds for the removal. sweep: whether to look through the project's lists for the tag. A Ctrl-C ends it
    early; what is left then is listed. Raises nothing for what the endpoint does.
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
    readable = False
    deadline = time.monotonic() + patience
    try:
        with heard_from_keyboard():
            gateway.hurry(_REQUEST_AFTER_HANGING if gateway.interrupted else _REQUEST)
            gateway.try_again()
            if sweep:
                # First of all, as a snapshot that is not in the ledger would keep its volume from being deleted.
                with gateway.breakdowns.caught():
                    _find_unknown(gateway, run_id, notes)
            outcome = cleanup.clean(gateway, patience=patience)
            left, doubts = outcome.left, [*outcome.problems]
            if sweep:
                _let_settle(gateway, deadline)
                swept = _find_unknown(gateway, run_id, notes)
                strays, doubts = swept.strays, [*doubts, *swept.problems]
                readable = not swept.problems
                if not readable:
                    doubts.append(
                        "what the run has created without an answer that tells of it could not be looked for: run "
                        "`volcheck clean` when the lists can be read"
                    )
                if len(ledger.live()) > len(left):
                    outcome = cleanup.clean(gateway, patience=max(10.0, deadline - time.monotonic()))
                    left, doubts = outcome.left, [*doubts, *outcome.problems]
                if readable:
                    ledger.settle()
    except KeyboardInterrupt:
        doubts.append(CUT_SHORT)
        left = [
            cleanup.Left(resource, "unknown", "run `volcheck clean`, which tries again")
            for resource in ledger.live()
        ]
    except Exception as error:  # noqa: BLE001 - what exists has to be listed whatever breaks
        gateway.breakdowns.error(error)
        doubts.append("cleaning up broke down: run `volcheck clean`, which goes on with it")
        left = [
            cleanup.Left(resource, "unknown", "run `volcheck clean`, which tries again")
            for resource in ledger.live()
        ]
    late = [intent for intent in ledger.open() if intent.lost and not intent.accepted] if readable else []
    doubts += _unanswered(late)
    lost = _unaddressed(ledger, strays, left, late) if sweep else []
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
    ledger: Ledger,
    strays: Sequence[leftovers.Stray],
    left: Sequence[cleanup.Left],
    late: Sequence[Intent],
) -> list[Leftover]:
    """Leftovers that the run made, or may have made, and can't delete as it has no id of them that a request can name.

    strays: what the lists show with the run's tag and an unusable id. left: what is listed as left anyway, which the lists
    may show with another id; it is not listed twice. late: creations that were not answered; they are named among the
    problems instead, as most of them were never made. Every other open creation that none of the strays can come from is
    listed too, without its id where that is not proved to be the run's.
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
        if intent in late:
            continue
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


def _unanswered(late: Sequence[Intent]) -> list[str]:
    """What is said of creations that the service has not answered and that no list shows."""
    if not late:
        return []
    names = ", ".join(f"{intent.kind} {intent.name or 'without a name'}" for intent in late[:3])
    more = f" and {len(late) - 3} more" if len(late) > 3 else ""
    return [
        f"no answer came to the creation of {names}{more}, and no list shows it by now; it may still appear: run "
        "`volcheck clean` in some minutes, which looks for it"
    ]


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


def cut_short(cleanup: Cleanup) -> bool:
    """Whether a Ctrl-C ended the removal early."""
    return CUT_SHORT in cleanup["problems"]


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
