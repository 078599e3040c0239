"""Runs the suites against the reference endpoint, once for each defect, from one collection of the tests."""

from __future__ import annotations

import functools
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from volcheck import __version__
from volcheck.contract import Contract
from volcheck.errors import EndpointError, VolcheckError
from volcheck.fixtures import sequences
from volcheck.fixtures.settings import Profile, Settings
from volcheck.qualify.model import FEW, FORMAT, Catch, DefectRecord, Fate, LibertyFate, LibertyRecord, Matrix
from volcheck.qualify.pool import Lost, in_processes
from volcheck.qualify.reference import ForkedReference
from volcheck.qualify.survivors import Reasons
from volcheck.reference.defects import Defect
from volcheck.reference.liberties import load as load_liberties
from volcheck.results.model import Text
from volcheck.runner.prepare import Prepared, prepare
from volcheck.runner.selection import requirement_of
from volcheck.runner.session import CONTINUOUS, Session, session_of
from volcheck.runner.setup import contract_of
from volcheck.runner.start import Handover, base_arguments

#: The name under which the honest endpoint is run.
HONEST = ""
#: Seconds until a status must have come. The endpoint needs half a second; the rest is for a busy machine, as a wait that is
#: over counts as a failure.
_WAIT = 6.0
#: Where nothing is wrong it is waited for as long as a busy machine may take.
_HONEST_WAIT = 30.0
_ENOUGH: Text = {"en": "enough was seen.", "ko": "충분히 확인했습니다."}


@attrs.frozen
class Plan:
    """What to qualify. jobs: runs at the same time. patience: seconds after which a run is given up.

    first: end each run with a defect once a `must` requirement has failed (a `should`, where `last` says that no `must`
    catches the defect). That gives the rate, and no matrix. The honest endpoint is always played whole.
    last: an earlier matrix. With `first`, the few tests that caught a defect then are played before the whole run, which
    follows where they don't catch it again.
    liberties: for each run with liberties, those that are taken at the same time.
    control: whether the honest endpoint is played, too; liberties need it.
    """

    defects: Sequence[Defect]
    profile: Profile = "default"
    seed: int = 1
    jobs: int = 2
    patience: float = 120.0
    first: bool = False
    last: Matrix | None = None
    liberties: Sequence[tuple[str, ...]] = ()
    control: bool = True


@attrs.frozen
class Part:
    """A run, or a part of one, as a task. defect: its name, or HONEST, which may take liberties.

    tests: ids of those to play; None for all.
    enough: the requirement levels of which a failure ends the run; none of them: it is played to its end.
    """

    defect: str
    tests: tuple[str, ...] | None = None
    enough: frozenset[str] = frozenset()
    liberties: tuple[str, ...] = ()


#: So many tests at the most are played before a whole run.
_FIRST_TESTS = 6


def parts(plan: Plan, tests: Mapping[str, Sequence[str]]) -> list[Part]:
    """The first task for the honest endpoint, for each defect and for the liberties.

    tests: of each requirement, the ids of its tests.
    """
    before = {each["name"]: each for each in plan.last["defects"]} if plan.first and plan.last else {}
    known = {test for ids in tests.values() for test in ids}
    tasks = [Part(HONEST)] if plan.control else []
    for defect in plan.defects:
        if not plan.first:
            tasks.append(Part(defect.name))
            continue
        catches = before[defect.name]["catches"] if defect.name in before else []
        must = [catch for catch in catches if catch["level"] == "must"]
        enough = frozenset({"must"} if must or not catches else {"must", "should"})
        likely: list[str] = []
        for catch in must or catches:
            # Who was not at work when it failed, or is not recorded: the tests that name the requirement.
            likely += [catch["test"]] if "test" in catch else tests.get(catch["requirement"], ())[:2]
        chosen = tuple(dict.fromkeys(test for test in likely if test in known))[:_FIRST_TESTS]
        tasks.append(Part(defect.name, chosen or None, enough))
    must_only = frozenset({"must"} if plan.first else ())
    return [*tasks, *(Part(HONEST, None, must_only, names) for names in plan.liberties)]


def whole_run_after(part: Part, answer: Any) -> Part | None:
    """The whole run that follows tests which did not catch their defect, or None."""
    caught = not isinstance(answer, Lost) and any(
        catch["level"] in part.enough for catch in answer["catches"]
    )
    return None if part.tests is None or caught else attrs.evolve(part, tests=None)


