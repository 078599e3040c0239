"""Where secrets stand in bytes, in whatever form they are written there.

A text is read as it stands and then with its escapes undone, layer by layer: backslashes of JSON and of reprs,
percent-encoding, quoted-printable, HTML entities. Each time it is read once more with nothing but its letters and
digits, so that separators, quotes and the ends of lines hide nothing. Case counts for nothing. Each secret is looked
for as it is, backwards, as hex, as base32, as base64 and as base64 of base64 (which is another one in each position
it can begin at), in UTF-8 and in UTF-16, and not only as a whole: sixteen characters of it in a row are enough, as
more than half of a usual password is in them. Once some of a secret is found in a text, six in a row are.

What is not found: what is compressed, encrypted or hashed; lists of character codes in decimal or octal; base64 of
hex and other codes within codes; other alphabets (base85, rot13, base32 with hex digits); a part of fewer than
sixteen characters where no more stands, or of fewer than six where more does; words of small letters that remain
of a longer secret; secrets of fewer than sixteen letters and digits with separators between them; separators
beyond the first half MiB of a text.

To look for every sixteen characters of every form, texts are cut into pieces of eight bytes: wherever sixteen
characters of a form stand, they hold one of those pieces whole, and all pieces that a form can have are in one set.
A text without any is done with; only where one is found is it looked for how far the form goes on.
"""

from __future__ import annotations

import base64
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html.entities import html5

import attrs

