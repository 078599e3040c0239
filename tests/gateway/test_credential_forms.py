"""Credentials of others are known by where they stand; what only looks a little like them is left."""

import json

import pytest

from volcheck.gateway.credential_forms import (
    header_without_credentials,
    headers_without_credentials,
    without_credentials,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('{"password": "hunter2"}', '{"password": "[redacted]"}'),
        ('{"adminPass":"hunter2","x":1}', '{"adminPass":"[redacted]","x":1}'),
        ('{"admin_pass": "a\\"b\\\\"}', '{"admin_pass": "[redacted]"}'),
        ('{"auth_token": "hunter2"', '{"auth_token": "[redacted]"'),
        ('{"auth_token": "hunt', '{"auth_token": "[redacted]'),
        ('{"db.passwd" : "hunter2"}', '{"db.passwd" : "[redacted]"}'),
        ('{"client-secret": "hunter2"}', '{"client-secret": "[redacted]"}'),
        ('{"TOKEN": "hunter2"}', '{"TOKEN": "[redacted]"}'),
        ('{"apiKey": "hunter2"}', '{"apiKey": "[redacted]"}'),
        ('{"x": "{\\"password\\": \\"hunter2\\"}"}', '{"x": "{\\"password\\": \\"[redacted]\\"}"}'),
        ("mysql://cinder:hunter2@db/cinder", "mysql://cinder:[redacted]@db/cinder"),
        ("see HTTPS://:hunter2@host", "see HTTPS://:[redacted]@host"),
        ('"http:\\/\\/me:hunter2@host\\/"', '"http:\\/\\/me:[redacted]@host\\/"'),
        ("amqp+ssl://me:hunter2…", "amqp+ssl://me:[redacted]…"),
        ("http://h/?a=1&token=hunter2&b=2", "http://h/?a=1&token=[redacted]&b=2"),
        ("http://h/?X-Auth-Token=hunter2", "http://h/?X-Auth-Token=[redacted]"),
        ("Authorization: Basic aHVudGVyMg==", "Authorization: Basic [redacted]"),
        ("authorization=Bearer hunter2, more", "authorization=Bearer [redacted], more"),
        ("X-Subject-Token: hunter2", "X-Subject-Token: [redacted]"),
        ("'Set-Cookie': 'hunter2'", "'Set-Cookie': '[redacted]'"),
    ],
)
def test_credentials_are_taken_out_of_texts(text, clean):
    assert without_credentials(text) == clean
    assert without_credentials(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        '{"passwords": ["x"], "password": null, "token": 1, "tokens": {"a": "b"}, "key": "value", "keyname": "x"}',
        "http://host:8776/v2/volumes", "http://host:8776", "http://host:8776…", "http://me@host/", "me:you@host",
        "The token is not valid.", "Authorization is required", "password must be longer", "a?b=token", "12:30@noon",
        '{"password": ""}', '{"token": "$OS_TOKEN"}', '{"password": "[OS_PASSWORD]"}', "http://me:[redacted]@host",
    ],
)  # fmt: skip
def test_other_texts_are_left(text):
    assert without_credentials(text) == text


def test_json_stays_json():
    value = {
        "password": 'a"b\\',
        "x": "http://u:p\\ass@h/",
        "y": {"token": "\n\u00e4"},
        "z": json.dumps({"secret": 'q"'}),
    }
    for ascii_only in (True, False):
        clean = json.loads(without_credentials(json.dumps(value, ensure_ascii=ascii_only)))
        assert clean["password"] == clean["y"]["token"] == "[redacted]"
        assert json.loads(clean["z"]) == {"secret": "[redacted]"}


@pytest.mark.parametrize(
    "name",
    ["Set-Cookie", "set-cookie", "cookie", "authorization", "proxy-authorization", "authentication-info",
     "x-auth-token", "x-subject-token", "x-service-token", "x-storage-token", "x-api-key"],
)  # fmt: skip
def test_of_some_headers_nothing_is_left(name):
    assert header_without_credentials(name, "session=1; Path=/") == "[redacted]"


@pytest.mark.parametrize("name", ["www-authenticate", "Proxy-Authenticate"])
@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("Keystone uri='https://host:5000/v3'", "Keystone uri='https://host:5000/v3'"),
        ('Bearer realm="volumes", scope="a b"', 'Bearer realm="volumes", scope="a b"'),
        ("Basic", "Basic"),
        ('Bearer realm="x", access_token="hunter2"', 'Bearer realm="x", access_token=[redacted]'),
        ("Digest password=hunter2, realm=x", "Digest password=[redacted], realm=x"),
        ("Basic aHVudGVyMjpodW50ZXIy", "Basic [redacted]"),
        ("Negotiate YIIabc==", "Negotiate [redacted]"),
    ],
)
def test_challenges_keep_what_is_no_secret(name, value, clean):
    assert header_without_credentials(name, value) == clean


def test_other_headers_are_texts():
    given = {"location": "http://a:b@host/", "set-cookie": "x", "content-type": "application/json"}
    assert headers_without_credentials(given) == {
        "location": "http://a:[redacted]@host/",
        "set-cookie": "[redacted]",
        "content-type": "application/json",
    }
