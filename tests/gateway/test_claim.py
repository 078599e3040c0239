"""What somebody has changed, moved or uses is no leftover any more."""

import pytest
from tests.gateway.scripted import OTHER_PROJECT, PROJECT, RUN, SEALED, A

from volcheck.gateway.claim import objection
from volcheck.gateway.tag import tagged

#: Every status of a volume in Cinder in which somebody is at work with it.
USED = [
    "in-use",
    "attaching",
    "detaching",
    "reserved",
    "backing-up",
    "restoring-backup",
    "uploading",
    "downloading",
    "retyping",
    "extending",
    "awaiting-transfer",
    "maintenance",
]


def reason(kind="volume", run_id=RUN, **more):
    return objection(kind, {"id": A, "name": SEALED, **more}, run_id=run_id, project=PROJECT)


@pytest.mark.parametrize("status", ["available", "creating", "deleting", "error", "error_deleting", None, 5])
def test_what_a_run_left_is_taken_whatever_became_of_it(status):
    assert reason(status=status, attachments=[]) is None


@pytest.mark.parametrize("shown", [PROJECT, None, ""])
def test_its_own_project_may_be_shown_or_not(shown):
    assert reason(**{"os-vol-tenant-attr:tenant_id": shown}) is None


def test_a_note_makes_it_somebody_elses():
    assert reason(description="keep this, Bob").startswith("it is not as the run wrote it")


def test_what_another_run_wrote_is_not_this_runs():
    assert reason(run_id="261126141726ebd8").startswith("it is not as the run wrote it")


def test_another_project_is_named():
    field = {"os-vol-tenant-attr:tenant_id": OTHER_PROJECT}
    assert reason(**field) == f"it says that it belongs to project {OTHER_PROJECT}"


def test_a_snapshot_shows_its_project_in_a_field_of_its_own():
    item = tagged("snapshot", {"volume_id": A}, f"volcheck-{RUN}")
    field = "os-extended-snapshot-attributes:project_id"
    arguments = {"run_id": RUN, "project": PROJECT}
    assert objection("snapshot", {**item, field: PROJECT}, **arguments) is None
    assert objection("snapshot", {**item, field: OTHER_PROJECT}, **arguments) == (
        f"it says that it belongs to project {OTHER_PROJECT}"
    )


@pytest.mark.parametrize("status", USED)
def test_what_is_in_use_stays(status):
    assert reason(status=status) == f"somebody uses it (its status is {status})"


def test_what_is_attached_stays_whatever_its_status():
    assert reason(status=["available"], attachments=[]) is None
    assert reason(status="available", attachments=[{"id": A}]) == "somebody uses it (its status is available)"
