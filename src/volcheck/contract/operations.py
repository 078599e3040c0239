"""The operations of the contract, and which of them a request belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import attrs

from volcheck.contract.schemas import resolve
from volcheck.contract.yamlfile import YamlFile

#: The twelve. A contract without one of them is not a contract of this API.
OPERATION_IDS = (
    "listVersions",
    "listVolumeTypes",
    "listVolumes",
    "listVolumesDetail",
    "showVolume",
    "createVolume",
    "deleteVolume",
    "listSnapshots",
    "listSnapshotsDetail",
    "showSnapshot",
    "createSnapshot",
    "deleteSnapshot",
)
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@attrs.frozen
class Operation:
    """One operation.

    path: its template below the base path, `/{projectId}/volumes/{volumeId}`; `/` is the root of the service.
    statuses: every documented status; success: those below 400; bodiless: those without a body.
    source: "published", "contract" or "upstream"; one that is upstream is no promise of this edition.
    routable: for each path parameter that has it, the pattern outside of which upstream's router may answer.
    """

    id: str
    method: str
    path: str
    summary: str
    statuses: frozenset[int]
    success: frozenset[int]
    bodiless: frozenset[int]
    path_parameters: tuple[str, ...]
    query_parameters: tuple[str, ...]
    routable: Mapping[str, re.Pattern[str]]
    needs_token: bool
    line: int
    source: str = "published"

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The template, cut at its slashes."""
        return tuple(self.path.split("/")[1:])

    def arguments(self, path: str) -> dict[str, str]:
        """The values of the path parameters as sent (percent-encoded); empty for a path of another shape."""
        given = path.split("/")[1:]
        if len(given) != len(self.segments):
            return {}
        return {
            name[1:-1]: value for name, value in zip(self.segments, given, strict=True) if name[:1] == "{"
        }


class Router:
    """Finds the operation of a request. A template with more fixed words wins over one with fewer."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._by_shape: dict[tuple[str, int], list[Operation]] = {}
        for operation in operations:
            self._by_shape.setdefault((operation.method, len(operation.segments)), []).append(operation)
        for candidates in self._by_shape.values():
            candidates.sort(key=lambda operation: len(operation.path_parameters))

    def match(self, method: str, path: str) -> Operation | None:
        """The operation of `method` and `path` (below the base path, without query), or None."""
        given = path.split("/")[1:]
        for operation in self._by_shape.get((method, len(given)), ()):
            if all(
                value if word[:1] == "{" else value == word
                for word, value in zip(operation.segments, given, strict=True)
            ):
                return operation
        return None


def read_operations(file: YamlFile) -> dict[str, Operation]:
    """The operations of openapi.yaml by id, in the order of the file. Raises ContractError."""
    paths = file.data.get("paths")
    if not isinstance(paths, dict):
        raise file.error((), "the document has no paths", "Give an OpenAPI 3.1 description of the API.")
    found: dict[str, Operation] = {}
    for path, item in paths.items():
        if not isinstance(item, dict):
            raise file.error(("paths", path), f"{path} must be a mapping", "Correct the entry.")
        for method in _METHODS:
            if method in item:
                operation = _operation(file, path, method)
                if operation.id in found:
                    place = ("paths", path, method)
                    raise file.error(place, f"operationId {operation.id} is there twice", "Rename one.")
                found[operation.id] = operation
    missing = [name for name in OPERATION_IDS if name not in found]
    if missing:
        raise file.error(("paths",), f"no operation {', '.join(missing)}", "Add what is missing.")
    return found


def _operation(file: YamlFile, path: str, method: str) -> Operation:
    place = ("paths", path, method)
    item = file.data["paths"][path]
    node = item[method]
    if not isinstance(node, dict) or not isinstance(node.get("operationId"), str):
        raise file.error(place, f"{method.upper()} {path} has no operationId", "Add one.")
    responses = node.get("responses")
    if not isinstance(responses, dict) or not responses:
        raise file.error(
            place, f"{node['operationId']} has no responses", "List the statuses it answers with."
        )
    for status in responses:
        if not re.fullmatch(r"[1-5][0-9][0-9]", status):
            raise file.error(
                (*place, "responses", status),
                f"{status} is not one status",
                "List statuses one by one, such as '200'.",
            )
    statuses = frozenset(int(status) for status in responses)
    parameters = [
        resolve(file.data, one) for one in (*item.get("parameters", ()), *node.get("parameters", ()))
    ]
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        summary=node.get("summary", ""),
        statuses=statuses,
        success=frozenset(status for status in statuses if status < 400),
        bodiless=frozenset(
            int(status)
            for status, response in responses.items()
            if not resolve(file.data, response).get("content")
        ),
        path_parameters=_names(parameters, "path"),
        query_parameters=_names(parameters, "query"),
        routable={
            one["name"]: re.compile(one["x-routable"], re.ASCII) for one in parameters if "x-routable" in one
        },
        needs_token=bool(node.get("security", file.data.get("security"))),
        line=file.line(place),
        source=node.get("x-source", "published"),
    )


def _names(parameters: list[dict[str, Any]], where: str) -> tuple[str, ...]:
    return tuple(one["name"] for one in parameters if one.get("in") == where)
