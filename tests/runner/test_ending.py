"""The reports of a run are written whatever breaks, as far as they can be, and say what broke."""

import errno
import json
import os
from types import SimpleNamespace
from xml.etree import ElementTree

import click
import pytest
from tests.report import builders

from volcheck.cli.run import run
from volcheck.errors import BrokeDown, EndpointError, UsageError
from volcheck.gateway.breakdowns import Breakdowns
from volcheck.report.write import write_reports
from volcheck.results.files import read_result
from volcheck.results.folder import REPORTS, take
from volcheck.results.merge import merge_results
from volcheck.runner.ending import outage_in, report, report_unbegun, with_breakdowns
from volcheck.runner.prepare import begin, broke_down

FULL = {"en": "The disk is full.", "ko": "디스크가 가득 찼습니다."}
ERROR = {"en": "volcheck itself broke down.", "ko": "volcheck 자체가 오류로 멈췄습니다."}


def line(number):
    return json.dumps({**builders.exchange(number), "test": None}) + "\n"


@pytest.fixture
def stream(tmp_path):
    path = tmp_path / "stream.jsonl"
    path.write_text(line(1) + line(2))
    return path


def ended(result, folder, *streams):
    breakdowns = Breakdowns()
    told, written = report(result, folder, streams, "en", breakdowns)
    return told, [path.name for path in written], breakdowns


# -- what broke down makes the run inconclusive -------------------------------------------------------------------


def test_what_broke_down_makes_a_conformant_run_inconclusive():
    told = with_breakdowns(builders.conformant(), [FULL])
    assert (told["verdict"]["name"], told["verdict"]["exit_code"]) == ("inconclusive", 3)
    assert told["verdict"]["sentence"]["en"].startswith("Inconclusive: The disk is full.")
    assert told["verdict"]["sentence"]["ko"].startswith("판정 불가: 디스크가 가득 찼습니다.")
    assert "more of the kind" not in told["verdict"]["sentence"]["en"]
    assert told["problems"][-1] == "The disk is full."
    assert told["run"]["breakdowns"] == [FULL]


def test_a_failure_that_was_seen_stays_one():
    told = with_breakdowns(builders.failing(), [FULL])
    assert (told["verdict"]["name"], told["verdict"]["exit_code"]) == ("not conformant", 1)
    assert "The disk is full." in told["problems"]


def test_several_are_counted_and_each_is_among_the_problems():
    told = with_breakdowns(with_breakdowns(builders.conformant(), [FULL]), [FULL, ERROR])
    assert told["run"]["breakdowns"] == [FULL, ERROR]
    assert "And 1 more of the kind" in told["verdict"]["sentence"]["en"]
    assert "1개 더" in told["verdict"]["sentence"]["ko"]
    assert [text for text in told["problems"] if text in (FULL["en"], ERROR["en"])] == [
        FULL["en"],
        ERROR["en"],
    ]


def test_nothing_new_changes_nothing():
    result = builders.conformant()
    assert with_breakdowns(result, []) is result
    told = with_breakdowns(result, [FULL])
    assert with_breakdowns(told, [FULL]) is told
    assert "breakdowns" not in result["run"]


def test_merged_results_keep_what_broke_down_in_any_part():
    stopped = {"en": "the token has ended", "ko": "토큰이 끝났습니다"}
    left, right = builders.conformant(), with_breakdowns(builders.conformant(), [FULL])
    right["run"]["stopped"] = stopped
    for parts in ([left, right], [right, left]):
        merged = merge_results(parts)
        assert merged["run"]["breakdowns"] == [FULL]
        assert merged["run"]["stopped"] == stopped
        assert merged["verdict"]["exit_code"] == 3
    assert "breakdowns" not in merge_results([left, builders.conformant()])["run"]
    assert "stopped" not in merge_results([left, builders.conformant()])["run"]


# -- writing ------------------------------------------------------------------------------------------------------


def test_all_well_writes_all_and_removes_the_recordings(tmp_path, stream):
    result = builders.conformant()
    told, names, breakdowns = ended(result, tmp_path, stream)
    assert told is result
    assert names == ["result.json", "report.html", "junit.xml", "summary.md", "traffic.har"]
    assert not stream.exists()
    assert breakdowns.all() == []


@pytest.mark.parametrize("name", ["report.html", "junit.xml", "summary.md", "traffic.har"])
def test_a_report_that_cant_be_written_is_told_of_in_the_others(tmp_path, stream, name):
    (tmp_path / name / "x").mkdir(parents=True)
    told, names, _ = ended(builders.conformant(), tmp_path, stream)
    assert sorted(names) == sorted(
        {"result.json", "report.html", "junit.xml", "summary.md", "traffic.har"} - {name}
    )
    result = read_result(tmp_path)
    assert result == json.loads(json.dumps(told))
    assert result["verdict"]["exit_code"] == 3
    assert f"The report {name} could not be written" in result["verdict"]["sentence"]["en"]
    assert f"보고서 {name}" in result["verdict"]["sentence"]["ko"]
    if name != "junit.xml":
        root = ElementTree.parse(tmp_path / "junit.xml").getroot()
        assert root.get("errors") == "1"
        assert name in root.find(".//error").get("message")
    if name != "summary.md":
        assert "could not be written" in (tmp_path / "summary.md").read_text()


