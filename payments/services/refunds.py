"""Giving money of a purchase back: who may, how much, and from whose money.

A refund goes back to the very account that the payment came from, never anywhere else. It comes
out of what the shop is owed, together with the operator, who gives its fee back in proportion.
The shares of several refunds are rounded so that refunding all gives back exactly the whole fee.

From ``approved`` on the money is no longer the shop's to be paid out: it is in flight. Carrying
it to the payer's bank is ``services.refunding``.

Locks, in order: the payment, the refund, the country's capability (shared), the shop's payout
account, ledger accounts; conversations last.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import CurrencyMismatch, InputInvalid, StateConflict, TrocoError
from core.events import publish
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns
from payments import ledger
from payments.enums import (
    BOOKS,
    Capability,
    EntryKind,
    LedgerKind,
    LegKind,
    PaymentKind,
    RefundOrigin,
    RefundReason,
    RefundState,
    TransferKind,
)
from payments.ledger import InsufficientFunds, Line, Owned
from payments.models import Dispute, Leg, Payment, Refund
from payments.queries.terms import terms_of
from payments.services.availability import refuse_if_stopped
from payments.services.holds import SecondPersonNeeded
from payments.services.moving import SYSTEM
from payments.services.payables import free_payable, lock_payable, write_entry
from payments.services.refund_amounts import fee_given_back, rest_of
from payments.services.refund_moves import (
    actor_of,
    is_chargeback,
    lock_refund,
    lock_refunded,
    move_refund,
    source_of,
    write_refund_move,
)
from payments.services.taken_back import refuse_again
from payments.states import REFUNDABLE
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LONGEST_NOTE = 140
LONGEST_KEY = 64


class RefundExceedsRest(TrocoError):
    """More than is left of the payment was to be given back; ``rest`` says what is left."""

    code = "refund_exceeds_rest"
    http_status = 422
    words = _("This is more than is left of the payment. Give back what is left, or less.")


class NotRefundable(TrocoError):
    """The payment is no purchase that the shop was paid for."""

    code = "not_refundable"
    http_status = 409
    words = _("Only a completed purchase can be refunded. Money between people is sent back.")


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What somebody would like to give back.

    Attributes:
        payment_id: Public id of the payment.
        amount: How much; None for all that is left.
        reason: A ``RefundReason``.
        note: In words, for the payer; at most 140 characters.
        key: Names this wish for ever: asked for again it is the same refund.
    """

    payment_id: str
    amount: Money | None
    reason: str
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants the refund, and in whose name.

    Attributes:
        origin: Shop, staff or a lost dispute.
        person: Who of them; None for the house itself.
        party_id: The shop that the payment must be of; None where any will do.
    """

    origin: RefundOrigin
    person: "Person | None" = None
    party_id: int | None = None


@joins
def ask_refund(*, wish: RefundWish, by: Asker) -> Refund:
    """Begin a refund of a purchase, or have it wait for a second member of the staff.

    Changes: the refund with its history, the payment's count of refunds; once approved also its
    leg, the shop's entry and the books (``refund_claim``, ``refund_fee``). Publishes:
    ``refund.awaiting_second`` or ``refund.approved``.

    Args:
        wish: What to give back.
        by: Who asks.

    Returns:
        The refund, new or the one that this key made before.

    Raises:
        NotFound: There is no such payment, or it is another shop's.
        InputInvalid: The reason is unknown, or the note too long.
        NotRefundable: It is no purchase.
        StateConflict: The payment is not completed, is disputed, or was refunded in full.
        RefundExceedsRest: More than is left.
        CurrencyMismatch: The amount is in another currency.
        CapabilityClosed: A hold stops everything, refunds included.
        InsufficientFunds: The shop is owed less than that.
        BankTookBack: A refund of it was refused, and its bank's papers show that it was executed.

    Transaction: joins.
    """
    _check_wish(wish)
    payment = lock_refunded(payment_id=wish.payment_id, party_id=by.party_id)
    known = Refund.objects.filter(payment=payment, request_key=wish.key).first()
    if known is not None:
        return known
    moment = business_now()
    amount = _amount_of(payment, wish.amount)
    refuse_if_stopped(country=payment.country, capability=Capability.REFUND)
    above = _threshold(payment, by)
    refund = Refund.objects.create(
        public_id=new_id("rfn"),
        payment=payment,
        payee_id=payment.payee_id,
        amount_minor=amount.amount_minor,
        fee_minor=fee_given_back(payment, amount).amount_minor,
        currency=payment.currency,
        state=RefundState.AWAITING_SECOND.value,
        origin=by.origin.value,
        reason=wish.reason,
        note=wish.note.strip(),
        request_key=wish.key,
        asked_by=by.person,
        approval_above_minor=above,
        created_at=moment,
    )
    actor = actor_of(by.person)
    if above is not None and amount.amount_minor > above:
        write_refund_move(refund=refund, old="", moment=moment, actor=actor)
        publish("refund.awaiting_second", refund_id=refund.public_id, payment_id=payment.public_id)
        return refund
    _begin(refund, payment, "", moment, actor)
    return refund


@joins
def weigh_refund(*, wish: RefundWish, party_id: int) -> Money:
    """Return what a wish would give back now, and begin nothing.

    Raises:
        All that ``ask_refund`` raises of what is wished.

    Transaction: joins.
    """
    _check_wish(wish)
    return _amount_of(lock_refunded(payment_id=wish.payment_id, party_id=party_id), wish.amount)


@owns
def refund_as_staff(*, staff: "Person", wish: RefundWish, reason: str) -> Refund:
    """Give money back for a shop, by the operator's staff; above the threshold two must.

    Changes: what ``ask_refund`` changes, an audit entry. Publishes what it publishes.

    Args:
        staff: Who decides.
        wish: What to give back.
        reason: In words, for the audit.

    Raises:
        All that ``ask_refund`` raises.

    Transaction: owns.
    """
    refund = ask_refund(wish=wish, by=Asker(RefundOrigin.STAFF, staff))
    _audit(refund, staff, "refund.asked", reason)
    return refund


@owns
def approve_refund(*, staff: "Person", refund_id: str, reason: str) -> Refund:
    """Approve, as the second person, a refund that a colleague asked for.

    Changes: what an approved ``ask_refund`` changes, an audit entry. Publishes:
    ``refund.approved``.

    Args:
        staff: Who approves; not who asked.
        refund_id: Public id.
        reason: In words, for the audit.

    Raises:
        NotFound: There is no such refund.
        StateConflict: It waits for nobody, or its payment was disputed meanwhile.
        SecondPersonNeeded: Who asked cannot approve.
        CapabilityClosed, InsufficientFunds: As for ``ask_refund``.

    Transaction: owns.
    """
    refund = _waiting(refund_id)
    if refund.asked_by_id == staff.pk:
        raise SecondPersonNeeded
    payment = refund.payment
    _check_state(payment)
    refuse_if_stopped(country=payment.country, capability=Capability.REFUND)
    refund.approved_by = staff
    refund.save(update_fields=["approved_by"])
    _begin(refund, payment, refund.state, business_now(), actor_of(staff))
    _audit(refund, staff, "refund.approved", reason)
    return refund


@owns
def decline_refund(*, staff: "Person", refund_id: str, reason: str) -> Refund:
    """Decline a refund that waits for a second person; who asked may take it back so.

    Changes: the refund with its history, an audit entry. Publishes: ``refund.declined``.

    Raises:
        NotFound: There is no such refund.
        StateConflict: It waits for nobody.

    Transaction: owns.
    """
    refund = _waiting(refund_id)
    moment = business_now()
    move_refund(refund=refund, to=RefundState.DECLINED, moment=moment, actor=actor_of(staff))
    _audit(refund, staff, "refund.declined", reason)
    return refund


@joins
def refund_dispute(*, dispute: Dispute, amount: Money, key: str) -> Refund:
    """Give the payer of a lost dispute back what is held for it.

    Changes: as an approved ``ask_refund``, out of what is held instead of what the shop is owed.
    Publishes: ``refund.approved``.

    Args:
        dispute: Locked, with its payment.
        amount: At most what is owed; what is held covers it, less the fee.
        key: Names this part of it for ever.

    Transaction: joins.
    """
    payment, moment = dispute.payment, business_now()
    refund = Refund.objects.create(
        public_id=new_id("rfn"),
        payment=payment,
        payee_id=payment.payee_id,
        dispute=dispute,
        amount_minor=amount.amount_minor,
        fee_minor=fee_given_back(payment, amount).amount_minor,
        currency=payment.currency,
        state=RefundState.APPROVED.value,
        origin=RefundOrigin.DISPUTE.value,
        reason=RefundReason.DISPUTE_LOST.value,
        request_key=key,
        created_at=moment,
    )
    _begin(refund, payment, "", moment, SYSTEM)
    return refund


def _begin(refund: Refund, payment: Payment, old: str, moment: datetime, actor: str) -> None:
    """Approve: take the money, write the leg that carries it, and tell."""
    refuse_again(payment=payment)
    _take(refund, payment, moment)
    debit = payment.legs.get(kind=LegKind.DEBIT)
    # What a card's issuer took back it gave to the payer itself: no bank is asked for it.
    is_given = is_chargeback(refund)
    Leg.objects.create(
        payment=payment,
        refund=refund,
        kind=LegKind.REFUND.value,
        rail=BOOKS if is_given else debit.rail,
        bank="" if is_given else debit.bank,
        account_token="" if is_given else debit.account_token,
        created_at=moment,
    )
    refund.state = RefundState.APPROVED.value
    refund.save(update_fields=["state"])
    write_refund_move(refund=refund, old=old, moment=moment, actor=actor)
    publish("refund.approved", refund_id=refund.public_id, payment_id=payment.public_id)


def _take(refund: Refund, payment: Payment, moment: datetime) -> None:
    """Put a refund in flight: the shop's part out of its money, the fee out of the operator's."""
    shop, source = payment.payee_id, source_of(refund)
    fee = Money(refund.fee_minor, refund.currency)
    net = Money(refund.amount_minor, refund.currency) - fee
    if source == LedgerKind.PAYABLE:
        lock_payable(party_id=shop)
        if free_payable(party_id=shop, currency=refund.currency) < net:
            raise InsufficientFunds(
                _("Your shop is owed less than that now. Refund a part, or wait for sales.")
            )
        write_entry(party_id=shop, kind=EntryKind.REFUND, delta=-net, moment=moment, cause=refund)
    flight = Owned(LedgerKind.IN_FLIGHT, shop)
    ledger.post_journal(
        refund.public_id,
        [
            Line(TransferKind.REFUND_CLAIM, Owned(source, shop), flight, net),
            Line(TransferKind.REFUND_FEE, Owned(LedgerKind.FEE_INCOME), flight, fee),
        ],
        moment,
    )


def _check_wish(wish: RefundWish) -> None:
    if wish.reason not in list(RefundReason) or not 1 <= len(wish.key) <= LONGEST_KEY:
        raise InputInvalid
    if len(wish.note.strip()) > LONGEST_NOTE or "\0" in wish.note:
        raise InputInvalid


def _amount_of(payment: Payment, wanted: Money | None) -> Money:
    """Return what is to be given back, if this payment can give it."""
    _check_state(payment)
    rest = rest_of(payment)
    amount = wanted or rest
    if amount.currency != payment.currency:
        raise CurrencyMismatch
    if not Money(0, payment.currency) < amount <= rest:
        left = {"amount_minor": rest.amount_minor, "currency": rest.currency}
        raise RefundExceedsRest(rest=left)
    return amount


def _check_state(payment: Payment) -> None:
    if payment.kind != PaymentKind.PURCHASE:
        raise NotRefundable
    if payment.state not in REFUNDABLE:
        raise StateConflict(
            _("Only a completed payment that is not disputed can be refunded."),
            state=payment.state,
        )


def _threshold(payment: Payment, by: Asker) -> int | None:
    """Return the amount above which a second person is needed; None where nobody is."""
    return terms_of(payment.country).four_eyes_above_minor if by.origin == "staff" else None


def _waiting(refund_id: str) -> Refund:
    refund = lock_refund(refund_id=refund_id)
    if refund.state != RefundState.AWAITING_SECOND:
        raise StateConflict(state=refund.state)
    return refund


def _audit(refund: Refund, staff: "Person", action: str, reason: str) -> None:
    record(
        actor=staff,
        action=action,
        object_ref=refund.public_id,
        before={},
        after={
            "payment": refund.payment.public_id,
            "amount_minor": refund.amount_minor,
            "currency": refund.currency,
            "state": refund.state,
        },
        reason=reason,
    )
