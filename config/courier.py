"""Runs the courier: ``python -m config.courier``.

News for shops' own programs leaves from a process of its own, so that a stranger who does not
answer holds up neither a request nor a duty. A notification makes it look at once; it looks
every second all the same.
"""

import contextlib
import os
import signal
import threading
from typing import Final

import django
import psycopg
import structlog
from django.db import Error, connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

# Models can be imported only once Django is set up, which the line above does.
from merchants.services.courier import Courier  # noqa: E402
from merchants.services.webhooks import CHANNEL  # noqa: E402
from messaging.queries.address import address  # noqa: E402

SWEEP_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 1.0
STOP_SECONDS: Final = 16.0

logger = structlog.get_logger(__name__)


def main() -> None:
    """Carry until told to stop; then wait for the answers that are under way."""
    stopping, wake = threading.Event(), threading.Event()

    def stop(_number: int, _frame: object) -> None:
        stopping.set()
        wake.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=_listen, args=(wake,), name="listener", daemon=True).start()
    courier = Courier(wake.set)
    while not stopping.is_set():
        wake.wait(SWEEP_SECONDS)
        wake.clear()
        try:
            while not stopping.is_set() and courier.turn():
                pass
        except Error as error:
            # The database is away: what is under way is sent again when its lease is over.
            logger.warning("courier_waits", error=str(error))
            connection.close()
            stopping.wait(PAUSE_SECONDS)
    with contextlib.suppress(Error):
        courier.close(STOP_SECONDS)


def _listen(wake: threading.Event) -> None:
    """Wake the courier whenever somebody owes news."""
    while True:
        try:
            with psycopg.connect(**address(), autocommit=True) as listener:
                listener.execute(f"LISTEN {CHANNEL}")
                for _note in listener.notifies():
                    wake.set()
        except psycopg.Error as error:
            logger.warning("courier_deaf", error=str(error))
            threading.Event().wait(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
