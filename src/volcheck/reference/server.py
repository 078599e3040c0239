"""Runs the endpoint: binds, says that it is ready, serves, and goes quietly."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn

from volcheck.errors import UsageError
from volcheck.reference.app import create_app
from volcheck.reference.clock import Clock
from volcheck.reference.docs import PATH as DOCS
from volcheck.reference.docs import with_docs
from volcheck.reference.hooks import Hooks
from volcheck.reference.identity import PATH, REGION
from volcheck.reference.seed import new_world
from volcheck.reference.settings import Settings
from volcheck.reference.wire import Http10Protocol, SpellingProtocol
from volcheck.reference.world import World

_PARENT_CHECK = 0.2  # seconds between two looks at whether the parent is still there


def serve(
    settings: Settings,
    hooks: Hooks,
    *,
    ready: Callable[[dict[str, Any]], None],
    exit_with_parent: bool = False,
    log_level: str = "warning",
) -> None:
    """Serve until SIGTERM or SIGINT, or with `exit_with_parent` until the parent process is gone.

    `ready` gets what a client needs to know, once the socket answers. Raises UsageError when the address
    can't be bound.
    """
    clock = Clock()
    world = new_world(settings, clock.now())
    listener = _bind(settings)
    config = uvicorn.Config(
        with_docs(create_app(world, hooks, clock), settings.edition),
        http=Http10Protocol if settings.http_10 else SpellingProtocol,
        date_header=settings.date_header,
        ws="none",
        lifespan="off",
        log_level=log_level,
        access_log=log_level in ("debug", "trace"),
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        backlog=2048,
    )
    facts = _facts(settings, world, listener.getsockname()[1])
    server = _Server(config, lambda: ready(facts), os.getppid() if exit_with_parent else None)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.stop)
    with contextlib.closing(listener):
        asyncio.run(server.serve(sockets=[listener]))


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], parent: int | None) -> None:
        super().__init__(config)
        self._ready = ready
        self._parent = parent
        self._watch: asyncio.Task[None] | None = None

    def stop(self, number: int, frame: FrameType | None) -> None:
        """Finish what is being answered, then return from serve()."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._parent is not None:
            self._watch = asyncio.create_task(self._follow(self._parent))
        self._ready()

    async def _follow(self, parent: int) -> None:
        while os.getppid() == parent:
            await asyncio.sleep(_PARENT_CHECK)
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again after the shutdown and so end with a traceback or status -15.
        yield


def _bind(settings: Settings) -> socket.socket:
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        # Only a socket that names its protocol gets TCP_NODELAY from asyncio.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"The reference endpoint can't listen on {settings.host}, port {settings.port} ({error}): choose "
            "another --host or --port; port 0 takes any that is free."
        ) from error
    return listener


def _facts(settings: Settings, world: World, port: int) -> dict[str, Any]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    origin = f"http://{host}:{port}"
    main = world.main
    other = next(tenant for tenant in world.tenants.values() if tenant is not main)
    tokens = {token.tenant.project_id: ident for ident, token in world.tokens.items()}
    return {
        "endpoint": f"{origin}{settings.path_prefix}/v2",
        "endpoint_v3": f"{origin}{settings.path_prefix}/v3",
        "project_id": main.project_id,
        "token": tokens[main.project_id],
        "other_project_id": other.project_id,
        "other_token": tokens[other.project_id],
        "attached_volume": next(v.id for v in main.volumes.values() if v.attachments),
        "image": next(iter(world.images)),
        "identity": f"{origin}{PATH}/v2.0",
        "region": REGION,
        "username": main.username,
        "password": main.password,
        "tenant_name": main.name,
        "other_username": other.username,
        "other_password": other.password,
        "other_tenant_name": other.name,
        "volume_types": [each.name for each in world.types.values()],
        "availability_zones": list(world.zones),
        "docs": f"{origin}{DOCS}",
    }


def ready_json(facts: dict[str, Any]) -> str:
    """The ready line for programs: one JSON object."""
    return json.dumps(facts)


def ready_text(facts: dict[str, Any]) -> str:
    """The ready text for people: what to export and how to go on."""
    return "\n".join(
        (
            f"Reference endpoint ready at {facts['endpoint']} (and {facts['endpoint_v3']}); Ctrl-C stops it.",
            "",
            f"export OS_TOKEN={facts['token']}",
            f"export OS_PROJECT_ID={facts['project_id']}",
            "",
            "or, to get tokens by password from the Keystone v2.0 that it serves too:",
            "",
            f"export OS_AUTH_URL={facts['identity']}",
            f"export OS_USERNAME={facts['username']}",
            f"export OS_PASSWORD={facts['password']}",
            f"export OS_TENANT_NAME={facts['tenant_name']}",
            f"export OS_REGION_NAME={facts['region']}",
            "",
            f"image {facts['image']}, attached volume {facts['attached_volume']}",
            f"the API reference: {facts['docs']} (한국어: {facts['docs']}?lang=ko)",
            f"a second tenant: project {facts['other_project_id']}, token {facts['other_token']}",
        )
    )
