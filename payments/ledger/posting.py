"""Posting: the transfers of one fact, or of several that stand or fall together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connection

from core.ids import derive_uuid
from core.money import Money
from payments.enums import LedgerKind, TransferKind
from payments.ledger.chart import Owned, describe
from payments.ledger.refusals import named

JOURNAL = (
    "SELECT ledger_journal_v2(%s::uuid[], %s::text[], %s::bigint[], %s, %s, %s, %s,"
    " %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::boolean[])"
)

_ONE = "SELECT ledger_transfer_v1(%s, %s, %s, %s, %s, %s, %s, %s, %s)"
_SEVERAL = (
    "SELECT ledger_post_v2(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[],"
    " %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s)"
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One line to be written.

    Attributes:
        id: Derived from the fact and the kind; see ``make_journal``.
        journal: The fact's journal.
        kind: A verb of ``TransferKind``.
        debit: Id of the account that the amount leaves.
        credit: Id of the account that the amount reaches.
        amount: A positive amount.
        payment_ref: Public id of the payment or payout the line is for.
    """

    id: UUID
    journal: UUID
    kind: str
    debit: int
    credit: int
    amount: Money
    payment_ref: str


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer whose accounts are still named, not numbered.

    One fact has at most one line of each kind; ``post_journal`` leaves out a line of nothing.
    """

    kind: TransferKind
    debit: Owned
    credit: Owned
    amount: Money


def make_journal(fact: str, name: str) -> UUID:
    """Return the journal id of one fact of a payment or payout.

    Args:
        fact: Public id of the payment or payout.
        name: Which of its facts, such as ``collect``; two facts must not share a name.
    """
    return derive_uuid(fact, f"journal/{name}")


def make_transfer_id(fact: str, kind: TransferKind) -> UUID:
    """Return the one id that a kind of transfer has for a payment or payout."""
    return derive_uuid(fact, kind.value)


def journal_arguments(fact: str, lines: Sequence[Line], moment: datetime) -> list[Any]:
    """Return the arguments of ``ledger_journal_v2`` for the lines of one fact.

    Functions of payments that post within a larger statement hand them on as they are.

    Args:
        fact: Public id of the payment or payout.
        lines: At least one, all of one currency, none of nothing.
        moment: The business moment of the fact.
    """
    sides = [side for line in lines for side in (line.debit, line.credit)]
    return [
        [make_transfer_id(fact, line.kind) for line in lines],
        [line.kind.value for line in lines],
        [line.amount.amount_minor for line in lines],
        make_journal(fact, lines[0].kind.value),
        lines[0].amount.currency,
        fact,
        moment,
        *describe(sides),
    ]


def post_journal(fact: str, lines: Sequence[Line], moment: datetime) -> None:
    """Write all transfers of one fact, or none.

    Finds or opens the accounts, derives the ids, leaves out lines of nothing (a fee of 0 is no
    transfer) and posts the rest in the order given. All lines must be of one currency.

    Args:
        fact: Public id of the payment or payout.
        lines: What moves, at most one line of each kind.
        moment: The business moment of the fact.

    Raises:
        InsufficientFunds: An account would fall below its floor.
        TransferContradicted: The fact was posted before with other content.

    Transaction: joins (one statement).
    """
    moving = [line for line in lines if line.amount]
    if not moving:
        return
    with connection.cursor() as cursor:
        try:
            cursor.execute(JOURNAL, journal_arguments(fact, moving, moment))
        except DatabaseError as error:
            raise named(error) from error


def post(transfers: Sequence[Transfer], moment: datetime) -> None:
    """Write transfers, all or none; those already written are left as they are.

    Floors must hold after each transfer in the order given, not only at the end.

    Args:
        transfers: At least one. They may belong to several facts and currencies.
        moment: The business moment written on every line.

    Raises:
        InsufficientFunds: An account would fall below its floor. The database transaction is
            broken then; its owner rolls back.
        TransferContradicted: An id was posted before with other content.
        LedgerRefused: An account does not exist in the transfer's currency.

    Transaction: joins (one statement).
    """
    columns: list[list[Any]] = [
        [each.id for each in transfers],
        [each.journal for each in transfers],
        [each.kind for each in transfers],
        [each.debit for each in transfers],
        [each.credit for each in transfers],
        [each.amount.amount_minor for each in transfers],
        [each.amount.currency for each in transfers],
        [each.payment_ref for each in transfers],
    ]
    with connection.cursor() as cursor:
        try:
            if len(transfers) == 1:
                cursor.execute(_ONE, [*(column[0] for column in columns), moment])
            else:
                cursor.execute(_SEVERAL, [*columns, moment])
        except DatabaseError as error:
            raise named(error) from error


def reserve(*, fact: str, party_id: int, amount: Money, moment: datetime) -> None:
    """Take a payment's amount out of a party's balance; it is then in flight.

    Args:
        fact: Public id of the payment.
        party_id: The payer.
        amount: What leaves the balance.
        moment: The business moment.

    Raises:
        InsufficientFunds: The balance is smaller than the amount.

    Transaction: joins (one statement).
    """
    line = Line(
        TransferKind.RESERVE,
        debit=Owned(LedgerKind.BALANCE, party_id),
        credit=Owned(LedgerKind.IN_FLIGHT, party_id),
        amount=amount,
    )
    post_journal(fact, [line], moment)
