"""What the plugin does at each stage of a pytest session: set up, select, run, judge, report."""

from __future__ import annotations

import functools
import inspect
import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from volcheck.checks import consistency
from volcheck.checks import exchange as checks
from volcheck.contract import Contract
from volcheck.errors import EndpointError, UsageError, VolcheckError
from volcheck.fixtures import expect as refusals
from volcheck.fixtures import properties
from volcheck.fixtures.context import CURRENT, Context, NotApplicable
from volcheck.fixtures.expect import Expect
from volcheck.fixtures.fixtures import Fixtures
from volcheck.fixtures.generation.provocations import Provocations
from volcheck.fixtures.generation.request import WITHOUT, Kind
from volcheck.fixtures.guide import Guide
from volcheck.fixtures.properties import Generated
from volcheck.fixtures.run import Run
from volcheck.fixtures.settings import Settings
from volcheck.gateway.breakdowns import Breakdowns
from volcheck.gateway.budget import Amount
from volcheck.gateway.errors import Blocked
from volcheck.observations.readings import records
from volcheck.report.text import one_line, visible
from volcheck.results.model import Result, TestRecord, Text
from volcheck.results.waivers import apply_waivers
from volcheck.runner import closing
from volcheck.runner.assemble import (
    EVERY_EXCHANGE,
    Collected,
    RunData,
    assemble,
)
from volcheck.runner.outcomes import judge, word
from volcheck.runner.prepare import Prepared, begin, broke_down, only_looking, refused
from volcheck.runner.scheduler import Job, Phase, Scheduler
from volcheck.runner.selection import elsewhere, in_profile, order, phase_of, requirement_of, selected
from volcheck.runner.setup import endpoint_of, open_run, recording_path
from volcheck.runner.signals import came, heard_from_keyboard, held, interrupt_on_signals, raise_again
from volcheck.runner.suites import only_documents

if TYPE_CHECKING:
    from volcheck.fixtures.generation.drawing import Drawing

#: Seconds for which requests that are under way when a run is stopped may go on.
_GRACE = 5.0
#: Requirements that no single test shows: they are held against every exchange of a run, or whenever
#: one of their kind comes up.
CONTINUOUS = frozenset(
    {*checks.REQUIREMENTS, *consistency.REQUIREMENTS, *refusals.REQUIREMENTS, *properties.REQUIREMENTS}
)


