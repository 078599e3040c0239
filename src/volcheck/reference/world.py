"""What the endpoint holds: plain data, no behaviour of the API."""

from __future__ import annotations

import heapq
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from volcheck.reference.settings import Settings


def new_uuid(chance: Random) -> str:
    """A random UUID out of this source of chance."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


@dataclass(frozen=True, slots=True)
class VolumeType:
    """A kind of storage."""

    id: str
    name: str
    description: str | None
    extra_specs: Mapping[str, str]
    created_at: int


@dataclass(frozen=True, slots=True)
class Image:
    """A public image; `min_disk` in GB. `properties` become volume_image_metadata, all of them strings."""

    id: str
    min_disk: int
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """The key that a volume is encrypted with, in the provider's key manager."""

    key_id: str
    version: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """One volume in one server."""

    attachment_id: str
    server_id: str
    device: str
    attached_at: int


@dataclass(slots=True)
class Phase:
    """The next status of a resource and the moment it begins; status None means that it is gone."""

    at: int
    status: str | None


@dataclass(slots=True, eq=False, kw_only=True)
class Resource:
    """What volumes and snapshots have in common. Moments in microseconds, sizes in GB."""

    id: str
    project_id: str
    user_id: str
    name: str | None
    description: str | None
    size: int
    metadata: dict[str, str]
    status: str
    created_at: int
    updated_at: int | None = None
    phases: deque[Phase] = field(default_factory=deque)


@dataclass(slots=True, eq=False, kw_only=True)
class Volume(Resource):
    """A volume."""

    volume_type: VolumeType
    availability_zone: str
    multiattach: bool = False
    bootable: bool = False
    snapshot_id: str | None = None
    source_volid: str | None = None
    image: Image | None = None
    image_metadata: dict[str, str] | None = None
    attachments: list[Attachment] = field(default_factory=list)
    key: Key | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Snapshot(Resource):
    """A snapshot of `volume`; its size is the volume's."""

    volume: Volume
    volume_id: str


@dataclass(slots=True)
class Tenant:
    """A project, its one user, and what belongs to it, by id."""

    project_id: str
    name: str
    user_id: str
    username: str
    password: str
    volumes: dict[str, Volume] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def gigabytes(self) -> int:
        """What counts against the gigabytes quota: volumes and snapshots, until they are gone."""
        return sum(v.size for v in self.volumes.values()) + sum(s.size for s in self.snapshots.values())


@dataclass(slots=True)
class Token:
    """Who a token stands for; `expires` None means never."""

    tenant: Tenant
    expires: int | None


@dataclass(slots=True)
class World:
    """The whole state of one endpoint."""

    settings: Settings
    chance: Random
    zones: tuple[str, ...]
    types: dict[str, VolumeType]
    default_type: VolumeType
    images: dict[str, Image]
    tenants: dict[str, Tenant]
    tokens: dict[str, Token]
    main: Tenant
    agenda: list[tuple[int, int, Resource]] = field(default_factory=list)
    entries: int = 0
    next_churn: int = 0
    visitors: deque[Volume] = field(default_factory=deque)

    def new_id(self) -> str:
        """A fresh UUID."""
        return new_uuid(self.chance)

    def plan(self, resource: Resource, phases: list[Phase]) -> None:
        """Replace what lies ahead of a resource. Phases are in order of time."""
        resource.phases = deque(phases)
        for phase in phases:
            self.entries += 1
            heapq.heappush(self.agenda, (phase.at, self.entries, resource))

    def remove(self, resource: Resource) -> None:
        """Forget a resource for good."""
        tenant = self.tenants[resource.project_id]
        if isinstance(resource, Volume):
            tenant.volumes.pop(resource.id, None)
        else:
            tenant.snapshots.pop(resource.id, None)
