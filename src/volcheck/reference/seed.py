"""The world as it is when the endpoint starts, and the foreign volumes that come and go."""

from __future__ import annotations

from random import Random, SystemRandom

from volcheck.reference.clock import SECOND, micros
from volcheck.reference.settings import Settings
from volcheck.reference.world import (
    Attachment,
    Image,
    Key,
    Phase,
    Snapshot,
    Tenant,
    Token,
    Volume,
    VolumeType,
    World,
    new_uuid,
)

ZONES = ("nova", "kr-pub-a", "kr-pub-b")
_NAMES = ("데이터", "db-01", None, "backup", "로그 볼륨", "web", "db-01", "Zeta", "архив", "b😀")
_VISITORS = 10
_MINUTE = 60 * SECOND
_CATCH_UP = SECOND


def new_world(settings: Settings, now: int) -> World:
    """A fresh world: two tenants, three types, one image, an attached volume, `settings.foreign` others."""
    chance = SystemRandom() if settings.seed is None else Random(settings.seed)
    types = [
        VolumeType(new_uuid(chance), name, description, specs, now - round(age * _MINUTE))
        for name, description, specs, age in (
            ("__DEFAULT__", "Default Volume Type", {}, 30),
            ("General SSD", None, {"volume_backend_name": "ssd_general"}, 20),
            ("General HDD", None, {"volume_backend_name": "hdd_general"}, 10),
            *((f"Tier {n}", None, {"volume_backend_name": f"tier_{n}"}, 9 - n / 20) for n in range(1, 18)),
        )[: settings.volume_types]
    ]
    image = _image(chance)
    main = _tenant(chance, "volcheck", settings.project_id)
    other = _tenant(chance, "neighbour", "")
    world = World(
        settings=settings,
        chance=chance,
        zones=ZONES,
        types={each.id: each for each in types},
        default_type=types[0],
        images={image.id: image},
        tenants={each.project_id: each for each in (main, other)},
        tokens={
            settings.token or _hex(chance): Token(main, None),
            settings.other_token or _hex(chance): Token(other, None),
        },
        main=main,
    )
    _attach(world, _volume(world, main, "attached", 2, now - 5 * _MINUTE), now - 4 * _MINUTE)
    private = _volume(world, other, "private", 1, now - 3 * _MINUTE)
    _snapshot(world, private, "private", now - 2 * _MINUTE)
    for index in range(settings.foreign):
        # Two neighbours in a row share a moment, as they do in a database that keeps whole seconds.
        made = now - 60 * _MINUTE + (index // 2) * SECOND
        volume = _volume(world, main, _NAMES[index % len(_NAMES)], 1 + index % 4, made)
        if index % 10 == 0:
            _snapshot(world, volume, f"snap-{index}", made + SECOND // 2)
    if settings.edition == "2026":
        _today(world, now)
    if settings.churn > 0:
        world.next_churn = now + micros(1 / settings.churn)
    return world


def _today(world: World, now: int) -> None:
    """What only the edition of 2026 knows: the root volume of an instance that is gone, and an encrypted volume."""
    root = _volume(world, world.main, "root", 20, now - 50 * _MINUTE)
    root.status = "reserved"
    root.bootable = True
    secret = _volume(world, world.main, "encrypted", 1, now - 40 * _MINUTE)
    secret.key = Key(_hex(world.chance), 1)


def churn(world: World, now: int) -> None:
    """Let the foreign volumes come and go that are due: one made or one deleted at each tick."""
    if world.next_churn:
        # After a pause only the last moments are made up for.
        world.next_churn = max(world.next_churn, now - _CATCH_UP)
    while world.next_churn and world.next_churn <= now:
        at = world.next_churn
        world.next_churn += micros(1 / world.settings.churn)
        if len(world.visitors) < _VISITORS:
            volume = _volume(world, world.main, f"visitor-{at % 1000}", 1, at)
            volume.status = "creating"
            volume.updated_at = None
            world.plan(volume, [Phase(at + micros(world.settings.volume_delay), "available")])
            world.visitors.append(volume)
            continue
        leaver = world.visitors.popleft()
        if leaver.status == "available":
            leaver.status = "deleting"
            leaver.updated_at = at
            world.plan(leaver, [Phase(at + micros(world.settings.delete_delay), None)])
        else:
            world.visitors.append(leaver)


def _hex(chance: Random) -> str:
    return new_uuid(chance).replace("-", "")


def _tenant(chance: Random, name: str, project_id: str) -> Tenant:
    return Tenant(
        project_id=project_id or _hex(chance),
        name=name,
        user_id=_hex(chance),
        username=f"{name}-user",
        password=_hex(chance)[:16],
    )


def _image(chance: Random) -> Image:
    ident = new_uuid(chance)
    return Image(
        ident,
        2,
        {
            "image_id": ident,
            "image_name": "Ubuntu Server 24.04 (2026.10.20)",
            "checksum": _hex(chance),
            "container_format": "bare",
            "disk_format": "raw",
            "min_disk": "2",
            "min_ram": "0",
            "size": "2000000",
            "os_distro": "Ubuntu",
        },
    )


def _volume(world: World, tenant: Tenant, name: str | None, size: int, made: int) -> Volume:
    volume = Volume(
        id=world.new_id(),
        project_id=tenant.project_id,
        user_id=tenant.user_id,
        name=name,
        description=None,
        size=size,
        metadata={},
        status="available",
        created_at=made,
        updated_at=made,
        volume_type=world.default_type,
        availability_zone=world.zones[0],
    )
    tenant.volumes[volume.id] = volume
    return volume


def _snapshot(world: World, volume: Volume, name: str, made: int) -> None:
    snapshot = Snapshot(
        id=world.new_id(),
        project_id=volume.project_id,
        user_id=volume.user_id,
        name=name,
        description=None,
        size=volume.size,
        metadata={},
        status="available",
        created_at=made,
        updated_at=made,
        volume=volume,
        volume_id=volume.id,
    )
    world.tenants[volume.project_id].snapshots[snapshot.id] = snapshot


def _attach(world: World, volume: Volume, at: int) -> None:
    volume.status = "in-use"
    volume.updated_at = at
    volume.metadata = {"attached_mode": "rw", "readonly": "False"}
    volume.attachments.append(Attachment(world.new_id(), world.new_id(), "/dev/vdb", at))
