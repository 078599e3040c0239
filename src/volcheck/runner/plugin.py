"""The pytest plugin: options, fixtures, and outcomes.

`pytest suites --endpoint URL --project-id ID` works with it alone; `volcheck run` is the same with fewer words.
It does nothing unless the suites are among what pytest was asked to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from volcheck.contract.overlay import BASE_EDITION
from volcheck.fixtures.api import Api
from volcheck.fixtures.capabilities import Capabilities
from volcheck.fixtures.expect import Expect
from volcheck.fixtures.guide import Guide
from volcheck.fixtures.lists import Lists
from volcheck.fixtures.properties import Generated
from volcheck.fixtures.resources import Resources
from volcheck.fixtures.shared import SharedResources
from volcheck.runner.session import Session, session_of
from volcheck.runner.suites import is_suites

if TYPE_CHECKING:
    from volcheck.fixtures.sequences import Sequences

GROUP = "volcheck"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run; `volcheck run` passes its own on to these."""
    group = parser.getgroup(GROUP, "volcheck: conformance of a Volume API endpoint")
    add = group.addoption
    add("--endpoint", help="base URL of the API with its version (default: an embedded reference endpoint)")
    add("--project-id", help="project (tenant) id; the token is read from OS_TOKEN")
    add(
        "--other-project-id",
        help="a second project, with its token in OS_OTHER_TOKEN, for the isolation of tenants",
    )
    add("--cloud", help="take endpoint and credentials from this entry of clouds.yaml")
    add("--other-cloud", help="take the second identity from this entry of clouds.yaml")
    add("--region", help="region of the volume service in the catalogue (default: the cloud's)")
    add(
        "--service-type",
        help="type of the volume service in the catalogue (default: volumev2, volumev3 or block-storage)",
    )
    add("--profile", choices=("smoke", "default", "deep"), default="default", help="how much to test")
    add("--read-only", action="store_true", help="send nothing but GET and HEAD")
    add("--strict-requirements", action="store_true", help="recommendations (should) fail the run too")
    add("--concurrency", type=int, default=8, help="requests that may be under way at once (default: 8)")
    add(
        "--rate-limit",
        type=float,
        default=None,
        help="requests a second at most (default: as many as may be)",
    )
    add("--seed", type=int, default=1, help="seed of all generated requests (default: 1)")
    add(
        "--only",
        action="append",
        default=[],
        metavar="WHAT",
        help="a requirement, family or operation; may be repeated",
    )
    add(
        "--shard",
        metavar="N/OF",
        default=None,
        help="play one part of the tests, such as 1/3; `volcheck merge` puts the results of all parts together",
    )
    add("--volume-size", type=int, default=1, help="smallest volume to make, GiB")
    add(
        "--max-volumes",
        type=int,
        default=None,
        help="how many volumes may exist at once (default: 24, or up to 96 of an ample quota)",
    )
    add(
        "--max-snapshots",
        type=int,
        default=None,
        help="how many snapshots may exist at once (default: 10, or more)",
    )
    add(
        "--max-gigabytes",
        type=int,
        default=None,
        help="how many GiB may exist at once (default: 24 volumes' worth)",
    )
    add(
        "--wait-timeout",
        type=float,
        default=None,
        help="seconds until a status must have come (default: 300)",
    )
    add(
        "--deadline",
        type=float,
        default=None,
        metavar="MINUTES",
        help="end the tests after so many minutes, clean up and report (default: never)",
    )
    add(
        "--max-failures",
        type=int,
        default=None,
        metavar="N",
        help="end the tests once so many requirements were seen broken (default: never)",
    )
    add(
        "--attached-volume",
        help="an in-use volume lent to the tests that need one; a DELETE is really sent for it, to see that it is refused",
    )
    add("--image", help="an image to make volumes from")
    add("--image-size", type=int, help="GiB that a volume from the image needs")
    add(
        "--request-timeout",
        type=float,
        default=60.0,
        help="seconds until an answer must be complete (default: 60)",
    )
    add("--cacert", help="CA bundle to verify TLS with")
    add("--insecure", action="store_true", help="do not verify TLS")
    add("--use-proxy", action="store_true", help="honour the proxy variables of the environment")
    add("--reports", default="reports", help="folder to write reports into (default: reports)")
    add("--language", choices=("en", "ko"), default="en", help="language of the reports")
    add("--waivers", help="a YAML file of known failures, which do not fail the run")
    add("--edition", default=BASE_EDITION, help="the edition of the published document (default: 2020)")
    add("--openapi", help="an OpenAPI file to use instead of the contract's own")
    add("--endpoint-name", default="", help="a name for the endpoint in reports")
    add("--list-requirements", action="store_true", help="with --collect-only: needs no endpoint")
    add(
        "--reference-option",
        action="append",
        default=[],
        help="an option for the embedded reference endpoint",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and the session where the suites are to be run."""
    for line in (
        "requirement(id): the requirement that a test shows to hold",
        "generated(source, kind): a test of generated requests for each operation: provocations or drawn, positive or negative",
        "only_looks: a test of generated requests that change nothing",
        "holds(volumes, snapshots, gigabytes): what a test has at most at one time, where it is not one of what it asks for",
        "smoke: part of the smoke profile",
        "deep: part of the deep profile only",
        "read_only_too: can be run without changing anything",
        "needs_no_endpoint: looks at the contract and the document only",
    ):
        config.addinivalue_line("markers", line)
    if is_suites(config):
        config.pluginmanager.register(Session(config), "volcheck-session")


@pytest.fixture(scope="session")
def session(pytestconfig: pytest.Config) -> Session:
    """The session of this process."""
    return session_of(pytestconfig)


@pytest.fixture(scope="session")
def api(session: Session) -> Api:
    """The twelve operations."""
    return session.fixtures.api


@pytest.fixture(scope="session")
def expect(session: Session) -> Expect:
    """What the test expects; at least one expectation must be reached for it to have shown anything."""
    return session.expect()


@pytest.fixture(scope="session")
def lists(session: Session) -> Lists:
    """Looks at lists that others may be changing."""
    return session.fixtures.lists


@pytest.fixture(scope="session")
def volumes(session: Session) -> Resources:
    """Volumes, to be created."""
    return session.fixtures.volumes


@pytest.fixture(scope="session")
def snapshots(session: Session) -> Resources:
    """Snapshots, to be created."""
    return session.fixtures.snapshots


@pytest.fixture(scope="session")
def shared(session: Session) -> SharedResources:
    """Volumes and snapshots that stand through the whole run, for tests that only look."""
    return session.fixtures.shared


@pytest.fixture(scope="session")
def sequences(session: Session) -> Sequences:
    """Plays sequences of steps."""
    # Imported here: it loads Hypothesis, which few tests need.
    from volcheck.fixtures.sequences import Sequences

    return Sequences(session.run, session.fixtures.volumes)


@pytest.fixture(scope="session")
def generated(session: Session) -> Generated:
    """Sends requests that were generated from the contract."""
    return session.generated()


@pytest.fixture(scope="session")
def guide(session: Session) -> Guide:
    """The published document, compared with the contract."""
    return session.fixtures.guide


@pytest.fixture(scope="session")
def capabilities(session: Session) -> Capabilities:
    """What the endpoint was found to offer; what it lacks blocks the test that asks for it."""
    return session.fixtures.capabilities
