"""What programs of this API are told: one event in each POST, in the shapes they know.

``metadata`` stands in every event, ``contacts`` in messages and statuses alike, and nothing is
told twice in one body. Texts leave as ASCII JSON.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from core.api import moment_out
from core.errors import NotFound
from merchants.cloud.ids import wamid
from merchants.cloud.payments import amount, epoch, transaction
from merchants.cloud.said import said_of
from merchants.cloud.summaries import summary_of
from merchants.models import WebhookDelivery, WebhookEvent
from merchants.queries.lines import LineFacts, digits_of, line_of_shop, line_orders
from merchants.queries.orders import order_of_shop
from merchants.services.dialects import ORDERED, SUMMARY, Speech
from merchants.services.lines import contact_of
from messaging.queries import MessageFacts, direct_between, message_for
from payments.queries import payment_snapshot
from people.queries import PartyFacts, parties_by_ids, party_by_public_id

Contact = dict[str, Any]
_Teller = Callable[[LineFacts, WebhookEvent], tuple[str, dict[str, Any]]]
_ACCOUNT: Final = "whatsapp_business_account"
_STATUSES: Final = {
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.read": "read",
}
# Our order's states in the words of the shapes.
_ORDER: Final = {
    "placed": "pending",
    "accepted": "pending",
    "awaiting_payment": "pending",
    "external_pending": "pending",
    "paid": "pending",
    "preparing": "processing",
    "ready": "processing",
    "shipped": "shipped",
    "completed": "completed",
    "declined": "canceled",
    "cancelled": "canceled",
    "expired": "canceled",
}
_PAYMENTS: Final = frozenset(
    f"payment.{state}"
    for state in ("completed", "failed", "returned", "partially_refunded", "refunded", "disputed")
)
_CHANGES: Final = frozenset({"message.edited", "message.deleted", "message.reacted"})


class Talk(NamedTuple):
    """Where somebody spoke or was spoken to: the conversation, their party's key, who they are."""

    conversation: str
    party_id: int
    contact: Contact


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return the bytes of a piece of news.

    Raises:
        LookupError: There is no such number, message or payment any more.
    """
    event = delivery.event
    line = line_of_shop(event.shop_id)
    if line is None:
        raise LookupError("the shop has no number")
    field, value = _value(line, event)
    metadata = {
        "display_phone_number": line.address,
        "phone_number_id": str(line.phone_number),
    }
    told = {
        "object": _ACCOUNT,
        "entry": [
            {
                "id": str(line.account_number),
                "changes": [
                    {
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": metadata,
                            **value,
                        },
                        "field": field,
                    }
                ],
            }
        ],
    }
    text = json.dumps(told, separators=(",", ":"))
    # Some programs sign again what they have read, and write this character as an escape.
    return text.replace("\x7f", "\\u007f").encode("ascii")


def _value(line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Return what is told, and under which field."""
    for kinds, teller in _TELLERS:
        if event.kind in kinds:
            return teller(line, event)
    raise LookupError("there are no words for it")


