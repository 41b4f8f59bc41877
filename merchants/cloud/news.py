"""What programs of this API are told: one event in each POST, in the shapes they know.

``metadata`` stands in every event, ``contacts`` in messages and statuses alike, and nothing is
told twice in one body. Texts leave as ASCII JSON.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from core.api import moment_out
from merchants.cloud.ids import wamid
from merchants.cloud.payments import amount, epoch, transaction
from merchants.models import WebhookDelivery
from merchants.queries.lines import LineFacts, digits_of, line_of_shop, line_orders, user_id_of
from merchants.queries.orders import order_of_shop
from merchants.services.dialects import Speech
from messaging.queries import MessageFacts, message_for
from messaging.queries.media import media_for
from payments.queries import payment_snapshot
from people.queries import PartyFacts, parties_by_ids

_ACCOUNT: Final = "whatsapp_business_account"
_STATUSES: Final = {
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.read": "read",
}
_MEDIA: Final = frozenset({"image", "video", "audio", "document", "sticker"})
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
_KINDS: Final = frozenset(
    {"message.created", "endpoint.test", *_STATUSES, *_PAYMENTS, *(f"order.{s}" for s in _ORDER)}
)


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return the bytes of a piece of news.

    Raises:
        LookupError: There is no such number, message or payment any more.
    """
    event = delivery.event
    line = line_of_shop(event.shop_id)
    if line is None:
        raise LookupError("the shop has no number")
    field, value = _value(line, event.kind, event.facts, epoch(event.at))
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
    return json.dumps(told, separators=(",", ":")).encode("ascii")


SPEECH: Final = Speech(body_of, _KINDS)


def _value(
    line: LineFacts, kind: str, facts: dict[str, Any], at: int
) -> tuple[str, dict[str, Any]]:
    """Return what is told, and under which field."""
    if kind == "message.created":
        return "messages", _message(line, facts)
    if kind in _STATUSES:
        return "messages", _status(line, kind, facts, at)
    if kind in _PAYMENTS:
        return _payment(line, facts, at)
    if kind.startswith("order."):
        return "troco_order", _order(facts, at)
    return "troco_test", {"timestamp": str(at), "endpoint": facts.get("endpoint")}


def _message(line: LineFacts, facts: dict[str, Any]) -> dict[str, Any]:
    """Tell what somebody said."""
    message = message_for(line.party_id, facts["message"]["id"])
    party = parties_by_ids([message.sender_id])[message.sender_id]
    told = {
        "from": digits_of(party.id),
        "from_user_id": user_id_of(line, party),
        "id": wamid(message.public_id),
        "timestamp": str(epoch(message.created_at)),
        **_said(line, message),
    }
    if message.reply_to is not None and "context" not in told:
        told["context"] = {"from": line.address, "id": wamid(message.reply_to)}
    return {"contacts": [_contact(line, party)], "messages": [told]}


