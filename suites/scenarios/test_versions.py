"""The versions document at the root of the service."""

from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.smoke


@pytest.mark.requirement("versions.listed")
def test_versions_are_listed(api, expect):
    versions = _versions(api, expect)
    expect.that(len(versions) > 0, "no version is listed", expected="at least one version", got=versions)


@pytest.mark.requirement("versions.no-token")
def test_versions_need_no_token(api, expect):
    expect.status(api.list_versions(), 200, 300)


@pytest.mark.requirement("versions.ids-differ")
def test_version_ids_differ(api, expect):
    ids = [version["id"] for version in _versions(api, expect)]
    expect.equal(sorted(ids), sorted(set(ids)), "a version id is listed twice")


@pytest.mark.requirement("versions.one-current")
def test_one_version_is_current(api, expect):
    current = [version["id"] for version in _versions(api, expect) if version["status"] == "CURRENT"]
    expect.that(len(current) == 1, "not exactly one version is CURRENT", expected="one id", got=current)


@pytest.mark.requirement("versions.this-one")
def test_the_version_under_test_is_listed(api, expect, capabilities):
    versions = [version["id"].split(".")[0] for version in _versions(api, expect)]
    expect.that(
        capabilities.version in versions,
        "the version under test is not listed",
        expected=f"{capabilities.version}.x",
        got=versions,
    )


@pytest.mark.requirement("versions.self-link")
def test_the_version_under_test_is_listed_where_it_is_served(api, expect, capabilities):
    exchange = api.list_versions()
    matching = [v for v in _versions(api, expect) if v["id"].split(".")[0] == capabilities.version]
    links = [link["href"] for version in matching for link in version["links"] if link["rel"] == "self"]
    paths = [urlsplit(href).path.rstrip("/") for href in links]
    expect.that(
        any(path.endswith("/" + capabilities.version) for path in paths),
        f"no self link leads to {capabilities.version}",
        expected=f"a version {capabilities.version}.x with a self link to {capabilities.base_url}",
        got=exchange.json(),
        exchange=exchange,
    )


def _versions(api, expect):
    exchange = api.list_versions()
    expect.status(exchange, 200, 300)
    document = exchange.json()
    versions = document.get("versions") if isinstance(document, dict) else None
    expect.that(
        isinstance(versions, list),
        "there is no list of versions",
        expected="versions",
        got=document,
        exchange=exchange,
    )
    return versions
