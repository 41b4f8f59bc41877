"""``order_details`` and ``order_status``: an order that the program makes, and where it is."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.money import MAX_MINOR, Money, exponent
from merchants.cloud.calls import Call, as_object
from merchants.cloud.errors import GraphError, invalid, missing
from merchants.enums import KeyScope
from merchants.services.line_orders import (
    TOLD,
    Sale,
    SaleLine,
    line_order_of,
    offer_order,
    tell_status,
)
from merchants.services.line_talk import To
from messaging.queries.said import message_showing

KINDS: Final = frozenset({"order_details", "order_status"})
# In-app, by PIN: ours. The others are kept as they came; nobody but the shop sees to them.
SETTINGS: Final = frozenset(
    {
        "troco",
        "pix_dynamic_code",
        "payment_link",
        "boleto",
        "offsite_card_pay",
        "payment_gateway",
    }
)
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_.\-]{1,60}")
_MAX_DESCRIPTION: Final = 120


def send(call: Call, given: dict[str, Any], to: To, reply_to: str | None) -> str:
    """Make an order, or tell where one is; return the message that shows it."""
    call.need(KeyScope.ORDERS)
    parameters = _parameters(given)
    if given["type"] == "order_status":
        return _tell(call, parameters, to)
    opaque = call.text("biz_opaque_callback_data")
    offered = offer_order(
        shop_id=to.shop_id,
        buyer_id=to.other_id,
        conversation_id=to.conversation_id,
        sale=replace(_sale(given, parameters), reply_to=reply_to, opaque=opaque),
    )
    return offered.message_id


def _parameters(given: dict[str, Any]) -> dict[str, Any]:
    """Return the action's parameters, which may come as a text of JSON."""
    action = as_object(given.get("action"))
    value = as_object(action.get("parameters")) if isinstance(action, dict) else None
    if isinstance(value, str):
        raise invalid("action.parameters", "is no JSON")
    if not isinstance(value, dict):
        raise missing("action.parameters")
    return value


def _reference(parameters: dict[str, Any]) -> str:
    value = parameters.get("reference_id")
    if value is None:
        raise missing("reference_id")
    if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
        raise invalid("reference_id")
    return value


def _sale(given: dict[str, Any], parameters: dict[str, Any]) -> Sale:
    """Read an order: every amount whole, every sum the program's own word."""
    currency = parameters.get("currency")
    if not isinstance(currency, str):
        raise missing("currency")
    if str(parameters.get("type")) not in {"digital-goods", "physical-goods"}:
        raise invalid("type", "is digital-goods or physical-goods")
    order = {} if parameters.get("order") is None else parameters["order"]
    if not isinstance(order, dict):
        raise invalid("order", "is no object")
    items = order.get("items") or []
    if not isinstance(items, list):
        raise invalid("order.items", "is no list")
    lines = [_line(item, currency) for item in items]
    _check_subtotal(order, lines, currency)
    body = given.get("body")
    words = body.get("text", "") if isinstance(body, dict) else ""
    return Sale(
        reference=_reference(parameters),
        lines=lines,
        total=Money(_amount(parameters, "total_amount", currency), currency),
        tax_minor=_extra(order, "tax", currency),
        shipping_minor=_extra(order, "shipping", currency),
        discount_minor=_extra(order, "discount", currency),
        until=_until(order),
        note=str(words)[:500],
        configuration=_configuration(parameters),
        asked=parameters,
    )


def _line(item: object, currency: str) -> SaleLine:
    if not isinstance(item, dict):
        raise invalid("order.items", "holds what is no object")
    amount = _amount(item, "amount", currency)
    if item.get("sale_amount") is not None:
        on_sale = _amount(item, "sale_amount", currency)
        if on_sale >= amount:
            raise invalid("order.items.sale_amount", "has to be less than the amount")
        amount = on_sale
    quantity = item.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise invalid("order.items.quantity", "is no whole number")
    name = item.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 60:  # noqa: PLR2004 - As the shapes say.
        raise invalid("order.items.name", "has to have 1 to 60 characters")
    return SaleLine(str(item.get("retailer_id") or "")[:100], name, quantity, amount)


def _check_subtotal(order: dict[str, Any], lines: list[SaleLine], currency: str) -> None:
    goods = sum(line.quantity * line.unit_minor for line in lines)
    if lines and _amount(order, "subtotal", currency) != goods:
        raise invalid("order.subtotal", "is not what the items come to")


def _extra(order: dict[str, Any], name: str, currency: str) -> int:
    return 0 if order.get(name) is None else _amount(order, name, currency)


def _amount(given: dict[str, Any], name: str, currency: str) -> int:
    """Return an amount in minor units; its offset has to be the currency's own."""
    value = given.get(name)
    if not isinstance(value, dict):
        raise missing(name) if value is None else invalid(name, "is no object")
    minor, offset = value.get("value"), value.get("offset")
    if isinstance(minor, bool) or not isinstance(minor, int) or not 0 <= minor <= MAX_MINOR:
        raise invalid(f"{name}.value", "is no whole number of minor units")
    try:
        expected = 10 ** exponent(currency)
    except (KeyError, ValueError) as error:
        raise invalid("currency") from error
    if offset != expected or isinstance(offset, bool):
        raise invalid(f"{name}.offset", f"has to be {expected} for {currency}")
    return minor


def _until(order: dict[str, Any]) -> datetime | None:
    expiration = order.get("expiration")
    if expiration is None:
        return None
    text = str(expiration.get("timestamp", "")) if isinstance(expiration, dict) else ""
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise invalid("order.expiration.timestamp")
    try:
        until = datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise invalid("order.expiration.timestamp", "lies beyond all years") from error
    if until <= business_now():
        raise invalid("order.expiration.timestamp", "lies in the past")
    return until


def _configuration(parameters: dict[str, Any]) -> str:
    """Return the name of the payment configuration; every kind of setting has to be known."""
    found = ""
    settings = parameters.get("payment_settings") or []
    if not isinstance(settings, list) or not all(isinstance(each, dict) for each in settings):
        raise invalid("payment_settings")
    for each in settings:
        kind = str(each.get("type"))
        if kind not in SETTINGS:
            raise invalid("payment_settings.type")
        inner = each.get(kind)
        if isinstance(inner, dict) and inner.get("configuration_name"):
            found = str(inner["configuration_name"])[:60]
    return found


def _tell(call: Call, parameters: dict[str, Any], to: To) -> str:
    reference = _reference(parameters)
    order = {} if parameters.get("order") is None else parameters["order"]
    if not isinstance(order, dict):
        raise invalid("order", "is no object")
    told = str(order.get("status") or "pending").replace("_", "-")
    if told not in TOLD:
        raise invalid("order.status")
    note = str(order.get("description") or "")[:_MAX_DESCRIPTION]
    try:
        known = line_order_of(shop_id=call.line.shop_id, reference=reference)
    except NotFound as error:
        raise GraphError(2040, "There is no order of this reference.") from error
    if known.order.buyer_id != to.other_id:
        raise GraphError(2040, "The order is not this person's.")
    try:
        tell_status(shop_id=call.line.shop_id, reference=reference, told=told, note=note)
    except StateConflict as error:
        number = 2047 if told == "canceled" else 2046
        raise GraphError(number, str(error.detail)) from error
    return message_showing(to.conversation_id, "order", known.order.public_id)
