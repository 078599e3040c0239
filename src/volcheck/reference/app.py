"""The ASGI application: the way of a request from the socket to an operation and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from volcheck.reference import catalogue, identity, seed, snapshots, versions, volumes
from volcheck.reference.call import Call, Reply
from volcheck.reference.clock import Clock
from volcheck.reference.faults import Fault, bad_method, bad_request, no_route, server_error, too_large
from volcheck.reference.hooks import Hooks
from volcheck.reference.lifecycle import settle
from volcheck.reference.weather import Weather
from volcheck.reference.wire import SPELT
from volcheck.reference.world import World

Operation = Callable[[Call], Reply]
MAX_BODY = 114_688
_CALL = "volcheck.call"

_PROJECT_ROUTES: dict[str, dict[str, Operation]] = {
    "/types": {"GET": catalogue.list_types},
    "/types/{type_id}": {"GET": catalogue.show_type},
    "/volumes": {"GET": volumes.list_volumes, "POST": volumes.create_volume},
    "/volumes/detail": {"GET": volumes.list_volumes_detail},
    "/volumes/{volume_id}": {"GET": volumes.show_volume, "DELETE": volumes.delete_volume},
    "/snapshots": {"GET": snapshots.list_snapshots, "POST": snapshots.create_snapshot},
    "/snapshots/detail": {"GET": snapshots.list_snapshots_detail},
    "/snapshots/{snapshot_id}": {"GET": snapshots.show_snapshot, "DELETE": snapshots.delete_snapshot},
    "/limits": {"GET": catalogue.show_limits},
    "/os-availability-zone": {"GET": catalogue.list_zones},
}
_IDENTITY_ROUTES: dict[str, dict[str, Operation]] = {
    "": {"GET": identity.list_identity_versions},
    "/": {"GET": identity.list_identity_versions},
    "/v2.0": {"GET": identity.show_identity_version},
    "/v2.0/": {"GET": identity.show_identity_version},
    "/v2.0/tokens": {"POST": identity.issue_token},
}


def create_app(world: World, hooks: Hooks, clock: Clock) -> ASGIApp:
    """The application serving this world, with the defects on these hooks."""
    routes = [_route("/", {"GET": versions.list_versions}, _answer_open)]
    routes += [
        _route(identity.PATH + path, methods, _answer_open) for path, methods in _IDENTITY_ROUTES.items()
    ]
    for version in ("v2", "v3"):
        routes.append(_route(f"/{version}", {"GET": versions.redirect_version}, _answer_member))
        routes.append(_route(f"/{version}/", {"GET": versions.show_version}, _answer_member))
        for path, methods in _PROJECT_ROUTES.items():
            routes.append(_route(f"/{version}/{{project_id}}{path}", methods, _answer_tenant))
    app = Starlette(
        routes=routes, exception_handlers={HTTPException: _no_such_operation, Exception: _crashed}
    )
    app.router.redirect_slashes = False
    return _Door(app, world, hooks, clock)


class _Door:
    """Reads a request whole, gives it its number and moment, lets time happen, and passes it on.

    From here to the reply nothing waits, so requests can't interleave.
    """

    def __init__(self, app: ASGIApp, world: World, hooks: Hooks, clock: Clock) -> None:
        self._app = app
        self._world = world
        self._hooks = hooks
        self._clock = clock
        self._number = 0
        self._weather = Weather(world.settings, clock.now())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the reference endpoint speaks HTTP only, not {scope['type']}")
        raw = await _read(receive)
        if self._world.settings.request_delay:
            await asyncio.sleep(self._world.settings.request_delay)
        call = self._call(scope, raw)
        seed.churn(self._world, call.now)
        settle(call)
        call.method, call.path = self._hooks("request", call, (call.method, call.path))
        scope = {**scope, "method": call.method, "path": call.path, _CALL: call}
        if not f"{call.path}/".startswith(f"{identity.PATH}/") and (
            fault := self._weather.refusal(call.method, call.now)
        ):
            await _refused(call, fault)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _call(self, scope: Scope, raw: bytes) -> Call:
        self._number += 1
        # Where a header is sent twice the first one counts.
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])
        }
        host, port = scope["server"]
        authority = headers.get("x-forwarded-host") or headers.get("host") or f"{host}:{port}"
        return Call(
            number=self._number,
            now=self._clock.now(),
            method=scope["method"],
            path=scope["path"],
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            headers=headers,
            spelt=scope.get("state", {}).get(SPELT, tuple(headers)),
            origin=f"{scope['scheme']}://{authority}",
            raw=raw,
            world=self._world,
            hooks=self._hooks,
            request_id=f"req-{self._world.new_id()}",
        )


async def _read(receive: Receive) -> bytes:
    """The request's body; of one that is too large, only as much as it takes to see that."""
    chunks: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        if length <= MAX_BODY:
            chunks.append(chunk)
        length += len(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _route(path: str, methods: Mapping[str, Operation], answer: Callable[[Call, Operation], Reply]) -> Route:
    allowed = dict(methods)
    if "GET" in allowed:
        allowed["HEAD"] = allowed["GET"]

    async def endpoint(request: Request) -> Response:
        call: Call = request.scope[_CALL]
        call.params = request.path_params
        call.version = call.path.split("/", 2)[1]
        operation = allowed[request.method]
        call.operation = operation.__name__
        return _respond(call, lambda: answer(call, operation))

    return Route(path, endpoint, methods=list(allowed))


def _answer_open(call: Call, operation: Operation) -> Reply:
    """Answer somebody who need not say who they are."""
    _check_length(call)
    return operation(call)


def _answer_member(call: Call, operation: Operation) -> Reply:
    """Answer somebody with a valid token, whatever the tenant."""
    call.tenant = identity.authenticate(call)
    _check_length(call)
    return operation(call)


def _answer_tenant(call: Call, operation: Operation) -> Reply:
    """Answer a member of the tenant that the path names."""
    tenant = identity.authenticate(call)
    call.tenant = tenant
    call.tenant = call.world.tenants[call.hooks("tenant", call, tenant.project_id)]
    call.refuse_if(
        "project",
        call.params["project_id"] != call.own.project_id,
        bad_request("Malformed request url"),
    )
    _check_length(call)
    return operation(call)


def _check_length(call: Call) -> None:
    if len(call.raw) > MAX_BODY:
        raise call.refusal("body.length", too_large(MAX_BODY))


def _refused(call: Call, fault: Fault) -> Response:
    """The answer to a request that gets no further than the door."""

    def answer() -> Reply:
        raise fault

    return _respond(call, answer)


async def _no_such_operation(request: Request, error: Exception) -> Response:
    """Answer a path or method that the API doesn't have; without a token only that much can be learned."""
    if not isinstance(error, HTTPException):
        raise error
    call: Call = request.scope[_CALL]
    call.operation = "none"
    allow = ", ".join(sorted(part.strip() for part in (error.headers or {}).get("Allow", "").split(",")))
    is_open = call.path == "/" or f"{call.path}/".startswith(f"{identity.PATH}/")

    def answer() -> Reply:
        if not is_open:
            call.tenant = identity.authenticate(call)
        if not allow:
            raise call.refusal("route", no_route())
        if call.method == "OPTIONS":
            return Reply(200, None, {"Allow": allow})
        raise call.refusal("method", bad_method(call.method, allow))

    return _respond(call, answer)


async def _crashed(request: Request, error: Exception) -> Response:
    """Answer 500 for a mistake of ours; the server then logs the traceback."""

    def answer() -> Reply:
        raise server_error()

    return _respond(request.scope[_CALL], answer)


def _respond(call: Call, answer: Callable[[], Reply]) -> Response:
    try:
        reply = answer()
        if reply.document is not None:
            reply.document = call.hooks("document", call, reply.document)
    except Fault as raised:
        fault: Fault = call.hooks("fault", call, raised)
        reply = Reply(fault.status, fault.document(), fault.headers)
    headers = {
        "X-Openstack-Request-Id": call.request_id,
        "X-Compute-Request-Id": call.request_id,
        **reply.headers,
    }
    if reply.document is not None:
        headers["Content-Type"] = "application/json"
    if call.version == "v3" or call.path == "/":
        headers["OpenStack-API-Version"] = "volume 3.0"
        headers["Vary"] = "OpenStack-API-Version"
    reply.headers = headers
    reply = call.hooks("reply", call, reply)
    content = reply.raw
    if content is None:
        content = b"" if reply.document is None else json.dumps(reply.document).encode("ascii")
    return Response(content, status_code=reply.status, headers=reply.headers)