#: So many characters of a secret in a row count as the secret; of a shorter secret all of them do.
LEAST = 16
#: The same, in hex and in base64 (where the first and the last character may hold bits of a neighbour).
_LEAST_HEX, _LEAST_BASE64 = 32, 20
#: And in base64 of base64, in base32, in hex of UTF-16 and in base64 of UTF-16.
_LEAST_TWICE, _LEAST_BASE32, _LEAST_WIDE_HEX, _LEAST_WIDE_BASE64 = 25, 24, 62, 40
#: Once some of a secret is found, so many of its characters in a row are enough in the same text.
_REST = 6
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
_FOR_URLS = bytes.maketrans(b"+/", b"-_")
#: Every text in UTF-16 has the one, every quoting may add the other.
_PASSED_OVER = b"\\\0"
_PASSED = re.compile(rb"[\\\0]+")
_WORDS = re.compile(rb"[a-z ]+")
#: So many bytes of a text are read once more without what separates letters and digits: that takes memory.
_MOST_BARE = 512 * 1024
#: What is passed over where only letters and digits are read.
_SEPARATORS = bytes(code for code in range(256) if not (code < 128 and chr(code).isalnum()))
_BETWEEN_QUOTES = re.compile(rb'[0-9A-Za-z](?:[^"]*[0-9A-Za-z])?')
_SEPARATED = re.compile(rb"[^0-9A-Za-z]+")
#: Each begins with what can be searched for quickly, as next to no text has any. Backslashes before are passed over.
_ESCAPES = (
    (b"\\", re.compile(rb"\\(?P<blank>[nrt])")),
    # Early, as `=` often stands before what another escape begins with.
    (b"=", re.compile(rb"=(?:(?P<byte>[0-9a-fA-F]{2})|(?P<blank>\r?\n))")),
    (b"0x", re.compile(rb"0x(?P<byte>[0-9a-fA-F]{2})(?![0-9a-fA-F])(?:,?\s*(?=0x))?")),
    (b"\\u", re.compile(rb"\\u(?:(?P<hex>[0-9a-fA-F]{4})|\{(?P<braced>[0-9a-fA-F]{1,6})\})")),
    (b"\\x", re.compile(rb"\\x(?P<byte>[0-9a-fA-F]{2})")),
    (b"%", re.compile(rb"%(?:25)*[uU](?P<hex>[0-9a-fA-F]{4})")),
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

    def moved(self, by: int) -> Span:
        """The same, so many bytes further on."""
        return Span(self.start + by, self.end + by, self.secret)


@attrs.frozen
class _Form:
    """One way in which a secret is written. least: so many bytes of it in a row count."""

    secret: int
    content: bytes
    least: int


@attrs.frozen
class _Run:
    """Where a form of a secret, or a part of it, stands in a text as it is read."""

    start: int
    end: int
    secret: int


class Spotter:
    """Finds secrets. Reading is safe in several threads; a secret that is added meanwhile is found from then on."""

    def __init__(self) -> None:
        self._number = 0
        self._raw: list[list[bytes]] = []
        self._close = _Index()
        self._bare = _Index()

    def add(self, secret: str) -> int:
        """Look for `secret` from now on; answers its number."""
        number = self._number
        self._number += 1
        self._raw.append([raw.translate(None, _PASSED_OVER) for raw in _encodings(secret)])
        for form in _forms(number, secret):
            self._close.add(form)
            bare = _letters(form.content)
            if len(bare) >= LEAST:
                self._bare.add(_Form(number, bare, max(LEAST, min(form.least, len(bare)))))
        return number

    def add_public(self, text: str) -> None:
        """`text` may be said, also where it is a part of a secret."""
        data = text.encode("utf-8", _CESU)
        self._close.public.append(_plain(data))
        self._bare.public.append(_letters(data))

    def finds(self, data: bytes) -> bool:
        """Whether any secret stands in `data`."""
        looks = (
            (self._close, _plain, data),
            (self._bare, _letters, data[:_MOST_BARE]),
        )
        return any(
            index.hints(flat := cut(view)) and any(index.runs(flat))
            for index, cut, part in looks
            for view in _views(part)
        )

    def spans(self, data: bytes) -> list[Span]:
        """Where secrets stand in `data`, from left to right; what overlaps is one span, named by its longest part."""
        if not self.finds(data):
            return []
        found: list[Span] = []
        for search in (self._as_it_is, self._letters_only):
            for start, end in _gaps(found, len(data)):
                found += [span.moved(start) for span in search(data[start:end])]
            found = _joined(found)
        parts: dict[bytes, int] = {}
        for secret in {span.secret for span in found}:
            for raw in self._raw[secret]:
                for offset in range(len(raw) - _REST + 1):
                    parts.setdefault(raw[offset : offset + _REST], secret)
        for start, end in _gaps(found, len(data)):
            found += [span.moved(start) for span in self._remaining(data[start:end], parts)]
        return _joined(found)

    def _as_it_is(self, data: bytes) -> Iterator[Span]:
        for view, origins in _views_with_origins(data):
            flat, removed = _rewritten(_PASSED, _nothing, view)
            for run in self._close.runs(flat.translate(_ONE_CASE)):
                yield _span(data, run, (removed, *reversed(origins)))

    def _letters_only(self, data: bytes) -> Iterator[Span]:
        for view, origins in _views_with_origins(data[:_MOST_BARE]):
            if not self._bare.hints(_letters(view)):
                continue
            flat, removed = _rewritten(_SEPARATED, _nothing, view)
            for run in self._bare.runs(flat.translate(_ONE_CASE)):
                yield from _between_quotes(data, _span(data, run, (removed, *reversed(origins))))

    def _remaining(self, data: bytes, parts: Mapping[bytes, int]) -> Iterator[Span]:
        """Short parts of secrets of which more was found, as they are (case counts). parts: the shortest of them."""
        for view, origins in _views_with_origins(data):
            flat, removed = _rewritten(_PASSED, _nothing, view)
            at = 0
            while at + _REST <= len(flat):
                secret = parts.get(flat[at : at + _REST])
                if secret is None:
                    at += 1
                    continue
                end = at + _REST
                while flat[end - _REST + 1 : end + 1] in parts:
                    end += 1
                part = flat[at:end]
                words = _WORDS.fullmatch(part)
                if not words and self._close.says_something(part.translate(_ONE_CASE)):
                    yield _span(data, _Run(at, end, secret), (removed, *reversed(origins)))
                at = end


class _Index:
    """Forms, to be found in texts that are read in the same way as they were."""

    def __init__(self) -> None:
        self.public: list[bytes] = []
        self._whole: list[_Form] = []
        self._pieces: dict[int, list[tuple[_Form, int]]] = {}

    def add(self, form: _Form) -> None:
        """Look for this form from now on."""
        if form.least <= 2 * _PIECE - 2 or not self._remember(form):
            self._whole.append(form)

    def _remember(self, form: _Form) -> bool:
        """Remember the pieces of a form; answers whether by them it is certain to be found."""
        certain = True
        known: dict[int, int] = {}
        # Of a longer part so many pieces in a row are whole, and to know one of them is enough.
        whole = max(1, (form.least - _PIECE + 1) // _PIECE)
        for offset in range(len(form.content) - _PIECE + 1):
            if offset // _PIECE % whole:
                continue
            content = form.content[offset : offset + _PIECE]
            piece = int.from_bytes(content, sys.byteorder)
            # What is in many texts, or at many places of the form, would have each of them looked at.
            if len(set(content)) > 1 and known.get(piece, 0) < _PLACES:
                known[piece] = known.get(piece, 0) + 1
                self._pieces.setdefault(piece, []).append((form, offset))
            else:
                certain = False
        return certain

    def hints(self, flat: bytes) -> bool:
        """Whether it is worth to look closer."""
        padded = flat + bytes(-len(flat) % _PIECE)
        return not self._pieces.keys().isdisjoint(memoryview(padded).cast("Q")) or any(
            form.content in flat for form in self._whole
        )

    def runs(self, flat: bytes) -> Iterator[_Run]:
        """Where forms, or parts of them that give them away, stand."""
        for form in self._whole:
            at = flat.find(form.content)
            while at >= 0:
                yield _Run(at, at + len(form.content), form.secret)
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
                    yield _Run(start, end, form.secret)
                    covered = max(covered, end)

    def _counts(self, form: _Form, part: bytes) -> bool:
        """Whether a part of a secret gives it away."""
        if len(part) == len(form.content):
            return True
        return len(part) >= form.least and self.says_something(part)

    def says_something(self, part: bytes) -> bool:
        """Whether a part of a secret is neither dull nor public."""
        return len(set(part)) >= _UNLIKE and not any(part in public for public in self.public)


def _span(data: bytes, run: _Run, origins: Iterable[_Origin]) -> Span:
    """Where a run stands in the bytes from which what was read was made. origins: the last step first."""
    start, end = run.start, run.end
    for origin in origins:
        start, end = origin.first(start), origin.last(end)
    while start and _goes_on(data, start):
        start -= 1
    while _goes_on(data, end):
        end += 1
    return Span(_before_backslashes(data, start), end, run.secret)


def _between_quotes(data: bytes, span: Span) -> list[Span]:
    """The parts of a span between quotes, so that texts of JSON stay what they are."""
    parts = list(_BETWEEN_QUOTES.finditer(data, span.start, span.end))
    if b'"' not in data[span.start : span.end]:
        return [span]
    return [Span(_before_backslashes(data, part.start()), part.end(), span.secret) for part in parts]


def _before_backslashes(data: bytes, start: int) -> int:
    """Where the backslashes before a place begin, as what they escape is going."""
    while start and data[start - 1] == ord("\\"):
        start -= 1
    return start


def _goes_on(data: bytes, place: int) -> bool:
    """Whether a character of UTF-8 that began before goes on there."""
    return place < len(data) and data[place] & 0xC0 == 0x80


def _plain(data: bytes) -> bytes:
    return data.translate(_ONE_CASE, _PASSED_OVER)


def _letters(data: bytes) -> bytes:
    return data.translate(_ONE_CASE, _SEPARATORS)


def _nothing(_: re.Match[bytes]) -> bytes:
    return b""


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


def _gaps(spans: Sequence[Span], length: int) -> list[tuple[int, int]]:
    """What is left between spans, which do not overlap, of so many bytes."""
    starts = [0, *(span.end for span in spans)]
    ends = [*(span.start for span in spans), length]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end - start >= _REST]


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

    def note_shifted(raw: bytes, least: int) -> None:
        for inner in _in_base64(raw):
            if len(inner) >= _SHORTEST_BASE64:
                note(inner, least)

    for text in _cases(secret):
        for raw in _encodings(text):
            note(raw, LEAST)
            # One that holds what looks like an escape is also met as that reads.
            note(_undone(raw), LEAST)
            note(raw.hex().encode(), _LEAST_HEX)
            note_shifted(raw, _LEAST_BASE64)
    for raw in _encodings(secret[::-1]):
        note(raw, LEAST)
    raw = secret.encode("utf-8", _CESU)
    for before in range(5):
        encoded = base64.b32encode(bytes(before) + raw)
        note(encoded[(before * 8 + 4) // 5 : (before + len(raw)) * 8 // 5], _LEAST_BASE32)
    for wide in (secret.encode("utf-16-le", _CESU), secret.encode("utf-16-be", _CESU)):
        # What both orders of bytes have in common is enough.
        narrow = wide.strip(b"\0") if secret.isascii() else wide
        note(narrow.hex().encode(), _LEAST_WIDE_HEX)
        note_shifted(narrow, _LEAST_WIDE_BASE64)
    for inner in _in_base64(raw):
        for once in {inner, inner.translate(_FOR_URLS)}:
            note_shifted(once, _LEAST_TWICE)
    return [_Form(number, content, least) for content, least in found.items()]


def _cases(secret: str) -> Iterable[str]:
    return dict.fromkeys((secret, secret.lower(), secret.upper()))


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """Some bytes in the middle of a longer text, such as user:password: they begin at any of three bit positions."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        yield encoded[(before * 8 + 5) // 6 : (before + len(raw)) * 8 // 6]


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


_BLANKS = (b"n", b"r", b"t")

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
        for begin, pattern in _ESCAPES:
            if begin in undone:
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
    if kind == "blank":
        # Of quoted-printable it is a line that goes on.
        return b" " if text in _BLANKS else b""
    if kind == "byte":
        return bytes([int(text, 16)])
    if kind == "name":
        known = html5.get(text.decode())
        return match[0] if known is None else known.encode()
    code = int(text, 10 if kind == "decimal" else 16)
    return chr(code).encode("utf-8", _CESU) if code <= sys.maxunicode else match[0]