def perform(
    plan: Plan,
    reasons: Reasons,
    *,
    on_result: Callable[[DefectRecord], None] = lambda record: None,
    on_liberty: Callable[[LibertyRecord], None] = lambda record: None,
) -> Matrix:
    """Run the suites once for each defect, once for each of the liberties, and once without any.

    reasons: for what may be left open. on_result, on_liberty: told of each as its run ends. Raises VolcheckError where that
    can't begin.
    """
    began, used = time.monotonic(), _processor_seconds()
    with tempfile.TemporaryDirectory(prefix="volcheck-qualify-", dir=_memory()) as folder:
        settings = Settings(
            run_id="qualify",
            base_url="http://localhost/v2",
            project_id="0" * 32,
            profile=plan.profile,
            seed=plan.seed,
            strict=True,
            reports=folder,
            document_only=True,
        )
        contract = contract_of(settings)
        fan = _Fan(plan, contract, reasons, Path(folder), on_result, on_liberty)
        arguments = [
            *base_arguments(),
            "--profile",
            plan.profile,
            "-p",
            "no:terminal",
            "-s",
            "--reports",
            folder,
        ]
        code = pytest.main(arguments, plugins=[Handover(Prepared(settings, contract)), fan])
    if fan.broken is not None:
        raise fan.broken
    if not fan.records:
        raise VolcheckError(
            f"The suites could not be collected (pytest ended with {int(code)}): run `pytest --collect-only` on them."
        )
    defects = [fan.records[each.name] for each in plan.defects]
    control = fan.records[HONEST] if plan.control else _LEFT_OUT
    caught = {catch["requirement"] for each in defects for catch in each["catches"]}
    # What a should holds against a liberty shows as well that it looks.
    caught |= {catch["requirement"] for each in fan.liberties.values() for catch in each["warnings"]}
    return {
        "format": FORMAT,
        "version": __version__,
        "profile": plan.profile,
        "seed": plan.seed,
        "jobs": plan.jobs,
        "startup": round(fan.startup, 2),
        "duration": round(time.monotonic() - began, 1),
        "cpu": round(_processor_seconds() - used, 1),
        "control": control,
        "defects": defects,
        "silent": [
            {
                "requirement": name,
                "level": contract.requirements[name].level,
                "reason": reasons.requirements.get(name, ""),
            }
            for name in contract.requirements
            if name in fan.tested and name not in caught
        ],
        "liberties": [fan.liberties[names] for names in plan.liberties],
    }


_LEFT_OUT: DefectRecord = {
    "name": HONEST,
    "family": "",
    "description": "The honest endpoint.",
    "fate": "left out",
    "note": "",
    "reason": "",
    "duration": 0.0,
    "catches": [],
}


