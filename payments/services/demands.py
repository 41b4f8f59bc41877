"""Demands: what an order, a request or a link asks to be paid."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import AmountInvalid, NotFound, StateConflict, TrocoError
from core.money import Money
from core.transactions import joins
from payments.models import Demand, Payment
from payments.states import UNPAID


class DemandExpired(TrocoError):
    """The order or request was not paid in time."""

    code = "order_expired"
    http_status = 409
    words = _("The time to pay this is over. Ask the seller for a new one.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        payee_id: The party to be paid.
        payer_id: The only party that may pay; None for whoever has the reference.
        amount: What must be paid, exactly.
        expires_at: Business moment after which it can no longer be paid; None for no end.
        conversation_ref: The conversation it belongs to, opaque here.
    """

    payee_id: int
    payer_id: int | None
    amount: Money
    expires_at: datetime | None = None
    conversation_ref: str | None = None


@joins
def create_demand(*, kind: str, reference: str, asked: Asked) -> Demand:
    """Let something be paid.

    Changes: one ``Demand``.

    Args:
        kind: ``order``, ``request`` or ``link``.
        reference: The public id of the thing; opaque here.
        asked: Who asks whom for how much, until when.

    Raises:
        AmountInvalid: The amount is not positive.

    Transaction: joins.
    """
    if asked.amount.amount_minor <= 0:
        raise AmountInvalid
    return Demand.objects.create(
        kind=kind,
        reference=reference,
        payee_id=asked.payee_id,
        payer_id=asked.payer_id,
        amount_minor=asked.amount.amount_minor,
        currency=asked.amount.currency,
        conversation_ref=asked.conversation_ref,
        created_at=business_now(),
        expires_at=asked.expires_at,
    )


@joins
def close_demand(*, kind: str, reference: str) -> None:
    """Let something no longer be paid: it was cancelled, declined or expired.

    Closing twice does no harm.

    Raises:
        NotFound: There is no such demand.
        StateConflict: A payment of it is under way, or went through.

    Transaction: joins (locks the demand's row, as a payment of it does).
    """
    demand = _lock(kind, reference)
    if live_payment_exists(demand.id):
        raise StateConflict
    if demand.closed_at is None:
        Demand.objects.filter(id=demand.id).update(closed_at=business_now())


@joins
def refuse_paying(*, kind: str, reference: str) -> None:
    """Go on only while no payment of something is under way or went through, and keep it so.

    Raises:
        NotFound: There is no such demand.
        StateConflict: A payment of it is under way, or went through.

    Transaction: joins (locks the demand's row).
    """
    if live_payment_exists(_lock(kind, reference).id):
        raise StateConflict


@joins
def settle_demand(*, kind: str, reference: str) -> None:
    """Let something that was paid never be paid again, whatever becomes of its payment later.

    Transaction: joins (locks the demand's row).
    """
    demand = _lock(kind, reference)
    if demand.closed_at is None:
        Demand.objects.filter(id=demand.id).update(closed_at=business_now())


def check_free(demand: Demand, moment: datetime, *, is_live: bool) -> None:
    """Refuse a demand, locked by the payment that is about to be made, that cannot be paid now.

    Args:
        demand: The locked row.
        moment: The business moment.
        is_live: Whether another payment of it is under way or went through.

    Raises:
        DemandExpired: Its time is over.
        StateConflict: It was closed, or it is being paid or was paid.
    """
    check_payable(demand, moment)
    if is_live:
        raise StateConflict(_("This is being paid already, or was paid."))


def check_payable(demand: Demand, moment: datetime) -> None:
    """Refuse a demand that is closed or whose time is over.

    Raises:
        DemandExpired, StateConflict: As their names say.
    """
    if demand.closed_at is not None:
        raise StateConflict
    if demand.expires_at is not None and demand.expires_at <= moment:
        raise DemandExpired


def live_payment_exists(demand_id: int) -> bool:
    """Tell whether a payment of a demand is under way or went through."""
    return Payment.objects.filter(demand_id=demand_id).exclude(state__in=UNPAID).exists()


def _lock(kind: str, reference: str) -> Demand:
    demand = (
        Demand.objects.select_for_update(no_key=True).filter(kind=kind, reference=reference).first()
    )
    if demand is None:
        raise NotFound
    return demand
