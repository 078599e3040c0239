"""The twelve operations as a test calls them. Every call goes through the gateway and returns its exchange."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from volcheck.exchange import Exchange
from volcheck.gateway.core import Gateway, Who, segment
from volcheck.gateway.ledger import Kind
from volcheck.tag import tagged


class Api:
    """The endpoint's operations.

    `who` is `main` (default), `other` (the second identity, in its own project) or `nobody` (no token);
    `project` puts another project into the path; `token` sends another token.
    """

    def __init__(
        self, gateway: Gateway, tag: str, permit: Callable[[Kind, Any], None] = lambda kind, fields: None
    ) -> None:
        self._gateway = gateway
        self._tag = tag
        self._permit = permit

    def call(
        self, method: str, tail: str, *, who: Who = "main", project: str | None = None, **options: Any
    ) -> Exchange:
        """Send any request below a project: `call("GET", "/volumes", query={"limit": 1})`."""
        endpoint = self._gateway.endpoint
        if project is None:
            identity = endpoint.other if who == "other" and endpoint.other else endpoint.identity
            project = identity.project_id
        return self._gateway.send(
            method, f"/{segment(project)}{tail}", who=None if who == "nobody" else who, **options
        )

    def list_versions(self, **options: Any) -> Exchange:
        """`GET /`, without a token."""
        return self._gateway.send("GET", "/", who=None, **options)

    def list_types(self, query: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
        """`GET /{project}/types`."""
        return self.call("GET", "/types", query=query or {}, **options)

    def list_volumes(self, query: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
        """`GET /{project}/volumes`."""
        return self.call("GET", "/volumes", query=query or {}, **options)

    def list_volumes_detail(self, query: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
        """`GET /{project}/volumes/detail`."""
        return self.call("GET", "/volumes/detail", query=query or {}, **options)

    def show_volume(self, volume_id: str, **options: Any) -> Exchange:
        """`GET /{project}/volumes/{id}`."""
        return self.call("GET", f"/volumes/{segment(volume_id)}", **options)

    def create_volume(self, fields: Any, **options: Any) -> Exchange:
        """`POST /{project}/volumes` with `{"volume": fields}`, marked as the run's own (see `tagged`)."""
        return self._create("volume", fields, **options)

    def delete_volume(self, volume_id: str, **options: Any) -> Exchange:
        """`DELETE /{project}/volumes/{id}`."""
        return self.call("DELETE", f"/volumes/{segment(volume_id)}", **options)

    def list_snapshots(self, query: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
        """`GET /{project}/snapshots`."""
        return self.call("GET", "/snapshots", query=query or {}, **options)

    def list_snapshots_detail(self, query: Mapping[str, Any] | None = None, **options: Any) -> Exchange:
        """`GET /{project}/snapshots/detail`."""
        return self.call("GET", "/snapshots/detail", query=query or {}, **options)

    def show_snapshot(self, snapshot_id: str, **options: Any) -> Exchange:
        """`GET /{project}/snapshots/{id}`."""
        return self.call("GET", f"/snapshots/{segment(snapshot_id)}", **options)

    def create_snapshot(self, fields: Any, **options: Any) -> Exchange:
        """`POST /{project}/snapshots` with `{"snapshot": fields}`, marked as the run's own."""
        return self._create("snapshot", fields, **options)

    def _create(self, kind: Kind, fields: Any, *, who: Who = "main", **options: Any) -> Exchange:
        if who != "nobody":
            self._permit(kind, fields)
        return self.call("POST", f"/{kind}s", json_body={kind: self.tagged(kind, fields)}, who=who, **options)

    def delete_snapshot(self, snapshot_id: str, **options: Any) -> Exchange:
        """`DELETE /{project}/snapshots/{id}`."""
        return self.call("DELETE", f"/snapshots/{segment(snapshot_id)}", **options)

    def follow(self, href: str) -> Exchange:
        """GET a link of an answer; refused where it leads away from the endpoint."""
        return self._gateway.follow(href)

    def unknown_id(self) -> str:
        """A UUID that no resource has."""
        return self._gateway.guard.invent()

    def nonsense_id(self, text: str) -> str:
        """Let requests name `text`, which can be no resource's id."""
        self._gateway.guard.allow(text)
        return text

    def bad_token(self, kind: str) -> str:
        """A token that must not be accepted: `empty`, `garbled`, `lengthened` (the good one and a letter) or `long`."""
        good = self._gateway.credentials.token("main")
        return {
            "empty": "",
            "garbled": "volcheck-no-such-token",
            "lengthened": good + "x",
            "long": "x" * 6000,
        }[kind]

    def filled(self, body: bytes) -> bytes:
        """A wrong body with the run's tag, should it be served.

        FIELDS in it stands for the fields of a good volume, NAME for those of one that has nothing but a name.
        """
        for place, fields in ((b"FIELDS", {"size": 1}), (b"NAME", {})):
            body = body.replace(place, json.dumps(self.tagged("volume", fields)).encode())
        return body

    def tagged(self, kind: Kind, fields: Any) -> Any:
        """`fields` of a volume or snapshot with its tag in one place; see `volcheck.tag`."""
        return tagged(kind, fields, self._tag)
