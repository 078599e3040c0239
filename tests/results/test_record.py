"""Recording stands in the way of nothing: what the disk does not take ends it, and is said."""

import json
import resource
import signal

import pytest

from volcheck.errors import UsageError
from volcheck.gateway.exchange import Exchange, Request, Response
from volcheck.report.har import read_exchanges
from volcheck.results.record import Recorder


def exchange(number, body="{}"):
    return Exchange(
        number=number,
        operation="listVolumes",
        request=Request("GET", "http://h/v2/p/volumes", "/p/volumes", (), {"Accept": "a"}, None),
        response=Response(200, "OK", {"content-type": "application/json"}, body),
        error=None,
        elapsed=0.1,
        started=float(number),
    )


@pytest.fixture
def no_more_than():
    """Sets how many bytes a file may have from now on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda number: resource.setrlimit(resource.RLIMIT_FSIZE, (number, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


def test_every_exchange_is_there_when_the_recording_is_closed(tmp_path):
    recorder = Recorder(tmp_path / "deep" / "x.jsonl")
    for number in range(3):
        recorder(exchange(number, "\ud800 볼륨"))
    recorder.close()
    assert [record["number"] for record in read_exchanges([recorder.path])] == [0, 1, 2]
    assert (recorder.stopped, recorder.count) == (None, 3)


def test_a_disk_that_fills_up_ends_the_recording_and_nothing_else(tmp_path, no_more_than):
    recorder = Recorder(tmp_path / "x.jsonl")
    no_more_than(20_000)
    for number in range(200):
        recorder(exchange(number, "x" * 1000))
    assert recorder.stopped == "File too large"
    no_more_than(10_000_000)
    stopped_at = recorder.count
    recorder(exchange(999))
    recorder.close()
    # What was written is whole up to there, and nothing follows the gap.
    numbers = [record["number"] for record in read_exchanges([recorder.path])]
    assert numbers == list(range(len(numbers)))
    assert 0 < len(numbers) <= stopped_at + 1 < 200


def test_what_fails_only_when_it_is_closed_is_said_too(tmp_path, no_more_than):
    recorder = Recorder(tmp_path / "x.jsonl")
    no_more_than(100)
    recorder(exchange(1))
    assert recorder.stopped is None
    recorder.close()
    assert recorder.stopped == "File too large"


def test_a_recording_is_for_its_owner_alone_and_follows_no_link(tmp_path):
    path = tmp_path / "deep" / "x.jsonl"
    Recorder(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    mine = tmp_path / "mine"
    mine.write_text("mine")
    path.unlink()
    path.symlink_to(mine)
    with pytest.raises(UsageError, match="symbolic links"):
        Recorder(path)
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("blocker", ["a file", "a folder"])
def test_a_recording_that_cant_be_begun_is_one_sentence(tmp_path, blocker):
    path = tmp_path / "reports" / "x.jsonl"
    if blocker == "a file":
        path.parent.write_text("")
    else:
        path.mkdir(parents=True)
    with pytest.raises(UsageError, match=r"can't be recorded there .*--reports"):
        Recorder(path)


def test_the_lines_are_json_that_every_reader_takes(tmp_path):
    recorder = Recorder(tmp_path / "x.jsonl")
    recorder(exchange(7, "\udfff"))
    recorder.close()
    (line,) = recorder.path.read_text("ascii").splitlines()
    assert json.loads(line)["response"]["body"] == "\udfff"