def _said(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    """Return a message's type and its content."""
    if message.kind in _MEDIA:
        return _file(line, message)
    reader = _READERS.get(message.kind)
    if reader is not None:
        return reader(line, message)
    unknown = {"code": 131051, "title": "Message type is not supported.", "message": message.kind}
    return {"type": "unsupported", "errors": [unknown]}


def _file(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    content = message.content
    number = media_for(line.party_id, content["media"]).number
    told: dict[str, Any] = {
        "id": str(number),
        "mime_type": content.get("mime_type"),
        "sha256": content.get("sha256"),
    }
    told |= {k: content[k] for k in ("caption", "filename", "voice") if k in content}
    if message.kind == "sticker":
        told["animated"] = False
    return {"type": message.kind, message.kind: told}


def _text(_line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    return {"type": "text", "text": {"body": message.content["text"]}}


def _location(_line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    return {"type": "location", "location": message.content}


def _cards(_line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    return {"type": "contacts", "contacts": message.content["contacts"]}


def _choice(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    """Tell which button or row somebody pressed; programs look for the message it was in."""
    content = message.content
    kind = content["type"]
    chosen = {k: content[k] for k in ("id", "title", "description") if k in content}
    told: dict[str, Any] = {"type": "interactive", "interactive": {"type": kind, kind: chosen}}
    asked = message.reply_to or message.public_id
    told["context"] = {"from": line.address, "id": wamid(asked)}
    return told


def _shown(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    """Tell that somebody asks about a product."""
    content = message.content
    referred = {"catalog_id": str(line.account_number), "product_retailer_id": content["product"]}
    words = str(content.get("name") or content["product"])
    context = {"from": line.address, "referred_product": referred}
    return {"type": "text", "text": {"body": words}, "context": context}


def _bought(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    """Tell of an order that a buyer placed by themselves."""
    detail = order_of_shop(line.shop_id, message.content["order"])
    if detail is None:
        raise LookupError("there is no such order")
    order = detail.order
    items = [
        {
            "product_retailer_id": each.product or each.code,
            "quantity": each.quantity,
            # A decimal number, as programs expect; never read by us.
            "item_price": each.unit.amount_minor / amount(each.unit)["offset"],
            "currency": each.unit.currency,
        }
        for each in order.lines
    ]
    told = {"catalog_id": str(line.account_number), "text": order.note, "product_items": items}
    return {"type": "order", "order": told}


_READERS: Final[dict[str, Callable[[LineFacts, MessageFacts], dict[str, Any]]]] = {
    "text": _text,
    "location": _location,
    "contact": _cards,
    "choice": _choice,
    "product": _shown,
    "order": _bought,
}


def _status(line: LineFacts, kind: str, facts: dict[str, Any], at: int) -> dict[str, Any]:
    """Tell how far a message of the shop's has come."""
    party = parties_by_ids([facts["party_id"]])[facts["party_id"]]
    told = {
        "id": wamid(facts["message"]),
        "status": _STATUSES[kind],
        "timestamp": str(at),
        "recipient_id": digits_of(party.id),
        "recipient_user_id": user_id_of(line, party),
    }
    if facts.get("opaque"):
        told["biz_opaque_callback_data"] = facts["opaque"]
    return {"contacts": [_contact(line, party)], "statuses": [told]}


def _payment(line: LineFacts, facts: dict[str, Any], at: int) -> tuple[str, dict[str, Any]]:
    """Tell what became of the money: by the program's reference where the order is its own."""
    payment = payment_snapshot(facts["id"])
    party = payment.payer
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
        "contacts": [_contact(line, party)],
    }
    if known is None:
        return "troco_payment", told
    transacted = transaction(payment, payment.amount)
    status = {
        "id": wamid(payment.id),
        "type": "payment",
        "status": "captured" if transacted["status"] == "success" else "pending",
        "timestamp": str(at),
        "recipient_id": digits_of(party.id),
        "recipient_user_id": user_id_of(line, party),
        "payment": {
            "reference_id": known.reference,
            "amount": amount(payment.amount),
            "currency": payment.amount.currency,
            "transaction": transacted,
            "receipt": payment.receipt_code or "",
        },
    }
    return "messages", {"contacts": [_contact(line, party)], "statuses": [status]}


def _order(facts: dict[str, Any], at: int) -> dict[str, Any]:
    """Tell where an order is, in the words of ``order_status``."""
    known = line_orders([facts["id"]]).get(facts["id"])
    return {
        "timestamp": str(at),
        "order": {
            "id": facts["id"],
            "reference_id": known.reference if known is not None else facts["id"],
            "status": _ORDER[facts["state"]],
            "state": facts["state"],
            "placed_at": facts.get("placed_at") or moment_out(None),
        },
    }


def _contact(line: LineFacts, party: PartyFacts) -> dict[str, Any]:
    return {
        "profile": {"name": party.display_name},
        "wa_id": digits_of(party.id),
        "user_id": user_id_of(line, party),
    }