class Session:
    """The plugin's state: one run of the suites."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.result: Result | None = None
        self.records: list[TestRecord] = []
        self.data = RunData()
        self.problems: list[str] = []
        self.interrupted = False
        #: Why there is no result, where the run could not begin.
        self.refusal: VolcheckError | None = None
        self.written: list[Path] = []
        #: What broke down outside of the run's own work.
        self.breakdowns = Breakdowns(self._redact)
        self._prepared: Prepared | None = None
        self._run: Run | None = None
        self._fixtures: Fixtures | None = None
        self._left = False
        self._scheduler: Scheduler | None = None
        #: Which of --deadline and --max-failures ended the tests, and the timers that do so.
        self._ended: Text | None = None
        self._timers: list[threading.Timer] = []
        self._drawing: Drawing | None = None
        self._provocations: Provocations | None = None
        self._contexts: dict[str, Context] = {}
        self._selected: set[str] = set()
        self._expected: dict[str, str] = {}
        #: Tests that other shards play.
        self._elsewhere: set[str] = set()
        #: What belongs to the run, and an option of pytest's own took out; its requirements.
        self._taken_out: dict[str, str] = {}
        self._began = time.monotonic()
        self._started = datetime.now(UTC)

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
    def drawing(self) -> Drawing:
        """Draws the run's random requests."""
        if self._drawing is None:
            # Imported here: schemathesis takes longer to load than all the rest.
            from volcheck.fixtures.generation.drawing import Drawing

            settings = self.settings
            self._drawing = Drawing(self._contract(), settings.seed, settings.volume_size)
        return self._drawing

    @property
    def provocations(self) -> Provocations:
        """The provocations of the run's contract."""
        if self._provocations is None:
            self._provocations = Provocations(self._contract(), self.settings.volume_size)
        return self._provocations

    # -- start ----------------------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Find the endpoint fit to be tested, or end the session with one sentence."""
        interrupt_on_signals()
        try:
            if self.config.option.list_requirements:
                self._prepared = only_looking()
                return
            handed_over: Prepared | None = getattr(self.config, "volcheck_prepared", None)
            self._prepared = handed_over or begin(self.config.option, looking=only_documents(self.config))
            self.enter(self._prepared)
        except VolcheckError as error:
            self._say_unbegun(error)
            self._refuse(error)
        except Exception as error:  # noqa: BLE001 - one sentence, as for any other reason
            refusal = broke_down(error)
            self._say_unbegun(refusal)
            self._refuse(refusal)

    def _say_unbegun(self, error: VolcheckError) -> None:
        """Write reports that say why the run could not begin; a run that was handed over is reported by who prepared it."""
        if self._prepared is not None and self._prepared.folder is not None and not self._is_handed_over:
            refused(self._prepared.folder, self.config.option, error)

    @property
    def _is_handed_over(self) -> bool:
        return hasattr(self.config, "volcheck_prepared")

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
        self._fixtures = Fixtures(self._run)
        self._left = False
        return self._run

    # -- selection ------------------------------------------------------------------------------------------------

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of generated requests a test for each operation that has any."""
        if (marker := metafunc.definition.get_closest_marker("generated")) is not None:
            source, kind = marker.args
            chosen = [
                one for one in self._contract().operations.values() if self._generates(source, kind, one.id)
            ]
            looks = pytest.mark.only_looks
            cases = [
                pytest.param(
                    one.id, id=f"{one.method} {one.path}", marks=looks if one.method == "GET" else ()
                )
                for one in chosen
            ]
            metafunc.parametrize("operation", cases)

    def _generates(self, source: str, kind: Kind, operation: str) -> bool:
        """Whether there are requests of a kind for an operation."""
        if source == "drawn":
            return operation not in WITHOUT[kind]
        return bool(self.provocations.of_kind(kind, operation))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep what the profile and `--only` ask for; cheap and telling tests first."""
        contract = self._contract()
        patterns = config.option.only
        kept: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        for item in items:
            (kept if self._belongs(item) else dropped).append(item)
        others = elsewhere(kept, self.settings.shard)
        self._elsewhere = {item.nodeid for item in others}
        dropped += others
        kept = [item for item in kept if item.nodeid not in self._elsewhere]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        kept.sort(key=order)
        items[:] = kept
        self._expected = {item.nodeid: requirement_of(item) or "" for item in kept}
        self._selected = {r for item in kept if (r := requirement_of(item))}
        self._selected |= {r for r in CONTINUOUS if selected(r, patterns, contract)}
        if not self.settings.strict:
            self._selected.discard(checks.UNDOCUMENTED_FIELD)

    def _belongs(self, item: pytest.Item) -> bool:
        """Whether the profile, `--only` and `--shard` ask for a test."""
        wanted = selected(requirement_of(item), self.config.option.only, self._contract())
        return wanted and in_profile(item, self.settings.profile) and item.nodeid not in self._elsewhere

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Take down what was to be run and pytest's own options (`-k`, `-m`, `--deselect`, `--last-failed`) take out."""
        self._taken_out |= {item.nodeid: requirement_of(item) or "" for item in items if self._belongs(item)}

    def _contract(self) -> Contract:
        assert self._prepared is not None
        return self._prepared.contract

    # -- the tests ------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Start all tests; pytest then asks for their results one by one, in its own order."""
        if not (session.testsfailed or self.config.option.collectonly or self.settings.document_only):
            self.start(session.items)

    def start(self, items: Sequence[pytest.Item]) -> None:
        """Start tests, in threads.

        Each is set up as pytest does it, which gives it its arguments, and taken down at once: everything that the suites'
        fixtures give lives as long as the session. A test whose setup fails is left to pytest, which then says so.
        """
        jobs = []
        for number, item in enumerate(items):
            if not isinstance(item, pytest.Function) or item.get_closest_marker("needs_no_endpoint"):
                continue
            hook = item.config.hook
            try:
                hook.pytest_runtest_setup(item=item)
                names = inspect.signature(item.obj).parameters
                jobs.append(self._job(item, {name: item.funcargs[name] for name in names}))
            except (Blocked, NotApplicable, VolcheckError, pytest.skip.Exception):
                # In its turn pytest sets it up again, and says why it can't be played.
                continue
            finally:
                hook.pytest_runtest_teardown(item=item, nextitem=items[(number + 1) % len(items)])
        self._scheduler = Scheduler(self.run, self.fixtures.prepare, jobs)
        self._start_limits()
        self._scheduler.start()

    def _job(self, item: pytest.Function, arguments: dict[str, Any]) -> Job:
        size = self.settings.volume_size
        names = item.fixturenames
        marker = item.get_closest_marker("holds")
        holds = marker.kwargs if marker else {}
        phase = phase_of(item)
        volumes = holds.get("volumes", 1 if phase is Phase.BUSY else 0)
        snapshots = holds.get("snapshots", 1 if "snapshots" in names else 0)
        # Volumes are a little larger than the smallest here and there.
        gigabytes = (volumes + snapshots) * (size + 2) + holds.get("gigabytes", 0)
        shared = "shared" in names

        def call() -> None:
            if shared:
                # Some tests only need the shared resources to exist, and read nothing of the fixture.
                self.fixtures.shared.ready()
            item.obj(**arguments)

        return Job(self._context(item), call, phase, Amount(volumes, snapshots, gigabytes), shared)

    def _context(self, item: pytest.Item) -> Context:
        if item.nodeid not in self._contexts:
            self._contexts[item.nodeid] = Context(item.nodeid, requirement_of(item))
        return self._contexts[item.nodeid]

    def reach(self) -> None:
        """Count an expectation of the test at work that was reached."""
        context = CURRENT.get()
        assert context is not None, "expectations are reached by tests"
        context.reach()
        if context.requirement:
            self.run.reached(context.requirement)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Take the result of a test that was started; call the others here."""
        raise_again()
        if self._scheduler is not None and self._scheduler.knows(pyfuncitem.nodeid):
            self._scheduler.result(pyfuncitem.nodeid)
            return True
        CURRENT.set(self._context(pyfuncitem))
        return None

    def end_early(self, text: Text) -> None:
        """End all tests because of an option. text: which one, for the result. Does nothing once the run is cleaning up."""
        if self._ended is not None or self._left or self._scheduler is None:
            return
        self._ended = text
        gateway = self.run.gateway
        gateway.stop(text["en"])
        self._scheduler.halt(text["en"])
        self._timers.append(_timer(_GRACE, gateway.interrupt))

    def _start_limits(self) -> None:
        """Have the tests ended by --deadline and --max-failures."""
        minutes, enough = self.settings.deadline, self.settings.max_failures
        if enough is not None:
            many = "" if enough == 1 else "s"
            text: Text = {
                "en": f"the tests were ended after {enough} requirement{many} had failed (--max-failures).",
                "ko": f"요구 사항 {enough}개가 실패하여 시험을 일찍 끝냈습니다(--max-failures).",
            }
            self.run.waived = frozenset(
                waiver.requirement
                for waiver in (self._prepared.waivers if self._prepared else None) or ()
                if waiver.requirement is not None
            )
            self.run.on_enough = functools.partial(self.end_early, text)
        if minutes is not None:
            over: Text = {
                "en": f"the tests were ended at the deadline of {minutes:g} minutes (--deadline).",
                "ko": f"정해진 {minutes:g}분이 지나 시험을 끝냈습니다(--deadline).",
            }
            left = max(60 * minutes - (time.monotonic() - self._began), 0.0)
            self._timers.append(_timer(left, functools.partial(self.end_early, over)))

    def stop(self, reason: str) -> None:
        """Let every test end; what is under way may go on for a moment."""
        if self._scheduler is None or self._run is None:
            return
        gateway = self._run.gateway
        gateway.stop(reason)
        timer = _timer(_GRACE, gateway.interrupt)
        try:
            self._scheduler.stop(reason)
        finally:
            timer.cancel()
            gateway.resume()

    @property
    def fixtures(self) -> Fixtures:
        """What tests get of the run."""
        assert self._fixtures is not None, "the run is opened when the session starts"
        return self._fixtures

    def expect(self) -> Expect:
        """The expectations of the test at work."""
        return Expect(self.reach, self.run)

    def generated(self) -> Generated:
        """The requests that are generated from the contract. Raises NotApplicable where nothing may be changed."""
        self.run.must_write()
        return Generated(
            self.run,
            self.fixtures.shared,
            self.expect(),
            self.provocations,
            self.drawing,
            search=self.settings.profile == "deep",
        )

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
        context = self._context(item)
        outcome, reason = judge(self.run, context, call.excinfo.value if call.excinfo else None)
        record: TestRecord = {
            "id": item.nodeid,
            "requirement": context.requirement or "",
            "outcome": outcome,
            "reason": reason,
            "duration": round((context.ended or time.monotonic()) - context.began, 4),
            "exchanges": context.exchanges,
        }
        if outcome == "failed" or context.broken:
            record["first_failure"] = round((context.ended or time.monotonic()) - self.run.began, 3)
        report.volcheck = record  # type: ignore[attr-defined]
        if self.run.gateway.credentials.stopped is not None:
            item.session.shouldstop = "a token has ended"
        word(report, context, outcome, reason, self._counts)
        return report

    def _counts(self, requirement: str) -> bool:
        known = self._contract().requirements.get(requirement)
        return known is None or known.level == "must" or self.settings.strict

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the records of all tests."""
        record = getattr(report, "volcheck", None)
        if record is not None:
            self.records.append(record)

    def _redact(self, text: str) -> str:
        return (
            self._run.gateway.redactor.written(text) if self._run is not None else closing.redact_known(text)
        )

    # -- the end --------------------------------------------------------------------------------------------------

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        """Remember that the run did not come to its end."""
        self.interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Report an error inside pytest or a plugin as a breakdown; with --debug its traceback is shown too."""
        self.interrupted = True
        self.breakdowns.error(excinfo.value)
        closing.redact_traceback(excrepr, self._redact)
        return not self.config.pluginmanager.has_plugin("terminalreporter")

    @pytest.hookimpl(wrapper=True, specname="pytest_sessionfinish")
    def pytest_sessionfinish_whole(self) -> Any:
        """Hold signals back while the run ends: only Ctrl-C still interrupts, and only the cleaning up."""
        with held():
            self.interrupted = self.interrupted or came() is not None
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Clean up, make the result, write the reports and set the exit code."""
        if self._prepared is None or self.config.option.list_requirements:
            return
        if self._run is not None:
            self.data = self.leave()
        self.conclude(session)

    @property
    def _patience(self) -> float:
        """Seconds that cleaning up may take; few where the run has found that it waits for nothing."""
        patience = min(self.settings.wait_timeout, 120.0)
        if self.run.breaker.tripped or self.run.gateway.busy.lasting:
            return min(patience, max(patience / 5, 2.0))
        return patience

    def leave(self) -> RunData:
        """Close the run: remove what it created, and hand over what it has seen."""
        from volcheck.runner.ending import broke_down_in, outage_in

        run = self.run
        # What ends while it cleans up has stopped no test any more.
        ended, redact = run.gateway.credentials.stopped, run.gateway.redactor.written
        self._left = True
        for timer in self._timers:
            timer.cancel()
        broken = run.gateway.breakdowns
        outage: Text | None = None
        try:
            with broken.caught():
                self.stop("the run was ended before it")
            CURRENT.set(None)
            if not self.interrupted and not run.settings.document_only:
                with heard_from_keyboard(), broken.caught():
                    self.fixtures.probe()
            outage = outage_in(run)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            cleaned = closing.remove_all(
                run.gateway,
                run.settings.run_id,
                patience=self._patience,
                sweep=run.gateway.ledger.intended > 0,
            )
            with broken.caught():
                run.recorder.close()
            with broken.caught():
                run.gateway.close()
        # What the embedded endpoint lends is its own.
        alarms = [] if run.settings.embedded else run.gateway.guard.lent.alarms
        cleaned["problems"] = [*alarms, *cleaned["problems"]]
        run.books.problems[:0] = alarms
        return RunData(
            books=run.books,
            observer=run.observer,
            cleanup=cleaned,
            readings=run.readings.seen,
            exchanges=run.gateway.sent,
            first_failure=run.first_failure,
            ended=self._ended,
            outage=outage,
            stopped=None if ended is None else {"en": redact(str(ended)), "ko": redact(ended.korean)},
            breakdowns=broke_down_in(run),
        )

    def conclude(self, session: pytest.Session) -> None:
        """Make the result, write the reports, and set the exit code. Whatever breaks, there is a result that says so."""
        from volcheck.runner.ending import bare_result, report, said, with_breakdowns

        assert self._prepared is not None
        settings = self.settings
        self.interrupted = self.interrupted or closing.cut_short(self.data.cleanup)
        try:
            try:
                result = self._result()
            except Exception as error:  # noqa: BLE001 - whatever breaks, there is a result that says so
                self.breakdowns.error(error)
                result = bare_result(
                    settings,
                    said(self.breakdowns.all()[-1]),
                    redact=self._redact,
                    run_id=settings.run_id,
                    cleanup=self.data.cleanup,
                    exchanges=self.data.exchanges,
                )
            # What broke down since, too.
            result = with_breakdowns(result, [said(breakdown) for breakdown in self.breakdowns.all()])
            reports = Path(settings.reports)
            streams = [recording_path(reports)] if self._run is not None else []
            self.result, self.written = report(result, reports, streams, settings.language, self.breakdowns)
            session.exitstatus = self.result["verdict"]["exit_code"]
        finally:
            if self._prepared.embedded is not None:
                self._prepared.embedded.close()

    def _result(self) -> Result:
        """The result of what the tests have shown and the run has seen."""
        assert self._prepared is not None
        self._note_missing()
        guide = Guide(self._prepared.contract)
        tests: dict[str, list[str]] = {requirement: [EVERY_EXCHANGE] for requirement in CONTINUOUS}
        for record in self.records:
            tests.setdefault(record["requirement"], []).append(record["id"])
        result = assemble(
            Collected(
                settings=self.settings,
                contract=self._prepared.contract,
                tests=self.records,
                data=self.data,
                continuous=CONTINUOUS,
                selected=frozenset(self._selected),
                started=self._started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                finished=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                duration=time.monotonic() - self._began,
                interrupted=self.interrupted,
                deselected=len(self._taken_out),
                problems=self.problems,
                errata=records(guide.errata, self._prepared.contract.edition.id, self.data.readings),
                trace=guide.trace_rows(tests),
            )
        )
        if self._prepared.waivers is not None:
            result = apply_waivers(self._prepared.waivers, result, datetime.now(UTC).date())
        return result

    def pytest_unconfigure(self) -> None:
        """Release the reports' folder; close a run that was interrupted so early that the session's end did not close it."""
        if self._run is not None and not self._left:
            with held():
                self.leave()
        if self._prepared is not None and self._prepared.folder is not None:
            if self.result is None and self.refusal is None:
                self._say_unbegun(EndpointError("it was interrupted before its first test."))
            self._prepared.folder.release()

    def _note_missing(self) -> None:
        """Tests that were to be run and gave no outcome are inconclusive, so that none is passed over."""
        seen = {record["id"] for record in self.records}
        reason = "the run was ended before it" if self.interrupted else "pytest ended before it"
        if (stopped := self.data.stopped) is not None:
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
                    }
                )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Plain pytest: say the verdict and where the reports are."""
        if self.result is not None:
            terminalreporter.write_sep("=", "volcheck")
            terminalreporter.write_line(visible(self.result["verdict"]["sentence"]["en"]))
            terminalreporter.write_line(f"reports in {self.settings.reports}/")


def _timer(seconds: float, act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


def session_of(config: pytest.Config) -> Session:
    """The session that the plugin registered."""
    found: Session | None = config.pluginmanager.get_plugin("volcheck-session")
    if found is None:
        raise UsageError("The suites' fixtures work only in a run of the suites: name a path in suites/.")
    return found
