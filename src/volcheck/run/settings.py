"""What a run was asked to do, as plain data."""

from __future__ import annotations

from typing import Literal

import attrs

from volcheck.endpoint.resolve import Way

Profile = Literal["smoke", "default", "deep"]


@attrs.frozen
class Capabilities:
    """What was found out about the endpoint before the first test.

    volume_type: the name of a listed type to create volumes with, or None. quota_*: what is left, None if unknown.
    attached_volume: an in-use volume that the user lends. image: an image id that the user names.
    """

    versions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    quota_volumes: int | None = None
    quota_snapshots: int | None = None
    quota_gigabytes: int | None = None
    attached_volume: str | None = None
    image: str | None = None
    image_size: int | None = None
    second_identity: bool = False


@attrs.frozen
class Settings:
    """All that a run needs to know apart from secrets.

    concurrency: requests that may be under way at once. rate_limit: requests a second at most, None for as many as may be.
    volume_size: the smallest volume to make, in GiB. wait_timeout: seconds until a status must have come.
    judging_only: hold exchanges against the requirements, and keep neither record nor observation of them. The endpoint
        ends with the run: what tests leave is asked to go, so that there is room, and not looked after.
    request_timeout: seconds until an answer must be complete.
    deadline: minutes after which the tests end, None for never. max_failures: how many broken requirements that fail the run
        end the tests, None for no number.
    credentials: where they come from.
    """

    run_id: str
    base_url: str
    project_id: str
    profile: Profile = "default"
    seed: int = 1
    strict: bool = False
    read_only: bool = False
    concurrency: int = 8
    rate_limit: float | None = None
    selection: tuple[str, ...] = ()
    volume_size: int = 1
    max_volumes: int = 9
    max_snapshots: int = 10
    max_gigabytes: int = 100
    wait_timeout: float = 300.0
    request_timeout: float = 60.0
    deadline: float | None = None
    max_failures: int | None = None
    verify: bool | str | None = None
    use_proxy: bool = False
    reports: str = "reports"
    language: str = "en"
    other_project_id: str | None = None
    embedded: bool = False
    reference_options: tuple[str, ...] = ()
    document_only: bool = False
    judging_only: bool = False
    name: str = ""
    openapi: str | None = None
    cloud: str | None = None
    other_cloud: str | None = None
    region: str | None = None
    service_type: str | None = None
    credentials: Way | None = None
    capabilities: Capabilities = attrs.field(factory=Capabilities)

    @property
    def tag(self) -> str:
        """What every name of the run begins with."""
        return f"volcheck-{self.run_id}"
