"""The options that several commands share. Those of one command alone stand with it.

`endpoint_options` and `endpoints_options` add the options that name an endpoint and say how to reach it (`run`, `clean`);
the others are single options, to be used as decorators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

profile_option = click.option(
    "--profile",
    type=click.Choice(["smoke", "default", "deep"]),
    default="default",
    show_default=True,
    help="How much to test.",
)
seed_option = click.option(
    "--seed", type=int, default=1, show_default=True, help="Seed of all generated requests."
)

_ENDPOINT = (
    click.option(
        "--endpoint",
        metavar="URL",
        help="Base URL of the API with its version. [default: an embedded reference endpoint]",
    ),
    click.option("--project-id", metavar="ID", help="Project (tenant) id. The token is read from OS_TOKEN."),
    click.option(
        "--other-project-id",
        metavar="ID",
        help="A second project, its token in OS_OTHER_TOKEN, for the isolation of tenants.",
    ),
    click.option(
        "--other-cloud", metavar="NAME", help="Take the second identity from this entry of clouds.yaml."
    ),
    click.option(
        "--region",
        metavar="NAME",
        help="Region of the volume service in the catalogue. [default: OS_REGION_NAME, or the cloud's]",
    ),
    click.option(
        "--service-type",
        metavar="TYPE",
        help="Type of the volume service in the catalogue. [default: volumev2, volumev3 or block-storage]",
    ),
    click.option("--endpoint-name", default="", metavar="TEXT", help="A name for the endpoint in reports."),
    click.option(
        "--request-timeout",
        type=click.FloatRange(0.1),
        default=60.0,
        metavar="SECONDS",
        show_default=True,
        help="Until an answer must be complete.",
    ),
    click.option(
        "--cacert",
        metavar="FILE",
        help="CA bundle to verify TLS with. [default: the cloud's own, else the first that is set of OS_CACERT, "
        "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE and SSL_CERT_FILE, else the system's]",
    ),
    click.option("--insecure", is_flag=True, help="Do not verify TLS."),
    click.option("--use-proxy", is_flag=True, help="Honour the proxy variables of the environment."),
    click.option(
        "--reports",
        default="reports",
        metavar="DIR",
        show_default=True,
        help="Folder of reports and ledgers.",
    ),
)


def endpoint_options(command: F) -> F:
    """Add the options that name an endpoint."""
    return _with_options(command, clouds=False)


def endpoints_options(command: F) -> F:
    """Add the options that name an endpoint, or several entries of clouds.yaml."""
    return _with_options(command, clouds=True)


def _with_options(command: F, *, clouds: bool) -> F:
    for option in reversed(_ENDPOINT):
        command = option(command)
    return click.option(
        "--cloud",
        multiple=clouds,
        metavar="NAME",
        help="Take endpoint and credentials from this entry of clouds.yaml. [default: OS_CLOUD]"
        + " May be repeated: the endpoints are tested side by side." * clouds,
    )(command)
