"""`volcheck clean` takes what runs have left, and nothing that merely looks like it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from canaries import OTHER, PROJECT, TOKEN
from lab import endpoint, environment, made, start, until, volcheck

from volcheck.gateway.tag import SLOT, tagged


def run_id(hours_ago=48.0, ending="ab12"):
    return (datetime.now(UTC) - timedelta(hours=hours_ago)).strftime("%y%m%d%H%M%S") + ending


@pytest.fixture
def lab():
    with endpoint("--foreign", "8", "--seed", "5", "--quota-volumes", "100") as running:
        yield running


@pytest.fixture
def reports(tmp_path):
    return tmp_path / "reports"


def send(lab, method, path, body=None, *, token=TOKEN):
    """Send a request as somebody with the project's token."""
    request = urllib.request.Request(
        lab.facts["endpoint"] + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"X-Auth-Token": token, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


def make(lab, kind, fields, project=PROJECT, token=TOKEN):
    """Make one and wait until it can be used; answers its id."""
    path = f"/{project}/{kind}s"
    resource_id = send(lab, "POST", path, {kind: fields}, token=token)[kind]["id"]
    while send(lab, "GET", f"{path}/{resource_id}", token=token)[kind]["status"] == "creating":
        pass
    return resource_id


def ledger(lab, reports, run, *events, **first):
    """A ledger as a run that was killed leaves it."""
    folder = reports / ".ledger"
    folder.mkdir(parents=True, exist_ok=True)
    opening = {"event": "run", "run": run, "endpoint": lab.facts["endpoint"], "project": PROJECT, "pid": 1}
    path = folder / f"{run}-main.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in ({**opening, **first}, *events)))
    return path


def made_event(resource_id, kind="volume", **more):
    """The line of a ledger that tells of something."""
    return {"event": "made", "kind": kind, "id": resource_id, "name": "", "size": 1, **more}


def cleaned(lab, tmp_path, *options, **variables):
    done = volcheck(
        "clean", *lab.options, "--reports", tmp_path / "reports", *options, cwd=tmp_path, **variables
    )
    assert "Traceback" not in done.stdout
    return done


def forms(run, volume):
    """One creation of every form in which a run makes things, as kind and fields."""
    size = {"size": 1}
    wishes = [
        ("volume", size),
        ("volume", {**size, "description": "Super volume."}),
        ("volume", {**size, "name": "n" * 255}),
        ("volume", {**size, "name": f"volcheck-{run}-refused"}),
        ("volume", {**size, "name": f"볼륨-가 volcheck-{run}", "metadata": {"number": "1"}}),
        ("volume", {**size, "name": "💾", "description": "💾"}),
        ("volume", {**size, "name": None, "description": ""}),
        ("volume", {**size, "name": "", "metadata": {"purpose": "값"}}),
        ("volume", {**size, "metadata": {"k" * 255: "v", "empty": ""}}),
        ("volume", {**size, "name": "a", "description": "b", "metadata": {"c": "d", "volcheck": SLOT}}),
        ("volume", {**size, "source_volid": volume}),
        ("volume", {**size, "source_volid": volume, "name": "clone"}),
        ("snapshot", {"volume_id": volume}),
        ("snapshot", {"volume_id": volume, "name": "second"}),
        ("snapshot", {"volume_id": volume, "name": "n" * 255, "description": f"{'d' * 200} {SLOT}"}),
        ("snapshot", {"volume_id": volume, "name": None, "description": SLOT}),
    ]
    return [(kind, tagged(kind, fields, f"volcheck-{run}")) for kind, fields in wishes]


def lookalikes(run, volume):
    """What other people have that resembles what a run makes."""
    own = tagged("volume", {"size": 1}, f"volcheck-{run}")
    tag = own["name"]
    elsewhere = tagged("volume", {"size": 1}, "volcheck-262526141726ebd7")["name"]
    future = tagged("volume", {"size": 1}, f"volcheck-{run_id(-24)}")["name"]
    bare = f"volcheck-{run}"
    return {
        "the run's id alone": {"name": bare},
        "the run's id and a word": {"name": f"{bare}-backup"},
        "the run's id and KEEP": {"name": f"{bare} KEEP"},
        "a word and the run's id": {"name": f"mine {bare}"},
        "the tag and KEEP": {"name": f"{tag} KEEP"},
        "copy of the tag": {"name": f"copy of {tag}"},
        "the tag's seal cut off": {"name": tag[:-1]},
        "the tag's seal made longer": {"name": f"{tag}0"},
        "another seal": {"name": f"{bare}-00000000"},
        "a note in the description": {**own, "description": "keep this, Bob"},
        "a note in the metadata": {**own, "metadata": {"owner": "bob"}},
        "an empty note in the metadata": {**own, "metadata": {"keep": ""}},
        "a description that begins with the tag": {"name": "db", "description": f"{tag} was here"},
        "a description that is the tag of a name": {"name": "db", "description": tag},
        "a description that is the run's id": {"name": "db", "description": bare},
        "metadata that mention the tag": {"name": "db", "metadata": {"note": tag}},
        "metadata of the tool's name": {"name": "db", "metadata": {"volcheck": bare}},
        "metadata with the tag of a name": {"name": "db", "metadata": {"volcheck": tag}},
        "a name and the same in the metadata": {**own, "metadata": {"volcheck": tag}},
        "a clone under the same name": {**own, "source_volid": volume},
        "a month that is none": {"name": elsewhere},
        "a run of tomorrow": {"name": future},
        "capitals": {"name": tag.upper()},
        "the tool's name": {"name": "volcheck"},
        "the tool's name and a word": {"name": "volcheck-backup"},
        "the place of a tag": {"name": SLOT},
        "no name at all": {},
    }


def everything_by(lab, kinds=("volumes", "snapshots")):
    return {i["id"]: i for kind in kinds for i in send(lab, "GET", f"/{PROJECT}/{kind}/detail")[kind]}


def remove(lab, ids):
    there = everything_by(lab, ("snapshots",)).keys()
    for kind, mine in (
        ("snapshots", [i for i in ids if i in there]),
        ("volumes", [i for i in ids if i not in there]),
    ):
        for resource_id in mine:
            send(lab, "DELETE", f"/{PROJECT}/{kind}/{resource_id}")
        while everything_by(lab, (kind,)).keys() & set(mine):
            pass


@pytest.mark.parametrize("how", ["ledger", "--run", "--older-than"])
def test_every_form_of_a_leftover_goes_and_none_of_its_lookalikes(lab, tmp_path, reports, how):
    run = run_id()
    volume = make(lab, "volume", {"size": 1, "name": "source"})
    foreign = [volume]
    foreign += [make(lab, "volume", {"size": 1, **fields}) for fields in lookalikes(run, volume).values()]
    before = lab.state()
    wishes = forms(run, volume)
    made = [make(lab, kind, fields) for kind, fields in wishes]
    events = [made_event(each, kind) for each, (kind, _) in zip(made, wishes, strict=True)]
    options = {"ledger": (), "--run": ("--run", run), "--older-than": ("--older-than", "24")}[how]
    path = ledger(lab, reports, run, *events) if how == "ledger" else None
    dry = cleaned(lab, tmp_path, "--dry-run", *options)
    assert dry.returncode == 1, dry.stdout
    assert all(re.search(f"would remove (volume|snapshot) {each}", dry.stdout) for each in made), dry.stdout
    assert dry.stdout.count("would remove") == len(made)
    assert lab.state().keys() == before.keys() | set(made)
    clean = cleaned(lab, tmp_path, *options)
    assert clean.returncode == 0, clean.stdout
    assert lab.state() == before, clean.stdout
    assert path is None or not path.exists()
    remove(lab, foreign)


def test_what_no_ledger_knows_of_is_listed_and_stays(lab, tmp_path):
    run, young = run_id(), run_id(1)
    made = [make(lab, "volume", tagged("volume", {"size": 1}, f"volcheck-{each}")) for each in (run, young)]
    before = lab.state()
    for options in ((), ("--older-than", "72"), ("--run", run_id(7, "ffff"))):
        clean = cleaned(lab, tmp_path, *options)
        assert lab.state() == before, clean.stdout
        if options[:1] != ("--run",):
            assert clean.returncode == 1
            assert all(f"left alone: volume {each}" in clean.stdout for each in made)
            assert all(f"volcheck clean --run {each}" in clean.stdout for each in (run, young))
    clean = cleaned(lab, tmp_path, "--older-than", "24")
    assert clean.returncode == 1
    assert lab.state().keys() == before.keys() - {made[0]}
    assert cleaned(lab, tmp_path, "--run", f"volcheck-{young}").returncode == 0
    assert lab.state().keys() == before.keys() - set(made)


def test_what_a_ledger_knows_and_somebody_has_made_his_own_stays(lab, tmp_path, reports):
    run = run_id()
    fields = tagged("volume", {"size": 1}, f"volcheck-{run}")
    kept = make(lab, "volume", {**fields, "description": "keep this, Bob"})
    gone = make(lab, "volume", fields)
    volume = make(lab, "volume", fields)
    snapshot = make(lab, "snapshot", {"volume_id": volume, "name": "nightly"})
    events = [
        {"event": "made", "number": n, "kind": "volume", "id": each, "name": fields["name"], "size": 1}
        for n, each in enumerate((kept, gone, volume), start=1)
    ]
    path = ledger(lab, reports, run, *events)
    before = lab.state()
    clean = cleaned(lab, tmp_path)
    assert clean.returncode == 1
    assert f"left alone: volume {kept} '{fields['name']}': it is not as the run wrote it" in clean.stdout
    assert (
        f"left alone: volume {volume} '{fields['name']}': somebody has taken a snapshot of it" in clean.stdout
    )
    assert {k: v for k, v in before.items() if k != gone} == lab.state()
    assert path.exists()
    remove(lab, [snapshot, volume, kept])
    assert cleaned(lab, tmp_path).returncode == 0
    assert not path.exists()


GARBAGE = [
    b'{"event": "made", "number": 1, "kind": "volume", "id": "\\ud800", "name": "\\ud800", "size": 1}\n',
    b'{"event": "made", "number": 1, "kind": "volume", "id": "../../..", "name": "x", "size": 1}\n',
    b'{"event": "accepted", "number": 1, "id": "\\udfff"}\n{"event": "intend", "number": 2, "kind": "volume"}\n'
    b'{"event": "accepted", "number": 2, "id": "\\udfff", "name": "\\u202e", "status": "\\u001b[2J"}\n',
]


@pytest.mark.parametrize("lines", GARBAGE)
def test_what_a_ledger_tells_of_and_can_not_be_named_is_told(lab, tmp_path, reports, lines):
    path = ledger(lab, reports, run_id())
    with path.open("ab") as file:
        file.write(lines)
    before = lab.state()
    clean = cleaned(lab, tmp_path)
    assert clean.returncode == 1
    assert "left alone: volume" in clean.stdout
    assert not re.search("[\ud800-\udfff\u202e\x1b]", clean.stdout)
    assert lab.state() == before
    assert path.exists()


NONSENSE = {
    "zeros": b"\0" * 4096 + b"\n",
    "no JSON": b"volume\n{\n[1,\n",
    "other JSON": b'5\n"x"\nnull\n[{}]\n{"event": 5}\n{"event": "made"}\n',
    "wrong types": b'{"event": "made", "kind": "volume", "id": 7}\n{"event": "gone", "id": []}\n'
    b'{"event": "made", "kind": ["volume"], "id": "x"}\n{"event": "accepted", "number": {}}\n'
    b'{"event": "run", "run": 5, "endpoint": [1], "project": {}, "pid": "x"}\n',
    "deep": b"[" * 60_000 + b"\n",
    "long line": b'{"event": "' + b"x" * 3_000_000 + b'"}\n',
    "large numbers": b'{"event": "made", "number": ' + b"9" * 5000 + b', "kind": "volume", "id": "x"}\n',
    "no UTF-8": b'{"event": "made", "kind": "volume", "id": "\xff\xfe"}\n',
}


@pytest.mark.parametrize("lines", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_in_a_ledger_hides_nothing_and_breaks_nothing(lab, tmp_path, reports, lines):
    run = run_id()
    before = lab.state()
    fields = tagged("volume", {"size": 1}, f"volcheck-{run}")
    known, unknown = make(lab, "volume", fields), make(lab, "volume", fields)
    path = ledger(lab, reports, run, made_event(known))
    whole = path.read_bytes()
    path.write_bytes(lines + whole)
    clean = cleaned(lab, tmp_path)
    assert clean.returncode == 1, clean.stdout
    assert "can't be read" in clean.stdout
    assert f"left alone: volume {unknown}" in clean.stdout
    assert lab.state().keys() == before.keys() | {unknown}
    assert cleaned(lab, tmp_path, "--run", run).returncode == 0
    assert lab.state() == before
    assert not path.exists()


def test_a_huge_ledger_takes_neither_the_memory_nor_the_day(lab, tmp_path, reports):
    run = run_id()
    before = lab.state()
    known = make(lab, "volume", tagged("volume", {"size": 1}, f"volcheck-{run}"))
    with ledger(lab, reports, run, made_event(known)).open("ab") as file:
        file.truncate(8 * 1024**3)
    limited = ["bash", "-c", 'ulimit -v 1500000; exec "$@"', "bash", *lab_command(lab, reports)]
    clean = subprocess.run(
        limited, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=200
    )
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert lab.state() == before


def lab_command(lab, reports):
    return [sys.executable, "-m", "volcheck", "clean", *lab.options, "--reports", str(reports)]


def test_no_link_is_followed(lab, tmp_path, reports):
    run, other = run_id(), run_id(50)
    real = ledger(lab, tmp_path / "elsewhere", run)
    folder = reports / ".ledger"
    folder.mkdir(parents=True)
    (folder / real.name).symlink_to(real)
    (folder / f"{other}-main.jsonl").mkdir()
    os.mkfifo(folder / f"{other}-pipe.jsonl")
    content = real.read_bytes()
    clean = cleaned(lab, tmp_path)
    assert clean.returncode == 1
    assert clean.stdout.count("is not read as a ledger") == 3
    assert real.read_bytes() == content
    assert (folder / real.name).is_symlink()


def test_a_folder_that_is_a_link_is_not_followed(lab, tmp_path, reports):
    real = ledger(lab, tmp_path / "elsewhere", run_id())
    reports.mkdir()
    (reports / ".ledger").symlink_to(real.parent)
    clean = cleaned(lab, tmp_path)
    assert clean.returncode == 1
    assert "is a link and was not followed" in clean.stdout
    assert real.exists()


def test_what_is_in_the_second_project_is_removed_as_the_second_identity(lab, tmp_path, reports):
    run, project = run_id(), lab.facts["other_project_id"]
    fields = tagged("volume", {"size": 1}, f"volcheck-{run}")
    made = make(lab, "volume", fields, project, OTHER)
    event = {
        "event": "made",
        "number": 1,
        "kind": "volume",
        "id": made,
        "name": "",
        "size": 1,
        "project": project,
    }
    path = ledger(lab, reports, run, event)
    alone = cleaned(lab, tmp_path)
    assert alone.returncode == 1
    assert f"it is in project {project}: give the second identity" in alone.stdout
    assert send(lab, "GET", f"/{project}/volumes/{made}", token=OTHER)
    both = cleaned(lab, tmp_path, "--other-project-id", project, OS_OTHER_TOKEN=OTHER)
    assert both.returncode == 0, both.stdout
    assert made not in [
        each["id"] for each in send(lab, "GET", f"/{project}/volumes", token=OTHER)["volumes"]
    ]
    assert not path.exists()


def killed(lab, tmp_path, reports, *options):
    """A run that is killed in the midst of its work; answers its id and what it has left."""
    before = lab.state().keys()
    run = start("run", *lab.options, "--reports", reports, *options, cwd=tmp_path, output=tmp_path / "out")
    until(lambda: made(reports) >= 12 and len(lab.state().keys() - before) >= 2)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    [path] = (reports / ".ledger").glob("*.jsonl")
    return path.name.partition("-")[0], lab.state().keys() - before


def test_exact_copies_of_what_a_killed_run_has_left_stay(lab, tmp_path, reports):
    before = lab.state()
    run, left = killed(lab, tmp_path, reports)
    there = everything_by(lab)
    copies = []
    for each in left:
        item = there[each]
        if "volume_id" in item:
            fields = {key: item[key] for key in ("name", "description", "volume_id")}
            copies.append(make(lab, "snapshot", fields))
        elif not item.get("source_volid") and not item.get("snapshot_id"):
            fields = {key: item[key] for key in ("name", "description", "metadata", "size")}
            copies += [make(lab, "volume", {**fields, "size": size}) for size in (item["size"], 7)]
    assert len(copies) >= 2
    kept = {key: value for key, value in lab.state().items() if key in copies}
    clean = cleaned(lab, tmp_path, "--patience", "30")
    assert clean.returncode == 1
    assert {key: value for key, value in lab.state().items() if key in copies} == kept, clean.stdout
    for each in copies:
        assert re.search(
            f"left alone: (volume|snapshot) {each} .*`volcheck clean --run {run}` removes it", clean.stdout
        )
    # A volume stays with a copy of its snapshot, and so does what was being made when the run was killed and looks as
    # a copy does: no ledger tells which is which.
    told = "".join(path.read_text() for path in (reports / ".ledger").glob("*"))
    parents = {item.get("volume_id") for key, item in everything_by(lab).items() if key in copies}
    gone = left - lab.state().keys()
    assert gone >= {each for each in left if f'"{each}"' in told} - parents, clean.stdout
    assert gone, clean.stdout
    assert cleaned(lab, tmp_path, "--run", run).returncode == 0
    assert lab.state() == before


def test_a_copy_of_the_ledger_of_a_run_at_work_takes_nothing_from_it(lab, tmp_path, reports):
    run = start("run", *lab.options, "--reports", reports, cwd=tmp_path, output=tmp_path / "out")
    try:
        until(lambda: made(reports) >= 5)
        os.kill(run.pid, signal.SIGSTOP)
        shutil.copytree(reports / ".ledger", tmp_path / "copy" / ".ledger")
        [path] = (tmp_path / "copy" / ".ledger").glob("*.jsonl")
        run_id = path.name.partition("-")[0]
        passing = {"creating", "deleting"}
        until(lambda: not passing & {each["status"] for each in everything_by(lab).values()})
        there = lab.state()
        for options in ((), ("--run", run_id)):
            clean = cleaned(lab, tmp_path, "--reports", tmp_path / "copy", *options)
            assert f"run {run_id} is still at work (process {run.pid})" in clean.stdout
            assert clean.returncode == (1 if options else 0), clean.stdout
            assert "Nothing of a run" not in clean.stdout or not options
            assert lab.state() == there
        path.write_text(path.read_text().replace(f'"host": "{os.uname().nodename}"', '"host": "elsewhere"'))
        clean = cleaned(lab, tmp_path, "--reports", tmp_path / "copy")
        assert clean.returncode == 1
        assert f"run {run_id} may be at work on another machine (elsewhere)" in clean.stdout
        assert lab.state() == there
        assert path.exists()
    finally:
        os.kill(run.pid, signal.SIGCONT)
        os.kill(run.pid, signal.SIGTERM)
        run.wait(timeout=120)


@pytest.mark.parametrize("given", ["262526141726ebd7", "x", "\u0662" * 12 + "abcd"])
def test_a_run_that_can_not_be_is_a_usage_error(lab, tmp_path, given):
    clean = cleaned(lab, tmp_path, "--run", given)
    assert clean.returncode == 2
    assert "a run's id" in clean.stdout
