"""From options and environment to an endpoint: who wins, and what is said when something is missing."""

import os
import subprocess
import sys

import pytest
import requests

from volcheck.endpoint.resolve import Wanted, resolve, way_of
from volcheck.errors import EndpointError, UsageError

URL = "http://127.0.0.1:8776/v2"


def types(endpoint):
    """Status of a list of types that is asked for with the endpoint's own token."""
    url = f"{endpoint.base_url}/{endpoint.identity.project_id}/types"
    token = endpoint.identity.source.token()
    return requests.get(url, headers={"X-Auth-Token": token}, timeout=5).status_code


@pytest.mark.parametrize(
    ("wanted", "environ", "way"),
    [
        (Wanted(), {}, None),
        (Wanted(endpoint=URL), {}, "token"),
        (Wanted(endpoint=URL), {"OS_TOKEN": "t"}, "token"),
        (Wanted(endpoint=URL), {"OS_TOKEN": "t", "OS_CLOUD": "c", "OS_AUTH_URL": "u"}, "token"),
        (Wanted(endpoint=URL), {"OS_AUTH_URL": "u"}, "environment"),
        (Wanted(), {"OS_TOKEN": "t", "OS_AUTH_URL": "u"}, "environment"),
        (Wanted(), {"OS_AUTH_URL": "u", "OS_CLOUD": "c"}, "cloud"),
        (Wanted(endpoint=URL, cloud="c"), {"OS_TOKEN": "t", "OS_AUTH_URL": "u"}, "cloud"),
        (Wanted(endpoint=URL, way="cloud"), {"OS_TOKEN": "t", "OS_CLOUD": "c"}, "cloud"),
    ],
)
def test_where_credentials_come_from(wanted, environ, way):
    assert way_of(wanted, environ) == way


def test_a_url_and_a_token():
    found = resolve(Wanted(endpoint=URL + "/p1/", project_id="p1"), {"OS_TOKEN": "t-1"})
    assert (found.base_url, found.identity.project_id, found.identity.source.token()) == (URL, "p1", "t-1")
    assert found.identity.source.renew() is None
    assert "t-1" not in repr(found)


@pytest.mark.parametrize(
    ("wanted", "environ", "says"),
    [
        (Wanted(), {}, "--cloud NAME"),
        (Wanted(endpoint=URL), {"OS_TOKEN": "t"}, "--project-id"),
        (Wanted(endpoint=URL, project_id="p"), {}, "OS_TOKEN"),
        (Wanted(endpoint=URL, project_id="p"), {"OS_TOKEN": "a\nb"}, "OS_TOKEN holds characters"),
        (Wanted(endpoint=URL, project_id="p", other_project_id="q"), {"OS_TOKEN": "t"}, "OS_OTHER_TOKEN"),
        (Wanted(endpoint="ftp://x", project_id="p"), {"OS_TOKEN": "t"}, "is not a URL"),
        (Wanted(endpoint="http://u:p@x/v2", project_id="p"), {"OS_TOKEN": "t"}, "user name or password"),
    ],
)
def test_what_is_missing_is_named(wanted, environ, says):
    with pytest.raises(UsageError, match=says):
        resolve(wanted, environ)


