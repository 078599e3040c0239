"""What changed between two editions of a guide: the whole file, grouped by what it means for those who use the API.

Operations are matched by title, path, method, bodies and the fields they share, so that a corrected method or a
translated title doesn't make one operation look like two. Between two languages titles, headings and wording are no
changes; the numbers in descriptions still are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, Final, Literal, TypeVar

import attrs

from volcheck.contract.jsontype import json_type
from volcheck.document.facts import Document, Example, Kind, Operation, Row, Sentence
from volcheck.document.vocabulary import ROLES, normal

T = TypeVar("T")

ChangeKind = Literal[
    "operation added",
    "operation removed",
    "title",
    "request line",
    "header added",
    "header removed",
    "row added",
    "row removed",
    "type",
    "required",
    "location",
    "no body",
    "example added",
    "example removed",
    "example field added",
    "example field removed",
    "example field type",
    "example value",
    "status added",
    "status removed",
    "renamed",  # a row or a parameter of the path under another name
    "table",  # a cell of a table outside operations: a region, an address
    "section added",
    "section removed",
    "columns",  # other headings of a table
    "promise",  # a sentence with another number, unit, literal or negation
    "wording",  # a sentence in other words
]
Group = Literal["breaking", "compatible", "editorial"]

_EDITORIAL: Final[frozenset[ChangeKind]] = frozenset(
    (
        "title",
        "example added",
        "example removed",
        "example field added",
        "example field removed",
        "example field type",
        "example value",
        "section added",
        "section removed",
        "columns",
        "wording",
    )
)
_COMPATIBLE: Final[frozenset[ChangeKind]] = frozenset(
    ("operation added", "row added", "status added", "header removed")
)
#: What a sentence promises, apart from its words: literals, numbers, units, negations.
_LITERAL = re.compile(
    r"(?<![A-Za-z0-9_-])(?:true|false|null|asc|desc|available|in-use|error|YYYY[-A-Za-z:./]*|[\d,.]*\d|[KMGT]i?B)"
    r"(?![A-Za-z0-9_-])"
)
_NEGATION = re.compile(
    r"없|않|못|불가|\b(?:not|no|cannot|never|without|unable)\b|n't\b|ません|ない(?!し)|不|无", re.IGNORECASE
)


@attrs.frozen
class Change:
    """One difference. Lines are None on the side where the thing doesn't exist."""

    kind: ChangeKind
    where: str
    what: str
    old: str | None
    new: str | None
    old_line: int | None
    new_line: int | None

    @property
    def group(self) -> Group:
        """Whether those who use the API must act (breaking), may (compatible), or need not know (editorial)."""
        if self.kind in _EDITORIAL or (self.kind == "renamed" and self.what.startswith("path ")):
            return "editorial"
        if (
            self.kind == "row added"
            and self.what.startswith("request ")
            and (self.new or "").endswith(", required")
        ):
            return "breaking"
        if self.kind == "required" and self.new == "optional":
            return "compatible"
        if self.kind == "table" and not self.old:
            return "compatible"
        return "compatible" if self.kind in _COMPATIBLE else "breaking"

    def sentence(self) -> str:
        """The change for people."""
        change = f"{self.old} → {self.new}" if self.old and self.new else (self.new or self.old or "")
        lines = f"lines {self.old_line or '–'} → {self.new_line or '–'}"
        return (
            f"{self.where}: {self.kind}: {self.what}{': ' if self.what and change else ''}{change} ({lines})"
        )


def compare(old: Document, new: Document) -> list[Change]:
    """Everything that differs, in the order of the new edition, removed operations last."""
    pairs = _pair(old.operations, new.operations)
    changes: list[Change] = []
    for operation in new.operations:
        before = next((o for o, n in pairs if n is operation), None)
        if before is None:
            lines = _requests(operation)
            changes.append(Change("operation added", operation.title, "", None, lines, None, operation.line))
        else:
            changes.extend(_operation(before, operation, _translated(old, new)))
    kept = [o for o, _ in pairs]
    changes.extend(
        Change("operation removed", o.title, "", _requests(o), None, o.line, None)
        for o in old.operations
        if not any(o is k for k in kept)
    )
    changes.extend(_statuses(old, new))
    changes.extend(_tables(old, new))
    changes.extend(_sections(old, new, pairs))
    changes.extend(_wording(old, new, pairs))
    return changes


