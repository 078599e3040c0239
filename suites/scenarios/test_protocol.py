"""Errors, headers, methods and paths."""

import pytest

ACCEPTS = ["application/xml", "text/html", "*/*", "text/plain, application/json;q=0.5", "garbage"]


@pytest.mark.requirement("errors.say-something")
@pytest.mark.parametrize("case", ["show", "create", "list", "snapshot"])
def test_an_error_says_something(api, expect, case):
    exchange = {
        "show": lambda: api.show_volume(api.unknown_id()),
        "create": lambda: api.list_volumes({"marker": "not-a-uuid"}),
        "list": lambda: api.list_volumes({"limit": "abc"}),
        "snapshot": lambda: api.show_snapshot(api.unknown_id()),
    }[case]()
    expect.that(
        400 <= exchange.status < 500,
        "the request is not refused",
        expected="a refusal",
        got=exchange.status,
        exchange=exchange,
    )
    body = exchange.json()
    faults = list(body.values()) if isinstance(body, dict) else []
    messages = [fault.get("message") for fault in faults if isinstance(fault, dict)]
    expect.that(
        len(messages) == 1 and isinstance(messages[0], str) and messages[0].strip() != "",
        "the error has no message",
        expected="a message for a person",
        got=body,
        exchange=exchange,
    )


@pytest.mark.requirement("errors.json-whatever-accept")
@pytest.mark.parametrize("accept", ACCEPTS)
def test_errors_are_json_whatever_accept_says(api, expect, accept):
    for exchange in (
        api.show_volume(api.unknown_id(), headers={"Accept": accept}),
        api.show_snapshot(api.unknown_id(), headers={"Accept": accept}),
    ):
        expect.status(exchange, 404)
        expect.equal(_media_type(exchange), "application/json", "the error is not JSON", exchange)


@pytest.mark.requirement("headers.json-whatever-accept")
@pytest.mark.parametrize("accept", ACCEPTS)
def test_answers_are_json_whatever_accept_says(api, expect, accept):
    for call in (api.list_types, api.list_volumes, api.list_volumes_detail):
        exchange = call(headers={"Accept": accept})
        expect.status(exchange, 200)
        expect.equal(_media_type(exchange), "application/json", "the answer is not JSON", exchange)


@pytest.mark.requirement("headers.charset")
def test_a_charset_is_utf_8(api, expect):
    exchange = api.list_volumes_detail()
    parameters = exchange.response.headers.get("content-type", "").lower().split(";")[1:]
    charsets = [p.split("=")[1].strip(' "') for p in parameters if p.strip().startswith("charset=")]
    expect.that(
        charsets in ([], ["utf-8"]),
        "the charset is not UTF-8",
        expected="utf-8 or none",
        got=charsets,
        exchange=exchange,
    )


@pytest.mark.requirement("headers.content-type-parameters")
def test_a_content_type_with_a_charset(api, volumes, expect):
    exchange = api.create_volume(
        {"size": volumes.size}, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    expect.accepted(exchange, what="a body declared as application/json; charset=utf-8")


@pytest.mark.requirement("headers.token-name-case")
def test_the_name_of_the_token_header_has_no_case(api, expect):
    expect.status(api.list_volumes(token_header="x-auth-token"), 200)


@pytest.mark.requirement("headers.request-ids-differ")
def test_request_ids_differ(api, expect):
    exchanges = [api.list_volumes(), api.list_volumes(), api.show_volume(api.unknown_id())]
    ids = [
        exchange.response.headers.get("x-openstack-request-id") for exchange in exchanges if exchange.response
    ]
    expect.equal(len(set(ids)), 3, "two answers have the same request id", exchanges[-1])


@pytest.mark.requirement("methods.undocumented-refused")
@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("PUT", "/volumes"),
        ("PATCH", "/volumes"),
        ("PUT", "/snapshots"),
        ("PATCH", "/snapshots"),
        ("PUT", "/types"),
        ("PATCH", "/types"),
        ("PATCH", "/volumes/{volume}"),
        ("POST", "/volumes/{volume}"),
        ("PATCH", "/snapshots/{snapshot}"),
    ],
)
def test_a_method_that_a_path_does_not_have(api, expect, volumes, shared, method, tail):
    path = tail.format(volume=shared.ids[0], snapshot=shared.snapshots[0]["id"])
    _no_such_method(expect, api.call(method, path, json_body={}), f"{method} {tail}")


@pytest.mark.requirement("methods.allow")
def test_a_refused_method_is_answered_with_those_that_there_are(api, expect, volumes):
    exchange = api.call("PUT", "/types", json_body={})
    _no_such_method(expect, exchange, "PUT /types")
    if exchange.status == 405:
        allowed = exchange.response.headers.get("allow", "")
        expect.that(
            "GET" in [method.strip() for method in allowed.split(",")],
            "a 405 does not say which methods there are",
            expected="Allow with GET",
            got=allowed or "no Allow",
            exchange=exchange,
        )


@pytest.mark.requirement("methods.get-deletes-nothing")
def test_get_deletes_no_volume(api, expect, volumes):
    volume = expect.body(volumes.request({"size": volumes.size}), "volume")
    for _ in range(3):
        shown = expect.body(exchange := api.show_volume(volume["id"]), "volume")
        expect.that(
            shown.get("status") != "deleting",
            "GET of a volume deletes it",
            expected="creating or available",
            got="deleting",
            exchange=exchange,
        )


@pytest.mark.requirement("methods.get-deletes-no-snapshot")
def test_get_deletes_no_snapshot(api, expect, volumes, snapshots):
    volume = volumes.create()
    snapshot = expect.body(snapshots.request({"volume_id": volume["id"]}), "snapshot")
    for _ in range(3):
        shown = expect.body(exchange := api.show_snapshot(snapshot["id"]), "snapshot")
        expect.that(
            shown.get("status") != "deleting",
            "GET of a snapshot deletes it",
            expected="creating or available",
            got="deleting",
            exchange=exchange,
        )


@pytest.mark.requirement("methods.create-at-collection")
def test_post_to_detail_makes_no_volume(api, expect, volumes):
    body = {"volume": api.tagged("volume", {"size": volumes.size})}
    _no_such_method(expect, api.call("POST", "/volumes/detail", json_body=body), "POST to /volumes/detail")


@pytest.mark.requirement("methods.snapshot-at-collection")
def test_post_to_an_id_makes_no_snapshot(api, expect, volumes, snapshots):
    volume = volumes.create()
    body = {"snapshot": api.tagged("snapshot", {"volume_id": volume["id"]})}
    exchange = api.call("POST", f"/snapshots/{api.unknown_id()}", json_body=body)
    _no_such_method(expect, exchange, "POST to /snapshots/{id}")


@pytest.mark.requirement("methods.unknown-path")
@pytest.mark.parametrize("tail", ["/nonsense", "/volumes/detail/nonsense", "/VOLUMES"])
def test_an_unknown_path(api, expect, tail):
    expect.status(api.call("GET", tail), 404, message=f"the path {tail} is not answered with 404")


def _no_such_method(expect, exchange, what):
    """Demand a refusal; 501 is one too, for a method that the service does not have at all."""
    expect.that(
        400 <= exchange.status < 500 or exchange.status == 501,
        f"{what} is not refused",
        expected="a refusal, such as 405 or 404",
        got=exchange.status,
        exchange=exchange,
    )


def _media_type(exchange):
    return exchange.response.headers.get("content-type", "").partition(";")[0].strip().lower()
