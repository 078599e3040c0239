"""What a run has seen of one resource so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from volcheck.gateway.ledger import Kind

Body = Mapping[str, Any]


@attrs.define
class Known:
    """What is known of one resource: the first value seen of each fixed field, its times, its last status."""

    kind: Kind
    fields: dict[str, Any] = attrs.field(factory=dict)
    created: str | None = None
    created_in_create: str | None = None
    status: str | None = None
    status_at: float = 0.0
    bootable: Any = None
    #: By operation: what it showed last, to the type of each number, where nothing was wrong with that.
    sound: dict[str | None, str] = attrs.field(factory=dict)
