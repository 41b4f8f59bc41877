"""Making the bank's papers: each is written page by page to a file, never held in memory.

The functions are for a thread; they ask the store for the next page while they write.
"""

import sqlite3
import tempfile
from collections.abc import Callable
from datetime import date
from typing import IO

from bank_simulator import (
    batches,
    camt053,
    camt054,
    clock,
    lines,
    notifications,
    reports,
    spoiling,
    statements,
)
from bank_simulator.banks import Bank, serving_bank
from bank_simulator.store import Store

FILE_IN_MEMORY_BYTES = 1_000_000


def batch_json(store: Store, slug: str, message_id: str) -> IO[bytes]:
    """Return what became of a batch, as JSON."""
    _, batch = store.call(lambda connection: _batch(connection, slug, message_id))
    items = batches.read_items(store, batch["number"])
    return _written(lambda out: reports.write_json(batch, items, out))


def batch_pain002(store: Store, slug: str, message_id: str) -> IO[bytes]:
    """Return what became of a batch, as pain.002."""
    bank, batch = store.call(lambda connection: _batch(connection, slug, message_id))
    items = batches.read_items(store, batch["number"])
    return _written(lambda out: reports.write_pain002(bank, batch, items, out))


def statement(store: Store, slug: str, day: date) -> IO[bytes]:
    """Return the camt.053 of a closed day, as faults leave it."""

    def job(connection: sqlite3.Connection) -> statements.Statement:
        bank = serving_bank(connection, slug)
        return statements.read_statement(connection, bank, day, clock.now(connection))

    found = store.call(job)
    true = lines.read(store, found.span)
    told = spoiling.spoiled(store, found.span, true, found.spoils)
    out = _written(lambda out: camt053.write_statement(found, told, out))
    if spoiling.has(found.spoils, spoiling.CUT_SHORT):
        out.truncate(out.seek(0, 2) // 2)
    return out


def notification(store: Store, slug: str, number: int) -> IO[bytes]:
    """Return the camt.054 of that number."""

    def job(connection: sqlite3.Connection) -> notifications.Notification:
        bank = serving_bank(connection, slug)
        return notifications.read_notification(connection, bank, number)

    found = store.call(job)
    told = lines.read(store, found.span)
    return _written(lambda out: camt054.write_notification(found, told, out))


def _batch(connection: sqlite3.Connection, slug: str, message_id: str) -> tuple[Bank, sqlite3.Row]:
    bank = serving_bank(connection, slug)
    return bank, batches.find_batch(connection, bank, message_id)


def _written(write: Callable[[IO[bytes]], None]) -> IO[bytes]:
    out = tempfile.SpooledTemporaryFile(max_size=FILE_IN_MEMORY_BYTES)  # noqa: SIM115
    try:
        write(out)
    except BaseException:
        out.close()
        raise
    return out
