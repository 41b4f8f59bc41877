"""What comes after: captures, refunds and chargebacks of cards, returns of instant payments.

Each has an id of its own that names it for good, and an original that bounds it: more is never
captured than was authorised, and never more given back than was taken.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bank_simulator import authorisations, batches, faults, instructions, movements, reasons
from bank_simulator.banks import Bank
from bank_simulator.errors import Refusal, not_found
from bank_simulator.replies import Reply, stopped

RETURNED_WITHIN = timedelta(days=90)
# The kind of movement, by the kind of follow-up; a return depends on what it returns.
MOVES = {"capture": "capture", "refund": "card_refund", "chargeback": "chargeback"}
COUNTED = {
    "capture": "captured_minor",
    "refund": "refunded_minor",
    "chargeback": "charged_back_minor",
}


@dataclass(frozen=True)
class FollowUp:
    """One follow-up as asked for; the amount is in minor units."""

    follow_up_id: str
    kind: str
    original_id: str
    amount_minor: int
    reason: str | None = None
    # Of a file's transfer: the file; `original_id` is then its end-to-end id.
    message_id: str | None = None

    @property
    def original(self) -> str:
        """Return what names the original among all of the bank's."""
        if self.message_id is None:
            return self.original_id
        return f"{self.message_id}/{self.original_id}"


@dataclass(frozen=True)
class _Original:
    """What a follow-up builds on, and why it is refused, if it is."""

    token: str
    currency: str
    moves: str
    end_to_end_id: str
    remittance: str
    refusal: str | None


def receive(
    connection: sqlite3.Connection, bank: Bank, wanted: FollowUp, moment: datetime
) -> Reply:
    """Take a follow-up in, once, and say how to reply.

    Raises:
        Refusal: `not_found` without its original, `instruction_reused` when the id already
            names another follow-up.
    """
    known = _row(connection, bank.slug, wanted.kind, wanted.follow_up_id)
    said = (wanted.original, wanted.amount_minor)
    if known is not None and (known["original_id"], known["amount_minor"]) != said:
        raise Refusal(409, "instruction_reused", f"This {wanted.kind}_id already names another.")
    original = _original(connection, bank, wanted, moment)
    names = faults.REPEAT_FAULTS if known is not None else faults.FOLLOW_UP_FAULTS
    call = faults.Call(direction=wanted.kind, account=original.token)
    fired = None
    if wanted.kind != "chargeback" and wanted.message_id is None:
        fired = faults.draw(connection, bank.slug, names, call)
    reply = stopped(fired)
    if reply is not None:
        return reply
    if known is None:
        _decide(connection, bank, wanted, original, moment)
        if fired and fired.fault == faults.NOT_FOUND_THEN_FOUND:
            _hide(connection, bank, wanted, fired.times)
    return Reply(describe(connection, bank, wanted.kind, wanted.follow_up_id), fired=fired)


def _original(
    connection: sqlite3.Connection, bank: Bank, wanted: FollowUp, moment: datetime
) -> _Original:
    if wanted.kind == "return":
        return _original_payment(connection, bank, wanted, moment)
    row = authorisations.needed(connection, bank, wanted.original_id)
    return _Original(
        token=row["token"],
        currency=row["currency"],
        moves=MOVES[wanted.kind],
        end_to_end_id=row["authorisation_id"],
        remittance=row["statement_text"],
        refusal=_card_refusal(connection, row, wanted),
    )


def _card_refusal(connection: sqlite3.Connection, row: sqlite3.Row, wanted: FollowUp) -> str | None:
    """Return the card code for which the bank refuses, or None."""
    if wanted.kind == "capture":
        if row["state"] != "authorised":
            return reasons.CARD_INVALID
        if authorisations.is_expired(connection, row):
            return reasons.CARD_EXPIRED
        left = row["amount_minor"] - row["captured_minor"]
    else:
        left = row["captured_minor"] - row["refunded_minor"] - row["charged_back_minor"]
    return reasons.CARD_INVALID if wanted.amount_minor > left else None


