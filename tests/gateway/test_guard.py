"""The gateway is asked to misbehave, and does not."""

import json

import pytest

from volcheck.gateway.errors import GatewayRefusal, NotProved
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Resource, Unproved

OWN = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
SECOND = "33333333-3333-4333-8333-333333333333"
ESCAPED = "".join(f"\\u{ord(c):04x}" for c in OTHER)


def refused(guard, method, path, body=None, **more):
    with pytest.raises(GatewayRefusal, match="was not sent") as caught:
        guard.admit(method, path, body, **more)
    return str(caught.value)


def snapshot(**fields):
    return json.dumps({"snapshot": fields}).encode()


@pytest.mark.parametrize(
    "path",
    [
        f"/p/volumes/{OTHER}",
        f"/p/volumes/{OTHER.upper()}",
        f"/p/volumes/{OTHER.replace('-', '')}",
        f"/p/volumes/%32{OTHER[1:]}",
        f"/p/volumes/%2532{OTHER[1:]}",
        f"/p/volumes/%252532{OTHER[1:]}",
        f"/p/volumes/%25252532{OTHER[1:]}",
        f"/p//volumes//{OTHER}",
        f"/p/volumes/{OTHER}/",
        f"/p/volumes/{OTHER}%20",
        f"/p/volumes/{OTHER}%00",
        f"/p/volumes/{OTHER}#",
        f"/p/volumes/{OTHER}?",
        f"/p/volumes/{OTHER};x",
        f"/p/volumes/{OWN}/../{OTHER}",
        f"/p/volumes/{OWN}/%2e%2e/{OTHER}",
        f"/p/volumes/{OWN}/..;/{OTHER}",
        f"/p/volumes/{OWN}%2f..%2f{OTHER}",
        f"/p/volumes/{OWN}%5c..%5c{OTHER}",
        f"/p/volumes/{OWN},{OTHER}",
        f"/p/volumes/{OWN}/{OTHER}",
        f"/p/volumes/detail/{OTHER}",
        f"/p/snapshots/{OTHER}",
        f"/p/volumes/{OTHER}/action",
        f"/p/volumes/{OTHER}/metadata",
        f"/p/os-volume-manage/{OTHER}",
        f"/p/os-quota-sets/{OWN}",
        "/p/volumes/7",
        "/p/volumes/*",
    ],
)
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "POST", "delete", " Delete ", "PURGE"])
def test_no_request_changes_what_the_run_did_not_make(guard, method, path):
    refused(guard, method, path)


@pytest.mark.parametrize(
    "path", ["/p/volumes", "/p/volumes/", "/p", "/", "/p/volumes/detail/x", "/p/snapshots"]
)
def test_a_collection_is_never_deleted(guard, path):
    refused(guard, "DELETE", path)


