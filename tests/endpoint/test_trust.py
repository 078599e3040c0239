"""Which CA bundle counts, and what is said of one that is none."""

import os
import ssl
from pathlib import Path

import certifi
import pytest
from requests.adapters import HTTPAdapter

from volcheck.endpoint.resolve import Wanted, resolve
from volcheck.endpoint.trust import VARIABLES, bundle_of, usable_bundle
from volcheck.errors import UsageError

CERTIFI = certifi.where()


def token_for(url, environ, **wanted):
    return resolve(Wanted(endpoint=url, project_id="p", **wanted), {"OS_TOKEN": "t", **environ}).verify


@pytest.mark.parametrize("index", range(len(VARIABLES)))
def test_the_first_variable_that_is_set_counts(tmp_path, index):
    first = tmp_path / "first.pem"
    first.write_bytes(Path(CERTIFI).read_bytes())
    environ = dict.fromkeys(VARIABLES[index:], CERTIFI) | {VARIABLES[index]: str(first)}
    assert bundle_of(environ | dict.fromkeys(VARIABLES[:index], "")) == str(first)


def test_without_one_the_systems_own_counts():
    assert bundle_of({}) is None
    assert token_for("https://h/v2", {}) is True


def test_an_option_counts_more(tmp_path):
    broken = {"OS_CACERT": str(tmp_path / "nothing")}
    assert token_for("https://h/v2", {"OS_CACERT": CERTIFI}) == CERTIFI
    assert token_for("https://h/v2", broken, verify="mine.pem") == "mine.pem"
    assert token_for("https://h/v2", broken, verify=False) is False


def test_without_tls_nobody_looks_at_it(tmp_path):
    assert token_for("http://h/v2", {"OS_CACERT": str(tmp_path / "nothing")}) is True


def test_a_folder_counts_as_openssl_has_it(tmp_path):
    assert usable_bundle(str(tmp_path), "X") == str(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"text\n", b"\xff\x00" * 9, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
)
def test_a_file_without_certificates_is_refused_by_whoever_named_it(tmp_path, content):
    path = tmp_path / "bundle.pem"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=f"^OS_CACERT {path}: ") as refusal:
        bundle_of({"OS_CACERT": str(path)})
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no such file"):
        usable_bundle(str(tmp_path / "nothing"), "--cacert")


def test_what_python_can_load_is_taken():
    assert ssl.create_default_context(cafile=usable_bundle(CERTIFI, "X")).get_ca_certs()


def test_a_netrc_sends_nothing_to_the_identity_service_although_proxies_are_honoured(
    as_user, tmp_path, monkeypatch
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    sent = []
    send = HTTPAdapter.send
    monkeypatch.setattr(
        HTTPAdapter, "send", lambda self, request, **more: sent.append(request) or send(self, request, **more)
    )
    as_user()
    resolve(Wanted(use_proxy=True), os.environ)
    assert sent
    assert [request.headers["Authorization"] for request in sent if "Authorization" in request.headers] == []
