"""The documents that say which versions of the API there are."""

from __future__ import annotations

from typing import Any

from volcheck.reference.call import Call, Reply

_VERSIONS = {
    "v2": ("v2.0", "DEPRECATED", "", "", "2017-02-25T12:00:00Z"),
    "v3": ("v3.0", "CURRENT", "3.0", "3.0", "2020-10-14T00:00:00Z"),
}


def _document(origin: str, key: str) -> dict[str, Any]:
    ident, status, version, min_version, updated = _VERSIONS[key]
    return {
        "id": ident,
        "status": status,
        "version": version,
        "min_version": min_version,
        "updated": updated,
        "links": [
            {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
            {"rel": "self", "href": f"{origin}/{key}/"},
        ],
        "media-types": [
            {
                "base": "application/json",
                "type": f"application/vnd.openstack.volume+json;version={key[1:]}",
            }
        ],
    }


def list_versions(call: Call) -> Reply:
    """`GET /`: 300, open to everybody."""
    return Reply(300, {"versions": [_document(call.origin, key) for key in _VERSIONS]})


def show_version(call: Call) -> Reply:
    """`GET /v2/` or `/v3/`: the one, for those with a token."""
    return Reply(200, {"versions": [_document(call.origin, call.version)]})


def redirect_version(call: Call) -> Reply:
    """`GET /v2` or `/v3`: to the same with a slash."""
    return Reply(302, None, {"Location": f"{call.origin}/{call.version}/"})
