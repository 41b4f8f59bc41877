"""The chart of accounts, and the ids of its accounts.

An account is named by what it is: a kind and the party or bank that it belongs to. Its id is
looked up when it is first needed, and it is opened when it does not exist yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db import connection

from payments.enums import LedgerKind
from payments.ledger.refusals import LedgerRefused


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
        # Money of a party that is disputed: neither paid out nor refunded until it is decided.
        LedgerKind.HELD: Shape("party", floor=0, takes_inbox=False),
        # The operator's income. Touched by every purchase.
        LedgerKind.FEE_INCOME: Shape("house", floor=None, takes_inbox=True),
        # Money on a statement that nobody here asked for, until a person finds out.
        LedgerKind.SUSPENSE: Shape("house", floor=None, takes_inbox=True),
        # What is left when an amount does not divide evenly.
        LedgerKind.ROUNDING: Shape("house", floor=None, takes_inbox=True),
        # What banks took for their work.
        LedgerKind.BANK_CHARGES: Shape("house", floor=None, takes_inbox=True),
        # What two people gave up looking for: money nobody claimed, and what never came back.
        LedgerKind.WRITE_OFFS: Shape("house", floor=None, takes_inbox=True),
        # What issuers of cards took back and no shop has borne yet; a loss is negative.
        LedgerKind.CHARGEBACKS: Shape("house", floor=None, takes_inbox=True),
    }
)


@dataclass(frozen=True, slots=True)
class Owned:
    """Names an account by what it is, before its id is known.

    ``bank`` is the slug of a bank; which of the two owners is given follows from the kind.
    """

    kind: LedgerKind
    party_id: int | None = None
    bank: str = ""


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
    kinds, parties, banks, floors, inboxes = describe(owned)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_accounts_v3(%s::text[], %s::bigint[], %s::text[], %s::text[],"
            " %s::bigint[], %s::boolean[])",
            [kinds, parties, banks, [currency] * len(owned), floors, inboxes],
        )
        return list(cursor.fetchone()[0])


def describe(owned: Sequence[Owned]) -> tuple[list[Any], ...]:
    """Return what the SQL functions need to find or open accounts, as five lists of one length.

    They are the kinds, the parties, the banks, the floors, and whether each takes an inbox.

    Raises:
        LedgerRefused: An owner does not fit its kind.
    """
    for each in owned:
        _check_owner(each)
    shapes = [CHART[each.kind] for each in owned]
    return (
        [each.kind.value for each in owned],
        [each.party_id for each in owned],
        [each.bank for each in owned],
        [shape.floor for shape in shapes],
        [shape.takes_inbox for shape in shapes],
    )


def _check_owner(owned: Owned) -> None:
    """Refuse an account whose owner does not fit its kind."""
    given = "party" if owned.party_id is not None else "bank" if owned.bank else "house"
    if (owned.party_id is not None and owned.bank) or CHART[owned.kind].owner != given:
        raise LedgerRefused(
            f"An account {owned.kind.value} belongs to a {CHART[owned.kind].owner}."
        )
