"""The contract as one OpenAPI file for other tools: mocks, generators of clients, test tools such as `st run`.

It is the OpenAPI document of an edition in a language, without what only volcheck understands, with an example for every
parameter and header, and, where they are named, with the server and the project of the endpoint that it is to be used with.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Final
from urllib.parse import urlsplit

from volcheck.contract import Contract
from volcheck.contract.overlay import language_overlays, translated
from volcheck.errors import UsageError

#: What only volcheck reads: how its own requests are made, what upstream tolerates, where its router answers.
_OURS: Final = frozenset(("x-generate", "x-tolerated", "x-routable", "x-fault-names"))
_VERSIONED: Final = re.compile(r"/v\d+(\.\d+)?/*\Z")


def openapi(
    contract: Contract, language: str = "en", server: str | None = None, project_id: str | None = None
) -> dict[str, Any]:
    """The OpenAPI document to hand on.

    server: base URL of an endpoint, with its version, `https://host/v2`; without one the document names none in
    particular. project_id: the only project that paths name; without one any is allowed.
    Raises UsageError for a server or a project id that can't be one, and ContractError when a translation doesn't fit.
    """
    document = copy.deepcopy(contract.document)
    if language != "en":
        overlays = language_overlays(contract.spec_dir, language, contract.edition.id)
        document = translated(document, overlays, language)
    document = {key: _handed_on(value) for key, value in document.items() if key not in _OURS}
    document["info"]["version"] = f"{document['info']['version']}-{contract.edition.id}"
    if server is not None:
        _serve(document, server)
    if project_id is not None:
        _narrow(document, project_id)
    return document


def _handed_on(node: Any) -> Any:
    """A copy without our own extensions."""
    if isinstance(node, dict):
        return {key: _handed_on(value) for key, value in node.items() if key not in _OURS}
    return [_handed_on(item) for item in node] if isinstance(node, list) else node


def _serve(document: dict[str, Any], server: str) -> None:
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"--server {server} is no base URL. Give one such as https://host/v2.")
    base = server.rstrip("/")
    if not _VERSIONED.search(base):
        raise UsageError(f"--server {server} does not end in a version. Give one such as https://host/v2.")
    description = document["servers"][0]["description"]
    document["servers"] = [{"url": base, "description": description}]
    for item in document["paths"].values():
        # The root of the service lies above the version.
        for one in item.get("servers", ()):
            one["url"] = _VERSIONED.sub("", base)
            del one["variables"]


def _narrow(document: dict[str, Any], project_id: str) -> None:
    parameter = document["components"]["parameters"]["ProjectId"]
    if not re.search(parameter["schema"]["pattern"], project_id):
        raise UsageError(
            f"--project-id {project_id} is no id of a project: 32 hexadecimal digits, or a UUID. "
            "The token's own answer (`openstack token issue`) names it."
        )
    parameter["schema"] = {"type": "string", "enum": [project_id]}
    parameter["example"] = project_id
