"""Finds an endpoint fit to be tested, and settles what its run is to do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from volcheck.contract import Contract
from volcheck.contract.overlay import BASE_EDITION
from volcheck.endpoint.resolve import Wanted, way_of
from volcheck.endpoint.trust import usable_bundle
from volcheck.errors import BrokeDown, EndpointError, UsageError, VolcheckError
from volcheck.fixtures.settings import FoundCapabilities, Settings
from volcheck.gateway.breakdowns import Breakdowns
from volcheck.gateway.errors import Blocked
from volcheck.results.folder import WITHIN, Folder, named, take
from volcheck.results.waivers import Waiver, read_waivers
from volcheck.runner.closing import redact_known
from volcheck.runner.embedded import Embedded, ReferenceProcess, options_for
from volcheck.runner.lent import check_options
from volcheck.runner.preflight import NEEDED_VOLUMES, preflight
from volcheck.runner.selection import check_patterns, parse_shard
from volcheck.runner.setup import contract_of, endpoint_of, gateway_of, new_run_id


@attrs.frozen
class Prepared:
    """A run whose endpoint was found fit to be tested. Made before pytest starts, or by the plugin.

    folder: its reports' folder, taken.
    """

    settings: Settings
    contract: Contract
    embedded: ReferenceProcess | None = None
    waivers: Sequence[Waiver] | None = None
    folder: Folder | None = None


def begin(
    options: Any,
    *,
    embedded: ReferenceProcess | None = None,
    looking: bool = False,
    folder: Folder | None = None,
) -> Prepared:
    """Take the folder of reports, and prepare a run. One that can't begin says so in its reports.

    options, embedded: as of `prepare`. looking: no request will be sent. folder: where it is taken already.
    Raises VolcheckError, an error of our own as BrokeDown; then the folder is free again.
    """
    folder = folder or take(named(options.reports), within=WITHIN)
    try:
        prepared = only_looking(options) if looking else prepare(options, embedded=embedded)
    except KeyboardInterrupt:
        interrupted(folder, options)
        raise
    except VolcheckError as error:
        refused(folder, options, error)
        raise
    except Exception as error:
        refusal = broke_down(error)
        refused(folder, options, refusal)
        raise refusal from error
    return attrs.evolve(prepared, folder=folder)


def refused(folder: Folder, options: Any, error: VolcheckError) -> None:
    """Write reports that say why a run can't begin, and release its folder."""
    # Imported here: few runs need it this early.
    from volcheck.runner.ending import report_unbegun

    try:
        report_unbegun(folder.path, options, error, redact_known)
    finally:
        folder.release()


def interrupted(folder: Folder, options: Any) -> None:
    """Write reports that say that a run was interrupted before it began, and release its folder."""
    refused(folder, options, EndpointError("it was interrupted before its first test."))


def broke_down(error: Exception) -> BrokeDown:
    """One sentence for an error of volcheck's own, to be raised from it."""
    found = Breakdowns(redact_known)
    found.error(error)
    return BrokeDown(found.all()[0].english)


