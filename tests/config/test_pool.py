"""The pool of connections after the server has ended them."""

import time
from collections.abc import Iterator

import pytest
from django.db import connection

from config.postgres.base import DatabaseWrapper

pytestmark = pytest.mark.django_db

ONE_AT_A_TIME = {"min_size": 1, "max_size": 1, "timeout": 20}


@pytest.fixture
def pooled(db: None) -> Iterator[DatabaseWrapper]:
    """The tests' database, reached as the web reaches it."""
    options = {**connection.settings_dict["OPTIONS"], "pool": ONE_AT_A_TIME}
    made = DatabaseWrapper(
        {**connection.settings_dict, "CONN_MAX_AGE": 0, "OPTIONS": options}, alias="pooled"
    )
    yield made
    made.close()
    made.close_pool()


def backend(wrapper: DatabaseWrapper) -> int:
    """Ask, as one request would, and give the connection back."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        found = int(cursor.fetchone()[0])
    wrapper.close()
    return found


def end(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        until = time.monotonic() + 20
        while True:
            cursor.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [pid])
            if cursor.fetchone() is None:
                return
            assert time.monotonic() < until
            cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.02)")


def test_a_connection_is_kept_and_used_again(pooled: DatabaseWrapper) -> None:
    assert backend(pooled) == backend(pooled)


def test_a_connection_that_the_server_ended_is_handed_to_nobody(pooled: DatabaseWrapper) -> None:
    before = backend(pooled)
    end(before)
    after = backend(pooled)
    assert after != before
    assert backend(pooled) == after


def test_one_that_only_said_something_is_used_on(pooled: DatabaseWrapper) -> None:
    with pooled.cursor() as cursor:
        cursor.execute("LISTEN troco_test")
    before = backend(pooled)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("NOTIFY troco_test")
    other.close()
    assert backend(pooled) == before