class _Fan:
    """A pytest plugin that runs the collected tests in a fork for each defect, in place of running them here."""

    def __init__(
        self,
        plan: Plan,
        contract: Contract,
        reasons: Reasons,
        folder: Path,
        on_result: Callable[[DefectRecord], None],
        on_liberty: Callable[[LibertyRecord], None],
    ) -> None:
        self.liberties: dict[tuple[str, ...], LibertyRecord] = {}
        self.records: dict[str, DefectRecord] = {}
        self.tested: set[str] = set()
        self.startup = 0.0
        self.broken: BaseException | None = None
        self._plan = plan
        self._contract = contract
        self._reasons = reasons
        self._folder = folder
        self._on_result = on_result
        self._on_liberty = on_liberty
        #: What could not be tested at the honest endpoint.
        self._never: frozenset[str] = frozenset()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Fork for each defect and take down what came of it."""
        if session.testsfailed:
            return True
        items = [item for item in session.items if item.get_closest_marker("needs_no_endpoint") is None]
        session.items[:] = items
        tests: dict[str, list[str]] = {}
        for item in items:
            tests.setdefault(requirement_of(item) or "", []).append(item.nodeid)
        self.tested = {name for name in tests if name} | CONTINUOUS
        self._contract.warm()
        for item in items:
            # pytest looks it up in the sources, and keeps it.
            _ = item.location
        # From the very start of the process, when this file was not loaded yet; to load is to compute.
        self.startup = time.process_time()
        # A single run does not wait for these: they are ready before it comes to them.
        if any(item.get_closest_marker("generated") for item in items):
            session_of(session.config).drawing.load()
        sequences.warm()
        known = {each.name: each for each in self._plan.defects}
        unheard: list[tuple[tuple[str, ...], Any]] = []
        try:
            for part, answer in in_processes(
                parts(self._plan, tests),
                functools.partial(self._one, session),
                jobs=self._plan.jobs,
                patience=self._plan.patience,
                follow=whole_run_after,
            ):
                if part.liberties:
                    unheard.append((part.liberties, answer))
                    self._hear(unheard)
                    continue
                if part.defect == HONEST and not isinstance(answer, Lost):
                    self._never = frozenset(answer["inconclusive"])
                record = self._record(part.defect, known.get(part.defect), answer)
                self.records[part.defect] = record
                self._on_result(record)
                self._hear(unheard)
        except (VolcheckError, KeyboardInterrupt) as error:
            self.broken = error
        return True

    def _one(self, session: pytest.Session, part: Part) -> dict[str, Any]:
        """One run, in a fork."""
        began = time.monotonic()
        reports = self._folder / ("+".join(part.liberties) or part.defect or "honest")
        reference = ForkedReference((part.defect,) if part.defect else (), part.liberties)
        wait = _WAIT if part.defect else _HONEST_WAIT
        try:
            volcheck = session_of(session.config)
            try:
                prepared = prepare(
                    self._options(session.config, reports, wait=wait),
                    embedded=reference,
                    contract=self._contract,
                )
            except EndpointError as refusal:
                return {
                    "fate": "refused",
                    "note": str(refusal),
                    "duration": time.monotonic() - began,
                    "catches": [],
                    "inconclusive": [],
                }
            return self._play(session, volcheck, prepared, part, began)
        finally:
            reference.close()

    def _play(
        self, session: pytest.Session, volcheck: Session, prepared: Prepared, part: Part, began: float
    ) -> dict[str, Any]:
        settings = attrs.evolve(prepared.settings, judging_only=True)
        run = volcheck.enter(attrs.evolve(prepared, settings=settings))
        offset = run.began - began
        items = [item for item in session.items if part.tests is None or item.nodeid in part.tests]

        def broken(requirement: str) -> None:
            if self._level(requirement) in part.enough:
                volcheck.end_early(_ENOUGH)

        run.on_broken = broken
        volcheck.start(items)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if any(self._level(requirement) in part.enough for requirement in list(run.first_seen)):
                break
        volcheck.stop(_ENOUGH["en"])
        failures = run.books.failures
        catches: list[Catch] = []
        for requirement, seconds in sorted(run.first_seen.items(), key=lambda pair: pair[1]):
            failure = failures[requirement][0]
            catch: Catch = {
                "requirement": requirement,
                "level": self._level(requirement),
                "seconds": round(seconds + offset, 2),
                "message": failure["message"],
            }
            if failure["test"]:
                catch["test"] = failure["test"]
            catches.append(catch)
        return {
            "fate": "caught" if catches else "survived",
            "note": next(iter(run.books.problems), ""),
            "duration": time.monotonic() - began,
            "catches": catches,
            "inconclusive": sorted(self._untested(volcheck, failures)),
        }

    def _untested(self, volcheck: Session, failures: Mapping[str, object]) -> set[str]:
        """The must requirements that some test could not show."""
        return {
            record["requirement"]
            for record in volcheck.records
            if record["outcome"] in ("inconclusive", "error")
            and record["requirement"] not in failures
            and self._level(record["requirement"]) == "must"
        }

    def _hear(self, unheard: list[tuple[tuple[str, ...], Any]]) -> None:
        """Take down what came of liberties, once it is known what the honest endpoint shows."""
        if HONEST not in self.records:
            return
        for names, answer in unheard:
            self.liberties[names] = self._liberty(names, answer)
            self._on_liberty(self.liberties[names])
        unheard.clear()

    def _liberty(self, names: tuple[str, ...], answer: Any) -> LibertyRecord:
        lost = isinstance(answer, Lost)
        known = load_liberties()
        catches: list[Catch] = [] if lost else answer["catches"]
        breaches = [catch for catch in catches if catch["level"] == "must"]
        untested = [] if lost else [name for name in answer["inconclusive"] if name not in self._never]
        fate: LibertyFate = "unseen" if len(untested) > FEW else "left alone"
        if breaches:
            fate = "called wrong"
        if lost or answer["fate"] == "refused":
            fate = "lost" if lost else "refused"
        return {
            "name": " + ".join(names),
            "liberties": list(names),
            "description": " ".join(known[each].description for each in names),
            "allowed_by": " ".join(known[each].allowed_by for each in names),
            "fate": fate,
            "note": answer.reason if lost else answer["note"],
            "duration": self._plan.patience if lost else round(answer["duration"], 2),
            "breaches": breaches,
            "warnings": [catch for catch in catches if catch["level"] != "must"],
            "inconclusive": untested,
        }

    def _level(self, requirement: str) -> str:
        return self._contract.requirements[requirement].level

    def _options(self, config: pytest.Config, reports: Path, *, wait: float) -> SimpleNamespace:
        """The plugin's own options, as they are where nothing is asked for, and what a qualification needs otherwise."""
        return SimpleNamespace(
            **{
                **vars(config.option),
                "strict_requirements": True,
                "seed": self._plan.seed,
                "wait_timeout": wait,
                "reports": str(reports),
            }
        )

    def _record(self, name: str, defect: Defect | None, answer: Any) -> DefectRecord:
        fate: Fate = "lost" if isinstance(answer, Lost) else answer["fate"]
        lost = isinstance(answer, Lost)
        return {
            "name": name,
            "family": defect.family if defect else "",
            "description": defect.description if defect else "The honest endpoint.",
            "fate": fate,
            "note": answer.reason if lost else answer["note"],
            "reason": self._reasons.defects.get(name, ""),
            "duration": self._plan.patience if lost else round(answer["duration"], 2),
            "catches": [] if lost else answer["catches"],
        }


def _processor_seconds() -> float:
    """What this process and all that it has waited for have used."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _memory() -> str | None:
    """A folder that lies in memory, where there is one: ledgers go to the disk before every request."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def cores() -> int:
    """The processors that this process may use."""
    # macOS does not tell which ones a process may use.
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
