"""Where secrets stand in bytes, in whatever form they are written there.

A text is read as it stands and then with its escapes undone, layer by layer: backslashes of JSON and of reprs,
percent-encoding, HTML entities. Case counts for nothing. Each secret is looked for as it is, as hex and as base64
(which is another one in each of three positions), and not only as a whole: sixteen characters of it in a row are
enough, as more than half of a usual password is in them.

To look for every sixteen characters of every form, texts are cut into pieces of eight bytes: wherever sixteen
characters of a form stand, they hold one of those pieces whole, and all pieces that a form can have are in one set.
A text without any is done with; only where one is found is it looked for how far the form goes on.
"""

from __future__ import annotations

import base64
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from html.entities import html5

import attrs

#: So many characters of a secret in a row count as the secret; of a shorter secret all of them do.
LEAST = 16
#: The same, in hex and in base64 (where the first and the last character may hold bits of a neighbour).
_LEAST_HEX, _LEAST_BASE64 = 32, 20
#: Shorter pieces of base64 would be found in texts that have nothing to do with the secret.
_SHORTEST_BASE64 = 8
#: Bytes of one piece: what a machine word holds.
_PIECE = 8
#: At so many places of a form a piece is looked for.
_PLACES = 8
#: So many unlike bytes a part of a secret must have: sixteen zeros in a row say nothing.
_UNLIKE = 4
#: Escapes within escapes are undone so often.
_LAYERS = 4
_CESU = "surrogatepass"

#: Upper case is lower case, and the two alphabets of base64, and the two ways to quote a space, are one.
_ONE_CASE = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ-_ ", b"abcdefghijklmnopqrstuvwxyz+/+")
#: Every text in UTF-16 has the one, every quoting may add the other.
_PASSED_OVER = b"\\\0"
_PASSED = re.compile(rb"[\\\0]+")
#: Each begins with what can be searched for quickly, as next to no text has any. Backslashes before are passed over.
_ESCAPES = (
    (b"\\u", re.compile(rb"\\u(?:(?P<hex>[0-9a-fA-F]{4})|\{(?P<braced>[0-9a-fA-F]{1,6})\})")),
    (b"\\x", re.compile(rb"\\x(?P<byte>[0-9a-fA-F]{2})")),
    (b"%", re.compile(rb"%(?:25)*(?P<byte>[0-9a-fA-F]{2})")),
    (b"&", re.compile(rb"&(?:amp;)*#[xX]0*(?P<hex>[0-9a-fA-F]{1,6});?")),
    (b"&", re.compile(rb"&(?:amp;)*#0*(?P<decimal>[0-9]{1,7});?")),
    (b"&", re.compile(rb"&(?:amp;)*(?P<name>[a-zA-Z][a-zA-Z0-9]{1,31};)")),
)


@attrs.frozen
class Span:
    """From `start` to before `end`: a secret, or a part of one. secret: its number, in the order of adding."""

    start: int
    end: int
    secret: int


@attrs.frozen
class _Form:
    """One way in which a secret is written. least: so many bytes of it in a row count."""

    secret: int
    content: bytes
    least: int


