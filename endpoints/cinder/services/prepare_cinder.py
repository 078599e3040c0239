"""Puts into a migrated Cinder database what the suites expect: prepare_cinder.py --config-file FILE.

One volume type beside the default one, and quotas that a run doesn't reach. The quota options of cinder.conf
count for nothing once the database has rows for the quota class `default`, so these rows are changed.
"""

import sys

from cinder import context, objects, version
from cinder.common import config  # noqa: F401  (registers the global options)
from cinder.db import api as db
from cinder.volume import volume_types
from oslo_config import cfg

QUOTAS = {"volumes": 1000, "snapshots": 1000, "gigabytes": 100000}


def main() -> None:
    """Change the database that the configuration names."""
    objects.register_all()
    cfg.CONF(sys.argv[1:], project="cinder", version=version.version_string())
    admin = context.get_admin_context()
    volume_types.create(admin, "General HDD", {"volume_backend_name": "hdd_general"})
    for resource, limit in QUOTAS.items():
        db.quota_class_update(admin, "default", resource, limit)


main()
