"""A chargeback that its issuer gave back after all, when the shop had borne it already.

A lost dispute covered what the issuer took out of what was held for it. Comes the money back later,
it is the shop's again, less the fee that the house had given up with it: an entry of what the shop
is owed, which its next payout takes along. The dispute stays lost, and the payment refunded: that
is what was told to its payer. Nothing of it is chased any more.
"""

from datetime import datetime

from core.errors import StateConflict
from core.money import Money
from core.transactions import joins
from payments import ledger
from payments.enums import DisputeState, EntryKind, LedgerKind, RefundState, TransferKind
from payments.ledger import Line, Owned
from payments.models import Chargeback, Dispute, Refund
from payments.services.dispute_holds import release_money, source_of_hold
from payments.services.dispute_moves import clear_payment
from payments.services.payables import lock_payable, write_entry

GAVE_BACK = "the card's issuer gave the money back after all"
_OVER = (RefundState.COMPLETED, RefundState.FAILED, RefundState.DECLINED)


def is_covering(dispute: Dispute) -> bool:
    """Tell whether what a lost dispute held is still on its way to cover what was taken.

    Transaction: none (one query).
    """
    return Refund.objects.filter(dispute=dispute).exclude(state__in=_OVER).exists()


@joins
def book_win(*, chargeback: Chargeback, dispute: Dispute, moment: datetime) -> Money:
    """Give the shop back what it had borne of a chargeback, and end the chase of the rest.

    Changes: the dispute's amounts, the books (``won_back``, ``won_back_fee``, ``hold_release``), an
    entry of what the shop is owed; perhaps the payment, if nothing had been covered yet.

    Args:
        chargeback: The issuer gave it back.
        dispute: Lost, locked, with its payment; nothing of it is on its way.
        moment: The business moment.

    Returns:
        What the shop is owed again.

    Raises:
        StateConflict: The dispute is not lost.

    Transaction: joins.
    """
    if dispute.state != DisputeState.LOST:
        raise StateConflict(state=dispute.state)
    borne, fee = _borne(dispute)
    dispute.chase_until = dispute.due_at = None
    release_money(dispute=dispute, moment=moment)
    dispute.decision_reason = GAVE_BACK
    dispute.save()
    clear_payment(dispute=dispute, moment=moment)
    source, payee = source_of_hold(dispute.payment), dispute.payee_id
    if source is None or not borne:
        return borne
    if source == LedgerKind.PAYABLE:
        lock_payable(party_id=payee)
        write_entry(
            party_id=payee, kind=EntryKind.REFUND_WON, delta=borne, moment=moment, cause=dispute
        )
    there = Owned(LedgerKind.CHARGEBACKS)
    lines = [
        Line(TransferKind.WON_BACK, there, Owned(source, payee), borne),
        Line(TransferKind.WON_BACK_FEE, there, Owned(LedgerKind.FEE_INCOME), fee),
    ]
    ledger.post_journal(chargeback.public_id, [line for line in lines if line.amount], moment)
    return borne


def _borne(dispute: Dispute) -> tuple[Money, Money]:
    """Return what the payee bore of a dispute's refunds, and what the house gave up of its fee."""
    done = Refund.objects.filter(dispute=dispute, state=RefundState.COMPLETED)
    rows = list(done.values_list("amount_minor", "fee_minor"))
    fee = sum(fee_minor for _, fee_minor in rows)
    whole = sum(amount_minor for amount_minor, _ in rows)
    return Money(whole - fee, dispute.currency), Money(fee, dispute.currency)
