"""Runs Cinder's scheduler, volume and API services in one process: run_cinder.py --config-file FILE.

Everything here is Cinder's own code started in another arrangement: its three programs' `main` functions,
side by side, with in-memory messaging between them.
"""

import lifeline

lifeline.hold()

try:
    from cinder import monkey_patch
except ImportError:  # releases up to 2025.1 patch in each program
    import eventlet

    eventlet.monkey_patch()
else:
    monkey_patch.patch()

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

import cinder.cmd.volume  # noqa: E402, F401  (registers the options of backends)
import os_brick  # noqa: E402
from cinder import coordination, objects, rpc, service, version  # noqa: E402
from cinder.common import config  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402
from oslo_service import service as oslo_service  # noqa: E402

CONF = cfg.CONF
#: Seconds that the volume service may take to report its pool to the scheduler.
PATIENCE = 60


def keep_heartbeats_apart() -> None:
    """Let each service report under its own id.

    Cinder keeps the id on the class, one service to a process. With two, all heartbeats would go to the row
    of the one that started last, and the scheduler would take the other for dead after a minute.
    """
    report = service.Service.report_state

    def report_state(self):
        service.Service.service_id = self.origin_service_id
        report(self)

    service.Service.report_state = report_state


def wait_for_pool(scheduler: service.Service) -> None:
    """Wait until the scheduler knows a pool; before that every new volume would end in error."""
    deadline = time.monotonic() + PATIENCE
    while not scheduler.manager.driver.host_manager.service_states:
        if time.monotonic() > deadline:
            sys.exit(
                f"The volume service reported no pool within {PATIENCE} s; read cinder.log for its reason."
            )
        time.sleep(0.05)


def main() -> None:
    """Start the three services in the order they need each other, and serve until SIGTERM or SIGINT."""
    objects.register_all()
    CONF(sys.argv[1:], project="cinder", version=version.version_string())
    config.set_middleware_defaults()
    logging.setup(CONF, "cinder")
    if hasattr(os_brick, "setup"):
        os_brick.setup(CONF)
    rpc.init(CONF)
    coordination.COORDINATOR.start()
    keep_heartbeats_apart()

    launcher = oslo_service.ServiceLauncher(CONF, restart_method="mutate")
    scheduler = service.Service.create(binary="cinder-scheduler")
    launcher.launch_service(scheduler)
    backend = CONF.enabled_backends[0]
    volume = service.Service.create(
        host=f"{CONF.host}@{backend}", service_name=backend, binary="cinder-volume", coordination=True
    )
    launcher.launch_service(volume)
    wait_for_pool(scheduler)
    launcher.launch_service(service.WSGIService("osapi_volume"))
    # The launcher's own handlers finish requests first, up to a minute; this state is thrown away anyway.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    while True:
        time.sleep(3600)


main()
