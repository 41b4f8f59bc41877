"""Money on its way back that the payer's bank refused: a person finds it another account."""

from typing import TYPE_CHECKING

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.events import publish
from core.transactions import owns
from payments.enums import LegKind, LegState
from payments.models import FundingSource, Leg, Payment
from payments.queries.countries import bank_by_slug
from payments.queries.funding import RECEIVING_KINDS
from payments.queries.queues import REFUSED_BACK
from payments.services.claims import NOT_CLAIMED, TAKEN_BACK
from payments.services.rules import FundingSourceRefused
from payments.services.taken_back import refuse_again
from people.services import audit

if TYPE_CHECKING:
    from people.models import Person


def accounts_for_return(payment: Payment) -> list[FundingSource]:
    """Return the payer's own verified accounts that money can go back to; one query."""
    return list(
        FundingSource.objects.filter(
            party_id=payment.payer_id,
            kind__in=RECEIVING_KINDS,
            verified_at__isnull=False,
            removed_at__isnull=True,
        ).order_by("id")
    )


@owns
def redirect_return(*, staff: "Person", payment_id: str, source_id: str, reason: str) -> Payment:
    """Send money that could not go back to the account it came from to another of its payer's.

    The refused leg stays as it is and is never sent again; a new one, with an instruction id of
    its own, goes to the account chosen. The account is the payer's own and verified by its bank,
    so the money cannot reach anybody else; one member of staff decides, and the audit tells.

    Changes: a leg of the payment, an audit entry. Publishes ``payment.turned_back``, from which
    the bank is asked.

    Args:
        staff: Who decides.
        payment_id: Public id of the payment.
        source_id: Public id of a verified bank account of the payer.
        reason: In words, for the audit.

    Raises:
        NotFound: There is no such payment.
        StateConflict: Its way back was not refused, or is being tried again.
        FundingSourceRefused: The account is not the payer's, or cannot receive.
        BankTookBack: The refused way back was executed after all, as the bank's papers show.

    Transaction: owns.
    """
    moment = business_now()
    rows = Payment.objects.select_for_update(no_key=True)
    payment = rows.filter(public_id=payment_id).first()
    if payment is None:
        raise NotFound
    back = payment.legs.filter(kind=LegKind.RETURN).order_by("-id").first()
    if payment.failure_code != REFUSED_BACK or back is None or back.state != LegState.REFUSED:
        raise StateConflict(state=payment.state)
    refuse_again(payment=payment)
    source = next((s for s in accounts_for_return(payment) if s.public_id == source_id), None)
    bank = bank_by_slug(source.bank) if source else None
    if source is None or bank is None:
        raise FundingSourceRefused
    Leg.objects.create(
        payment=payment,
        kind=LegKind.RETURN.value,
        rail=bank.rail,
        bank=source.bank,
        account_token=source.token,
        created_at=moment,
    )
    # What the parties are told is why the money goes back, not that the way was long.
    Payment.objects.filter(id=payment.id).update(failure_code=_cause(payment))
    audit.record(
        actor=staff,
        action="return.redirected",
        object_ref=payment_id,
        before={"account": f"{back.bank} ···{back.account_token[-4:]}"},
        after={"account": str(source)},
        reason=reason,
    )
    publish("payment.turned_back", payment_id=payment_id)
    return payment


def _cause(payment: Payment) -> str:
    """Return why the money went back: the clock does not send it before its time is over."""
    first = payment.legs.filter(kind=LegKind.RETURN).earliest("id")
    until = payment.claim_until
    return TAKEN_BACK if until is not None and first.created_at < until else NOT_CLAIMED
