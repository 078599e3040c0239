"""Sends the requests that were generated from the contract, and judges whether serving or refusing them was right.

Every answer is held against the contract by the run, as all others are.
"""

from __future__ import annotations

import json
from typing import Literal
from urllib.parse import unquote

from volcheck.exchange import Exchange
from volcheck.gateway.core import segment
from volcheck.gateway.errors import GatewayRefusal
from volcheck.generation.request import PROJECT, SNAPSHOT, VOLUME, GeneratedRequest, Source
from volcheck.run.demand import Demand, answer
from volcheck.run.state import Run
from volcheck.tag import SLOT, tag_for

#: Statuses with which a valid request may fail for reasons of state or quota.
_STATE = frozenset({409, 413, 429, 503})


class Generated:
    """The generated requests of a run."""

    def __init__(self, run: Run, demand: Demand, source: Source) -> None:
        self._run = run
        self._demand = demand
        self._source = source

    def are_served(self, operation: str) -> None:
        """Send the valid requests of an operation, with ids of what stands, and demand that each is served."""
        self._source.play("positive", operation, self._serve)

    def are_refused(self, operation: str) -> None:
        """Send requests that may be wrong, and demand that each is refused that the contract has a reason to refuse."""
        self._source.play("negative", operation, self._refuse)

    def _serve(self, request: GeneratedRequest) -> None:
        exchange = self._send(request)
        self._demand.that(
            exchange.status < 400 or exchange.status in _STATE,
            f"{request.operation} refuses a request that the contract allows",
            expected="a 2xx status",
            got=answer(exchange),
            exchange=exchange,
        )

    def _refuse(self, request: GeneratedRequest) -> None:
        if request.method == "DELETE" and not self._proven_unknown(request):
            return
        try:
            exchange = self._send(request)
        except GatewayRefusal:
            # It happens to name an id that may be somebody's. Whether it would be refused stays unknown.
            return
        if request.reasons:
            self._demand.that(
                # A 5xx serves nothing; it breaks the requirement that there is none.
                exchange.status >= 400,
                f"{request.operation} serves a request that the contract forbids ({request.reasons[0]})",
                expected="a refusal",
                got=answer(exchange),
                exchange=exchange,
            )

    def _proven_unknown(self, request: GeneratedRequest) -> bool:
        """Whether the id of a deletion is answered 404 by show, so that deleting it can hurt nobody."""
        path = self._path(request)
        if self._run.gateway.send("GET", path).status != 404:
            return False
        self._run.gateway.guard.allow(unquote(path).rsplit("/", 1)[-1])
        return True

    def _send(self, request: GeneratedRequest) -> Exchange:
        run = self._run
        run.turn_over()
        if request.method == "POST":
            run.may_create("snapshot" if request.path.endswith("/snapshots") else "volume", request.body)
        body = request.body
        if body is not None:
            # The snapshots stand in paths only.
            body = _with_tag(body.replace(VOLUME, run.standing.ids[1]), run.settings.tag)
        return run.gateway.send(
            request.method,
            self._path(request),
            query=request.query,
            body=None if body is None else body.encode("utf-8", "surrogateescape"),
            headers=request.headers,
        )

    def _path(self, request: GeneratedRequest) -> str:
        run = self._run
        path = request.path.replace(PROJECT, segment(run.settings.project_id))
        if VOLUME in path:
            path = path.replace(VOLUME, segment(run.standing.ids[1]))
        if SNAPSHOT in path:
            path = path.replace(SNAPSHOT, segment(run.standing.snapshots[1]["id"]))
        return path


def _with_tag(body: str, run: str) -> str:
    """A body with a tag where there is a place for one."""
    if SLOT not in body:
        return body
    whole = json.loads(body)
    kind: Literal["volume", "snapshot"] = "volume" if SLOT in str(whole.get("volume")) else "snapshot"
    return body.replace(SLOT, tag_for(kind, whole[kind], run))
