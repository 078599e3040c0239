from __future__ import annotations

import time

import pytest
import requests

NOBODY = {
    "error": {
        "code": 401,
        "title": "Unauthorized",
        "message": "The request you have made requires authentication.",
    }
}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Auth-Token": ""},
        {"X-Auth-Token": "garbage"},
        {"X-Auth-Token": "x" * 9000},
        {"Authorization": "Bearer t"},
    ],
    ids=["none", "empty", "garbage", "long", "bearer"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/volumes"),
        ("POST", "/volumes"),
        ("DELETE", "/volumes/x"),
        ("GET", "/nonsense"),
        ("PUT", "/types"),
    ],
)
def test_without_a_good_token(server, headers, method, path):
    answer = requests.request(method, server.main.base + path, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()) == (401, NOBODY)
    assert answer.headers["WWW-Authenticate"].startswith('Keystone uri="')


def test_another_tenants_path(server):
    for path in ("/volumes", "/types", "/snapshots"):
        for project in (server.facts["other_project_id"], "nosuchproject"):
            url = f"{server.facts['endpoint']}/{project}{path}"
            answer = server.main.session.get(url, timeout=10)
            assert answer.status_code == 400
            assert answer.json() == {"badRequest": {"code": 400, "message": "Malformed request url"}}


def test_another_tenants_things_are_not_there(server):
    volume = server.other.get("/volumes")["volumes"][0]["id"]
    snapshot = server.other.get("/snapshots")["snapshots"][0]["id"]
    client = server.main
    for answer in (
        client("GET", f"/volumes/{volume}"),
        client("DELETE", f"/volumes/{volume}"),
        client("GET", f"/snapshots/{snapshot}"),
        client("DELETE", f"/snapshots/{snapshot}"),
        client("POST", "/snapshots", json={"snapshot": {"volume_id": volume}}),
        client("POST", "/volumes", json={"volume": {"source_volid": volume}}),
        client("POST", "/volumes", json={"volume": {"snapshot_id": snapshot}}),
        client("GET", f"/volumes?marker={volume}"),
    ):
        assert answer.status_code == 404
        assert "itemNotFound" in answer.json()
    for query in ("", "?all_tenants=1", f"?project_id={server.facts['other_project_id']}"):
        assert all(each["id"] != volume for each in client.get(f"/volumes{query}")["volumes"])


def credentials(facts, **scope):
    return {
        "auth": {
            "passwordCredentials": {"username": facts["username"], "password": facts["password"]},
            **scope,
        }
    }


def test_keystone_issues_tokens_that_work(server):
    facts = server.facts
    for scope in ({"tenantId": facts["project_id"]}, {"tenantName": facts["tenant_name"]}, {}):
        answer = requests.post(f"{facts['identity']}/tokens", json=credentials(facts, **scope), timeout=10)
        assert answer.status_code == 200
        access = answer.json()["access"]
        assert access["token"]["tenant"]["id"] == facts["project_id"]
        catalogue = {each["type"]: each["endpoints"][0]["publicURL"] for each in access["serviceCatalog"]}
        assert catalogue["volumev2"] == server.main.base
        for kind in ("volumev2", "volumev3"):
            headers = {"X-Auth-Token": access["token"]["id"]}
            assert requests.get(f"{catalogue[kind]}/volumes", headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"auth": {"passwordCredentials": {"username": "volcheck-user", "password": "wrong"}}}, 401),
        ({"auth": {"passwordCredentials": {"username": "nobody", "password": "wrong"}}}, 401),
        ({"auth": {}}, 400),
        ([], 400),
    ],
)
def test_keystone_refuses(server, body, status):
    answer = requests.post(f"{server.facts['identity']}/tokens", json=body, timeout=10)
    assert answer.status_code == status
    assert next(iter(answer.json().values()))["code"] == status


def test_keystone_refuses_another_tenant(server):
    body = credentials(server.facts, tenantId=server.facts["other_project_id"])
    assert requests.post(f"{server.facts['identity']}/tokens", json=body, timeout=10).status_code == 401


def test_tokens_expire(start):
    with start("--token-lifetime", "0.3") as server:
        url = f"{server.facts['identity']}/tokens"
        token = requests.post(url, json=credentials(server.facts), timeout=10).json()["access"]["token"]["id"]
        headers = {"X-Auth-Token": token}
        assert requests.get(f"{server.main.base}/types", headers=headers, timeout=10).status_code == 200
        time.sleep(0.35)
        assert requests.get(f"{server.main.base}/types", headers=headers, timeout=10).status_code == 401
        assert server.main("GET", "/types").status_code == 200


def test_versions(server):
    answer = requests.get(f"{server.origin}/", timeout=10)
    assert answer.status_code == 300
    assert [each["id"] for each in answer.json()["versions"]] == ["v2.0", "v3.0"]
    for version in ("v2", "v3"):
        url = f"{server.origin}/{version}"
        assert requests.get(f"{url}/", timeout=10).status_code == 401
        answer = server.main.session.get(url, timeout=10)
        assert [hop.status_code for hop in answer.history] == [302]
        assert [each["id"] for each in answer.json()["versions"]] == [f"{version}.0"]
    assert requests.post(f"{server.origin}/", timeout=10).status_code == 405
    assert requests.get(f"{server.origin}/v9/x/volumes", timeout=10).status_code == 401


def test_v3_is_the_same_with_links_of_its_own(server):
    base = server.main.base.replace("/v2/", "/v3/")
    answer = server.main.session.get(f"{base}/volumes?limit=1", timeout=10)
    assert answer.headers["OpenStack-API-Version"] == "volume 3.0"
    volume = answer.json()["volumes"][0]
    assert volume["links"][0]["href"] == f"{base}/volumes/{volume['id']}"
