"""What the sentences of a guide say, held against the contract and against the wording of a known edition.

Two things are asked. `rule_breaks`: whether numbers, units, formats and words of refusal are those of the contract
(spec/prose.yaml); it reads any guide. `Wording.changes`: whether a guide's sentences, headings, anchors and example values
are those of a known edition; only their digests are known, so that the old wording is shown in our own words, or as text
where the guide has it elsewhere too.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any

import attrs

from volcheck.contract.pointer import escape
from volcheck.contract.yamlfile import read_yaml
from volcheck.document.check import Divergence, assign
from volcheck.document.compare import digest, path_shape, surplus
from volcheck.document.facts import Anchor, Document, Operation, Sentence
from volcheck.document.places import Places
from volcheck.document.vocabulary import normal

_NEEDED = ("id", "when", "must", "contract")
_OPTIONAL = ("operations", "subject", "must-not", "place")


@attrs.frozen
class Rule:
    """One demand on sentences; spec/prose.yaml says what the parts mean."""

    id: str
    when: re.Pattern[str]
    must: re.Pattern[str]
    must_not: re.Pattern[str] | None
    operations: tuple[str, ...]
    subject: re.Pattern[str] | None
    contract: str
    place: str

    def broken_by(self, sentence: Sentence, operation: str) -> bool:
        """Whether a sentence of an operation ("" outside those of the contract) says something else."""
        if self.operations and operation not in self.operations:
            return False
        if self.subject is None:
            if sentence.subject is not None:
                return False
        elif sentence.subject is None or not self.subject.fullmatch(sentence.subject):
            return False
        if not self.when.search(sentence.text):
            return False
        wrong = self.must_not is not None and self.must_not.search(sentence.text) is not None
        return wrong or not self.must.search(sentence.text)


def load_rules(path: Path) -> list[Rule]:
    """The rules of spec/prose.yaml; none where there is no such file. Raises ContractError with file and line."""
    if not path.is_file():
        return []
    file = read_yaml(path)
    if not isinstance(file.data, list):
        raise file.error((), "a list of rules is expected", "Begin each entry with '- id:'.")
    rules = []
    for index, node in enumerate(file.data):
        if not isinstance(node, dict) or not set(_NEEDED) <= set(node) <= {*_NEEDED, *_OPTIONAL}:
            problem = f"a rule needs {', '.join(_NEEDED)} and may have {', '.join(_OPTIONAL)}"
            raise file.error((index,), problem, "Correct the entry.")
        patterns: dict[str, re.Pattern[str]] = {}
        for key in ("when", "must", "must-not", "subject"):
            if key in node:
                try:
                    patterns[key] = re.compile(node[key], re.IGNORECASE | re.DOTALL)
                except re.error as error:
                    problem = f"{key} of {node['id']} is no regular expression: {error}"
                    raise file.error((index, key), problem, "Correct it.") from error
        rules.append(
            Rule(
                id=node["id"],
                when=patterns["when"],
                must=patterns["must"],
                must_not=patterns.get("must-not"),
                operations=tuple(node.get("operations", ())),
                subject=patterns.get("subject"),
                contract=node["contract"],
                place=node.get("place", ""),
            )
        )
    return rules


def rule_breaks(
    document: Document, rules: Iterable[Rule], keys: Mapping[str | None, str]
) -> list[Divergence]:
    """The sentences that break a rule, each told once. keys: title of a section → operationId, "" for others."""
    found: list[Divergence] = []
    told: set[tuple[int, str]] = set()
    for rule in rules:
        for sentence in document.sentences:
            operation = keys.get(sentence.operation, "")
            known = operation if operation in rule.operations or not rule.operations else ""
            if (sentence.line, sentence.sha) in told or not rule.broken_by(sentence, known):
                continue
            told.add((sentence.line, sentence.sha))
            where = (operation or sentence.operation or "", sentence.subject or "", sentence.line)
            found.append(Divergence("prose", *where, _quoted(sentence.text), rule.contract, rule.place))
    return found


def section_keys(document: Document, places: Places) -> dict[str | None, str]:
    """Title of each section → what it is: an operationId, or the request line of an operation outside the contract."""
    pairs = assign(document, places)
    keys: dict[str | None, str] = {}
    for operation in document.operations:
        placed = pairs.get(operation.line)
        keys[operation.title] = placed.id if placed else _request(operation)
    return keys


def _request(operation: Operation) -> str:
    request = operation.requests[0]
    return f"{request.method} {path_shape(request.path)}"


def _quoted(text: str) -> str:
    return f"“{' '.join(text.split())}”"


@attrs.define(slots=False)
class Wording:
    """A guide beside the facts of a known edition in the same language.

    ours: digest → the sentence in our words. places: of the contract, which pairs the operations of both.
    """

    document: Document
    known: Document
    places: Places
    ours: Mapping[str, str]

    @cached_property
    def keys(self) -> dict[str | None, str]:
        """Title of each section of the guide → what it is."""
        return section_keys(self.document, self.places)

    @cached_property
    def _known_keys(self) -> dict[str | None, str]:
        """Title of each section of the known edition → what it is."""
        return section_keys(self.known, self.places)

    @cached_property
    def _sections(self) -> dict[str, str]:
        """Title of a section of the guide that is no operation → the title that the known edition has for it.

        Sections of equal titles are pairs; what is left on both sides is paired in order.
        """
        titles = [
            _titles(each, keys) for each, keys in ((self.document, self.keys), (self.known, self._known_keys))
        ]
        new, old = titles
        pairs = {title: title for title in new if title in old}
        left = [title for title in old if title not in pairs]
        return pairs | dict(zip((title for title in new if title not in pairs), left, strict=False))

    def changes(self) -> list[Divergence]:
        """Everything in which the guide's words are not those of the known edition."""
        return [
            *self._sentences(),
            *self._headings(),
            *self._anchors(),
            *self._columns(),
            *self._examples(),
            *self._versions(),
        ]

    def _key(self, title: str | None) -> str:
        if title in self.keys:
            return self.keys[title]
        return self._sections.get(title or "", title or "")

    def _known_key(self, title: str | None) -> str:
        return self._known_keys.get(title, title or "")

    def _sentences(self) -> Iterator[Divergence]:
        new = _by_place(self.document, self._key)
        old = _by_place(self.known, self._known_key)
        for place in dict.fromkeys((*new, *old)):
            came, went = new.get(place, []), old.get(place, [])
            rows = place[1] is not None
            if rows and (not came or not went):
                # The row itself is new or gone, which the rows tell.
                continue
            lost, added = surplus(went, came, digest), surplus(came, went, digest)
            for before, after in zip_longest(lost, added):
                yield self._changed(place, before, after)

    def _changed(
        self, place: tuple[str, str | None], before: Sentence | None, after: Sentence | None
    ) -> Divergence:
        near = after or before
        line = after.line if after else self._nearest(place, before)
        says = _quoted(after.text) if after else "nothing of it any more"
        contract = self._old(before) if before and near else "nothing here"
        return Divergence("wording", place[0], place[1] or "", line, says, contract)

    def _nearest(self, place: tuple[str, str | None], before: Sentence | None) -> int:
        """A line of the guide for a sentence that is gone: where its row or section stands."""
        here = [s.line for s in self.document.sentences if (self._key(s.operation), s.subject) == place]
        titles = [o.line for o in self.document.operations if self.keys[o.title] == place[0]]
        return (here or titles or [0])[0]

    def _old(self, sentence: Sentence) -> str:
        elsewhere = next((s for s in self.document.sentences if s.sha == sentence.sha and s.text), None)
        if elsewhere:
            return f"{_quoted(elsewhere.text)}, as in line {elsewhere.line}"
        if sentence.sha in self.ours:
            return f"in our words: {self.ours[sentence.sha]} (its line {sentence.line})"
        return f"another sentence, in its line {sentence.line}"

    def _headings(self) -> Iterator[Divergence]:
        known = {self._known_keys[o.title]: o for o in self.known.operations}
        for operation in self.document.operations:
            before = known.get(self.keys[operation.title])
            if before is None:
                continue
            where = (self.keys[operation.title], "title", operation.line)
            if operation.title != before.title:
                yield Divergence("heading", *where, _quoted(operation.title), _quoted(before.title))
            if operation.section != before.section:
                says, contract = (" > ".join(each.section) or "no section" for each in (operation, before))
                if operation.section and self._sections.get(operation.section[-1]) in before.section[-1:]:
                    continue
                yield Divergence("heading", where[0], "section", where[2], says, contract)

    def _anchors(self) -> Iterator[Divergence]:
        titles = {normal(o.title) for o in (*self.document.operations, *self.known.operations)}
        for explicit, word in ((True, "anchor"), (False, "heading")):
            new, old = (
                [(_heading(a), a.line) for a in each.anchors if a.explicit is explicit]
                for each in (self.document, self.known)
            )
            heading = itemgetter(0)
            for after, before in zip_longest(surplus(new, old, heading), surplus(old, new, heading)):
                # Another title of an operation is told as such, unless only the level is another.
                renamed = after and before and after[0][0] != before[0][0]
                if renamed and {each[0][0].replace("-", " ") for each in (after, before) if each} & titles:
                    continue
                line = after[1] if after else before[1] if before else 0
                says = f"the {word} {_shown(after[0])}" if after else f"no such {word}"
                contract = _shown(before[0]) if before else "nothing there"
                yield Divergence("heading", "", word, line, says, contract)

    def _columns(self) -> Iterator[Divergence]:
        new, old = (
            _tables(each, key) for each, key in ((self.document, self._key), (self.known, self._known_key))
        )
        for (place, number), table in new.items():
            before = old.get((place, number))
            if before is not None and tuple(map(normal, table.header)) != tuple(map(normal, before.header)):
                says, contract = (" | ".join(each.header) for each in (table, before))
                yield Divergence("heading", place, "columns", table.line, says, contract)

    def _versions(self) -> Iterator[Divergence]:
        """Another version before a path, which the contract's paths do not have."""
        known = {self._known_keys[o.title]: o for o in self.known.operations}
        for operation in self.document.operations:
            name = self.keys[operation.title]
            for request, before in zip(
                operation.requests, known[name].requests if name in known else (), strict=False
            ):
                versions = [re.match(r"/v[\d.]+(?=/)", each.path) for each in (request, before)]
                says, rules = (match[0] if match else "no version" for match in versions)
                if says != rules:
                    yield Divergence("path", name, "version", request.line, says, rules)

    def _examples(self) -> Iterator[Divergence]:
        known = {self._known_keys[o.title]: o for o in self.known.operations}
        for operation in self.document.operations:
            name = self.keys[operation.title]
            before = known.get(name)
            if before is None:
                continue
            for kind in ("request", "response"):
                pairs = zip(
                    (e for e in operation.examples if e.kind == kind),
                    (e for e in before.examples if e.kind == kind),
                    strict=False,
                )
                for example, other in pairs:
                    values = [dict(_values(each.value, "")) for each in (example, other)]
                    for at in values[0].keys() & values[1].keys():
                        if values[0][at] != values[1][at]:
                            field = ".".join(t for t in at.split("/")[1:] if not t.isdigit())
                            subject = f"{field} (request)" if kind == "request" else field
                            line = example.lines.get(at, example.line)
                            says, contract = (repr(v[at]) for v in values)
                            yield Divergence("example-value", name, subject, line, says, contract)