def grouped(changes: Sequence[Change]) -> dict[Group, list[Change]]:
    """The changes by group, breaking ones first; groups without changes are left out."""
    groups: tuple[Group, ...] = ("breaking", "compatible", "editorial")
    found = {group: [change for change in changes if change.group == group] for group in groups}
    return {group: each for group, each in found.items() if each}


def changes_as_data(old: Document, new: Document) -> dict[str, Any]:
    """The comparison as JSON-like data."""
    return {
        "old": {"edition": old.edition, "sha256": old.sha256},
        "new": {"edition": new.edition, "sha256": new.sha256},
        "changes": [{**attrs.asdict(change), "group": change.group} for change in compare(old, new)],
    }


def path_shape(path: str) -> str:
    """A path without host, version prefix, query and the names of its placeholders."""
    path = re.sub(r"^https?://[^/]+", "", path).split("?")[0]
    path = re.sub(r"\{[^}]*\}|<[^>]*>|(?<=/):\w+", "{}", path)
    return re.sub(r"^/v\d+(\.\d+)?(?=/)", "", path).rstrip("/") or "/"


def _requests(operation: Operation) -> str:
    return ", ".join(f"{r.method} {r.path}" for r in operation.requests)


def _likeness(old: Operation, new: Operation) -> float:
    def shared(a: set[str], b: set[str]) -> float:
        return len(a & b) / len(a | b) if a | b else 0.5

    def names(operation: Operation, kind: Kind) -> set[str]:
        # The list of one edition may be the object of another.
        return {
            re.sub(r"^(\w+?)s?(?=\.|$)", r"\1", r.name) for r in operation.rows(kind) if r.location == "body"
        }

    def has_body(operation: Operation, kind: Kind) -> bool:
        return any(e.kind == kind for e in operation.examples) or bool(names(operation, kind))

    paths = [{path_shape(r.path) for r in o.requests} for o in (old, new)]
    methods = [{r.method for r in o.requests} for o in (old, new)]
    kinds: tuple[Kind, ...] = ("request", "response")
    return (
        4 * (old.title == new.title)
        + 3 * shared(paths[0], paths[1])
        + shared(methods[0], methods[1])
        + 2 * shared(names(old, "request"), names(new, "request"))
        + 3 * shared(names(old, "response"), names(new, "response"))
        + sum(1 if has_body(old, kind) == has_body(new, kind) else -2 for kind in kinds)
    )


