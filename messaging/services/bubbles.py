"""The bubble of a payment: posted with it in one commit, refreshed with every later state."""

from typing import Any

from core.api import money_out
from core.transactions import joins
from messaging.enums import FeedKind, MessageKind
from messaging.models import Conversation, Member, Message
from messaging.services.conversations import open_direct
from messaging.services.feed import append_for_party
from messaging.services.messages import Sender, Snapshot, post_snapshot, refresh_content
from messaging.services.positions import take_position
from payments.queries import PaymentSnapshot, payment_snapshot
from people.queries import PartyFacts


@joins
def show_payment(*, payment_id: str) -> None:
    """Show a payment in the talk of payer and payee as it is now.

    Changes: posts one message of kind ``payment``, or refreshes it where it stands already;
    one ``FeedRow`` ``payment`` for each side. It stands in the demand's conversation where
    both are members of it, else in their direct conversation, which is opened if need be.
    Blocks between the two do not hide it.

    Args:
        payment_id: ``pay_…``.

    Transaction: joins.
    """
    payment = payment_snapshot(payment_id)
    content = _content(payment)
    kind = MessageKind.PAYMENT.value
    if not refresh_content(kind=kind, content_ref=payment_id, content=content):
        post_snapshot(
            conversation=_place(payment),
            sender=Sender(payment.payer.id, payment.payer.person_id),
            snapshot=Snapshot(kind, content, payment_id),
        )
    _tell_both(payment)


def _place(payment: PaymentSnapshot) -> Conversation:
    sides = {payment.payer.id, payment.payee.id}
    if payment.conversation_ref:
        found = Conversation.objects.filter(public_id=payment.conversation_ref).first()
        if found is not None and sides <= _member_ids(found):
            return found
    return open_direct(party_id=payment.payer.id, other_id=payment.payee.id)


def _member_ids(conversation: Conversation) -> set[int]:
    rows = Member.objects.filter(conversation=conversation).order_by("id")
    return set(rows.values_list("party_id", flat=True))


def _tell_both(payment: PaymentSnapshot) -> None:
    """Tell both sides, at the place of the bubble, so one payment's news keeps its order."""
    bubble = Message.objects.filter(kind=MessageKind.PAYMENT, content_ref=payment.id).earliest("id")
    at_least = take_position(conversation_id=bubble.conversation_id)
    for party_id in sorted({payment.payer.id, payment.payee.id}):
        append_for_party(
            party_id=party_id,
            kind=FeedKind.PAYMENT.value,
            payload={
                "payment": payment.id,
                "kind": str(payment.kind),
                "state": str(payment.state),
                "amount": money_out(payment.amount),
                "failure_code": payment.failure_code,
            },
            at_least=at_least,
        )


def _content(payment: PaymentSnapshot) -> dict[str, Any]:
    return {
        "payment": payment.id,
        "kind": str(payment.kind),
        "state": str(payment.state),
        "amount": money_out(payment.amount),
        "fee": money_out(payment.fee),
        "refunded": money_out(payment.refunded),
        "refunding": money_out(payment.refunding),
        "payer": _side(payment.payer),
        "payee": _side(payment.payee),
        "note": payment.note,
        "order": payment.demand_reference if payment.demand_kind == "order" else None,
        "failure_code": payment.failure_code,
    }


def _side(party: PartyFacts) -> dict[str, str]:
    return {"party": party.public_id, "name": party.display_name}
