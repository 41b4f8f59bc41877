"""The books: the one door through which money is written down.

What the books are
------------------
The books say who owes whom how much, and how that came about. They are made of *accounts* and
*transfers*. A transfer is one line: an amount leaves one account (its debit side) and reaches
another (its credit side). Nothing else changes a balance, so no money appears or disappears
inside the books: whatever one account loses, another gains, in the same line.

A *journal* groups the transfers of one fact. A completed purchase is one fact and three
transfers: the money is collected at the payer's bank, delivered to the shop, and the fee is
taken from the shop. They are posted together or not at all.

The sign of a balance
---------------------
The balance of an account is the sum of its credits less the sum of its debits. Seen from the
operator, a positive balance is what it owes to the owner of the account; the negative balance
of a bank's clearing account is what that bank holds for the operator. All balances of one
currency add up to zero, always.

The chart of accounts
---------------------
Where the operator may not hold customers' money these are clearing books: money is on its way
and nothing rests in them. ``CHART`` has a line for each kind; ``docs/ledger.md`` lists every verb.

Floors
------
The floor of an account is its lowest allowed balance. A person's or a shop's account has the
floor 0; clearing accounts have none. The floor is a CHECK constraint of the table, so a mistake
in Python cannot break it, and neither can a hundred payments at the same moment: the database
serialises them on the account's row and refuses all those that do not fit. The refusal arrives
here as ``InsufficientFunds``.

Busy accounts
-------------
An account that everybody touches would make everybody wait for its row. Such an account takes
an *inbox*: a transfer adds a row there instead of changing the balance, and the clock folds the
rows into the balance a little later. The true balance is balance plus unfolded inbox, exact at
every moment; ``read_balance`` returns it. A debit of an inbox account that has a floor takes
the row lock and folds first, because only the full sum can say whether the floor holds.

Idempotency
-----------
The id of a transfer is derived from the fact and the kind, never chosen by a client. Posting the
same fact again changes nothing; something else under a known id is ``TransferContradicted``.

Locks
-----
``post`` locks accounts in order of their ids, however the transfers are ordered, so opposite
transfers never wait for each other in a circle. A caller that also locks conversations does so
after posting, last of all.

What is never done
------------------
A line is never changed or removed: a trigger refuses it, and the application's role has no
right to. A mistake is corrected by another line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _

from core.errors import TrocoError
from core.ids import derive_uuid
from core.money import Money
from payments.enums import LedgerKind, TransferKind

FLOOR_CONSTRAINT = "payments_ledgeraccount_floor_holds"
_CONTRADICTED = "TR003"
_NO_ACCOUNT = "TR002"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is the same for all accounts of one kind.

    Attributes:
        owner: ``party``, ``bank``, or ``house`` for an account of the operator itself.
        floor: The lowest allowed balance in minor units; None where there is none.
        takes_inbox: Whether transfers go to the inbox instead of the row.
    """

    owner: str
    floor: int | None
    takes_inbox: bool


CHART: Mapping[str, Shape] = MappingProxyType(
    {
        # What a bank holds for us (negative) or we owe it (positive). Every payment of that bank
        # touches it, and it may lie on either side of zero.
        LedgerKind.BANK_CLEARING: Shape("bank", floor=None, takes_inbox=True),
        # A party's money on its way: collected and not yet delivered, or claimed by a settlement
        # and not yet executed. It cannot be negative: only collected money can be delivered.
        LedgerKind.IN_FLIGHT: Shape("party", floor=0, takes_inbox=False),
        # What the operator owes a shop for its sales. Many payers credit one shop at once; the
        # settlement debits it once a day.
        LedgerKind.PAYABLE: Shape("party", floor=0, takes_inbox=True),
        # A person's own money, only where the licence lets the operator hold it.
        LedgerKind.BALANCE: Shape("party", floor=0, takes_inbox=False),
        # The operator's income. Touched by every purchase.
        LedgerKind.FEE_INCOME: Shape("house", floor=None, takes_inbox=True),
        # Money on a statement that nobody here asked for, until a person finds out.
        LedgerKind.SUSPENSE: Shape("house", floor=None, takes_inbox=True),
        # What is left when an amount does not divide evenly.
        LedgerKind.ROUNDING: Shape("house", floor=None, takes_inbox=True),
    }
)


class InsufficientFunds(TrocoError):
    """The account does not hold as much as should leave it; nothing was moved."""

    code = "insufficient_funds"
    http_status = 422
    words = _("There is not enough money for this. Nothing was moved.")


class TransferContradicted(RuntimeError):
    """A fact was posted before with other content: a bug, to be looked at by a person."""


class LedgerRefused(RuntimeError):
    """A transfer names an account that does not exist in its currency: a bug."""


@dataclass(frozen=True, slots=True)
class Owned:
    """Names an account by what it is, before its id is known.

    ``bank`` is the slug of a bank; which of the two owners is given follows from the kind.
    """

    kind: LedgerKind
    party_id: int | None = None
    bank: str = ""


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


