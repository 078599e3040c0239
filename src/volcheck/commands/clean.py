"""`volcheck clean`: removes what runs that were killed have left behind, and nothing else."""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import click

from volcheck.commands.options import endpoint_options
from volcheck.endpoint.model import origin_of
from volcheck.errors import EndpointError, UsageError
from volcheck.gateway import cleanup, leftovers
from volcheck.gateway.core import Gateway, segment
from volcheck.gateway.errors import Blocked
from volcheck.gateway.ledger import Resource
from volcheck.gateway.ownership import owner_of, path_of
from volcheck.report.text import one_line
from volcheck.tag import RUN_ID

#: A run that has no ledger here and began less than this ago may be at work on another machine.
_MAY_BE_ALIVE = timedelta(hours=6)

_SETTINGS = (
    "cloud",
    "other_cloud",
    "other_project_id",
    "region",
    "service_type",
    "use_proxy",
    "request_timeout",
)


@click.command(context_settings={"show_default": False})
@endpoint_options
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="Only what this run has left, whether its ledger is here or not. [default: all runs that are over]",
)
@click.option(
    "--patience",
    type=click.FloatRange(0.1),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until everything is gone.",
)
def clean(dry_run: bool, run_id: str | None, patience: float, **options: Any) -> None:
    """Remove what runs that were killed have left behind.

    Leftovers are found by the ledgers in the folder of reports, and by the tag volcheck-<run id> that everything of a
    run carries in its name, description or metadata. Nothing else is touched.

    Exit codes: 0 nothing is left, 1 something is left, 2 usage, 3 the endpoint can't be reached.
    """
    if run_id is not None:
        run_id = run_id.removeprefix("volcheck-")
        if not RUN_ID.fullmatch(run_id):
            raise UsageError(
                f"--run {run_id}: a run's id is twelve digits and four hex digits, as in the names volcheck-<id> "
                "and in result.json."
            )
    gateway = _gateway(options, dry_run)
    from volcheck.report.console import say

    say(f"volcheck clean: {gateway.endpoint.base_url}, project {gateway.endpoint.identity.project_id}")
    try:
        found = _find(gateway, Path(options["reports"]) / ".ledger", run_id)
    except Blocked as reason:
        raise EndpointError(f"{reason}: try again later.") from None
    for remark in found.remarks:
        say(gateway.redactor.written(one_line(remark)))
    if not found.resources:
        say("Nothing of a run that is over was found.")
    elif dry_run:
        for resource in found.resources:
            say(f"would remove {_named(gateway, resource)}")
    else:
        left = _remove(gateway, found, patience, say)
        found = attrs.evolve(found, left=found.left or left)
    if not dry_run and not found.left and not found.doubts:
        for record in found.records:
            record.path.unlink(missing_ok=True)
    for doubt in found.doubts:
        say(gateway.redactor.written(one_line(f"not certain: {doubt}")))
    sys.exit(1 if found.left or found.doubts or (dry_run and found.resources) else 0)


@attrs.frozen
class _Found:
    """resources: to be removed. records: the ledgers they came from. remarks: for the user. doubts: what could not be
    looked at. left: whether something is known to stay.
    """

    resources: tuple[Resource, ...]
    records: tuple[leftovers.Record, ...]
    remarks: tuple[str, ...]
    doubts: tuple[str, ...]
    left: bool


def _gateway(options: dict[str, Any], dry_run: bool) -> Gateway:
    """A gateway to the endpoint that the options name, after a look whether it answers. Raises VolcheckError."""
    from volcheck.run.settings import Settings
    from volcheck.run.setup import contract_of, endpoint_of, gateway_of

    verify: bool | str | None = False if options["insecure"] else options["cacert"]
    if isinstance(verify, str) and not Path(verify).is_file():
        raise UsageError(f"--cacert {verify}: there is no such file.")
    settings = Settings(
        run_id="clean",
        base_url=options["endpoint"] or "",
        project_id=options["project_id"] or "",
        verify=verify,
        name=options["endpoint_name"],
        read_only=dry_run,
        **{name: options[name] for name in _SETTINGS},
    )
    endpoint = endpoint_of(settings, os.environ)
    gateway = gateway_of(settings, endpoint, contract_of(settings))
    url, project = endpoint.base_url, endpoint.identity.project_id
    try:
        look = gateway.send("GET", f"/{segment(project)}/volumes", query={"limit": 1})
    except Blocked as reason:
        raise EndpointError(f"{reason}: try again later.") from None
    if look.response is None:
        raise EndpointError(
            f"The endpoint {url} can't be reached: {look.error}. Check the URL and the network."
        )
    if look.status != 200:
        raise EndpointError(
            f"The endpoint {url} shows no volumes of project {project} ({look.status}): check the credentials, "
            "--endpoint and --project-id."
        )
    return gateway


