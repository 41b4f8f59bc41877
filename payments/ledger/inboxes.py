"""Reading a balance exactly, and folding inboxes so that reading stays cheap."""

from django.db import connection

from core.money import Money
from payments.ledger.refusals import LedgerRefused


def read_balance(account_id: int) -> Money:
    """Return the true balance of an account: what is folded plus what waits in the inbox.

    One statement, so one snapshot: a fold that runs meanwhile changes neither sum nor answer.

    Raises:
        LedgerRefused: There is no such account.
    """
    return _read(account_id, "a.balance")


def read_available(account_id: int) -> Money:
    """Return what may be spent of an account: the true balance less what is held.

    Raises:
        LedgerRefused: There is no such account.
    """
    return _read(account_id, "a.balance - a.held")


def fold(account_id: int) -> int:
    """Fold one account's inbox into its balance and return the change in minor units.

    Transaction: none (one statement; may run inside a transaction).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_fold_v1(%s)", [account_id])
        return int(cursor.fetchone()[0])


def fold_many(most: int) -> int:
    """Fold the inboxes of at most so many accounts, and return how many had something.

    The accounts' rows are locked together, in order of id, until the caller commits.

    Transaction: none (one statement; may run inside a transaction).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_fold_many_v1(%s)", [most])
        return int(cursor.fetchone()[0])


def _read(account_id: int, what: str) -> Money:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {what} + coalesce((SELECT sum(i.delta_minor)"  # noqa: S608 - words of this module.
            " FROM payments_ledgerinbox i WHERE i.account_id = a.id), 0), a.currency"
            " FROM payments_ledgeraccount a WHERE a.id = %s",
            [account_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise LedgerRefused(f"There is no account {account_id}.")
    return Money(int(row[0]), row[1])