def _pair(old: Sequence[Operation], new: Sequence[Operation]) -> list[tuple[Operation, Operation]]:
    """Pairs of operations that are likely the same, the likeliest first; 4.5 of 15 points is a stranger."""
    scored = [(_likeness(o, n), -i, -j) for i, o in enumerate(old) for j, n in enumerate(new)]
    pairs: list[tuple[Operation, Operation]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for score, i, j in sorted(scored, reverse=True):
        if score > 4.5 and i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append((old[-i], new[-j]))
    return pairs


def _translated(old: Document, new: Document) -> bool:
    """Whether the two are in different languages, so that their words can't be compared."""
    return None not in (old.language, new.language) and old.language != new.language


def _operation(old: Operation, new: Operation, translated: bool) -> Iterator[Change]:
    where = new.title
    if old.title != new.title and not translated:
        yield Change("title", where, "", old.title, new.title, old.line, new.line)
    if [(r.method, path_shape(r.path)) for r in old.requests] != [
        (r.method, path_shape(r.path)) for r in new.requests
    ]:
        lines = (old.requests[0].line, new.requests[0].line)
        yield Change("request line", where, "", _requests(old), _requests(new), *lines)
    for header in old.headers:
        if not any(h.name.lower() == header.name.lower() for h in new.headers):
            yield Change("header removed", where, header.name, header.value, None, header.line, None)
    for header in new.headers:
        if not any(h.name.lower() == header.name.lower() for h in old.headers):
            yield Change("header added", where, header.name, None, header.value, None, header.line)
    kinds: tuple[Kind, ...] = ("request", "response")
    for kind in kinds:
        yield from _rows(where, kind, old.rows(kind), new.rows(kind))
        before = next((b.line for b in old.no_body if b.kind == kind), None)
        after = next((b.line for b in new.no_body if b.kind == kind), None)
        if (before is None) != (after is None):
            says = ["may have one" if line is None else "has none" for line in (before, after)]
            yield Change("no body", where, f"{kind} body", says[0], says[1], before, after)
        examples = [[e for e in o.examples if e.kind == kind] for o in (old, new)]
        yield from _examples(where, kind, examples[0], examples[1])


def _describe(row: Row) -> str:
    required = {True: ", required", False: ", optional", None: ""}[row.required]
    return f"{row.location or '?'} {row.type or '?'}{required}"


def _rows(where: str, kind: Kind, old: Sequence[Row], new: Sequence[Row]) -> Iterator[Change]:
    left = list(new)
    names = {row.name for row in old}, {row.name for row in new}
    for row in old:
        same = [r for r in left if r.name == row.name]
        twin = next((r for r in same if r.location == row.location), same[0] if same else None)
        if twin is None:
            twin = next((r for r in left if r.name not in names[0] and _same_thing(row, r, old, new)), None)
            if twin is not None:
                what = f"{'path' if row.location == 'path' else kind} {row.name}"
                yield Change("renamed", where, what, row.name, twin.name, row.line, twin.line)
        if twin is None:
            yield Change("row removed", where, f"{kind} {row.name}", _describe(row), None, row.line, None)
            continue
        left.remove(twin)
        what = f"{kind} {row.name}"
        lines = (row.line, twin.line)
        if row.type != twin.type:
            yield Change("type", where, what, row.type or "?", twin.type or "?", *lines)
        if row.required != twin.required and None not in (row.required, twin.required):
            words = ["required" if r.required else "optional" for r in (row, twin)]
            yield Change("required", where, what, words[0], words[1], *lines)
        if row.location != twin.location:
            yield Change("location", where, what, row.location or "?", twin.location or "?", *lines)
    for row in left:
        yield Change("row added", where, f"{kind} {row.name}", None, _describe(row), None, row.line)


def _same_thing(row: Row, other: Row, old: Sequence[Row], new: Sequence[Row]) -> bool:
    """Whether a row that is gone is one that came: at the same place in the path, or below a list of another name."""
    if row.location == other.location == "path":
        return [r for r in old if r.location == "path"].index(row) == [
            r for r in new if r.location == "path"
        ].index(other)
    if row.location != other.location or row.location != "body":
        return False
    tails = row.name.split(".")[-2:], other.name.split(".")[-2:]
    return (
        tails[0] == tails[1]
        or row.name.endswith(f".{other.name}")
        or other.name.endswith(f".{row.name}")
        or (row.name.partition(".")[2] == other.name.partition(".")[2] != "")
    )


def _shape(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every path of a JSON value (list items as one) with the type found there."""
    yield path, json_type(value)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _shape(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from _shape(item, f"{path}[]")


def _examples(where: str, kind: Kind, old: Sequence[Example], new: Sequence[Example]) -> Iterator[Change]:
    for example in old[len(new) :]:
        yield Change("example removed", where, kind, "one", None, example.line, None)
    for example in new[len(old) :]:
        yield Change("example added", where, kind, None, "one", None, example.line)
    for before, after in zip(old, new, strict=False):
        lines = (before.line, after.line)
        shapes: list[dict[str, set[str]]] = [{}, {}]
        for shape, example in zip(shapes, (before, after), strict=True):
            for path, name in _shape(example.value):
                shape.setdefault(path, set()).add(name)
        was, now = shapes
        for path in was.keys() | now.keys():
            was.setdefault(path, set())
            now.setdefault(path, set())
        changed = False
        for path in sorted(was):
            types = [" or ".join(sorted(shape[path])) for shape in (was, now)]
            if was[path] != now[path]:
                changed = True
                field: ChangeKind = (
                    "example field added"
                    if not was[path]
                    else "example field removed"
                    if not now[path]
                    else "example field type"
                )
                yield Change(field, where, f"{kind} {path}", types[0] or None, types[1] or None, *lines)
        if not changed and before.value != after.value:
            yield Change("example value", where, f"values of the {kind} example", None, None, *lines)


def _statuses(old: Document, new: Document) -> Iterator[Change]:
    """Status tables are matched by their order, as titles are translated."""
    for index in range(max(len(old.status_tables), len(new.status_tables))):
        tables = [d.status_tables[index] if index < len(d.status_tables) else None for d in (old, new)]
        before = {s.value: s.line for s in tables[0].statuses} if tables[0] else {}
        after = {s.value: s.line for s in tables[1].statuses} if tables[1] else {}
        title = next(t.title for t in reversed(tables) if t)
        for value in before.keys() - after.keys():
            yield Change("status removed", title, value, None, None, before[value], None)
        for value in after.keys() - before.keys():
            yield Change("status added", title, value, None, None, None, after[value])


def _tables(old: Document, new: Document) -> Iterator[Change]:
    """Cells of tables outside operations, and headings of all tables."""
    outside = [[table for table in each.tables if table.rows] for each in (old, new)]
    for before, after in zip_longest(*outside):
        table = after or before
        lines = (before.line if before else None, after.line if after else None)
        cells = [
            [cell.strip() for row in each.rows for text in row for cell in text.split("\n")] if each else []
            for each in (before, after)
        ]
        if _translated(old, new):
            # Addresses are the same in every language.
            cells = [[cell for cell in each if "://" in cell] for each in cells]
        gone = [cell for cell in cells[0] if cell not in cells[1]]
        come = [cell for cell in cells[1] if cell not in cells[0]]
        for was, now in zip_longest(gone, come):
            yield Change("table", table.operation or "", " | ".join(table.header), was, now, *lines)
    if _translated(old, new):
        return
    counts = [Counter(tuple(map(normal, table.header)) for table in each.tables) for each in (old, new)]
    heads = [
        [
            (" | ".join(table.header), table)
            for table in each.tables
            if (counts[i] - counts[1 - i])[tuple(map(normal, table.header))]
        ]
        for i, each in enumerate((old, new))
    ]
    if len(old.tables) == len(new.tables):
        for (was, before), (now, after) in zip(*heads, strict=False):
            yield Change("columns", after.operation or "", "", was, now, before.line, after.line)


def _alone(document: Document, paired: Collection[int]) -> list[range]:
    """The lines of operations that only one edition has."""
    found = []
    headings = [anchor for anchor in document.anchors if anchor.level]
    for operation in document.operations:
        if operation.line not in paired:
            level = next((a.level for a in headings if a.line == operation.line), 1)
            ends = (a.line for a in headings if a.line > operation.line and a.level <= level)
            found.append(range(operation.line, next(ends, max((a.line for a in headings), default=0) + 1)))
    return found


def _sections(old: Document, new: Document, pairs: Sequence[tuple[Operation, Operation]]) -> Iterator[Change]:
    """Headings that are no titles of operations, and anchors written by hand; not those of operations that came or went."""
    alone = _alone(old, {o.line for o, _ in pairs}), _alone(new, {n.line for _, n in pairs})
    for explicit in (True, False):
        if not explicit and _translated(old, new):
            return
        names: list[dict[tuple[str, int], int]] = [{}, {}]
        for found, document, ranges in zip(names, (old, new), alone, strict=True):
            titles = {
                re.sub(r"[^\w\- ]", "", o.title.casefold()).strip().replace(" ", "-")
                for o in document.operations
            }
            for anchor in document.anchors:
                # An anchor written by hand may stand a line or two before the heading.
                near = range(anchor.line, anchor.line + (3 if explicit else 1))
                if any(line in each for each in ranges for line in near):
                    continue
                name = anchor.name if anchor.explicit else re.sub(r"-\d+\Z", "", anchor.name)
                if anchor.explicit is explicit and (explicit or (name not in titles and name not in ROLES)):
                    found.setdefault((name, anchor.level), anchor.line)
        if explicit and not (names[0] and names[1]):
            # One of them has no anchors of its own at all.
            continue
        word = "anchor" if explicit else "heading"
        for (name, level), line in names[0].items():
            if (name, level) not in names[1]:
                yield Change("section removed", f"{'#' * level} {name}".strip(), word, name, None, line, None)
        for (name, level), line in names[1].items():
            if (name, level) not in names[0]:
                yield Change("section added", f"{'#' * level} {name}".strip(), word, None, name, None, line)


def _wording(old: Document, new: Document, pairs: Sequence[tuple[Operation, Operation]]) -> Iterator[Change]:
    """Sentences that came, went or changed, each with both texts; what facts keep is a digest only."""
    same = {before.title: after.title for before, after in pairs}
    titles = [
        list(dict.fromkeys(s.operation for s in each.sentences if s.operation not in operations))
        for each, operations in (
            (old, {o.title for o in old.operations}),
            (new, {o.title for o in new.operations}),
        )
    ]
    shared = set(titles[0]) & set(titles[1])
    rest = [[title for title in each if title not in shared] for each in titles]
    matched: dict[str | None, str | None] = {title: title for title in shared}
    matched.update(same)
    matched.update(zip(*rest, strict=False))
    said: list[dict[tuple[str | None, str | None], list[Sentence]]] = [{}, {}]
    for sentence in old.sentences:
        key = matched.get(sentence.operation, sentence.operation)
        said[0].setdefault((key, sentence.subject), []).append(sentence)
    for sentence in new.sentences:
        said[1].setdefault((sentence.operation, sentence.subject), []).append(sentence)
    single = [
        {o.title for o in each.operations} - {pair[index].title for pair in pairs}
        for index, each in enumerate((old, new))
    ]
    for place in dict.fromkeys((*said[1], *said[0])):
        if place[0] in single[0] | single[1]:
            # The operation itself came or went.
            continue
        before, after = said[0].get(place, []), said[1].get(place, [])
        if place[1] is not None and not (before and after):
            # The row itself came or went.
            continue
        if _translated(old, new):
            yield from _numbers(place, before, after)
            continue
        gone, come = surplus(before, after, digest), surplus(after, before, digest)
        for was, now in _matched(gone, come):
            kind: ChangeKind = "promise" if _promises(was) != _promises(now) else "wording"
            yield Change(kind, place[0] or "", place[1] or "", *_texts(was, now), *_line(was, now))


def _texts(was: Sentence | None, now: Sentence | None) -> tuple[str | None, str | None]:
    old, new = (
        None if each is None else " ".join(each.text.split()) or f"a sentence ({each.sha})"
        for each in (was, now)
    )
    return old, new


def _matched(
    gone: Sequence[Sentence], come: Sequence[Sentence]
) -> Iterator[tuple[Sentence | None, Sentence | None]]:
    """Sentences that went beside the likest of those that came."""
    left = list(come)
    for was in gone:
        ratios = [SequenceMatcher(None, was.text, now.text).ratio() for now in left]
        # Facts keep no text; there, one that went and one that came at the same place are one that changed.
        best = max(range(len(left)), key=ratios.__getitem__, default=None)
        if best is not None and (ratios[best] > 0.4 or len(gone) == len(come) == 1):
            yield was, left.pop(best)
        else:
            yield was, None
    for now in left:
        yield None, now


def _line(was: Sentence | None, now: Sentence | None) -> tuple[int | None, int | None]:
    return was.line if was else None, now.line if now else None


def _promises(sentence: Sentence | None) -> tuple[tuple[str, ...], bool]:
    """What a sentence says apart from its words."""
    if sentence is None:
        return (), False
    literals = tuple(sorted(each.replace(",", "") for each in _LITERAL.findall(sentence.text)))
    return literals, _NEGATION.search(sentence.text) is not None


def _numbers(
    place: tuple[str | None, str | None], before: Sequence[Sentence], after: Sequence[Sentence]
) -> Iterator[Change]:
    """Numbers of a row's description that a translation has otherwise."""
    found = [
        {n for s in each for n in re.findall(r"\d+", s.text.replace(",", ""))} for each in (before, after)
    ]
    if place[1] is not None and found[0] != found[1]:
        old, new = (" ".join(" ".join(s.text.split()) for s in each) for each in (before, after))
        yield Change("promise", place[0] or "", place[1], old, new, before[0].line, after[0].line)


def digest(sentence: Sentence) -> str:
    """What tells sentences apart; facts keep this and not the text."""
    return sentence.sha


def surplus(items: Sequence[T], others: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    """The items for which `others` has no like one left, in their order.

    Items are alike when their keys are equal. Of three like items, where `others` has one, the last two are surplus.
    """
    left = Counter(map(key, items)) - Counter(map(key, others))
    found = []
    for item in reversed(items):
        if left[key(item)] > 0:
            left[key(item)] -= 1
            found.append(item)
    return found[::-1]
