"""How one reference endpoint is set up."""

from __future__ import annotations

from dataclasses import dataclass

#: The editions of the published document that it can serve.
EDITIONS = ("2020", "2026")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person can set about a reference endpoint.

    Delays and lifetimes are in seconds, sizes and gigabyte quotas in GB. `churn` is the number of foreign
    volumes that come or go per second. `rate_limit` is in requests per second, 0 for none; `outage` is the time
    from the first POST to an outage, and its length. An empty token or project id means: make
    one up. `edition` is one of EDITIONS. With a `seed` all ids and tokens are the same each time.
    `path_prefix` is the path that the service is published under, such as "/volume"; `volume_types` how many types there are.
    """

    edition: str = EDITIONS[0]
    host: str = "127.0.0.1"
    port: int = 0
    volume_delay: float = 0.05
    snapshot_delay: float = 0.05
    delete_delay: float = 0.05
    request_delay: float = 0.0
    quota_volumes: int = 1000
    quota_snapshots: int = 1000
    quota_gigabytes: int = 100_000
    no_limits: bool = False
    max_volume_gigabytes: int | None = None
    max_limit: int = 1000
    foreign: int = 0
    churn: float = 0.0
    token_lifetime: float = 3600.0
    rate_limit: float = 0.0
    rate_limit_status: int = 429
    outage: tuple[float, float] = (0.0, 0.0)
    seed: int | None = None
    path_prefix: str = ""
    volume_types: int = 3
    date_header: bool = True
    http_10: bool = False
    project_id: str = ""
    token: str = ""
    other_token: str = ""
