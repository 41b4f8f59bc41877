"""The money of a dispute: held while it is open, and then given to one side or the other.

What is held is the payee's part: the disputed amount less the fee that would go back with it. It
is taken from what a shop is owed, or from a person's balance where the operator may hold one.
Anywhere else the money is not the operator's to hold: the dispute is recorded, and nothing more.

Where there is less than should be held, all there is is held and the rest is noted; the clock
takes it from later sales. When a dispute is lost, what is held goes back to the payer along the
payment's own trace, as a refund; what was short follows while the country's terms chase it.
"""

from datetime import datetime

from core.ids import new_id
from core.money import Money
from core.transactions import joins
from payments import ledger
from payments.enums import (
    BOOKS,
    DisputeState,
    EntryKind,
    LedgerKind,
    LegKind,
    PaymentKind,
    RefundState,
    TransferKind,
)
from payments.ledger import Line, Owned
from payments.models import Dispute, Payment, Refund
from payments.services.dispute_moves import clear_payment, move_dispute
from payments.services.payables import free_payable, lock_payable, write_entry
from payments.services.refund_amounts import net_of, rest_of
from payments.services.refunds import refund_dispute
from payments.states import DISPUTE_MOVES

_GONE = (RefundState.FAILED, RefundState.DECLINED)


@joins
def hold_money(*, dispute: Dispute, moment: datetime, source: LedgerKind | None) -> None:
    """Hold as much of what is short as is there.

    Changes: the dispute's amounts (on the object; the caller saves it), the books (``hold``), for
    a shop an entry.

    Args:
        dispute: Locked, with its payment.
        moment: The business moment.
        source: Where the money is; None where it is not the operator's to hold.

    Transaction: joins.
    """
    payee, currency = dispute.payee_id, dispute.currency
    there = Money(0, currency)
    if source == LedgerKind.PAYABLE:
        lock_payable(party_id=payee)
        there = free_payable(party_id=payee, currency=currency)
    elif source == LedgerKind.BALANCE:
        there = ledger.read_available(ledger.account(source, currency, party_id=payee))
    taken = Money(max(min(dispute.short_minor, there.amount_minor), 0), currency)
    if not taken or source is None:
        return
    fact = dispute.public_id
    if source == LedgerKind.PAYABLE:
        entry = write_entry(
            party_id=payee, kind=EntryKind.HOLD, delta=-taken, moment=moment, cause=dispute
        )
        fact = entry.public_id if entry else new_id("ent")
    line = Line(TransferKind.HOLD, Owned(source, payee), Owned(LedgerKind.HELD, payee), taken)
    ledger.post_journal(fact, [line], moment)
    dispute.held_minor += taken.amount_minor
    dispute.short_minor -= taken.amount_minor


@joins
def release_money(*, dispute: Dispute, moment: datetime, kept: Money | None = None) -> None:
    """Let go of what is held, back to where it was taken from; nothing is short any more.

    Changes: the dispute's amounts (on the object; the caller saves it), the books
    (``hold_release``), for a shop an entry.

    Args:
        dispute: Locked, with its payment.
        moment: The business moment.
        kept: What goes on being held; None for nothing.

    Transaction: joins.
    """
    keep = kept or Money(0, dispute.currency)
    held = Money(dispute.held_minor, dispute.currency) - keep
    dispute.held_minor, dispute.short_minor = keep.amount_minor, 0
    source = source_of_hold(dispute.payment)
    if not held or source is None:
        return
    payee, fact = dispute.payee_id, dispute.public_id
    if source == LedgerKind.PAYABLE:
        lock_payable(party_id=payee)
        entry = write_entry(
            party_id=payee, kind=EntryKind.RELEASE, delta=held, moment=moment, cause=dispute
        )
        fact = entry.public_id if entry else fact
    back = Line(
        TransferKind.HOLD_RELEASE, Owned(LedgerKind.HELD, payee), Owned(source, payee), held
    )
    ledger.post_journal(fact, [back], moment)


