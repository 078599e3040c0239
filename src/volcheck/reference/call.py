"""One request on its way to a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from volcheck.reference.faults import Fault
from volcheck.reference.hooks import Hooks
from volcheck.reference.world import Resource, Tenant, World


@dataclass(slots=True)
class Reply:
    """An answer before it becomes bytes. `raw`, where given, is sent in place of the document.

    chunked: sent in chunks, without a Content-Length.
    """

    status: int
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    chunked: bool = False


@dataclass(slots=True, kw_only=True)
class Call:
    """Everything known about the request being answered.

    `beside` holds the requests that were under way when it came in; those worked on before it have their subject.

    `number` counts the endpoint's requests from 1, `now` is its moment in microseconds. `headers` has names in
    small letters, `spelt` the names as the client wrote them. The fields from `subject` on say what is being
    worked on; defects read them at their hook.
    """

    number: int
    now: int
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    spelt: tuple[str, ...]
    origin: str
    raw: bytes
    world: World
    hooks: Hooks
    request_id: str
    version: str = ""
    operation: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    tenant: Tenant | None = None
    body: Any = None
    subject: Resource | None = None
    view: str = ""
    kind: str = ""
    wanted: str = ""
    check: str = ""
    goal: str | None = None
    memory: dict[Any, Any] = field(default_factory=dict)
    beside: tuple[Call, ...] = ()

    @property
    def own(self) -> Tenant:
        """The tenant whose data this call works on; only after the token was checked."""
        if self.tenant is None:
            raise RuntimeError(f"{self.method} {self.path} was handled before its token was checked")
        return self.tenant

    def refuse_if(self, check: str, failed: bool, fault: Fault) -> None:
        """Raise the fault when the check named fails."""
        self.check = check
        if self.hooks("check", self, failed):
            raise fault

    def refusal(self, check: str, fault: Fault) -> Fault:
        """The fault to raise for a check that has failed beyond argument."""
        self.check = check
        return fault

    def url(self, *parts: str) -> str:
        """An address under the version and project of this request."""
        return "/".join((self.origin, self.version, self.own.project_id, *parts))
