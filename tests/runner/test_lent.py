"""What the user lends is looked at before the first test, and a mistake is one sentence with the option and the cure."""

import pytest
from tests.gateway.scripted import OTHER, OTHER_PROJECT, OTHER_SECRET, PROJECT, A, Scripted, answer, gateway

from volcheck.errors import UsageError
from volcheck.fixtures.capabilities import Capabilities
from volcheck.fixtures.settings import FoundCapabilities, Settings
from volcheck.gateway.errors import Blocked
from volcheck.runner.lent import check_options, look_at_lent

IN_USE = {"id": A, "status": "in-use", "attachments": [{}], "os-vol-tenant-attr:tenant_id": PROJECT}


def settings(**more):
    return Settings(
        run_id="r",
        base_url="http://e/v2",
        project_id=PROJECT,
        capabilities=FoundCapabilities(attached_volume=A),
        **more,
    )


@pytest.mark.parametrize("option", ["attached_volume", "image"])
@pytest.mark.parametrize(
    "value", ["", " ", ".", "..", "a/b", "a b", "a?b", "a%2fb", "x" * 256, "볼륨", "a\n"]
)
def test_what_can_be_no_id(option, value):
    with pytest.raises(
        UsageError, match=rf"^--{option.replace('_', '-')} .* is no id: .*leave the option out"
    ):
        check_options(**{"attached_volume": None, "image": None, "image_size": None, option: value})


def test_what_may_be_an_id():
    check_options(attached_volume=A, image="7", image_size=None)
    check_options(attached_volume=None, image="ubuntu-24.04_x", image_size=20)
    check_options(attached_volume=None, image=None, image_size=None)


def test_the_size_of_no_image():
    with pytest.raises(UsageError, match="name the image with --image ID"):
        check_options(attached_volume=None, image=None, image_size=20)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (answer(404), "has no such volume .the endpoint answered 404"),
        (answer(403), "answered 403"),
        (answer(400), "answered 400"),
        (
            answer(200, {"volume": {**IN_USE, "os-vol-tenant-attr:tenant_id": OTHER_PROJECT}}),
            "belongs to project",
        ),
        (
            answer(200, {"volume": {**IN_USE, "status": "available", "attachments": []}}),
            "status is 'available'",
        ),
        (answer(200, {"volume": {"status": "error"}}), "status is 'error', not in-use"),
    ],
)
def test_a_volume_that_will_not_do(reply, says):
    transport = Scripted()
    transport.on("GET", f"/volumes/{A}", reply)
    with pytest.raises(
        UsageError, match=f"^--attached-volume {A}: .*{says}.*attached to a server, or leave"
    ) as raised:
        look_at_lent(gateway(transport), settings())
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {"volume": IN_USE}),
        answer(200, {"volume": {"id": A, "status": "in-use"}}),
        # The endpoint's own business, which tests will tell.
        answer(200, {"volume": {**IN_USE, "status": "available"}}),
        answer(200, []),
        answer(200, {"volume": None}),
        answer(500),
    ],
)
def test_a_volume_that_will_do(reply):
    transport = Scripted()
    transport.on("GET", f"/volumes/{A}", reply)
    look_at_lent(gateway(transport), settings())
    assert transport.lines == [f"GET /volumes/{A}"]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, f"--other-project-id {OTHER_PROJECT}: .*set OS_OTHER_TOKEN"),
        ({"other_cloud": "c"}, "--other-cloud c: .*check that entry"),
    ],
)
def test_a_second_identity_that_is_refused(status, more, says):
    transport = Scripted()
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": IN_USE}))
    refused = answer(status, {"error": {"code": status, "message": "no"}})
    transport.on(
        "GET",
        "/*s",
        lambda r: refused if r.headers["X-Auth-Token"] == OTHER_SECRET else answer(200, {"volumes": []}),
    )
    with pytest.raises(UsageError, match=rf"^{says}") as raised:
        look_at_lent(gateway(transport, other=OTHER), settings(**more))
    assert f"({status})" in str(raised.value)


@pytest.mark.parametrize("reply", [answer(200, {"volumes": []}), answer(500)])
def test_a_second_identity_that_will_do(reply):
    transport = Scripted()
    transport.on("GET", f"/volumes/{A}", answer(200, {"volume": IN_USE}))
    transport.on("GET", "/volumes", reply)
    look_at_lent(gateway(transport, other=OTHER), settings())
    assert transport.sent[-1].headers["X-Auth-Token"] == OTHER_SECRET


def test_nothing_lent_nothing_asked():
    transport = Scripted()
    look_at_lent(gateway(transport), Settings(run_id="r", base_url="http://e/v2", project_id=PROJECT))
    assert transport.sent == []


def capabilities(**more):
    return Capabilities(
        Settings(
            run_id="r",
            base_url="http://e/v2",
            project_id=PROJECT,
            capabilities=FoundCapabilities(image="i", image_size=20, attached_volume=A),
            **more,
        )
    )


def asked(status):
    transport = Scripted()
    transport.on("GET", "/volumes", answer(status))
    return gateway(transport).send("GET", f"/{PROJECT}/volumes", retry=False)


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
def test_an_image_that_is_refused_blocks_the_tests_that_need_it(status):
    with pytest.raises(
        Blocked, match=r"no volume of 20 GiB from the image i \(4.*check --image and --image-size"
    ):
        capabilities().image_taken(asked(status))
    # The embedded endpoint's own image is a good one.
    capabilities(embedded=True).image_taken(asked(status))


@pytest.mark.parametrize("status", [202, 200, 302, 500])
def test_any_other_answer_is_judged(status):
    capabilities().image_taken(asked(status))


def test_a_volume_that_was_detached_meanwhile():
    with pytest.raises(Blocked, match="not attached any more"):
        capabilities().still_attached({"status": "available", "attachments": []})
    capabilities().still_attached({"status": "in-use", "attachments": []})
    capabilities().still_attached({"status": "available", "attachments": [{}]})
