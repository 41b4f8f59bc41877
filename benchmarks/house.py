"""A Postgres of our own for one run, and the product on it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
import psycopg

from benchmarks.pgbench import fill_reference, find_pgbench
from launcher.databases import OWNER, make_url
from launcher.home import Home
from launcher.postgres import Postgres

ROOT = Path(__file__).resolve().parents[1]
SCALE = 10
REFERENCE = "troco_reference"


class NotOurs(RuntimeError):
    """The database reached is not the one that this run made."""


@dataclass(frozen=True, slots=True)
class House:
    """Where everything of a run is.

    Attributes:
        folder: The temporary folder; it is removed at the end.
        pgbench: The program.
        reference: Address of the database with pgbench's tables.
        product: Address of the product's database, for the application's role.
        owner: The same for the owner of the tables.
        server_id: The process id of the server, whose children do the work.
    """

    folder: Path
    pgbench: str
    reference: str
    product: str
    owner: str
    server_id: int

    def ask(self, question: str, *values: Any) -> Any:
        """Return the first value of the first row, asked as the owner; commits."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            row = connection.execute(question, values).fetchone()
        return row[0] if row else None

    def ask_named(self, question: str, values: Mapping[str, Any]) -> Any:
        """Do the same with named values."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            row = connection.execute(question, values).fetchone()
        return row[0] if row else None

    def tell_named(self, statement: str, values: Mapping[str, Any]) -> None:
        """Run a statement with named values as the owner, and commit."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute(statement, values)

    def tell(self, statement: str, *values: Any) -> None:
        """Run a statement as the owner, and commit."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute(statement, values)


@contextmanager
def open_house() -> Iterator[House]:
    """Start the server, make both databases, and take everything away at the end."""
    program = find_pgbench()
    folder = Path(tempfile.mkdtemp(prefix="troco-bench-"))
    home = Home(folder)
    postgres = Postgres(home.data, log=home.logs / "postgres.log")
    try:
        urls = postgres.start()
        process = postgres.process
        if process is None:
            raise NotOurs("The server did not start.")
        _refuse_strange(urls.superuser, home.data)
        _set_environment(folder, home, urls.environment())
        with psycopg.connect(urls.superuser, autocommit=True) as superuser:
            superuser.execute(f"CREATE DATABASE {REFERENCE} OWNER {OWNER}")
        socket = (folder / "postgres.socket").read_text(encoding="utf-8").strip()
        reference = make_url(socket, role=OWNER, database=REFERENCE)
        fill_reference(program, reference, SCALE)
        _migrate(urls.owner)
        server_id = int((home.data / "postmaster.pid").read_text().split()[0])
        django.setup()
        yield House(folder, program, reference, urls.application, urls.owner, server_id)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_strange(superuser: str, data: Path) -> None:
    """Stop when the connection does not lead to the folder that was just made."""
    with psycopg.connect(superuser) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    if row is None or Path(row[0]).resolve() != data.resolve():
        raise NotOurs(f"The database lies in {row}, not in {data}.")


def _set_environment(folder: Path, home: Home, urls: dict[str, str]) -> None:
    os.environ.update(urls)
    os.environ.update(home.keys())
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "TROCO_HOME": str(folder),
            "TROCO_MODE": "sandbox",
            "TROCO_LOG_LEVEL": "ERROR",
            "TROCO_PUBLIC_URL": "http://localhost:8000",
            # No clock runs here that would look at the countries again.
            "TROCO_CHECK_MAX_AGE_SECONDS": "864000",
            # Nobody answers there, and nobody is asked.
            "TROCO_SIMULATOR_URL": "http://127.0.0.1:9",
        }
    )


def _migrate(owner: str) -> None:
    environment = {**os.environ, "DATABASE_URL": owner, "DATABASE_OWNER_URL": owner}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