@pytest.mark.parametrize(
    "path", ["/p/limits", "/p/os-quota-sets/p", "/p/backups", "/p", "/", "/p/volumes.json"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_but_volumes_and_snapshots_is_changed(guard, method, path):
    refused(guard, method, path)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/p/snapshots", snapshot(volume_id=OTHER)),
        ("/p/snapshots", snapshot(volume_id=OTHER.upper())),
        ("/p/snapshots", snapshot(volume_id=OTHER.replace("-", ""))),
        ("/p/snapshots", snapshot(volume_id=f"{{{OTHER}}}")),
        ("/p/snapshots", snapshot(volume_id=f" urn:uuid:{OTHER}\n")),
        ("/p/snapshots", snapshot(volume_id="7")),
        ("/p/snapshots", snapshot(volume_id=[OTHER])),
        ("/p/snapshots", snapshot(volume_id={"id": OTHER})),
        ("/p/snapshots", snapshot(volume_id=["7"])),
        (
            "/p/snapshots",
            b'{"snapshot": {"volume_id": "%s", "volume_id": "%s"}}' % (OWN.encode(), OTHER.encode()),
        ),
        (
            "/p/snapshots",
            b'{"snapshot": {"volume_id": "%s", "volume_id": "%s"}}' % (OTHER.encode(), OWN.encode()),
        ),
        ("/p/snapshots", b'{"snapshot": {"volume_id": "7", "volume_id": "%s"}}' % OWN.encode()),
        ("/p/snapshots", b'{"snapshot": {"volume_id": "%s"}}' % ESCAPED.encode()),
        ("/p/snapshots", b'{"snapshot": {"volume_id": ["%s"]}}' % ESCAPED.encode()),
        ("/p/snapshots", b'{"snapshot": {"volume\\u005fid": "7"}}'),
        ("/p/snapshots", b"{'snapshot': {'volume_id': '%s'},}" % OTHER.encode()),
        ("/p/snapshots", b"{'snapshot': {'volume_id': '%s'},}" % ESCAPED.encode()),
        ("/p/snapshots", snapshot(volume_id=OTHER).decode().encode("utf-16")),
        ("/p/snapshots", snapshot(volume_id=OTHER).decode().encode("utf-32-be")),
        ("/p/snapshots", b"\xef\xbb\xbf" + snapshot(volume_id=OTHER)),
        ("/p/volumes", json.dumps({"volume": {"size": 1, "source_volid": OTHER}}).encode()),
        ("/p/volumes", json.dumps({"volume": {"size": 1, "snapshot_id": OTHER}}).encode()),
        ("/p/volumes", json.dumps({"volume": {"size": 1, "source_replica": "x"}}).encode()),
        ("/p/volumes", json.dumps({"volume": {"size": 1, "consistencygroup_id": OTHER}}).encode()),
        (f"/p/volumes/{OWN}/action", json.dumps({"os-attach": {"instance_uuid": OTHER}}).encode()),
    ],
)
def test_no_body_refers_to_what_the_run_did_not_make(guard, path, body):
    refused(guard, "POST", path, body)


@pytest.mark.parametrize("query", [f"id={OTHER}", f"id=%32{OTHER[1:]}", f"a=1&x={OTHER.upper()}"])
def test_no_query_of_a_changing_request_names_it(guard, query):
    refused(guard, "DELETE", f"/p/volumes/{OWN}", query=query)


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method", "X-METHOD-OVERRIDE "])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_header_turns_a_request_into_another(guard, method, name):
    refused(guard, method, f"/p/volumes/{OWN}", headers={name: "DELETE"})


def test_a_compressed_body_is_not_sent(guard):
    refused(guard, "POST", "/p/volumes", b"\x1f\x8b", headers={"content-encoding": "gzip"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", f"/p/volumes/{OWN}", None),
        ("DELETE", f"/p/volumes/{OWN.upper()}", None),
        ("DELETE", f"/p/volumes/{OWN.replace('-', '')}", None),
        ("POST", f"/p/volumes/{OWN}/action", b"{}"),
        ("POST", "/p/volumes", b'{"volume": {"size": 1}}'),
        ("POST", "/p/volumes", b'{"volume": {"size": 1, "source_volid": null, "snapshot_id": ""}}'),
        ("POST", "/p/snapshots", snapshot(volume_id=OWN)),
        ("POST", "/p/snapshots", snapshot(volume_id=0)),
        ("POST", "/p/snapshots", b'{"snapshot": {"volume_id": '),
        ("PUT", "/p/types", None),
        ("GET", f"/p/volumes/{OTHER}", None),
        ("HEAD", f"/p/volumes/{OTHER}", None),
        ("OPTIONS", f"/p/volumes/{OTHER}", None),
    ],
)
def test_what_the_run_made_may_be_changed_and_all_may_be_looked_at(guard, method, path, body):
    guard.admit(method, path, body)


def test_invented_and_lent_ids_may_be_named(guard):
    guard.admit("DELETE", f"/p/volumes/{guard.invent()}")
    guard.allow("not-a-uuid")
    guard.admit("DELETE", "/p/volumes/not-a-uuid")
    guard.admit("POST", "/p/snapshots", snapshot(volume_id="not-a-uuid"))


