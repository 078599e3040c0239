"""Before the first test: is there a Volume API, are the credentials good, and what is there room for?"""

from __future__ import annotations

from typing import Any

import attrs

from volcheck.errors import EndpointError
from volcheck.fixtures.settings import Settings
from volcheck.gateway.core import Gateway
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.links import segment
from volcheck.gateway.retry_after import is_busy
from volcheck.runner.lent import look_at_lent

#: What the suites need at once at the least, so that no test lacks room: volumes, and GiB beyond the smallest size.
NEEDED_VOLUMES = 9
#: How many a run may have at once where there is room for many more.
AMPLE_VOLUMES = 96


def preflight(gateway: Gateway, settings: Settings, *, may_grow: bool = False) -> Settings:
    """Find out what the endpoint offers, and fit the budget to the quota left.

    may_grow: whether the budget may be larger than the settings say, where the quota is known to have ample room.
    Raises UsageError where what the user lends will not do, EndpointError where nothing can be tested: no answer,
    credentials refused, no such API, quota too small; each in one sentence.
    """
    project = segment(settings.project_id)
    url = gateway.endpoint.base_url
    types = gateway.send("GET", f"/{project}/types")
    if types.response is None:
        raise EndpointError(
            f"The endpoint {url} can't be reached: {types.error}. Check the URL and the network."
        )
    # A 401 that is the answer of this operation alone is left to the tests: the gateway has tried the token elsewhere.
    if types.status == 403:
        raise EndpointError(
            f"The endpoint {url} refused the credentials ({types.status}): check that the token in OS_TOKEN is valid "
            f"and belongs to project {settings.project_id}."
        )
    if types.status == 400 and "url" in types.response.body.lower():
        raise EndpointError(
            f"The endpoint {url} says that the token does not belong to project {settings.project_id}: check --project-id."
        )
    if 300 <= types.status < 400:
        raise EndpointError(
            f"The endpoint {url} redirects to {types.response.headers.get('location', 'another place')}: "
            "give the URL it really lives at. A token is never sent along a redirect."
        )
    volumes = gateway.send("GET", f"/{project}/volumes", query={"limit": 1})
    if types.status == 404 and volumes.status == 404:
        raise EndpointError(
            f"There is no Volume API for project {settings.project_id} at {url} (404): "
            "check that --endpoint ends with the version, such as /v2, and check --project-id."
        )
    if is_busy(types) and is_busy(volumes):
        raise EndpointError(f"The endpoint {url} is not available ({types.status}): try again later.")
    if not settings.embedded:
        look_at_lent(gateway, settings)
    capabilities = attrs.evolve(
        settings.capabilities,
        versions=tuple(_names(gateway.send("GET", "/", who=None), "versions", "id")),
        types=tuple(_names(types, "volume_types", "name")),
        second_identity=gateway.endpoint.other is not None,
        **_quota(gateway.send("GET", f"/{project}/limits")),
    )
    settings = attrs.evolve(settings, capabilities=capabilities)
    return _fit(_grown(settings) if may_grow else settings)


def _grown(settings: Settings) -> Settings:
    """With a budget of half the quota left, where that is more: volumes that take long should not wait for room."""
    found = settings.capabilities
    if found.quota_volumes is None or found.quota_snapshots is None or found.quota_gigabytes is None:
        return settings
    each = settings.max_gigabytes // settings.max_volumes
    volumes = min(found.quota_volumes // 2, found.quota_gigabytes // 2 // each, AMPLE_VOLUMES)
    if volumes <= settings.max_volumes:
        return settings
    snapshots = max(min(found.quota_snapshots // 2, volumes), settings.max_snapshots)
    return attrs.evolve(settings, max_volumes=volumes, max_snapshots=snapshots, max_gigabytes=volumes * each)


def _fit(settings: Settings) -> Settings:
    """The budget, cut to what the quota leaves. Raises EndpointError where that is too little to begin."""
    if settings.read_only:
        return settings
    found = settings.capabilities
    volumes, snapshots = settings.max_volumes, settings.max_snapshots
    gigabytes = settings.max_gigabytes
    if found.quota_volumes is not None:
        volumes = min(volumes, found.quota_volumes)
    if found.quota_snapshots is not None:
        snapshots = min(snapshots, found.quota_snapshots)
    if found.quota_gigabytes is not None:
        gigabytes = min(gigabytes, found.quota_gigabytes)
    need_gigabytes = NEEDED_VOLUMES * (settings.volume_size + 2)
    if volumes < NEEDED_VOLUMES or gigabytes < need_gigabytes:
        raise EndpointError(
            f"There is room for {max(volumes, 0)} volumes and {max(gigabytes, 0)} GiB, and the run needs "
            f"{NEEDED_VOLUMES} and {need_gigabytes}: raise the project's quota, remove what it does not "
            "need, raise --max-volumes and --max-gigabytes, or run with --read-only."
        )
    return attrs.evolve(settings, max_volumes=volumes, max_snapshots=snapshots, max_gigabytes=gigabytes)


def _names(exchange: Exchange, key: str, field: str) -> list[str]:
    return [item[field] for item in exchange.items(key) or () if isinstance(item.get(field), str)]


def _quota(exchange: Exchange) -> dict[str, Any]:
    """What is left of the project's quota, where the endpoint says so (`GET /{project}/limits`, undocumented)."""
    limits = exchange.member("limits") if exchange.status == 200 else None
    absolute: Any = limits.get("absolute") if limits is not None else None
    if not isinstance(absolute, dict):
        return {}

    def left(limit: str, used: str) -> int | None:
        most, now = absolute.get(limit), absolute.get(used)
        if not isinstance(most, int) or not isinstance(now, int) or most < 0:
            return None
        return most - now

    return {
        "quota_volumes": left("maxTotalVolumes", "totalVolumesUsed"),
        "quota_snapshots": left("maxTotalSnapshots", "totalSnapshotsUsed"),
        "quota_gigabytes": left("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    }