def _find(gateway: Gateway, folder: Path, run_id: str | None) -> _Found:
    remarks: list[str] = []
    doubts: list[str] = []
    records, alive = _records(gateway, folder, run_id, remarks)
    here = {record.run_id for record in records}
    young = datetime.now(UTC) - _MAY_BE_ALIVE
    spared: dict[str, int] = {}

    def wanted(tagged_run: str) -> bool:
        if tagged_run in alive or (run_id is not None and tagged_run != run_id):
            return False
        if run_id is None and tagged_run not in here and _began(tagged_run) > young:
            spared[tagged_run] = spared.get(tagged_run, 0) + 1
            return False
        return True

    swept = leftovers.sweep(gateway, wanted, seconds=600.0)
    doubts += swept.problems
    resources = {tagged.resource.id: tagged.resource for tagged in swept.found}
    tagged_ids = set(resources)
    for record in records:
        for resource in record.resources:
            if resource.id in tagged_ids:
                continue
            if _is_uuid(resource.id):
                if _exists(gateway, resource):
                    resources[resource.id] = resource
            elif _exists(gateway, resource):
                remarks.append(
                    f"left alone: {resource.kind} {resource.id} has the id of one that run {record.run_id} made, but "
                    "not its tag; such an id may have been given away again"
                )
    for spared_run, number in spared.items():
        remarks.append(
            f"left alone: {number} of run {spared_run}, which has no ledger here and may be at work on another machine; "
            f"if it is over, `volcheck clean --run {spared_run}` removes them"
        )
    return _Found(tuple(resources.values()), tuple(records), tuple(remarks), tuple(doubts), bool(spared))


def _records(
    gateway: Gateway, folder: Path, run_id: str | None, remarks: list[str]
) -> tuple[list[leftovers.Record], set[str]]:
    """The ledgers that count here, and the ids of runs that are still at work."""
    everything = leftovers.read_records(folder)
    alive = {record.run_id: record for record in everything if record.alive}
    for record in alive.values():
        remarks.append(f"left alone: run {record.run_id} is still at work (process {record.pid})")
    records = []
    for record in everything:
        if record.run_id in alive or (run_id is not None and record.run_id != run_id):
            continue
        if not _is_here(record, gateway):
            remarks.append(
                f"passed over: {record.path} is of {record.base_url or 'an unknown endpoint'}, "
                f"project {record.project_id or 'unknown'}"
            )
            continue
        if record.unread:
            remarks.append(
                f"{record.path}: {record.unread} lines can't be read; what they told of is looked for by its tag"
            )
        records.append(record)
    return records, set(alive)


def _is_here(record: leftovers.Record, gateway: Gateway) -> bool:
    if record.project_id != gateway.endpoint.identity.project_id:
        return False
    try:
        return origin_of(record.base_url) == gateway.endpoint.origin
    except ValueError:
        return False


def _exists(gateway: Gateway, resource: Resource) -> bool:
    endpoint = gateway.endpoint
    path, who = path_of(endpoint, resource), owner_of(endpoint, resource)
    return gateway.send("GET", path, who=who).status != 404


def _remove(gateway: Gateway, found: _Found, patience: float, say: Any) -> bool:
    """Remove what was found, and tell of each; answers whether something is left."""
    for resource in found.resources:
        gateway.ledger.made(resource)
    began = time.monotonic()
    outcome = cleanup.clean(gateway, patience=patience)
    left = {item.resource.id: item for item in outcome.left}
    for resource in found.resources:
        if resource.id not in left:
            say(f"removed {_named(gateway, resource)}")
    for item in outcome.left:
        say(f"left {_named(gateway, item.resource)}, status {one_line(item.status)}: {item.advice}")
    for problem in outcome.problems:
        say(gateway.redactor.written(one_line(problem)))
    say(f"{len(found.resources) - len(left)} removed, {len(left)} left, {time.monotonic() - began:.1f} s.")
    return bool(left)


def _named(gateway: Gateway, resource: Resource) -> str:
    name = f" {one_line(resource.name, 100)!r}" if resource.name else ""
    return gateway.redactor.written(f"{resource.kind} {one_line(resource.id, 100)}{name}")


def _is_uuid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _began(run_id: str) -> datetime:
    """When a run began, as its id says; one whose id is no time is as old as can be."""
    try:
        return datetime.strptime(run_id[:12], "%y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


__all__: Sequence[str] = ("clean",)