def _titles(document: Document, keys: Collection[str | None]) -> list[str]:
    found = (s.operation for s in document.sentences)
    return list(dict.fromkeys(title for title in found if title is not None and title not in keys))


def _by_place(document: Document, key: Any) -> dict[tuple[str, str | None], list[Sentence]]:
    found: dict[tuple[str, str | None], list[Sentence]] = defaultdict(list)
    for sentence in document.sentences:
        found[key(sentence.operation), sentence.subject].append(sentence)
    return found


def _heading(anchor: Anchor) -> tuple[str, int]:
    """The name of an anchor without the number that tells like headings apart, and the level of its heading."""
    return (anchor.name if anchor.explicit else re.sub(r"-\d+\Z", "", anchor.name)), anchor.level


def _shown(heading: tuple[str, int]) -> str:
    return f"“{'#' * heading[1]} {heading[0]}”" if heading[1] else f"“{heading[0]}”"


def _tables(document: Document, key: Any) -> dict[tuple[str, int], Any]:
    counts: Counter[str] = Counter()
    found = {}
    for table in document.tables:
        place = key(table.operation)
        found[place, counts[place]] = table
        counts[place] += 1
    return found


def _values(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _values(item, f"{at}/{escape(key)}")
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _values(item, f"{at}/{index}")
    else:
        yield at, value
