"""`check` on bodies as Cinder sends them, and on bodies that are wrong in one way."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.checks.answers import (
    ADMIN,
    ATTACHED,
    CREATED,
    HTML_EMPTY,
    ID,
    JSON,
    KEYSTONE,
    LINKS,
    NEXT,
    NOT_FOUND,
    ROUTER,
    SNAP,
    SNAPSHOT,
    SNAPSHOT_DETAIL,
    TYPES,
    VERSIONS,
    VOL,
    VOLUME,
    H,
    P,
    attachment,
    exchange,
    fault,
    said,
    show,
    snapshot,
    unanswered,
    version,
    volume,
    without,
)

from volcheck.checks import exchange as checks
from volcheck.contract import Contract, load_contract
from volcheck.gateway.exchange import Exchange


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


def broken(contract: Contract, one: Exchange, *, strict: bool = False) -> list[str]:
    return [violation.requirement for violation in checks.check(contract, one, strict=strict)]


AS_CINDER_ANSWERS = {
    "versions, 300": exchange("GET", "/", 300, VERSIONS, headers=JSON),
    "versions, 200": exchange("GET", "/", 200, VERSIONS, headers=JSON),
    "types of a member": exchange("GET", f"/{P}/types", 200, TYPES),
    "types of an administrator": exchange(
        "GET",
        f"/{P}/types",
        200,
        {
            "volume_types": [
                {
                    **TYPES["volume_types"][0],
                    "extra_specs": {"volume_backend_name": "hdd"},
                    "qos_specs_id": None,
                }
            ],
            "volume_type_links": [{"rel": "next", "href": f"{H}/v2/{P}/types?limit=1&marker={VOL}"}],
        },
    ),
    "volumes": exchange(
        "GET",
        f"/{P}/volumes",
        200,
        {"volumes": [{"id": VOL, "name": "볼륨-ü-😀", "links": LINKS}], "volumes_links": NEXT},
    ),
    "no volumes": exchange("GET", f"/{P}/volumes", 200, {"volumes": []}),
    "volumes in detail": exchange("GET", f"/{P}/volumes/detail", 200, {"volumes": [ATTACHED, VOLUME, ADMIN]}),
    "a volume": show({"volume": VOLUME}),
    "a volume with a charset": show(
        {"volume": VOLUME}, headers={"content-type": "application/json; charset=UTF-8", **ID}
    ),
    "an attached volume": show({"volume": ATTACHED}),
    "a volume of an administrator": show({"volume": ADMIN}),
    "a volume from an image": show(
        {"volume": {**VOLUME, "bootable": "true", "volume_image_metadata": {"min_disk": "2", "size": "2000"}}}
    ),
    "a volume without type, in a service without types": show({"volume": {**VOLUME, "volume_type": None}}),
    "a volume with a NUL in its name": show({"volume": {**VOLUME, "name": "a\u0000b"}}),
    "a volume with half a character": show('{"volume": ' + json.dumps({**VOLUME, "name": "\ud800"}) + "}"),
    "a volume being created": exchange("POST", f"/{P}/volumes", 202, {"volume": CREATED}),
    "a volume being created for an administrator": exchange(
        "POST", f"/{P}/volumes", 202, {"volume": {**CREATED, "migration_status": None}}
    ),
    "a volume being deleted": exchange("DELETE", f"/{P}/volumes/{VOL}", 202, headers=HTML_EMPTY),
    "a snapshot being deleted": exchange("DELETE", f"/{P}/snapshots/{SNAP}", 202, headers=HTML_EMPTY),
    "snapshots": exchange("GET", f"/{P}/snapshots", 200, {"snapshots": [SNAPSHOT]}),
    "snapshots in detail": exchange(
        "GET", f"/{P}/snapshots/detail", 200, {"snapshots": [SNAPSHOT_DETAIL], "snapshots_links": NEXT}
    ),
    "a snapshot": exchange("GET", f"/{P}/snapshots/{SNAP}", 200, {"snapshot": SNAPSHOT_DETAIL}),
    "a snapshot being created": exchange("POST", f"/{P}/snapshots", 202, {"snapshot": SNAPSHOT}),
    "an unknown volume": show(NOT_FOUND, 404),
    "a bad size": exchange(
        "POST", f"/{P}/volumes", 400, {"badRequest": {"code": 400, "message": "Invalid input for size."}}
    ),
    "no token": show(KEYSTONE, 401, headers={**JSON, "www-authenticate": 'Keystone uri="http://x"'}),
    "a role that may only read": exchange(
        "POST", f"/{P}/volumes", 403, {"forbidden": {"code": 403, "message": "Policy doesn't allow it."}}
    ),
    "over quota": exchange(
        "POST",
        f"/{P}/volumes",
        413,
        {"overLimit": {"code": 413, "message": "exceeds quota", "retryAfter": "0"}},
        headers={**JSON, **ID, "retry-after": "0"},
    ),
    "a body too large": exchange(
        "POST",
        f"/{P}/volumes",
        413,
        {"message": "Too large.<br />", "code": "413 Request Entity Too Large", "title": "Too Large"},
    ),
    "a body too large, for a browser": exchange(
        "POST",
        f"/{P}/volumes",
        413,
        "<html>Too large</html>",
        headers={"content-type": "text/html", **ID},
        accept="*/*",
    ),
    "a body that is not declared as JSON": exchange(
        "POST", f"/{P}/volumes", 415, {"badMediaType": {"code": 415, "message": "Unsupported Content-Type"}}
    ),
    "a project id that no route knows": exchange("GET", "/nosuchproject/volumes", 404, ROUTER),
    "the same for a browser": exchange(
        "GET",
        "/nosuchproject/volumes",
        404,
        "<html></html>",
        headers={"content-type": "text/html", **ID},
        accept="*/*",
    ),
    "an unknown path": exchange("GET", f"/{P}/nonsense", 404, ROUTER),
    "the documented way to create": exchange("POST", f"/{P}/volumes/detail", 404, ROUTER),
    "HEAD": exchange("HEAD", f"/{P}/volumes", 404, headers={}),
    "an odd method": exchange("PATCH", f"/{P}/volumes/{VOL}", 404, "<html></html>", headers={}),
    "a quoted path in a message": exchange(
        "POST",
        f"/{P}/volumes",
        400,
        {"badRequest": {"code": 400, "message": "Invalid input: /etc/passwd SELECT a FROM b"}},
        sent='{"volume": {"size": "/etc/passwd SELECT a FROM b"}}',
    ),
    "a quoted path with an escape": show(
        {"itemNotFound": {"code": 404, "message": "Volume 가/etc/x.py could not be found."}},
        404,
        operation="showVolume",
        sent='{"x": "\\uac00/etc/x.py"}',
    ),
}


@pytest.mark.parametrize("name", AS_CINDER_ANSWERS)
def test_real_answers_pass(contract: Contract, name: str) -> None:
    assert checks.check(contract, AS_CINDER_ANSWERS[name]) == []


@pytest.mark.parametrize("name", AS_CINDER_ANSWERS)
def test_real_answers_have_no_undocumented_field(contract: Contract, name: str) -> None:
    assert checks.check(contract, AS_CINDER_ANSWERS[name], strict=True) == []


def test_no_answer_is_no_violation(contract: Contract) -> None:
    assert checks.check(contract, unanswered("network")) == []


def test_an_outage_says_nothing_about_conformance(contract: Contract) -> None:
    assert checks.check(contract, show("down", 503, headers={})) == []


S, E, C, N = checks.BODY_SCHEMA, checks.ERROR_ENVELOPE, checks.ERROR_CODE, checks.FAULT_NAME
#: name: (exchange, requirement, where)
WRONG: dict[str, tuple[Exchange, str, str]] = (
    {
        "size a string": (volume(size="10"), S, "/volume/size"),
        "size zero": (volume(size=0), S, "/volume/size"),
        "size null": (volume(size=None), S, "/volume/size"),
        "bootable a boolean": (volume(bootable=False), S, "/volume/bootable"),
        "bootable in capitals": (volume(bootable="False"), S, "/volume/bootable"),
        "encrypted a string": (volume(encrypted="false"), S, "/volume/encrypted"),
        "multiattach null": (volume(multiattach=None), S, "/volume/multiattach"),
        "unknown status": (volume(status="ready"), S, "/volume/status"),
        "status in capitals": (volume(status="AVAILABLE"), S, "/volume/status"),
        "id without dashes": (volume(id=VOL.replace("-", "")), S, "/volume/id"),
        "id in capitals": (volume(id=VOL.upper()), S, "/volume/id"),
        "created_at with zone": (volume(created_at="2026-11-23T09:29:10.952541Z"), S, "/volume/created_at"),
        "created_at with a space": (volume(created_at="2026-11-23 09:29:10.952541"), S, "/volume/created_at"),
        "created_at in milliseconds": (volume(created_at="2026-11-23T09:29:10.952"), S, "/volume/created_at"),
        "created_at a number": (volume(created_at=1764000000), S, "/volume/created_at"),
        "created_at in month 13": (volume(created_at="2026-13-23T09:29:10.952541"), S, "/volume/created_at"),
        "updated_at empty": (volume(updated_at=""), S, "/volume/updated_at"),
        "metadata null": (volume(metadata=None), S, "/volume/metadata"),
        "metadata a list": (volume(metadata=[]), S, "/volume/metadata"),
        "metadata with a number": (volume(metadata={"a": 1}), S, "/volume/metadata/a"),
        "attachments an object": (volume(attachments={}), S, "/volume/attachments"),
        "links an object": (volume(links=LINKS[0]), S, "/volume/links"),
        "no bookmark": (volume(links=[LINKS[0], LINKS[0]]), S, "/volume/links"),
        "one link": (volume(links=LINKS[:1]), S, "/volume/links"),
        "relative link": (volume(links=[{**LINKS[0], "href": "/v2/x"}, LINKS[1]]), S, "/volume/links/0/href"),
        "source id empty": (volume(source_volid=""), S, "/volume/source_volid"),
        "snapshot id a word": (volume(snapshot_id="none"), S, "/volume/snapshot_id"),
        "name an object": (volume(name={}), S, "/volume/name"),
        "name of 256": (volume(name="n" * 256), S, "/volume/name"),
        "description a number": (volume(description=5), S, "/volume/description"),
        "tenant a name": (
            volume(**{"os-vol-tenant-attr:tenant_id": "demo"}),
            S,
            "/volume/os-vol-tenant-attr:tenant_id",
        ),
        "no user": (volume(user_id=""), S, "/volume/user_id"),
        "image metadata a number": (
            volume(volume_image_metadata={"min_disk": 2}),
            S,
            "/volume/volume_image_metadata/min_disk",
        ),
        "device_id as documented": (
            show(
                {
                    "volume": {
                        **ATTACHED,
                        "attachments": [
                            {**without("device", ATTACHED["attachments"][0]), "device_id": "/dev/vdb"}
                        ],
                    }
                }
            ),
            S,
            "/volume/attachments/0/device",
        ),
        "server id a word": (attachment(server_id="server"), S, "/volume/attachments/0/server_id"),
        "no wrapper": (show(VOLUME), S, "/volume"),
        "wrapper in the plural": (show({"volumes": [VOLUME]}), S, "/volume"),
        "a list": (show([VOLUME]), S, ""),
        "null": (show("null"), S, ""),
        "list not a list": (exchange("GET", f"/{P}/volumes", 200, {"volumes": {}}), S, "/volumes"),
        "next links an object": (
            exchange("GET", f"/{P}/volumes", 200, {"volumes": [], "volumes_links": NEXT[0]}),
            S,
            "/volumes_links",
        ),
        "next links empty": (
            exchange("GET", f"/{P}/volumes", 200, {"volumes": [], "volumes_links": []}),
            S,
            "/volumes_links",
        ),
        "link to the previous page": (
            exchange(
                "GET", f"/{P}/volumes", 200, {"volumes": [], "volumes_links": [{**NEXT[0], "rel": "prev"}]}
            ),
            S,
            "/volumes_links/0/rel",
        ),
        "progress a number": (
            snapshot(**{"os-extended-snapshot-attributes:progress": 100}),
            S,
            "/snapshot/os-extended-snapshot-attributes:progress",
        ),
        "progress above 100": (
            snapshot(**{"os-extended-snapshot-attributes:progress": "101%"}),
            S,
            "/snapshot/os-extended-snapshot-attributes:progress",
        ),
        "snapshot in a list, as documented": (
            exchange("GET", f"/{P}/snapshots/{SNAP}", 200, {"snapshot": [SNAPSHOT_DETAIL]}),
            S,
            "/snapshot",
        ),
        "snapshot in use": (snapshot(status="in-use"), S, "/snapshot/status"),
        "snapshot of nothing": (snapshot(volume_id=None), S, "/snapshot/volume_id"),
        "version status": (version(status="OLD"), S, "/versions/0/status"),
        "version updated": (version(updated="2017-02-25"), S, "/versions/0/updated"),
        "version links": (version(links=[]), S, "/versions/0/links"),
        "type without name": (
            exchange(
                "GET", f"/{P}/types", 200, {"volume_types": [without("name", TYPES["volume_types"][0])]}
            ),
            S,
            "/volume_types/0/name",
        ),
        "extra specs null": (
            exchange(
                "GET",
                f"/{P}/types",
                200,
                {"volume_types": [{**TYPES["volume_types"][0], "extra_specs": None}]},
            ),
            S,
            "/volume_types/0/extra_specs",
        ),
        "retryAfter negative": (
            fault(413, {"overLimit": {"code": 413, "message": "m", "retryAfter": "-1"}}),
            E,
            "/overLimit/retryAfter",
        ),
        "200 for 202": (
            exchange("POST", f"/{P}/volumes", 200, {"volume": CREATED}),
            checks.SUCCESS_STATUS,
            "",
        ),
        "204 for a list": (exchange("GET", f"/{P}/volumes", 204, headers=ID), checks.SUCCESS_STATUS, ""),
        "a redirect": (exchange("GET", f"/{P}/volumes", 302, headers=ID), checks.DOCUMENTED_STATUS, ""),
        "409 for a refusal": (
            exchange(
                "DELETE", f"/{P}/volumes/{VOL}", 409, {"conflictingRequest": {"code": 409, "message": "m"}}
            ),
            checks.REFUSAL_STATUS,
            "",
        ),
        "a status that is none": (show("", 299), checks.SUCCESS_STATUS, ""),
        "500": (
            fault(500, {"computeFault": {"code": 500, "message": "m"}}),
            checks.NO_SERVER_ERROR,
            "",
        ),
        "502 on an unknown path": (
            exchange("GET", "/x", 502, "down", headers={}),
            checks.NO_SERVER_ERROR,
            "",
        ),
        "500 on HEAD": (exchange("HEAD", f"/{P}/volumes", 500, headers={}), checks.NO_SERVER_ERROR, ""),
        "JSON declared as HTML": (
            show({"volume": VOLUME}, headers={"content-type": "text/html", **ID}),
            checks.MEDIA_TYPE,
            "",
        ),
        "JSON not declared": (show({"volume": VOLUME}, headers=ID), checks.MEDIA_TYPE, ""),
        "an error in HTML": (
            show("<html></html>", 404, headers={"content-type": "text/html", **ID}, accept="*/*"),
            checks.ERROR_MEDIA_TYPE,
            "",
        ),
        "HTML for a client that wants JSON": (
            fault(413, "<html></html>", headers={"content-type": "text/html", **ID}),
            checks.ERROR_MEDIA_TYPE,
            "",
        ),
        "not JSON": (show("{'volume': 1}"), checks.WELL_FORMED_JSON, ""),
        "empty": (show(""), checks.WELL_FORMED_JSON, ""),
        "cut off": (show('{"volume": {', truncated=True), checks.WELL_FORMED_JSON, ""),
        "two texts": (show("{} {}"), checks.WELL_FORMED_JSON, ""),
        "not UTF-8": (show('{"volume": "\ufffd"}', utf8=False), checks.WELL_FORMED_JSON, ""),
        "a name twice": (show('{"volume": {"size": 1, "size": 2}}'), checks.WELL_FORMED_JSON, ""),
        "NaN": (show('{"volume": {"size": NaN}}'), checks.WELL_FORMED_JSON, ""),
        "minus Infinity": (show('{"volume": {"size": -Infinity}}'), checks.WELL_FORMED_JSON, ""),
        "a number without end": (show('{"volume": ' + "9" * 5000 + "}"), checks.WELL_FORMED_JSON, ""),
        "endless brackets": (show("[" * 100_000), checks.WELL_FORMED_JSON, ""),
        "half a character as name": (
            show('{"volume": {"\\ud800": 1}}'),
            checks.WELL_FORMED_JSON,
            "",
        ),
        "error in a list": (fault(400, [said("m")]), E, ""),
        "error without wrapper": (fault(400, {"code": 400, "message": "m"}), E, ""),
        "error with a sibling": (fault(400, {**said("m"), "more": {}}), E, ""),
        "error a text": (fault(400, {"badRequest": "m"}), E, ""),
        "error without code": (fault(400, {"badRequest": {"message": "m"}}), E, ""),
        "error without message": (fault(400, {"badRequest": {"code": 400}}), E, ""),
        "message an object": (fault(400, {"badRequest": {"code": 400, "message": {}}}), E, ""),
        "the router's form for a known path": (show(ROUTER, 404), E, ""),
        "code of another status": (
            fault(400, {"badRequest": {"code": 404, "message": "m"}}),
            C,
            "/badRequest/code",
        ),
        "code a string": (fault(400, {"badRequest": {"code": "400", "message": "m"}}), C, "/badRequest/code"),
        "code a boolean": (fault(400, {"badRequest": {"code": True, "message": "m"}}), C, "/badRequest/code"),
        "name of another status": (
            fault(400, {"itemNotFound": {"code": 400, "message": "m"}}),
            N,
            "/itemNotFound",
        ),
        "name of nothing": (fault(403, {"Forbidden": {"code": 403, "message": "m"}}), N, "/Forbidden"),
        "deleted with a body": (
            exchange("DELETE", f"/{P}/volumes/{VOL}", 202, {"volume": VOLUME}),
            checks.EMPTY_BODY,
            "",
        ),
        "a stack trace": (
            fault(400, said('Traceback (most recent call last):\n  File "/a/b.py", line 3')),
            checks.NO_INTERNALS,
            "",
        ),
        "a Java stack trace": (
            fault(400, said("at com.example.Volumes.create(Volumes.java:42)")),
            checks.NO_INTERNALS,
            "",
        ),
        "an SQL statement": (fault(400, said("SELECT volumes.id FROM volumes")), checks.NO_INTERNALS, ""),
        "an SQL error": (fault(400, said("(pymysql.err.DataError) 1366")), checks.NO_INTERNALS, ""),
        "a source file": (fault(400, said("in cinder/api/volumes.py:120")), checks.NO_INTERNALS, ""),
        "a configuration file": (fault(400, said("see /etc/cinder/cinder.conf")), checks.NO_INTERNALS, ""),
        "a trace on an unknown path": (
            exchange("GET", "/x", 404, "Traceback (most recent call last)", headers={}),
            checks.NO_INTERNALS,
            "",
        ),
        "a token in the answer": (show({"volume": VOLUME}, echoes_secret=True), checks.NO_SECRET_ECHO, ""),
        "an answer that broke off": (unanswered("protocol"), checks.COMPLETE_ANSWER, ""),
        "no request id": (show({"volume": VOLUME}, headers=JSON), checks.REQUEST_ID, ""),
        "another request id": (
            show({"volume": VOLUME}, headers={**JSON, "x-openstack-request-id": "17"}),
            checks.REQUEST_ID,
            "",
        ),
    }
    | {
        f"no {name}": (show({"volume": without(name)}), S, f"/volume/{name}")
        for name in VOLUME
        if name != "updated_at"
    }
    | {
        f"no {name} in a snapshot": (
            exchange("GET", f"/{P}/snapshots/{SNAP}", 200, {"snapshot": without(name, SNAPSHOT_DETAIL)}),
            S,
            f"/snapshot/{name}",
        )
        for name in SNAPSHOT_DETAIL
        if name != "updated_at"
    }
)


@pytest.mark.parametrize("name", WRONG)
def test_one_mistake_is_one_violation(contract: Contract, name: str) -> None:
    one, requirement, where = WRONG[name]
    (violation,) = checks.check(contract, one)
    assert (violation.requirement, violation.where) == (requirement, where)
    for text in (violation.message, violation.expected, violation.got):
        assert text
        assert text.isprintable()
    assert len(violation.got) <= 200
    assert len(violation.message) <= 600


def test_every_requirement_is_broken_by_some_case(contract: Contract) -> None:
    broken_ones = {requirement for _, requirement, _ in WRONG.values()}
    assert broken_ones == set(checks.REQUIREMENTS) - {checks.UNDOCUMENTED_FIELD}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_broken_was_held_against_the_exchange(contract: Contract, name: str) -> None:
    one, requirement, _ = WRONG[name]
    if (operation := contract.match(one.request.method, one.request.path)) is not None:
        assert requirement in checks.held_against(contract, attrs.evolve(one, operation=operation.id))


def test_requirements_are_in_the_catalogue(contract: Contract) -> None:
    family = [one.id for one in contract.requirements.values() if one.family == "exchange"]
    assert sorted(family) == sorted(checks.REQUIREMENTS)


def test_undocumented_field_counts_only_when_strict(contract: Contract) -> None:
    one = show(
        {"volume": {**ATTACHED, "shiny": 1, "attachments": [{**ATTACHED["attachments"][0], "x/y": []}] * 2}}
    )
    assert checks.check(contract, one) == []
    found = checks.check(contract, one, strict=True)
    assert [(each.requirement, each.where) for each in found] == [
        (checks.UNDOCUMENTED_FIELD, "/volume/attachments/*/x~1y"),
        (checks.UNDOCUMENTED_FIELD, "/volume/shiny"),
    ]


RESERVED = {**VOLUME, "status": "reserved"}
ENCRYPTED = {**VOLUME, "nhn_encryption": {"skm_key_id": "k", "skm_key_version": 1}}


def test_what_another_edition_has_is_told_with_that_edition(contract: Contract) -> None:
    (violation,) = checks.check(contract, show({"volume": RESERVED}))
    assert (violation.requirement, violation.where) == (checks.BODY_SCHEMA, "/volume/status")
    assert violation.edition == "2026"
    assert "which the edition of 2026 has: try --edition 2026" in violation.message
    (field,) = checks.check(contract, show({"volume": ENCRYPTED}), strict=True)
    assert (field.requirement, field.where, field.edition) == (
        checks.UNDOCUMENTED_FIELD,
        "/volume/nhn_encryption",
        "2026",
    )
    # What no edition has speaks for none.
    (asleep,) = checks.check(contract, show({"volume": {**VOLUME, "status": "asleep"}}))
    assert asleep.edition == ""
    assert "edition" not in asleep.message
    (unknown,) = checks.check(contract, show({"volume": {**VOLUME, "shiny": 1}}), strict=True)
    assert unknown.edition == ""


def test_what_an_edition_has_is_right_in_it() -> None:
    today = load_contract(edition="2026")
    for shown in (VOLUME, RESERVED, ENCRYPTED, {**VOLUME, "nhn_encryption": None}):
        assert checks.check(today, show({"volume": shown}), strict=True) == []
    for wrong in ({}, {"skm_key_id": "k"}, {"skm_key_id": 1, "skm_key_version": 1}, "secret"):
        assert broken(today, show({"volume": {**VOLUME, "nhn_encryption": wrong}})) == [checks.BODY_SCHEMA]


def test_nothing_is_demanded_of_an_operation_that_the_edition_does_not_promise(contract: Contract) -> None:
    today = load_contract(edition="2026")
    gone = exchange("GET", "/", 404, {"detail": "Not Found"}, headers=JSON)
    assert broken(contract, gone) == [checks.REFUSAL_STATUS, checks.ERROR_ENVELOPE]
    assert broken(today, gone) == []
    named = attrs.evolve(gone, operation="listVersions")
    assert broken(today, named) == []
    assert checks.DOCUMENTED_STATUS in checks.held_against(contract, named)
    assert checks.held_against(today, named) == [
        checks.COMPLETE_ANSWER,
        checks.NO_SERVER_ERROR,
        checks.NO_SECRET_ECHO,
        checks.NO_INTERNALS,
    ]
    assert broken(today, attrs.evolve(named, response=attrs.evolve(named.response, status=500))) == [
        checks.NO_SERVER_ERROR
    ]


def test_a_mistake_in_every_item_is_one_violation(contract: Contract) -> None:
    one = exchange("GET", f"/{P}/volumes/detail", 200, {"volumes": [{**VOLUME, "size": "1"}] * 50})
    (violation,) = checks.check(contract, one)
    assert violation.where == "/volumes/0/size"


def test_mistakes_are_limited(contract: Contract) -> None:
    assert 1 < len(checks.check(contract, show({"volume": {}}))) <= 5


def test_message_reads_well(contract: Contract) -> None:
    (violation,) = checks.check(contract, volume(size="10"))
    assert violation.message == (
        'showVolume answered 200 OK: /volume/size should be an integer of at least 1, got "10"'
    )
    (violation,) = checks.check(contract, volume(source_volid=5))
    assert violation.expected.endswith(", or null")
    (violation,) = checks.check(contract, fault(404, {"badRequest": {"code": 404, "message": "m"}}))
    assert (violation.expected, violation.got) == ("itemNotFound", "badRequest")


def test_operation_of_the_exchange_wins_over_the_path(contract: Contract) -> None:
    elsewhere = exchange("GET", "/nowhere/at/all", 200, {"volume": VOLUME}, operation="showVolume")
    assert checks.check(contract, elsewhere) == []
    other_method = exchange("PUT", f"/{P}/volumes/{VOL}", 200, "", operation="showVolume")
    assert checks.check(contract, other_method) == []


def test_a_status_without_answer_form_is_not_judged_twice(contract: Contract) -> None:
    assert broken(contract, show("<html>", 500, headers={"content-type": "text/html"})) == [
        checks.NO_SERVER_ERROR
    ]


@pytest.mark.parametrize("what", checks._INTERNALS)
@settings(deadline=None)
@given(data=st.data())
def test_texts_without_a_hint_show_nothing_of_the_inside(what: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(checks._INTERNALS[what]))
    assert any(hint in text for hint in checks._HINTS)
