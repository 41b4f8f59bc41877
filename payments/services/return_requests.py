"""Asking back what was sent by mistake: a request whose answer goes along the payment's trace."""

from datetime import timedelta
from typing import TYPE_CHECKING

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.idempotency import record
from core.ids import new_id
from core.money import Money
from core.transactions import joins, owns, refuse_owner
from payments import ledger
from payments.enums import BOOKS, LedgerKind, LegKind, RequestState
from payments.models import Payment, PaymentRequest
from payments.queries.terms import terms_of
from payments.services.demands import refuse_paying
from payments.services.moving import Why
from payments.services.request_moves import begin_request
from payments.services.returning import KIND, check_returnable, find_original, open_return
from payments.services.rules import party_id_of
from people.queries import blocked_between

if TYPE_CHECKING:
    from datetime import datetime

    from people.models import Person

_TRIES = 3


def ask_return(*, person: "Person", payment_id: str, reason: str) -> PaymentRequest:
    """Ask for a payment back that was sent by mistake.

    Where balances exist and the money went to one, as much of it as is unspent is held back
    while the question is open, at most as long as a precaution may last (72 hours in Brazil),
    counted from the first time that it was asked. The one who was paid gives it back with one tap
    and a proof, or declines.

    Changes: one ``PaymentRequest`` and its history, the return's demand, a hold of the payee's
    balance. Publishes: ``request.opened``.

    Args:
        person: Who paid.
        payment_id: Public id of the payment.
        reason: Words to the one who was paid, at most 140 characters.

    Raises:
        NotFound: This person made no such payment, or one of the two blocks the other.
        StateConflict: It did not go through, it is asked for already or was declined, or it is
            being given back.
        ReturnTooLate: It is more than 90 days old.

    Transaction: owns (again when the payee spends at the same moment what would be held).
    """
    refuse_owner("payments.services.return_requests.ask_return")
    for _ in range(_TRIES - 1):
        try:
            return _ask(person=person, payment_id=payment_id, reason=reason)
        except ledger.InsufficientFunds:
            continue
    return _ask(person=person, payment_id=payment_id, reason=reason)


@owns
def _ask(*, person: "Person", payment_id: str, reason: str) -> PaymentRequest:
    """Ask once.

    Transaction: owns.
    """
    moment = business_now()
    original = find_original(payment_id, payer_id=party_id_of(person))
    if original is None or blocked_between(original.payer_id, original.payee_id):
        raise NotFound
    open_return(payment_id=payment_id, giver_id=original.payee_id, moment=moment)
    refuse_paying(kind=KIND, reference=payment_id)
    # Held until the commit: a dispute of it comes before, or finds what the question holds.
    rows = Payment.objects.select_for_update(no_key=True, of=("self",)).select_related("demand")
    check_returnable(rows.get(pk=original.pk), moment)
    _refuse_again(original)
    request = PaymentRequest.objects.create(
        public_id=new_id("req"),
        payee_id=original.payer_id,
        payer_id=original.payee_id,
        amount_minor=original.amount_minor,
        currency=original.currency,
        note=reason,
        conversation_ref=original.conversation_ref,
        returns_ref=payment_id,
        state=RequestState.OPEN.value,
        created_at=moment,
        expires_at=moment + timedelta(hours=terms_of(original.country).block_hours),
    )
    _hold(request=request, original=original, moment=moment)
    actor = person.party.public_id if person.party else ""
    begin_request(request=request, why=Why(moment, actor, reason))
    record(request)
    return request


@joins
def _hold(*, request: PaymentRequest, original: Payment, moment: "datetime") -> None:
    """Hold back what is unspent of a payment that went to a balance.

    A precaution is had once: who takes the question back and asks again has what is left of its
    time, and the question is open no longer than that; when it is over nothing is held any more.

    Transaction: joins (locks the balance).
    """
    if not original.legs.filter(kind=LegKind.CREDIT, rail=BOOKS).exists():
        return
    until = _precaution_ends(request)
    if until <= moment:
        return
    owned = ledger.Owned(LedgerKind.BALANCE, original.payee_id)
    available = ledger.read_available(ledger.accounts([owned], original.currency)[0])
    held = min(available.amount_minor, original.amount_minor)
    if held > 0:
        ledger.hold(request.public_id, owned, Money(held, original.currency), moment)
        request.held_minor, request.expires_at = held, until
        request.save(update_fields=["held_minor", "expires_at"])


def _precaution_ends(request: PaymentRequest) -> "datetime":
    """Return until when money may be held for a question, counted from the first one."""
    first = PaymentRequest.objects.filter(returns_ref=request.returns_ref).earliest("id")
    return first.created_at + (request.expires_at - request.created_at)


def _refuse_again(original: Payment) -> None:
    """Refuse to ask twice at a time, or again after a no."""
    asked = PaymentRequest.objects.filter(
        returns_ref=original.public_id, state__in=[RequestState.OPEN, RequestState.DECLINED]
    ).first()
    if asked is not None:
        raise StateConflict(state=asked.state)
