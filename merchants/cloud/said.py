"""What somebody said, as a type and its object: what programs of these shapes read."""

from collections.abc import Callable
from typing import Any, Final

from core.errors import NotFound
from merchants.cloud.ids import wamid
from merchants.cloud.payments import amount
from merchants.queries.lines import LineFacts
from merchants.queries.orders import order_of_shop
from messaging.queries import MessageFacts
from messaging.queries.media import media_for
from messaging.queries.said import kind_said

_MEDIA: Final = frozenset({"image", "video", "audio", "document", "sticker"})


def said_of(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    """Return a message's type and its content."""
    if message.kind in _MEDIA:
        return _file(line, message)
    reader = _READERS.get(message.kind)
    if reader is not None:
        return reader(line, message)
    unknown = {"code": 131051, "title": "Message type is not supported.", "message": message.kind}
    return {"type": "unsupported", "errors": [unknown]}


def _file(line: LineFacts, message: MessageFacts) -> dict[str, Any]:
    """Tell of a file by its number; of one that was deleted meanwhile that there was one."""
    content = message.content
    try:
        number = media_for(line.party_id, content["media"]).number
    except NotFound:
        words = str(content.get("caption") or content.get("filename") or "")
        gone = {
            "code": 131052,
            "title": "Media download error",
            "message": f"The {message.kind} was deleted before it could be told.",
            "error_data": {"details": words},
        }
        return {"type": "unsupported", "errors": [gone]}
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
    if message.reply_to and kind_said(line.party_id, message.reply_to) == "template":
        pressed = {"payload": content["id"], "text": content["title"]}
        about = {"from": line.address, "id": wamid(message.reply_to)}
        return {"type": "button", "button": pressed, "context": about}
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