def test_a_volume_type_may_be_mentioned_and_nothing_more(guard):
    guard.allow_mention(OTHER)
    guard.admit("POST", "/p/volumes", json.dumps({"volume": {"size": 1, "volume_type": OTHER}}).encode())
    refused(guard, "POST", "/p/volumes", json.dumps({"volume": {"size": 1, "source_volid": OTHER}}).encode())
    refused(guard, "DELETE", f"/p/volumes/{OTHER}")


def test_where_ids_are_numbers_a_number_is_an_id(guard):
    guard.saw(["7"])
    refused(guard, "POST", "/p/snapshots", snapshot(volume_id=7))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "post"])
@pytest.mark.parametrize("path", [f"/p/volumes/{OWN}", "/p/volumes", "/"])
def test_a_read_only_run_sends_nothing_but_get_and_head(ledger, method, path):
    assert "read-only" in refused(Guard(ledger, read_only=True), method, path)


def test_a_read_only_run_looks_at_all(ledger):
    guard = Guard(ledger, read_only=True)
    guard.admit("GET", f"/p/volumes/{OTHER}")
    guard.admit("HEAD", "/p/volumes")


def test_what_was_shown_before_it_was_made_is_foreign(guard):
    before = guard.moment()
    guard.saw([OTHER, OWN])
    now = guard.moment()
    guard.saw([OTHER])
    assert guard.shown_before(OTHER.upper(), now)
    assert not guard.shown_before(OTHER, before)
    assert not guard.shown_before(OWN, now)


def test_it_says_which_of_the_runs_resources_a_request_names_each_once(guard, ledger):
    ledger.register(Resource("volume", SECOND, "", 1))
    body = snapshot(volume_id=OWN, name=OWN.upper(), description=SECOND)
    assert [each.id for each in guard.admit("POST", "/p/snapshots", body)] == [OWN, SECOND]
    assert [each.id for each in guard.admit("DELETE", f"/p/volumes/{OWN}", query=f"id={OWN}")] == [OWN]
    assert [each.id for each in guard.admit("POST", f"/p/volumes/{OWN}/action", b"{}")] == [OWN]
    assert guard.admit("POST", "/p/volumes", b'{"volume": {"size": 1}}') == []
    assert guard.admit("DELETE", f"/p/volumes/{guard.invent()}") == []
    assert guard.admit("GET", f"/p/volumes/{OWN}") == []


@pytest.mark.parametrize("spelt", [OTHER, OTHER.upper(), OTHER.replace("-", "")])
@pytest.mark.parametrize("allowed", [True, False])
def test_what_is_not_proved_to_be_the_runs_may_not_be_named_even_where_it_was_allowed(
    guard, ledger, spelt, allowed
):
    ledger.doubt(Unproved("volume", OTHER, "", "", ""))
    if allowed:
        guard.allow(OTHER)
    with pytest.raises(NotProved, match=f"was not sent: it names {spelt}, with which"):
        guard.admit("DELETE", f"/p/volumes/{spelt}")
    guard.admit("GET", f"/p/volumes/{spelt}")


def test_what_is_not_proved_may_have_an_id_that_is_no_uuid(guard, ledger):
    ledger.doubt(Unproved("volume", "vol-7", "", "", ""))
    guard.allow("vol-7")
    with pytest.raises(NotProved):
        guard.admit("POST", "/p/snapshots", snapshot(volume_id="vol-7"))


def test_an_id_is_remembered_from_its_first_sight(guard):
    first = guard.moment()
    guard.saw([OTHER])
    second = guard.moment()
    guard.saw([SECOND])
    third = guard.moment()
    assert [guard.shown_before(OTHER, moment) for moment in (first, second, third)] == [False, True, True]
    assert [guard.shown_before(SECOND, moment) for moment in (first, second, third)] == [False, False, True]
    assert not guard.shown_before("never", third)