def _original_payment(
    connection: sqlite3.Connection, bank: Bank, wanted: FollowUp, moment: datetime
) -> _Original:
    row, moves = _executed(connection, bank, wanted)
    query = (
        "SELECT coalesce(sum(amount_minor), 0) FROM follow_ups WHERE bank = ? AND original_id = ?"
        " AND kind = 'return' AND outcome = 'executed'"
    )
    returned = connection.execute(query, (bank.slug, wanted.original)).fetchone()[0]
    refusal = None
    if wanted.amount_minor > row["amount_minor"] - returned:
        refusal = reasons.RETURNED_TOO_MUCH
    elif moment - datetime.fromisoformat(row["executed_at"]) > RETURNED_WITHIN:
        refusal = reasons.RETURNED_TOO_LATE
    return _Original(
        token=row["token"],
        currency=row["currency"],
        moves=moves,
        end_to_end_id=row["end_to_end_id"],
        remittance=row["remittance"],
        refusal=refusal,
    )


def _executed(
    connection: sqlite3.Connection, bank: Bank, wanted: FollowUp
) -> tuple[sqlite3.Row, str]:
    """Return the executed payment that shall go back, and the kind of its way back.

    Raises:
        Refusal: `not_found`.
    """
    if wanted.message_id is not None:
        row = batches.find_settled(connection, bank, wanted.message_id, wanted.original_id)
        return row, "returned_credit"
    found = instructions.find(connection, bank.slug, wanted.original_id)
    if found is None or found["outcome"] != "executed":
        raise instructions.unknown_instruction()
    return found, f"returned_{found['kind']}"


def _decide(
    connection: sqlite3.Connection,
    bank: Bank,
    wanted: FollowUp,
    original: _Original,
    moment: datetime,
) -> None:
    """Execute or refuse, and count what was executed at its original."""
    is_card = wanted.kind != "return"
    order = movements.Order(
        source=f"{wanted.kind}:{wanted.follow_up_id}",
        kind=original.moves,
        token=original.token,
        amount_minor=wanted.amount_minor,
        currency=original.currency,
        instruction_id=wanted.follow_up_id,
        end_to_end_id=original.end_to_end_id,
        remittance=original.remittance,
        return_reason=wanted.reason,
    )
    reason = original.refusal
    if reason is None and not is_card:
        reason = movements.refusal_reason(connection, bank, order)
    booked = None
    if reason is None:
        booked = movements.book(
            connection, bank, order, movements.When.at(connection, bank, moment)
        )
        if is_card:
            _count(connection, bank, wanted)
    connection.execute(
        "INSERT INTO follow_ups VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (
            bank.slug,
            wanted.follow_up_id,
            wanted.kind,
            wanted.original,
            wanted.amount_minor,
            "executed" if booked else "rejected",
            reason,
            booked.bank_reference if booked else None,
            booked.executed_at if booked else None,
        ),
    )


def _count(connection: sqlite3.Connection, bank: Bank, wanted: FollowUp) -> None:
    column = COUNTED[wanted.kind]
    connection.execute(
        f"UPDATE authorisations SET {column} = {column} + ?"  # noqa: S608  # our own name
        " WHERE bank = ? AND authorisation_id = ?",
        (wanted.amount_minor, bank.slug, wanted.original_id),
    )
    connection.execute(
        "UPDATE authorisations SET state = 'captured' WHERE bank = ? AND authorisation_id = ?"
        " AND state = 'authorised' AND captured_minor = amount_minor",
        (bank.slug, wanted.original_id),
    )


def uncount(
    connection: sqlite3.Connection, bank: Bank, authorisation_id: str, amount_minor: int
) -> None:
    """Take a chargeback that was given back off what was charged back of its authorisation."""
    connection.execute(
        "UPDATE authorisations SET charged_back_minor = charged_back_minor - ?"
        " WHERE bank = ? AND authorisation_id = ?",
        (amount_minor, bank.slug, authorisation_id),
    )


