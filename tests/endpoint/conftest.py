import json
import os

import pytest

from volcheck.runner.embedded import Embedded


@pytest.fixture(scope="module")
def served():
    """What a running reference endpoint says of itself; it serves Keystone v2.0 too."""
    embedded = Embedded()
    yield embedded.facts
    embedded.close()


@pytest.fixture(scope="module")
def cloud(served):
    """Makes an entry of clouds.yaml, of the main user or of the other one."""

    def entry(who=""):
        return {
            "auth": {
                "auth_url": served["identity"],
                "username": served[f"{who}username"],
                "password": served[f"{who}password"],
                "project_name": served[f"{who}tenant_name"],
            },
            "region_name": served["region"],
            "identity_api_version": "2.0",
        }

    return entry


@pytest.fixture
def clouds(tmp_path, monkeypatch):
    """Writes a clouds.yaml (JSON is YAML) and names it in the environment."""

    def write(**entries):
        path = tmp_path / "clouds.yaml"
        path.write_text(json.dumps({"clouds": entries}), encoding="utf-8")
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
        return path

    return write


@pytest.fixture
def as_user(served, monkeypatch):
    """Sets the variables that an openrc file of Keystone v2.0 sets."""

    def set_variables(**other):
        variables = {
            "OS_AUTH_URL": served["identity"],
            "OS_USERNAME": served["username"],
            "OS_PASSWORD": served["password"],
            "OS_TENANT_ID": served["project_id"],
            "OS_REGION_NAME": served["region"],
            "OS_IDENTITY_API_VERSION": "2.0",
        }
        for name, value in (variables | other).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return os.environ

    return set_variables
