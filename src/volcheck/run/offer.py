"""What the endpoint offers, as tests ask for it: what is not there blocks the test and says what is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from volcheck.exchange import Exchange
from volcheck.gateway.errors import Blocked
from volcheck.run.context import NotApplicable
from volcheck.run.demand import answer
from volcheck.run.settings import Settings


class Offer:
    """Types, zones, an image, an attached volume, a second identity."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found = settings.capabilities

    @property
    def types(self) -> tuple[str, ...]:
        """The names of the listed volume types; at least one."""
        if not self._found.types:
            raise Blocked("it needs a volume type, and the endpoint lists none")
        return self._found.types

    @property
    def image(self) -> str:
        """The id of an image to make a volume from."""
        if not self._found.image:
            raise Blocked("it needs an image: name one with --image ID and its size with --image-size")
        return self._found.image

    @property
    def image_size(self) -> int:
        """GiB that a volume from the image needs."""
        return max(self._found.image_size or 1, self._settings.volume_size)

    def image_taken(self, exchange: Exchange) -> None:
        """Raise Blocked where the endpoint refuses to make a volume from the image that the user named.

        Nothing of this API shows an image, so that nobody can tell a wrong refusal from a wrong image.
        """
        if 400 <= exchange.status < 500 and not self._settings.embedded:
            raise Blocked(
                f"the endpoint makes no volume of {self.image_size} GiB from the image {self.image} ({answer(exchange)}): check "
                "--image and --image-size"
            )

    @property
    def gigabytes_left(self) -> int:
        """GiB that the project's quota leaves, as the endpoint says."""
        if self._found.quota_gigabytes is None:
            raise NotApplicable("the endpoint does not say what its quota is")
        return self._found.quota_gigabytes

    @property
    def attached_volume(self) -> str:
        """The id of an in-use volume that the user lends."""
        if not self._found.attached_volume:
            raise Blocked("it needs an attached volume: name one with --attached-volume ID")
        return self._found.attached_volume

    def still_attached(self, volume: Mapping[str, Any]) -> None:
        """Raise Blocked where the attached volume, as it is shown now, has been detached since the run began."""
        if volume.get("status") != "in-use" and not volume.get("attachments"):
            raise Blocked(
                f"volume {self.attached_volume} is not attached any more: attach it again, or name another with "
                "--attached-volume ID"
            )

    @property
    def other_project(self) -> str:
        """The project of the second identity."""
        if not self._settings.other_project_id:
            raise Blocked(
                "it needs a second identity: give --other-cloud, or --other-project-id and OS_OTHER_TOKEN"
            )
        return self._settings.other_project_id

    @property
    def version(self) -> str:
        """The version under test as the base URL has it (`v2`)."""
        return self._settings.base_url.rsplit("/", 1)[-1]

    @property
    def base_url(self) -> str:
        """The base URL with its version."""
        return self._settings.base_url

    @property
    def project(self) -> str:
        """The project under test."""
        return self._settings.project_id
