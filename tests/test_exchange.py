"""What an exchange tells of a list."""

import pytest

from volcheck.exchange import next_links


@pytest.mark.parametrize(
    "links", [None, True, 7, "next", {"rel": "next"}, [7, {"rel": "next"}, {"rel": "next", "href": 7}]]
)
def test_what_is_no_next_link_leads_nowhere(links):
    assert list(next_links(links)) == []


def test_only_next_links_are_next_links():
    links = [{"rel": "self", "href": "a"}, {"rel": "next", "href": "b"}]
    assert list(next_links(links)) == ["b"]
