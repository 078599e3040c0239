"""What was seen of other resources tells whether one is certainly still creating."""

import time

import pytest

from volcheck.contract import load_contract
from volcheck.gateway.errors import Blocked
from volcheck.gateway.waiting import Pace
from volcheck.run.closing import remove_all
from volcheck.run.embedded import Embedded
from volcheck.run.settings import Settings
from volcheck.run.setup import endpoint_of, open_run


@pytest.fixture
def opened(tmp_path):
    """Open a run at a reference endpoint where a volume takes a twentieth of a second."""
    embedded = Embedded(["--volume-delay", "0.05"])
    facts = embedded.facts
    settings = Settings(
        run_id="test", base_url=facts["endpoint"], project_id=facts["project_id"], reports=str(tmp_path)
    )
    run = open_run(settings, endpoint_of(settings, {"OS_TOKEN": facts["token"]}), load_contract())
    yield run
    remove_all(run.gateway, "test", patience=5, sweep=False)
    run.recorder.close()
    run.gateway.close()
    run.loop.close()
    embedded.close()


def slowly(run, pause):
    """Deletes a volume after so many seconds."""

    def act(volume_id):
        time.sleep(pause)
        return run.api.delete_volume(volume_id)

    return act


def test_what_is_seen_late_does_not_pass_for_slow(opened):
    # Looks come every quarter of a second, so that every volume seems to take that long.
    opened.pace = Pace(first=1.0, timeout=10)
    volumes = opened.resources("volume")
    with pytest.raises(Blocked, match="made too fast"):
        opened.complete(volumes.while_creating(slowly(opened, 0.07)))


def test_a_quick_request_meets_one_that_is_creating(opened):
    volumes = opened.resources("volume")
    _, attempt = opened.complete(volumes.while_creating(slowly(opened, 0.0)))
    assert attempt.status == 400
