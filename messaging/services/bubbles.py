"""The bubble of a payment: posted with it in one commit, refreshed with every later state."""

import json
from typing import Any

from core.api import money_out
from core.clock import business_now
from core.events import hint
from core.ids import new_id
from core.prepared import tell
from core.transactions import joins
from messaging.contents import check_snapshot
from messaging.enums import MessageKind
from messaging.services.feed import CHANNEL
from payments.queries import PaymentSnapshot, payment_snapshot, receipt_link
from people.queries import PartyFacts

_SHOW = (
    "SELECT messaging_show_payment_v3(%s::text, %s::bigint, %s::bigint, %s::bigint, %s::text,"
    " %s::jsonb, %s::jsonb, %s::text, %s::text, %s::timestamptz)"
)


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
    check_snapshot(MessageKind.PAYMENT, content)
    tell(
        _SHOW,
        [
            payment.id,
            payment.payer.id,
            payment.payee.id,
            payment.payer.person_id,
            payment.conversation_ref,
            json.dumps(content),
            json.dumps(_news(payment)),
            new_id("msg"),
            new_id("cnv"),
            business_now(),
        ],
    )
    hint(CHANNEL)


def _news(payment: PaymentSnapshot) -> dict[str, Any]:
    return {
        "payment": payment.id,
        "kind": str(payment.kind),
        "state": str(payment.state),
        "amount": money_out(payment.amount),
        "failure_code": payment.failure_code,
    }


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
        "receipt": receipt_link(payment.receipt_code),
    }


def _side(party: PartyFacts) -> dict[str, str]:
    return {"party": party.public_id, "name": party.display_name}
