"""The one place where a refund's state changes: row, history and news together."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Max

from core.errors import NotFound
from core.events import publish
from core.transactions import joins
from payments.enums import DisputeKind, LedgerKind, RefundOrigin, RefundState
from payments.models import Payment, Refund, RefundMove
from payments.services.moving import SYSTEM
from payments.states import REFUND_MOVES
from people.services.programs import acting_program

if TYPE_CHECKING:
    from people.models import Person


@joins
def lock_refunded(*, payment_id: str, party_id: int | None = None) -> Payment:
    """Return a payment with its row locked.

    Args:
        payment_id: Public id.
        party_id: The party that it must have paid; None for any.

    Raises:
        NotFound: There is no such payment.

    Transaction: joins.
    """
    rows = Payment.objects.select_for_update(no_key=True).filter(public_id=payment_id)
    payment = rows.filter(payee_id=party_id).first() if party_id is not None else rows.first()
    if payment is None:
        raise NotFound
    return payment


@joins
def lock_refund(*, refund_id: str) -> Refund:
    """Return a refund with its payment, both rows locked, the payment's first.

    Raises:
        NotFound: There is no such refund.

    Transaction: joins.
    """
    found = Refund.objects.filter(public_id=refund_id).values_list("payment__public_id", flat=True)
    payment_id = found.first()
    if payment_id is None:
        raise NotFound
    payment = lock_refunded(payment_id=payment_id)
    refund = Refund.objects.select_for_update(no_key=True, of=("self",)).get(public_id=refund_id)
    refund.payment = payment
    return refund


@joins
def move_refund(
    *, refund: Refund, to: RefundState, moment: datetime, actor: str = SYSTEM, reason: str = ""
) -> None:
    """Change a refund's state: the row, its history, its payment's counts, and the news of it.

    Publishes: ``refund.<state>``.

    Args:
        refund: A row that the caller has locked.
        to: The new state.
        moment: The business moment.
        actor: Public id of a person or of a shop's key, ``bank`` or ``system``.
        reason: A short text for staff, such as the bank's reason code.

    Raises:
        StateConflict: The table of moves does not allow it.

    Transaction: joins.
    """
    old = refund.state
    REFUND_MOVES.check(old, to)
    refund.state = to.value
    if to in REFUND_MOVES.final:
        refund.closed_at = moment
    refund.save(update_fields=["state", "closed_at", "failure_code"])
    write_refund_move(refund=refund, old=old, moment=moment, actor=actor, reason=reason)
    publish(f"refund.{to.value}", refund_id=refund.public_id, payment_id=refund.payment.public_id)


@joins
def write_refund_move(
    *, refund: Refund, old: str, moment: datetime, actor: str, reason: str = ""
) -> None:
    """Write a line of a refund's history.

    Transaction: joins.
    """
    last = RefundMove.objects.filter(refund=refund).aggregate(last=Max("position"))["last"] or 0
    RefundMove.objects.create(
        refund=refund,
        position=last + 1,
        from_state=old,
        to_state=refund.state,
        at=moment,
        actor=actor,
        reason=reason[:200],
    )


def source_of(refund: Refund) -> LedgerKind:
    """Return whose money a refund is: what the shop is owed, or what a dispute holds.

    Transaction: none.
    """
    return LedgerKind.HELD if refund.origin == RefundOrigin.DISPUTE else LedgerKind.PAYABLE


def is_chargeback(refund: Refund) -> bool:
    """Tell whether a refund covers what a card's issuer took back and gave to the payer itself.

    Transaction: none.
    """
    return refund.dispute is not None and refund.dispute.kind == DisputeKind.CHARGEBACK


def actor_of(person: "Person | None") -> str:
    """Return how a person is named in a history, or the key of the program that acts instead.

    Transaction: none.
    """
    if person is None:
        program = acting_program()
        return program.ref if program else SYSTEM
    return person.party.public_id if person.party else person.login[:40]
