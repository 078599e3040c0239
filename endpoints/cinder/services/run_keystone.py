"""Serves Keystone's own WSGI application: run_keystone.py PORT, with OS_KEYSTONE_CONFIG_FILES set."""

import lifeline

lifeline.hold()

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

from keystone.server import wsgi  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402


class QuietHandler(WSGIRequestHandler):
    """Speaks HTTP/1.1 and leaves the access log to Keystone."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code="-", size="-"):
        """Say nothing; Keystone's log has the request."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    port = int(sys.argv.pop())  # Keystone reads the command line too
    application = wsgi.initialize_public_application()
    make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler).serve_forever()


main()
