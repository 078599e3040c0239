"""`volcheck clean`: removes what runs that were killed have left behind, and nothing else."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from volcheck.cli.options import endpoint_options
from volcheck.endpoint.trust import usable_bundle
from volcheck.errors import EndpointError, UsageError
from volcheck.gateway.clearing import Asked, carry_out, is_here, may_be_at_work, plan
from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import Blocked
from volcheck.gateway.ledger import Kind
from volcheck.gateway.links import segment
from volcheck.gateway.records import Record, Records, read_records
from volcheck.gateway.tag import RUN_ID, began
from volcheck.report import console
from volcheck.report.text import one_line
from volcheck.results.folder import named

_SETTINGS = (
    "cloud",
    "other_cloud",
    "other_project_id",
    "region",
    "service_type",
    "use_proxy",
    "request_timeout",
)
Say = Callable[[str], None]


@click.command(context_settings={"show_default": False})
@endpoint_options
@click.option(
    "--dry-run", is_flag=True, help="Show what would be removed, and remove nothing. Begin with this."
)
@click.option(
    "--run",
    "run_id",
    metavar="ID",
    help="Only what this run has left, whether its ledger is here or not, and exact copies of it; the run must be over.",
)
@click.option(
    "--older-than",
    type=click.FloatRange(0),
    metavar="HOURS",
    help="Also what runs have left whose ledgers are not here and that began so long ago; none of them may still be at "
    "work anywhere.",
)
@click.option(
    "--patience",
    type=click.FloatRange(0.1),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until everything is gone.",
)
def clean(
    dry_run: bool, run_id: str | None, older_than: float | None, patience: float, **options: Any
) -> None:
    """Remove what runs that were killed have left behind. Begin with --dry-run.

    Removed is what the ledgers in the folder of reports tell of and what still carries the tag that a run puts into the
    name, description or metadata of everything it makes. A tag is sealed over these fields: what anybody has changed or
    named alike is not touched, and neither is what somebody uses. Each resource is looked at once more right before it is
    deleted. What carries such a tag and is in no ledger here is listed: it is of a run whose ledger is elsewhere, or an
    exact copy that somebody made, and nothing but a ledger tells these apart. It is removed only with --run, or, where no
    ledger of its run is here, with --older-than.

    Exit codes: 0 nothing is left, 1 something is left, 2 usage, 3 the endpoint can't be reached.
    """
    asked = Asked(
        datetime.now(UTC), _run_id(run_id), None if older_than is None else timedelta(hours=older_than)
    )
    reports = named(options["reports"])
    gateway = _gateway(options, dry_run)

    def say(text: str) -> None:
        console.say(gateway.redactor.written(one_line(text, 1000)))

    say(f"volcheck clean: {gateway.endpoint.base_url}, project {gateway.endpoint.identity.project_id}")
    read = read_records(reports / ".ledger")
    records, alive = _records(gateway, read, asked, say)
    planned = plan(gateway, records, alive, asked)
    kept = list(planned.kept)
    doubts = [*read.problems, *planned.doubts]
    for each in kept:
        say(f"left alone: {_named(each.kind, each.id, each.name)}: {each.reason}")
    if dry_run:
        for resource in planned.remove:
            say(f"would remove {_named(resource.kind, resource.id, resource.name)}")
    elif planned.remove:
        began_at = time.monotonic()
        cleared = carry_out(gateway, planned.remove, patience=patience)
        for resource in cleared.removed:
            say(f"removed {_named(resource.kind, resource.id, resource.name)}")
        for each in cleared.kept:
            say(f"left {_named(each.kind, each.id, each.name)}: {each.reason}")
        for problem in cleared.problems:
            say(problem)
        kept += cleared.kept
        say(f"{len(cleared.removed)} removed, {len(cleared.kept)} left, {time.monotonic() - began_at:.1f} s.")
    is_at_work = asked.run_id in alive
    if not planned.remove and not is_at_work and not any(each.is_left for each in kept):
        say("Nothing of a run that is over was found.")
    for doubt in doubts:
        say(f"not certain: {doubt}")
    left = {each.run_id for each in kept if each.is_left}
    if not dry_run and not doubts:
        _strike([record for record in records if not may_be_at_work(record, asked)], left)
    sys.exit(1 if left or doubts or is_at_work or (dry_run and planned.remove) else 0)


def _run_id(given: str | None) -> str | None:
    """The id that --run names. Raises UsageError where it is none."""
    if given is None:
        return None
    run_id = given.removeprefix("volcheck-")
    if not RUN_ID.fullmatch(run_id):
        raise UsageError(
            f"--run {one_line(given, 100)}: a run's id is twelve digits and four hex digits, as in the names volcheck-<id>-… "
            "and in result.json."
        )
    if began(run_id) is None:
        raise UsageError(
            f"--run {run_id}: a run's id begins with the time of its beginning, and this is no time."
        )
    return run_id


def _gateway(options: dict[str, Any], dry_run: bool) -> Gateway:
    """A gateway to the endpoint that the options name, after a look whether it answers. Raises VolcheckError."""
    from volcheck.fixtures.settings import Settings
    from volcheck.runner.setup import contract_of, endpoint_of, gateway_of

    verify: bool | str | None = False if options["insecure"] else options["cacert"]
    if isinstance(verify, str):
        usable_bundle(verify, "--cacert")
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


def _records(gateway: Gateway, read: Records, asked: Asked, say: Say) -> tuple[list[Record], set[str]]:
    """The ledgers that count here, and the ids of runs that are still at work."""
    run_id = asked.run_id
    alive = {record.run_id: record for record in read.found if record.alive}
    for record in alive.values():
        named = ": wait until it is over, or stop it; until then nothing of it is removed"
        say(
            f"left alone: run {record.run_id} is still at work (process {record.pid})"
            f"{named if record.run_id == run_id else ''}"
        )
    records = []
    for record in read.found:
        if record.run_id in alive or (run_id is not None and record.run_id != run_id):
            continue
        if not is_here(record, gateway):
            say(
                f"passed over: {record.path} is of {record.base_url or 'an unknown endpoint'}, "
                f"project {record.project_id or 'unknown'}"
            )
            continue
        if record.unread:
            say(
                f"{record.path}: {record.unread} lines can't be read; what they told of is listed by its tag, and stays"
            )
        if may_be_at_work(record, asked):
            say(
                f"left alone: run {record.run_id} may be at work on another machine "
                f"({record.host or 'its ledger does not say which'}): if it is over, `volcheck clean --run {record.run_id}` "
                "removes what it has left"
            )
        records.append(record)
    return records, set(alive)


def _strike(records: Sequence[Record], left: set[str]) -> None:
    """Remove the ledgers of runs of which nothing is left."""
    for record in records:
        if record.run_id not in left:
            record.path.unlink(missing_ok=True)


def _named(kind: Kind, resource_id: str, name: str) -> str:
    return f"{kind} {one_line(resource_id, 100) or 'without an id'}" + (
        f" {one_line(name, 100)!r}" if name else ""
    )
