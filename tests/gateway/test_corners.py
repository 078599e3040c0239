"""Corners that the mutation tester found nobody looking at."""

from __future__ import annotations

import uuid

import pytest
from tests.gateway.scripted import OTHER_PROJECT, RUN, SECRET, A

from volcheck.endpoint.model import Endpoint, Identity, StaticToken
from volcheck.gateway.breakdowns import Breakdowns
from volcheck.gateway.credential_forms import headers_without_credentials
from volcheck.gateway.guard import Guard
from volcheck.gateway.ledger import Ledger, Resource
from volcheck.gateway.ownership import path_of
from volcheck.gateway.redaction import Redactor


def test_an_invented_id_is_a_new_uuid_each_time():
    guard = Guard(Ledger(None, run_id=RUN))
    made_up = {guard.invent() for _ in range(3)}
    assert len(made_up) == 3
    for each in made_up:
        assert str(uuid.UUID(each)) == each
        guard.admit("DELETE", f"/p/volumes/{each}")


@pytest.mark.parametrize(("length", "said"), [(299, 299), (300, 300), (301, 300), (900, 300)])
def test_what_an_error_says_is_cut_at_its_length(length, said):
    breakdowns = Breakdowns()
    breakdowns.error(ValueError("x" * length))
    (found,) = breakdowns.all()
    text = found.english.partition(": ")[2].partition("): this is")[0]
    assert len(text) == said
    assert text.endswith("…") is (length > 300)
    assert text.rstrip("…") == "x" * (said - (length > 300))


def deeper():
    raise KeyError("deep")


def test_an_error_is_told_with_the_place_where_it_came_up():
    breakdowns = Breakdowns()
    with breakdowns.caught():
        deeper()
    (found,) = breakdowns.all()
    line = deeper.__code__.co_firstlineno + 1
    assert f"KeyError in test_corners.py:{line}" in found.english
    assert found.traceback.splitlines()[0] == "Traceback (most recent call last):"
    assert "XX" not in found.traceback


@pytest.mark.parametrize(
    ("resource_id", "segment"),
    [("a/b", "a%2Fb"), ("ü", "%C3%BC"), ("\ud800", "%ED%A0%80"), ("a?b#c", "a%3Fb%23c")],
)
def test_an_id_is_one_segment_of_a_path(resource_id, segment):
    endpoint = Endpoint("http://h/v2", Identity("p/q", StaticToken(SECRET)))
    assert path_of(endpoint, Resource("volume", resource_id, "", 1)) == f"/p%2Fq/volumes/{segment}"
    other = Resource("snapshot", A, "", 1, project=OTHER_PROJECT)
    assert path_of(endpoint, other) == f"/{OTHER_PROJECT}/snapshots/{A}"


def test_headers_without_anything_secret_stay_as_they_are():
    headers = {"content-type": "application/json", "x-a": "b"}
    assert headers_without_credentials(headers) == headers


def test_a_credential_in_the_value_of_any_header_is_taken_out():
    clean = headers_without_credentials({"x-a": "b", "link": "http://me:hunter2@host/"})
    assert clean["x-a"] == "b"
    assert "hunter2" not in clean["link"]


@pytest.mark.parametrize("name", ["Set-Cookie", "X-Subject-Token", "Authorization"])
def test_a_header_that_is_a_credential_is_taken_out_whole(name):
    clean = headers_without_credentials({name: "abcdefgh12345678", "x-a": "b"})
    assert "abcdefgh12345678" not in str(clean)
    assert clean["x-a"] == "b"


def test_the_longest_form_of_user_names_goes_whole():
    redactor = Redactor()
    redactor.add_user_name("an")
    redactor.add_user_name("an na/b")
    redactor.add_user_name('q"q')
    assert redactor.written("an na/b an an%20na%2Fb") == "[OS_USERNAME] [OS_USERNAME] [OS_USERNAME]"
    assert redactor.written('{"user": "q\\"q"}') == '{"user": "[OS_USERNAME]"}'
