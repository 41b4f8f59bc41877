"""A front in a process of its own over the test's database, as it runs in the product."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection

from launcher.databases import APPLICATION, make_url
from tests.embedded import owned_socket_folder
from tests.front.serving import wait_until
from tests.tidy.source import ROOT


def own_database() -> str:
    """Return the address of the test's database for the application's role."""
    name = str(connection.settings_dict["NAME"])
    return make_url(owned_socket_folder(), role=APPLICATION, database=name)


@contextmanager
def own_front() -> Iterator[tuple[int, int]]:
    """Yield the port and the process id of a front; what it leaves Django answers there too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {**os.environ, "DATABASE_URL": own_database(), "TROCO_PORT": str(port)}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    command = [sys.executable, "-W", "ignore", "-m", "config.serve_front"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_until(lambda: _answers(port), seconds=60)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