def test_without_a_result_the_run_is_inconclusive_all_the_same(tmp_path, stream):
    (tmp_path / "result.json").mkdir()
    told, names, _ = ended(builders.conformant(), tmp_path, stream)
    assert told["verdict"]["exit_code"] == 3
    assert "result.json" not in names
    assert not stream.exists()


def test_a_recording_that_cant_be_read_costs_the_traffic_and_nothing_else(tmp_path, stream):
    told, names, _ = ended(builders.conformant(), tmp_path / "out", stream, tmp_path / "no-such.jsonl")
    assert names == ["result.json", "report.html", "junit.xml", "summary.md"]
    assert "can't be read" in told["verdict"]["sentence"]["en"]
    assert not stream.exists()


@pytest.mark.parametrize(
    ("number", "gives_way"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EACCES, False)]
)
def test_on_a_full_disk_the_traffic_gives_way_to_the_reports(
    tmp_path, stream, monkeypatch, number, gives_way
):
    attempts = []

    def write(result, folder, exchanges, language, *, failed):
        attempts.append((stream.exists(), (folder / "traffic.har").exists()))
        if len(attempts) == 1:
            (folder / "traffic.har").write_text("{}")
            error = UsageError("can't be written")
            error.__cause__ = OSError(number, "no")
            failed(folder / "result.json", error)
            return [folder / "traffic.har"]
        return [folder / "result.json"]

    monkeypatch.setattr("volcheck.runner.ending.write_reports", write)
    _, names, _ = ended(builders.conformant(), tmp_path, stream)
    assert attempts == [(True, False), (False, not gives_way)]
    assert names == (["result.json"] if gives_way else ["result.json", "traffic.har"])


def test_a_recording_that_cant_be_removed_is_said(tmp_path):
    (tmp_path / "folder.jsonl" / "x").mkdir(parents=True)
    told, _, _ = ended(builders.conformant(), tmp_path, tmp_path / "folder.jsonl")
    assert any("could not be removed" in problem for problem in told["problems"])


def test_a_recording_that_breaks_off_gives_what_it_has(tmp_path, stream):
    stream.write_text(line(1) + line(2)[:50])
    told, _, _ = ended(builders.conformant(), tmp_path, stream)
    assert told["verdict"]["exit_code"] == 0
    assert len(json.loads((tmp_path / "traffic.har").read_bytes())["log"]["entries"]) == 1


def test_an_error_of_ours_in_a_report_is_told_of_as_one(tmp_path, stream):
    stream.write_text('{"started": 1}\n')
    told, names, _ = ended(builders.conformant(), tmp_path, stream)
    assert "traffic.har" not in names
    assert "volcheck itself broke down (KeyError in har.py:" in told["verdict"]["sentence"]["en"]
    assert read_result(tmp_path) == json.loads(json.dumps(told))


# -- a run that could not begin -----------------------------------------------------------------------------------


def options(folder, **more):
    plain = {
        "reports": str(folder),
        "language": "en",
        "endpoint": None,
        "only": ["a.b"],
        "numprocesses": None,
    }
    return SimpleNamespace(**plain | more)


@pytest.mark.parametrize(("error", "code"), [(UsageError, 2), (EndpointError, 3), (BrokeDown, 3)])
def test_a_run_that_could_not_begin_says_so_in_every_report(tmp_path, error, code):
    given = options(
        tmp_path, endpoint="https://me:secret@h/v2", project_id="p", seed=7, strict_requirements=True
    )
    report_unbegun(tmp_path, given, error("the token word is wrong"), lambda text: text.replace("word", "…"))
    result = read_result(tmp_path)
    assert result["verdict"]["name"] == "inconclusive"
    assert result["verdict"]["exit_code"] == code
    assert (
        result["verdict"]["sentence"]["en"] == "Inconclusive: the run could not begin: the token … is wrong"
    )
    assert (
        result["verdict"]["sentence"]["ko"] == "판정 불가: 실행을 시작하지 못했습니다: the token … is wrong"
    )
    assert result["endpoint"]["url"] == "https://h/v2"
    assert (result["run"]["seed"], result["run"]["strict"], result["run"]["selection"]) == (7, True, ["a.b"])
    assert result["run"]["concurrency"] == 8
    assert result["contract"]["sha256"] != "0" * 64
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("1", "1", "0")
    assert root.find(".//error").get("message") == "the run could not begin: the token … is wrong"
    for name in ("report.html", "summary.md"):
        assert "could not begin" in (tmp_path / name).read_text()
    assert not (tmp_path / "traffic.har").exists()


