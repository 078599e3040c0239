"""What the plugin does at each stage of a pytest session: set up, select, run, judge, report."""

from __future__ import annotations

import inspect
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import attrs
import pytest

from volcheck import checks
from volcheck.contract import Contract
from volcheck.errors import UsageError, VolcheckError
from volcheck.gateway import leftovers
from volcheck.gateway.budget import Amount
from volcheck.generation.beside import Beside
from volcheck.generation.request import WITHOUT, Brief, Source
from volcheck.outcomes import judge, word
from volcheck.prepare import Prepared, only_looking, prepare
from volcheck.report.text import one_line, visible
from volcheck.results.model import Result, TestRecord
from volcheck.results.waivers import apply_waivers
from volcheck.run import closing, oracle
from volcheck.run.assemble import EVERY_EXCHANGE, Collected, WorkerPart, assemble, stopped_by
from volcheck.run.context import CURRENT, Context
from volcheck.run.demand import Demand
from volcheck.run.generated import Generated
from volcheck.run.guide import Guide
from volcheck.run.readings import records
from volcheck.run.resources import Standing
from volcheck.run.settings import Settings
from volcheck.run.setup import contract_of, endpoint_of, gateway_of, open_run
from volcheck.run.signals import came, heard_from_keyboard, held, interrupt_on_signals
from volcheck.run.stage import Part, Stage
from volcheck.run.state import Run, ledger_path
from volcheck.selection import group_of, in_profile, order, plain_id, requirement_of, selected, waits
from volcheck.suites import only_documents

#: Seconds for which the waiting tests are held back so that the first looks at what stands come early.
_SHORT = 1.0
#: Requirements that no single test shows: they are held against every exchange of a run.
CONTINUOUS = frozenset({*checks.REQUIREMENTS, *oracle.REQUIREMENTS})
#: The names of what tests get from a session; the plugin has a fixture for each, pytest brings the last.
ARGUMENTS = frozenset(
    {"api", "demand", "volumes", "snapshots", "lists", "standing", "offer", "guide", "sequences", "generated"}
    | {"session", "pytestconfig"}
)


