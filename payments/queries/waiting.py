"""Why a payment that is under way does not move: in words, to the two people it is between."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from payments.enums import HoldLevel, PaymentState
from payments.models import RegulatorHold
from payments.queries.countries import started
from payments.queries.payments import PaymentSnapshot


@dataclass(frozen=True, slots=True)
class Waiting:
    """A payment that an order keeps where it is.

    ``can_cancel`` is whether its payer may still take it back: no bank was asked yet.
    """

    code: str
    detail: str
    can_cancel: bool


def why_waiting(payment: PaymentSnapshot, moment: datetime | None = None) -> Waiting | None:
    """Return what keeps a payment from moving on, or None; one query, while it is under way.

    Whom an order is about is not said: it may be the other of the two.

    Args:
        payment: The payment.
        moment: Business time, where it is known already.
    """
    if payment.state not in _WORDS:
        return None
    scope = Q(bank__isnull=True, party_id__isnull=True)
    scope |= Q(party_id__in=[payment.payer.id, payment.payee.id])
    stops = RegulatorHold.objects.filter(
        scope,
        started(moment or business_now()),
        country__iso2=payment.payee.country,
        capability__in=["", payment.kind],
        level=HoldLevel.STOP_ALL,
        lifted_at__isnull=True,
    )
    if not stops.exists():
        return None
    can_cancel = payment.state == PaymentState.AUTHORIZED
    return Waiting("regulator_hold", str(_WORDS[payment.state]), can_cancel)


_WORDS: dict[str, Promise] = {
    PaymentState.AUTHORIZED.value: _(
        "An order by an authority keeps this payment waiting. No bank was asked and nothing has"
        " left the account yet. It goes on by itself when the order is lifted; until then the"
        " payer can cancel it."
    ),
    PaymentState.PROCESSING.value: _(
        "An order by an authority keeps this payment waiting, and a bank was asked before the"
        " order came. The money may have left the payer's account; it is not lost. The payment"
        " goes on by itself when the order is lifted."
    ),
    PaymentState.PENDING_CLAIM.value: _(
        "An order by an authority keeps this money where it is, between the two. It is not lost:"
        " when the order is lifted it goes to the payee, or back when its time is over."
    ),
}
