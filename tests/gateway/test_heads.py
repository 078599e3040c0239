"""Heads of answers are read as the standard library reads them, whatever they look like."""

from __future__ import annotations

import http.client
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volcheck.gateway import transport

HEADS = {
    "plain": b"Content-Type: application/json\r\nContent-Length: 12\r\n\r\n",
    "nothing": b"\r\n",
    "an end without a blank line": b"A: 1\r\nB: 2",
    "line feeds alone": b"A: 1\nB: 2\n\n",
    "a continuation": b"A: 1\r\n and more\r\nB: 2\r\n\r\n",
    "no colon": b"A: 1\r\nnonsense\r\nB: 2\r\n\r\n",
    "a blank in the name": b"A : 1\r\nB: 2\r\n\r\n",
    "no name": b": 1\r\nB: 2\r\n\r\n",
    "twice": b"A: 1\r\na: 2\r\n\r\n",
    "blanks around": b"A: \t 1 \t\r\nB:2\r\nC:\r\n\r\n",
    "latin": "A: größer\r\n\r\n".encode("latin-1"),
    "korean": "A: 볼륨\r\n\r\n".encode(),
    "a carriage return inside": b"A: 1\rB: 2\r\n\r\n",
    "a hundred lines": b"A: 1\r\n" * 99 + b"\r\n",
    "too many lines": b"A: 1\r\n" * 100 + b"\r\n",
    "a long line": b"A: " + b"x" * 65531 + b"\r\n\r\n",
    "too long a line": b"A: " + b"x" * 70000 + b"\r\n\r\n",
    "a mail's first line": b"From me\r\nA: 1\r\n\r\n",
}


def read(parse: object, head: bytes) -> object:
    """What a parser makes of a head: the headers, or its complaint, and what it leaves unread."""
    stream = BytesIO(head + b"the body")
    try:
        made = parse(stream)  # type: ignore[operator]
    except http.client.HTTPException as error:
        return type(error), str(error)
    return made.items(), [repr(defect) for defect in made.defects], stream.read()


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_a_head_is_read_as_the_standard_library_reads_it(head: bytes) -> None:
    assert read(transport._plain_headers, head) == read(http.client.parse_headers, head)


LINES = st.binary(max_size=12) | st.text("aB: \t\r\n-é", max_size=12).map(lambda text: text.encode("latin-1"))


@given(st.lists(LINES, max_size=5).map(b"\r\n".join))
def test_any_bytes_are_read_as_the_standard_library_reads_them(head: bytes) -> None:
    assert read(transport._plain_headers, head) == read(http.client.parse_headers, head)


def test_plain_heads_are_not_left_to_the_standard_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.client, "parse_headers", None)
    assert transport._plain_headers(BytesIO(HEADS["plain"])).items() == [
        ("Content-Type", "application/json"),
        ("Content-Length", "12"),
    ]
    # Were the name unknown to the library's own function, every answer would take the slow way again.
    assert "parse_headers" in http.client.HTTPResponse.begin.__code__.co_names
