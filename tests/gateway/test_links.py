"""A token goes along links to the endpoint's own scheme, host and port, below its base URL, and nowhere else."""

import pytest
from tests.gateway.scripted import PROJECT, SECRET, TAG, Scripted, answer, gateway

from volcheck.gateway.errors import LinkLeadsAway
from volcheck.gateway.transport import TransportError

BASE = "http://volumes.test:8776/v2"

PAGE = f"{PROJECT}/volumes?limit=1&marker=7"


def followed(href, base_url=BASE):
    """The URL that was asked for when a link was followed, with the main token."""
    transport = anything()
    gateway(transport, base_url=base_url).follow(href)
    [request] = transport.sent
    assert (request.method, request.headers["X-Auth-Token"], request.body) == ("GET", SECRET, None)
    return request.url


def anything(*replies):
    """A transport that answers everything so."""
    transport = Scripted()
    transport.on("*", "*", *(replies or [answer(200, {"volumes": []})]))
    return transport


@pytest.mark.parametrize(
    ("base", "href"),
    [
        ("http://volumes.test:8776/v2", f"http://volumes.test:8776/v2/{PAGE}"),
        ("http://volumes.test:8776/v2", f"http://VOLUMES.Test:8776/v2/{PAGE}"),
        ("http://volumes.test:8776/v2", f"HTTP://volumes.test:8776/v2/{PAGE}"),
        ("http://volumes.test:8776/v2", f"http://volumes.test:8776/v2/{PAGE}#fragment"),
        ("http://Volumes.test:8776/v2", f"http://volumes.test:8776/v2/{PAGE}"),
        ("http://volumes.test/v2", f"http://volumes.test:80/v2/{PAGE}"),
        ("http://volumes.test:80/v2", f"http://volumes.test/v2/{PAGE}"),
        ("https://volumes.test/v2", f"https://volumes.test:443/v2/{PAGE}"),
        ("https://volumes.test:443/v2", f"https://volumes.test/v2/{PAGE}"),
        ("http://[2001:db8::1]:8776/v2", f"http://[2001:DB8::1]:8776/v2/{PAGE}"),
        ("http://[::1]/v2", f"http://[::1]:80/v2/{PAGE}"),
        ("http://volumes.test:8776", f"http://volumes.test:8776/{PAGE}"),
        ("http://volumes.test/volume/v2", f"http://volumes.test/volume/v2/{PAGE}"),
    ],
)
def test_a_link_that_stays_home_is_followed_at_the_base_url(base, href):
    assert followed(href, base) == f"{base}/{PAGE}"


def test_the_path_of_a_link_is_sent_as_it_is_written():
    href = f"{BASE}/{PROJECT}/volumes?marker=a%2Fb&sort=name%3Aasc"
    assert followed(href) == href


@pytest.mark.parametrize(
    "href",
    [
        f"http://volumes.test:8777/v2/{PAGE}",
        f"http://volumes.test/v2/{PAGE}",
        f"http://volumes.test:0/v2/{PAGE}",
        f"http://volumes.test:/v2/{PAGE}",
        f"http://volumes.test:08776/v2/{PAGE}",
        f"http://volumes.test:87760/v2/{PAGE}",
        f"https://volumes.test:8776/v2/{PAGE}",
        f"ftp://volumes.test:8776/v2/{PAGE}",
        f"http://volumes.test.:8776/v2/{PAGE}",
        f"http://evil.test:8776/v2/{PAGE}",
        f"http://volumes.test.evil.test:8776/v2/{PAGE}",
        f"http://evil-volumes.test:8776/v2/{PAGE}",
        f"http://me@volumes.test:8776/v2/{PAGE}",
        f"http://me:secret@volumes.test:8776/v2/{PAGE}",
        f"http://volumes.test:8776@evil.test/v2/{PAGE}",
        f"http://@volumes.test:8776/v2/{PAGE}",
        f"http://evil.test#@volumes.test:8776/v2/{PAGE}",
        f"http://evil.test?@volumes.test:8776/v2/{PAGE}",
        f"http://volumes.test%2eevil.test:8776/v2/{PAGE}",
    ],
)
def test_a_link_to_another_scheme_host_port_or_user_is_not_followed(href):
    refused(href, "leads away")