def next_chargeback(
    connection: sqlite3.Connection,
    bank: Bank,
    authorisation_id: str,
    asked_minor: int | None,
    reason: str,
) -> FollowUp:
    """Return the issuer's next chargeback: of what was asked, or of all that is left.

    Raises:
        Refusal: `not_found`, or `nothing_captured` when so much is not left.
    """
    row = authorisations.needed(connection, bank, authorisation_id)
    left = row["captured_minor"] - row["refunded_minor"] - row["charged_back_minor"]
    if left < max(asked_minor or 0, 1):
        raise Refusal(422, "nothing_captured", f"{left} is left that could be charged back.")
    query = (
        "SELECT count(*) FROM follow_ups WHERE bank = ? AND original_id = ? AND kind = 'chargeback'"
    )
    number = connection.execute(query, (bank.slug, authorisation_id)).fetchone()[0] + 1
    return FollowUp(
        follow_up_id=f"{authorisation_id[:30]}-cb{number}",
        kind="chargeback",
        original_id=authorisation_id,
        amount_minor=asked_minor or left,
        reason=reason,
    )


def paid_in(connection: sqlite3.Connection, bank: Bank, bank_reference: str) -> str:
    """Return the instruction by which money came into the clearing account.

    Raises:
        Refusal: `not_found`; what went out of the clearing account is none of it.
    """
    query = (
        "SELECT instruction_id FROM movements WHERE bank = ? AND bank_reference = ?"
        " AND kind = 'debit'"
    )
    row = connection.execute(query, (bank.slug, bank_reference)).fetchone()
    if row is None:
        raise not_found("That movement")
    return str(row["instruction_id"])


def look_up(
    connection: sqlite3.Connection, bank: Bank, kind: str, follow_up_id: str
) -> dict[str, Any] | None:
    """Return what the bank says of a follow-up; None is a denial that has been counted.

    Raises:
        Refusal: `not_found` when the bank never received it.
    """
    row = _row(connection, bank.slug, kind, follow_up_id)
    if row is None:
        raise unknown(kind)
    if row["hidden_lookups"] > 0:
        connection.execute(
            "UPDATE follow_ups SET hidden_lookups = hidden_lookups - 1"
            " WHERE bank = ? AND kind = ? AND follow_up_id = ?",
            (bank.slug, kind, follow_up_id),
        )
        return None
    return describe(connection, bank, kind, follow_up_id)


def unknown(kind: str) -> Refusal:
    """Return the refusal of a look-up."""
    return not_found(f"That {kind}")


def _hide(connection: sqlite3.Connection, bank: Bank, wanted: FollowUp, times: int) -> None:
    connection.execute(
        "UPDATE follow_ups SET hidden_lookups = ? WHERE bank = ? AND kind = ? AND follow_up_id = ?",
        (times, bank.slug, wanted.kind, wanted.follow_up_id),
    )


def describe(
    connection: sqlite3.Connection, bank: Bank, kind: str, follow_up_id: str
) -> dict[str, Any]:
    """Return a follow-up as the API writes it; what has no value is left out.

    Raises:
        Refusal: `not_found`.
    """
    row = _row(connection, bank.slug, kind, follow_up_id)
    if row is None:
        raise unknown(kind)
    answer: dict[str, Any] = {
        f"{kind}_id": row["follow_up_id"],
        **_original_names(kind, row["original_id"]),
        "outcome": row["outcome"],
        "amount_minor": row["amount_minor"],
        "currency": bank.currency,
    }
    for name in ("reason", "bank_reference", "executed_at"):
        if row[name] is not None:
            answer[name] = row[name]
    return answer


def _original_names(kind: str, original: str) -> dict[str, str]:
    """Return what names the original; a file's id has no slash, so the first one parts it."""
    if kind != "return":
        return {"authorisation_id": original}
    message_id, slash, end_to_end_id = original.partition("/")
    if slash:
        return {"message_id": message_id, "end_to_end_id": end_to_end_id}
    return {"instruction_id": original}


def _row(
    connection: sqlite3.Connection, slug: str, kind: str, follow_up_id: str
) -> sqlite3.Row | None:
    query = "SELECT * FROM follow_ups WHERE bank = ? AND kind = ? AND follow_up_id = ?"
    row: sqlite3.Row | None = connection.execute(query, (slug, kind, follow_up_id)).fetchone()
    return row
