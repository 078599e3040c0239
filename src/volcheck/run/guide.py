"""The published document as suites ask about it: what is unexplained, what is stale, where everything went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from volcheck.contract import Contract
from volcheck.contract.errata import Erratum
from volcheck.document.check import Checked, check_document, errata_of
from volcheck.document.facts import Document
from volcheck.document.opening import PUBLISHED_EDITION, open_document
from volcheck.document.sentences import load_demands
from volcheck.document.trace import Traced, trace
from volcheck.results.model import TraceRow


class Guide:
    """The edition of the document that the contract was made from, as facts (spec/published/)."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def document(self) -> Document:
        """The facts."""
        return open_document(self._contract.spec_dir / "published" / f"{PUBLISHED_EDITION}.yaml")

    @cached_property
    def errata(self) -> list[Erratum]:
        """The errata of this edition."""
        return errata_of(self._contract, self.document.edition)

    @cached_property
    def checked(self) -> Checked:
        """Every difference from the contract, explained or not."""
        return check_document(self.document, self._contract, self.errata)

    @property
    def unexplained(self) -> list[str]:
        """The differences that no erratum explains."""
        return [divergence.sentence() for divergence, erratum in self.checked.divergences if erratum is None]

    @property
    def stale(self) -> list[str]:
        """The parts of errata that explain nothing."""
        return [stale.sentence() for stale in self.checked.stale]

    def trace(self, tests: Mapping[str, Sequence[str]] | None = None) -> list[Traced]:
        """Where every row, status, example and sentence went. tests: by requirement."""
        contract = self._contract
        sentences = contract.spec_dir / "published" / f"{self.document.edition}-sentences.yaml"
        demands = load_demands(sentences, contract.requirements)
        return trace(
            self.document,
            contract.document,
            self.checked,
            self.errata,
            demands,
            contract.requirements,
            tests or {},
        )

    def trace_rows(self, tests: Mapping[str, Sequence[str]]) -> list[TraceRow]:
        """The trace as result.json has it."""
        return [
            {
                "line": row.line,
                "kind": row.what,
                "says": f"{row.operation} {row.subject}".strip(),
                "schema": ", ".join(row.places),
                "requirements": list(row.requirements),
                "tests": len(row.tests),
                "erratum": ", ".join(row.errata) or None,
                "reason": row.reason,
            }
            for row in self.trace(tests)
        ]
