"""Instant debits and credits: decided once, answered the same for ever.

An instruction id names one payment for good. The first call decides and its outcome is stored
with the movement in one commit; an exact repeat reads that outcome; the same id with any other
content is refused. Faults act around this and never break it: what they change is when the bank
executes, what it decides, and whether the caller hears of it.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from bank_simulator import clock, faults, movements
from bank_simulator.banks import Bank
from bank_simulator.errors import Refusal, not_found
from bank_simulator.replies import Reply, stopped

COMPARED = ("kind", "token", "amount_minor", "currency", "end_to_end_id", "remittance")


@dataclass(frozen=True)
class Instruction:
    """An instant payment as asked for; the amount is in minor units."""

    instruction_id: str
    kind: str
    token: str
    amount_minor: int
    currency: str
    end_to_end_id: str
    remittance: str

    def order(self) -> movements.Order:
        """Return what shall move."""
        return movements.Order(
            source=f"instant:{self.instruction_id}",
            kind=self.kind,
            token=self.token,
            amount_minor=self.amount_minor,
            currency=self.currency,
            instruction_id=self.instruction_id,
            end_to_end_id=self.end_to_end_id,
            remittance=self.remittance,
        )


def receive(
    connection: sqlite3.Connection, bank: Bank, wanted: Instruction, moment: datetime
) -> Reply:
    """Take an instruction in, once, and say how to reply.

    Raises:
        Refusal: `instruction_reused` when the id already names another payment.
    """
    known = find(connection, bank.slug, wanted.instruction_id)
    if known is not None and any(known[name] != getattr(wanted, name) for name in COMPARED):
        raise Refusal(
            409, "instruction_reused", "This instruction_id already names another payment."
        )
    names = faults.REPEAT_FAULTS if known is not None else faults.INSTANT_FAULTS
    call = faults.Call(direction=wanted.kind, account=wanted.token)
    fired = faults.draw(connection, bank.slug, names, call)
    reply = stopped(fired)
    if reply is not None:
        return reply
    if known is None:
        _decide(connection, bank, wanted, moment, fired)
        known = find(connection, bank.slug, wanted.instruction_id)
        assert known is not None  # noqa: S101  # written by this very job
    is_later = fired is not None and fired.fault == faults.EXECUTES_AFTER_TIMEOUT
    seconds = fired.hold_seconds + fired.delay_seconds if fired and is_later else None
    return Reply(shown(known), fired=fired, execute_in=seconds)


def _decide(
    connection: sqlite3.Connection,
    bank: Bank,
    wanted: Instruction,
    moment: datetime,
    fired: faults.Fired | None,
) -> None:
    """Write the instruction and, unless a fault says otherwise, its outcome."""
    fault = fired.fault if fired else None
    after = None
    if fired and fault == faults.EXECUTES_AFTER_TIMEOUT:
        after = clock.wall_seconds() + fired.hold_seconds + fired.delay_seconds
    hidden = fired.times if fired and fault == faults.NOT_FOUND_THEN_FOUND else 0
    connection.execute(
        "INSERT INTO instructions (bank, instruction_id, kind, token, amount_minor, currency,"
        " end_to_end_id, remittance, outcome, execute_after, hidden_lookups)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
        (
            bank.slug,
            wanted.instruction_id,
            wanted.kind,
            wanted.token,
            wanted.amount_minor,
            wanted.currency,
            wanted.end_to_end_id,
            wanted.remittance,
            after,
            hidden,
        ),
    )
    if after is None:
        forced = fired.reason if fired and fault == faults.REJECT else None
        _settle(connection, bank, wanted, moment, forced)


def _settle(
    connection: sqlite3.Connection,
    bank: Bank,
    wanted: Instruction,
    moment: datetime,
    forced_reason: str | None,
) -> None:
    """Execute or reject a pending instruction, once."""
    reason = forced_reason or movements.refusal_reason(connection, bank, wanted.order())
    booked = None
    if reason is None:
        when = movements.When.at(connection, bank, moment)
        booked = movements.book(connection, bank, wanted.order(), when)
    connection.execute(
        "UPDATE instructions SET outcome = ?, reason = ?, bank_reference = ?, executed_at = ?"
        " WHERE bank = ? AND instruction_id = ? AND outcome = 'pending'",
        (
            "executed" if booked else "rejected",
            reason,
            booked.bank_reference if booked else None,
            booked.executed_at if booked else None,
            bank.slug,
            wanted.instruction_id,
        ),
    )


def look_up(
    connection: sqlite3.Connection, bank: Bank, instruction_id: str
) -> dict[str, object] | None:
    """Return what the bank says of an instruction; None is a denial that has been counted.

    Raises:
        Refusal: `not_found` when the bank never received it.
    """
    row = find(connection, bank.slug, instruction_id)
    if row is None:
        raise unknown_instruction()
    if row["hidden_lookups"] > 0:
        connection.execute(
            "UPDATE instructions SET hidden_lookups = hidden_lookups - 1"
            " WHERE bank = ? AND instruction_id = ?",
            (bank.slug, instruction_id),
        )
        return None
    return shown(row)


def unknown_instruction() -> Refusal:
    """Return the refusal of a look-up."""
    return not_found("That instruction")


def execute_pending(
    connection: sqlite3.Connection, bank: Bank, instruction_id: str
) -> dict[str, object] | None:
    """Execute an instruction that waited; None when it did not wait any more."""
    row = find(connection, bank.slug, instruction_id)
    if row is None or row["outcome"] != "pending":
        return None
    wanted = Instruction(instruction_id, *(row[name] for name in COMPARED))
    _settle(connection, bank, wanted, clock.now(connection), None)
    settled = find(connection, bank.slug, instruction_id)
    return shown(settled) if settled is not None else None


def list_pending(connection: sqlite3.Connection) -> list[tuple[str, str, float]]:
    """Return `(bank, instruction id, due in wall seconds)` of all that wait."""
    query = "SELECT bank, instruction_id, execute_after FROM instructions WHERE outcome = 'pending'"
    return [tuple(row) for row in connection.execute(query)]


def shown(row: sqlite3.Row) -> dict[str, object]:
    """Return an instruction as the API writes it."""
    answer: dict[str, object] = {
        "instruction_id": row["instruction_id"],
        "outcome": row["outcome"],
        "direction": row["kind"],
        "account": row["token"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "end_to_end_id": row["end_to_end_id"],
    }
    for name in ("reason", "bank_reference", "executed_at"):
        if row[name] is not None:
            answer[name] = row[name]
    return answer


def find(connection: sqlite3.Connection, slug: str, instruction_id: str) -> sqlite3.Row | None:
    """Return the row of an instruction."""
    query = "SELECT * FROM instructions WHERE bank = ? AND instruction_id = ?"
    row: sqlite3.Row | None = connection.execute(query, (slug, instruction_id)).fetchone()
    return row
