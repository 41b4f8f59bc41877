"""Payment files: judged when they arrive, executed at the cutoff.

A message id names one file for good. A file is taken in piece by piece, so that a hundred
thousand transfers need little memory, and counts for nothing until it is whole: one that was cut
short by a crash is begun anew when it comes again. Every transfer is accepted or rejected at
receipt; at the cutoff the accepted ones are executed and booked on the day that the cutoff
closes. A cutoff that was cut short leaves a part executed and the day open; the next one goes on
from there.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO

from bank_simulator import clock, faults, movements, pain001
from bank_simulator.banks import CLEARING, Bank, business_date, close_day, serving_bank
from bank_simulator.errors import Refusal, not_found
from bank_simulator.movements import When
from bank_simulator.pain001 import BatchFile, Transfer
from bank_simulator.store import Store

ITEMS_PER_JOB = 1000


def receive_batch(
    store: Store, slug: str, file: BatchFile, content: IO[bytes], digest: str
) -> faults.Fired | None:
    """Take a file in, once; returns the fault that strikes the answer, if one does.

    For a thread, and for one file at a time.

    Args:
        store: The store.
        slug: The bank that received it.
        file: What the file says of itself, checked.
        content: Its bytes.
        digest: A hash of them; the same message id with other bytes is refused.

    Raises:
        Refusal: `batch_reused`, or the bank does not serve.
    """
    number = store.call(lambda connection: _begin(connection, slug, file, digest))
    if number is not None:
        content.seek(0)
        transfers = pain001.read_transfers(content, debtor=CLEARING)
        position = 1
        while piece := list(islice(transfers, ITEMS_PER_JOB)):
            _record(store, slug, (number, position, file.message_id), piece)
            position += len(piece)
    return store.call(lambda connection: _finish(connection, slug, number))


def _begin(connection: sqlite3.Connection, slug: str, file: BatchFile, digest: str) -> int | None:
    """Write the batch's row and return its number, or None when the file is known and whole."""
    bank = serving_bank(connection, slug)
    query = "SELECT * FROM batches WHERE bank = ? AND message_id = ?"
    known = connection.execute(query, (bank.slug, file.message_id)).fetchone()
    if known is not None and known["is_whole"]:
        if known["digest"] != digest:
            raise Refusal(409, "batch_reused", "This MsgId already names a file with other bytes.")
        return None
    if known is not None:
        connection.execute("DELETE FROM batch_items WHERE batch = ?", (known["number"],))
        connection.execute("DELETE FROM batches WHERE number = ?", (known["number"],))
    row = connection.execute(
        "INSERT INTO batches"
        " (bank, message_id, digest, state, is_whole, version, received_at, total_units)"
        " VALUES (?, ?, ?, 'received', 0, ?, ?, ?) RETURNING number",
        (
            bank.slug,
            file.message_id,
            digest,
            file.version,
            clock.written(clock.now(connection)),
            file.units,
        ),
    ).fetchone()
    return int(row[0])


def _record(
    store: Store, slug: str, at: tuple[int, int, str], transfers: Sequence[Transfer]
) -> None:
    """Judge and write some transfers of batch `at[0]`, from position `at[1]`."""
    number, first, message_id = at

    def job(connection: sqlite3.Connection) -> None:
        bank = serving_bank(connection, slug)
        may_strike = faults.is_set(connection, slug, faults.BATCH_PARTIAL_REJECT)
        for position, transfer in enumerate(transfers, start=first):
            order = _order(bank, number, position, message_id, transfer)
            call = faults.Call(account=transfer.token)
            names = (faults.BATCH_PARTIAL_REJECT,)
            fired = faults.draw(connection, slug, names, call) if may_strike else None
            reason = fired.reason if fired else movements.refusal_reason(connection, bank, order)
            connection.execute(
                "INSERT INTO batch_items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    number,
                    position,
                    transfer.instruction_id,
                    transfer.payment_information_id,
                    transfer.end_to_end_id,
                    transfer.token,
                    transfer.amount_minor,
                    transfer.currency,
                    transfer.remittance,
                    "rejected" if reason else "accepted",
                    reason,
                ),
            )

    store.call(job)


def _finish(connection: sqlite3.Connection, slug: str, number: int | None) -> faults.Fired | None:
    """Let a new file count, and draw what strikes the answer."""
    if number is not None:
        connection.execute("UPDATE batches SET is_whole = 1 WHERE number = ?", (number,))
        _sum_up(connection, number)
    return faults.draw(connection, slug, (faults.BATCH_LOST_ANSWER,), faults.Call())


def find_batch(connection: sqlite3.Connection, bank: Bank, message_id: str) -> sqlite3.Row:
    """Return the row of a batch that was taken in.

    Raises:
        Refusal: `not_found`.
    """
    query = (
        "SELECT *, (SELECT count(*) FROM batch_items WHERE batch = number) AS items,"
        " EXISTS (SELECT 1 FROM batch_items WHERE batch = number AND state = 'accepted') AS waits"
        " FROM batches WHERE bank = ? AND message_id = ? AND is_whole"
    )
    row: sqlite3.Row | None = connection.execute(query, (bank.slug, message_id)).fetchone()
    if row is None:
        raise not_found("That batch")
    return row


