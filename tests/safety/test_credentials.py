"""Real runs: tokens that end or are renewed, things that are lent wrongly, and read-only runs of all sorts of projects."""

import contextlib
import json
import socket
import time
from collections import Counter

import pytest
import requests
from canaries import OTHER, PROJECT, TOKEN
from credentials_scenarios import ends_after, refuse
from hostile import Answer, Server, changing
from lab import endpoint, until, volcheck

SMOKE = ("--profile", "smoke", "--wait-timeout", "10", "--request-timeout", "5")


def call(lab, method, path, who=TOKEN, **body):
    url = f"{lab.facts['endpoint']}/{PROJECT}{path}"
    return requests.request(
        method, url, headers={"X-Auth-Token": who}, timeout=20, **({"json": body} if body else {})
    )


@contextlib.contextmanager
def before(lab, act):
    """A hostile server in front of the endpoint; gives it, and the options that name it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    host, port = lab.facts["endpoint"].split("/")[2].split(":")
    server = Server(listener, act, (host, int(port)))
    server.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield server, address, ["--endpoint", f"{address}/v2", "--project-id", PROJECT]
    finally:
        listener.close()


def result_of(folder):
    return json.loads((folder / "result.json").read_bytes())


def outcomes(result):
    return Counter(each["outcome"] for each in result["requirements"])


# -- tokens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_token_that_ends_stops_the_run_and_clean_goes_on(tmp_path, concurrency):
    with endpoint() as lab:
        start = lab.state()
        with before(lab, ends_after(150)(None)) as (server, _, options):
            done = volcheck(
                "run",
                *options,
                *SMOKE,
                "--concurrency",
                concurrency,
                "--reports",
                tmp_path / "r",
                cwd=tmp_path,
            )
            assert done.returncode == 3, done.stdout
            result = result_of(tmp_path / "r")
            assert outcomes(result)["failed"] == 0
            assert "It was last accepted at 2" in result["run"]["stopped"]["en"]
            assert "OS_TOKEN" in result["run"]["stopped"]["ko"]
            assert done.stdout.count("is not accepted any more") >= 1
            assert list((tmp_path / "r" / ".ledger").iterdir())
            server.act = lambda request, connection: False
            cleaned = volcheck("clean", *options, "--reports", tmp_path / "r", cwd=tmp_path)
            assert cleaned.returncode == 0, cleaned.stdout
        assert lab.state() == start


def cloud(lab, address):
    """Variables by which a run gets its tokens itself, through the hostile server."""
    facts = lab.facts
    return {
        "OS_AUTH_URL": facts["identity"].replace(facts["endpoint"].rsplit("/", 1)[0], address),
        "OS_USERNAME": facts["username"],
        "OS_PASSWORD": facts["password"],
        "OS_TENANT_ID": facts["project_id"],
        "OS_IDENTITY_API_VERSION": "2.0",
        "OS_TOKEN": "",
    }


def revoking(requests_each, renewals=1000):
    """Refuses each token after so many requests, and gives no more than so many new ones."""
    first_seen, counted, issued = {}, Counter(), []

    def act(request, connection):
        if request.path.endswith("/tokens"):
            issued.append(request)
            if len(issued) > renewals:
                refuse(connection)
                return True
            return False
        token = request.headers.get("X-Auth-Token")
        if not token or "/identity" in request.path:
            return False
        began = first_seen.setdefault(token, time.monotonic())
        counted[token] += 1
        if counted[token] <= requests_each:
            return False
        # A token that is refused as soon as it is made is not replaced.
        time.sleep(max(0.0, began + 1.2 - time.monotonic()))
        refuse(connection)
        return True

    return act, issued


def test_a_token_that_can_be_renewed_is_and_the_run_goes_on(tmp_path):
    pytest.importorskip("openstack")
    act, issued = revoking(80)
    with endpoint() as lab, before(lab, act) as (_, address, _options):
        start = lab.state()
        done = volcheck("run", *SMOKE, "--reports", tmp_path / "r", cwd=tmp_path, **cloud(lab, address))
        result = result_of(tmp_path / "r")
        assert outcomes(result)["failed"] == 0, done.stdout
        assert done.returncode == 0, done.stdout
        # One before the run, one as it begins, and at least one in its course.
        assert len(issued) >= 3
        assert lab.state() == start


def test_a_renewal_that_fails_stops_the_run(tmp_path):
    pytest.importorskip("openstack")
    act, _ = revoking(80, renewals=2)
    with endpoint() as lab, before(lab, act) as (_, address, _options):
        done = volcheck("run", *SMOKE, "--reports", tmp_path / "r", cwd=tmp_path, **cloud(lab, address))
        assert done.returncode == 3, done.stdout
        result = result_of(tmp_path / "r")
        assert "no other is to be had" in result["run"]["stopped"]["en"]
        assert outcomes(result)["failed"] == 0


def test_the_token_of_the_second_project_ends(tmp_path):
    def act(request, connection):
        if request.headers.get("X-Auth-Token") != OTHER:
            return False
        seen.append(request)
        if len(seen) < 3:
            return False
        refuse(connection)
        return True

    seen = []
    with endpoint() as lab, before(lab, act) as (_, _address, options):
        start = lab.state()
        second = ("--other-project-id", lab.facts["other_project_id"])
        done = volcheck(
            "run", *options, *second, *SMOKE, "--reports", tmp_path / "r", cwd=tmp_path, OS_OTHER_TOKEN=OTHER
        )
        assert done.returncode == 3, done.stdout
        assert "OS_OTHER_TOKEN" in result_of(tmp_path / "r")["run"]["stopped"]["en"]
        assert outcomes(result_of(tmp_path / "r"))["failed"] == 0
        assert lab.state() == start


# -- what the user lends ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop():
    with endpoint() as lab:
        made = call(lab, "POST", "/volumes", volume={"size": 1, "name": "web-01"}).json()["volume"]["id"]
        until(lambda: call(lab, "GET", f"/volumes/{made}").json()["volume"]["status"] == "available")
        yield lab


@pytest.mark.parametrize(
    ("options", "variables", "says"),
    [
        (["--attached-volume", "00000000-0000-4000-8000-000000000000"], {}, "has no such volume"),
        (["--attached-volume", "FREE"], {}, "not in-use"),
        (["--attached-volume", "FOREIGN"], {}, "has no such volume"),
        (["--attached-volume", ""], {}, "is no id"),
        (["--attached-volume", "../volumes"], {}, "is no id"),
        (["--image", "not an image"], {}, "is no id"),
        (["--image-size", "20"], {}, "--image ID"),
        (["--other-project-id", "OTHER"], {}, "set OS_OTHER_TOKEN"),
        (["--other-project-id", "OTHER"], {"OS_OTHER_TOKEN": "no-such-token-at-all"}, "refuses the second"),
        (
            ["--other-project-id", "OTHER"],
            {"OS_OTHER_TOKEN": TOKEN},
            "OS_OTHER_TOKEN is the token under test",
        ),
        (["--other-project-id", PROJECT], {"OS_OTHER_TOKEN": OTHER}, "is the project under test"),
        (["--other-project-id", "f" * 32], {"OS_OTHER_TOKEN": OTHER}, "refuses the second"),
    ],
)
def test_what_is_lent_wrongly_is_one_sentence(shop, tmp_path, options, variables, says):
    start = shop.state()
    known = {
        "FREE": next(key for key, text in shop.state().items() if "web-01" in text),
        "OTHER": shop.facts["other_project_id"],
    }
    url = f"{shop.facts['endpoint']}/{known['OTHER']}/volumes"
    known["FOREIGN"] = requests.get(url, headers={"X-Auth-Token": OTHER}, timeout=20).json()["volumes"][0][
        "id"
    ]
    options = [known.get(option, option) for option in options]
    done = volcheck("run", *shop.options, *options, "--reports", tmp_path / "r", cwd=tmp_path, **variables)
    assert done.returncode == 2, done.stdout
    [line] = [line for line in done.stdout.splitlines() if line.startswith("volcheck: ")]
    assert says in line
    assert options[0] in line
    assert shop.state() == start


def test_an_image_that_is_not_there_fails_no_requirement(shop, tmp_path):
    start = shop.state()
    only = (
        "--only",
        "derive.from-image",
        "--only",
        "derive.image-too-small-refused",
        "--only",
        "create.accepted",
    )
    lent = ("--image", "00000000-0000-4000-8000-000000000000", "--image-size", "3")
    volcheck("run", *shop.options, *only, *lent, "--reports", tmp_path / "r", cwd=tmp_path)
    records = {each["id"]: each for each in result_of(tmp_path / "r")["requirements"]}
    for name in ("derive.from-image", "derive.image-too-small-refused"):
        assert records[name]["outcome"] == "inconclusive", records[name]
        assert "--image and --image-size" in records[name]["reason"]
    assert records["create.accepted"]["outcome"] != "failed"
    assert shop.state() == start


def test_a_lent_volume_that_is_deleted_is_told_before_all_else(tmp_path):
    with endpoint("--defect", "delete-attached-accepted") as lab:
        lent = lab.facts["attached_volume"]
        only = ("--only", "delete.attached-refused", "--attached-volume", lent)
        done = volcheck("run", *lab.options, *only, "--reports", tmp_path / "r", cwd=tmp_path)
        result = result_of(tmp_path / "r")
        assert done.returncode == 1
        assert result["problems"][0].startswith(f"THE LENT VOLUME {lent} MAY BE LOST")
        assert result["cleanup"]["problems"][0] == result["problems"][0]


def test_no_delete_is_sent_for_a_volume_that_is_not_lent(tmp_path):
    def act(request, connection):
        return False

    with endpoint() as lab, before(lab, act) as (server, _, options):
        lent = lab.facts["attached_volume"]
        for more, number in ((), 0), (("--attached-volume", lent), 1):
            server.seen.clear()
            volcheck("run", *options, *more, "--only", "delete", "--reports", tmp_path / "r", cwd=tmp_path)
            assert sum(r.method == "DELETE" and lent in r.target for r in server.seen) == number


# -- read-only ----------------------------------------------------------------------------------------------------


def emptied(keep):
    """Changes lists so that they hold only what `keep` says, and shows nothing else."""

    def change(request, answer):
        try:
            document = json.loads(answer.body)
        except ValueError:
            return answer
        if request.method == "GET" and isinstance(document, dict):
            for kind in ("volumes", "snapshots"):
                if isinstance(document.get(kind), list):
                    document[kind] = [item for item in document[kind] if keep(item)]
        return Answer(answer.status, answer.headers, json.dumps(document).encode())

    return changing(change)


@pytest.mark.parametrize("profile", ["smoke", "default"])
@pytest.mark.parametrize(
    ("names", "snapshots", "code"),
    [
        ([], 0, {3}),
        (["web-01"], 0, {3}),
        (["web-01", "db.4"], 1, {0}),
        (["web-01", "db.4", "한글 볼륨"], 2, {0}),
        (["web-01", "db.4", "한글 볼륨", "Web_2", "web01"], 3, {0}),
        ([None, None, None], 3, {0}),
        (["same", "same", "same"], 3, {0}),
    ],
    ids=str,
)
def test_a_read_only_run_takes_what_there_is(tmp_path, profile, names, snapshots, code):
    with endpoint() as lab:
        ids = [
            call(lab, "POST", "/volumes", volume={"size": 1, "name": name}).json()["volume"]["id"]
            for name in names
        ]
        deadline = time.monotonic() + 30
        while any(
            call(lab, "GET", f"/volumes/{each}").json()["volume"]["status"] != "available" for each in ids
        ):
            assert time.monotonic() < deadline
        made = [
            call(lab, "POST", "/snapshots", snapshot={"volume_id": ids[0], "name": f"s.{n}"}).json()[
                "snapshot"
            ]["id"]
            for n in range(snapshots)
        ]
        while any(
            call(lab, "GET", f"/snapshots/{s}").json()["snapshot"]["status"] != "available" for s in made
        ):
            assert time.monotonic() < deadline
        start = lab.state()
        options = ("--read-only", "--profile", profile, "--reports", tmp_path / "r")
        with before(lab, lambda request, connection: False) as (server, _, where):
            done = volcheck("run", *where, *options, cwd=tmp_path)
            assert {request.method for request in server.seen} <= {"GET", "HEAD"}
        result = result_of(tmp_path / "r")
        assert done.returncode in code, done.stdout
        kinds = outcomes(result)
        assert kinds["failed"] == 0, done.stdout
        assert [test for test in result["tests"] if test["outcome"] == "error"] == []
        needs = [
            problem for problem in result["problems"] if "a read-only run looks at what is there" in problem
        ]
        assert len(needs) == (0 if len(names) >= 2 and snapshots >= 3 else 1)
        assert done.stdout.count("looks at what is there") == len(needs)
        assert lab.state() == start


@pytest.mark.parametrize("profile", ["smoke", "default"])
def test_a_read_only_run_of_an_empty_project(tmp_path, profile):
    with endpoint() as lab, before(lab, emptied(lambda item: False)) as (_, _address, options):
        done = volcheck(
            "run", *options, "--read-only", "--profile", profile, "--reports", tmp_path / "r", cwd=tmp_path
        )
        result = result_of(tmp_path / "r")
        assert done.returncode == 3, done.stdout
        assert outcomes(result)["failed"] == 0, done.stdout
        assert [test for test in result["tests"] if test["outcome"] == "error"] == []
        assert "it found no volumes and no snapshots at rest" in done.stdout
