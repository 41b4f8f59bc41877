"""The queue in Postgres: who sends a nudge does not listen for it."""

import os
from urllib.parse import urlsplit

import psycopg
import pytest

from config.celery import app
from core.tasks import drain_duties

LISTENERS = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN \"pgmq%'"


@pytest.mark.django_db
def test_who_sends_does_not_listen() -> None:
    assert urlsplit(str(app.conf.broker_url)).scheme == "pgmq"
    with psycopg.connect(os.environ["TROCO_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        before = superuser.execute(LISTENERS).fetchone()
        drain_duties.apply_async(expires=60)
        assert superuser.execute(LISTENERS).fetchone() == before == (0,)


@pytest.mark.django_db
def test_who_receives_listens_and_gets_it() -> None:
    with psycopg.connect(os.environ["TROCO_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        with app.connection_for_read() as connection:
            queue = app.amqp.queues["troco"](connection.default_channel)
            queue.declare()
            assert superuser.execute(LISTENERS).fetchone() == (1,)
            queue.purge()
            drain_duties.apply_async(expires=60)
            received = queue.get(no_ack=True)
            assert received is not None
            assert received.headers["task"] == "core.drain_duties"
        assert superuser.execute(LISTENERS).fetchone() == (0,)
