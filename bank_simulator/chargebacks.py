"""Chargebacks: the issuer takes captured money back, and may give it back to the operator.

A chargeback is a follow-up of its authorisation (see `follow_ups`). When its case is decided for
the operator, the whole of it comes back once: the reversal, named after the chargeback.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bank_simulator import authorisations, clock, follow_ups, movements
from bank_simulator.banks import Bank
from bank_simulator.errors import Refusal, not_found

_LISTED = """
SELECT taken.follow_up_id AS chargeback_id, taken.amount_minor, taken.bank_reference,
       taken.executed_at, moved.return_reason AS reason,
       back.follow_up_id AS reversal_id, back.executed_at AS reversed_at,
       (SELECT min(answer.received_at) FROM chargeback_answers AS answer
         WHERE answer.bank = taken.bank AND answer.chargeback_id = taken.follow_up_id)
         AS answered_at
  FROM follow_ups AS taken
  JOIN movements AS moved
    ON moved.bank = taken.bank AND moved.source = 'chargeback:' || taken.follow_up_id
  LEFT JOIN follow_ups AS back
    ON back.bank = taken.bank AND back.kind = 'return' AND back.original_id = taken.follow_up_id
 WHERE taken.bank = ? AND taken.original_id = ? AND taken.kind = 'chargeback'
   AND taken.outcome = 'executed'
 ORDER BY taken.executed_at, taken.follow_up_id
"""


def list_chargebacks(
    connection: sqlite3.Connection, bank: Bank, authorisation_id: str
) -> list[dict[str, Any]]:
    """Return what issuers took back of an authorisation, oldest first.

    Raises:
        Refusal: `not_found`.
    """
    authorisations.needed(connection, bank, authorisation_id)
    rows = connection.execute(_LISTED, (bank.slug, authorisation_id))
    return [
        {
            "currency": bank.currency,
            **{name: row[name] for name in row.keys() if row[name] is not None},  # noqa: SIM118
        }
        for row in rows
    ]


@dataclass(frozen=True)
class ShopsAnswer:
    """What the operator's shop says to a chargeback; `answer_id` names it for good."""

    answer_id: str
    chargeback_id: str
    text: str
    evidence: str


def take_answer(
    connection: sqlite3.Connection, bank: Bank, answer: ShopsAnswer, moment: datetime
) -> dict[str, Any]:
    """Take an answer in for the issuer, once; of a chargeback that came back none is needed.

    Raises:
        Refusal: `not_found`, or `instruction_reused` when the id already names another answer.
    """
    taken = connection.execute(
        "SELECT original_id FROM follow_ups"
        " WHERE bank = ? AND kind = 'chargeback' AND follow_up_id = ?",
        (bank.slug, answer.chargeback_id),
    ).fetchone()
    if taken is None:
        raise not_found("That chargeback")
    named = {"answer_id": answer.answer_id, "chargeback_id": answer.chargeback_id}
    known = connection.execute(
        "SELECT * FROM chargeback_answers WHERE bank = ? AND answer_id = ?",
        (bank.slug, answer.answer_id),
    ).fetchone()
    if known is None:
        listed = list_chargebacks(connection, bank, taken["original_id"])
        told = next(each for each in listed if each["chargeback_id"] == answer.chargeback_id)
        if "reversal_id" in told:
            return {**named, "outcome": "rejected", "reason": "closed"}
        said = (answer.chargeback_id, answer.text, answer.evidence, clock.written(moment))
        connection.execute(
            "INSERT INTO chargeback_answers VALUES (?, ?, ?, ?, ?, ?)",
            (bank.slug, answer.answer_id, *said),
        )
        return {**named, "outcome": "received", "received_at": said[-1]}
    if any(known[name] != getattr(answer, name) for name in ("chargeback_id", "text", "evidence")):
        raise Refusal(409, "instruction_reused", "This answer_id already names another.")
    return {**named, "outcome": "received", "received_at": known["received_at"]}


def reverse(
    connection: sqlite3.Connection, bank: Bank, chargeback_id: str, moment: datetime
) -> dict[str, Any]:
    """Give a chargeback back to the operator; again, it changes nothing.

    Raises:
        Refusal: `not_found`.
    """
    query = (
        "SELECT taken.*, hold.token, hold.statement_text FROM follow_ups AS taken"
        " JOIN authorisations AS hold ON hold.bank = taken.bank"
        " AND hold.authorisation_id = taken.original_id"
        " WHERE taken.bank = ? AND taken.kind = 'chargeback' AND taken.follow_up_id = ?"
    )
    taken = connection.execute(query, (bank.slug, chargeback_id)).fetchone()
    if taken is None:
        raise not_found("That chargeback")
    reversal_id = f"{chargeback_id[:33]}-r"
    known = connection.execute(
        "SELECT 1 FROM follow_ups WHERE bank = ? AND kind = 'return' AND follow_up_id = ?",
        (bank.slug, reversal_id),
    ).fetchone()
    if known is None:
        _give_back(connection, bank, taken, reversal_id, moment)
    found = list_chargebacks(connection, bank, taken["original_id"])
    told = next(each for each in found if each["chargeback_id"] == chargeback_id)
    return {"authorisation_id": taken["original_id"], **told}


def _give_back(
    connection: sqlite3.Connection,
    bank: Bank,
    taken: sqlite3.Row,
    reversal_id: str,
    moment: datetime,
) -> None:
    """Take the amount from the card again, whatever is on it: its issuer owes it."""
    order = movements.Order(
        source=f"reversal:{taken['follow_up_id']}",
        kind="returned_credit",
        token=taken["token"],
        amount_minor=taken["amount_minor"],
        currency=bank.currency,
        instruction_id=reversal_id,
        end_to_end_id=taken["original_id"],
        remittance=taken["statement_text"],
        return_reason="RVSL",
    )
    booked = movements.book(connection, bank, order, movements.When.at(connection, bank, moment))
    connection.execute(
        "INSERT INTO follow_ups VALUES (?, ?, 'return', ?, ?, 'executed', NULL, ?, ?, 0)",
        (
            bank.slug,
            reversal_id,
            taken["follow_up_id"],
            taken["amount_minor"],
            booked.bank_reference,
            booked.executed_at,
        ),
    )
    follow_ups.uncount(connection, bank, taken["original_id"], taken["amount_minor"])
