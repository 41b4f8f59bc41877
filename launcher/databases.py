"""Roles and databases of one embedded cluster.

Two roles: ``troco_owner`` owns the tables and runs migrations; ``troco_app`` is what the product
runs as. By default the application may read and write what the owner creates; the migrations of
the ledger and the audit take UPDATE and DELETE away again. The defaults are also set in
``template1``, so that databases made later (each test worker's) behave alike.

The broker's queues lie in a database of their own: their dead rows are vacuumed apart, and a
backup of the product does not carry them.
"""

from urllib.parse import quote

import psycopg
from pgmq.install import get_embedded_install_sql, install_pgmq_sql
from psycopg import sql

SUPERUSER = "postgres"
OWNER = "troco_owner"
APPLICATION = "troco_app"
DATABASE = "troco"
BROKER_DATABASE = "troco_broker"

_DEFAULT_PRIVILEGES = (
    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES",
    "GRANT USAGE, SELECT ON SEQUENCES",
    "GRANT EXECUTE ON FUNCTIONS",
)


def make_url(socket_folder: str, *, role: str, database: str, scheme: str = "postgres") -> str:
    """Return a URL over the Unix socket, in the form libpq, Django and kombu all read."""
    return f"{scheme}://{role}@{quote(socket_folder, safe='')}/{database}"


def prepare_cluster(socket_folder: str) -> None:
    """Create what is missing: both roles, both databases, default privileges, the queue's SQL.

    May run at every start; it changes nothing that is there.
    """
    with _connect(socket_folder, "postgres") as connection:
        _create_roles(connection)
        _create_database(connection, DATABASE, OWNER)
        _create_database(connection, BROKER_DATABASE, APPLICATION)
    for database in ("template1", DATABASE):
        with _connect(socket_folder, database) as connection:
            _grant_defaults(connection)
    install_queue(
        make_url(socket_folder, role=APPLICATION, database=BROKER_DATABASE, scheme="pgmq")
    )


def _connect(socket_folder: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(socket_folder, role=SUPERUSER, database=database, scheme="postgresql")
    return psycopg.connect(url, autocommit=True)


def _create_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for role, options in ((OWNER, "LOGIN CREATEDB"), (APPLICATION, "LOGIN")):
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
            statement = sql.SQL("CREATE ROLE {} " + options).format(sql.Identifier(role))
            connection.execute(statement)
    # Lets the owner load a dump, and tests empty their tables, past the append-only triggers.
    connection.execute("GRANT SET ON PARAMETER session_replication_role TO troco_owner")


def _create_database(
    connection: psycopg.Connection[tuple[object, ...]], name: str, owner: str
) -> None:
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(owner)
            )
        )


def _grant_defaults(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for grant in _DEFAULT_PRIVILEGES:
        statement = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} {grant} TO {APPLICATION}"
        connection.execute(sql.SQL(statement))


def install_queue(broker_url: str) -> None:
    """Install the queue's SQL where a ``pgmq://`` URL points; other brokers need nothing."""
    if not broker_url.startswith("pgmq://"):
        return
    url = "postgresql://" + broker_url.removeprefix("pgmq://")
    with psycopg.connect(url, autocommit=True) as connection:
        if not _exists(connection, "SELECT 1 FROM pg_namespace WHERE nspname = %s", "pgmq"):
            connection.autocommit = False
            install_pgmq_sql(get_embedded_install_sql(), conn=connection)
            connection.commit()


def has_queue(broker_url: str) -> bool:
    """Tell whether the queue's SQL is where a ``pgmq://`` URL points; other brokers need none.

    Raises:
        psycopg.OperationalError: The server does not answer; a database that is gone is no queue.
    """
    if not broker_url.startswith("pgmq://"):
        return True
    url = "postgresql://" + broker_url.removeprefix("pgmq://")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            return _exists(connection, "SELECT 1 FROM pg_namespace WHERE nspname = %s", "pgmq")
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            return False
        raise


def _exists(connection: psycopg.Connection[tuple[object, ...]], question: str, name: str) -> bool:
    return connection.execute(question, [name]).fetchone() is not None
