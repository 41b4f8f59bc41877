"""Celery: the carrier of nudges and the clock's ticks, never the record of what is owed.

By default the broker is pgmq, a queue inside the same Postgres cluster, in a database of its
own (``troco_broker``), so that a first start needs no further server. RabbitMQ or Redis take
its place by ``CELERY_BROKER_URL`` alone.
"""

import os
from typing import Any

from celery import Celery
from psycopg.conninfo import conninfo_to_dict, make_conninfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

PGMQ_OPTIONS = {
    "init_extension": False,
    "use_notify": True,
    "notify_throttle_interval_ms": 0,
    "wait_time_seconds": 0,
    "polling_interval": 0.2,
    "visibility_timeout": 300,
    "pool_size": 4,
    "pool_timeout": 5,
}


class Carrier(Celery):
    """Celery, whose senders do not listen.

    The pgmq transport lets every connection that declares a queue LISTEN for news of it. Who only
    sends never reads them: after some thousand nudges its backend would block on a full socket
    and hold up whatever waits for every backend, such as DROP DATABASE.
    """

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """Return a connection for sending only."""
        if str(self.conf.broker_url).startswith("pgmq://"):
            options["transport_options"] = {
                **(options.get("transport_options") or {}),
                "use_notify": False,
            }
        return super().connection_for_write(url, **options)


def _transport_options(url: str) -> dict[str, object]:
    """Return the broker's options.

    The pgmq client prefers ``DATABASE_URL`` to the host it is told, and does not decode the
    folder of a Unix socket in an address; a conninfo string of our own settles both.
    """
    if not url.startswith("pgmq://"):
        return {}
    parts = conninfo_to_dict("postgresql://" + url.removeprefix("pgmq://"))
    return {**PGMQ_OPTIONS, "conn_string": make_conninfo("", **parts)}


def _configure(celery: Celery) -> Celery:
    """Set what every instance shares; the broker's address is the environment's."""
    url = os.environ.get("CELERY_BROKER_URL", "")
    celery.conf.update(
        broker_url=url or "memory://",
        broker_transport_options=_transport_options(url),
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue="troco",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        enable_utc=True,
        timezone="UTC",
        beat_scheduler="config.beat:Clock",
    )
    celery.autodiscover_tasks(["core", "people", "payments", "messaging", "merchants", "config"])
    return celery


app = _configure(Carrier("troco"))
