"""Every creation of a real run carries its tag, and what is made shows what the run wrote."""

import json
import subprocess
import sys

import pytest

from volcheck.gateway.tag import tag_of, written_by


@pytest.fixture(scope="module")
def creations(tmp_path_factory):
    """The kind, the fields and what was answered, for each request of a default run to make something."""
    folder = tmp_path_factory.mktemp("reports")
    subprocess.run(
        [sys.executable, "-m", "volcheck", "run", "--reports", str(folder)], check=True, capture_output=True
    )
    found = []
    for entry in json.loads((folder / "traffic.har").read_bytes())["log"]["entries"]:
        request, response = entry["request"], entry["response"]
        sent, got = read(request.get("postData", {}).get("text")), read(response["content"].get("text"))
        if request["method"] == "POST" and isinstance(sent, dict):
            for kind in ("volume", "snapshot"):
                if isinstance(sent.get(kind), dict):
                    found.append((kind, sent[kind], response["status"], got.get(kind)))
    run_id = json.loads((folder / "result.json").read_bytes())["run"]["id"]
    return run_id, found


def read(text):
    try:
        return json.loads(text or "{}")
    except ValueError:
        return None


def test_every_request_to_make_something_carries_the_tag(creations):
    run_id, found = creations
    assert len(found) > 300
    assert [fields for _, fields, _, _ in found if f"volcheck-{run_id}-" not in json.dumps(fields)] == []


def test_what_was_made_is_what_the_run_wrote(creations):
    run_id, found = creations
    made = [(kind, fields, shown) for kind, fields, status, shown in found if 200 <= status < 300]
    assert len(made) > 150
    for kind, fields, shown in made:
        assert written_by(kind, fields) == run_id, fields
        assert written_by(kind, shown) == run_id, shown
        assert tag_of(shown) == run_id, shown
