"""The private Postgres of one test run, and how its databases become clean again.

Each xdist worker has a server of its own: an open transaction hides later rows of the feed from
every reader of its cluster, so workers that shared one would wait for each other's tests. The
environment is written before Django's settings are read, and it overwrites whatever the caller had:
tests never touch a database that they did not make.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from launcher.binaries import find_binaries
from launcher.databases import DATABASE
from launcher.home import Home
from launcher.postgres import Postgres, Urls

_ROOT = Path(__file__).parent.parent
_CACHE = _ROOT / ".pytest_cache" / "troco"
_BASELINE_SCHEMA = "test_baseline"


class EmbeddedServer:
    """The server of one process that runs tests."""

    def __init__(self) -> None:
        """Make the temporary home; nothing runs yet."""
        self.folder = Path(tempfile.mkdtemp(prefix="troco-test-"))
        home = Home(self.folder)
        self.postgres = Postgres(home.data, log=home.logs / "postgres.log", fast=True)
        self.keys = home.keys()

    def start(self) -> None:
        """Start Postgres and write the environment that settings and children read."""
        copy_migrated(self.postgres.data)
        urls = self.postgres.start()
        os.environ.update(_environment(self.folder, urls))
        os.environ.update(self.keys)

    def stop(self) -> None:
        """Stop Postgres and remove everything."""
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def use_migrated() -> None:
    """Let Django copy the tables that are there, so that its ``migrate`` has nothing to do."""
    connections["default"].settings_dict["TEST"]["TEMPLATE"] = DATABASE


def _migrations_key() -> str:
    """Digest of what decides the tables and rows after ``migrate``."""
    digest = hashlib.sha256((_ROOT / "requirements.txt").read_bytes())
    for path in sorted([*_ROOT.glob("*/migrations/*.py"), *_ROOT.glob("*/sql/**/*.sql")]):
        digest.update(str(path).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _keep(data: Path, kept: Path) -> None:
    """Copy a stopped server's data under a name that others see only when it is whole."""
    _CACHE.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix="half-", dir=_CACHE))
    shutil.copytree(data, half, dirs_exist_ok=True)
    # Another run may have been quicker; then its copy serves and ours goes.
    with contextlib.suppress(OSError):
        half.rename(kept)
    shutil.rmtree(half, ignore_errors=True)


def copy_cluster(data: Path) -> None:
    """Start from a copy of a prepared data directory: initdb would cost seconds of every run."""
    shutil.copytree(_prepare_cluster(), data)


def _prepare_cluster() -> Path:
    """Return the prepared data directory, named after what it depends on; make it when needed."""
    kept = _CACHE / f"cluster-{_cluster_key()}"
    if not kept.exists():
        for stale in _CACHE.glob("cluster-*"):
            shutil.rmtree(stale, ignore_errors=True)
        beside = Path(tempfile.mkdtemp(prefix="troco-test-cluster-"))
        postgres = Postgres(beside / "postgres", log=beside / "postgres.log", fast=True)
        postgres.start()
        postgres.stop()
        _keep(postgres.data, kept)
        shutil.rmtree(beside, ignore_errors=True)
    return kept


def copy_migrated(data: Path) -> None:
    """Start from tables that are there: making them takes most of a minute each time.

    Whether an instance makes them from nothing is told by the story, which starts one.
    """
    shutil.copytree(prepare_migrated(), data)


def prepare_migrated() -> Path:
    """Return a data directory with the product's tables and no more; make it when needed.

    Who needs it first makes it; others wait, of whichever run they are.
    """
    kept = _CACHE / f"tables-{_cluster_key()}-{_migrations_key()}"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "tables.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not kept.exists():
            for stale in _CACHE.glob("tables-*"):
                shutil.rmtree(stale, ignore_errors=True)
            _make_migrated(kept)
    return kept


def _make_migrated(kept: Path) -> None:
    """Migrate as the launcher does, in a server that then stops."""
    folder = Path(tempfile.mkdtemp(prefix="troco-test-migrated-"))
    home = Home(folder)
    copy_cluster(home.data)
    postgres = Postgres(home.data, log=home.logs / "postgres.log", fast=True)
    try:
        settings = {
            **os.environ,
            **_environment(folder, postgres.start()),
            **home.keys(),
            "TROCO_DATABASE_ROLE": "owner",
        }
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=_ROOT, env=settings, check=True)
    finally:
        postgres.stop()
    _keep(postgres.data, kept)
    shutil.rmtree(folder, ignore_errors=True)


