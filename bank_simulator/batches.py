"""Payment files: judged when they arrive, executed at the cutoff.

A message id names one file for good. At receipt every transfer is accepted or rejected; at the
cutoff the accepted ones are executed and booked on the day that the cutoff closes. A cutoff that
was cut short leaves a part executed and the day open; the next one goes on from there.
"""

import sqlite3
from datetime import date, datetime

from bank_simulator import faults, movements
from bank_simulator.banks import Bank, business_date, close_day
from bank_simulator.errors import Refusal, not_found
from bank_simulator.movements import When
from bank_simulator.pain001 import BatchFile, Transfer

ITEMS_PER_JOB = 1000


def receive_batch(
    connection: sqlite3.Connection, bank: Bank, file: BatchFile, digest: str
) -> faults.Fired | None:
    """Take a file in, once; returns the fault that swallows the answer, if one does.

    Args:
        connection: The store.
        bank: The bank that received it.
        file: The file as read.
        digest: A hash of its bytes; the same message id with other bytes is refused.

    Raises:
        Refusal: `batch_reused`.
    """
    known = _row(connection, bank, file.message_id)
    if known is not None and known["digest"] != digest:
        raise Refusal(409, "batch_reused", "This MsgId already names a file with other bytes.")
    if known is None:
        _record(connection, bank, file, digest)
    return faults.draw(connection, bank.slug, (faults.BATCH_LOST_ANSWER,), faults.Call())


def _record(connection: sqlite3.Connection, bank: Bank, file: BatchFile, digest: str) -> None:
    number = connection.execute(
        "INSERT INTO batches (bank, message_id, digest, state) VALUES (?, ?, ?, 'received')"
        " RETURNING number",
        (bank.slug, file.message_id, digest),
    ).fetchone()[0]
    may_strike = faults.is_set(connection, bank.slug, faults.BATCH_PARTIAL_REJECT)
    for position, transfer in enumerate(file.transfers, start=1):
        order = _order(bank, number, position, file.message_id, transfer)
        call = faults.Call(account=transfer.token)
        names = (faults.BATCH_PARTIAL_REJECT,)
        fired = faults.draw(connection, bank.slug, names, call) if may_strike else None
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
    _sum_up(connection, number)


def describe_batch(
    connection: sqlite3.Connection, bank: Bank, message_id: str
) -> dict[str, object]:
    """Return a batch and its items as a pain.002 would tell them.

    Raises:
        Refusal: `not_found`.
    """
    batch = _row(connection, bank, message_id)
    if batch is None:
        raise not_found("That batch")
    query = (
        "SELECT end_to_end_id, instruction_id, state, reason, bank_reference FROM batch_items"
        " WHERE batch = ? ORDER BY position"
    )
    items = [dict(row) for row in connection.execute(query, (batch["number"],))]
    return {"message_id": message_id, "state": batch["state"], "items": items}


def execute_some(connection: sqlite3.Connection, bank: Bank, moment: datetime) -> tuple[int, bool]:
    """Execute the next accepted items, so few that other work is not kept waiting.

    Returns:
        How many were executed and whether more may wait.
    """
    when = When.at(connection, bank, moment)
    rows = connection.execute(
        "SELECT i.*, b.message_id FROM batch_items i JOIN batches b ON b.number = i.batch"
        " WHERE i.state = 'accepted' AND b.bank = ? ORDER BY i.batch, i.position LIMIT ?",
        (bank.slug, ITEMS_PER_JOB),
    ).fetchall()
    refused = [row["batch"] for row in rows if not _execute(connection, bank, row, when)]
    for number in set(refused):
        _sum_up(connection, number)
    return len(rows) - len(refused), len(rows) == ITEMS_PER_JOB


def close_business_day(connection: sqlite3.Connection, bank: Bank, moment: datetime) -> date:
    """Close the current business day and return it."""
    day = business_date(connection, bank, moment)
    close_day(connection, bank, day, moment)
    return day


def _execute(connection: sqlite3.Connection, bank: Bank, row: sqlite3.Row, when: When) -> bool:
    """Execute one accepted item, or reject it if its account was closed meanwhile."""
    transfer = Transfer(**{name: row[name] for name in Transfer.__dataclass_fields__})
    order = _order(bank, row["batch"], row["position"], row["message_id"], transfer)
    reason = movements.refusal_reason(connection, bank, order)
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


def _row(connection: sqlite3.Connection, bank: Bank, message_id: str) -> sqlite3.Row | None:
    query = "SELECT * FROM batches WHERE bank = ? AND message_id = ?"
    row: sqlite3.Row | None = connection.execute(query, (bank.slug, message_id)).fetchone()
    return row
