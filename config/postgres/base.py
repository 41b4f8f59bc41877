"""Django's way to Postgres, but for one thing: the pool hands out no connection that is dead.

When the server died, all that a process keeps is dead. Each would refuse one call of somebody,
long after the server is back. Whether a connection lives is seen by its socket, without asking the
server: nobody waits for an answer on it, so there is nothing to read, unless it was ended.
"""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's connection, from the process's pool where there is one."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Take a connection that lives; dead ones go back, and the pool replaces them."""
        connection = super().get_new_connection(conn_params)
        pool = self.pool
        while pool and is_dead(connection):
            connection.close()
            pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def is_dead(connection: "psycopg.Connection[Any]") -> bool:
    """Tell whether the server ended an idle connection."""
    watched = select.poll()
    watched.register(connection.fileno(), select.POLLIN)
    if not watched.poll(0):
        return False
    try:
        # It may only have said something, such as that it was set up anew.
        connection.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return connection.pgconn.status != psycopg.pq.ConnStatus.OK