class Spotter:
    """Finds secrets. Reading is safe in several threads; a secret that is added meanwhile is found from then on."""

    def __init__(self) -> None:
        self._number = 0
        self._whole: list[_Form] = []
        self._pieces: dict[int, list[tuple[_Form, int]]] = {}
        self._public: list[bytes] = []

    def add(self, secret: str) -> int:
        """Look for `secret` from now on; answers its number."""
        number = self._number
        self._number += 1
        for form in _forms(number, secret):
            if form.least <= 2 * _PIECE - 2 or not self._index(form):
                self._whole.append(form)
        return number

    def _index(self, form: _Form) -> bool:
        """Remember the pieces of a form; answers whether by them it is certain to be found."""
        certain = True
        for offset in range(len(form.content) - _PIECE + 1):
            content = form.content[offset : offset + _PIECE]
            piece = int.from_bytes(content, sys.byteorder)
            known = sum(other is form for other, _ in self._pieces.get(piece, ()))
            # What is in many texts, or at many places of the form, would have each of them looked at.
            if len(set(content)) > 1 and known < _PLACES:
                self._pieces.setdefault(piece, []).append((form, offset))
            else:
                certain = False
        return certain

    def add_public(self, text: str) -> None:
        """`text` may be said, also where it is a part of a secret."""
        self._public.append(_plain(text.encode("utf-8", _CESU)))

    def finds(self, data: bytes) -> bool:
        """Whether any secret stands in `data`."""
        return any(self._hints(view) and any(self._runs(_plain(view))) for view in _views(data))

    def spans(self, data: bytes) -> list[Span]:
        """Where secrets stand in `data`, from left to right; what overlaps is one span, named by its longest part."""
        if not any(self._hints(view) for view in _views(data)):
            return []
        found: list[Span] = []
        for view, origins in _views_with_origins(data):
            flat, removed = _rewritten(_PASSED, lambda _: b"", view)
            for span in self._runs(flat.translate(_ONE_CASE)):
                start, end = span.start, span.end
                for origin in (removed, *reversed(origins)):
                    start, end = origin.first(start), origin.last(end)
                while start and data[start - 1] == ord("\\"):
                    # What it escaped is gone.
                    start -= 1
                while start and _goes_on(data, start):
                    start -= 1
                while _goes_on(data, end):
                    end += 1
                found.append(Span(start, end, span.secret))
        return _joined(found)

    def _hints(self, view: bytes) -> bool:
        """Whether it is worth to look closer."""
        flat = _plain(view)
        padded = flat + bytes(-len(flat) % _PIECE)
        return not self._pieces.keys().isdisjoint(memoryview(padded).cast("Q")) or any(
            form.content in flat for form in self._whole
        )

    def _runs(self, flat: bytes) -> Iterator[Span]:
        for form in self._whole:
            at = flat.find(form.content)
            while at >= 0:
                yield Span(at, at + len(form.content), form.secret)
                at = flat.find(form.content, at + len(form.content))
        covered = 0
        words = memoryview(flat[: len(flat) // _PIECE * _PIECE]).cast("Q")
        for number, piece in enumerate(words):
            at = number * _PIECE
            if at + _PIECE <= covered or piece not in self._pieces:
                continue
            for form, offset in self._pieces[piece]:
                start, end = _extended(flat, at, form.content, offset)
                if self._counts(form, flat[start:end]):
                    yield Span(start, end, form.secret)
                    covered = max(covered, end)

    def _counts(self, form: _Form, part: bytes) -> bool:
        """Whether a part of a secret gives it away."""
        if len(part) == len(form.content):
            return True
        return (
            len(part) >= form.least
            and len(set(part)) >= _UNLIKE
            and not any(part in public for public in self._public)
        )


def _goes_on(data: bytes, place: int) -> bool:
    """Whether a character of UTF-8 that began before goes on there."""
    return place < len(data) and data[place] & 0xC0 == 0x80


def _plain(data: bytes) -> bytes:
    return data.translate(_ONE_CASE, _PASSED_OVER)


def _extended(flat: bytes, at: int, content: bytes, offset: int) -> tuple[int, int]:
    """How far a text goes on as a form does, from a piece that they share."""
    begin = at - offset
    if begin >= 0 and flat[begin : begin + len(content)] == content:
        return begin, begin + len(content)
    start, end = at, at + _PIECE
    before, after = offset, offset + _PIECE
    while start and before and flat[start - 1] == content[before - 1]:
        start, before = start - 1, before - 1
    while end < len(flat) and after < len(content) and flat[end] == content[after]:
        end, after = end + 1, after + 1
    return start, end


def _joined(spans: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    longest = 0
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            named = span.secret if span.end - span.start > longest else last.secret
            longest = max(longest, span.end - span.start)
            joined[-1] = Span(last.start, max(last.end, span.end), named)
        else:
            longest = span.end - span.start
            joined.append(span)
    return joined


# -- forms --------------------------------------------------------------------------------------------------------


def _forms(number: int, secret: str) -> list[_Form]:
    """Every way in which a secret is written that is not undone as an escape."""
    whole = len(secret) < LEAST
    found: dict[bytes, int] = {}

    def note(content: bytes, least: int) -> None:
        content = _plain(content)
        if content:
            found.setdefault(content, len(content) if whole else min(least, len(content)))

    for text in dict.fromkeys((secret, secret.lower(), secret.upper())):
        for raw in _encodings(text):
            note(raw, LEAST)
            # One that holds what looks like an escape is also met as that reads.
            note(_undone(raw), LEAST)
            note(raw.hex().encode(), _LEAST_HEX)
            for before in range(3):
                # In the middle of a longer text, such as user:password, it begins at any of three bit positions.
                encoded = base64.b64encode(bytes(before) + raw)
                inner = encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]
                if len(inner) >= _SHORTEST_BASE64:
                    note(inner, _LEAST_BASE64)
    return [_Form(number, content, least) for content, least in found.items()]


def _encodings(text: str) -> list[bytes]:
    """A text as bytes: UTF-8, Latin-1, and UTF-8 that was taken for Latin-1, as in every header."""
    raw = text.encode("utf-8", _CESU)
    if text.isascii():
        return [raw]
    found = [raw, raw.decode("latin-1").encode("utf-8"), text.encode("utf-16-be", _CESU)]
    found[2] = "".join(
        chr(int.from_bytes(found[2][at : at + 2], "big")) for at in range(0, len(found[2]), 2)
    ).encode("utf-8", _CESU)
    try:
        found.append(text.encode("latin-1"))
    except UnicodeEncodeError:
        # It has characters that Latin-1 has not, so nobody can have written it so.
        return found
    return found


# -- escapes ------------------------------------------------------------------------------------------------------


@attrs.frozen
class _Origin:
    """Where the parts of a rewritten text come from: for each replacement where it begins and ends, here and there."""

    begins: list[int]
    marks: list[tuple[int, int, int]]

    def first(self, place: int) -> int:
        """Where what stands at `place` began."""
        index = bisect_right(self.begins, place) - 1
        if index < 0:
            return place
        end, there, there_end = self.marks[index]
        return there if place < end else there_end + place - end

    def last(self, place: int) -> int:
        """Where what ends at `place` ended."""
        index = bisect_right(self.begins, place - 1) - 1
        if index < 0:
            return place
        end, _, there_end = self.marks[index]
        return there_end + max(0, place - end)


def _rewritten(
    pattern: re.Pattern[bytes], made: Callable[[re.Match[bytes]], bytes], data: bytes
) -> tuple[bytes, _Origin]:
    """What `pattern.sub` makes of `data`, and where it comes from."""
    pieces: list[bytes] = []
    origin = _Origin([], [])
    done = length = 0
    for match in pattern.finditer(data):
        pieces.append(data[done : match.start()])
        length += match.start() - done
        piece = made(match)
        pieces.append(piece)
        origin.begins.append(length)
        origin.marks.append((length + len(piece), match.start(), match.end()))
        length += len(piece)
        done = match.end()
    pieces.append(data[done:])
    return b"".join(pieces), origin


def _views(data: bytes) -> Iterator[bytes]:
    """The bytes as they stand, and with one layer of escapes after the other undone."""
    yield data
    for _ in range(_LAYERS):
        undone = data
        for begin, pattern in _ESCAPES:
            if begin in undone:
                undone = pattern.sub(_character, undone)
        if undone == data:
            return
        yield undone
        data = undone


def _views_with_origins(data: bytes) -> Iterator[tuple[bytes, Sequence[_Origin]]]:
    """The same, each with the steps that lead from it back to the bytes as they stand, in the order they were made."""
    origins: list[_Origin] = []
    yield data, origins
    for _ in range(_LAYERS):
        undone = data
        for _begin, pattern in _ESCAPES:
            undone, origin = _rewritten(pattern, _character, undone)
            origins.append(origin)
        if undone == data:
            return
        yield undone, origins
        data = undone


def _undone(data: bytes) -> bytes:
    return list(_views(data))[-1]


def _character(match: re.Match[bytes]) -> bytes:
    """What an escape stands for; an escape that stands for nothing is left."""
    kind, text = str(match.lastgroup), match[str(match.lastgroup)]
    if kind == "byte":
        return bytes([int(text, 16)])
    if kind == "name":
        known = html5.get(text.decode())
        return match[0] if known is None else known.encode()
    code = int(text, 10 if kind == "decimal" else 16)
    return chr(code).encode("utf-8", _CESU) if code <= sys.maxunicode else match[0]
