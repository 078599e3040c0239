"""What a finding about one exchange says, word for word, and what was held against which exchange."""

from __future__ import annotations

import attrs
import pytest
from tests.checks.answers import (
    CREATED,
    ID,
    JSON,
    KEYSTONE,
    NOT_FOUND,
    ROUTER,
    SNAP,
    VERSIONS,
    VOL,
    VOLUME,
    P,
    exchange,
    fault,
    said,
    show,
    unanswered,
    volume,
    without,
)

from volcheck.checks import exchange as checks
from volcheck.checks.exchange import Violation, check
from volcheck.contract import Contract, load_contract
from volcheck.gateway.exchange import Exchange

BAD_REQUEST = '{"badRequest": {"code": 400, "message": "…"}}'
OTHER_FORM = "createVolume answered 400 Bad Request with an error body of another form: "


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


FINDINGS = {
    "no wrapper": (
        show(VOLUME),
        Violation(
            "exchange.body-schema",
            "showVolume answered 200 OK: /volume should be an object, got nothing",
            "an object",
            "nothing",
            "/volume",
        ),
    ),
    "null": (
        show("null"),
        Violation(
            "exchange.body-schema",
            "showVolume answered 200 OK: the body should be an object, got null",
            "an object",
            "null",
        ),
    ),
    "an error's further field": (
        fault(413, {"overLimit": {"code": 413, "message": "m", "retryAfter": "-1"}}),
        Violation(
            "exchange.error-envelope",
            "createVolume answered 413 Request Entity Too Large: /overLimit/retryAfter should be a string that "
            'matches ^[0-9]+$, got "-1"',
            "a string that matches ^[0-9]+$",
            '"-1"',
            "/overLimit/retryAfter",
        ),
    ),
    "an error's further field at the lowest error status": (
        fault(400, {"badRequest": {"code": 400, "message": "m", "more": 1}}),
        None,
    ),
    "200 for 202": (
        exchange("POST", f"/{P}/volumes", 200, {"volume": CREATED}),
        Violation(
            "exchange.success-status",
            "createVolume answered 200 OK, which is not among its statuses",
            "one of 202",
            "200 OK",
        ),
    ),
    "a status without a name": (
        show("", 299),
        Violation(
            "exchange.success-status",
            "showVolume answered 299, which is not among its statuses",
            "one of 200",
            "299",
        ),
    ),
    "a redirect": (
        show("", 302),
        Violation(
            "exchange.documented-status",
            "showVolume answered 302 Found, which is neither a success nor a refusal",
            "a status of 2xx or 4xx",
            "302 Found",
        ),
    ),
    "a refusal of another number": (
        fault(409, {"conflictingRequest": {"code": 409, "message": "m"}}),
        Violation(
            "exchange.refusal-status",
            "createVolume answered 409 Conflict, which is not among its statuses",
            "one of 400, 401, 403, 404, 413, 415, 429",
            "409 Conflict",
        ),
    ),
    "an error declared as HTML": (
        show(NOT_FOUND, 404, headers={"content-type": "text/html", **ID}),
        Violation(
            "exchange.error-media-type",
            "showVolume answered 404 Not Found with a body that is not declared as JSON: text/html",
            "Content-Type: application/json",
            "text/html",
        ),
    ),
    "a deletion that is done at once": (exchange("DELETE", f"/{P}/volumes/{VOL}", 204), None),
    "a limiter's page": (
        exchange("GET", f"/{P}/volumes", 429, "<html>", headers={"content-type": "text/html"}),
        None,
    ),
    "a method that there is not at all": (exchange("PATCH", f"/{P}/volumes", 501, "", headers={}), None),
    "500": (
        exchange("GET", "/x", 500, "", headers={}),
        Violation(
            "exchange.no-server-error",
            "GET /x was answered with a server error, 500 Internal Server Error",
            "a status below 500",
            "500 Internal Server Error",
        ),
    ),
    "499 on an unknown path": (exchange("GET", "/x", 499, "", headers={}), None),
    "JSON not declared": (
        show({"volume": VOLUME}, headers=ID),
        Violation(
            "exchange.media-type",
            "showVolume answered 200 OK with a body that is not declared as JSON: no Content-Type",
            "Content-Type: application/json",
            "no Content-Type",
        ),
    ),
    "JSON declared as HTML": (
        show({"volume": VOLUME}, headers={"content-type": "Text/HTML; charset=x", **ID}),
        Violation(
            "exchange.media-type",
            "showVolume answered 200 OK with a body that is not declared as JSON: text/html",
            "Content-Type: application/json",
            "text/html",
        ),
    ),
    "empty": (
        show(""),
        Violation(
            "exchange.well-formed-json",
            "showVolume answered 200 OK with a body that is not JSON: it is empty",
            "one complete JSON text in UTF-8",
            "an empty body",
        ),
    ),
    "NaN": (
        show('{"volume": NaN}'),
        Violation(
            "exchange.well-formed-json",
            "showVolume answered 200 OK with a body that is not JSON: NaN is no JSON value",
            "one complete JSON text in UTF-8",
            '{"volume": NaN}',
        ),
    ),
    "half a character as name": (
        show('{"volume": {"\\ud800": 1}}'),
        Violation(
            "exchange.well-formed-json",
            "showVolume answered 200 OK with a name that is no text: half of a surrogate pair",
            "one complete JSON text in UTF-8",
            '{"volume": {"\\ud800": 1}}',
        ),
    ),
    "an error in a list": (
        fault(400, [said("m")]),
        Violation(
            "exchange.error-envelope",
            OTHER_FORM + "it is no object",
            BAD_REQUEST,
            '[{"badRequest": {"code": 400, "message": "m"}}]',
        ),
    ),
    "an error with a sibling": (
        fault(400, {**said("m"), "more": {}}),
        Violation(
            "exchange.error-envelope",
            OTHER_FORM + "it has 2 members instead of one",
            BAD_REQUEST,
            '{"badRequest": {"code": 400, "message": "m"}, "more": {}}',
        ),
    ),
    "an error that is text": (
        fault(400, {"badRequest": "m"}),
        Violation(
            "exchange.error-envelope",
            OTHER_FORM + "its member is no object",
            BAD_REQUEST,
            '{"badRequest": "m"}',
        ),
    ),
    "an error without anything": (
        fault(400, {"badRequest": {}}),
        Violation(
            "exchange.error-envelope",
            OTHER_FORM + "its member has no code and no message",
            BAD_REQUEST,
            '{"badRequest": {}}',
        ),
    ),
    "an error whose message is an object": (
        fault(400, {"badRequest": {"code": 400, "message": {}}}),
        Violation(
            "exchange.error-envelope",
            OTHER_FORM + "its message is no text",
            BAD_REQUEST,
            '{"badRequest": {"code": 400, "message": {}}}',
        ),
    ),
    "an error that has two names": (
        show({}, 401),
        Violation(
            "exchange.error-envelope",
            "showVolume answered 401 Unauthorized with an error body of another form: it has 0 members instead of one",
            '{"error or unauthorized": {"code": 401, "message": "…"}}',
            "{}",
        ),
    ),
    "the code of another status": (
        fault(400, {"badRequest": {"code": 404, "message": "m"}}),
        Violation(
            "exchange.error-code",
            "createVolume answered 400 Bad Request with an error whose code is 404",
            "400",
            "404",
            "/badRequest/code",
        ),
    ),
    "the name of another status": (
        fault(400, {"itemNotFound": {"code": 400, "message": "m"}}),
        Violation(
            "exchange.fault-name",
            "createVolume answered 400 Bad Request with an error called itemNotFound, which is not badRequest",
            "badRequest",
            "itemNotFound",
            "/itemNotFound",
        ),
    ),
    "a body after a deletion": (
        exchange("DELETE", f"/{P}/volumes/{VOL}", 202, "{}"),
        Violation(
            "exchange.empty-body",
            "deleteVolume answered 202 Accepted with a body where none belongs",
            "no body",
            "{}",
        ),
    ),
    "a stack trace": (
        fault(400, said("Traceback (most recent call last)")),
        Violation(
            "exchange.no-internals",
            "The error message shows a stack trace: Traceback (most recent call last)",
            "a message for the client, without the inside of the service",
            "Traceback (most recent call last)",
        ),
    ),
    "a token": (
        show({"volume": VOLUME}, echoes_secret=True),
        Violation(
            "exchange.no-secret-echo",
            f"GET /{P}/volumes/{VOL} was answered with the client's own token or password",
            "an answer without credentials",
            "the secret, or a part of it, stands in the answer as it is or in another form (removed from this record)",
        ),
    ),
    "a broken-off answer": (
        unanswered("protocol"),
        Violation(
            "exchange.complete-answer",
            "GET /x got no whole HTTP answer: the connection was closed",
            "one whole HTTP answer",
            "the connection was closed",
        ),
    ),
    "a broken-off answer without a reason": (
        attrs.evolve(unanswered("protocol"), error=None),
        Violation(
            "exchange.complete-answer",
            "GET /x got no whole HTTP answer: None",
            "one whole HTTP answer",
            "none",
        ),
    ),
    "no request id": (
        show({"volume": VOLUME}, headers=JSON),
        Violation(
            "exchange.request-id",
            "showVolume answered 200 OK without a request id: no such header",
            "X-Openstack-Request-Id: req-<uuid>",
            "no such header",
        ),
    ),
    "another request id": (
        show({"volume": VOLUME}, headers={**JSON, "x-openstack-request-id": "17"}),
        Violation(
            "exchange.request-id",
            "showVolume answered 200 OK without a request id: 17",
            "X-Openstack-Request-Id: req-<uuid>",
            "17",
        ),
    ),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_says_what_where_and_what_belongs_there(contract: Contract, name: str) -> None:
    one, finding = FINDINGS[name]
    assert check(contract, one) == ([finding] if finding else [])


def test_a_broken_off_answer_may_hold_a_secret_too(contract: Contract) -> None:
    one = attrs.evolve(unanswered("protocol"), error_echoes_secret=True)
    assert [violation.requirement for violation in check(contract, one)] == [
        checks.NO_SECRET_ECHO,
        checks.COMPLETE_ANSWER,
    ]


def test_an_undocumented_field_is_named(contract: Contract) -> None:
    assert check(contract, volume(shiny=1), strict=True) == [
        Violation(
            "exchange.undocumented-field",
            "showVolume answered 200 OK with a field that is not documented: /volume/shiny",
            "documented fields only",
            "/volume/shiny",
            "/volume/shiny",
        )
    ]


def test_errors_may_have_undocumented_fields(contract: Contract) -> None:
    one = fault(400, {"badRequest": {"code": 400, "message": "m", "shiny": 1}})
    assert check(contract, one, strict=True) == []


@pytest.mark.parametrize(
    ("status", "retry_after", "patience"),
    [
        (413, "1", True),
        (413, "2", True),
        (413, "0", False),
        (413, "soon", False),
        (413, "", False),
        (413, None, False),
        (414, "1", False),
        (400, "1", False),
    ],
)
def test_only_a_413_that_names_a_time_asks_for_patience(
    contract: Contract, status: int, retry_after: str | None, patience: bool
) -> None:
    headers = {**JSON, **ID, **({} if retry_after is None else {"retry-after": retry_after})}
    one = fault(status, {"slow": "down"}, headers=headers)
    assert (check(contract, one) == []) is patience


@pytest.mark.parametrize("operation", ["showVolume", "nothing", "deleteVolume"])
def test_a_method_that_the_operation_does_not_have_is_not_judged_by_it(
    contract: Contract, operation: str
) -> None:
    one = exchange("PUT", f"/{P}/volumes/{VOL}", 418, "", operation=operation)
    assert check(contract, one) == []


def test_the_operation_that_is_given_is_the_one_that_counts(contract: Contract) -> None:
    one = exchange("GET", f"/{P}/volumes/{VOL}", 200, {"volumes": []}, operation="listVolumes")
    assert check(contract, one) == []
    (violation,) = check(contract, exchange("GET", "/nowhere", 200, {}, operation="listVolumes"))
    assert violation.message.startswith("listVolumes answered 200 OK: /volumes should be")


# -- what the router may answer -----------------------------------------------------------------------------------

TOO_LARGE = {"message": "m", "code": "413 Too Large", "title": "t"}
PLAIN = {"content-type": "text/plain", **ID}


@pytest.mark.parametrize(
    ("body", "headers", "accept", "tolerated"),
    [
        ("too large", PLAIN, "*/*", True),
        ("too large", PLAIN, "", True),
        ("too large", PLAIN, "text/html, application/json", False),
        ("too large", {"content-type": "application/xml", **ID}, "*/*", False),
        (TOO_LARGE, None, "application/json", True),
        ({**TOO_LARGE, "code": "404 Too Large"}, None, "application/json", False),
        ({**TOO_LARGE, "code": 413}, None, "application/json", False),
        ({**TOO_LARGE, "title": None}, None, "application/json", False),
        ({**TOO_LARGE, "more": ""}, None, "application/json", False),
        ({"message": "m", "code": "413 Too Large"}, None, "application/json", False),
        (["413 Too Large"], None, "application/json", False),
        (str(TOO_LARGE), None, "application/json", False),
    ],
)
def test_a_body_limit_answers_in_its_own_form(
    contract: Contract, body: object, headers: dict[str, str] | None, accept: str, tolerated: bool
) -> None:
    one = fault(413, body, headers=headers, accept=accept)
    assert (check(contract, one) == []) is tolerated


def test_a_client_that_names_no_type_may_get_the_routers_page(contract: Contract) -> None:
    one = fault(413, "too large", headers=PLAIN)
    assert check(contract, attrs.evolve(one, request=attrs.evolve(one.request, headers={}))) == []
    shouting = attrs.evolve(one, request=attrs.evolve(one.request, headers={"ACCEPT": "application/json"}))
    assert check(contract, shouting) != []


@pytest.mark.parametrize("status", [400, 403, 415])
def test_the_routers_form_is_for_unknown_paths_and_large_bodies_only(contract: Contract, status: int) -> None:
    assert check(contract, fault(status, {**ROUTER, "code": f"{status} x"})) != []


# -- what the client said itself ----------------------------------------------------------------------------------

PATH = "/etc/passwd"


@pytest.mark.parametrize(
    "request_",
    [
        {"path": f"/{P}/volumes{PATH}"},
        {"path": f"/{P}/volumes/%2Fetc%2Fpasswd"},
        {"query": (("name", PATH),)},
        {"body": '{"volume": {"name": "/etc/passwd"}}'},
        {"body": '{"volume": {"\\u002fetc/passwd": 1}}'},
        {"body": "{no JSON: /etc/passwd"},
        {"body": "[" * 100_000 + PATH},
    ],
)
def test_what_the_client_sent_gives_nothing_away(contract: Contract, request_: dict[str, object]) -> None:
    one = fault(400, said(f"not {PATH}"), operation="createVolume", sent="{}")
    one = attrs.evolve(one, request=attrs.evolve(one.request, **request_))
    assert check(contract, one) == []


@pytest.mark.parametrize(
    "sent", [None, "", "{}", '["/etc", "/passwd"]', '{"/etc": "/passwd"}', "/etc\n/passwd"]
)
def test_what_the_client_did_not_send_whole_gives_something_away(
    contract: Contract, sent: str | None
) -> None:
    (violation,) = check(contract, fault(400, said(PATH), sent=sent))
    assert (violation.requirement, violation.got) == (checks.NO_INTERNALS, PATH)


def test_pieces_of_an_answer_are_not_read_as_one(contract: Contract) -> None:
    assert (
        check(contract, fault(400, {"badRequest": {"code": 400, "message": "SELECT", "x": ["/et", "c/y"]}}))
        == []
    )


def test_successes_may_say_what_they_like(contract: Contract) -> None:
    assert check(contract, volume(name=PATH)) == []
    assert check(contract, exchange("GET", "/x", 399, PATH, headers={})) == []
    assert check(contract, exchange("GET", "/x", 400, PATH, headers={})) != []


# -- what was held against an exchange ----------------------------------------------------------------------------

ANY = [checks.COMPLETE_ANSWER, checks.NO_SERVER_ERROR, checks.NO_SECRET_ECHO]
DONE = [*ANY, checks.DOCUMENTED_STATUS, checks.REQUEST_ID, checks.SUCCESS_STATUS]
JSON_BODY = [checks.MEDIA_TYPE, checks.WELL_FORMED_JSON, checks.BODY_SCHEMA]
ERROR = [
    checks.REFUSAL_STATUS,
    checks.ERROR_MEDIA_TYPE,
    checks.ERROR_ENVELOPE,
    checks.ERROR_CODE,
    checks.FAULT_NAME,
    checks.WELL_FORMED_JSON,
]
REFUSED = [*ANY, checks.NO_INTERNALS, checks.DOCUMENTED_STATUS, checks.REQUEST_ID, *ERROR]


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (unanswered("network"), []),
        (unanswered("protocol"), [checks.COMPLETE_ANSWER, checks.NO_SECRET_ECHO]),
        (exchange("GET", "/x", 200), ANY),
        (exchange("GET", "/x", 399), ANY),
        (exchange("GET", "/x", 400), [*ANY, checks.NO_INTERNALS]),
        (
            exchange("GET", "/", 300, VERSIONS, operation="listVersions"),
            [*ANY, checks.DOCUMENTED_STATUS, checks.SUCCESS_STATUS, *JSON_BODY],
        ),
        (show({"volume": VOLUME}, operation="showVolume"), [*DONE, *JSON_BODY]),
        (show(NOT_FOUND, 404, operation="showVolume"), REFUSED),
        (show(KEYSTONE, 401, operation="showVolume"), REFUSED),
        (fault(400, said("m"), operation="createVolume"), REFUSED),
        (
            exchange("DELETE", f"/{P}/volumes/{VOL}", 202, operation="deleteVolume"),
            [*DONE, checks.EMPTY_BODY],
        ),
        (
            exchange("DELETE", f"/{P}/snapshots/{SNAP}", 202, operation="deleteSnapshot"),
            [*DONE, checks.EMPTY_BODY],
        ),
        (exchange("DELETE", f"/{P}/volumes/{VOL}", 404, operation="deleteVolume"), REFUSED),
    ],
)
def test_what_was_held_against_an_exchange(contract: Contract, one: Exchange, held: list[str]) -> None:
    assert checks.held_against(contract, one) == held


@pytest.mark.parametrize("requirement", sorted(set(checks.REQUIREMENTS) - {checks.UNDOCUMENTED_FIELD}))
def test_every_requirement_has_a_row_that_breaks_it_and_one_that_meets_it(
    contract: Contract, requirement: str
) -> None:
    assert requirement in {finding.requirement for _, finding in FINDINGS.values() if finding}
    sound = [show({"volume": VOLUME}), fault(400, said("m")), exchange("DELETE", f"/{P}/volumes/{VOL}", 202)]
    named = [
        attrs.evolve(one, operation=contract.match(one.request.method, one.request.path).id) for one in sound
    ]
    assert all(check(contract, one) == [] for one in named)
    assert any(requirement in checks.held_against(contract, one) for one in named)


def test_a_volume_without_a_demanded_field_is_found(contract: Contract) -> None:
    (violation,) = check(contract, show({"volume": without("size")}))
    assert (violation.where, violation.got) == ("/volume/size", "nothing")