def _cluster_key() -> str:
    binaries = find_binaries(setting=os.environ.get("TROCO_POSTGRES_BIN", ""))
    program = Path(binaries.postgres).stat()
    digest = hashlib.sha256(f"{binaries} {program.st_size} {program.st_mtime_ns}".encode())
    for source in ("postgres.py", "databases.py"):
        digest.update((_ROOT / "launcher" / source).read_bytes())
    return digest.hexdigest()[:16]


def _environment(folder: Path, urls: Urls) -> dict[str, str]:
    return {
        # Tests own their tables: they empty them past the append-only triggers.
        "DATABASE_URL": urls.owner,
        "DATABASE_OWNER_URL": urls.owner,
        "CELERY_BROKER_URL": urls.broker,
        "TROCO_TEST_SUPERUSER_URL": urls.superuser,
        "TROCO_HOME": str(folder),
        "TROCO_MODE": "sandbox",
        # A closed port: whoever needs the simulator starts one and says where it is.
        "TROCO_SIMULATOR_URL": "http://127.0.0.1:9",
    }


def owned_socket_folder() -> str:
    """Return the socket folder of this run's server, from the environment it wrote."""
    note = Path(os.environ["TROCO_HOME"]) / "postgres.socket"
    return note.read_text(encoding="utf-8").strip()


def refuse_strange_database(connection: BaseDatabaseWrapper) -> None:
    """Stop the run when the connection does not lead to this run's own server."""
    host = str(connection.settings_dict["HOST"])
    if host != owned_socket_folder():
        message = f"Tests run only on their own Postgres, not on {host!r}."
        raise RuntimeError(message)


def keep_baseline() -> None:
    """Copy the rows that migrations made, so that a flush can bring them back.

    Django's own flush would lose reference rows for every later test.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {_BASELINE_SCHEMA}")
        for table in _filled_tables("public"):
            cursor.execute(f'DROP TABLE IF EXISTS {_BASELINE_SCHEMA}."{table}"')
            cursor.execute(f'CREATE TABLE {_BASELINE_SCHEMA}."{table}" AS TABLE public."{table}"')


def restore_baseline() -> None:
    """Empty every table and put back the rows that migrations made.

    Replica mode keeps triggers and foreign keys still: the books refuse DELETE from everyone else.
    """
    connection = connections["default"]
    refuse_strange_database(connection)
    kept = set(_tables(_BASELINE_SCHEMA))
    filled = _filled_tables("public")
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in filled:
            cursor.execute(f'DELETE FROM public."{table}"')  # noqa: S608 - names from the catalogue.
        for table in kept:
            cursor.execute(
                f'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE '  # noqa: S608 - names from the catalogue.
                f'SELECT * FROM {_BASELINE_SCHEMA}."{table}"'
            )
        cursor.execute("COMMIT")


def forget_counts() -> None:
    """Let the server forget how many rows its tables hold, and what is in them.

    The server counts by itself, after minutes: the plan of a query would depend on what ran before.
    Of three rows, reading all is right.
    """
    connection = connections["default"]
    refuse_strange_database(connection)
    url, name = os.environ["TROCO_TEST_SUPERUSER_URL"], str(connection.settings_dict["NAME"])
    with psycopg.connect(url, dbname=name, autocommit=True) as superuser:
        superuser.execute(
            "DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace)"
        )
        superuser.execute(
            "UPDATE pg_class SET reltuples = -1, relpages = 0"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )


def _tables(schema: str) -> list[str]:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY c.relname",
            [schema],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _filled_tables(schema: str) -> list[str]:
    """Return the tables that hold a row, found in one question."""
    tables = _tables(schema)
    if not tables:
        return []
    question = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {schema}.\"{table}\")"  # noqa: S608 - names from the catalogue.
        for table in tables
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(question)
        return [str(row[0]) for row in cursor.fetchall()]
