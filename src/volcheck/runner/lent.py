"""What the user lends is looked at before the first test: what is wrong with it is a mistake in the options."""

from __future__ import annotations

import re
from typing import Any

from volcheck.errors import UsageError
from volcheck.fixtures.settings import Settings
from volcheck.gateway.core import Gateway
from volcheck.gateway.errors import CredentialsEnded
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.links import segment

#: What can be an id of a resource: nothing that changes its meaning in a path.
_ID = re.compile(r"(?!\.+$)[\w.-]{1,255}", re.ASCII)


def check_options(*, attached_volume: str | None, image: str | None, image_size: int | None) -> None:
    """Raise UsageError for options that can't be meant, before anything is sent."""
    for option, value, what in (
        ("--attached-volume", attached_volume, "volume"),
        ("--image", image, "image"),
    ):
        if value is not None and not _ID.fullmatch(value):
            raise UsageError(
                f"{option} {value!r} is no id: give the id of the {what} (its UUID), or leave the option out."
            )
    if image_size is not None and image is None:
        raise UsageError("--image-size tells the size of an image: name the image with --image ID.")


def look_at_lent(gateway: Gateway, settings: Settings) -> None:
    """Look at the volume and at the second project that the user lends.

    Raises UsageError, with the option and the cure, where the endpoint shows that they will not do. What an endpoint answers
    otherwise (errors, nothing) is left to the tests. An image can't be looked at through this API.
    """
    if settings.capabilities.attached_volume is not None:
        _look_at_volume(gateway, settings.project_id, settings.capabilities.attached_volume)
    if gateway.endpoint.other is not None:
        _look_at_second(gateway, settings, gateway.endpoint.other.project_id)


def _look_at_volume(gateway: Gateway, project: str, volume_id: str) -> None:
    shown = gateway.send("GET", f"/{segment(project)}/volumes/{segment(volume_id)}")
    cure = f"name a volume of project {project} that is attached to a server, or leave the option out."
    if shown.status in (400, 403, 404):
        raise UsageError(
            f"--attached-volume {volume_id}: project {project} has no such volume (the endpoint answered {shown.status}): {cure}"
        )
    volume = _volume(shown)
    if volume is None:
        return
    owner = volume.get("os-vol-tenant-attr:tenant_id")
    if isinstance(owner, str) and owner != project:
        raise UsageError(f"--attached-volume {volume_id}: it belongs to project {owner}: {cure}")
    # One that says both is a contradiction of the endpoint's, and the tests' business.
    if volume.get("status") != "in-use" and not volume.get("attachments"):
        raise UsageError(
            f"--attached-volume {volume_id}: its status is {volume.get('status')!r}, not in-use: {cure}"
        )


def _volume(shown: Exchange) -> dict[str, Any] | None:
    return shown.member("volume") if shown.status == 200 else None


def _look_at_second(gateway: Gateway, settings: Settings, project: str) -> None:
    if settings.other_cloud:
        option, cure = f"--other-cloud {settings.other_cloud}", "check that entry of clouds.yaml"
    else:
        option, cure = f"--other-project-id {project}", "set OS_OTHER_TOKEN to a fresh token of that project"
    try:
        shown = gateway.send("GET", f"/{segment(project)}/volumes", query={"limit": 1}, who="other")
    except CredentialsEnded:
        status = 401
    else:
        status = shown.status
    if status in (400, 401, 403, 404):
        raise UsageError(
            f"{option}: the endpoint refuses the second identity's token in project {project} ({status}): {cure}, or leave the "
            "option out."
        )