class Session:
    """The plugin's state in one process: main, or a worker of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.result: Result | None = None
        self.records: list[TestRecord] = []
        self.parts: list[WorkerPart] = []
        self.problems: list[str] = []
        self.interrupted = False
        #: Why there is no result, or no report of it.
        self.refusal: VolcheckError | None = None
        self.written: list[Path] = []
        #: The id of the test that pytest is at.
        self.at_work = ""
        self._prepared: Prepared | None = None
        self._run: Run | None = None
        self._left = False
        self._stage: Stage | None = None
        self._requests: Source | None = None
        self._stands: Standing | None = None
        self._collected: pytest.Session | None = None
        self._contexts: dict[str, Context] = {}
        self._selected: set[str] = set()
        self._expected: dict[str, str] = {}
        #: What belongs to the run, and an option of pytest's own took out; its requirements.
        self._taken_out: dict[str, str] = {}
        self._began = time.monotonic()
        self._started = datetime.now(UTC)

    @property
    def is_worker(self) -> bool:
        """Whether this process is a worker of pytest-xdist."""
        return hasattr(self.config, "workerinput")

    @property
    def is_controller(self) -> bool:
        """Whether this process hands its tests to workers."""
        return not self.is_worker and bool(getattr(self.config.option, "numprocesses", None))

    @property
    def run(self) -> Run:
        """The run of this process."""
        assert self._run is not None, "the run is opened when the session starts"
        return self._run

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        assert self._prepared is not None, "settings are known when the session has started"
        return self._prepared.settings

    @property
    def requests(self) -> Source:
        """Where the run's generated requests are from."""
        if self._requests is None:
            self._requests = self._begin_requests()
        return self._requests

    def _begin_requests(self) -> Source:
        if self._prepared is not None and self._prepared.requests is not None:
            return self._prepared.requests
        settings = self.settings
        deep = settings.profile == "deep"
        brief = Brief(settings.seed, settings.volume_size, settings.openapi, random=deep)
        if not deep:
            return Beside(brief)
        # Imported here: schemathesis takes longer to load than all the rest, and only this profile needs it here.
        from volcheck.generation.maker import Maker

        return Maker(brief)

    # -- start ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Find the endpoint fit to be tested, or end the session with one sentence."""
        interrupt_on_signals()
        self._collected = session
        try:
            if self.is_worker:
                given: dict[str, Any] = self.config.workerinput  # type: ignore[attr-defined]
                settings = Settings.from_plain(given["volcheck"], given["workerid"])
                self._prepared = Prepared(settings, contract_of(settings))
            elif self.config.option.list_requirements:
                self._prepared = only_looking()
            else:
                handed_over: Prepared | None = getattr(self.config, "volcheck_prepared", None)
                self._prepared = handed_over or (
                    only_looking(self.config.option)
                    if only_documents(self.config)
                    else prepare(self.config.option)
                )
            if not self.is_controller and not self.config.option.list_requirements:
                self.enter(self._prepared)
        except VolcheckError as error:
            self._refuse(error)

    def _refuse(self, error: VolcheckError) -> NoReturn:
        """End pytest with the sentence of an error."""
        self.refusal = error
        pytest.exit(one_line(str(error), 2000), returncode=error.exit_code)

    def enter(self, prepared: Prepared) -> Run:
        """Open the run of this process on an endpoint that was found fit to be tested."""
        self._prepared = prepared
        settings = prepared.settings
        # Looking at the document alone sends nothing, and needs no credentials.
        environ = {"OS_TOKEN": "unused"} if settings.document_only else os.environ
        endpoint = endpoint_of(settings, environ)
        self._run = open_run(settings, endpoint, prepared.contract)
        self._left = False
        self._stage = Stage(self._run)
        self._stands = None
        return self._run

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker what it needs to know. Secrets travel in the environment it inherits."""
        node.workerinput["volcheck"] = self.settings.to_plain()

    # -- selection ------------------------------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of generated requests a test for each operation that has any."""
        if (marker := metafunc.definition.get_closest_marker("generated")) is not None:
            left_out = WITHOUT[marker.args[0]]
            chosen = [one for one in self._contract().operations.values() if one.id not in left_out]
            labels = [f"{one.method} {one.path}" for one in chosen]
            metafunc.parametrize("operation", [one.id for one in chosen], ids=labels)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep what the profile and `--only` ask for; cheap and telling tests first."""
        contract = self._contract()
        patterns = config.option.only
        kept: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        for item in items:
            (kept if self._belongs(item) else dropped).append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        kept.sort(key=order)
        items[:] = kept
        if any(item.get_closest_marker("generated") for item in kept) and not (
            self.settings.read_only or self.settings.profile == "deep"
        ):
            # Made meanwhile.
            _ = self.requests
        self._expected = {plain_id(item.nodeid): requirement_of(item) or "" for item in kept}
        self._selected = {r for item in kept if (r := requirement_of(item))}
        self._selected |= {r for r in CONTINUOUS if selected(r, patterns, contract)}
        if not self.settings.strict:
            self._selected.discard(checks.UNDOCUMENTED_FIELD)

    def _belongs(self, item: pytest.Item) -> bool:
        """Whether the profile and `--only` ask for a test."""
        wanted = selected(requirement_of(item), self.config.option.only, self._contract())
        return wanted and in_profile(item, self.settings.profile)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Take down what was to be run and pytest's own options (`-k`, `-m`, `--deselect`, `--last-failed`) take out."""
        self._taken_out |= {
            plain_id(item.nodeid): requirement_of(item) or "" for item in items if self._belongs(item)
        }

    @pytest.hookimpl(tryfirst=True, specname="pytest_collection_modifyitems")
    def pytest_collection_modifyitems_of_worker(self, items: list[pytest.Item]) -> None:
        """Group the tests that wait, before pytest-xdist reads the groups: each worker plays one group side by side."""
        if self.is_worker:
            waiting = [item for item in items if waits(item) and in_profile(item, self.settings.profile)]
            for number, item in enumerate(waiting):
                item.add_marker(pytest.mark.xdist_group(f"waiting-{number % self.settings.workers}"))

    def _contract(self) -> Contract:
        assert self._prepared is not None
        return self._prepared.contract

    # -- one test -------------------------------------------------------------------------------------------------

    def demand(self, nodeid: str) -> Demand:
        """The demands of a test."""
        context = self._context(nodeid)
        return Demand(lambda: self.reach(context))

    def reach(self, context: Context | None = None) -> None:
        """Count a demand that was reached, of that test or of the one at work."""
        context = context or CURRENT.get()
        assert context is not None, "demands are reached by tests"
        context.reach()
        if context.requirement:
            self.run.reached(context.requirement)

    def _context(self, nodeid: str) -> Context:
        if self._stage is not None and self._stage.started(plain_id(nodeid)):
            return self._stage.context(plain_id(nodeid))
        return self._contexts[nodeid]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Open the test's context; a waiting test has one since the stage started it."""
        context = Context(plain_id(item.nodeid), requirement_of(item))
        self._contexts[item.nodeid] = context
        self.at_work = item.nodeid
        if not waits(item):
            CURRENT.set(context)
        if isinstance(item, pytest.Function):
            self._fill(item)

    def _fill(self, item: pytest.Function) -> None:
        """Give a test what it asks for, ahead of pytest: its way to a fixture takes a millisecond a test, a twentieth of a
        run. What is not ours is left to it."""
        waiting = waits(item)
        given = item.callspec.params if hasattr(item, "callspec") else {}
        for name in item.fixturenames:
            if name in given:
                item.funcargs[name] = given[name]
            elif name in ARGUMENTS:
                # A waiting test looks them up when it starts, so that what can't be given is its outcome.
                item.funcargs[name] = None if waiting else self.argument(name, item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a waiting test: start all of its group when the first is reached, then take its result."""
        if not waits(pyfuncitem):
            return None
        assert self._stage is not None
        if not self._stage.started(plain_id(pyfuncitem.nodeid)):
            self._start_waiting(group_of(pyfuncitem))
        self._stage.result(plain_id(pyfuncitem.nodeid))
        return True

    def _start_waiting(self, group: object) -> None:
        assert self._stage is not None
        assert self._collected is not None
        items = self._collected.items
        tests = [item for item in items if isinstance(item, pytest.Function) and waits(item)]
        if any("standing" in getattr(item, "fixturenames", ()) for item in items):
            self.run.complete(self.run.standing.begin())
        self._stage.start([self._part(item) for item in tests if group_of(item) == group])

    def standing(self) -> Standing:
        """What stands through the run, ready. Where that takes long the waiting tests are started meanwhile."""
        run = self.run
        if self._stands is not None:
            return self._stands
        run.complete(run.standing.begin())
        if not run.complete(run.standing.stands_within(_SHORT)) and not self.is_worker:
            self._start_waiting(None)
        ready: Standing = run.complete(run.standing.ready())
        self._stands = ready
        return ready

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Close the context of a test that did not wait; the stage closes the others."""
        if not waits(item):
            self.run.close(self._contexts[item.nodeid])
            CURRENT.set(None)
            if self._stage is not None:
                self._stage.breathe()

    def _part(self, item: pytest.Function) -> Part:
        context = Context(plain_id(item.nodeid), requirement_of(item))
        base = self.settings.volume_size
        marker = item.get_closest_marker("holds")
        volumes = marker.kwargs.get("volumes", 1) if marker else 1
        gigabytes = marker.kwargs.get("gigabytes", 0) if marker else 0
        # A volume a little larger than the smallest, and a snapshot of it.
        amount = Amount(volumes, volumes * 2 * (base + 1) + gigabytes)

        async def play() -> None:
            # Looked up here, so that what a fixture can't give is the test's outcome.
            names = inspect.signature(item.obj).parameters
            given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
            # It waits itself until everything stands.
            given["standing"] = self.run.standing
            await item.obj(
                **{name: given[name] if name in given else self.argument(name, item.nodeid) for name in names}
            )

        return Part(context, play, amount)

    def argument(self, name: str, nodeid: str) -> Any:
        """What a test gets for a parameter of this name. Raises LookupError for a name that is not in `ARGUMENTS`."""
        run = self.run
        match name:
            case "api":
                return run.api
            case "demand":
                return self.demand(nodeid)
            case "volumes" | "snapshots":
                run.must_write()
                return run.resources("volume" if name == "volumes" else "snapshot")
            case "lists":
                return run.lists
            case "standing":
                return self.standing()
            case "offer":
                return run.offer
            case "guide":
                return run.guide
            case "sequences":
                from volcheck.run.sequences import Sequences

                run.must_write()
                return Sequences(run)
            case "generated":
                run.must_write()
                return Generated(run, Demand(self.reach), self.requests)
            case "session":
                return self
            case "pytestconfig":
                return self.config
            case _:
                raise LookupError(f"{nodeid} asks for {name!r}, which a waiting test can't have")

    # -- judging --------------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Turn what happened into an outcome of the requirement, and into pytest's own words."""
        report: pytest.TestReport = yield
        final = call.when == "call" or (call.when == "setup" and call.excinfo is not None)
        if not final:
            if call.when == "teardown" and call.excinfo is not None:
                sentence = self.run.gateway.redactor.written(f"teardown failed: {call.excinfo.value!r}")[:500]
                self.run.books.problems.append(f"{item.nodeid}: {sentence}")
                report.longrepr = sentence
            return report
        context = self._context(item.nodeid)
        outcome, reason = judge(self.run, context, call.excinfo.value if call.excinfo else None)
        record: TestRecord = {
            "id": plain_id(item.nodeid),
            "requirement": context.requirement or "",
            "outcome": outcome,
            "reason": reason,
            "duration": round((context.ended or time.monotonic()) - context.began, 4),
            "exchanges": context.exchanges,
            "worker": self.settings.worker,
        }
        if outcome == "failed" or context.broken:
            record["first_failure"] = round(time.monotonic() - self.run.began, 3)
        report.volcheck = record  # type: ignore[attr-defined]
        if self.run.gateway.credentials.stopped is not None and self._collected is not None:
            self._collected.shouldstop = "a token has ended"
        word(report, context, outcome, reason, self._counts)
        return report

    def _counts(self, requirement: str) -> bool:
        known = self._contract().requirements.get(requirement)
        return known is None or known.level == "must" or self.settings.strict

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the records of all tests, those of workers too."""
        record = getattr(report, "volcheck", None)
        if record is not None and not self.is_worker:
            self.records.append(record)

    # -- the end --------------------------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Remember that the run did not come to its end."""
        self.interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Make a breakdown of pytest or of a plugin a line of the report; with --debug its traceback is shown too."""
        self.interrupted = True
        redact = self._run.gateway.redactor.written if self._run is not None else closing.redact_known
        self.problems.append(
            redact(f"the run broke down: {type(excinfo.value).__name__}: {excinfo.value}")[:500]
            + " (an error of volcheck: please report it)"
        )
        closing.redact_traceback(excrepr, redact)
        return not self.config.pluginmanager.has_plugin("terminalreporter")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker hands in; a lost one hands in nothing, and what it made is removed at once."""
        plain = getattr(node, "workeroutput", {}).get("volcheck")
        if plain is not None:
            self._take_over(plain)
        else:
            self._lost(node.gateway.id)

    def _take_over(self, plain: Mapping[str, Any]) -> None:
        self.parts.append(WorkerPart(**plain["part"]))
        self._selected |= set(plain["selected"])
        self._expected.update(plain["expected"])
        self._taken_out.update(plain["taken_out"])

    def _lost(self, worker: str) -> None:
        """A worker ended without a word. Others may be started in its place, so its part of the budget is freed."""
        self.interrupted = True
        self.problems.append(f"worker {worker} was lost: what it had seen is missing from the result")
        self.parts.append(closing.part_of_lost(worker))
        if not self.settings.read_only and not closing.cut_short(self.parts):
            mine = [record for record in self._records() if record.worker == worker]
            self._clear(mine, self.parts[-1:], sweep=False)

    @pytest.hookimpl(wrapper=True, specname="pytest_sessionfinish")
    def pytest_sessionfinish_whole(self) -> Any:
        """Whatever comes now finds the run ending already: only Ctrl-C, while it cleans up, makes it leave that undone."""
        with held():
            self.interrupted = self.interrupted or came() is not None
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Clean up; in the main process make the result, write the reports and set the exit code."""
        if self._prepared is None or self.config.option.list_requirements:
            return
        if self._run is not None:
            self.parts.append(self.leave())
        if self.is_worker:
            plain = {
                "part": attrs.asdict(self.parts[0], recurse=False),
                "selected": sorted(self._selected),
                "expected": self._expected,
                "taken_out": self._taken_out,
            }
            self.config.workeroutput["volcheck"] = plain  # type: ignore[attr-defined]
            if self.interrupted:
                # The controller, interrupted as well, listens no more.
                closing.put_part(Path(self.settings.reports), self.settings, plain)
        elif self.is_controller:
            if self.interrupted:
                closing.stop_workers(self._records, patience=self._patience + 10)
        else:
            self.conclude(session)

    @pytest.hookimpl(trylast=True, specname="pytest_sessionfinish")
    def pytest_sessionfinish_of_controller(self, session: pytest.Session) -> None:
        """Make the result of what the workers handed in. pytest takes only names that begin as its own."""
        if self._prepared is None or not self.is_controller:
            return
        have = {part.worker for part in self.parts}
        for worker, plain in closing.take_parts(Path(self.settings.reports), self.settings):
            if worker not in have:
                self._take_over(plain)
                have.add(worker)
        for record in self._records():
            if record.worker not in have:
                self._lost(record.worker)
        nothing_made = self.settings.read_only or self.settings.document_only
        if not nothing_made and not closing.cut_short(self.parts):
            self._clear(self._records(), self.parts, sweep=True)
        self.conclude(session)

    def _records(self) -> list[leftovers.Record]:
        """The ledgers of this run that are still there."""
        folder = ledger_path(Path(self.settings.reports), self.settings.run_id, "").parent
        return [record for record in leftovers.read_records(folder) if record.run_id == self.settings.run_id]

    def _clear(
        self, records: Sequence[leftovers.Record], parts: Sequence[WorkerPart], *, sweep: bool
    ) -> None:
        """In the controller: remove what workers left behind, by their ledgers and by the run's tag."""
        gateway = gateway_of(self.settings, endpoint_of(self.settings, os.environ), self._contract())
        cleaned = closing.clear_after_workers(gateway, self.settings, records, self._patience, sweep=sweep)
        closing.book(parts, cleaned)

    @property
    def _patience(self) -> float:
        """Seconds that cleaning up may take."""
        return min(self.settings.wait_timeout, 120.0)

    def leave(self) -> WorkerPart:
        """Close the run of this process: remove what it made, and hand over what it has seen."""
        run = self.run
        assert self._stage is not None
        # What ends while it cleans up has stopped no test any more.
        ended, redact = run.gateway.credentials.stopped, run.gateway.redactor.written
        self._left = True
        try:
            self._stage.stop()
            CURRENT.set(None)
            if not self.interrupted and not run.settings.document_only:
                with heard_from_keyboard():
                    run.probe()
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            cleaned = closing.remove_all(
                run.gateway,
                run.settings.run_id,
                patience=self._patience,
                # To a worker, what the others are at work with would look like something left behind.
                sweep=not self.is_worker and run.gateway.ledger.intended > 0,
            )
            run.recorder.close()
            run.gateway.close()
        alarms = run.gateway.guard.lent.alarms
        cleaned["problems"] = [*alarms, *cleaned["problems"]]
        return WorkerPart(
            worker=run.settings.worker,
            reached=dict(run.books.reached),
            failures=run.books.failures,
            observer=run.observer.to_plain(),
            transitions=run.books.transitions,
            problems=[*alarms, *run.books.problems],
            cleanup=cleaned,
            readings=run.readings.to_plain(),
            exchanges=run.gateway.sent,
            first_failure=run.first_failure,
            stopped=None if ended is None else {"en": redact(str(ended)), "ko": redact(ended.korean)},
        )

    def conclude(self, session: pytest.Session) -> None:
        """Make the result, write the reports, and set the exit code."""
        from volcheck.report.har import read_exchanges
        from volcheck.report.write import write_reports

        assert self._prepared is not None
        settings = self.settings
        self.interrupted = self.interrupted or closing.cut_short(self.parts)
        self._note_missing()
        guide = Guide(self._prepared.contract)
        tests: dict[str, list[str]] = {requirement: [EVERY_EXCHANGE] for requirement in CONTINUOUS}
        for record in self.records:
            tests.setdefault(record["requirement"], []).append(record["id"])
        try:
            self.result = assemble(
                Collected(
                    settings=settings,
                    contract=self._prepared.contract,
                    tests=self.records,
                    parts=self.parts,
                    continuous=CONTINUOUS,
                    selected=frozenset(self._selected),
                    started=self._started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    finished=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    duration=time.monotonic() - self._began,
                    interrupted=self.interrupted,
                    deselected=len(self._taken_out),
                    problems=self.problems,
                    errata=records(guide.errata, [part.readings for part in self.parts]),
                    trace=guide.trace_rows(tests),
                )
            )
            if self._prepared.waivers is not None:
                today = datetime.now(UTC).date()
                self.result = apply_waivers(self._prepared.waivers, self.result, today)
            reports = Path(settings.reports)
            streams = [reports / ".exchanges" / f"{part.worker}.jsonl" for part in self.parts]
            self.written = write_reports(self.result, reports, read_exchanges(streams), settings.language)
            session.exitstatus = self.result["verdict"]["exit_code"]
            for stream in streams:
                stream.unlink(missing_ok=True)
        except VolcheckError as error:
            self._refuse(error)
        finally:
            if self._prepared.embedded is not None:
                self._prepared.embedded.close()

    def pytest_unconfigure(self) -> None:
        """Let go of what a run holds beyond its end; one that was interrupted as it began has not been left yet."""
        if self._run is not None and not self._left:
            with held():
                self.leave()
        if self._requests is not None:
            self._requests.close()

    def _note_missing(self) -> None:
        """Tests that were to be run and gave no outcome are inconclusive, so that none is passed over."""
        seen = {record["id"] for record in self.records}
        reason = "the run was ended before it" if self.interrupted else "pytest ended before it"
        if stopped := stopped_by(self.parts):
            reason = f"the run stopped before it: {stopped['en']}"
        left_out = "an option of pytest (such as -k, -m or --deselect) took it out of the run"
        for test, requirement in (self._expected | self._taken_out).items():
            if test not in seen:
                self.records.append(
                    {
                        "id": test,
                        "requirement": requirement,
                        "outcome": "inconclusive",
                        "reason": left_out if test in self._taken_out else reason,
                        "duration": 0.0,
                        "exchanges": 0,
                        "worker": "main",
                    }
                )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Plain pytest: say the verdict and where the reports are."""
        if self.result is not None:
            terminalreporter.write_sep("=", "volcheck")
            terminalreporter.write_line(visible(self.result["verdict"]["sentence"]["en"]))
            terminalreporter.write_line(f"reports in {self.settings.reports}/")


def session_of(config: pytest.Config) -> Session:
    """The session that the plugin registered."""
    found: Session | None = config.pluginmanager.get_plugin("volcheck-session")
    if found is None:
        raise UsageError("The suites' fixtures work only in a run of the suites: name a path in suites/.")
    return found
