"""The bank's book on disk: one SQLite file, one writer, nothing answered before it is durable.

Every piece of work is a *job*: a function of the connection. One thread runs them in the order
they came. Jobs that wait at the same time share one commit (each in its own savepoint, so that
a refused one undoes only itself), because the disk's flush is what a commit costs. A job's
result is handed over only after the commit, with the write-ahead log flushed
(`synchronous=FULL`): what was answered survives `kill -9` and a power cut.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

SCHEMA_VERSION = 3
APPLICATION_ID = 1414676303
JOBS_PER_COMMIT = 64

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], T]
_Waiting = tuple[Job[Any], "Future[Any]"]


class StoreRefused(Exception):
    """The file cannot be used as the bank's store; the message says what to do."""


class Store:
    """The writer thread and its connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take over a prepared connection and start the writer."""
        self._connection = connection
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._entering = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, *, reset: bool = False) -> Self:
        """Open the store at `path`, making it if it is not there.

        Args:
            path: The SQLite file; its folder must exist.
            reset: Throw away what an earlier simulator stored there.

        Raises:
            StoreRefused: The file is in use, of another version, or not a simulator's.
        """
        try:
            if reset and path.exists():
                _wipe(path)
            return cls(_prepared(path))
        except sqlite3.Error as error:
            raise StoreRefused(f"{path} cannot be used as a store: {error}") from error

    def submit(self, job: Job[T]) -> "Future[T]":
        """Queue `job`; the future ends when its commit is durable or the job raised."""
        future: Future[T] = Future()
        with self._entering:
            if self._is_closed:
                future.set_exception(StoreRefused("The store is closed."))
            else:
                self._queue.put((job, future))
        return future

    def call(self, job: Job[T]) -> T:
        """Run `job` and wait for it, from a thread."""
        return self.submit(job).result()

    async def run(self, job: Job[T]) -> T:
        """Run `job` and wait for it, from the event loop."""
        return await asyncio.wrap_future(self.submit(job))

    def close(self) -> None:
        """Finish what is queued and close the file."""
        with self._entering:
            self._is_closed = True
            self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while True:
            waiting = self._take()
            live = [pair for pair in waiting if pair is not None]
            if live:
                self._commit_together(live)
            if len(live) < len(waiting):
                return

    def _take(self) -> list[_Waiting | None]:
        """Wait for one job and take those that queued up behind it."""
        taken = [self._queue.get()]
        while taken[-1] is not None and len(taken) < JOBS_PER_COMMIT:
            try:
                taken.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return taken

    def _commit_together(self, waiting: Iterable[_Waiting]) -> None:
        pairs = [pair for pair in waiting if pair[1].set_running_or_notify_cancel()]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            endings = [self._ending(job) for job, _ in pairs]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # a full disk must reach every waiting caller
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            endings = [(None, error)] * len(pairs)
        for (_, future), (result, failure) in zip(pairs, endings, strict=True):
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)

    def _ending(self, job: Job[Any]) -> tuple[Any, Exception | None]:
        """Run one job in a savepoint of its own."""
        self._connection.execute("SAVEPOINT job")
        try:
            result = job(self._connection)
        except Exception as error:  # noqa: BLE001  # handed to the caller who waits for it
            self._connection.execute("ROLLBACK TO job")
            self._connection.execute("RELEASE job")
            return None, error
        self._connection.execute("RELEASE job")
        return result, None


def _prepared(path: Path) -> sqlite3.Connection:
    """Connect, lock the file for this process alone, and bring its schema up to date."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=2, cached_statements=256
    )
    connection.row_factory = sqlite3.Row
    try:
        _check_identity(connection, path)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for version in range(_pragma(connection, "user_version") + 1, SCHEMA_VERSION + 1):
            schema = Path(__file__).with_name(f"schema_v{version}.sql")
            connection.executescript(schema.read_text(encoding="utf-8"))
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not ours before anything is written to it."""
    version = _pragma(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    is_ours = _pragma(connection, "application_id") == APPLICATION_ID
    if tables and not is_ours:
        raise StoreRefused(f"{path} is not a bank simulator's store; it was left alone.")
    if is_ours and version > SCHEMA_VERSION:
        raise StoreRefused(
            f"{path} has schema version {version}, this simulator reads up to {SCHEMA_VERSION}; "
            "start once with --reset to begin anew."
        )


def _wipe(path: Path) -> None:
    """Remove an earlier simulator's store, and never a file that is something else."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=2)
    try:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and _pragma(connection, "application_id") != APPLICATION_ID:
            raise StoreRefused(f"{path} is not a bank simulator's store; it was left alone.")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    finally:
        connection.close()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
