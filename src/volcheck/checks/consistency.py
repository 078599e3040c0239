"""What must hold between answers, watched over the whole run: no test has to think of it.

Every answer that shows a volume or snapshot of the run is compared with what was shown before. So a field that
gets lost only on a second page, or a status that flickers once, is found whichever test happened to look.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from volcheck.checks import links, lists, persistence, times, transitions
from volcheck.checks.findings import Findings, Judge
from volcheck.checks.known import Known
from volcheck.checks.transitions import Machine
from volcheck.endpoint.model import origin_of
from volcheck.gateway.exchange import Exchange, next_links, whole_number
from volcheck.gateway.ledger import Kind, Ledger
from volcheck.gateway.messages import answer

Body = Mapping[str, Any]

#: Requirements that are checked between the exchanges of a run.
REQUIREMENTS = (
    *persistence.REQUIREMENTS,
    *times.REQUIREMENTS,
    *transitions.REQUIREMENTS,
    *links.REQUIREMENTS,
    *lists.REQUIREMENTS,
    "delete.stays-gone",
)

_LISTS = {
    "listVolumes": ("volume", "volumes"),
    "listVolumesDetail": ("volume", "volumes"),
    "listSnapshots": ("snapshot", "snapshots"),
    "listSnapshotsDetail": ("snapshot", "snapshots"),
}
_SINGLE = {
    "createVolume": "volume",
    "showVolume": "volume",
    "createSnapshot": "snapshot",
    "showSnapshot": "snapshot",
}


class Consistency:
    """Compares answers with each other. One per run; resources of other runs are strangers to it."""

    def __init__(
        self,
        judge: Judge,
        ledger: Ledger,
        machines: Mapping[Kind, Machine],
        *,
        base_url: str,
        projects: Mapping[str, str],
    ) -> None:
        """projects: the project of each identity (`main`, `other`)."""
        self._findings = Findings(judge)
        self._ledger = ledger
        self._machines = machines
        self._origin = origin_of(base_url)
        self._projects = projects
        self._known: dict[str, Known] = {}

    def _deletion(self, exchange: Exchange) -> None:
        """An accepted deletion puts a resource into `deleting`, whoever sees it there first."""
        known = self._known.get(exchange.request.path.rsplit("/", 1)[-1])
        if known is not None:
            known.status, known.status_at = "deleting", exchange.ended

    def __call__(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        operation = exchange.operation
        if operation is None or exchange.who not in self._projects:
            return
        if operation in ("deleteVolume", "deleteSnapshot"):
            if exchange.ok:
                self._deletion(exchange)
            return
        if exchange.status == 404 and operation in ("showVolume", "showSnapshot"):
            known = self._ledger.get(exchange.request.path.rsplit("/", 1)[-1])
            if known is not None and known.gone:
                self._findings.reached("delete.stays-gone")
        if not exchange.ok:
            return
        body = exchange.json()
        if not isinstance(body, dict):
            return
        if operation in _SINGLE:
            kind: Kind = "volume" if _SINGLE[operation] == "volume" else "snapshot"
            item = body.get(kind)
            if isinstance(item, dict):
                self._single(exchange, kind, item)
        elif operation in _LISTS:
            kind = "volume" if _LISTS[operation][0] == "volume" else "snapshot"
            items = body.get(_LISTS[operation][1])
            if isinstance(items, list):
                self._list(exchange, kind, [item for item in items if isinstance(item, dict)], body)

    def _single(self, exchange: Exchange, kind: Kind, item: Body) -> None:
        if exchange.request.method == "GET":
            persistence.check_shown(self._findings, exchange, kind, item)
        else:
            persistence.check_asked(self._findings, exchange, kind, item)
        self._item(exchange, kind, item)

    def _item(self, exchange: Exchange, kind: Kind, item: Body) -> None:
        resource_id = item.get("id")
        if not isinstance(resource_id, str):
            return
        resource = self._ledger.get(resource_id)
        known = self._known.get(resource_id)
        if (
            known is not None
            and resource is not None
            and not resource.gone
            and known.sound.get(exchange.operation) == repr(item)
        ):
            # Lists show most of what they show again and again. Only the way from status to status can be new.
            transitions.check_status(self._findings, self._machines[kind], exchange, resource, known, item)
            return
        breaches = self._findings.breaches
        links.check_links(self._findings, exchange, kind, item, resource_id, self._origin)
        transitions.check_attachments(self._findings, exchange, item)
        if resource is None or resource.kind != kind:
            return
        if resource.gone and exchange.clock < resource.gone_at:
            # It was asked for while it was still there.
            return
        if resource.gone:
            self._findings.hold(
                "delete.stays-gone",
                False,
                f"a deleted {kind} that was gone is shown again",
                "it stays gone (404, in no list)",
                answer(exchange),
                exchange,
            )
            return
        known = self._known.setdefault(resource_id, Known(kind))
        persistence.check_fields(self._findings, exchange, known, item)
        times.check_times(self._findings, exchange, known, item)
        transitions.check_status(self._findings, self._machines[kind], exchange, resource, known, item)
        if self._findings.breaches == breaches:
            known.sound[exchange.operation] = repr(item)

    def _list(self, exchange: Exchange, kind: Kind, items: list[Body], body: Body) -> None:
        query = dict(reversed(exchange.request.query))
        limit = whole_number(query.get("limit", ""))
        following = list(next_links(body.get(f"{kind}s_links")))
        lists.check_page(self._findings, exchange, kind, items, limit, following, self._origin)
        project = self._projects[exchange.who or ""]
        for item in items:
            lists.check_owner(self._findings, exchange, kind, item, project)
            self._item(exchange, kind, item)
        own = unquote(exchange.request.path.split("/")[1]) == project
        if own and not set(query) - {"sort"} and not following and len(items) < 1000:
            ids = {item["id"] for item in items if isinstance(item.get("id"), str)}
            lists.check_complete(
                self._findings, exchange, kind, project, ids, self._ledger, self._projects["main"]
            )
