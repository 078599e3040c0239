"""Writes the configuration files of Keystone and Cinder. Plain text, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ports:
    """Where the two services listen on loopback."""

    identity: int
    volume: int

    @property
    def identity_url(self) -> str:
        """Keystone's root, with the version."""
        return f"http://127.0.0.1:{self.identity}/v3"

    @property
    def volume_url(self) -> str:
        """Cinder's root, with the version and without a project."""
        return f"http://127.0.0.1:{self.volume}/v3"


def write_keystone(folder: Path, ports: Ports, token_lifetime: int) -> Path:
    """Write keystone.conf for the database and keys that lie in `folder`; `token_lifetime` in seconds."""
    path = folder / "keystone.conf"
    # Four rounds of bcrypt, the least there is: the passwords guard nothing, and tokens come at once.
    path.write_text(
        f"""\
[DEFAULT]
public_endpoint = http://127.0.0.1:{ports.identity}/
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.sqlite
sqlite_synchronous = false
[token]
provider = fernet
expiration = {token_lifetime}
[fernet_tokens]
key_repository = {folder}/fernet-keys
[identity]
password_hash_rounds = 4
""",
        encoding="utf-8",
    )
    return path


def write_cinder(folder: Path, venv: Path, ports: Ports, service_password: str) -> Path:
    """Write cinder.conf for the database that lies in `folder`."""
    path = folder / "cinder.conf"
    path.write_text(
        f"""\
[DEFAULT]
auth_strategy = keystone
transport_url = fake:/
osapi_volume_listen = 127.0.0.1
osapi_volume_listen_port = {ports.volume}
osapi_volume_workers = 1
api_paste_config = {venv}/etc/cinder/api-paste.ini
resource_query_filters_file = {venv}/etc/cinder/resource_filters.json
default_volume_type = __DEFAULT__
enabled_backends = hdd_general
host = lab
state_path = {folder}
log_file = {folder}/cinder.log
[hdd_general]
volume_driver = fake_backend.FakeBackend
volume_backend_name = hdd_general
[database]
connection = sqlite:///{folder}/cinder.sqlite
sqlite_synchronous = false
[coordination]
backend_url = file://{folder}/coordination
[oslo_concurrency]
lock_path = {folder}/locks
[oslo_messaging_notifications]
driver = noop
[keystone_authtoken]
auth_type = password
auth_url = {ports.identity_url}
www_authenticate_uri = {ports.identity_url}
username = cinder
password = {service_password}
user_domain_name = Default
project_name = service
project_domain_name = Default
region_name = RegionOne
""",
        encoding="utf-8",
    )
    return path
