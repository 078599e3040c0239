"""Paths of requests: ids as segments of them, and the links that an endpoint's answers give.

A link is followed where it stays below the endpoint's base URL, and refused everywhere else.
"""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from volcheck.endpoint.model import DEFAULT_PORTS, Endpoint
from volcheck.gateway.errors import LinkLeadsAway


def below(endpoint: Endpoint, href: str) -> tuple[str, str]:
    """The path below the base URL and the query of a link, as `Gateway.send` takes them.

    Raises LinkLeadsAway unless the link has the endpoint's own scheme, host and port, names no user, and stays below
    the base URL: nothing that carries a token may be steered by an answer.
    """
    # What urlsplit would leave out or read otherwise than a server: controls, spaces, backslashes.
    if not href.isascii() or not href.isprintable() or " " in href or "\\" in href:
        raise LinkLeadsAway(f"the link {href!r} has characters that no URL may have, so it was not followed")
    try:
        parts = urlsplit(href)
    except ValueError:
        raise LinkLeadsAway(f"the link {href!r} is no URL, so it was not followed") from None
    if not parts.scheme or not parts.netloc:
        raise LinkLeadsAway(f"the link {href!r} is not an absolute URL, so it was not followed")
    if parts.scheme != endpoint.origin[0] or parts.netloc.lower() not in _authorities(endpoint):
        raise LinkLeadsAway(
            f"the link {href!r} leads away from {endpoint.base_url}, so it was not followed: "
            "a token is sent to no other host, port, scheme or user"
        )
    base = urlsplit(endpoint.base_url).path
    path = parts.path[len(base) :]
    if not parts.path.startswith(base + "/") or path == "/" or _climbs(path):
        raise LinkLeadsAway(f"the link {href!r} leads out of {endpoint.base_url}, so it was not followed")
    return path, parts.query


def segment(text: str) -> str:
    """`text` as one segment of a path; also one with half a surrogate pair, which no server takes for another id."""
    return quote(text, safe="", errors="surrogatepass")


def _authorities(endpoint: Endpoint) -> set[str]:
    """How host and port of the endpoint may be written, in lower case."""
    scheme, host, port = endpoint.origin
    host = f"[{host}]" if ":" in host else host
    return {f"{host}:{port}"} | ({host} if port == DEFAULT_PORTS[scheme] else set())


def _climbs(path: str) -> bool:
    """Whether a path has a segment `.` or `..`, in any encoding: servers and proxies take these away, and what is
    before them."""
    while (decoded := unquote(path)) != path:
        path = decoded
    return any(part.split(";")[0] in (".", "..") for part in path.replace("\\", "/").split("/"))
