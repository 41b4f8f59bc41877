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
The floor of an account is its lowest allowed balance, not counting what is held. A person's or a
shop's account has the floor 0; clearing accounts have none. The floor is a CHECK constraint of
the table, so a mistake in Python cannot break it, and neither can a hundred payments at the same
moment: the database serialises them on the account's row and refuses all those that do not fit.
The refusal arrives here as ``InsufficientFunds``.

Busy accounts
-------------
An account that everybody touches would make everybody wait for its row. Such an account takes
an *inbox*: a transfer adds a row there instead of changing the balance, and the clock folds the
rows into the balance a little later. The true balance is balance plus unfolded inbox, exact at
every moment; ``read_balance`` returns it. A debit of an inbox account that has a floor takes
the row lock and folds first, because only the full sum can say whether the floor holds. The
chart gives some kinds an inbox from the start; any other account gets one by itself, as soon as
credits have waited for its row again and again.

Holds
-----
A *hold* keeps an amount of an account from being spent and moves nothing. It ends once: captured,
wholly or in part, which writes a transfer; or voided. What is held lowers what is available,
never the balance.

Idempotency
-----------
The id of a transfer is derived from the fact and the kind, never chosen by a client. Posting the
same fact again changes nothing; something else under a known id is ``TransferContradicted``.

Locks
-----
Every function locks accounts in order of their ids, however the transfers are ordered, so
opposite transfers never wait for each other in a circle. A caller that also locks conversations
does so after posting, last of all.

What is never done
------------------
A line is never changed or removed: a trigger refuses it, and the application's role has no
right to. A mistake is corrected by another line.

Which call
----------
- ``post_journal``: all transfers of one fact, accounts named by what they are; one statement.
- ``post_batch``: many transfers that stand for themselves; a bad one fails alone.
- ``post``: transfers of several facts that stand or fall together.
- ``hold``, ``capture``, ``void``: two steps.
- ``read_balance``, ``fold``, ``fold_many``: reading, and keeping it short to read.
- ``mark_accounts``: what they came to by a moment, for who reads the past.
"""

from payments.ledger.batches import post_batch
from payments.ledger.chart import CHART, Owned, Shape, account, accounts
from payments.ledger.holds import capture, hold, make_hold_id, void
from payments.ledger.inboxes import fold, fold_many, read_available, read_balance
from payments.ledger.marks import mark_accounts
from payments.ledger.posting import (
    Line,
    Transfer,
    journal_arguments,
    make_journal,
    make_transfer_id,
    post,
    post_journal,
    reserve,
)
from payments.ledger.refusals import (
    FLOOR_CONSTRAINT,
    HoldEnded,
    HoldExceeded,
    InsufficientFunds,
    LedgerRefused,
    TransferContradicted,
    named,
)

__all__ = [
    "CHART",
    "FLOOR_CONSTRAINT",
    "HoldEnded",
    "HoldExceeded",
    "InsufficientFunds",
    "LedgerRefused",
    "Line",
    "Owned",
    "Shape",
    "Transfer",
    "TransferContradicted",
    "account",
    "accounts",
    "capture",
    "fold",
    "fold_many",
    "hold",
    "journal_arguments",
    "make_hold_id",
    "make_journal",
    "make_transfer_id",
    "mark_accounts",
    "named",
    "post",
    "post_batch",
    "post_journal",
    "read_available",
    "read_balance",
    "reserve",
    "void",
]
