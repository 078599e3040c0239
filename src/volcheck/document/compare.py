"""What changed between two editions of a guide.

Operations are matched by title, path, method and the fields they share, so that a corrected method or a
translated title doesn't make one operation look like two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import attrs

from volcheck.contract.jsontype import json_type
from volcheck.document.facts import Document, Example, Kind, Operation, Row

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
    "wording",
]


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
            changes.extend(_operation(before, operation))
            changes.extend(_wording(old, new, before, operation))
    kept = [o for o, _ in pairs]
    changes.extend(
        Change("operation removed", o.title, "", _requests(o), None, o.line, None)
        for o in old.operations
        if not any(o is k for k in kept)
    )
    changes.extend(_statuses(old, new))
    return changes


def changes_as_data(old: Document, new: Document) -> dict[str, Any]:
    """The comparison as JSON-like data."""
    return {
        "old": {"edition": old.edition, "sha256": old.sha256},
        "new": {"edition": new.edition, "sha256": new.sha256},
        "changes": [attrs.asdict(change) for change in compare(old, new)],
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

    paths = [{path_shape(r.path) for r in o.requests} for o in (old, new)]
    methods = [{r.method for r in o.requests} for o in (old, new)]
    return (
        4 * (old.title == new.title)
        + 2 * shared(paths[0], paths[1])
        + shared(methods[0], methods[1])
        + shared({r.name for r in old.request_rows}, {r.name for r in new.request_rows})
        + 2 * shared({r.name for r in old.response_rows}, {r.name for r in new.response_rows})
    )


def _pair(old: Sequence[Operation], new: Sequence[Operation]) -> list[tuple[Operation, Operation]]:
    """Pairs of operations that are likely the same, the likeliest first; 3 of 10 points is a stranger."""
    scored = [(_likeness(o, n), -i, -j) for i, o in enumerate(old) for j, n in enumerate(new)]
    pairs: list[tuple[Operation, Operation]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for score, i, j in sorted(scored, reverse=True):
        if score > 3 and i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append((old[-i], new[-j]))
    return pairs


def _operation(old: Operation, new: Operation) -> Iterator[Change]:
    where = new.title
    if old.title != new.title:
        yield Change("title", where, "", old.title, new.title, old.line, new.line)
    if [(r.method, r.path) for r in old.requests] != [(r.method, r.path) for r in new.requests]:
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
    for row in old:
        same = [r for r in left if r.name == row.name]
        twin = next((r for r in same if r.location == row.location), same[0] if same else None)
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


def _wording(old: Document, new: Document, before: Operation, after: Operation) -> Iterator[Change]:
    """Sentences that changed; only where titles agree, as a translation changes every one."""
    if before.title != after.title:
        return
    said = [
        {(s.subject, s.sha): s.line for s in d.sentences if s.operation == o.title}
        for d, o in ((old, before), (new, after))
    ]
    gone = sorted(line for key, line in said[0].items() if key not in said[1])
    come = sorted(line for key, line in said[1].items() if key not in said[0])
    if gone or come:
        counts = f"{len(gone)} sentence(s) gone, {len(come)} new"
        yield Change(
            "wording", after.title, counts, None, None, gone[0] if gone else None, come[0] if come else None
        )