def prepare(
    options: Any, *, embedded: ReferenceProcess | None = None, contract: Contract | None = None
) -> Prepared:
    """Settings, contract and a look at the endpoint. Raises VolcheckError.

    options: an object with the plugin's options as attributes (pytest's own, or the command line's).
    embedded: a reference endpoint to test, whatever the options name; without one, and without an endpoint in the
    options, one is started. contract: where it is loaded already.
    """
    size = options.volume_size
    if size < 1:
        raise UsageError("--volume-size must be at least 1 GiB.")
    if options.concurrency < 1:
        raise UsageError("--concurrency must be at least 1: 1 sends one request after the other.")
    if options.rate_limit is not None and options.rate_limit <= 0:
        raise UsageError("--rate-limit must be more than 0 requests a second.")
    waivers = read_waivers(Path(options.waivers)) if options.waivers else None
    asked = Wanted(endpoint=options.endpoint, cloud=options.cloud)
    named = None if embedded else way_of(asked, os.environ)
    verify: bool | str | None = False if options.insecure else options.cacert
    if isinstance(verify, str):
        usable_bundle(verify, "--cacert")
    if options.deadline is not None and options.deadline <= 0:
        raise UsageError("--deadline must be more than 0 minutes.")
    if options.max_failures is not None and options.max_failures < 1:
        raise UsageError("--max-failures must be at least 1.")
    check_options(attached_volume=options.attached_volume, image=options.image, image_size=options.image_size)
    max_volumes = options.max_volumes or NEEDED_VOLUMES
    settings = Settings(
        run_id=new_run_id(),
        base_url=options.endpoint or "",
        project_id=options.project_id or "",
        other_project_id=options.other_project_id,
        cloud=options.cloud,
        other_cloud=options.other_cloud,
        region=options.region,
        service_type=options.service_type,
        credentials=named or "token",
        name=options.endpoint_name,
        profile=options.profile,
        seed=options.seed,
        strict=options.strict_requirements,
        read_only=options.read_only,
        concurrency=options.concurrency,
        rate_limit=options.rate_limit,
        selection=tuple(options.only),
        shard=parse_shard(options.shard),
        volume_size=size,
        max_volumes=max_volumes,
        max_snapshots=options.max_snapshots or 10,
        max_gigabytes=options.max_gigabytes or max_volumes * 2 * (size + 3),
        wait_timeout=options.wait_timeout or (300.0 if named else 10.0),
        request_timeout=options.request_timeout,
        deadline=options.deadline,
        max_failures=options.max_failures,
        verify=verify,
        use_proxy=options.use_proxy,
        reports=options.reports,
        language=options.language,
        openapi=options.openapi,
        edition=options.edition,
        embedded=not named,
        reference_options=tuple(options.reference_option),
        capabilities=FoundCapabilities(
            attached_volume=options.attached_volume, image=options.image, image_size=options.image_size
        ),
    )
    contract = contract or contract_of(settings)
    check_patterns(options.only, contract)
    if not named:
        embedded = embedded or Embedded(options_for(options.edition, options.reference_option))
    try:
        if embedded is not None:
            settings = _embedded_settings(settings, embedded.facts)
        endpoint = endpoint_of(settings, os.environ)
        settings = attrs.evolve(
            settings,
            base_url=endpoint.base_url,
            project_id=endpoint.identity.project_id,
            other_project_id=endpoint.other.project_id if endpoint.other else None,
        )
        gateway = gateway_of(settings, endpoint, contract)
        try:
            may_grow = not (options.max_volumes or options.max_snapshots or options.max_gigabytes)
            settings = preflight(gateway, settings, may_grow=may_grow)
        except Blocked as reason:
            raise EndpointError(str(reason)) from None
        finally:
            gateway.close()
    except VolcheckError:
        if embedded is not None:
            embedded.close()
        raise
    return Prepared(settings, contract, embedded, waivers)


def only_looking(options: Any = None) -> Prepared:
    """What is needed where no request is sent: to collect the suites, or to look at the document alone."""
    settings = Settings(
        run_id=new_run_id(),
        base_url="http://localhost/v2",
        project_id="0" * 32,
        profile="deep",
        name="no endpoint",
        selection=("document",),
        document_only=True,
        reports=getattr(options, "reports", "reports"),
        language=getattr(options, "language", "en"),
        edition=getattr(options, "edition", BASE_EDITION),
    )
    return Prepared(settings, contract_of(settings))


def _embedded_settings(settings: Settings, facts: Mapping[str, Any]) -> Settings:
    """Settings for the endpoint that was just started; its tokens go into the environment, where they are read like a user's."""
    os.environ["OS_TOKEN"] = facts["token"]
    os.environ["OS_OTHER_TOKEN"] = facts["other_token"]
    return attrs.evolve(
        settings,
        base_url=facts["endpoint"],
        project_id=facts["project_id"],
        other_project_id=facts["other_project_id"],
        name=settings.name or "reference endpoint",
        capabilities=attrs.evolve(
            settings.capabilities,
            attached_volume=facts["attached_volume"],
            image=facts["image"],
            image_size=facts.get("image_min_disk", 2),
        ),
    )
