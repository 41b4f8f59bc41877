"""An attempt's names, and what is said to its bank.

Names are made once, with the attempt's row, before anything is sent: a retry, a look-up and the
statement all speak of the same two. A scheme may want its own, as Pix does; then the rail makes
them. Money that goes back the way it came names what it gives back.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from core.clock import wall_now
from core.transactions import joins
from payments.enums import DemandKind, LegKind, LegState, PaymentKind
from payments.models import Attempt, Bank, Demand, Leg
from payments.rails import Instruction, Original, rail_named

if TYPE_CHECKING:
    from django.db.models import QuerySet

_BACK = {LegKind.RETURN.value, LegKind.REFUND.value}


@joins
def write_attempt(*, leg: Leg, wanted: str, amount_minor: int, moment: datetime) -> Attempt:
    """Write the attempt of a leg with its names; it commits before the bank is called.

    Args:
        leg: With its payment.
        wanted: Our own name for it, unique for ever.
        amount_minor: Minor units of the payment's currency.
        moment: The business moment.

    Transaction: joins.
    """
    names = rail_named(leg.rail).names(
        wanted,
        moment=moment,
        member_id=lambda: Bank.objects.values_list("national_id", flat=True).get(slug=leg.bank),
        gives_back=_original(leg),
    )
    is_own = names.end_to_end_id == names.instruction_id
    return Attempt.objects.create(
        leg=leg,
        instruction_id=names.instruction_id,
        end_to_end_id="" if is_own else names.end_to_end_id,
        amount_minor=amount_minor,
        currency=leg.payment.currency,
        asked_at=moment,
        sent_at=wall_now(),
    )


def instruction_of(*, leg: Leg, attempt: Attempt, remittance: str) -> Instruction:
    """Return what is said to the bank of an attempt, the same each time.

    Args:
        leg: With its payment.
        attempt: Its attempt.
        remittance: What the customer reads.

    Transaction: none.
    """
    return Instruction(
        instruction_id=attempt.instruction_id,
        bank=leg.bank,
        account_token=leg.account_token,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        end_to_end_id=attempt.carried_id,
        remittance=remittance,
        gives_back=_original(leg),
        approved_at=leg.payment.created_at,
        asked_at=attempt.asked_at,
        is_between_people=leg.payment.kind == PaymentKind.PERSON_TO_PERSON,
    )


def _original(leg: Leg) -> Original | None:
    """Return the executed debit that a leg gives back, or None.

    Only along the very way: money that a person had sent to another account of the payer's goes
    there as a credit of its own.
    """
    given_back = _given_back(leg)
    if given_back is None:
        return None
    debit = (
        given_back.filter(
            kind=LegKind.DEBIT,
            state=LegState.EXECUTED,
            rail=leg.rail,
            bank=leg.bank,
            account_token=leg.account_token,
        )
        .select_related("attempt")
        .first()
    )
    attempt = getattr(debit, "attempt", None)
    if debit is None or attempt is None:
        return None
    executed_at = debit.closed_at or attempt.asked_at
    return Original(attempt.instruction_id, attempt.carried_id, executed_at)


def _given_back(leg: Leg) -> "QuerySet[Leg] | None":
    """Return the legs of the payment that a leg gives back: its own, or one sent by mistake."""
    if leg.kind in _BACK:
        return Leg.objects.filter(payment_id=leg.payment_id)
    if leg.kind != LegKind.CREDIT or leg.payment.demand_id is None:
        return None
    asked = Demand.objects.filter(pk=leg.payment.demand_id, kind=DemandKind.RETURN)
    return Leg.objects.filter(payment__public_id__in=asked.values("reference"))
