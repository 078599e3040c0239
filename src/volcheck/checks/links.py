"""Links name the resource that they stand in, and lead to the endpoint that gave them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from volcheck.checks.findings import Findings
from volcheck.endpoint.model import origin_of
from volcheck.gateway.exchange import Exchange
from volcheck.gateway.ledger import Kind

Body = Mapping[str, Any]
#: Scheme, host and port.
Origin = tuple[str, str, int]

#: The requirements that are checked here.
REQUIREMENTS = (
    "links.name-the-resource",
    "links.stay-home",
)


def check_links(
    findings: Findings, exchange: Exchange, kind: Kind, item: Body, resource_id: str, origin: Origin
) -> None:
    """Check the self and bookmark links of a volume or snapshot."""
    links = item.get("links")
    if not isinstance(links, list):
        return
    for link in links:
        if not isinstance(link, dict) or not isinstance(link.get("href"), str):
            continue
        href = link["href"]
        if link.get("rel") in ("self", "bookmark"):
            findings.hold(
                "links.name-the-resource",
                href.partition("?")[0].endswith(f"/{kind}s/{resource_id}"),
                f"the {link['rel']} link of a {kind} leads to something else",
                f"…/{kind}s/{resource_id}",
                href,
                exchange,
            )
            findings.hold(
                "links.stay-home",
                same_origin(href, origin),
                f"the {link['rel']} link of a {kind} leads to another host",
                "{}://{}:{}".format(*origin),
                href,
                exchange,
            )


@lru_cache(maxsize=4096)
def same_origin(href: str, origin: Origin) -> bool:
    """Whether a link leads to this origin, and names no user."""
    try:
        # A link that names a user would have clients send another authorization than their token.
        return origin_of(href) == origin and "@" not in urlsplit(href).netloc
    except ValueError:
        return False
