"""No form of a secret gets past the redactor."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from volcheck.gateway.redaction import Redactor

SECRET = 'pä"ss w/o+rd=1\\'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(SECRET, safe="").lower(),
        quote(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"me:{SECRET}".encode()).decode(),
        base64.b64encode(f"x:{SECRET}".encode()).decode(),
        repr(SECRET),
    ],
)
def test_a_secret_is_removed_in_every_form(form):
    redactor = Redactor([SECRET])
    clean = redactor.text(f"before {form} after")
    assert clean != f"before {form} after"
    assert "before " in clean
    assert " after" in clean


def test_the_longer_of_two_secrets_goes_whole():
    assert Redactor(["abcd", "abcdefgh"]).text("abcdefgh") == "[redacted]"


def test_short_words_are_no_secrets():
    assert Redactor(["abc", "", None]).text("abcabc") == "abcabc"
