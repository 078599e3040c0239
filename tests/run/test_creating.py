"""Whether a volume was certainly still creating when something was done with it."""

import time

import pytest

from volcheck.contract import load_contract
from volcheck.gateway.errors import Blocked
from volcheck.run.closing import remove_all
from volcheck.run.embedded import Embedded
from volcheck.run.settings import Settings
from volcheck.run.setup import endpoint_of, open_run


@pytest.fixture
def opened(tmp_path, request):
    """Open a run at a reference endpoint with these options."""
    embedded = Embedded(request.param)
    facts = embedded.facts
    settings = Settings(
        run_id="test", base_url=facts["endpoint"], project_id=facts["project_id"], reports=str(tmp_path)
    )
    run = open_run(settings, endpoint_of(settings, {"OS_TOKEN": facts["token"]}), load_contract())
    yield run
    remove_all(run.gateway, "test", patience=5, sweep=False)
    run.recorder.close()
    run.gateway.close()
    embedded.close()


def attempt(run, pause):
    """What deleting a new volume after so many seconds is answered."""

    def act(volume_id):
        time.sleep(pause)
        return run.api.delete_volume(volume_id)

    return run.resources("volume").while_creating(act)[1]


@pytest.mark.parametrize("opened", [["--volume-delay", "0.05"]], indirect=True)
def test_one_that_was_there_before_it_was_deleted_proves_nothing(opened):
    with pytest.raises(Blocked, match="made too fast"):
        attempt(opened, 0.07)


@pytest.mark.parametrize("opened", [["--volume-delay", "0.05"]], indirect=True)
def test_endpoints_that_were_slow_before_prove_nothing(opened):
    # Whatever was seen until now took its time.
    opened.observer.duration("volume becomes available", 10.0)
    with pytest.raises(Blocked, match="made too fast"):
        attempt(opened, 0.07)


@pytest.mark.parametrize("opened", [["--volume-delay", "0.5"]], indirect=True)
def test_a_quick_deletion_is_refused(opened):
    assert attempt(opened, 0.0).status == 400


@pytest.mark.parametrize(
    "opened", [["--volume-delay", "0.5", "--defect", "delete-creating-accepted"]], indirect=True
)
def test_a_quick_deletion_that_is_accepted_is_proved(opened):
    assert attempt(opened, 0.0).status == 202
