"""Moving money: the one place that changes a balance.

A movement goes between one customer account and the clearing account of the same bank. Its row,
both balances and whatever the caller writes are one commit; its `source` is unique, so the same
request cannot move twice whatever happens around it.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from bank_simulator import accounts, clock, reasons
from bank_simulator.banks import CLEARING, Bank, business_date
from bank_simulator.shapes import LARGEST_NUMBER

TAKES_FROM_CUSTOMER = frozenset({"debit", "capture", "returned_credit"})


@dataclass(frozen=True)
class Order:
    """What shall move: some kinds take from the customer, the others give.

    `source` is the request's identity within the bank; the amount is in minor units.
    """

    source: str
    kind: str
    token: str
    amount_minor: int
    currency: str
    instruction_id: str
    end_to_end_id: str
    remittance: str
    message_id: str | None = None
    payment_information_id: str | None = None
    return_reason: str | None = None


@dataclass(frozen=True)
class Booked:
    """What the bank says of an execution."""

    bank_reference: str
    executed_at: str


def refusal_reason(connection: sqlite3.Connection, bank: Bank, order: Order) -> str | None:
    """Return the reason code for which the bank would refuse the order now, or None."""
    query = "SELECT * FROM accounts WHERE bank = ? AND token = ?"
    account = connection.execute(query, (bank.slug, order.token)).fetchone()
    if account is None:
        return reasons.UNKNOWN_ACCOUNT
    payout_to_card = order.kind == "payout" and account["kind"] != "bank_account"
    after = account["balance_minor"] + customer_side(order)
    if order.kind in TAKES_FROM_CUSTOMER and account["kind"] != "bank_account":
        after -= accounts.held_minor(connection, bank.slug, order.token)
    limit = account["limit_minor"]
    tests = (
        (order.token == CLEARING or payout_to_card, reasons.FORBIDDEN),
        (account["is_closed"], reasons.CLOSED_ACCOUNT),
        (order.currency != bank.currency, reasons.WRONG_CURRENCY),
        (limit is not None and order.amount_minor > limit, reasons.OVER_LIMIT),
        (after > LARGEST_NUMBER, reasons.OVER_LIMIT),
        (after < 0, reasons.INSUFFICIENT_FUNDS),
    )
    return next((reason for holds, reason in tests if holds), None)


def customer_side(order: Order) -> int:
    """Return what the order adds to the customer's balance, in minor units."""
    return -order.amount_minor if order.kind in TAKES_FROM_CUSTOMER else order.amount_minor


@dataclass(frozen=True)
class When:
    """The moment of an execution and the business day it is booked on."""

    moment: datetime
    day: date

    @classmethod
    def at(cls, connection: sqlite3.Connection, bank: Bank, moment: datetime) -> "When":
        """Return when a movement at `moment` is booked."""
        return cls(moment, business_date(connection, bank, moment))


def book(connection: sqlite3.Connection, bank: Bank, order: Order, when: When) -> Booked:
    """Execute an order that `refusal_reason` has passed in this same job."""
    add = "UPDATE accounts SET balance_minor = balance_minor + ? WHERE bank = ? AND token = ?"
    change = customer_side(order)
    connection.execute(add, (change, bank.slug, order.token))
    clearing_after = connection.execute(
        add + " RETURNING balance_minor", (-change, bank.slug, CLEARING)
    ).fetchone()[0]
    number = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM movements").fetchone()[0]
    booked = Booked(_reference(bank, when.day, number), clock.written(when.moment))
    connection.execute(
        "INSERT INTO movements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            bank.slug,
            order.source,
            order.kind,
            order.token,
            order.amount_minor,
            order.currency,
            order.instruction_id,
            order.message_id,
            order.payment_information_id,
            order.end_to_end_id,
            order.remittance,
            booked.bank_reference,
            booked.executed_at,
            when.day.isoformat(),
            clearing_after,
            order.return_reason,
        ),
    )
    return booked


def _reference(bank: Bank, day: date, number: int) -> str:
    return f"{bank.ispb}{day:%Y%m%d}{number:012d}"