@pytest.mark.parametrize(
    "href",
    [
        "http://[::2]:8776/v2/x/volumes",
        "http://[::1]:8777/v2/x/volumes",
        "http://[::1]evil.test:8776/v2/x/volumes",
        "http://[::1%25lo]:8776/v2/x/volumes",
        "http://[::1:8776/v2/x/volumes",
        "http://::1:8776/v2/x/volumes",
    ],
)
def test_a_link_to_another_ipv6_address_is_not_followed(href):
    refused(href, "not followed", base_url="http://[::1]:8776/v2")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v2",
        "/v2/",
        "/v2x/volumes",
        "/v3/x/volumes",
        "/V2/x/volumes",
        "/%76%32/x/volumes",
        "//v2/x/volumes",
        "/v2/../admin",
        "/v2/x/../../admin",
        "/v2/./x/volumes",
        "/v2/%2e%2e/admin",
        "/v2/%2E./admin",
        "/v2/%252e%252e/admin",
        "/v2/x/%2f..%2f..%2fadmin",
        "/v2/x%2f..%2f..%2fadmin",
        "/v2/x/..%5cadmin",
        "/v2/x/..;a=b/admin",
        "/v2/x/..",
        "/v2/x/.",
        "/v2/..?limit=1",
    ],
)
def test_a_link_out_of_the_base_url_is_not_followed(path):
    refused(f"http://volumes.test:8776{path}", "leads out of")


@pytest.mark.parametrize(
    ("href", "says"),
    [
        ("", "not an absolute URL"),
        (f"/v2/{PAGE}", "not an absolute URL"),
        (f"v2/{PAGE}", "not an absolute URL"),
        (f"?{PAGE}", "not an absolute URL"),
        (f"//volumes.test:8776/v2/{PAGE}", "not an absolute URL"),
        ("http:", "not an absolute URL"),
        (f"http:/v2/{PAGE}", "not an absolute URL"),
        (f"http:///v2/{PAGE}", "not an absolute URL"),
        (f"http://volumes.test:8776\\@evil.test/v2/{PAGE}", "no URL may have"),
        (f"http:\\\\volumes.test:8776\\v2\\{PAGE}", "no URL may have"),
        (f"{BASE}/x\\..\\..\\admin", "no URL may have"),
        (f"http://volumes.test:8776\t/v2/{PAGE}", "no URL may have"),
        (f" {BASE}/{PAGE}", "no URL may have"),
        (f"{BASE}/{PAGE}\r\nX-Evil: 1", "no URL may have"),
        (f"{BASE}/x y", "no URL may have"),
        (f"http://volumes.test:8776\uff0f.evil.test/v2/{PAGE}", "no URL may have"),
        (f"http://vol\u00fcmes.test:8776/v2/{PAGE}", "no URL may have"),
        (f"http://volumes.test:none/v2/{PAGE}", "leads away"),
        (f"javascript:alert(1)//{PAGE}", "not an absolute URL"),
    ],
)
def test_what_is_no_plain_url_is_not_followed(href, says):
    refused(href, says)


def refused(href, says, base_url=BASE):
    transport = anything()
    with pytest.raises(LinkLeadsAway, match=says):
        gateway(transport, base_url=base_url).follow(href)
    assert transport.sent == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://evil.test/", f"{BASE}/{PAGE}", "//evil.test/", "/v2/x"])
def test_a_redirect_is_an_answer_and_no_way_to_go(status, target):
    transport = anything(answer(status, headers={"location": target}))
    exchange = gateway(transport, base_url=BASE).send("GET", f"/{PROJECT}/volumes")
    assert (exchange.status, len(transport.sent)) == (status, 1)


@pytest.mark.parametrize("kind", ["volume", "snapshot"])
def test_looking_around_before_the_first_creation_follows_no_link_away(kind):
    transport = anything(answer(202, {"volume": {}}))
    page = {f"{kind}s": [], f"{kind}s_links": [{"rel": "next", "href": "http://evil.test:1/v2/x"}]}
    transport.on("GET", f"*/{kind}s", answer(200, page))
    gateway(transport, base_url=BASE).send("POST", f"/{PROJECT}/volumes", json_body={"volume": {"name": TAG}})
    assert {request.url.split("/")[2] for request in transport.sent} == {"volumes.test:8776"}
    assert [request.method for request in transport.sent].count("POST") == 1


def test_a_link_that_is_not_answered_is_asked_for_again_at_home():
    transport = anything(TransportError("no answer", "network", sent=True), answer(200, {"volumes": []}))
    gateway(transport, base_url=BASE).follow(f"{BASE}/{PAGE}")
    assert [request.url for request in transport.sent] == [f"{BASE}/{PAGE}"] * 2
