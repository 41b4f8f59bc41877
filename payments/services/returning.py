"""Giving back a payment that was sent by mistake, along its own trace.

A return is a payment of its own, from the one who was paid, on that person's proof. What it
returns is a ``Demand`` of the kind ``return`` whose reference is the first payment: so it is the
whole of it, to its payer and to nobody else, and the database allows one live payment of it. Its
credit goes to the very account that the first debit came from, whatever the payer's default is
by now. It is no new business: no limit counts it, a country that is closed does not stop it
(a hold that says ``stop_all`` does), and neither does a block between the two.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict, TrocoError
from core.money import Money
from core.transactions import joins
from payments.enums import DemandKind, LegKind, PaymentKind, PaymentState, RequestState
from payments.models import Demand, Leg, Payment, PaymentRequest
from payments.queries.payments import payment_snapshot
from payments.services.demands import Asked, create_demand, settle_demand
from payments.services.moving import BANK, Why, move_payment
from payments.services.request_moves import RequestOf, free_held, lock_request, mark_paid
from payments.states import UNPAID

KIND = DemandKind.RETURN.value
GIVEN_BACK = "given_back"
RETURN_WITHIN = timedelta(days=90)
"""As long as Pix lets a payee return a payment (Banco Central do Brasil, Regulamento do Pix)."""


class ReturnTooLate(TrocoError):
    """The payment is too old to go back along its own trace."""

    code = "return_too_late"
    http_status = 409
    words = _("This payment is too old to be returned. Send the money as a new payment.")


def find_original(payment_id: str, *, payer_id: int | None = None) -> Payment | None:
    """Return a payment that could be given back, or None; with a payer only that payer's."""
    rows = Payment.objects.select_related("demand").filter(public_id=payment_id)
    if payer_id is not None:
        rows = rows.filter(payer_id=payer_id)
    return rows.first()


def check_returnable(original: Payment, moment: datetime) -> None:
    """Refuse a payment that cannot go back along its own trace.

    Raises:
        StateConflict: It is no payment between persons that went through, it is a return
            itself, or money of it went back already.
        ReturnTooLate: It is more than 90 days old.
    """
    is_return = original.demand is not None and original.demand.kind == KIND
    is_whole = not original.refunded_minor and not original.refunding_minor
    if (
        original.kind != PaymentKind.PERSON_TO_PERSON
        or original.state != PaymentState.COMPLETED
        or original.completed_at is None
        or is_return
        or not is_whole
    ):
        raise StateConflict(state=original.state)
    if original.completed_at + RETURN_WITHIN <= moment:
        raise ReturnTooLate


def refuse_going_back(original: Payment) -> None:
    """Refuse to go on with a payment, locked by the caller, that is being given back.

    Raises:
        StateConflict: A return of it is under way.
    """
    back = Payment.objects.filter(demand__kind=KIND, demand__reference=original.public_id)
    if back.exclude(state__in=UNPAID).exists():
        raise StateConflict(_("This payment is being given back. Wait until that has ended."))


@joins
def open_return(*, payment_id: str, giver_id: int, moment: datetime) -> Demand:
    """Let a payment be given back by the party that was paid, and return what to take a quote of.

    Changes: at most one ``Demand``, of the whole amount, with no end but that of the payment.

    Args:
        payment_id: Public id of the payment.
        giver_id: Who would give it back.
        moment: The business moment.

    Raises:
        NotFound: There is no such payment, or another party was paid.
        StateConflict, ReturnTooLate: As for ``check_returnable``.

    Transaction: joins.
    """
    original = find_original(payment_id)
    if original is None or original.payee_id != giver_id:
        raise NotFound
    check_returnable(original, moment)
    known = Demand.objects.filter(kind=KIND, reference=payment_id).first()
    return known or create_demand(
        kind=KIND,
        reference=payment_id,
        asked=Asked(
            payee_id=original.payer_id,
            payer_id=original.payee_id,
            amount=Money(original.amount_minor, original.currency),
            conversation_ref=original.conversation_ref,
        ),
    )


def trace_of(payment_id: str) -> Leg:
    """Return the debit of a payment: the account that its money goes back to; one query."""
    return Leg.objects.get(payment__public_id=payment_id, kind=LegKind.DEBIT)


@joins
def hold_original(*, payment_id: str, moment: datetime) -> Leg:
    """Hold a payment that is about to be given back, and return its debit.

    Money of it that was held back while its return was asked for is free again: it is about to
    leave by the return itself.

    Raises:
        StateConflict, ReturnTooLate: As for ``check_returnable``.

    Transaction: joins (locks the payment; the request for it, and the balance, where one holds).
    """
    rows = Payment.objects.select_for_update(no_key=True, of=("self",))
    original = rows.select_related("demand").get(public_id=payment_id)
    check_returnable(original, moment)
    free_asked_back(payment_id=payment_id, moment=moment)
    return trace_of(payment_id)


@joins
def free_asked_back(*, payment_id: str, moment: datetime) -> None:
    """Let go of what is held back of a payment while its return is asked for, if anything is.

    The question stays open; whatever takes the money now holds it better.

    Args:
        payment_id: Public id of the payment, locked by the caller.
        moment: The business moment.

    Transaction: joins (locks the request and the balance, where one holds).
    """
    # Only an open one holds; saying so lets the index of what is asked back find it.
    asked = PaymentRequest.objects.filter(
        returns_ref=payment_id, state=RequestState.OPEN, held_minor__gt=0
    ).first()
    if asked is not None:
        request = lock_request(whose=RequestOf(asked.public_id))
        free_held(request=request, moment=moment)


@joins
def note_given_back(*, payment_id: str) -> None:
    """Turn a payment returned in the commit that completes its return. It refuses nothing.

    Its limits stay counted: they were used, and the return used none.

    Publishes: ``payment.returned`` for the first payment, and ``request.paid`` if it was asked.

    Args:
        payment_id: Public id of a completed payment, whatever it was for.

    Transaction: joins.
    """
    given = payment_snapshot(payment_id)
    if given.demand_kind != KIND or not given.demand_reference:
        return
    settle_demand(kind=KIND, reference=given.demand_reference)
    moment = business_now()
    rows = Payment.objects.select_for_update(no_key=True)
    original = rows.get(public_id=given.demand_reference)
    asked = PaymentRequest.objects.filter(
        returns_ref=original.public_id, state=RequestState.OPEN
    ).first()
    # The request first: the news of the payment locks the conversation, which comes last.
    if asked is not None:
        why = Why(moment, BANK, payment_id)
        mark_paid(request_id=asked.public_id, payment_id=payment_id, why=why)
    if original.state == PaymentState.COMPLETED:
        why = Why(moment, given.payer.public_id, payment_id, failure_code=GIVEN_BACK)
        move_payment(payment=original, to=PaymentState.RETURNED, why=why)