def _test(_line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    told = {"timestamp": str(epoch(event.at)), "endpoint": event.facts.get("endpoint")}
    return "troco_test", told


def _message(line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Tell what somebody said, as it was when it was said."""
    message = _as_it_was(line, event.facts)
    party = parties_by_ids([message.sender_id])[message.sender_id]
    contact = _contact(line, party)
    told = {
        **_from(contact, wamid(message.public_id), epoch(message.created_at)),
        **said_of(line, message),
    }
    if message.reply_to is not None and "context" not in told:
        told["context"] = {"from": _said_by(line, message.reply_to), "id": wamid(message.reply_to)}
    return _told(line, Talk(message.conversation, party.id, contact), "messages", told)


def _said_by(line: LineFacts, message_id: str) -> str:
    """Return the number of whoever said a message that is answered: the shop's, or another's."""
    try:
        author = message_for(line.party_id, message_id).sender_id
    except NotFound:
        return line.address
    return (
        line.address if author == line.party_id else _digits(line, parties_by_ids([author])[author])
    )


def _change(line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Tell that somebody changed their words, took them back, or feels something about a message.

    Each is a message of its own, whose name begins with that of the one it is about.
    """
    facts = event.facts
    about = facts["message"]
    party = party_by_public_id(facts["sender"]["id"])
    if party is None:
        raise LookupError("there is no such party")
    named = wamid(about["id"])
    contact = _contact(line, party)
    told = _from(contact, wamid(f"{about['id']}#{event.public_id}"), epoch(event.at))
    if event.kind == "message.reacted":
        emoji = {"emoji": facts["emoji"]} if facts.get("emoji") else {}
        told |= {"type": "reaction", "reaction": {"message_id": named, **emoji}}
    elif event.kind == "message.deleted":
        told |= {"type": "revoke", "revoke": {"original_message_id": named}}
    else:
        said = said_of(line, _as_it_was(line, facts))
        told |= {"type": "edit", "edit": {"original_message_id": named, "message": said}}
    return _told(line, Talk(about["conversation"], party.id, contact), "messages", told)


def _as_it_was(line: LineFacts, facts: dict[str, Any]) -> MessageFacts:
    """Return a message with what it said when the news was owed; it may say less by now."""
    kept = facts["message"]
    message = message_for(line.party_id, kept["id"])
    return replace(message, kind=kept["type"], content=kept["content"])


def _from(contact: Contact, name: str, at: int) -> dict[str, Any]:
    return {
        "from": contact["wa_id"],
        "from_user_id": contact["user_id"],
        "id": name,
        "timestamp": str(at),
    }


def _told(
    line: LineFacts, talk: Talk, word: str, told: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return a message or a status under the field that programs answer to, where they can.

    These shapes know people, and no groups: what is said in a group, and who has read it, comes
    under a field of ours, or programs would answer each of its members alone.
    """
    direct = direct_between(line.party_id, talk.party_id)
    if direct is not None and direct.public_id == talk.conversation:
        return "messages", {"contacts": [talk.contact], word: [told]}
    value = {"group": talk.conversation, "contacts": [talk.contact], f"group_{word}": [told]}
    return "troco_group", value


def _summary(line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Tell of an order in plain words, for inboxes that show no orders."""
    facts = event.facts
    detail = order_of_shop(line.shop_id, facts["order"])
    if detail is None:
        raise LookupError("there is no such order")
    party = detail.order.buyer
    contact = _contact(line, party)
    told = _from(contact, wamid(f"{facts['message']}#text"), epoch(detail.order.placed_at))
    text = {"type": "text", "text": {"body": summary_of(detail.order, line.country)}}
    return "messages", {"contacts": [contact], "messages": [{**told, **text}]}


def _status(line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Tell how far a message of the shop's has come."""
    facts = event.facts
    party = parties_by_ids([facts["party_id"]])[facts["party_id"]]
    contact = _contact(line, party)
    told = {
        "id": wamid(facts["message"]),
        "status": _STATUSES[event.kind],
        "timestamp": str(epoch(event.at)),
        "recipient_id": contact["wa_id"],
        "recipient_user_id": contact["user_id"],
    }
    if facts.get("opaque"):
        told["biz_opaque_callback_data"] = facts["opaque"]
    return _told(line, Talk(facts["conversation"], party.id, contact), "statuses", told)


def _payment(line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Tell what became of the money: by the program's reference where the order is its own."""
    facts, at = event.facts, epoch(event.at)
    payment = payment_snapshot(facts["id"])
    contact = _contact(line, payment.payer)
    known = line_orders([facts["order"]]).get(facts["order"]) if facts.get("order") else None
    told = {
        "payment": {
            "id": payment.id,
            "state": facts["state"],
            "order": facts.get("order"),
            "amount": amount(payment.amount),
            "currency": payment.amount.currency,
        },
        "timestamp": str(at),
        "contacts": [contact],
    }
    if known is None:
        return "troco_payment", told
    transacted = transaction(payment, payment.amount)
    status = {
        "id": wamid(payment.id),
        "type": "payment",
        "status": "captured" if transacted["status"] == "success" else "pending",
        "timestamp": str(at),
        "recipient_id": contact["wa_id"],
        "recipient_user_id": contact["user_id"],
        "payment": {
            "reference_id": known.reference,
            "amount": amount(payment.amount),
            "currency": payment.amount.currency,
            "transaction": transacted,
            "receipt": payment.receipt_code or "",
        },
    }
    return "messages", {"contacts": [contact], "statuses": [status]}


def _order(_line: LineFacts, event: WebhookEvent) -> tuple[str, dict[str, Any]]:
    """Tell where an order is, in the words of ``order_status``."""
    facts = event.facts
    known = line_orders([facts["id"]]).get(facts["id"])
    return "troco_order", {
        "timestamp": str(epoch(event.at)),
        "order": {
            "id": facts["id"],
            "reference_id": known.reference if known is not None else facts["id"],
            "status": _ORDER[facts["state"]],
            "state": facts["state"],
            "placed_at": facts.get("placed_at") or moment_out(None),
        },
    }


def _digits(line: LineFacts, party: PartyFacts) -> str:
    """Return somebody's number to a shop that they talk with; nobody else is told it."""
    return "" if direct_between(line.party_id, party.id) is None else digits_of(party.id)


def _contact(line: LineFacts, party: PartyFacts) -> Contact:
    """Return who somebody is to a shop; the two need not have talked before this."""
    number = contact_of(shop_id=line.shop_id, party_id=party.id).number
    return {
        "profile": {"name": party.display_name},
        "wa_id": _digits(line, party),
        "user_id": f"{party.country}.{number}",
    }


_TELLERS: Final[tuple[tuple[frozenset[str], _Teller], ...]] = (
    (frozenset({"message.created", ORDERED}), _message),
    (frozenset({SUMMARY}), _summary),
    (_CHANGES, _change),
    (frozenset(_STATUSES), _status),
    (_PAYMENTS, _payment),
    (frozenset(f"order.{state}" for state in _ORDER), _order),
    (frozenset({"endpoint.test"}), _test),
)
SPEECH: Final = Speech(body_of, frozenset().union(*(kinds for kinds, _teller in _TELLERS)))
