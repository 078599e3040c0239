"""No token, no service."""

import pytest

#: Calls that need a token, by operation. Ids are invented, so that nothing could happen even where one is served.
CALLS = {
    "listVolumeTypes": lambda api, **options: api.list_types(**options),
    "listVolumes": lambda api, **options: api.list_volumes(**options),
    "listVolumesDetail": lambda api, **options: api.list_volumes_detail(**options),
    "showVolume": lambda api, **options: api.show_volume(api.unknown_id(), **options),
    "listSnapshots": lambda api, **options: api.list_snapshots(**options),
    "listSnapshotsDetail": lambda api, **options: api.list_snapshots_detail(**options),
    "showSnapshot": lambda api, **options: api.show_snapshot(api.unknown_id(), **options),
}
WRITES = {
    "createVolume": lambda api, **options: api.create_volume({"size": 1}, **options),
    "deleteVolume": lambda api, **options: api.delete_volume(api.unknown_id(), **options),
    "createSnapshot": lambda api, **options: api.create_snapshot({"volume_id": api.unknown_id()}, **options),
    "deleteSnapshot": lambda api, **options: api.delete_snapshot(api.unknown_id(), **options),
}


@pytest.mark.smoke
@pytest.mark.requirement("access.no-token")
@pytest.mark.parametrize("operation", CALLS)
def test_reading_without_a_token(api, expect, operation):
    expect.refused(
        CALLS[operation](api, who="nobody"), 401, what=f"{operation} without a token", cause="token"
    )


@pytest.mark.requirement("access.no-token")
@pytest.mark.parametrize("operation", WRITES)
def test_writing_without_a_token(api, volumes, expect, operation):
    expect.refused(
        WRITES[operation](api, who="nobody"), 401, what=f"{operation} without a token", cause="token"
    )


@pytest.mark.requirement("access.challenge")
def test_who_has_no_token_is_told_where_to_get_one(api, expect):
    exchange = api.list_volumes(who="nobody")
    expect.refused(exchange, 401, what="a request without a token", cause="token")
    expect.that(
        bool(exchange.response.headers.get("www-authenticate", "").strip()),
        "a 401 does not say how to authenticate",
        expected="WWW-Authenticate",
        got="no such header",
        exchange=exchange,
    )


@pytest.mark.requirement("access.bad-token")
@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("token", ["empty", "garbled", "lengthened", "long"])
def test_a_bad_token(api, expect, operation, token):
    bad = api.bad_token(token)
    expect.refused(
        CALLS[operation](api, token=bad), 401, what=f"{operation} with a token that is {token}", cause="token"
    )


@pytest.mark.requirement("access.forged-identity")
@pytest.mark.parametrize("header", ["identity", "bearer", "basic"])
def test_a_claimed_identity(api, expect, capabilities, header):
    headers = {
        "identity": {
            "X-Identity-Status": "Confirmed",
            "X-User-Id": "1f056df3ce654bc19a12bd522d6a2147",
            "X-Project-Id": capabilities.project,
            "X-Tenant-Id": capabilities.project,
            "X-Roles": "admin",
        },
        "bearer": {"Authorization": "Bearer volcheck"},
        "basic": {"Authorization": "Basic dm9sY2hlY2s6dm9sY2hlY2s="},
    }[header]
    expect.refused(
        api.list_volumes(who="nobody", headers=headers),
        401,
        what="a claimed identity without a token",
        cause="token",
    )


@pytest.mark.requirement("access.no-token-no-effect")
def test_a_deletion_without_a_token_has_no_effect(api, expect, volumes, shared):
    expect.refused(
        api.delete_volume(shared.ids[4], who="nobody"),
        401,
        what="a deletion without a token",
        cause="token",
    )
    shown = expect.body(exchange := api.show_volume(shared.ids[4]), "volume")
    expect.equal(shown.get("status"), "available", "a deletion without a token has an effect", exchange)


@pytest.mark.requirement("access.no-token-no-effect")
def test_a_creation_without_a_token_has_no_effect(api, expect, volumes, lists):
    name = volumes.name("no token")
    expect.refused(
        api.create_volume({"size": volumes.size, "name": name}, who="nobody"),
        401,
        what="a creation without a token",
        cause="token",
    )
    found = [item for item in lists.walk("list_volumes").items if item.get("name") == name]
    expect.equal(found, [], "a creation without a token has made a volume")
