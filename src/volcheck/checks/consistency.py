"""What must hold between answers, watched over the whole run: no test has to think of it.

Every answer that shows a volume or snapshot of the run is compared with what was shown before. So a field that
gets lost only on a second page, or a status that flickers once, is found whichever test happened to look.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import attrs

from volcheck.contract.jsontype import same
from volcheck.endpoint.model import origin_of
from volcheck.gateway.exchange import Exchange, next_links, whole_number
from volcheck.gateway.ledger import Kind, Ledger, Resource
from volcheck.gateway.messages import answer, show

Body = Mapping[str, Any]

#: Requirements that are checked between the exchanges of a run.
REQUIREMENTS = (
    "persistence.volume-fields-stay",
    "persistence.snapshot-fields-stay",
    "persistence.creation-time-stays",
    "persistence.answers-what-was-asked",
    "status.legal-transitions",
    "status.progress-agrees",
    "status.attachments-agree",
    "create.as-asked",
    "delete.stays-gone",
    "list.no-duplicates",
    "list.no-strangers",
    "list.complete",
    "paging.limit-respected",
    "paging.next-link-stays-home",
    "links.name-the-resource",
    "links.stay-home",
    "time.created-now",
    "time.utc",
    "time.updated-after-created",
)

_FIXED: Mapping[Kind, tuple[str, ...]] = {
    "volume": (
        "size",
        "name",
        "description",
        "volume_type",
        "availability_zone",
        "snapshot_id",
        "source_volid",
        "consistencygroup_id",
        "user_id",
        "os-vol-tenant-attr:tenant_id",
        "multiattach",
        "encrypted",
        "metadata",
    ),
    "snapshot": (
        "size",
        "name",
        "description",
        "volume_id",
        "metadata",
        "os-extended-snapshot-attributes:project_id",
    ),
}
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
#: What a creation must answer as it was asked for, where it was given.
_ASKED: Mapping[Kind, tuple[str, ...]] = {
    "volume": ("size", "name", "description", "metadata", "snapshot_id", "source_volid"),
    "snapshot": ("name", "description", "metadata", "volume_id"),
}
#: Clocks of endpoint and answer may differ by this many seconds (several hosts behind one address).
_CLOCK = 300.0
#: No zone is further from UTC than this many seconds.
_FARTHEST_ZONE = 14 * 3600.0


class Machine(Protocol):
    """What the checks need of a status machine."""

    def legal(self, previous: str | None, new: str | None) -> bool:
        """Whether `new` may be seen after `previous`."""


class Judge(Protocol):
    """Who hears of breaches."""

    def violate(self, requirement: str, message: str, *, expected: str, got: str, exchange: Exchange) -> None:
        """Note a breach."""

    def reached(self, requirement: str) -> None:
        """Note that a requirement was looked at."""


@attrs.define
class _Known:
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
        self._judge = judge
        self._ledger = ledger
        self._machines = machines
        self._origin = origin_of(base_url)
        self._projects = projects
        self._known: dict[str, _Known] = {}
        self._breaches = 0
        self._other_projects: set[str] = set()

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
                self._judge.reached("delete.stays-gone")
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

    # -- one resource ---------------------------------------------------------------------------------------------

    def _single(self, exchange: Exchange, kind: Kind, item: Body) -> None:
        if exchange.request.method == "GET":
            asked = exchange.request.path.rsplit("/", 1)[-1]
            self._hold(
                "persistence.answers-what-was-asked",
                item.get("id") == asked,
                f"show answers another {kind} than the one asked for",
                asked,
                item.get("id"),
                exchange,
            )
        else:
            self._asked(exchange, kind, item)
        self._item(exchange, kind, item)

    def _asked(self, exchange: Exchange, kind: Kind, item: Body) -> None:
        """A creation answers what it was asked for. Outer spaces of texts may go, and sizes may be asked for as text."""
        asked = _fields_sent(exchange, kind)
        for field in _ASKED[kind]:
            wanted = asked.get(field)
            if isinstance(wanted, str) and field == "size" and (number := whole_number(wanted)) is not None:
                wanted = number
            if wanted is None or type(wanted) is not type(item.get(field, wanted)):
                # Not given; or of another type, and then it is for others to say that it was wrong to take it.
                continue
            got = item.get(field)
            self._hold(
                "create.as-asked",
                same(got, wanted) or (isinstance(wanted, str) and got == wanted.strip()),
                f"a new {kind} has another {field} than asked for",
                show(wanted),
                show(got),
                exchange,
            )

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
            self._status(exchange, resource, known, item)
            return
        breaches = self._breaches
        self._links(exchange, kind, item, resource_id)
        self._attachments(exchange, item)
        if resource is None or resource.kind != kind:
            return
        if resource.gone and exchange.clock < resource.gone_at:
            # It was asked for while it was still there.
            return
        if resource.gone:
            self._hold(
                "delete.stays-gone",
                False,
                f"a deleted {kind} that was gone is shown again",
                "it stays gone (404, in no list)",
                answer(exchange),
                exchange,
            )
            return
        known = self._known.setdefault(resource_id, _Known(kind))
        self._fields(exchange, known, item)
        self._times(exchange, known, item)
        self._status(exchange, resource, known, item)
        if self._breaches == breaches:
            known.sound[exchange.operation] = repr(item)

    def _fields(self, exchange: Exchange, known: _Known, item: Body) -> None:
        requirement = f"persistence.{known.kind}-fields-stay"
        self._judge.reached(requirement)
        for field in _FIXED[known.kind]:
            if field not in item:
                continue
            if field not in known.fields:
                known.fields[field] = item[field]
            elif not same(item[field], known.fields[field]):
                self._break(
                    requirement,
                    f"{field} of a {known.kind} differs from what was shown before",
                    expected=show(known.fields[field]),
                    got=show(item[field]),
                    exchange=exchange,
                )
        if known.kind == "volume" and item.get("status") == "available" and "bootable" in item:
            # A volume made from an image becomes bootable only when the image is on it.
            if known.bootable is None:
                known.bootable = item["bootable"]
            elif known.bootable != item["bootable"]:
                self._break(
                    requirement,
                    "bootable of an available volume differs from what was shown before",
                    expected=show(known.bootable),
                    got=show(item["bootable"]),
                    exchange=exchange,
                )

    def _times(self, exchange: Exchange, known: _Known, item: Body) -> None:
        created = item.get("created_at")
        if not isinstance(created, str):
            return
        requirement = "persistence.creation-time-stays"
        if exchange.request.method == "POST":
            known.created_in_create = created
            self._created_now(exchange, created)
        else:
            self._judge.reached(requirement)
            if known.created is None:
                known.created = created
                # A database that keeps whole seconds cuts what the creation answered.
                first = known.created_in_create
                if first is not None and first[:19] != created[:19]:
                    self._break(
                        requirement,
                        "created_at differs from that of the creation",
                        expected=first,
                        got=created,
                        exchange=exchange,
                    )
            elif created != known.created:
                self._break(
                    requirement,
                    "created_at differs from what was shown before",
                    expected=known.created,
                    got=created,
                    exchange=exchange,
                )
        updated = item.get("updated_at")
        if isinstance(updated, str):
            self._hold(
                "time.updated-after-created",
                updated[:19] >= created[:19],
                "updated_at lies before created_at",
                f"not before {created}",
                updated,
                exchange,
            )

    def _created_now(self, exchange: Exchange, created: str) -> None:
        date = exchange.response.headers.get("date") if exchange.response else None
        moment = _moment(created)
        if date is None or moment is None:
            return
        try:
            now = parsedate_to_datetime(date)
        except ValueError:
            return
        if now.tzinfo is None:
            now = now.replace(tzinfo=UTC)
        off = abs((moment - now).total_seconds())
        for requirement, most, message in (
            ("time.created-now", _FARTHEST_ZONE + _CLOCK, "is not the present time in any zone"),
            ("time.utc", _CLOCK, "is not the present time in UTC"),
        ):
            self._hold(
                requirement,
                off <= most,
                f"created_at of a new resource {message}",
                f"about {now:%Y-%m-%dT%H:%M:%S} (the Date of the answer)",
                created,
                exchange,
            )
            if off > most:
                # What is the time of no zone is not that of UTC either: one mistake is one breach.
                return

    def _status(self, exchange: Exchange, resource: Resource, known: _Known, item: Body) -> None:
        status = item.get("status")
        if isinstance(status, str):
            previous = known.status
            machine = self._machines[known.kind]
            overlap = exchange.clock < known.status_at
            if overlap and (previous == "deleting" or machine.legal(status, previous)):
                # Two answers were on their way at the same time, and this one was given first.
                return
            if status == "deleting" and math.isinf(resource.exists_since):
                # The deletion is at work, although its answer has not come yet.
                previous = status
            # One whose creation's answer was lost is met in the middle of its life.
            if previous is not None or exchange.request.method == "POST":
                self._hold(
                    "status.legal-transitions",
                    machine.legal(previous, status),
                    f"a {known.kind} went from {previous or 'nothing'} to {status}",
                    f"a status that may follow {previous or 'its creation'}",
                    status,
                    exchange,
                )
            known.status, known.status_at = status, exchange.ended
        progress = item.get("os-extended-snapshot-attributes:progress")
        if status == "available" and isinstance(progress, str):
            self._hold(
                "status.progress-agrees",
                progress == "100%",
                "the progress of an available snapshot",
                "100%",
                progress,
                exchange,
            )

    def _attachments(self, exchange: Exchange, item: Body) -> None:
        status, attachments = item.get("status"), item.get("attachments")
        if status in ("available", "in-use") and isinstance(attachments, list):
            self._hold(
                "status.attachments-agree",
                bool(attachments) == (status == "in-use"),
                f"a volume that is {status} shows {'an' if attachments else 'no'} attachment",
                "an attachment" if status == "in-use" else "no attachment",
                show(attachments),
                exchange,
            )

    def _links(self, exchange: Exchange, kind: Kind, item: Body, resource_id: str) -> None:
        links = item.get("links")
        if not isinstance(links, list):
            return
        for link in links:
            if not isinstance(link, dict) or not isinstance(link.get("href"), str):
                continue
            href = link["href"]
            if link.get("rel") in ("self", "bookmark"):
                self._hold(
                    "links.name-the-resource",
                    href.partition("?")[0].endswith(f"/{kind}s/{resource_id}"),
                    f"the {link['rel']} link of a {kind} leads to something else",
                    f"…/{kind}s/{resource_id}",
                    href,
                    exchange,
                )
                self._hold(
                    "links.stay-home",
                    _same_origin(href, self._origin),
                    f"the {link['rel']} link of a {kind} leads to another host",
                    "{}://{}:{}".format(*self._origin),
                    href,
                    exchange,
                )

    # -- lists ----------------------------------------------------------------------------------------------------

    def _list(self, exchange: Exchange, kind: Kind, items: list[Body], body: Body) -> None:
        ids = [item.get("id") for item in items]
        if len(ids) > 1:
            self._hold(
                "list.no-duplicates",
                len({i for i in ids if isinstance(i, str)}) == len(ids),
                "a list names a resource twice",
                "every id once",
                sorted({str(i) for i, number in Counter(map(str, ids)).items() if number > 1}),
                exchange,
            )
        query = dict(reversed(exchange.request.query))
        limit = whole_number(query.get("limit", ""))
        if items and limit is not None and kind == "volume":
            self._hold(
                "paging.limit-respected",
                len(items) <= limit,
                "a page is longer than its limit",
                f"at most {limit}",
                len(items),
                exchange,
            )
        following = list(next_links(body.get(f"{kind}s_links")))
        for href in following:
            self._hold(
                "paging.next-link-stays-home",
                _same_origin(href, self._origin),
                "the next link leads to another host",
                "{}://{}:{}".format(*self._origin),
                href,
                exchange,
            )
        tenant = (
            "os-vol-tenant-attr:tenant_id"
            if kind == "volume"
            else "os-extended-snapshot-attributes:project_id"
        )
        project = self._projects[exchange.who or ""]
        for item in items:
            if tenant in item:
                self._hold(
                    "list.no-strangers",
                    item[tenant] == project,
                    "a list shows another tenant's resource",
                    project,
                    item[tenant],
                    exchange,
                )
            self._item(exchange, kind, item)
        own = unquote(exchange.request.path.split("/")[1]) == project
        if own and not set(query) - {"sort"} and not following and len(items) < 1000:
            self._complete(exchange, kind, project, {i for i in ids if isinstance(i, str)})

    def _complete(self, exchange: Exchange, kind: Kind, project: str, ids: set[str]) -> None:
        missing = [
            r.id
            for r in self._ledger.live(kind)
            if r.exists_since < exchange.clock
            and r.id not in ids
            and (r.project or self._projects["main"]) == project
        ]
        self._hold(
            "list.complete",
            not missing,
            f"a list lacks {kind}s that exist",
            "all of the run's own",
            f"without {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}",
            exchange,
        )

    def _hold(
        self, requirement: str, holds: bool, message: str, expected: object, got: object, exchange: Exchange
    ) -> None:
        self._judge.reached(requirement)
        if not holds:
            self._break(requirement, message, expected=show(expected), got=show(got), exchange=exchange)

    def _break(self, requirement: str, message: str, *, expected: str, got: str, exchange: Exchange) -> None:
        self._breaches += 1
        self._judge.violate(requirement, message, expected=expected, got=got, exchange=exchange)


def _fields_sent(exchange: Exchange, kind: Kind) -> Body:
    """What the body of a creation asked for; nothing where it can't be known."""
    text = exchange.request.body or ""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    fields = body.get(kind) if isinstance(body, dict) else None
    # A text that was no text on its way can't come back as it was.
    return fields if isinstance(fields, dict) and "\ufffd" not in text else {}


@lru_cache(maxsize=4096)
def _same_origin(href: str, origin: tuple[str, str, int]) -> bool:
    try:
        # A link that names a user would have clients send another authorization than their token.
        return origin_of(href) == origin and "@" not in urlsplit(href).netloc
    except ValueError:
        return False


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
