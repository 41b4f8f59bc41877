"""Celery: the carrier of nudges and the clock's ticks, never the record of what is owed.

By default the broker is pgmq, a queue inside the same Postgres cluster, in a database of its
own (``troco_broker``), so that a first start needs no further server. RabbitMQ or Redis take
its place by ``CELERY_BROKER_URL`` alone: what each of them needs is on this page.

Messages are acknowledged late, but nothing rests on it. A message that is lost costs a sweep, one
that comes twice finds its duty or tick done or held (``core.tasks``, ``core.ticks``).
"""

import os
from typing import Any

from celery import Celery
from psycopg.conninfo import conninfo_to_dict, make_conninfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Longer than any task may run, so that no broker takes a long one for lost.
VISIBLE_AGAIN_SECONDS = 900
PGMQ_OPTIONS = {
    "init_extension": False,
    "use_notify": True,
    "notify_throttle_interval_ms": 0,
    "wait_time_seconds": 0,
    "polling_interval": 0.2,
    "visibility_timeout": VISIBLE_AGAIN_SECONDS,
    "pool_size": 4,
    "pool_timeout": 5,
}
REDIS_OPTIONS = {
    # One server may carry several instances, or other programs' keys.
    "global_keyprefix": "troco:",
    "visibility_timeout": VISIBLE_AGAIN_SECONDS,
    # By default Redis is asked every hundred seconds for what was lost.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 4,
    "socket_timeout": 10,
    "socket_keepalive": True,
}
# Who sends gives up at once: a nudge is worth no waiting, least of all by those that queue behind.
SENDING = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


class Carrier(Celery):
    """Celery, whose senders neither listen nor wait.

    The pgmq transport lets every connection that declares a queue LISTEN for news of it. Who only
    sends never reads them: after some thousand nudges its backend would block on a full socket
    and hold up whatever waits for every backend, such as DROP DATABASE.

    A connection that finds no broker would try for ever, and its thread with it.
    """

    task_cls = "config.ticks:Ticking"

    def connection_for_write(self, url: str | None = None, **options: Any) -> Any:
        """Return a connection for sending only."""
        ours = {**self.conf.broker_transport_options, **SENDING}
        if str(self.conf.broker_url).startswith("pgmq://"):
            ours["use_notify"] = False
        options["transport_options"] = {**ours, **(options.get("transport_options") or {})}
        return super().connection_for_write(url, **options)


def _transport_options(url: str) -> dict[str, object]:
    """Return the broker's options.

    The pgmq client prefers ``DATABASE_URL`` to the host it is told, and does not decode the
    folder of a Unix socket in an address; a conninfo string of our own settles both.
    """
    if url.startswith("pgmq://"):
        parts = conninfo_to_dict("postgresql://" + url.removeprefix("pgmq://"))
        return {**PGMQ_OPTIONS, "conn_string": make_conninfo("", **parts)}
    if url.startswith(("redis://", "rediss://", "sentinel://")):
        return dict(REDIS_OPTIONS)
    return {}


def _queue_settings(url: str) -> dict[str, object]:
    """Return what only RabbitMQ needs: replicated queues, and what Celery declares with them."""
    if not url.startswith(("amqp://", "amqps://", "pyamqp://")):
        return {}
    return {
        "task_default_queue_type": "quorum",
        "task_default_exchange_type": "topic",
        "worker_detect_quorum_queues": True,
        # Celery declares queues for delayed messages, of which we send none.
        "broker_native_delayed_delivery_queue_type": "classic",
    }


def _configure(celery: Celery) -> Celery:
    """Set what every instance shares; the broker's address is the environment's."""
    url = os.environ.get("CELERY_BROKER_URL", "")
    celery.conf.update(
        broker_url=url or "memory://",
        broker_transport_options=_transport_options(url),
        broker_connection_retry_on_startup=True,
        # A worker waits for its broker as long as it takes.
        broker_connection_max_retries=None,
        # What a worker has in hand when the connection breaks, it finishes under its lease.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue="troco",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        # What is printed is a log line already, and keeps its own level.
        worker_redirect_stdouts=False,
        enable_utc=True,
        timezone="UTC",
        beat_scheduler="config.beat:Clock",
        **_queue_settings(url),
    )
    celery.autodiscover_tasks(["core", "people", "payments", "messaging", "merchants", "config"])
    return celery


app = _configure(Carrier("troco"))
