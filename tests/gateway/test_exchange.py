"""What an exchange tells of its body, and of a list."""

import json

import pytest

from volcheck.gateway.exchange import NOT_JSON, Exchange, Reading, Request, Response, next_links


@pytest.mark.parametrize(
    "links", [None, True, 7, "next", {"rel": "next"}, [7, {"rel": "next"}, {"rel": "next", "href": 7}]]
)
def test_what_is_no_next_link_leads_nowhere(links):
    assert list(next_links(links)) == []


def test_only_next_links_are_next_links():
    links = [{"rel": "self", "href": "a"}, {"rel": "next", "href": "b"}]
    assert list(next_links(links)) == ["b"]


@pytest.mark.parametrize(
    ("body", "value", "flaw"),
    [
        ('{"a": 1}', {"a": 1}, None),
        ('{"a": 1, "a": 2}', {"a": 2}, 'the name "a" is there twice in one object'),
        ('[{"a": 1, "b": {"c": 1, "c": 1}}]', [{"a": 1, "b": {"c": 1}}], 'the name "c" is there twice'),
        ("[Infinity]", [float("inf")], "Infinity is no JSON value"),
        ('{"a": 1, "a": 2', NOT_JSON, "Expecting ',' delimiter (line 1"),
        (" ", NOT_JSON, "it is empty"),
        ("[" * 100_000, NOT_JSON, "it is nested too deeply"),
        ("[" * 800 + "]" * 800, NOT_JSON, "it is nested too deeply"),
        ('{"a": ' * 800 + "1" + "}" * 800, NOT_JSON, "it is nested too deeply"),
        ('{"a": [' * 51 + "1" + "]}" * 51, NOT_JSON, "it is nested too deeply"),
        ('{"a": [1, {"b": ' + "[" * 99 + "]" * 99 + "}]}", NOT_JSON, "it is nested too deeply"),
        ("1" * 5000, NOT_JSON, "a number in it has too many digits"),
    ],
)
def test_a_body_is_read_leniently_and_its_flaw_is_told(body, value, flaw):
    reading = Response(200, "OK", {}, body).reading
    assert reading.value == value
    assert reading.flaw is flaw or (flaw is not None and flaw in str(reading.flaw))


@pytest.mark.parametrize(
    "body", ["[" * 100 + "]" * 100, '{"a": [' * 50 + "1" + "]}" * 50, "[" + "[], " * 999 + "[]]"]
)
def test_a_body_of_a_hundred_levels_is_read(body):
    assert Response(200, "OK", {}, body).reading == Reading(json.loads(body), None)


def test_a_body_that_is_no_utf8_or_was_cut_says_so():
    assert Response(200, "OK", {}, "{}", utf8=False).reading == Reading({}, "it is not valid UTF-8")
    assert Response(200, "OK", {}, "{}", truncated=True).reading.value is NOT_JSON


BODY = '{"volume": {"id": "a"}, "volumes": [{"id": "a"}, 7, {"id": "b"}], "7": 7}'


@pytest.mark.parametrize(
    ("body", "member", "items"),
    [
        (BODY, {"id": "a"}, [{"id": "a"}, {"id": "b"}]),
        ('{"volume": [], "volumes": {}}', None, None),
        ('{"volumes": []}', None, []),
        ("[]", None, None),
        ("no JSON", None, None),
    ],
)
def test_members_and_lists_of_a_body_are_found_where_they_are_there(body, member, items):
    exchange = Exchange(
        1, None, Request("GET", "", "", (), {}, None), Response(200, "OK", {}, body), None, 0.0, 0.0
    )
    assert exchange.member("volume") == member
    assert exchange.items("volumes") == items


def test_no_answer_has_neither_members_nor_lists():
    exchange = Exchange(1, None, Request("GET", "", "", (), {}, None), None, "no answer", 0.0, 0.0)
    assert (exchange.member("volume"), exchange.items("volumes")) == (None, None)
