"""A generated request, and what requests are generated for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import attrs

#: Requests that must be served, or that the contract may have a reason to refuse.
Kind = Literal["positive", "negative"]

#: What stands in a generated request for something that only the run knows. Ids are UUIDs, as the contract wants them.
PROJECT = "volcheck-generated-project"
VOLUME = "6f3f1c02-52a1-4d0e-9d57-0e6ac1b7a901"
SNAPSHOT = "6f3f1c02-52a1-4d0e-9d57-0e6ac1b7a902"

#: The operations that nothing is generated for. The versions document has no parameters and lives at another base URL;
#: what is deleted must be the test's own; the list of types has nothing that could be wrong.
WITHOUT: dict[Kind, frozenset[str]] = {
    "positive": frozenset({"listVersions", "deleteVolume", "deleteSnapshot"}),
    "negative": frozenset({"listVersions", "listVolumeTypes"}),
}


@attrs.frozen
class Brief:
    """What requests to generate. The same brief gives the same requests.

    volume_size: the smallest volume to make, in GiB. openapi: a file to read instead of the contract's own.
    random: random requests, too, and all that are made; otherwise those that show little new are left out.
    """

    seed: int = 1
    volume_size: int = 1
    openapi: str | None = None
    random: bool = False


@attrs.frozen
class GeneratedRequest:
    """A request below the endpoint's base URL, with the placeholders above.

    path: percent-encoded. query: as sent, without the question mark. body: text, or None where there is none; bytes that
    are no UTF-8 are surrogates in it.
    reasons: why it must be refused, in words; empty where it need not be. unknown: the id that it names is generated.
    """

    operation: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str | None
    reasons: tuple[str, ...] = ()
    unknown: bool = False

    def to_plain(self) -> dict[str, Any]:
        """As plain data."""
        return attrs.asdict(self)

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> GeneratedRequest:
        """From what `to_plain` gave."""
        return cls(**{**data, "reasons": tuple(data["reasons"])})


class Source(Protocol):
    """Where a run has its generated requests from."""

    def play(self, kind: Kind, operation: str, send: Callable[[GeneratedRequest], None]) -> None:
        """Call `send` for each request of an operation, and raise what it raised once all were sent."""

    def load(self) -> None:
        """Make ready what can be, so that processes forked from here share it."""

    def close(self) -> None:
        """Let go of what it holds."""