def find_settled(
    connection: sqlite3.Connection, bank: Bank, message_id: str, end_to_end_id: str
) -> sqlite3.Row:
    """Return a transfer of a file that was executed, with the moment at which it was.

    Raises:
        Refusal: `not_found`.
    """
    batch = find_batch(connection, bank, message_id)
    row: sqlite3.Row | None = connection.execute(
        "SELECT i.*, m.executed_at FROM batch_items i"
        " JOIN movements m ON m.bank = ? AND m.source = ? || i.position"
        " WHERE i.batch = ? AND i.end_to_end_id = ? AND i.state = 'settled'",
        (bank.slug, f"batch:{bank.slug}:{batch['number']}:", batch["number"], end_to_end_id),
    ).fetchone()
    if row is None:
        raise not_found("That transfer")
    return row


def read_items(store: Store, number: int) -> Iterator[sqlite3.Row]:
    """Yield a batch's items in the file's order; for a thread, not for the event loop."""
    query = "SELECT * FROM batch_items WHERE batch = ? AND position > ? ORDER BY position LIMIT ?"
    after = 0
    while True:
        values = (number, after, ITEMS_PER_JOB)

        def job(
            connection: sqlite3.Connection, values: tuple[int, int, int] = values
        ) -> list[sqlite3.Row]:
            return connection.execute(query, values).fetchall()

        page = store.call(job)
        yield from page
        if len(page) < ITEMS_PER_JOB:
            return
        after = page[-1]["position"]


@dataclass(frozen=True)
class Executed:
    """A piece of a cutoff: how many items it executed, of which files, and whether more wait."""

    count: int
    message_ids: frozenset[str]
    may_wait: bool


def execute_some(connection: sqlite3.Connection, bank: Bank, moment: datetime) -> Executed:
    """Execute the next accepted items, so few that other work is not kept waiting."""
    when = When.at(connection, bank, moment)
    rows = connection.execute(
        "SELECT i.*, b.message_id FROM batch_items i JOIN batches b ON b.number = i.batch"
        " WHERE i.state = 'accepted' AND b.bank = ? AND b.is_whole"
        " ORDER BY i.batch, i.position LIMIT ?",
        (bank.slug, ITEMS_PER_JOB),
    ).fetchall()
    may_strike = faults.is_set(connection, bank.slug, faults.BATCH_ACCEPT_THEN_REJECT)
    refused = [
        row["batch"] for row in rows if not _execute(connection, bank, row, when, may_strike)
    ]
    for number in set(refused):
        _sum_up(connection, number)
    return Executed(
        count=len(rows) - len(refused),
        message_ids=frozenset(row["message_id"] for row in rows),
        may_wait=len(rows) == ITEMS_PER_JOB,
    )


def close_business_day(connection: sqlite3.Connection, bank: Bank, moment: datetime) -> date:
    """Close the current business day and return it."""
    day = business_date(connection, bank, moment)
    close_day(connection, bank, day, moment)
    return day


def _execute(
    connection: sqlite3.Connection,
    bank: Bank,
    row: sqlite3.Row,
    when: When,
    may_strike: bool,  # noqa: FBT001  # looked up once for a thousand
) -> bool:
    """Execute one accepted item, or reject it: its account was closed, or a fault strikes."""
    transfer = Transfer(**{name: row[name] for name in Transfer.__dataclass_fields__})
    order = _order(bank, row["batch"], row["position"], row["message_id"], transfer)
    reason = movements.refusal_reason(connection, bank, order)
    if may_strike and reason is None:
        call = faults.Call(account=transfer.token)
        fired = faults.draw(connection, bank.slug, (faults.BATCH_ACCEPT_THEN_REJECT,), call)
        reason = fired.reason if fired else None
    booked = None if reason else movements.book(connection, bank, order, when)
    connection.execute(
        "UPDATE batch_items SET state = ?, reason = ?, bank_reference = ?"
        " WHERE batch = ? AND position = ?",
        (
            "settled" if booked else "rejected",
            reason,
            booked.bank_reference if booked else None,
            row["batch"],
            row["position"],
        ),
    )
    return booked is not None


def _order(
    bank: Bank, number: int, position: int, message_id: str, transfer: Transfer
) -> movements.Order:
    return movements.Order(
        source=f"batch:{bank.slug}:{number}:{position}",
        kind="payout",
        message_id=message_id,
        **vars(transfer),
    )


def _sum_up(connection: sqlite3.Connection, number: int) -> None:
    """Set the batch's state from its items' states."""
    query = "SELECT count(*), sum(state = 'rejected') FROM batch_items WHERE batch = ?"
    items, rejected = connection.execute(query, (number,)).fetchone()
    state = "accepted" if not rejected else "rejected" if rejected == items else "partial"
    connection.execute("UPDATE batches SET state = ? WHERE number = ?", (state, number))