@joins
def close_for_payee(*, dispute: Dispute, to: DisputeState, moment: datetime, actor: str) -> None:
    """Close a dispute in favour of the payee: won, withdrawn or expired.

    Changes: the dispute, the payment (what it was), the books (``hold_release``). Publishes:
    ``dispute.<state>``, ``payment.cleared``.

    Raises:
        StateConflict: It cannot end so from where it is.

    Transaction: joins.
    """
    DISPUTE_MOVES.check(dispute.state, to)
    release_money(dispute=dispute, moment=moment)
    clear_payment(dispute=dispute, moment=moment)
    move_dispute(dispute=dispute, to=to, moment=moment, actor=actor)


@joins
def pay_back(*, dispute: Dispute, moment: datetime) -> Refund | None:
    """Give the payer of a lost dispute what is held for them, and note what is still short.

    Where nothing more is owed, what is left of the hold goes back to the payee; where nothing is
    held and nothing will be, the payment is what it was.

    Changes: the dispute, perhaps a refund with all that it changes, the payment. Publishes:
    ``refund.approved``, or the payment's state.

    Args:
        dispute: Lost, locked, with its payment.
        moment: The business moment.

    Transaction: joins.
    """
    owed, amount = owed_of(dispute), _to_refund(dispute)
    is_chased = dispute.chase_until is not None and moment < dispute.chase_until
    is_over = amount == owed or not is_chased
    if is_over:
        # The refund's news locks the conversation, which comes after everything in the books.
        kept = net_of(dispute.payment, amount) if amount else amount
        release_money(dispute=dispute, moment=moment, kept=kept)
        dispute.chase_until = dispute.due_at = None
    refund = _refund_held(dispute, amount)
    if not is_over:
        needed = net_of(dispute.payment, owed_of(dispute)).amount_minor
        dispute.short_minor = max(needed - dispute.held_minor, 0)
    dispute.save()
    if is_over and not _is_going_back(dispute):
        clear_payment(dispute=dispute, moment=moment)
    return refund


def _to_refund(dispute: Dispute) -> Money:
    """Return how much of what is owed the held money can give back."""
    owed = owed_of(dispute)
    is_enough = dispute.held_minor >= net_of(dispute.payment, owed).amount_minor
    if not owed or not dispute.held_minor:
        return Money(0, owed.currency)
    return owed if is_enough else Money(dispute.held_minor, owed.currency)


def _refund_held(dispute: Dispute, amount: Money) -> Refund | None:
    """Begin a refund of a part of what is held, if it is anything."""
    if not amount:
        return None
    key = f"{dispute.public_id}/{dispute.refunds.count()}"
    refund = refund_dispute(dispute=dispute, amount=amount, key=key)
    dispute.held_minor -= refund.amount_minor - refund.fee_minor
    counts = ["refunding_minor", "refunded_minor", "fee_refunded_minor"]
    dispute.payment.refresh_from_db(fields=counts)
    return refund


def source_of_hold(payment: Payment) -> LedgerKind | None:
    """Return where a payee's money can be held; None where the operator has none of it.

    Transaction: none.
    """
    if payment.kind == PaymentKind.PURCHASE:
        return LedgerKind.PAYABLE
    if payment.legs.filter(kind=LegKind.CREDIT, rail=BOOKS).exists():
        return LedgerKind.BALANCE
    return None


def owed_of(dispute: Dispute) -> Money:
    """Return what the payer of a lost dispute has not been given back, nor is about to be.

    Transaction: none.
    """
    given = Refund.objects.filter(dispute=dispute).exclude(state__in=_GONE)
    back = sum(given.values_list("amount_minor", flat=True))
    left = min(dispute.amount_minor - back, rest_of(dispute.payment).amount_minor)
    return Money(max(left, 0), dispute.currency)


def _is_going_back(dispute: Dispute) -> bool:
    return Refund.objects.filter(dispute=dispute).exclude(state__in=_GONE).exists()