def test_where_reports_cant_be_written_either_nothing_more_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    report_unbegun(tmp_path / "file", options(tmp_path), EndpointError("x"), str)


def test_a_run_that_cant_begin_leaves_its_folder_free_and_nothing_old_in_it(tmp_path):
    (tmp_path / "traffic.har").write_text("last week's")
    given = options(tmp_path, volume_size=0)
    with pytest.raises(UsageError, match="--volume-size"):
        begin(given)
    assert "--volume-size" in read_result(tmp_path)["verdict"]["sentence"]["en"]
    assert not (tmp_path / "traffic.har").exists()
    take(tmp_path).release()


def test_an_error_of_ours_before_the_run_is_one_sentence_and_no_traceback(tmp_path):
    # An options object without what a preparation asks for is such an error.
    with pytest.raises(BrokeDown, match=r"AttributeError in prepare\.py:\d+.*please report it"):
        begin(options(tmp_path))
    assert read_result(tmp_path)["verdict"]["exit_code"] == 3
    take(tmp_path).release()


def test_an_error_of_ours_carries_no_secret_of_the_environment(monkeypatch):
    monkeypatch.setitem(os.environ, "OS_TOKEN", "gAAAA-a-secret-of-somebody")
    assert "gAAAA" not in str(broke_down(ValueError("sent gAAAA-a-secret-of-somebody")))


def test_a_second_run_in_the_folder_is_refused_and_writes_nothing(tmp_path):
    folder = take(tmp_path)
    (tmp_path / "result.json").write_text("of the first")
    with pytest.raises(UsageError, match="another run"):
        begin(options(tmp_path))
    assert (tmp_path / "result.json").read_text() == "of the first"
    folder.release()


# -- outages ------------------------------------------------------------------------------------------------------


def a_run(*, quiet=False, busy=False, tripped=False):
    gateway = SimpleNamespace(went_quiet=quiet, busy=SimpleNamespace(ever_lasted=busy))
    return SimpleNamespace(gateway=gateway, breaker=SimpleNamespace(ever_tripped=tripped))


@pytest.mark.parametrize(
    ("happened", "says", "korean"),
    [
        ({"quiet": True, "busy": True, "tripped": True}, "stopped answering", "응답을 멈췄습니다"),
        ({"busy": True, "tripped": True}, "is busy for longer", "오래 바쁘다고"),
        ({"tripped": True}, "failed at one kind of work again and again", "잇따라 실패하여"),
    ],
)
def test_an_outage_is_told_of_by_its_gravest_part(happened, says, korean):
    told = outage_in(a_run(**happened))
    assert says in told["en"]
    assert korean in told["ko"]


def test_where_all_was_answered_there_is_no_outage():
    assert outage_in(a_run()) is None


def test_an_outage_of_one_part_is_one_of_the_merged_result():
    parts = [builders.conformant(), builders.conformant()]
    parts[1]["run"]["outage"] = FULL
    assert merge_results(parts)["run"]["outage"] == FULL


# -- ended before it had begun ------------------------------------------------------------------------------------


@pytest.fixture
def old(tmp_path):
    """A folder with the reports of an earlier run, which was conformant."""
    folder = tmp_path / "reports"
    write_reports(builders.conformant(), folder)
    return folder


def start(folder, *words):
    run.main(["--reports", str(folder), *words], standalone_mode=False)


def test_a_run_that_is_interrupted_while_it_loads_leaves_no_old_result(old, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("volcheck.cli.run.Embedded", interrupt)
    with pytest.raises(click.Abort):
        start(old)
    result = read_result(old)
    assert result["verdict"]["exit_code"] == 3
    assert "it was interrupted before its first test" in result["verdict"]["sentence"]["en"]
    assert "Conformant" not in (old / "summary.md").read_text()
    take(old).release()


def test_a_run_whose_options_are_wrong_leaves_no_old_result(old, monkeypatch):
    def refuse(*arguments):
        raise UsageError("name an endpoint")

    monkeypatch.setattr("volcheck.cli.run.way_of", refuse)
    with pytest.raises(UsageError, match="name an endpoint"):
        start(old)
    assert read_result(old)["verdict"]["exit_code"] == 2
    take(old).release()


def test_the_folder_is_taken_before_anything_else(old, monkeypatch):
    seen = []

    def look(*arguments):
        seen.extend(name for name in REPORTS if (old / name).exists())
        raise UsageError("enough")

    monkeypatch.setattr("volcheck.cli.run.way_of", look)
    with pytest.raises(UsageError, match="enough"):
        start(old)
    assert seen == []


@pytest.mark.parametrize("words", [(), ("--cloud", "a", "--cloud", "b")])
def test_reports_need_a_folder(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="--reports names no folder"):
        start("", *words)
    with pytest.raises(UsageError, match="--reports names no folder"):
        begin(SimpleNamespace(reports=""))
    assert list(tmp_path.iterdir()) == []
