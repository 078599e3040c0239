"""The volume driver: stores nothing, has room without end, and a pace that can be set.

It is derived from the class that every driver of Cinder is derived from; Cinder's own fakes lie among its
unit tests and want a test suite's packages.
"""

import os
import time

from cinder.volume import driver


def _work() -> None:
    """Take as long as a real backend would: CINDER_LAB_DELAY seconds, none by default."""
    time.sleep(float(os.environ.get("CINDER_LAB_DELAY") or 0))


class FakeBackend(driver.VolumeDriver):
    """Does nothing and does it slowly; Cinder's manager, scheduler and database do everything else."""

    VERSION = "1"

    def check_for_setup_error(self):
        """Nothing can be wrong."""

    def get_volume_stats(self, refresh=False):
        """Report one pool that never fills."""
        name = self.configuration.safe_get("volume_backend_name")
        pool = {
            "pool_name": name,
            "total_capacity_gb": "infinite",
            "free_capacity_gb": "infinite",
            "reserved_percentage": 0,
            "multiattach": True,
        }
        return {
            "volume_backend_name": name,
            "vendor_name": "volcheck",
            "driver_version": self.VERSION,
            "storage_protocol": "fake",
            "pools": [pool],
        }

    def create_volume(self, volume):
        """Pretend to make a volume."""
        _work()

    def create_volume_from_snapshot(self, volume, snapshot):
        """Pretend to make a volume from a snapshot."""
        _work()

    def create_cloned_volume(self, volume, src_vref):
        """Pretend to copy a volume."""
        _work()

    def delete_volume(self, volume):
        """Pretend to delete a volume."""
        _work()

    def create_snapshot(self, snapshot):
        """Pretend to make a snapshot."""
        _work()

    def delete_snapshot(self, snapshot):
        """Pretend to delete a snapshot."""
        _work()

    def ensure_export(self, context, volume):
        """Nothing is exported."""

    def create_export(self, context, volume, connector):
        """Nothing is exported."""

    def remove_export(self, context, volume):
        """Nothing is exported."""

    def initialize_connection(self, volume, connector):
        """Answer something that looks like a target; nothing connects to it."""
        return {"driver_volume_type": "iscsi", "data": {"access_mode": "rw"}}

    def terminate_connection(self, volume, connector, **kwargs):
        """Nothing was connected."""