def test_the_extra_is_asked_for_where_it_is_not_installed():
    code = (
        "import sys; sys.modules['openstack'] = None; sys.modules['keystoneauth1'] = None\n"
        "from volcheck.endpoint.resolve import Wanted, resolve\n"
        "from volcheck.errors import UsageError\n"
        "try: resolve(Wanted(cloud='c'), {})\n"
        "except UsageError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "install volcheck[openstack]" in done.stdout


class TestOfTheEnvironment:
    @pytest.fixture(autouse=True)
    def _extra(self):
        pytest.importorskip("openstack")

    def test_a_tenant_id_and_a_password(self, served, as_user):
        found = resolve(Wanted(), as_user())
        assert found.base_url == served["endpoint"]
        assert found.identity.project_id == served["project_id"]
        assert types(found) == 200
        assert found.secrets == (served["password"],)
        assert found.user_names == (served["username"],)
        assert served["password"] not in repr(found)

    def test_a_tenant_name(self, served, as_user):
        found = resolve(Wanted(), as_user(OS_TENANT_ID=None, OS_TENANT_NAME=served["tenant_name"]))
        assert found.identity.project_id == served["project_id"]

    def test_the_version_of_the_identity_service_is_found_out(self, served, as_user):
        found = resolve(Wanted(), as_user(OS_IDENTITY_API_VERSION=None))
        assert found.base_url == served["endpoint"]

    def test_domains_are_nothing_to_the_old_service(self, served, as_user):
        environ = as_user(OS_USER_DOMAIN_NAME="Default", OS_PROJECT_DOMAIN_NAME="Default")
        assert resolve(Wanted(), environ).base_url == served["endpoint"]

    def test_the_type_of_the_service_can_be_chosen(self, served, as_user):
        assert resolve(Wanted(service_type="volumev3"), as_user()).base_url == served["endpoint_v3"]

    def test_an_endpoint_overrides_the_catalogue(self, served, as_user):
        found = resolve(Wanted(endpoint=served["endpoint_v3"]), as_user())
        assert (found.base_url, found.identity.project_id) == (served["endpoint_v3"], served["project_id"])

    @pytest.mark.parametrize(
        ("variables", "error", "says"),
        [
            ({"OS_PASSWORD": "wrong"}, EndpointError, r"refused the user of the OS_\* variables \(401\)"),
            ({"OS_TENANT_ID": "0" * 32}, EndpointError, "401"),
            ({"OS_REGION_NAME": "Mars"}, EndpointError, "in RegionOne but none in region Mars"),
            ({"OS_AUTH_URL": "http://127.0.0.1:1/v2.0"}, EndpointError, "can't be reached"),
            ({"OS_AUTH_URL": "nonsense"}, EndpointError, "check the auth URL"),
            ({"OS_USERNAME": None}, UsageError, "set OS_USERNAME"),
            ({"OS_PASSWORD": None, "OS_IDENTITY_API_VERSION": "3"}, UsageError, "set OS_PASSWORD"),
            ({"OS_AUTH_TYPE": "bogus", "OS_IDENTITY_API_VERSION": "3"}, UsageError, "bogus"),
            ({"OS_CLOUD": "nowhere"}, UsageError, "There is no cloud nowhere"),
        ],
    )
    def test_what_is_wrong_is_one_sentence(self, as_user, variables, error, says):
        with pytest.raises(error, match=says) as raised:
            resolve(Wanted(), as_user(**variables))
        assert "\n" not in str(raised.value)
        assert "wrong" not in str(raised.value)

    def test_a_service_that_is_not_in_the_catalogue(self, as_user):
        with pytest.raises(EndpointError, match=r"of type sharev2 .it has identity, volumev2, volumev3"):
            resolve(Wanted(service_type="sharev2"), as_user())

    def test_another_project_than_that_of_the_token(self, as_user):
        with pytest.raises(UsageError, match="--project-id is p1, but"):
            resolve(Wanted(project_id="p1"), as_user())


class TestOfClouds:
    @pytest.fixture(autouse=True)
    def _extra(self):
        pytest.importorskip("openstack")

    def test_two_clouds(self, served, cloud, clouds):
        clouds(main=cloud(), neighbour=cloud("other_"))
        found = resolve(Wanted(cloud="main", other_cloud="neighbour"), os.environ)
        assert found.base_url == served["endpoint"]
        assert types(found) == 200
        assert found.other is not None
        assert found.other.project_id == served["other_project_id"]
        assert set(found.secrets) == {served["password"], served["other_password"]}
        assert set(found.user_names) == {served["username"], served["other_username"]}

    def test_the_cloud_of_the_environment(self, served, cloud, clouds, monkeypatch):
        clouds(main=cloud(), neighbour=cloud("other_"))
        monkeypatch.setenv("OS_CLOUD", "neighbour")
        assert resolve(Wanted(), os.environ).identity.project_id == served["other_project_id"]

    def test_the_variables_of_another_user_do_not_leak_in(self, served, cloud, clouds, as_user):
        clouds(neighbour=cloud("other_"))
        found = resolve(Wanted(cloud="neighbour"), as_user())
        assert found.identity.project_id == served["other_project_id"]

    def test_passwords_from_secure_yaml(self, served, cloud, clouds):
        entry = cloud()
        password = entry["auth"].pop("password")
        path = clouds(main=entry)
        secure = path.with_name("secure.yaml")
        secure.write_text(f"clouds: {{main: {{auth: {{password: {password}}}}}}}\n", encoding="utf-8")
        os.environ["OS_CLIENT_SECURE_FILE"] = str(secure)
        try:
            assert types(resolve(Wanted(cloud="main"), os.environ)) == 200
        finally:
            del os.environ["OS_CLIENT_SECURE_FILE"]

    def test_tls_settings_of_the_cloud_hold_for_both_services(self, served, cloud, clouds):
        clouds(main=cloud() | {"verify": False})
        assert resolve(Wanted(cloud="main"), os.environ).verify is False
        assert resolve(Wanted(cloud="main", verify=True), os.environ).verify is True

    @pytest.mark.parametrize(
        ("wanted", "error", "says"),
        [
            (Wanted(cloud="nowhere"), UsageError, r"no cloud nowhere in .*clouds.yaml: it has main"),
            (Wanted(cloud="main", other_cloud="nowhere"), UsageError, "no cloud nowhere"),
            (Wanted(cloud="main", other_cloud="main"), UsageError, "is in the same project"),
            (Wanted(cloud="main", region="Mars"), EndpointError, "none in region Mars"),
        ],
    )
    def test_what_is_wrong_is_named(self, served, cloud, clouds, wanted, error, says):
        clouds(main=cloud())
        with pytest.raises(error, match=says):
            resolve(wanted, os.environ)

    def test_a_file_that_is_no_yaml(self, clouds):
        clouds().write_text("clouds: [", encoding="utf-8")
        with pytest.raises(UsageError, match=r"clouds\.yaml"):
            resolve(Wanted(cloud="main"), os.environ)