def account(
    kind: str, currency: str, party_id: int | None = None, bank_id: str | None = None
) -> int:
    """Return the id of an account of the chart, opening it when it does not exist yet.

    Two callers may ask for a new account at once; both get the same one.

    Args:
        kind: A kind of ``CHART``.
        currency: ISO 4217 code.
        party_id: The owner, for a kind that belongs to a party.
        bank_id: The bank's slug, for a kind that belongs to a bank.

    Raises:
        LedgerRefused: The owner does not fit the kind.

    Transaction: none (one statement; may run inside a transaction).
    """
    return accounts([Owned(LedgerKind(kind), party_id, bank_id or "")], currency)[0]


def accounts(owned: Sequence[Owned], currency: str) -> list[int]:
    """Return the ids of several accounts in one currency, in the order given, in one statement.

    Args:
        owned: The accounts; the same one may be named twice.
        currency: ISO 4217 code of all of them.

    Raises:
        LedgerRefused: An owner does not fit its kind.

    Transaction: none (one statement; may run inside a transaction).
    """
    for each in owned:
        _check_owner(each)
    shapes = [CHART[each.kind] for each in owned]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_accounts_v1(%s::text[], %s::bigint[], %s::text[], %s::text[],"
            " %s::bigint[], %s::boolean[])",
            [
                [each.kind.value for each in owned],
                [each.party_id for each in owned],
                [each.bank for each in owned],
                [currency] * len(owned),
                [shape.floor for shape in shapes],
                [shape.takes_inbox for shape in shapes],
            ],
        )
        return list(cursor.fetchone()[0])


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

    Transaction: joins (two statements).
    """
    moving = [line for line in lines if line.amount]
    if not moving:
        return
    sides = [side for line in moving for side in (line.debit, line.credit)]
    ids = accounts(sides, moving[0].amount.currency)
    journal = make_journal(fact, moving[0].kind.value)
    post(
        [
            Transfer(
                id=make_transfer_id(fact, line.kind),
                journal=journal,
                kind=line.kind.value,
                debit=ids[2 * place],
                credit=ids[2 * place + 1],
                amount=line.amount,
                payment_ref=fact,
            )
            for place, line in enumerate(moving)
        ],
        moment,
    )


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
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT ledger_post_v1(%s::uuid[], %s::uuid[], %s::text[], %s::bigint[],"
                " %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s)",
                [
                    [each.id for each in transfers],
                    [each.journal for each in transfers],
                    [each.kind for each in transfers],
                    [each.debit for each in transfers],
                    [each.credit for each in transfers],
                    [each.amount.amount_minor for each in transfers],
                    [each.amount.currency for each in transfers],
                    [each.payment_ref for each in transfers],
                    moment,
                ],
            )
        except DatabaseError as error:
            raise _named(error) from error


def reserve(*, fact: str, party_id: int, amount: Money, moment: datetime) -> None:
    """Take a payment's amount out of a party's balance; it is then in flight.

    Args:
        fact: Public id of the payment.
        party_id: The payer.
        amount: What leaves the balance.
        moment: The business moment.

    Raises:
        InsufficientFunds: The balance is smaller than the amount.

    Transaction: joins (two statements).
    """
    line = Line(
        TransferKind.RESERVE,
        debit=Owned(LedgerKind.BALANCE, party_id),
        credit=Owned(LedgerKind.IN_FLIGHT, party_id),
        amount=amount,
    )
    post_journal(fact, [line], moment)


def read_balance(account_id: int) -> Money:
    """Return the true balance of an account: what is folded plus what waits in the inbox.

    One statement, so one snapshot: a fold that runs meanwhile changes neither sum nor answer.

    Raises:
        LedgerRefused: There is no such account.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.balance + coalesce((SELECT sum(i.delta_minor) FROM payments_ledgerinbox i"
            " WHERE i.account_id = a.id), 0), a.currency"
            " FROM payments_ledgeraccount a WHERE a.id = %s",
            [account_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise LedgerRefused(f"There is no account {account_id}.")
    return Money(int(row[0]), row[1])


def fold(account_id: int) -> int:
    """Fold one account's inbox into its balance and return the change in minor units.

    Transaction: none (one statement; may run inside a transaction).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_fold_v1(%s)", [account_id])
        return int(cursor.fetchone()[0])


def _check_owner(owned: Owned) -> None:
    """Refuse an account whose owner does not fit its kind."""
    given = "party" if owned.party_id is not None else "bank" if owned.bank else "house"
    if (owned.party_id is not None and owned.bank) or CHART[owned.kind].owner != given:
        raise LedgerRefused(
            f"An account {owned.kind.value} belongs to a {CHART[owned.kind].owner}."
        )


def _named(error: DatabaseError) -> Exception:
    """Give a database error of the books its name; any other error stays what it is."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if constraint == FLOOR_CONSTRAINT:
        return InsufficientFunds()
    if state == _CONTRADICTED:
        return TransferContradicted(str(cause))
    if state == _NO_ACCOUNT:
        return LedgerRefused(str(cause))
    return error
