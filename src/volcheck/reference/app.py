"""The ASGI application: the way of a request from the socket to an operation and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, Router
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

#: What is asked for most comes first, as routes are tried in turn.
_PROJECT_ROUTES: dict[str, dict[str, Operation]] = {
    "/volumes": {"GET": volumes.list_volumes, "POST": volumes.create_volume},
    "/volumes/detail": {"GET": volumes.list_volumes_detail},
    "/volumes/{volume_id}": {"GET": volumes.show_volume, "DELETE": volumes.delete_volume},
    "/snapshots": {"GET": snapshots.list_snapshots, "POST": snapshots.create_snapshot},
    "/snapshots/detail": {"GET": snapshots.list_snapshots_detail},
    "/snapshots/{snapshot_id}": {"GET": snapshots.show_snapshot, "DELETE": snapshots.delete_snapshot},
    "/types": {"GET": catalogue.list_types},
    "/types/{type_id}": {"GET": catalogue.show_type},
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
    routes = []
    for version in ("v2", "v3"):
        for path, methods in _PROJECT_ROUTES.items():
            routes.append(_route(f"/{version}/{{project_id}}{path}", methods, _answer_tenant))
        routes.append(_route(f"/{version}", {"GET": versions.redirect_version}, _answer_member))
        routes.append(_route(f"/{version}/", {"GET": versions.show_version}, _answer_member))
    routes.append(_route("/", {"GET": versions.list_versions}, _answer_open))
    routes += [
        _route(identity.PATH + path, methods, _answer_open) for path, methods in _IDENTITY_ROUTES.items()
    ]
    return _Door(Router(routes, redirect_slashes=False), world, hooks, clock)


class _Door:
    """Reads a request whole, gives it its number and moment, lets time happen, and passes it on to its operation.

    Once a request is passed on nothing waits until its reply, so requests can't interleave there.
    """

    def __init__(self, router: Router, world: World, hooks: Hooks, clock: Clock) -> None:
        self._router = router
        self._world = world
        self._hooks = hooks
        self._clock = clock
        self._number = 0
        self._under_way: list[Call] = []
        self._weather = Weather(world.settings, clock.now())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the reference endpoint speaks HTTP only, not {scope['type']}")
        raw = await _read(receive)
        scope = self._below_prefix(scope)
        call = self._call(scope, raw)
        if seconds := self._hooks("wait", call, self._world.settings.request_delay):
            call.beside = tuple(self._under_way)
            self._under_way.append(call)
            try:
                await asyncio.sleep(seconds)
            finally:
                self._under_way.remove(call)
            call.now = self._clock.now()
        seed.churn(self._world, call.now)
        settle(call)
        call.method, call.path = self._hooks("request", call, (call.method, call.path))
        # With an application in its scope the router raises what it does not find.
        scope = {**scope, "method": call.method, "path": call.path, "app": self, _CALL: call}
        if not f"{call.path}/".startswith(f"{identity.PATH}/") and (
            fault := self._weather.refusal(call.method, call.now)
        ):
            await _refused(call, fault)(scope, receive, send)
            return
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:
            await _no_such_operation(call, error)(scope, receive, send)
        except Exception:
            await _refused(call, server_error())(scope, receive, send)
            # A mistake of ours, which the server logs.
            raise

    def _below_prefix(self, scope: Scope) -> Scope:
        """The request as the service sees it behind the path that it is published under. Keystone has its own."""
        prefix, path = self._world.settings.path_prefix, scope["path"]
        if not prefix or f"{path}/".startswith(f"{identity.PATH}/"):
            return scope
        if not f"{path}/".startswith(f"{prefix}/"):
            # Nothing is there.
            return {**scope, "path": f"/-{path}"}
        return {**scope, "path": path.removeprefix(prefix) or "/"}

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
            origin=f"{scope['scheme']}://{authority}{self._world.settings.path_prefix}",
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

    return Route(path, _Endpoint(allowed, answer), methods=list(allowed))


class _Endpoint:
    """The operations of one path, by method. No function, as the router would wrap one in a request of its own."""

    def __init__(
        self, operations: Mapping[str, Operation], answer: Callable[[Call, Operation], Reply]
    ) -> None:
        self._operations = operations
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call: Call = scope[_CALL]
        call.params = scope["path_params"]
        call.version = call.path.split("/", 2)[1]
        operation = self._operations[call.method]
        call.operation = operation.__name__
        await _respond(call, lambda: self._answer(call, operation))(scope, receive, send)


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


def _no_such_operation(call: Call, error: HTTPException) -> Response:
    """The answer to a path or method that the API doesn't have; without a token only that much can be learned."""
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
    response = Response(content, status_code=reply.status, headers=reply.headers)
    if reply.chunked and content:
        # The server sends in chunks what has no length.
        del response.headers["Content-Length"]
    return response
