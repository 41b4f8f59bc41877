"""What a shop is owed, and what takes from it beside a payout.

``payable`` in the books is always the sum of the shop's sales and entries that no payout holds,
plus the payouts that came back and were not made anew. Whoever takes from it locks the shop's
payout account first, as the claim of a settlement does: the two then never count the same money.
"""

from datetime import datetime

from django.db.models import Sum

from core.ids import new_id
from core.money import Money
from core.transactions import joins
from payments import ledger
from payments.enums import EntryKind, LedgerKind, PayoutState
from payments.models import Dispute, PayableEntry, Payout, PayoutAccount, Refund

CAME_BACK = (
    PayoutState.READY,
    PayoutState.REJECTED,
    PayoutState.NOT_EXECUTED,
    PayoutState.RETURNED,
)
"""A payout in one of these is owed again, and waits to be made anew."""


@joins
def lock_payable(*, party_id: int) -> None:
    """Let nobody else take from what a party is owed until the caller commits.

    Transaction: joins.
    """
    rows = PayoutAccount.objects.select_for_update(no_key=True, of=("self",))
    list(rows.filter(party_id=party_id, replaced_at__isnull=True).order_by("id"))


@joins
def free_payable(*, party_id: int, currency: str) -> Money:
    """Return what may be taken from what a party is owed.

    A payout that came back is owed again and will be made anew, so it is not to be had.

    Transaction: joins (after ``lock_payable``).
    """
    account = ledger.account(LedgerKind.PAYABLE, currency, party_id=party_id)
    back = Payout.objects.filter(party_id=party_id, currency=currency, state__in=CAME_BACK)
    promised = back.aggregate(sum=Sum("net_minor"))["sum"] or 0
    owed = ledger.read_balance(account).amount_minor
    return Money(max(owed - int(promised), 0), currency)


@joins
def write_entry(
    *, party_id: int, kind: EntryKind, delta: Money, moment: datetime, cause: Refund | Dispute
) -> PayableEntry | None:
    """Note that something changed what a party is owed; of nothing there is no entry.

    Args:
        party_id: Whose.
        kind: What.
        delta: Less than nothing when it took something.
        moment: The business moment.
        cause: The refund or the dispute it belongs to.

    Transaction: joins (the caller posts the same to the books).
    """
    if not delta:
        return None
    return PayableEntry.objects.create(
        public_id=new_id("ent"),
        party_id=party_id,
        currency=delta.currency,
        kind=kind.value,
        delta_minor=delta.amount_minor,
        refund=cause if isinstance(cause, Refund) else None,
        dispute=cause if isinstance(cause, Dispute) else None,
        at=moment,
    )
