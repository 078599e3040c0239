"""A finding is cut to a size for people when secrets are out of it, never before."""

import pytest
from tests.gateway import scripted

from volcheck.gateway.redaction import Redactor
from volcheck.run.record import Recorder
from volcheck.run.settings import Settings
from volcheck.run.state import Run

PASSWORD = "pass-Word/of:16-and-more"


@pytest.fixture
def run(tmp_path):
    settings = Settings(run_id=scripted.RUN, base_url=scripted.BASE, project_id=scripted.PROJECT)
    redactor = Redactor([scripted.SECRET, PASSWORD])
    door = scripted.gateway(scripted.Scripted(), redactor=redactor)
    recorder = Recorder(tmp_path / "x.jsonl")
    yield Run(settings, scripted.contract(), door, recorder)
    recorder.close()


@pytest.mark.parametrize("before", range(0, 420, 11))
def test_a_finding_is_cut_when_secrets_are_out_of_it(run, before):
    text = "." * before + PASSWORD + "." * (420 - before)
    run.violate("show.same", text * 6, expected=text, got=text, exchange=None)
    (failure,) = run.books.failures["show.same"]
    for name, most in (("message", 2000), ("expected", 400), ("got", 400)):
        said = failure[name]
        assert len(said) <= most
        assert set(said) <= set(". …[redacted]"), said
