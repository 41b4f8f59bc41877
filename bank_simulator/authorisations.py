"""Cards: an amount is held, then captured in one piece or several, or let go.

An authorisation id names one hold for good, as an instruction id names one payment: the first
call decides, an exact repeat reads that outcome, the same id with other content is refused.
What is held cannot be spent otherwise; what was not captured after seven days is free again.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bank_simulator import chance, clock, faults, movements, reasons
from bank_simulator.banks import Bank
from bank_simulator.errors import Refusal, not_found
from bank_simulator.replies import Reply, stopped

COMPARED = ("token", "amount_minor", "currency", "statement_text")
HELD_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Wanted:
    """A hold as asked for; the amount is in minor units."""

    authorisation_id: str
    token: str
    amount_minor: int
    currency: str
    statement_text: str


def authorise(
    connection: sqlite3.Connection, bank: Bank, wanted: Wanted, moment: datetime
) -> Reply:
    """Hold an amount on a card, once, and say how to reply.

    Raises:
        Refusal: `instruction_reused` when the id already names another hold.
    """
    known = find(connection, bank.slug, wanted.authorisation_id)
    if known is not None and any(known[name] != getattr(wanted, name) for name in COMPARED):
        raise Refusal(409, "instruction_reused", "This authorisation_id already names another.")
    names = faults.REPEAT_FAULTS if known is not None else faults.CARD_FAULTS
    call = faults.Call(direction="authorisation", account=wanted.token)
    fired = faults.draw(connection, bank.slug, names, call)
    reply = stopped(fired)
    if reply is not None:
        return reply
    if known is None:
        _write(connection, bank, wanted, fired)
        if fired is None or fired.fault != faults.EXECUTES_AFTER_TIMEOUT:
            forced = fired.reason if fired and fired.fault == faults.CARD_DECLINE else None
            _decide(connection, bank, wanted, moment, forced)
    is_later = fired is not None and fired.fault == faults.EXECUTES_AFTER_TIMEOUT
    seconds = fired.hold_seconds + fired.delay_seconds if fired and is_later else None
    answer = describe(connection, bank, wanted.authorisation_id)
    return Reply(answer, fired=fired, execute_in=seconds)


def _write(
    connection: sqlite3.Connection, bank: Bank, wanted: Wanted, fired: faults.Fired | None
) -> None:
    """Write the request, not yet decided."""
    fault = fired.fault if fired else None
    after = None
    if fired and fault == faults.EXECUTES_AFTER_TIMEOUT:
        after = clock.wall_seconds() + fired.hold_seconds + fired.delay_seconds
    hidden = fired.times if fired and fault == faults.NOT_FOUND_THEN_FOUND else 0
    connection.execute(
        "INSERT INTO authorisations (bank, authorisation_id, token, amount_minor, currency,"
        " statement_text, outcome, state, execute_after, hidden_lookups)"
        " VALUES (?, ?, ?, ?, ?, ?, 'pending', 'pending', ?, ?)",
        (
            bank.slug,
            wanted.authorisation_id,
            *(getattr(wanted, name) for name in COMPARED),
            after,
            hidden,
        ),
    )


def _decide(
    connection: sqlite3.Connection,
    bank: Bank,
    wanted: Wanted,
    moment: datetime,
    forced_reason: str | None,
) -> None:
    """Approve or decline what was written, once."""
    reason = forced_reason or _refusal_reason(connection, bank, wanted)
    connection.execute(
        "UPDATE authorisations SET outcome = ?, state = ?, reason = ?, authorisation_code = ?,"
        " decided_at = ?, expires_at = ?"
        " WHERE bank = ? AND authorisation_id = ? AND outcome = 'pending'",
        (
            "declined" if reason else "approved",
            "declined" if reason else "authorised",
            reason,
            None if reason else chance.authorisation_code(wanted.authorisation_id),
            clock.written(moment),
            None if reason else clock.written(moment + HELD_FOR),
            bank.slug,
            wanted.authorisation_id,
        ),
    )


def _refusal_reason(connection: sqlite3.Connection, bank: Bank, wanted: Wanted) -> str | None:
    """Return the card code for which the hold is declined, or None."""
    query = "SELECT kind FROM accounts WHERE bank = ? AND token = ?"
    card = connection.execute(query, (bank.slug, wanted.token)).fetchone()
    if card is not None and card["kind"] == "bank_account":
        return reasons.CARD_NOT_PERMITTED
    order = movements.Order(
        source="",
        kind="capture",
        token=wanted.token,
        amount_minor=wanted.amount_minor,
        currency=wanted.currency,
        instruction_id="",
        end_to_end_id="",
        remittance="",
    )
    reason = movements.refusal_reason(connection, bank, order)
    return reasons.CARD_CODES[reason] if reason else None


def decide_pending(
    connection: sqlite3.Connection, bank: Bank, authorisation_id: str
) -> dict[str, Any] | None:
    """Decide an authorisation that waited; None when it did not wait any more."""
    row = find(connection, bank.slug, authorisation_id)
    if row is None or row["outcome"] != "pending":
        return None
    wanted = Wanted(authorisation_id, *(row[name] for name in COMPARED))
    _decide(connection, bank, wanted, clock.now(connection), None)
    return describe(connection, bank, authorisation_id)


def list_pending(connection: sqlite3.Connection) -> list[tuple[str, str, float]]:
    """Return `(bank, authorisation id, due in wall seconds)` of all that wait."""
    query = (
        "SELECT bank, authorisation_id, execute_after FROM authorisations WHERE outcome = 'pending'"
    )
    return [tuple(row) for row in connection.execute(query)]


def look_up(
    connection: sqlite3.Connection, bank: Bank, authorisation_id: str
) -> dict[str, Any] | None:
    """Return what the bank says of an authorisation; None is a denial that has been counted.

    Raises:
        Refusal: `not_found` when the bank never received it.
    """
    row = needed(connection, bank, authorisation_id)
    if row["hidden_lookups"] > 0:
        connection.execute(
            "UPDATE authorisations SET hidden_lookups = hidden_lookups - 1 WHERE number = ?",
            (row["number"],),
        )
        return None
    return describe(connection, bank, authorisation_id)


def void(connection: sqlite3.Connection, bank: Bank, authorisation_id: str) -> dict[str, Any]:
    """Let go what is still held; saying it again changes nothing.

    Raises:
        Refusal: `not_found`, or `void_refused` when nothing is left to let go.
    """
    row = needed(connection, bank, authorisation_id)
    if row["outcome"] != "approved" or row["state"] == "captured":
        raise Refusal(422, "void_refused", "Nothing is held by this authorisation.")
    connection.execute("UPDATE authorisations SET state = 'voided' WHERE number = ?", (row[0],))
    return describe(connection, bank, authorisation_id)


def find(connection: sqlite3.Connection, slug: str, authorisation_id: str) -> sqlite3.Row | None:
    """Return the row of an authorisation."""
    query = "SELECT * FROM authorisations WHERE bank = ? AND authorisation_id = ?"
    row: sqlite3.Row | None = connection.execute(query, (slug, authorisation_id)).fetchone()
    return row


def needed(connection: sqlite3.Connection, bank: Bank, authorisation_id: str) -> sqlite3.Row:
    """Return the row of an authorisation that must be there.

    Raises:
        Refusal: `not_found`.
    """
    row = find(connection, bank.slug, authorisation_id)
    if row is None:
        raise unknown_authorisation()
    return row


def unknown_authorisation() -> Refusal:
    """Return the refusal of a look-up."""
    return not_found("That authorisation")


def is_expired(connection: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Tell whether an approved authorisation holds nothing any more because of its age."""
    return bool(row["expires_at"] <= clock.written(clock.now(connection)))


def describe(connection: sqlite3.Connection, bank: Bank, authorisation_id: str) -> dict[str, Any]:
    """Return an authorisation as the API writes it; what has no value is left out."""
    row = needed(connection, bank, authorisation_id)
    is_open = row["state"] == "authorised" and not is_expired(connection, row)
    is_over = row["state"] == "authorised" and not is_open
    answer: dict[str, Any] = {
        "authorisation_id": row["authorisation_id"],
        "outcome": row["outcome"],
        "state": "expired" if is_over else row["state"],
        "account": row["token"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "held_minor": row["amount_minor"] - row["captured_minor"] if is_open else 0,
        "captured_minor": row["captured_minor"],
        "refunded_minor": row["refunded_minor"],
        "charged_back_minor": row["charged_back_minor"],
    }
    for name in ("reason", "authorisation_code", "decided_at", "expires_at"):
        if row[name] is not None:
            answer[name] = row[name]
    if row["reason"] is not None:
        answer["reason_words"] = reasons.CARD_WORDS.get(row["reason"], "")
    return answer
